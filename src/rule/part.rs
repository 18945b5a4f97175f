//! One expression of a pattern, compiled when it is first run, and its groups.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, Look};

use super::PatternError;
use super::firsts::Firsts;

/// Maximum size of the compiled form in bytes.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// Steps for a byte of a match. The search records each byte behind the shortest match as a possible end.
const STEPS_OF_MATCHED_BYTE: usize = 4;

/// The groups that mean something, in the order in which a part names them.
const GROUPS: [&str; 4] = ["secret", "body", "user", "host"];

/// An expression that matches at the start of a range.
#[derive(Debug)]
pub(super) struct PatternPart {
    hir: Hir,
    /// The maximum length of a match; `usize::MAX` if it is unlimited.
    longest: usize,
    firsts: OnceLock<Firsts>,
    /// For a range at the start of the bytes.
    at_start: OnceLock<Result<Built, PatternError>>,
    /// For a range behind a byte that an assertion such as `\b` has to see.
    behind_byte: OnceLock<Result<Built, PatternError>>,
}

/// An expression that matches at the end of a range, as far before it as possible.
#[derive(Debug)]
pub(super) struct PatternHead {
    hir: Hir,
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
            longest: hir.properties().maximum_len().unwrap_or(usize::MAX),
            hir,
            firsts: OnceLock::new(),
            at_start: OnceLock::new(),
            behind_byte: OnceLock::new(),
        }
    }

    /// Compiles the part now instead of at first use.
    pub(super) fn check(&self) -> Result<(), PatternError> {
        self.at_start().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn at_start(&self) -> &Result<Built, PatternError> {
        let build = || Built::new(&format!(r"\A(?:{})", self.hir));
        self.at_start.get_or_init(build)
    }

    fn behind_byte(&self) -> &Result<Built, PatternError> {
        let build = || Built::new(&format!(r"\A(?s-u:.)(?:{})", self.hir));
        self.behind_byte.get_or_init(build)
    }

    /// Returns the preferred match that begins at `range.start`. The end of the range is the end of the text for the
    /// expression. An expression that cannot be compiled matches nothing. Adds to `steps` the bytes that may have been read.
    pub(super) fn search(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        steps: &mut usize,
    ) -> Option<Parts> {
        let firsts = self.firsts.get_or_init(|| Firsts::of(&self.hir));
        // Most candidates end here, before the expression is compiled.
        if !firsts.allow(bytes.get(range.clone())?) {
            return None;
        }
        let looks_back = !self.hir.properties().look_set_prefix_any().is_empty();
        let (built, from) = match range.start.checked_sub(1) {
            Some(before) if looks_back => (self.behind_byte(), before),
            _ => (self.at_start(), range.start),
        };
        let found = built.as_ref().ok()?.search(&bytes[from..range.end], 0);
        let Some(mut parts) = found else {
            // Where the search has stopped is unknown.
            *steps += range.len().min(self.longest);
            return None;
        };
        parts.shift(from);
        parts.whole.start = range.start;
        *steps += STEPS_OF_MATCHED_BYTE * parts.whole.len();
        Some(parts)
    }
}

impl PatternHead {
    pub(super) fn new(hir: Hir) -> Self {
        Self {
            hir: Hir::concat(vec![hir, Hir::look(Look::End)]),
            built: OnceLock::new(),
        }
    }

    /// Compiles the part now instead of at first use.
    pub(super) fn check(&self) -> Result<(), PatternError> {
        self.built().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn built(&self) -> &Result<Built, PatternError> {
        self.built.get_or_init(|| Built::new(&self.hir.to_string()))
    }

    /// Returns the leftmost match within `range` that ends where the range does. An expression that cannot be compiled
    /// matches nothing.
    pub(super) fn search(&self, bytes: &[u8], range: Range<usize>) -> Option<Parts> {
        let built = self.built().as_ref().ok()?;
        built.search(bytes.get(..range.end)?, range.start)
    }
}

impl Built {
    fn new(expression: &str) -> Result<Self, PatternError> {
        let regex = RegexBuilder::new(expression)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
                _ => PatternError::Unusable,
            })?;
        let mut groups = [const { Vec::new() }; 4];
        for (index, name) in regex.capture_names().enumerate() {
            if let Some(name) = name {
                groups[group_of(name)?].push(index);
            }
        }
        Ok(Self { regex, groups })
    }

    /// Returns the preferred match from `start` on. Allocates nothing if no match exists.
    fn search(&self, bytes: &[u8], start: usize) -> Option<Parts> {
        let whole = self.regex.find_at(bytes, start)?.range();
        // Groups take many times longer than the match.
        if self.groups.iter().all(Vec::is_empty) {
            return Some(Parts {
                whole,
                groups: [const { None }; 4],
            });
        }
        let captures = self.regex.captures_at(bytes, start)?;
        let group = |index| captures.get(index).map(|found| found.range());
        let first = |indices: &Vec<usize>| indices.iter().copied().find_map(group);
        Some(Parts {
            whole,
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
    /// Moves the spans by `offset` bytes.
    fn shift(&mut self, offset: usize) {
        let spans = self.groups.iter_mut().flatten();
        for span in spans.chain([&mut self.whole]) {
            *span = span.start + offset..span.end + offset;
        }
    }

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
