//! A keyword: the text of which the prefilter makes a hit.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};

/// A text of which the prefilter makes a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// At least three bytes.
    pub text: String,
    /// A text that must follow within [`Keyword::REQUIRED_WITHIN`] bytes, so that a frequent
    /// keyword (`://`) costs next to nothing where it means nothing.
    pub then: Option<String>,
    /// True if no blank may stand between the two.
    pub joined: bool,
    /// An ASCII character that may not stand between the two: of a URL only what is before its path holds an
    /// account.
    pub until: Option<char>,
    /// How long a value near it is at least, for a keyword that is a common word (`token`): it makes a
    /// hit only where [`Keyword::has_value`] sees one.
    pub value: Option<usize>,
}

impl Keyword {
    /// How far before the keyword and behind it the value may begin, in bytes.
    pub const VALUE_BEFORE: usize = 128;
    /// See [`Keyword::VALUE_BEFORE`].
    pub const VALUE_BEHIND: usize = 448;

    /// The most that [`Keyword::value`] may ask for.
    pub const MAX_VALUE: usize = 256;

    /// How far behind the end of the keyword the end of [`Keyword::then`] may stand, in bytes.
    pub const REQUIRED_WITHIN: usize = 768;

    /// The fewest bytes of a keyword: shorter ones would make a hit in every file.
    pub const MIN_LEN: usize = 3;

    /// The most bytes of a keyword.
    pub const MAX_LEN: usize = 64;

    /// The most keywords of a rule.
    pub const MAX_PER_RULE: usize = 64;

    /// True if what may be a value of `least` characters stands near `bytes[start..end]`: a run of letters,
    /// digits, `-` and `_` that holds a digit or is no longer than that: a longer one is a name.
    pub fn has_value(bytes: &[u8], start: usize, end: usize, least: usize) -> bool {
        let is_part = |byte: u8| IS_PART[usize::from(byte)];
        let least = least.max(1);
        let from = start.saturating_sub(Self::VALUE_BEFORE);
        let near = &bytes[from..bytes.len().min(end + Self::VALUE_BEHIND)];
        // No run of that length fits between two places so far apart.
        let mut at = least - 1;
        while at < near.len() {
            if !is_part(near[at]) {
                at += least;
                continue;
            }
            let before = near[..at].iter().rev().take_while(|b| is_part(**b)).count();
            let behind = near[at..].iter().take_while(|b| is_part(**b)).count();
            let run = &near[at - before..at + behind];
            // A shell's `${T:-value}`, an option: dashes in front are punctuation.
            let dashes = run.iter().take_while(|byte| **byte == b'-').count();
            let bare = run.len() - dashes;
            if run.len() >= least
                && (run.len() == least || bare == least || run.iter().any(u8::is_ascii_digit))
            {
                return true;
            }
            at += behind + least;
        }
        false
    }

    /// True if [`Keyword::then`] stands in `after`, the bytes behind the keyword, as near as it must, or if
    /// nothing must.
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

    /// True if what must stand near the keyword at `bytes[start..end]` does.
    pub fn fits(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        self.is_followed(&bytes[end..])
            && self
                .value
                .is_none_or(|least| Self::has_value(bytes, start, end, least))
    }

    /// True if it occurs, with what must stand near it.
    pub(super) fn stands_in(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find_iter(bytes, &self.text)
            .any(|at| self.fits(bytes, at, at + self.text.len()))
    }
}

/// Which bytes a value is made of.
const IS_PART: [bool; 256] = {
    let mut is_part = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is_part[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_');
        byte += 1;
    }
    is_part
};

/// A keyword as a rule file writes it: `"glpat-"`, or `{ text = "://", then = "@" }`.
#[derive(Debug)]
pub(super) struct KeywordForm(pub(super) Keyword);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    text: String,
    then: Option<String>,
    #[serde(default)]
    joined: bool,
    until: Option<char>,
    value: Option<usize>,
}

struct KeywordVisitor;

impl<'de> Visitor<'de> for KeywordVisitor {
    type Value = KeywordForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table of `text`, `then`, `joined`, `until` and `value`")
    }

    fn visit_str<E>(self, text: &str) -> Result<KeywordForm, E> {
        Ok(KeywordForm(Keyword {
            text: text.to_owned(),
            then: None,
            joined: false,
            until: None,
            value: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeywordForm, A::Error> {
        let Table {
            text,
            then,
            joined,
            until,
            value,
        } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(KeywordForm(Keyword {
            text,
            then,
            joined,
            until,
            value,
        }))
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
            until: None,
            value,
        }
    }

    #[test]
    fn a_value_is_a_run_near_the_keyword() {
        let near = |text: &str| keyword(None, false, Some(8)).stands_in(text.as_bytes());
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
    fn what_is_joined_has_no_blank_between() {
        let then = keyword(Some("@"), false, None);
        let joined = keyword(Some("@"), true, None);
        assert!(then.stands_in(b"key a@") && !joined.stands_in(b"key a@"));
        assert!(then.stands_in(b"key/a@") && joined.stands_in(b"key/a@"));
        assert!(!then.stands_in(b"@key") && !joined.stands_in(b"@key"));
        // A later one may fit where the first does not.
        assert!(joined.stands_in(b"key key@"));
    }

    #[test]
    fn what_ends_the_search_is_not_passed() {
        let mut until = keyword(Some("@"), false, None);
        until.until = Some('/');
        assert!(until.stands_in(b"key a@/"));
        assert!(!until.stands_in(b"key/a@"));
        assert!(until.stands_in(b"key/a key b@"));
    }
}
