//! Words and shapes that several rules use: `rules/shared/vocabulary.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// The file as JSON, made when the program is built.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/vocabulary.json"));

static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| serde_json::from_str(JSON).unwrap_or_default());

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    values: BTreeMap<String, String>,
    names: Names,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    compounds: Vec<String>,
    frequent: BTreeSet<String>,
    words_that_deny: BTreeSet<String>,
    suffixes_that_deny: BTreeSet<String>,
}

/// Returns the regular expression of the value shape `name`.
pub(super) fn value_shape(name: &str) -> Option<&'static str> {
    VOCABULARY.values.get(name).map(String::as_str)
}

/// Returns the names of all value shapes.
pub(super) fn value_shapes() -> impl Iterator<Item = &'static str> {
    VOCABULARY.values.keys().map(String::as_str)
}

/// Returns true if `word` behind the name of a credential says that its value is something else: `token_url`.
pub(super) fn denies_name(word: &str) -> bool {
    VOCABULARY.names.suffixes_that_deny.contains(word)
}

/// Returns true if `word` anywhere in the name says that its value is something else: `token_digest`.
pub(super) fn denies_anywhere(word: &str) -> bool {
    VOCABULARY.names.words_that_deny.contains(word)
}

/// Returns true if `word` is too frequent in any text to be searched for.
pub(super) fn is_frequent(word: &str) -> bool {
    VOCABULARY.names.frequent.contains(word)
}

/// Returns the two words that are written as `word`: `git lab` for `gitlab`.
pub(super) fn compound(word: &str) -> Option<&'static str> {
    let mut compounds = VOCABULARY.names.compounds.iter().map(String::as_str);
    compounds.find(|compound| compound.replace(' ', "") == word)
}

/// Returns the words of a name with those in one that are one word: `git lab token` is `gitlab token`.
pub(super) fn join_compounds(mut words: String) -> String {
    for compound in &VOCABULARY.names.compounds {
        if words.contains(compound.as_str()) {
            words = words.replace(compound.as_str(), &compound.replace(' ', ""));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_embedded_file() {
        let parsed: Result<Vocabulary, _> = serde_json::from_str(JSON);
        assert!(parsed.is_ok());
        assert!(value_shape("hex40").is_some() && denies_name("url") && !denies_name("prod"));
    }
}
