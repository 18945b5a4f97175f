//! Errors in a rule file, with file, line and key.

use std::fmt::{self, Write};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::model::{BlobPath, is_plain_key, without_quotes};

/// An error in a rule file and its position: `FILE:LINE: KEY: what`. Never quotes an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    file: BlobPath,
    line: Option<usize>,
    key: Option<String>,
    what: String,
}

/// An error in the value of a key, before its line is looked up.
#[derive(Debug)]
pub(super) struct Fault {
    /// The key, as in `detect.keywords[1]`; empty for the file as a whole.
    pub key: String,
    /// The error.
    pub what: String,
}

impl Fault {
    /// A fault of the value of `key`.
    pub(super) fn new(key: impl Into<String>, what: impl fmt::Display) -> Self {
        Self {
            key: key.into(),
            what: what.to_string(),
        }
    }
}

/// Checks a requirement on the value of `key`.
///
/// # Errors
/// If it is not met: a fault with the text `what`.
pub(super) fn require(
    is_met: bool,
    key: impl Into<String>,
    what: impl fmt::Display,
) -> Result<(), Fault> {
    if is_met {
        return Ok(());
    }
    Err(Fault::new(key, what))
}

impl RuleError {
    /// A fault, with the line of its key in `text`.
    pub(super) fn locate(file: &BlobPath, text: &str, fault: Fault) -> Self {
        Self {
            file: file.clone(),
            line: Lines::new(text).of(&fault.key),
            key: Some(fault.key).filter(|key| !key.is_empty()),
            what: fault.what,
        }
    }

    /// An error of the TOML reader, with the key at its position.
    pub(super) fn from_toml(file: &BlobPath, text: &str, error: &toml::de::Error) -> Self {
        let lines = Lines::new(text);
        let missing = error.message().starts_with("missing field");
        // A missing key is reported at the table around it; the file itself has no position.
        let place = error
            .span()
            .filter(|span| !missing || lines.keys.iter().any(|(.., value)| value == span));
        Self {
            file: file.clone(),
            line: place.as_ref().map(|place| line_at(text, place.start)),
            key: place
                .as_ref()
                .and_then(|place| lines.key_at(place))
                .filter(|key| is_plain(key)),
            what: without_quotes(error.message()),
        }
    }
}

/// True for a key like `positive[0].text` that consists of plain words.
fn is_plain(key: &str) -> bool {
    key.split('.').all(|part| {
        let name = part.split('[').next().unwrap_or(part);
        is_plain_key(name)
    })
}

/// Escapes characters that a terminal would act on, and nothing else.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if let Some(key) = &self.key {
            write!(f, " {}:", printable(key))?;
        }
        write!(f, " {}", printable(&self.what))
    }
}

impl std::error::Error for RuleError {}

/// The lines of the keys of a TOML file.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Every key of the file with the places of the key itself and of its value.
    keys: Vec<(String, Range<usize>, Range<usize>)>,
}

impl<'a> Lines<'a> {
    /// Reads the keys; a file that is not TOML has none.
    pub(super) fn new(text: &'a str) -> Self {
        let mut keys = Vec::new();
        if let Ok(table) = DeTable::parse(text) {
            collect(table.get_ref(), "", &mut keys);
        }
        Self { text, keys }
    }

    /// The line, from 1, of a key or of the nearest key around it.
    pub(super) fn of(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some((_, _, value)) = self.keys.iter().find(|(known, ..)| known == key) {
                return Some(line_at(self.text, value.start));
            }
            key = &key[..key.rfind(['.', '['])?];
        }
    }

    /// The innermost key whose name or value holds the place.
    fn key_at(&self, place: &Range<usize>) -> Option<String> {
        let holds = |span: &Range<usize>| span.start <= place.start && place.end <= span.end;
        self.keys
            .iter()
            .filter(|(_, name, value)| holds(name) || holds(value))
            .max_by_key(|(key, ..)| key.len())
            .map(|(key, ..)| key.clone())
    }
}

/// Walks a table; its depth is bounded by the TOML reader.
fn collect(table: &DeTable<'_>, path: &str, keys: &mut Vec<(String, Range<usize>, Range<usize>)>) {
    for (name, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", name.get_ref());
        collect_value(value.get_ref(), &path, keys);
        keys.push((path, name.span(), value.span()));
    }
}

fn collect_value(
    value: &DeValue<'_>,
    path: &str,
    keys: &mut Vec<(String, Range<usize>, Range<usize>)>,
) {
    match value {
        DeValue::Table(table) => collect(table, path, keys),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let mut path = path.to_owned();
                // Writing to a string cannot fail.
                let _ = write!(path, "[{index}]");
                collect_value(item.get_ref(), &path, keys);
                keys.push((path, item.span(), item.span()));
            }
        }
        _ => {}
    }
}

/// The line, from 1, of an offset.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}
