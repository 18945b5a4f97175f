//! One expression of a pattern, compiled when it is first run, and its groups.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{BuildError, Regex};
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::hir::{Hir, HirKind};

use super::firsts::Firsts;

/// Maximum size of the compiled form in bytes.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// The groups that mean something, in the order in which a part names them.
const GROUPS: [&str; 4] = ["secret", "body", "user", "host"];

/// The reason why an expression cannot be run.
#[derive(Clone, Debug)]
pub(super) enum PartError {
    /// It compiles to more than [`SIZE_LIMIT`].
    TooLarge,
    /// It compiles to nothing that runs.
    Unusable,
    /// It has a group of this name, which means nothing.
    UnknownGroup(String),
}

/// One expression, compiled when it is first run.
#[derive(Debug)]
pub(super) struct PatternPart {
    hir: Hir,
    firsts: OnceLock<Firsts>,
    built: OnceLock<Result<Built, PartError>>,
}

/// A compiled expression and where its groups are.
#[derive(Debug)]
struct Built {
    regex: Regex,
    groups: Groups,
}

/// The method that locates the groups of a match.
#[derive(Debug)]
enum Groups {
    /// By following each. A group in several alternatives has a number behind its name in all
    /// but one.
    Followed([Vec<usize>; 4]),
    /// One of them is the match but for its first bytes, so that telling where it is costs nothing.
    Rest { group: usize, from: usize },
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
    pub(super) fn check(&self) -> Result<(), PartError> {
        self.built().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn built(&self) -> &Result<Built, PartError> {
        self.built.get_or_init(|| Built::new(&self.hir))
    }

    /// False if no match begins with `text`. Most candidates end here, before the expression is compiled.
    pub(super) fn may_begin(&self, text: &[u8]) -> bool {
        let firsts = || Firsts::with_following(&self.hir);
        self.firsts.get_or_init(firsts).allow(text)
    }

    /// See [`Built::search`]; an expression that cannot be compiled matches nothing.
    pub(super) fn search(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        anchored: Anchored,
    ) -> Option<Parts> {
        if anchored == Anchored::Yes && !self.may_begin(bytes.get(range.clone())?) {
            return None;
        }
        self.built().as_ref().ok()?.search(bytes, range, anchored)
    }
}

impl Built {
    fn new(hir: &Hir) -> Result<Self, PartError> {
        let (rest, plain) = match rest_of(hir) {
            Some((name, from, plain)) => (Some((name, from)), Some(plain)),
            None => (None, None),
        };
        let config = Regex::config()
            .utf8_empty(false)
            .nfa_size_limit(Some(SIZE_LIMIT))
            .hybrid_cache_capacity(SIZE_LIMIT)
            .onepass_size_limit(Some(SIZE_LIMIT / 4));
        let regex = Regex::builder()
            .configure(config)
            .build_from_hir(plain.as_ref().unwrap_or(hir))
            .map_err(|error: BuildError| match error.size_limit() {
                Some(_) => PartError::TooLarge,
                None => PartError::Unusable,
            })?;
        let groups = match rest {
            Some((name, from)) => {
                let group = group_of(name)?;
                Groups::Rest { group, from }
            }
            None => {
                let mut groups = [const { Vec::new() }; 4];
                let names = regex.group_info().pattern_names(PatternID::ZERO);
                for (index, name) in names.enumerate() {
                    if let Some(name) = name {
                        groups[group_of(name)?].push(index);
                    }
                }
                Groups::Followed(groups)
            }
        };
        Ok(Self { regex, groups })
    }

    /// Returns the preferred match within `range`. Allocates nothing if no match exists.
    fn search(&self, bytes: &[u8], range: Range<usize>, anchored: Anchored) -> Option<Parts> {
        let input = Input::new(bytes).range(range).anchored(anchored);
        let end = self.regex.search_half(&input)?.offset();
        match &self.groups {
            Groups::Rest { group, from } => {
                let start = match anchored {
                    Anchored::Yes => input.start(),
                    _ => self.regex.search(&input)?.start(),
                };
                let mut groups = [const { None }; 4];
                groups[*group] = Some(start + from..end);
                Some(Parts {
                    whole: start..end,
                    groups,
                })
            }
            Groups::Followed(indices) => {
                let mut captures = self.regex.create_captures();
                self.regex.search_captures(&input, &mut captures);
                let group = |index| captures.get_group(index).map(|span| span.range());
                let first = |indices: &Vec<usize>| indices.iter().copied().find_map(group);
                Some(Parts {
                    whole: group(0)?,
                    groups: indices.each_ref().map(first),
                })
            }
        }
    }
}

/// The place in [`GROUPS`] of a group with this name.
fn group_of(name: &str) -> Result<usize, PartError> {
    let base = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let group = GROUPS.iter().position(|known| *known == base);
    group.ok_or_else(|| PartError::UnknownGroup(name.to_owned()))
}

/// The name of the only group of `hir`, if that is all of a match but a beginning of always the same length, that
/// length, and the same without the group.
fn rest_of(hir: &Hir) -> Option<(&str, usize, Hir)> {
    let parts = match hir.kind() {
        HirKind::Concat(parts) => &parts[..],
        _ => std::slice::from_ref(hir),
    };
    let (last, before) = parts.split_last()?;
    let HirKind::Capture(capture) = last.kind() else {
        return None;
    };
    let is_plain = |hir: &Hir| hir.properties().explicit_captures_len() == 0;
    if !is_plain(&capture.sub) || !before.iter().all(is_plain) {
        return None;
    }
    let mut from = 0usize;
    for part in before {
        let properties = part.properties();
        let length = properties.minimum_len()?;
        if properties.maximum_len() != Some(length) {
            return None;
        }
        from = from.checked_add(length)?;
    }
    let mut plain = before.to_vec();
    plain.push((*capture.sub).clone());
    Some((capture.name.as_deref()?, from, Hir::concat(plain)))
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
