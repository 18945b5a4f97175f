//! The decoded views of a text, as its readers may decode it: percent, escapes, entities, base64, hexadecimal
//! (also of UTF-16), nested. Each byte of a view is mapped to its origin in the text.

use std::ops::Range;

use crate::model::decode_base64_mixed;
use crate::syntax::escape::{DecodedEscape, EscapeSyntax, MAX_LENGTH};
use crate::syntax::mapped::Mapped;

/// Maximum number of nested encodings.
const MAX_DEPTH: usize = 3;

/// Maximum number of views of one text.
const MAX_VIEWS: usize = 64;

/// Minimum length of a run that may be base64 or hexadecimal: that of four bytes.
const MIN_RUN: usize = 6;

/// Minimum number of consecutive printable bytes for decoded bytes to be a text.
const MIN_TEXT: usize = 4;

/// Returns the text and all its decoded views.
pub(super) fn views(text: &[u8]) -> Vec<Mapped> {
    let mut views = vec![Mapped::verbatim(text, 0..text.len())];
    let mut from = 0;
    for _ in 0..MAX_DEPTH {
        let until = views.len();
        for index in from..until {
            for decode in DECODERS {
                if views.len() >= MAX_VIEWS {
                    return views;
                }
                let decoded = decode(&views[index]);
                if let Some(view) = decoded.filter(|view| !views.contains(view)) {
                    views.push(view);
                }
            }
        }
        from = until;
    }
    views
}

type Decoder = fn(&Mapped) -> Option<Mapped>;

const DECODERS: [Decoder; 11] = [
    |view| unescape(view, b'%', EscapeSyntax::Percent),
    |view| unescape(view, b'\\', EscapeSyntax::Backslash),
    |view| unescape(view, b'&', EscapeSyntax::Html),
    |view| unescape(view, b'=', EscapeSyntax::QuotedPrintable),
    |view| runs(view, &BASE64, 0),
    |view| runs(view, &BASE64, 1),
    |view| runs(view, &BASE64, 2),
    |view| runs(view, &BASE64, 3),
    |view| runs(view, &HEXADECIMAL, 0),
    |view| runs(view, &HEXADECIMAL, 1),
    separated_bytes,
];

/// Decodes the escapes of a syntax, which begin with `mark`; returns `None` without escapes.
fn unescape(view: &Mapped, mark: u8, syntax: EscapeSyntax) -> Option<Mapped> {
    let bytes = view.bytes();
    memchr::memchr(mark, bytes)?;
    let mut out = Mapped::with_room(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let escape = match syntax {
            EscapeSyntax::Html => syntax.read(rest).or_else(|| read_unclosed(rest)),
            _ => syntax.read(rest),
        };
        let length = escape.as_ref().map_or(1, |escape| escape.length);
        let source = view.locate(at..at + length)?;
        let content = escape.as_ref().map_or(&bytes[at..=at], |e| e.content());
        for &byte in content {
            out.push(byte, source.clone());
        }
        at += length;
    }
    (out.bytes() != bytes).then_some(out)
}

/// Reads a numeric entity without its `;`, which browsers decode as well.
fn read_unclosed(rest: &[u8]) -> Option<DecodedEscape> {
    let digits = rest.strip_prefix(b"&#")?;
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || b"xX".contains(byte);
    let count = digits.iter().take_while(is_part).take(MAX_LENGTH).count();
    let mut escape = EscapeSyntax::Html.read(&[b"&#", &digits[..count], b";"].concat())?;
    escape.length -= 1;
    Some(escape)
}

/// An encoding of bytes in groups of characters.
struct GroupEncoding {
    is_part: fn(u8) -> bool,
    decode: fn(&[u8]) -> Option<Vec<u8>>,
    /// Numbers of bytes and characters of a group.
    bytes: usize,
    characters: usize,
}

const BASE64: GroupEncoding = GroupEncoding {
    is_part: |byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte),
    decode: |run| decode_base64_mixed(&run[..run.len() - usize::from(run.len() % 4 == 1)]),
    bytes: 3,
    characters: 4,
};

const HEXADECIMAL: GroupEncoding = GroupEncoding {
    is_part: |byte| byte.is_ascii_hexdigit(),
    decode: |run| {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        run.chunks_exact(2)
            .map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok())
            .collect()
    },
    bytes: 1,
    characters: 2,
};

/// Decodes every run of an encoding from its character `phase` on, and keeps texts; returns `None` without any.
fn runs(view: &Mapped, encoding: &GroupEncoding, phase: usize) -> Option<Mapped> {
    let bytes = view.bytes();
    let mut out = Mapped::default();
    let mut at = 0;
    while at < bytes.len() {
        let is_part = |byte: &&u8| (encoding.is_part)(**byte);
        let length = bytes[at..].iter().take_while(is_part).count();
        if length >= MIN_RUN
            && let Some(decoded) = (encoding.decode)(&bytes[at + phase..at + length])
        {
            for_printable_parts(&decoded, |text| {
                let mut end = 0;
                for &index in text {
                    let start = at + phase + index / encoding.bytes * encoding.characters;
                    let group = start..(start + encoding.characters).min(at + length);
                    let source = view.locate(group).unwrap_or_default();
                    end = source.end;
                    out.push(decoded[index], source);
                }
                out.push(b'\n', end..end);
            });
        }
        at += length.max(1);
    }
    (!out.bytes().is_empty()).then_some(out)
}

/// Calls `each` with the indexes of every printable text in `bytes`. Bytes that are not text in UTF-8 or UTF-16 separate texts: most
/// decoded bytes are random. The zero bytes of UTF-16 are left out.
fn for_printable_parts(bytes: &[u8], mut each: impl FnMut(&[usize])) {
    let is_printable = |byte: u8| byte >= b' ' && byte != 0x7f || byte == b'\n';
    let mut part: Vec<usize> = Vec::new();
    let mut flush = |part: &mut Vec<usize>| {
        if part.len() >= MIN_TEXT {
            each(part);
        }
        part.clear();
    };
    let mut start = 0;
    for chunk in bytes.utf8_chunks() {
        for (at, byte) in (start..).zip(chunk.valid().bytes()) {
            let is_half = byte == 0 && part.last().is_some_and(|&last| last + 1 == at);
            if is_printable(byte) {
                part.push(at);
            } else if !is_half {
                flush(&mut part);
            }
        }
        start += chunk.valid().len();
        for at in start..start + chunk.invalid().len() {
            // In UTF-16, letters of Latin-1 are one byte beside a zero byte.
            let neighbours = [at.wrapping_sub(1), at + 1];
            match neighbours.iter().any(|&at| bytes.get(at) == Some(&0)) {
                true => part.push(at),
                false => flush(&mut part),
            }
        }
        start += chunk.invalid().len();
    }
    flush(&mut part);
}

/// Maximum number of bytes between two bytes that are written separately.
const MAX_GAP: usize = 4;

/// Decodes bytes that are written separately (`54:72`, `0x54, 0x72`); returns `None` without any.
fn separated_bytes(view: &Mapped) -> Option<Mapped> {
    let bytes = view.bytes();
    let mut out = Mapped::default();
    let mut row: Vec<(u8, Range<usize>)> = Vec::new();
    let mut flush = |row: &mut Vec<(u8, Range<usize>)>| {
        if row.len() >= MIN_TEXT {
            for (byte, place) in row.drain(..) {
                out.push(byte, view.locate(place).unwrap_or_default());
            }
            out.push(b'\n', 0..0);
        }
        row.clear();
    };
    let mut at = 0;
    while at < bytes.len() {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
        let length = bytes[at..].iter().take_while(is_part).count();
        let word = &bytes[at..at + length];
        let digits = word
            .strip_prefix(b"0x")
            .or(word.strip_prefix(b"0X"))
            .unwrap_or(word);
        let value = (digits.len() == 2)
            .then(|| (HEXADECIMAL.decode)(digits))
            .flatten();
        if let Some(&[byte]) = value.as_deref() {
            if row
                .last()
                .is_some_and(|(_, place)| at - place.end > MAX_GAP)
            {
                flush(&mut row);
            }
            row.push((byte, at..at + length));
        } else if length > 0 {
            flush(&mut row);
        }
        at += length.max(1);
    }
    flush(&mut row);
    (!out.bytes().is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the part of `text` that corresponds to `needle` in the first view that contains it.
    fn covered<'a>(text: &'a str, needle: &str) -> Option<&'a str> {
        views(text.as_bytes()).iter().find_map(|view| {
            let at = memchr::memmem::find(view.bytes(), needle.as_bytes())?;
            Some(&text[view.locate(at..at + needle.len())?])
        })
    }

    #[test]
    fn decodes_with_positions() {
        for (text, covers) in [
            ("x hunter2 y", "hunter2"),
            ("x h%75nter2 y", "h%75nter2"),
            ("x h%2575nter2 y", "h%2575nter2"),
            (r"x h\x75nter2 y", r"h\x75nter2"),
            (r"x h\u0075\u{6e}\164er2 y", r"h\u0075\u{6e}\164er2"),
            ("x h&#117;n&#x74;er2 y", "h&#117;n&#x74;er2"),
            ("x hunter&#50 y", "hunter&#50"),
            ("x h=75nter2 y", "h=75nter2"),
            ("Basic Ym9iOmh1bnRlcjI= y", "OmhodW50ZXIy"),
            ("68756e74657232", "68756e74657232"),
            ("x 68:75:6E:74:65:72:32 y", "68:75:6E:74:65:72:32"),
            (
                "[0x68, 0x75, 0x6e, 0x74, 0x65, 0x72, 0x32]",
                "0x68, 0x75, 0x6e, 0x74, 0x65, 0x72, 0x32",
            ),
            ("680075006e007400650072003200", "680075006e0074006500720032"),
        ] {
            if text.contains("Basic") {
                assert!(covered(text, "hunter2").is_some_and(|part| text.contains(part)));
            } else {
                assert_eq!(covered(text, "hunter2"), Some(covers), "{text}");
            }
        }
        assert_eq!(covered("aGVsbG8gd29ybGQ", "hunter2"), None);
    }

    #[test]
    fn accepts_malformed_encodings() {
        for text in [
            "%",
            "%4",
            "\\",
            "\\u{",
            "\\u{ffffffff}",
            "&;",
            "&#;",
            "é%é",
            "====",
            "",
        ] {
            assert_eq!(views(text.as_bytes())[0].bytes(), text.as_bytes());
        }
        assert!(views("%25".repeat(1000).as_bytes()).len() <= MAX_VIEWS);
    }
}
