//! Finds the places where one of many texts may stand, in one pass of vector instructions over the
//! bytes.
//!
//! Each text is literal by a few of its bytes, its fragment: three where many texts begin alike, so that
//! twenty prefixes in three alignments of base64 share fragments and cost hardly more than the prefixes
//! alone; four where they do not, which fewer places of ordinary text fit. The fragments are spread over
//! buckets, and a place that fits one is held against the fragments themselves.
//!
//! The same pass tells where encoded text stands, whatever it says, by its signature.

mod buckets;
mod fragment;
mod level;
pub mod signature;
mod vector;

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, Input};

use buckets::Sample;
use fragment::{Fragment, FragmentTable};
use vector::{Candidate, Classes, VectorSearch};

pub use level::{SimdLevel, SimdLevelError};

pub use signature::RUN_LEN;

/// A text to look for.
#[derive(Debug)]
pub struct Literal<'t> {
    /// The bytes, at least three and at most [`MAX_LITERAL_LEN`].
    pub text: &'t [u8],
    /// True if any fragment of the text may be taken, the rarest; else it is the first.
    pub any: bool,
}

impl<'t> Literal<'t> {
    /// The part of the text that is literal, and where in it a fragment may stand.
    fn extent(&self) -> (&'t [u8], impl Iterator<Item = u8> + use<>) {
        let text = &self.text[..self.text.len().min(MAX_LITERAL_LEN)];
        let starts = if self.any { text.len() } else { 1 };
        (text, (0u8..).take(starts))
    }
}

/// The longest text.
pub const MAX_LITERAL_LEN: usize = 64;

/// What another fragment costs beside the places where it stands, in places per byte: it spoils its bucket
/// for others.
const FRAGMENT_COST: f64 = 30e-6;

/// What the search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The fragment of a text: the text's index, and where it would begin.
    Literal(usize, usize),
    /// A place in a row of encoded text, and its signatures: a bit for each.
    Signature(usize, u8),
}

/// The texts, ready to be literal.
#[derive(Debug)]
pub struct MultiSearch {
    engine: Engine,
    fragments: FragmentTable,
    /// For each fragment: the texts that are literal by it, and how far in them it stands.
    uses: Uses,
    /// How far into a text its fragment may stand.
    reach: usize,
}

/// What goes over the bytes.
#[derive(Debug)]
enum Engine {
    Vector(Box<VectorSearch>),
    /// On a processor whose vector instructions are of no use here.
    Plain(AhoCorasick),
}

impl MultiSearch {
    /// Prepares the search for `texts`, which are known by their index from here on, with the instructions of
    /// `level` or, on a processor without them, the automaton.
    ///
    /// # Errors
    /// If they are too many for an automaton, where that is used.
    pub fn new(texts: &[Literal<'_>], level: SimdLevel) -> Result<Self, BuildError> {
        let known = buckets::planned().concat();
        let page = LazyCell::new(|| Sample::page(Classes::Sextet));
        let (fragments, uses) = choose(texts, known, |fragment| page.frequency(fragment));
        let engine = match VectorSearch::new(level, &fragments) {
            Some(search) => Engine::Vector(Box::new(search)),
            None => Engine::Plain(AhoCorasick::new(fragments.iter().map(Fragment::bytes))?),
        };
        let offsets = uses
            .iter()
            .flatten()
            .map(|&(_, offset)| usize::from(offset));
        Ok(Self {
            engine,
            fragments: FragmentTable::new(&fragments),
            reach: offsets.max().unwrap_or(0),
            uses,
        })
    }

    /// Calls `found` for every place in `bytes[from..until]` where the fragment of a text stands, and for at least
    /// one of every row of [`RUN_LEN`] bytes of encoded text that begins or ends there; in no order. The caller
    /// looks whether the text or the row is there.
    #[inline]
    pub fn scan(&self, bytes: &[u8], from: usize, until: usize, mut found: impl FnMut(Match)) {
        let row = |at: usize, found: &mut dyn FnMut(Match)| {
            let signatures = signature::run_at(&bytes[at..]);
            if signatures != 0 {
                found(Match::Signature(at, signatures));
            }
        };
        let first = from.saturating_sub(RUN_LEN);
        let end = until
            .saturating_add(self.reach.max(RUN_LEN))
            .min(bytes.len());
        match &self.engine {
            Engine::Vector(search) => search.scan(bytes, first, end, |fit, at| match fit {
                Candidate::Fragment => self.fragments.at(&bytes[at..], |fragment| {
                    self.report_literals(fragment, at, &(from..until), &mut found);
                }),
                Candidate::Signature => row(at, &mut found),
            }),
            Engine::Plain(automaton) => {
                let part = Input::new(bytes).range(from..bytes.len().min(end + Fragment::MAX));
                for hit in automaton.find_overlapping_iter(part) {
                    let fragment = hit.pattern().as_u32() as u16;
                    self.report_literals(fragment, hit.start(), &(from..until), &mut found);
                }
                (first..end).for_each(|at| row(at, &mut found));
            }
        }
    }

    /// Calls `found` for the texts that would begin in `part` if their `fragment` stands at `at`.
    fn report_literals(
        &self,
        fragment: u16,
        at: usize,
        part: &Range<usize>,
        found: &mut impl FnMut(Match),
    ) {
        for &(text, offset) in &self.uses[usize::from(fragment)] {
            let start = at.checked_sub(usize::from(offset));
            if let Some(start) = start.filter(|start| part.contains(start)) {
                found(Match::Literal(text as usize, start));
            }
        }
    }
}

/// For each fragment, the texts that are literal by it, and how far in them it stands.
type Uses = Vec<Vec<(u32, u8)>>;

/// The fragments by which to seek the texts. A text is literal by one that is `known`, or else by one that
/// is rare or that others can be literal by, too. `frequency` tells how often a fragment stands in ordinary
/// text.
fn choose(
    texts: &[Literal<'_>],
    known: Vec<Fragment>,
    frequency: impl Fn(Fragment) -> f64,
) -> (Vec<Fragment>, Uses) {
    let mut fragments = known;
    let mut uses: Uses = vec![Vec::new(); fragments.len()];
    let mut rest: Vec<(u32, Vec<(Fragment, u8)>)> = Vec::new();
    let table = FragmentTable::new(&fragments);
    for (index, literal) in (0u32..).zip(texts) {
        let (text, mut starts) = literal.extent();
        let known = starts.find_map(|offset| {
            let mut known = None;
            table.at(&text[usize::from(offset)..], |fragment| {
                known = Some(fragment)
            });
            Some((known?, offset))
        });
        match known {
            Some((fragment, offset)) => uses[usize::from(fragment)].push((index, offset)),
            None => rest.push((index, possible(literal))),
        }
    }
    let mut worth: HashMap<Fragment, (f64, u32)> = HashMap::new();
    for (fragment, _) in rest.iter().flat_map(|(_, possible)| possible) {
        worth
            .entry(*fragment)
            .or_insert_with(|| (FRAGMENT_COST + frequency(*fragment), 0));
    }
    loop {
        worth.values_mut().for_each(|(_, texts)| *texts = 0);
        for (fragment, _) in rest.iter().flat_map(|(_, possible)| possible) {
            if let Some((_, texts)) = worth.get_mut(fragment) {
                *texts += 1;
            }
        }
        let cost = |fragment: &Fragment| {
            worth
                .get(fragment)
                .map_or(f64::MAX, |(cost, texts)| cost / f64::from(*texts))
        };
        // In the order of the texts, so that equals are always settled alike.
        let best = rest
            .iter()
            .flat_map(|(_, possible)| possible.iter().map(|(fragment, _)| *fragment))
            .min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let Some(best) = best else { break };
        let mut taken = Vec::new();
        rest.retain(|(index, possible)| {
            let with = possible.iter().find(|(fragment, _)| *fragment == best);
            taken.extend(with.map(|(_, offset)| (*index, *offset)));
            with.is_none()
        });
        fragments.push(best);
        uses.push(taken);
    }
    fragments
        .into_iter()
        .zip(uses)
        .filter(|(_, uses)| !uses.is_empty())
        .unzip()
}

/// The fragments by which a text may be literal, and how far in it they stand.
fn possible(literal: &Literal<'_>) -> Vec<(Fragment, u8)> {
    let (text, starts) = literal.extent();
    starts
        .flat_map(|offset| {
            (Fragment::MIN..=Fragment::MAX).filter_map(move |length| {
                let fragment = Fragment::exactly(&text[usize::from(offset)..], length)?;
                Some((fragment, offset))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
