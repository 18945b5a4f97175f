//! The rules and file formats of `rules/`, embedded when the program is built.

use super::file::RuleFile;
use super::file_format::FileFormat;
use super::{Example, Rule, RuleError};
use crate::model::{BlobPath, RuleId};

/// Every file of `rules/`, sorted by name: its stem, its text, and the rule as JSON.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The built-in rules, from their JSON: a few microseconds each. The tests check them from their
/// text, as strictly as a rule of the user.
pub(super) fn rules() -> impl Iterator<Item = Rule> {
    FILES.iter().map(|(stem, _, json)| {
        let id = RuleId::new(*stem).map_err(|error| error.to_string());
        let file = serde_json::from_str::<RuleFile>(json).map_err(|error| error.to_string());
        match (id, file) {
            (Ok(id), Ok(file)) => file.into_rule(id),
            (Err(error), _) | (_, Err(error)) => unreachable!("rules/{stem}.toml: {error}"),
        }
    })
}

/// Every file of `rules/formats/`, in the same form.
const FORMATS: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// The built-in file formats, from their JSON.
pub(super) fn formats() -> impl Iterator<Item = FileFormat> {
    FORMATS.iter().map(
        |(stem, _, json)| match serde_json::from_str::<FileFormat>(json) {
            Ok(format) => format.named(stem),
            Err(error) => unreachable!("rules/formats/{stem}.toml: {error}"),
        },
    )
}

/// Returns true if there is a built-in rule of that id.
pub(super) fn has_rule(id: &str) -> bool {
    FILES.iter().any(|(stem, ..)| *stem == id)
}

/// Returns true if there is a built-in file format of that name.
pub(super) fn has_format(name: &str) -> bool {
    FORMATS.iter().any(|(stem, ..)| *stem == name)
}

/// The examples of a built-in rule, from its text.
pub(super) fn examples(id: &RuleId) -> Vec<Example> {
    let file = FILES.iter().find(|(stem, ..)| *stem == id.as_str());
    file.map_or_else(Vec::new, |(stem, text, _)| match read(stem, text) {
        Ok((_, examples)) => examples,
        Err(error) => unreachable!("{error}"),
    })
}

/// Reads a built-in rule as one of the user is read: everything is checked.
fn read(stem: &str, text: &str) -> Result<(Rule, Vec<Example>), RuleError> {
    RuleFile::read(&path(stem), stem, text)
}

fn path(stem: &str) -> BlobPath {
    BlobPath::from_bytes(format!("rules/{stem}.toml"))
}

#[cfg(test)]
#[path = "builtin_tests.rs"]
mod tests;
