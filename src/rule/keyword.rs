//! A keyword: the text of which the prefilter makes a hit.

use std::fmt;

use multisearch::{ByteRuns, ByteSet};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};

use super::known_runs::KnownRuns;

/// A text of which the prefilter makes a hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyword {
    /// At least three bytes.
    pub text: String,
    /// A text that must follow within [`Keyword::REQUIRED_WITHIN`] bytes, so that a frequent
    /// keyword (`://`) costs next to nothing where it means nothing.
    pub then: Option<String>,
    /// True if no blank may be between the two.
    #[serde(default)]
    pub joined: bool,
    /// An ASCII character that may not be between the two: only the part of a URL before its path can contain an
    /// account.
    pub until: Option<char>,
    /// Minimum length of a value near it, for a keyword that is a common word (`token`): it is a hit only if a possible
    /// value is near.
    pub value: Option<usize>,
    /// True if the value may also contain `+`, `/`, `=` and `\`.
    #[serde(skip)]
    pub base64: bool,
}

/// The shortest run of value characters that every value contains.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueRun {
    /// The fewest characters.
    pub(super) least: usize,
    /// True if `+`, `/`, `=` and `\` may be among them.
    pub(super) base64: bool,
}

impl Keyword {
    /// Maximum distance in bytes before the keyword at which the value may begin.
    pub const VALUE_BEFORE: usize = 128;
    /// See [`Keyword::VALUE_BEFORE`].
    pub const VALUE_BEHIND: usize = 448;

    /// The most that [`Keyword::value`] may ask for.
    pub const MAX_VALUE: usize = 256;

    /// Maximum distance in bytes from the end of the keyword to the end of [`Keyword::then`].
    pub const REQUIRED_WITHIN: usize = 768;

    /// The fewest bytes of a keyword: shorter ones would make a hit in every file.
    pub const MIN_LEN: usize = 3;

    /// The most bytes of a keyword.
    pub const MAX_LEN: usize = 64;

    /// The most keywords of a rule.
    pub const MAX_PER_RULE: usize = 64;

    /// A keyword that makes a hit only near a run of at least `run` characters; anywhere without `run`.
    pub(super) fn near_value(text: String, run: Option<ValueRun>) -> Self {
        Self {
            text,
            value: run.map(|run| run.least.min(Self::MAX_VALUE)),
            base64: run.is_some_and(|run| run.base64),
            ..Self::default()
        }
    }

    /// Merges the requirements: keeps only those of both.
    pub(super) fn relax(&mut self, other: &Self) {
        if (&self.then, self.joined, self.until) != (&other.then, other.joined, other.until) {
            (self.then, self.joined, self.until) = (None, false, None);
        }
        self.value = self.value.zip(other.value).map(|(a, b)| a.min(b));
        self.base64 |= other.base64;
    }

    /// True if `after`, the bytes behind the keyword, contains [`Keyword::then`] within the allowed distance, or if
    /// nothing must follow.
    fn is_followed(&self, after: &[u8]) -> bool {
        let Some(then) = self.then.as_deref().map(str::as_bytes) else {
            return true;
        };
        let near = &after[..after.len().min(Self::REQUIRED_WITHIN)];
        let end = self.until.and_then(|end| memchr::memchr(end as u8, near));
        let near = &near[..end.unwrap_or(near.len())];
        let found = match *then {
            [byte] => memchr::memchr(byte, near),
            _ => memchr::memmem::find(near, then),
        };
        // Without a way out in the middle, so that vector instructions can do it.
        let has_blank = |text: &[u8]| text.iter().fold(false, |any, byte| any | (*byte <= b' '));
        found.is_some_and(|at| !self.joined || !has_blank(&near[..at + then.len()]))
    }

    /// True if the required text and value are near the keyword at `bytes[start..end]`.
    pub fn fits(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        self.fits_beside(bytes, start, end, &KnownRuns::default())
    }

    /// The same for one of several keywords in the same `bytes`, of which runs are `known`.
    pub(crate) fn fits_beside(
        &self,
        bytes: &[u8],
        start: usize,
        end: usize,
        known: &KnownRuns,
    ) -> bool {
        let has_value = |least: usize| {
            let from = start.saturating_sub(Self::VALUE_BEFORE);
            let until = bytes.len().min(end + Self::VALUE_BEHIND);
            known.has_value(bytes, from..until, least, self.base64)
        };
        self.is_followed(&bytes[end..]) && self.value.is_none_or(has_value)
    }

    /// True if it occurs in `bytes` with the required text and value near it.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find_iter(bytes, &self.text)
            .any(|at| self.fits(bytes, at, at + self.text.len()))
    }
}

/// The bytes that a value may contain: letters, digits, `-` and `_`; with `base64` also the signs of base64 and the
/// backslash with which JSON may escape them.
pub(super) fn value_bytes(base64: bool) -> &'static ByteSet {
    static PLAIN: ByteSet =
        ByteSet::new(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");
    static BASE64: ByteSet =
        ByteSet::new(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_+/=\\");
    if base64 { &BASE64 } else { &PLAIN }
}

const _: () = {
    let most = Keyword::VALUE_BEFORE + Keyword::MAX_LEN + Keyword::VALUE_BEHIND;
    assert!(most <= ByteRuns::MAX_TEXT);
};

/// A keyword as a rule file writes it: `"glpat-"`, or `{ text = "://", then = "@" }`.
#[derive(Debug)]
pub(super) struct KeywordForm(pub(super) Keyword);

struct KeywordVisitor;

impl<'de> Visitor<'de> for KeywordVisitor {
    type Value = KeywordForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table of `text`, `then`, `joined`, `until` and `value`")
    }

    fn visit_str<E>(self, text: &str) -> Result<KeywordForm, E> {
        Ok(KeywordForm(Keyword {
            text: text.to_owned(),
            ..Keyword::default()
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeywordForm, A::Error> {
        Keyword::deserialize(MapAccessDeserializer::new(map)).map(KeywordForm)
    }
}

impl<'de> Deserialize<'de> for KeywordForm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeywordVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyword(then: Option<&str>, joined: bool, value: Option<usize>) -> Keyword {
        Keyword {
            text: "key".to_owned(),
            then: then.map(str::to_owned),
            joined,
            value,
            ..Keyword::default()
        }
    }

    #[test]
    fn a_value_is_a_run_near_the_keyword() {
        let near = |text: &str| keyword(None, false, Some(8)).is_in(text.as_bytes());
        let far = |count: usize| " ".repeat(count);
        for text in [
            "key=ab-d_f1h",
            "ab-d_f1h is the key",
            "key = abcdefgh",
            "key:-abcdefgh",
            "key = abcdefghijklmnopq1",
            &format!("ab-d_f1h{}key", far(Keyword::VALUE_BEFORE - 8)),
            &format!("key{}ab-d_f1h", far(Keyword::VALUE_BEHIND - 8)),
        ] {
            assert!(near(text), "{text}");
        }
        for text in [
            "key",
            "key=ab-d_f1",
            "key = abc.defg.hij",
            "key = abcdefghi",
            &format!("ab-d_f1h{}key", far(Keyword::VALUE_BEFORE - 7)),
            &format!("key{}ab-d_f1h", far(Keyword::VALUE_BEHIND - 7)),
            "ab-d_f1h",
        ] {
            assert!(!near(text), "{text}");
        }
    }

    #[test]
    fn allows_no_blank_between_joined_texts() {
        let then = keyword(Some("@"), false, None);
        let joined = keyword(Some("@"), true, None);
        assert!(then.is_in(b"key a@") && !joined.is_in(b"key a@"));
        assert!(then.is_in(b"key/a@") && joined.is_in(b"key/a@"));
        assert!(!then.is_in(b"@key") && !joined.is_in(b"@key"));
        // A later one may fit where the first does not.
        assert!(joined.is_in(b"key key@"));
    }

    #[test]
    fn stops_the_search_at_the_end_character() {
        let mut until = keyword(Some("@"), false, None);
        until.until = Some('/');
        assert!(until.is_in(b"key a@/"));
        assert!(!until.is_in(b"key/a@"));
        assert!(until.is_in(b"key/a key b@"));
    }
}
