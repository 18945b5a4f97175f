//! The rules of `rules/`, embedded when the program is built.

use super::file::RuleFile;
use super::{Example, Rule};
use crate::model::{BlobPath, RuleId};

/// The stem and the text of every file of `rules/`, sorted by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The built-in rules.
pub(super) fn rules() -> impl Iterator<Item = Rule> {
    FILES.iter().map(|(stem, text)| read(stem, text).0)
}

fn read(stem: &str, text: &str) -> (Rule, Vec<Example>) {
    match RuleFile::read(&path(stem), stem, text) {
        Ok(read) => read,
        Err(error) => unreachable!("a built-in rule is not valid: {error}"),
    }
}

/// The examples of a built-in rule.
pub(super) fn examples(id: &RuleId) -> Vec<Example> {
    let file = FILES.iter().find(|(stem, _)| *stem == id.as_str());
    file.map_or_else(Vec::new, |(stem, text)| read(stem, text).1)
}

fn path(stem: &str) -> BlobPath {
    BlobPath::from_bytes(format!("rules/{stem}.toml"))
}
