//! A path in Git or the file system: bytes, which need not be UTF-8.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `/`-separated path, relative to the root of the scan, in its original bytes.
///
/// `Display` and `Serialize` escape control characters, the characters that reorder text on a
/// terminal, backslashes and bytes that are not UTF-8 (`\x1b`, `\u{202e}`, `\\`, `\xff`), so that
/// a malicious name is harmless in every output and two different names never look the same.
///
/// The path of a file in an archive is that of the archive, `!`, and the path in the archive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BlobPath {
    bytes: Arc<[u8]>,
    /// Length of the path of the archive, for a file in one.
    archive: Option<usize>,
}

impl BlobPath {
    /// Creates a path from bytes as Git stores them (`/` as separator).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into().into(),
            archive: None,
        }
    }

    /// Creates a path from one of the file system; the platform's separators become `/`.
    pub fn from_path(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        let slashed = |&b: &u8| {
            if cfg!(windows) && b == b'\\' { b'/' } else { b }
        };
        Self::from_bytes(bytes.iter().map(slashed).collect::<Vec<u8>>())
    }

    /// Restores a path from its `Display` text. A backslash that does not begin an escape of `Display` is kept.
    pub fn from_shown(shown: &str) -> Self {
        let mut bytes = Vec::with_capacity(shown.len());
        let mut rest = shown;
        while let Some(at) = rest.find('\\') {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at + 1..];
            rest = match unescape(rest, &mut bytes) {
                Some(rest) => rest,
                None => {
                    bytes.push(b'\\');
                    rest
                }
            };
        }
        bytes.extend_from_slice(rest.as_bytes());
        Self::from_bytes(bytes)
    }

    /// Returns the path of an entry of this archive. If this is the path of an entry itself, the outermost archive
    /// stays the same.
    #[must_use]
    pub fn in_archive(&self, entry: &[u8]) -> Self {
        Self {
            bytes: [&*self.bytes, b"!", entry].concat().into(),
            archive: Some(self.archive.unwrap_or(self.bytes.len())),
        }
    }

    /// Returns the same path, marked as that of an entry of an archive if it ends in `entry`.
    #[must_use]
    pub fn with_entry(&self, entry: &[u8]) -> Self {
        let archive = self
            .bytes
            .strip_suffix(entry)
            .and_then(|rest| rest.strip_suffix(b"!"));
        Self {
            bytes: Arc::clone(&self.bytes),
            archive: archive.map(<[u8]>::len),
        }
    }

    /// Returns the path of the outermost archive that contains the file.
    pub fn archive(&self) -> Option<Self> {
        let length = self.archive?;
        Some(Self::from_bytes(&self.bytes[..length]))
    }

    /// Returns the path in the outermost archive.
    pub fn entry(&self) -> Option<&[u8]> {
        let length = self.archive?;
        self.bytes.get(length + 1..)
    }

    /// Returns the path with archives as folders, for path patterns.
    pub fn as_folders(&self) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        if let Some(entry) = self.archive.and_then(|length| bytes.get_mut(length..)) {
            entry
                .iter_mut()
                .filter(|b| **b == b'!')
                .for_each(|b| *b = b'/');
        }
        bytes
    }

    /// Returns the path of the file that a user can open: the archive, if the file is in one.
    #[must_use]
    pub fn openable(&self) -> Self {
        self.archive().unwrap_or_else(|| self.clone())
    }

    /// Returns the original bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the part after the last `/`.
    pub fn file_name(&self) -> &[u8] {
        let name = self.bytes.rsplit(|&b| b == b'/').next();
        name.unwrap_or(&self.bytes)
    }
}

/// Decodes the escape after a backslash into `out` and returns the rest.
fn unescape<'a>(text: &'a str, out: &mut Vec<u8>) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('\\') {
        out.push(b'\\');
        return Some(rest);
    }
    if let Some(rest) = text.strip_prefix('x') {
        out.push(u8::from_str_radix(digits(rest.get(..2)?)?, 16).ok()?);
        return rest.get(2..);
    }
    let (code, rest) = text.strip_prefix("u{")?.split_once('}')?;
    let c = char::from_u32(u32::from_str_radix(digits(code)?, 16).ok()?)?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Some(rest)
}

/// Returns hexadecimal digits; unlike the standard library's parser it rejects a sign.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_hexdigit()).then_some(text)
}

/// Appends `bytes` to `out` with all unprintable characters escaped. See [`BlobPath`].
pub(super) fn escape_into(out: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.write_str("\\\\")?,
                c if c.is_ascii_control() => write!(out, "\\x{:02x}", c as u32)?,
                c if is_deceptive(c) => write!(out, "\\u{{{:x}}}", c as u32)?,
                c => out.write_char(c)?,
            }
        }
        for b in chunk.invalid() {
            write!(out, "\\x{b:02x}")?;
        }
    }
    Ok(())
}

/// Returns true for characters that a terminal or a browser may interpret instead of showing: C1 controls,
/// bidirectional overrides, zero-width characters, line and paragraph separators, tags; and noncharacters, which XML
/// does not allow.
pub(crate) fn is_deceptive(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe
        || matches!(
            c,
            '\u{80}'..='\u{9f}'
                | '\u{ad}'
                | '\u{61c}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

impl fmt::Display for BlobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape_into(f, &self.bytes)
    }
}

impl fmt::Debug for BlobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for BlobPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|shown| Self::from_shown(&shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_and_reordering_characters() {
        let path = BlobPath::from_bytes(b"a\x1b[31m/\xff\\\xe2\x80\xae\n".to_vec());
        assert_eq!(path.to_string(), r"a\x1b[31m/\xff\\\u{202e}\x0a");
        assert_eq!(BlobPath::from_bytes(*b"a b/c.txt").file_name(), b"c.txt");
    }

    #[test]
    fn paths_in_archives_name_the_archive_and_the_entry() {
        let path = BlobPath::from_bytes(*b"a!/b.zip").in_archive(b"c.zip");
        assert_eq!(
            (path.archive(), path.entry()),
            (
                Some(BlobPath::from_bytes(*b"a!/b.zip")),
                Some(&b"c.zip"[..])
            )
        );
        let path = path.in_archive(b"d/e");
        assert_eq!(path.to_string(), "a!/b.zip!c.zip!d/e");
        assert_eq!(path.openable().as_bytes(), b"a!/b.zip");
        assert_eq!(path.as_folders(), b"a!/b.zip/c.zip/d/e");
        let read = BlobPath::from_shown(&path.to_string());
        assert_eq!((read.archive(), read.openable()), (None, read.clone()));
        assert_eq!(read.with_entry(b"c.zip!d/e"), path);
        assert_eq!(read.with_entry(b"other").archive(), None);
    }

    #[test]
    fn restores_displayed_paths() {
        let every: Vec<u8> = (0..=255).collect();
        for bytes in [
            &b"a\x1b/\xff\\\\x41\\u{41}\xe2\x80\xae\xc2\x85\n"[..],
            &every,
            b"",
            b"\\",
        ] {
            let path = BlobPath::from_bytes(bytes);
            assert_eq!(BlobPath::from_shown(&path.to_string()), path);
        }
        for odd in [
            "\\",
            "\\x",
            "\\x+1",
            "\\xé",
            "\\u{",
            "\\u{d800}",
            "\\u{}",
            "\\q",
        ] {
            assert_eq!(BlobPath::from_shown(odd).as_bytes(), odd.as_bytes());
        }
    }
}
