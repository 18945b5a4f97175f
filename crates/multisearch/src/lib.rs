//! SIMD search for many short literals, and for runs of encoded text.
//!
//! [`MultiSearch`] finds the candidate positions of hundreds of literals in one pass over the bytes, in the manner of
//! Teddy and FDR. Each literal is searched by a *fragment* of three or four of its bytes: a rare one, or one that other
//! literals have in common. The fragments are spread over *buckets*, eight in a pass; vector instructions test 16 to
//! 64 positions against all buckets, and a position that passes is looked up in a table of the fragments. The same
//! pass finds text in base64, hexadecimal, UTF-16 or escapes by the byte classes that each allows, its
//! [`signature`].
//!
//! Both are filters: the caller compares the whole literal, or decodes the run. On processors without a supported
//! instruction set an Aho-Corasick automaton finds the same.
//!
//! [`find_bytes`] returns the positions of single bytes.
//!
//! ```
//! use multisearch::{Literal, Match, MultiSearch, SimdLevel};
//!
//! let words = ["password", "passphrase", "token="];
//! let literals = words.map(|word| Literal {
//!     bytes: word.as_bytes(),
//!     any_fragment: true,
//! });
//! let search = MultiSearch::new(&literals, SimdLevel::best())?;
//!
//! let text = b"user=me&token=abc&passphrase=def";
//! let mut found = Vec::new();
//! search.scan(text, 0, text.len(), |hit| {
//!     if let Match::Literal(index, start) = hit
//!         && text[start..].starts_with(words[index].as_bytes())
//!     {
//!         found.push((start, words[index]));
//!     }
//! });
//! found.sort();
//! assert_eq!(found, [(8, "token="), (18, "passphrase")]);
//! # Ok::<(), multisearch::BuildError>(())
//! ```

mod buckets;
mod byte_runs;
mod fragment;
mod frequency;
mod level;
mod select;
pub mod signature;
mod vector;

use std::ops::Range;

use aho_corasick::{AhoCorasick, Input};

use fragment::{Fragment, FragmentTable};
use select::Uses;
use signature::RUN_LEN;
use vector::{Candidate, VectorSearch};

pub use byte_runs::{ByteRuns, ByteSet};
pub use level::{SimdLevel, SimdLevelError};
pub use vector::{BLOCK, find_bytes};

/// A literal to search for.
#[derive(Clone, Copy, Debug)]
pub struct Literal<'t> {
    /// The bytes, at least [`Literal::MIN_LEN`]; those after [`Literal::MAX_LEN`] are ignored.
    pub bytes: &'t [u8],
    /// True if any fragment of the literal may be searched for; otherwise its first bytes are.
    pub any_fragment: bool,
}

impl<'t> Literal<'t> {
    /// The length of the shortest literal.
    pub const MIN_LEN: usize = Fragment::MIN;

    /// Maximum number of bytes of a literal that are searched for.
    pub const MAX_LEN: usize = 64;

    /// The fragments by which it may be searched, with their offsets in it.
    fn fragments(&self) -> impl Iterator<Item = (Fragment, u8)> + use<'t> {
        let bytes = &self.bytes[..self.bytes.len().min(Self::MAX_LEN)];
        let starts = if self.any_fragment { bytes.len() } else { 1 };
        (0u8..).take(starts).flat_map(move |offset| {
            (Fragment::MIN..=Fragment::MAX).filter_map(move |len| {
                let fragment = Fragment::exactly(&bytes[usize::from(offset)..], len)?;
                Some((fragment, offset))
            })
        })
    }
}

/// Returns an upper bound of the frequency of a text in source code, configuration and documentation: that of its
/// rarest fragment, or 1 if it is shorter than [`Literal::MIN_LEN`]. Of several texts that would do, the rarest is the
/// best one to search for.
pub fn frequency(text: &[u8]) -> f32 {
    let literal = Literal {
        bytes: text,
        any_fragment: true,
    };
    let fragments = literal.fragments();
    let each = fragments.map(|(fragment, _)| frequency::of_fragment(fragment));
    each.fold(1.0, f32::min)
}

/// The reason why a [`MultiSearch`] cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The literal of that index is shorter than [`Literal::MIN_LEN`].
    #[error("literal {0} is shorter than {min} bytes", min = Literal::MIN_LEN)]
    TooShort(usize),
    /// There are more fragments than the search can number.
    #[error("too many literals")]
    TooMany,
}

/// A candidate that the search reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The fragment of a literal: the index of the literal, and where it would begin.
    Literal(usize, usize),
    /// A position in a run of encoded text, and the set of its [`signature`]s, one bit each.
    Signature(usize, u8),
}

/// A compiled search for a set of literals and for encoded text.
#[derive(Debug)]
pub struct MultiSearch {
    engine: Engine,
    table: FragmentTable,
    /// For each fragment, the literals that are searched by it.
    uses: Uses,
    /// The largest offset of a fragment in its literal.
    max_offset: usize,
}

#[derive(Debug)]
enum Engine {
    Vector(Box<VectorSearch>),
    /// For processors without a supported instruction set.
    Automaton(AhoCorasick),
}

impl MultiSearch {
    /// Compiles a search for `literals`, which matches refer to by index. Uses the instructions of `level`, or an
    /// automaton if the processor does not have them.
    ///
    /// # Errors
    /// If a literal is too short, or if there are too many.
    pub fn new(literals: &[Literal<'_>], level: SimdLevel) -> Result<Self, BuildError> {
        let is_short = |literal: &Literal<'_>| literal.bytes.len() < Literal::MIN_LEN;
        if let Some(index) = literals.iter().position(is_short) {
            return Err(BuildError::TooShort(index));
        }
        let (fragments, uses) = select::select(literals);
        if fragments.len() > FragmentTable::MAX_FRAGMENTS {
            return Err(BuildError::TooMany);
        }
        let engine = match VectorSearch::new(level, &fragments) {
            Some(search) => Engine::Vector(Box::new(search)),
            None => Engine::Automaton(
                AhoCorasick::new(fragments.iter().map(Fragment::bytes))
                    .map_err(|_| BuildError::TooMany)?,
            ),
        };
        Ok(Self {
            engine,
            table: FragmentTable::new(&fragments),
            max_offset: uses.max_offset(),
            uses,
        })
    }

    /// Calls `found` for each position in `bytes[from..until]` at which a literal may begin, and for at least one
    /// position of each run of [`RUN_LEN`] bytes of encoded text that begins or ends there, in any order.
    #[inline]
    pub fn scan(&self, bytes: &[u8], from: usize, until: usize, mut found: impl FnMut(Match)) {
        let report_signature = |at: usize, found: &mut dyn FnMut(Match)| {
            let set = signature::run_at(&bytes[at..]);
            if set != 0 {
                found(Match::Signature(at, set));
            }
        };
        let first = from.saturating_sub(RUN_LEN);
        let end = until.saturating_add(self.max_offset.max(RUN_LEN));
        let end = end.min(bytes.len());
        match &self.engine {
            Engine::Vector(search) => {
                let may_match = |at| self.table.may_match(bytes, at);
                search.scan(
                    bytes,
                    first,
                    end,
                    may_match,
                    |candidate, at| match candidate {
                        Candidate::Signature => report_signature(at, &mut found),
                        Candidate::Fragment => {
                            self.report_fragments(bytes, at, &(from..until), &mut found)
                        }
                    },
                );
            }
            Engine::Automaton(automaton) => {
                let part = Input::new(bytes).range(first..bytes.len().min(end + Fragment::MAX));
                for hit in automaton.find_overlapping_iter(part) {
                    let fragment = hit.pattern().as_u32() as u16;
                    self.report_literals(fragment, bytes, hit.start(), &(from..until), &mut found);
                }
                (first..end).for_each(|at| report_signature(at, &mut found));
            }
        }
    }

    /// Calls `found` for the literals that may begin in `part`, with a fragment at `at`.
    #[inline(never)]
    fn report_fragments(
        &self,
        bytes: &[u8],
        at: usize,
        part: &Range<usize>,
        found: &mut impl FnMut(Match),
    ) {
        self.table.matches(&bytes[at..], |fragment| {
            self.report_literals(fragment, bytes, at, part, found);
        });
    }

    /// Calls `found` for the literals that may begin in `part`, with their `fragment` at `at`.
    fn report_literals(
        &self,
        fragment: u16,
        bytes: &[u8],
        at: usize,
        part: &Range<usize>,
        found: &mut impl FnMut(Match),
    ) {
        for used in self.uses.of(fragment) {
            let start = at.checked_sub(usize::from(used.offset));
            if let Some(start) = start
                && used.may_begin(&bytes[start..])
                && part.contains(&start)
            {
                found(Match::Literal(used.literal as usize, start));
            }
        }
    }
}

#[cfg(test)]
mod tests;
