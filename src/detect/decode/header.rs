//! The header of a commit or tag whose names are in a declared encoding.
//!
//! The names of its fields are ASCII in any case, so that only the values are decoded: people, addresses, signatures.

use std::io::{self, Read};

use super::charset::Declared;
use super::transcode::Transcoder;
use crate::model::DeclaredCharset;

/// A header as text.
#[derive(Debug, Default)]
pub(crate) struct DecodedHeader {
    /// The text.
    pub(crate) text: Vec<u8>,
    /// Number of bytes of the header before decoding.
    pub(crate) bytes: u64,
    /// True if a value may contain anything, because its encoding is unknown.
    pub(crate) is_opaque: bool,
}

impl DecodedHeader {
    /// Reads a header to its end and decodes it; `None` without reading if it is not the header of a commit or tag, or contains
    /// ASCII.
    ///
    /// # Errors
    /// Errors of reading the header.
    pub(crate) fn read(
        content: &mut dyn Read,
        charset: Option<DeclaredCharset<'_>>,
    ) -> io::Result<Option<Self>> {
        match charset {
            Some(DeclaredCharset::HeaderValues(name))
                if Declared::of_name(name) != Declared::AsciiCompatible =>
            {
                let mut header = Vec::new();
                content.read_to_end(&mut header)?;
                Ok(Some(decode(&header, name)))
            }
            _ => Ok(None),
        }
    }
}

/// Decodes the values of a header. Values of printable ASCII stay as they are, unless they may contain a sequence of UTF-7.
fn decode(header: &[u8], encoding: &[u8]) -> DecodedHeader {
    let mut decoded = DecodedHeader {
        text: Vec::with_capacity(header.len()),
        bytes: header.len() as u64,
        is_opaque: false,
    };
    for line in header.split_inclusive(|&byte| byte == b'\n') {
        let end = line.len() - usize::from(line.ends_with(b"\n"));
        let start = memchr::memchr(b' ', line).map_or(end, |blank| end.min(blank + 1));
        let mut value = &line[start..end];
        decoded.text.extend_from_slice(&line[..start]);
        if value.iter().all(is_literal) {
            decoded.text.extend_from_slice(value);
        } else {
            let charset = Some(DeclaredCharset::Text(encoding));
            let mut transcoder = Transcoder::new(&mut value, charset);
            // Reading from memory does not fail.
            let _ = transcoder.read_to_end(&mut decoded.text);
            decoded.is_opaque |= transcoder.is_opaque();
        }
        decoded.text.extend_from_slice(&line[end..]);
    }
    decoded
}

/// Returns true for a byte of ASCII text that does not begin a sequence of UTF-7, or of its variant for IMAP.
fn is_literal(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r') && !matches!(byte, b'+' | b'&')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_values_and_keeps_names_of_fields() {
        let utf32 = |text: &str| -> Vec<u8> {
            let characters = text.chars().map(u32::from);
            characters.flat_map(u32::to_be_bytes).collect()
        };
        let name = utf32("J\u{f6}rg");
        let header = [b"tree 12\nauthor ", &name[..], b"\nencoding UTF-32BE"].concat();
        let decoded = decode(&header, b"UTF-32BE");
        let text = String::from_utf8(decoded.text).unwrap();
        assert_eq!(text, "tree 12\nauthor J\u{f6}rg\nencoding UTF-32BE");
        assert!(!decoded.is_opaque);
        let decoded = decode(b"author a+AC0-b <a&b>\n x", b"utf-7");
        assert_eq!(decoded.text, b"author a-b <a&b>\n x");
        assert!(decode(b"author \xd1", b"x-none").is_opaque);
        assert!(!decode(b"author A\n\n", b"x-none").is_opaque);
    }
}
