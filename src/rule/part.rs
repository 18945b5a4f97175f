//! One expression of a pattern, compiled when it is first run, and its groups.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{BuildError, Regex};
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::hir::Hir;

use super::PatternError;
use super::firsts::Firsts;

/// Maximum size of the compiled form in bytes.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// The groups that mean something, in the order in which a part names them.
const GROUPS: [&str; 4] = ["secret", "body", "user", "host"];

/// One expression, compiled when it is first run.
#[derive(Debug)]
pub(super) struct PatternPart {
    hir: Hir,
    firsts: OnceLock<Firsts>,
    built: OnceLock<Result<Built, PatternError>>,
}

/// A compiled expression.
#[derive(Debug)]
struct Built {
    regex: Regex,
    /// The numbers of each group. A group in several alternatives has a number behind its name in all but one.
    groups: [Vec<usize>; 4],
}

impl PatternPart {
    pub(super) fn new(hir: Hir) -> Self {
        Self {
            hir,
            firsts: OnceLock::new(),
            built: OnceLock::new(),
        }
    }

    /// Compiles the part now instead of at first use.
    pub(super) fn check(&self) -> Result<(), PatternError> {
        self.built().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn built(&self) -> &Result<Built, PatternError> {
        self.built.get_or_init(|| Built::new(&self.hir))
    }

    /// See [`Built::search`]; an expression that cannot be compiled matches nothing.
    pub(super) fn search(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        anchored: Anchored,
    ) -> Option<Parts> {
        let firsts = || self.firsts.get_or_init(|| Firsts::of(&self.hir));
        // Most candidates end here, before the expression is compiled.
        if anchored == Anchored::Yes && !firsts().allow(bytes.get(range.clone())?) {
            return None;
        }
        self.built().as_ref().ok()?.search(bytes, range, anchored)
    }
}

impl Built {
    fn new(hir: &Hir) -> Result<Self, PatternError> {
        let config = Regex::config()
            .utf8_empty(false)
            .nfa_size_limit(Some(SIZE_LIMIT))
            .hybrid_cache_capacity(SIZE_LIMIT)
            // Groups are followed only in matches, which are too few to pay for building this engine.
            .onepass(false);
        let regex = Regex::builder()
            .configure(config)
            .build_from_hir(hir)
            .map_err(|error: BuildError| match error.size_limit() {
                Some(_) => PatternError::TooLarge,
                None => PatternError::Unusable,
            })?;
        let mut groups = [const { Vec::new() }; 4];
        let names = regex.group_info().pattern_names(PatternID::ZERO);
        for (index, name) in names.enumerate() {
            if let Some(name) = name {
                groups[group_of(name)?].push(index);
            }
        }
        Ok(Self { regex, groups })
    }

    /// Returns the preferred match within `range`. Allocates nothing if no match exists.
    fn search(&self, bytes: &[u8], range: Range<usize>, anchored: Anchored) -> Option<Parts> {
        let input = Input::new(bytes).range(range).anchored(anchored);
        self.regex.search_half(&input)?;
        let mut captures = self.regex.create_captures();
        self.regex.search_captures(&input, &mut captures);
        let group = |index| captures.get_group(index).map(|span| span.range());
        let first = |indices: &Vec<usize>| indices.iter().copied().find_map(group);
        Some(Parts {
            whole: group(0)?,
            groups: self.groups.each_ref().map(first),
        })
    }
}

/// The place in [`GROUPS`] of a group with this name.
fn group_of(name: &str) -> Result<usize, PatternError> {
    let base = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let group = GROUPS.iter().position(|known| *known == base);
    group.ok_or_else(|| PatternError::UnknownGroup(name.to_owned()))
}

/// The spans that a [`PatternPart`] matched.
pub(super) struct Parts {
    pub(super) whole: Range<usize>,
    /// In the order of [`GROUPS`].
    pub(super) groups: [Option<Range<usize>>; 4],
}

impl Parts {
    /// True if the match ends at `end` only because nothing was read beyond.
    pub(super) fn end_is_cut(&self, bytes: &[u8], end: usize) -> bool {
        self.whole.end == end && end < bytes.len()
    }

    /// The concatenation of this and the spans behind it.
    pub(super) fn before(self, tail: Self) -> Self {
        let mut groups = self.groups;
        for (group, other) in groups.iter_mut().zip(tail.groups) {
            *group = group.take().or(other);
        }
        Self {
            whole: self.whole.start..tail.whole.end,
            groups,
        }
    }
}
