//! The decoded views of a text, as its readers may decode it: percent, escapes, entities, base64, hexadecimal,
//! nested. Each byte of a view is mapped to its origin in the text.

use std::ops::Range;

use crate::model::decode_base64_mixed;
use crate::syntax::escape::EscapeSyntax;
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

const DECODERS: [Decoder; 10] = [
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
];

/// Decodes the escapes of a syntax, which begin with `mark`; returns `None` without escapes.
fn unescape(view: &Mapped, mark: u8, syntax: EscapeSyntax) -> Option<Mapped> {
    let bytes = view.bytes();
    memchr::memchr(mark, bytes)?;
    let mut out = Mapped::with_room(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = syntax.read(&bytes[at..]);
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
                for index in text {
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

fn for_printable_parts(bytes: &[u8], mut each: impl FnMut(Range<usize>)) {
    let mut start = 0;
    for (at, byte) in bytes.iter().chain([&0]).enumerate() {
        if *byte < b' ' && *byte != b'\n' || *byte == 0x7f {
            if at - start >= MIN_TEXT {
                each(start..at);
            }
            start = at + 1;
        }
    }
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
            ("x h=75nter2 y", "h=75nter2"),
            ("Basic Ym9iOmh1bnRlcjI= y", "OmhodW50ZXIy"),
            ("68756e74657232", "68756e74657232"),
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
