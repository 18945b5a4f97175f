//! A path as Git and the file system know it: bytes, which need not be UTF-8.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A `/`-separated path, relative to the root of the scan, in its original bytes.
///
/// `Display` and `Serialize` escape control characters, the characters that reorder text on a
/// terminal, backslashes and bytes that are not UTF-8 (`\x1b`, `\u{202e}`, `\\`, `\xff`), so that
/// a hostile name is harmless wherever it is shown and two different names never look the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BlobPath(Arc<[u8]>);

impl BlobPath {
    /// A path from bytes as Git stores them (`/` as separator).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// A path of the file system, with the platform's separators turned into `/`.
    pub fn from_path(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        if cfg!(windows) {
            Self(
                bytes
                    .iter()
                    .map(|&b| if b == b'\\' { b'/' } else { b })
                    .collect(),
            )
        } else {
            Self(bytes.into())
        }
    }

    /// The path that is shown as `shown`. What is no escape that `Display` writes stands for itself.
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
        Self(bytes.into())
    }

    /// The original bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The part after the last `/`.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or(&self.0)
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

/// Hexadecimal digits alone: the standard library would take a sign too.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_hexdigit()).then_some(text)
}

/// Appends `bytes` to `out` with everything unprintable escaped. See [`BlobPath`].
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

/// True for characters that a terminal or a browser may act on instead of showing: C1 controls,
/// bidirectional overrides, zero-width characters, line and paragraph separators, tags; and
/// noncharacters, which XML does not allow.
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
        escape_into(f, &self.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_escaped() {
        let path = BlobPath::from_bytes(b"a\x1b[31m/\xff\\\xe2\x80\xae\n".to_vec());
        assert_eq!(path.to_string(), r"a\x1b[31m/\xff\\\u{202e}\x0a");
        assert_eq!(BlobPath::from_bytes(*b"a b/c.txt").file_name(), b"c.txt");
    }

    #[test]
    fn what_is_shown_can_be_read_back() {
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
