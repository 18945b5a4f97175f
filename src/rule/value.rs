//! The shape of the value of a named value or a command argument.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::keyword::{ValueRun, value_bytes};
use super::part::PatternPart;
use super::pattern::parse;
use super::{PatternError, PatternMatch};
use crate::vocabulary;

/// The form of a value: one of the shapes of `rules/shared/vocabulary.toml` or a regular expression.
pub(super) struct ValueShape {
    source: String,
    shared: Arc<SharedShape>,
}

/// Data compiled from an expression. Many rules share one, and compiling it takes a noticeable part of a short
/// scan.
#[derive(Debug, Default)]
struct SharedShape {
    run: OnceLock<Option<ValueRun>>,
    /// For values that something follows.
    followed: OnceLock<Option<PatternPart>>,
    /// For values that the end of the bytes may end.
    last: OnceLock<Option<PatternPart>>,
}

impl fmt::Debug for ValueShape {
    /// Writes the source, on which all else depends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueShape").field(&self.source).finish()
    }
}

impl ValueShape {
    /// A shape that is checked by [`ValueShape::check`]; one that is wrong matches nothing.
    pub(super) fn lazy(source: String) -> Self {
        static KNOWN: Mutex<BTreeMap<String, Arc<SharedShape>>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock();
        let shared = match known.get(&source) {
            Some(shared) => Arc::clone(shared),
            None => Arc::clone(known.entry(source.clone()).or_default()),
        };
        Self { source, shared }
    }

    /// Checks the expression, and compiles it now instead of at first use.
    pub(super) fn check(&self) -> Result<(), PatternError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if vocabulary::value_shape(&self.source).is_none() && self.source.bytes().all(is_name) {
            let known: Vec<&str> = vocabulary::value_shapes().collect();
            return Err(PatternError::UnknownShape(
                self.source.clone(),
                known.join(", "),
            ));
        }
        let least = parse(self.expression())?.properties().minimum_len();
        if least.is_none_or(|least| least < MIN_VALUE) {
            return Err(PatternError::ShortValue);
        }
        PatternPart::new(self.whole(true)?).check()
    }

    /// Returns the run of value characters that every value contains; `None` if a value may contain none.
    pub(super) fn run(&self) -> Option<ValueRun> {
        let run = || parse(self.expression()).ok().and_then(|hir| run_of(&hir));
        *self.shared.run.get_or_init(run)
    }

    fn expression(&self) -> &str {
        vocabulary::value_shape(&self.source).unwrap_or(&self.source)
    }

    /// Returns the expression with the possible ends of a value, so that of two alternatives the one is taken
    /// that is not the front of something longer. A `_` is emphasis only if no more of the value follows.
    fn whole(&self, may_be_last: bool) -> Result<Hir, PatternError> {
        let expression = self.expression();
        let group = if expression.contains("(?<secret>") {
            "(?:"
        } else {
            "(?<secret>"
        };
        let (end, behind_mark) = if may_be_last {
            (r"|\z", r"|\z")
        } else {
            ("", "")
        };
        parse(&format!(
            "{group}{expression})(?:{END}|_{{1,3}}(?:[^\\w-]{behind_mark}){end})"
        ))
    }

    /// Returns the match for a value that begins at `range.start` and ends at `range.end` at the latest. Adds to `steps`
    /// the bytes that it may have read.
    pub(super) fn match_at(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        steps: &mut usize,
    ) -> Option<PatternMatch> {
        let end = bytes.len().min(range.end + 1);
        let may_be_last = end == bytes.len();
        let part = if may_be_last {
            &self.shared.last
        } else {
            &self.shared.followed
        };
        let part = part
            .get_or_init(|| self.whole(may_be_last).ok().map(PatternPart::new))
            .as_ref()?;
        let mut found = PatternMatch::from(part.search(bytes, range.start..end, steps)?);
        found.whole.end = found.secret.end;
        Some(found)
    }
}

/// The fewest characters of a value: a name alone does not make less a credential.
const MIN_VALUE: usize = 8;

/// The bytes that end a value without quotes.
const END: &str = r#"[\x00-\x20"'`\\&,;)\]}<>\#|%*]"#;

/// Returns the longest run of value characters that every match of an expression contains.
fn run_of(hir: &Hir) -> Option<ValueRun> {
    for base64 in [false, true] {
        if consists_of(hir, base64) {
            let least = hir.properties().minimum_len()?;
            return (least > 0).then_some(ValueRun { least, base64 });
        }
    }
    match hir.kind() {
        HirKind::Capture(capture) => run_of(&capture.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(run_of).max_by_key(|run| run.least),
        HirKind::Alternation(branches) => {
            let runs: Option<Vec<ValueRun>> = branches.iter().map(run_of).collect();
            runs?.into_iter().reduce(|a, b| ValueRun {
                least: a.least.min(b.least),
                base64: a.base64 || b.base64,
            })
        }
        _ => None,
    }
}

/// Returns true if every match of an expression consists of value characters.
fn consists_of(hir: &Hir, base64: bool) -> bool {
    let is_part = |byte: u8| value_bytes(base64).contains(byte);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().copied().all(is_part),
        HirKind::Class(Class::Bytes(class)) => class
            .ranges()
            .iter()
            .all(|range| (range.start()..=range.end()).all(is_part)),
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().all(|range| {
            range.end().is_ascii() && (range.start() as u8..=range.end() as u8).all(is_part)
        }),
        HirKind::Repetition(repeated) => consists_of(&repeated.sub, base64),
        HirKind::Capture(capture) => consists_of(&capture.sub, base64),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().all(|part| consists_of(part, base64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(source: &str) -> ValueShape {
        ValueShape::lazy(source.to_owned())
    }

    #[test]
    fn finds_the_run_that_every_value_contains() {
        for (source, expected) in [
            ("hex40", Some((40, false))),
            ("gitlab-classic", Some((20, false))),
            ("gitlab-unprefixed", Some((20, false))),
            ("base64-88", Some((88, true))),
            (r"s\.[0-9a-z]{24}", Some((24, false))),
            (r"Bearer (?<secret>[0-9a-z]{30})", Some((30, false))),
            (r"[^\s]{8,}", None),
            (r"[0-9]{9}|[^x]{9}", None),
        ] {
            let run = shape(source).run().map(|run| (run.least, run.base64));
            assert_eq!(run, expected, "{source}");
        }
    }

    #[test]
    fn matches_whole_values_only() {
        let one = shape("gitlab-unprefixed");
        let end = |text: &str| {
            one.match_at(text.as_bytes(), 0..text.len(), &mut 0)
                .map(|found| found.secret.end)
        };
        assert_eq!(end(&"a1".repeat(10)), Some(20));
        assert_eq!(end(&format!("{}\"", "a1".repeat(10))), Some(20));
        assert_eq!(end(&format!("{} ", "a1".repeat(32))), Some(64));
        assert_eq!(end(&"a1".repeat(11)), None);
        assert_eq!(end(&format!("{}.x", "a1".repeat(10))), None);
    }

    #[test]
    fn refuses_unknown_shapes_and_short_values() {
        assert!(
            shape("hex41")
                .check()
                .unwrap_err()
                .to_string()
                .contains("hex40")
        );
        assert_eq!(shape("[0-9]{7}").check(), Err(PatternError::ShortValue));
        assert!(shape("[0-9]{8").check().is_err());
        assert_eq!(shape("uuid").check(), Ok(()));
    }
}
