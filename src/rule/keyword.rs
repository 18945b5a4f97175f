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
}

impl Keyword {
    /// How far behind the end of the keyword the end of [`Keyword::then`] may stand, in bytes.
    pub const REQUIRED_WITHIN: usize = 768;

    /// The fewest bytes of a keyword: shorter ones would make a hit in every file.
    pub const MIN_LEN: usize = 3;

    /// The most bytes of a keyword.
    pub const MAX_LEN: usize = 64;

    /// The most keywords of a rule.
    pub const MAX_PER_RULE: usize = 64;

    /// True if it occurs, with what must follow it.
    pub(super) fn stands_in(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find_iter(bytes, &self.text).any(|at| {
            let after = &bytes[at + self.text.len()..];
            let near = &after[..after.len().min(Self::REQUIRED_WITHIN)];
            self.then
                .as_ref()
                .is_none_or(|then| memchr::memmem::find(near, then.as_bytes()).is_some())
        })
    }
}

/// A keyword as a rule file writes it: `"glpat-"`, or `{ text = "://", then = "@" }`.
#[derive(Debug)]
pub(super) struct KeywordForm(pub(super) Keyword);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    text: String,
    then: Option<String>,
}

struct KeywordVisitor;

impl<'de> Visitor<'de> for KeywordVisitor {
    type Value = KeywordForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table of `text` and `then`")
    }

    fn visit_str<E>(self, text: &str) -> Result<KeywordForm, E> {
        Ok(KeywordForm(Keyword {
            text: text.to_owned(),
            then: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeywordForm, A::Error> {
        let Table { text, then } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(KeywordForm(Keyword { text, then }))
    }
}

impl<'de> Deserialize<'de> for KeywordForm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeywordVisitor)
    }
}
