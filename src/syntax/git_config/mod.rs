//! Git's configuration syntax, one statement at a time, each part with its place in the file.
//!
//! The grammar is `gix-config`'s. It is asked about one statement (a section header, or a key with
//! its value) after the other instead of about the whole file, for three reasons: an invalid
//! statement is read as far as possible while everything else is read exactly; memory follows the longest statement, where the parser's own events take up to a
//! hundred times the file; and every part keeps its offset.

mod text;

use std::ops::Range;

use gix::config::parse::{EventRef, Events};
use memchr::memchr;

use super::mapped::Mapped;

/// Lines that one statement may span, which bounds the memory of the grammar. Git has no limit; a
/// person has. See [`ConfigItems::is_cut`].
const MAX_LINES: usize = 4096;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigItem {
    /// `[name "subsection"]`: the following keys belong to it.
    Section(Section),
    /// `key = value`; a key alone has an empty value.
    Value(ConfigEntry),
}

/// The header of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// Its name in lower case, as Git compares it.
    pub name: Vec<u8>,
    /// Its subsection, decoded.
    pub subsection: Option<Mapped>,
    /// Offset of the header.
    pub start: usize,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigEntry {
    /// The key as written.
    pub key: Vec<u8>,
    /// Its value, decoded.
    pub value: Mapped,
    /// Offset of the key.
    pub start: usize,
}

/// Every statement of a file in order. Never fails and takes linear time; text that is neither a header
/// nor a key with a value is skipped.
pub(crate) fn items(bytes: &[u8]) -> ConfigItems<'_> {
    let bom: &[u8] = b"\xef\xbb\xbf";
    ConfigItems {
        bytes,
        position: if bytes.starts_with(bom) { bom.len() } else { 0 },
        broken: 0..0,
        is_cut: false,
    }
}

/// See [`items`].
pub(crate) struct ConfigItems<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The rest of a statement the grammar refused, to be read line by line.
    broken: Range<usize>,
    is_cut: bool,
}

impl ConfigItems<'_> {
    /// True if a statement had more lines than are read as one.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

impl Iterator for ConfigItems<'_> {
    type Item = ConfigItem;

    fn next(&mut self) -> Option<ConfigItem> {
        loop {
            while !self.broken.is_empty() {
                let line = self.broken.start..line_end(self.bytes, self.broken.start);
                self.broken.start = line.end;
                if let Some(entry) = loose_entry(self.bytes, line) {
                    return Some(ConfigItem::Value(entry));
                }
            }
            match *self.bytes.get(self.position)? {
                b' ' | b'\t' | b'\r' | b'\n' => self.position += 1,
                b'#' | b';' => self.position = line_end(self.bytes, self.position),
                b'[' => {
                    let span = header_span(self.bytes, self.position);
                    self.position = span.end;
                    return Some(ConfigItem::Section(header(self.bytes, span)));
                }
                _ => {
                    let (end, is_cut) = statement_end(self.bytes, self.position);
                    self.is_cut |= is_cut;
                    let span = self.position..end;
                    self.position = span.end;
                    match entry(self.bytes, span.clone()) {
                        Some(entry) => return Some(ConfigItem::Value(entry)),
                        None => self.broken = span,
                    }
                }
            }
        }
    }
}

/// The end of the line that holds `from`, its line ending included.
fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at + 1)
}

/// Returns the span of the header that starts at `from`: up to its `]`, or to the end of its line if it has none.
fn header_span(bytes: &[u8], from: usize) -> Range<usize> {
    let mut quoted = false;
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => break,
            b'\\' if quoted && bytes.get(at + 1).is_some_and(|&b| b != b'\n') => at += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted => return from..at + 1,
            _ => {}
        }
        at += 1;
    }
    from..at.min(bytes.len())
}

/// Returns the end of the statement that starts at `from`: the end of its line, or of the last of the lines that
/// a `\` at the end continues. Quotes and comments are those of the grammar. Also returns whether it continues
/// beyond [`MAX_LINES`].
fn statement_end(bytes: &[u8], from: usize) -> (usize, bool) {
    let mut quoted = false;
    let mut lines = 1;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => return (at + 1, false),
            b'#' | b';' if !quoted => return (line_end(bytes, at), false),
            b'"' => quoted = !quoted,
            b'\\' => {
                let newline = match bytes.get(at + 1) {
                    Some(b'\n') => 1,
                    Some(b'\r') if bytes.get(at + 2) == Some(&b'\n') => 2,
                    Some(_) => 0,
                    None => return (bytes.len(), false),
                };
                if newline > 0 {
                    lines += 1;
                    if lines > MAX_LINES {
                        return (at + newline + 1, true);
                    }
                }
                at += newline.max(1);
            }
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), false)
}

/// Reads a header: by the grammar, or, if that rejects it, the text between the brackets.
fn header(bytes: &[u8], span: Range<usize>) -> Section {
    let events = Events::from_bytes(&bytes[span.clone()], None).ok();
    let parsed = events
        .as_ref()
        .and_then(|events| match events.iter().next() {
            Some(EventRef::SectionHeader {
                name,
                separator,
                subsection_name,
            }) => Some((name.len(), separator.map(|s| s.len()), subsection_name)),
            _ => None,
        });
    let name_at = span.start + 1;
    let lower = |range: Range<usize>| bytes[range].to_ascii_lowercase();
    match parsed {
        Some((name, Some(separator), Some(_))) => {
            let quoted = usize::from(bytes[name_at + name] != b'.');
            let raw = name_at + name + separator + quoted..span.end - 1 - quoted;
            Section {
                name: lower(name_at..name_at + name),
                subsection: Some(text::subsection(bytes, raw, quoted == 1)),
                start: span.start,
            }
        }
        Some((name, ..)) => Section {
            name: lower(name_at..name_at + name),
            subsection: None,
            start: span.start,
        },
        None => {
            let inside = name_at..span.end;
            let name = inside
                .clone()
                .find(|&at| !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'-')
                .unwrap_or(inside.end);
            let rest = trim(bytes, name..inside.end, b" \t\r\"].");
            Section {
                name: lower(name_at..name),
                subsection: (!rest.is_empty()).then(|| text::subsection(bytes, rest, true)),
                start: span.start,
            }
        }
    }
}

/// Reads a key and its value by the grammar; `None` if that refuses them.
fn entry(bytes: &[u8], span: Range<usize>) -> Option<ConfigEntry> {
    // The grammar would take some other first bytes for a byte order mark and drop them.
    if !bytes[span.start].is_ascii_alphabetic() {
        return None;
    }
    // Git takes blanks at the end for nothing, the grammar not all of them.
    let span = trim(bytes, span, b" \t\r\n");
    let events = Events::from_bytes(&bytes[span.clone()], None).ok()?;
    let mut at = span.start;
    let mut key = None;
    let mut chunks = Vec::new();
    for event in events.iter() {
        // The length of the event in the file; a `\` that continues a line belongs to no event.
        let length = match event {
            EventRef::SectionValueName(name) if key.is_none() => {
                key = Some(at..at + name.len());
                name.len()
            }
            EventRef::Value(chunk) | EventRef::ValueDone(chunk) => {
                chunks.push(at..at + chunk.len());
                chunk.len()
            }
            EventRef::ValueNotDone(chunk) => {
                chunks.push(at..at + chunk.len());
                chunk.len() + 1
            }
            EventRef::Newline(text) | EventRef::Whitespace(text) => text.len(),
            EventRef::KeyValueSeparator => 1,
            EventRef::Comment { text, .. } => text.len() + 1,
            // The grammar lets more follow a key without a value on its line; Git does not.
            EventRef::SectionValueName(_) | EventRef::SectionHeader { .. } => return None,
        };
        at += length;
    }
    let key = key?;
    Some(ConfigEntry {
        key: bytes[key.clone()].to_vec(),
        value: text::value(bytes, &chunks),
        start: key.start,
    })
}

/// Reads `key = value` from a line that the grammar refuses: an open quote, an unknown escape,
/// a key it does not allow.
fn loose_entry(bytes: &[u8], line: Range<usize>) -> Option<ConfigEntry> {
    let equals = line.start + memchr(b'=', &bytes[line.clone()])?;
    let key = trim(bytes, line.start..equals, b" \t\r");
    if key.is_empty() {
        return None;
    }
    let value = trim(bytes, equals + 1..line.end, b" \t\r\n\"");
    Some(ConfigEntry {
        key: bytes[key.clone()].to_vec(),
        value: Mapped::verbatim(bytes, value),
        start: key.start,
    })
}

/// Shortens a range by the given bytes at both ends.
fn trim(bytes: &[u8], mut range: Range<usize>, blank: &[u8]) -> Range<usize> {
    while !range.is_empty() && blank.contains(&bytes[range.start]) {
        range.start += 1;
    }
    while !range.is_empty() && blank.contains(&bytes[range.end - 1]) {
        range.end -= 1;
    }
    range
}

#[cfg(test)]
mod tests;
