//! The file formats: which file is of which format, and how its credentials are read.

mod credentials;
mod embedded;
mod neighbor;
mod pattern;
mod tree_keys;

use std::collections::HashMap;
use std::sync::Arc;

use memchr::memmem;

use super::{Values, git_config, git_credentials, netrc};
use crate::model::{BlobKind, Hint};
use crate::rule::{FileFormat, FileSyntax, KeyRule, RuleSet};
use crate::syntax::lines::{self, Dialect};
use crate::syntax::mapped::Mapped;
use crate::syntax::tree::Tree;
use crate::syntax::{assignments, json, toml, xml, yaml};

/// The number of documents in one another that are read.
const MAX_DEPTH: usize = 4;

/// The file formats of a set of rules, by the names of their files.
#[derive(Debug)]
pub(crate) struct Formats {
    rules: Arc<RuleSet>,
    /// The patterns by the part of a path behind its last dot or slash, in lower case.
    by_ending: HashMap<Vec<u8>, Vec<FilePattern>>,
    /// The patterns that end in `*`.
    open_ended: Vec<FilePattern>,
}

/// One pattern of file names.
#[derive(Clone, Debug)]
struct FilePattern {
    /// The pattern in lower case.
    file: Vec<u8>,
    part: FormatPart,
}

/// A format that applies to a file, and how it is read there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FormatPart {
    /// Index of the format.
    format: usize,
    syntax: FileSyntax,
}

/// A file of known formats.
#[derive(Debug)]
pub(crate) struct Document<'f> {
    formats: &'f Formats,
    /// Sorted.
    parts: Vec<FormatPart>,
    /// Number of documents that contain this one.
    depth: usize,
}

impl Formats {
    /// Indexes the formats of `rules`.
    pub(crate) fn new(rules: Arc<RuleSet>) -> Self {
        let mut by_ending: HashMap<Vec<u8>, Vec<FilePattern>> = HashMap::new();
        let mut open_ended = Vec::new();
        for (index, format) in rules.formats().enumerate() {
            for file in &format.files {
                let Some(syntax) = format.syntax_of(file) else {
                    continue;
                };
                let pattern = FilePattern {
                    file: file.to_ascii_lowercase().into_bytes(),
                    part: FormatPart {
                        format: index,
                        syntax,
                    },
                };
                if pattern.file.ends_with(b"*") {
                    open_ended.push(pattern);
                } else {
                    let ending = ending(&pattern.file).to_vec();
                    by_ending.entry(ending).or_default().push(pattern);
                }
            }
        }
        Self {
            rules,
            by_ending,
            open_ended,
        }
    }

    /// Returns true if a file of that path has a known format.
    pub(crate) fn knows(&self, path: &[u8]) -> bool {
        self.parts_of(path).next().is_some()
    }

    /// Returns the document that a file is, if its format is known.
    pub(crate) fn document(&self, hint: Hint<'_>) -> Option<Document<'_>> {
        if hint.kind == BlobKind::GitConfig {
            return self.with_parts(self.parts_with(FileSyntax::GitConfig, |_| true), 0);
        }
        self.with_parts(self.parts_of(hint.path).collect(), 0)
    }

    fn with_parts(&self, mut parts: Vec<FormatPart>, depth: usize) -> Option<Document<'_>> {
        parts.sort_unstable();
        parts.dedup();
        (!parts.is_empty() && depth < MAX_DEPTH).then_some(Document {
            formats: self,
            parts,
            depth,
        })
    }

    /// Returns the formats of files of that path.
    fn parts_of(&self, path: &[u8]) -> impl Iterator<Item = FormatPart> {
        let mut lower = [0; MAX_ENDING];
        let ending = ending(path);
        let known = lower.get_mut(..ending.len()).and_then(|lower| {
            lower.copy_from_slice(ending);
            lower.make_ascii_lowercase();
            self.by_ending.get(&*lower)
        });
        let patterns = known.into_iter().flatten().chain(&self.open_ended);
        patterns
            .filter(move |pattern| pattern::is_named(path, &pattern.file))
            .map(|pattern| pattern.part)
    }

    /// Returns the formats that have files of a syntax and satisfy a condition.
    fn parts_with(
        &self,
        syntax: FileSyntax,
        is_wanted: impl Fn(&FileFormat) -> bool,
    ) -> Vec<FormatPart> {
        let all = self.rules.formats().enumerate();
        all.filter(|(_, format)| format.has_syntax(syntax) && is_wanted(format))
            .map(|(format, _)| FormatPart { format, syntax })
            .collect()
    }

    /// Returns the formats of that name.
    fn parts_of_format(&self, name: &str) -> Vec<FormatPart> {
        let all = self.rules.formats().enumerate();
        let named = all.filter(|(_, format)| format.name == name);
        let parts = named.filter_map(|(index, format)| {
            let syntax = format.syntax_of(format.files.first()?)?;
            Some(FormatPart {
                format: index,
                syntax,
            })
        });
        parts.collect()
    }

    /// Returns the document in `text`, by the signature of a format, and its text: JSON from the first bracket on, or YAML of
    /// several lines.
    fn document_in(&self, text: &Mapped, depth: usize) -> Option<(Document<'_>, Mapped)> {
        let bytes = text.bytes();
        let first_line = memchr::memchr(b'\n', bytes.trim_ascii_start()).unwrap_or(bytes.len());
        let bracket = memchr::memchr2(b'{', b'[', bytes).filter(|&at| at <= first_line);
        let (syntax, start) = match bracket {
            Some(at) => (FileSyntax::Json, at),
            None if first_line < bytes.len() => (FileSyntax::Yaml, 0),
            None => return None,
        };
        let text = text.slice(start..bytes.len());
        let is_signed = |format: &FileFormat| is_signed(format, text.bytes());
        let document = self.with_parts(self.parts_with(syntax, is_signed), depth)?;
        Some((document, text))
    }

    /// True if `text` contains the signature of a format.
    fn has_signature(&self, text: &[u8]) -> bool {
        self.rules.formats().any(|format| is_signed(format, text))
    }

    fn format(&self, part: FormatPart) -> &FileFormat {
        self.rules.format_at(part.format)
    }
}

/// The longest ending of a file name that a pattern may have.
const MAX_ENDING: usize = 64;

/// Returns a path from its last dot on, or from behind its last slash if no dot is behind that.
fn ending(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| matches!(byte, b'.' | b'/')) {
        Some(at) if path[at] == b'.' => &path[at..],
        Some(at) => &path[at + 1..],
        None => path,
    }
}

fn contains_any(bytes: &[u8], texts: &[String]) -> bool {
    let mut finds = texts
        .iter()
        .map(|text| memmem::find(bytes, text.as_bytes()));
    finds.any(|found| found.is_some())
}

fn is_signed(format: &FileFormat, bytes: &[u8]) -> bool {
    contains_any(bytes, &format.signature)
}

/// True if a letter of a key may be written as an escape, which hides it from a search: `\u0061uths`.
fn may_escape_letters(bytes: &[u8]) -> bool {
    const ESCAPES: [&[u8]; 4] = [b"\\u00", b"\\U0000", b"\\x", b"&#"];
    ESCAPES
        .iter()
        .any(|escape| memmem::find(bytes, escape).is_some())
}

impl Document<'_> {
    /// False if a search for the texts of its formats shows that no key holds a credential.
    pub(crate) fn may_hold(&self, bytes: &[u8]) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| self.applies(*part, bytes))
            || may_escape_letters(bytes)
            || self.formats.has_signature(bytes)
    }

    /// True if a key of the format may be in the file.
    fn applies(&self, part: FormatPart, bytes: &[u8]) -> bool {
        let texts = &self.formats.format(part).contains;
        texts.is_empty() || contains_any(bytes, texts)
    }

    /// Reports the credentials in the file, in order of place where that is cheap. A damaged part is read as far as possible;
    /// the plain scan still sees it.
    pub(crate) fn values(&self, hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>) {
        let is_escaped = may_escape_letters(bytes);
        let has_signature = self.formats.has_signature(bytes);
        let mut rest = &self.parts[..];
        let mut read = Vec::new();
        while let Some((first, others)) = rest.split_first() {
            rest = others;
            if read.contains(&first.syntax) {
                continue;
            }
            read.push(first.syntax);
            match first.syntax {
                FileSyntax::GitConfig => git_config::values(hint, bytes, out),
                FileSyntax::GitCredentials => git_credentials::values(hint, bytes, out),
                FileSyntax::Netrc => netrc::values(hint, bytes, out),
                syntax => {
                    let parts = self.parts.iter().filter(|part| part.syntax == syntax);
                    let parts = parts.filter(|part| is_escaped || self.applies(**part, bytes));
                    let keys: Vec<&KeyRule> = parts
                        .flat_map(|part| &self.formats.format(*part).keys)
                        .collect();
                    if !keys.is_empty() || has_signature {
                        let tree = parse(syntax, bytes);
                        tree_keys::report(self, hint, &tree, &keys, has_signature, out);
                    }
                }
            }
        }
    }
}

/// Reads a file of a syntax whose credentials a list of keys names.
fn parse(syntax: FileSyntax, file: &[u8]) -> Tree<'_> {
    match syntax {
        FileSyntax::Json => json::read(file),
        FileSyntax::Yaml => yaml::read(file),
        FileSyntax::Toml => toml::read(file),
        FileSyntax::Xml => xml::read(file),
        FileSyntax::Ini => lines::read(file, Dialect::Ini),
        FileSyntax::Npmrc => lines::read(file, Dialect::Npm),
        FileSyntax::Properties => lines::read(file, Dialect::Properties),
        FileSyntax::Hcl => assignments::read(file),
        FileSyntax::Lines
        | FileSyntax::GitConfig
        | FileSyntax::GitCredentials
        | FileSyntax::Netrc => lines::bare(file),
    }
}

#[cfg(test)]
mod tests;
