//! A text as its readers may undo its encodings: percent, escapes, entities, base64, hexadecimal, one
//! in another. Each byte of a view knows where it comes from.

use std::ops::Range;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};

/// How many encodings are undone, one in another.
const MAX_DEPTH: usize = 3;

/// How many views of one text there are at most.
const MAX_VIEWS: usize = 64;

/// The length from which a run may be base64 or hexadecimal: that of four bytes.
const MIN_RUN: usize = 6;

/// How many printable bytes in a row make decoded bytes a text.
const MIN_TEXT: usize = 4;

/// A text, decoded or not, with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextView {
    /// The bytes of the view.
    pub(super) bytes: Vec<u8>,
    /// Of each byte: the range of the original text that it was made from.
    sources: Vec<(u32, u32)>,
}

impl TextView {
    fn plain(text: &[u8]) -> Self {
        Self {
            bytes: text.to_vec(),
            sources: (0..offset(text.len())).map(|at| (at, at + 1)).collect(),
        }
    }

    fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            sources: Vec::new(),
        }
    }

    fn push(&mut self, byte: u8, source: (usize, usize)) {
        self.bytes.push(byte);
        self.sources.push((offset(source.0), offset(source.1)));
    }

    /// Where a part of the view comes from.
    pub(super) fn source(&self, part: &Range<usize>) -> Range<usize> {
        let part = &self.sources[part.clone()];
        match (part.first(), part.last()) {
            (Some(first), Some(last)) => first.0.min(last.0) as usize..last.1.max(first.1) as usize,
            _ => 0..0,
        }
    }
}

/// The text and everything that it decodes to.
pub(super) fn views(text: &[u8]) -> Vec<TextView> {
    let mut views = vec![TextView::plain(text)];
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

type Decoder = fn(&TextView) -> Option<TextView>;

const DECODERS: [Decoder; 10] = [
    |view| unescape(view, b'%', |rest| hex_byte(rest, 1)),
    |view| unescape(view, b'\\', backslash),
    |view| unescape(view, b'&', entity),
    |view| unescape(view, b'=', |rest| hex_byte(rest, 1)),
    |view| runs(view, is_base64, |run, buffers| base64(run, 0, buffers)),
    |view| runs(view, is_base64, |run, buffers| base64(run, 1, buffers)),
    |view| runs(view, is_base64, |run, buffers| base64(run, 2, buffers)),
    |view| runs(view, is_base64, |run, buffers| base64(run, 3, buffers)),
    |view| {
        runs(
            view,
            |b| b.is_ascii_hexdigit(),
            |run, buffers| hex(run, 0, buffers),
        )
    },
    |view| {
        runs(
            view,
            |b| b.is_ascii_hexdigit(),
            |run, buffers| hex(run, 1, buffers),
        )
    },
];

/// The decoded bytes of an escape, and its length.
type Escape = (Vec<u8>, usize);

/// Decodes the escapes that begin with `mark`; `None` if there are none.
fn unescape(view: &TextView, mark: u8, read: impl Fn(&[u8]) -> Option<Escape>) -> Option<TextView> {
    memchr::memchr(mark, &view.bytes)?;
    let mut out = TextView::empty();
    let mut is_changed = false;
    let mut at = 0;
    while at < view.bytes.len() {
        let rest = &view.bytes[at..];
        match (rest[0] == mark).then(|| read(rest)).flatten() {
            Some((bytes, length)) => {
                let source = view.source(&(at..at + length));
                for byte in bytes {
                    out.push(byte, (source.start, source.end));
                }
                at += length;
                is_changed = true;
            }
            None => {
                out.bytes.push(rest[0]);
                out.sources.push(view.sources[at]);
                at += 1;
            }
        }
    }
    is_changed.then_some(out)
}

/// Two hexadecimal digits behind a mark of `skip` bytes.
fn hex_byte(rest: &[u8], skip: usize) -> Option<Escape> {
    let byte = number(rest.get(skip..skip + 2)?, 16)?;
    Some((vec![u8::try_from(byte).ok()?], skip + 2))
}

/// An escape of C, JSON, Rust or a shell.
fn backslash(rest: &[u8]) -> Option<Escape> {
    let character = |code: u32, length| Some((utf8(code)?, length));
    match rest.get(1)? {
        b'x' => hex_byte(rest, 2),
        b'u' if rest.get(2) == Some(&b'{') => {
            let end = rest.iter().take(12).position(|b| *b == b'}')?;
            character(number(rest.get(3..end)?, 16)?, end + 1)
        }
        b'u' => character(number(rest.get(2..6)?, 16)?, 6),
        b'U' => character(number(rest.get(2..10)?, 16)?, 10),
        b'0'..=b'7' => {
            let digits = &rest[1..rest.len().min(4)];
            let length = digits
                .iter()
                .take_while(|b| (b'0'..=b'7').contains(b))
                .count();
            character(number(&digits[..length], 8)?, 1 + length)
        }
        b'\n' => Some((Vec::new(), 2)),
        b'n' | b'r' | b't' => Some((vec![b' '], 2)),
        other if other.is_ascii_punctuation() => Some((vec![*other], 2)),
        _ => None,
    }
}

/// A character reference of HTML or XML.
fn entity(rest: &[u8]) -> Option<Escape> {
    let end = rest.iter().take(12).position(|b| *b == b';')?;
    let name = &rest[1..end];
    let code = match name {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        _ => return None,
    };
    Some((utf8(code)?, end + 1))
}

fn utf8(code: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(code)?.to_string().into_bytes())
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    let all = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    all.then(|| u32::from_str_radix(text, radix).ok()).flatten()
}

/// How decoded bytes lie in a run: the characters skipped before them, and the bytes and characters of a group.
struct Layout {
    skipped: usize,
    bytes: usize,
    characters: usize,
}

/// Buffers of one decoder.
#[derive(Default)]
struct Buffers {
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Decodes every run of an alphabet, and keeps what is text; `None` if nothing is.
fn runs(
    view: &TextView,
    is_part: fn(u8) -> bool,
    decode: impl Fn(&[u8], &mut Buffers) -> Option<Layout>,
) -> Option<TextView> {
    let mut out = TextView::empty();
    let mut buffers = Buffers::default();
    let mut at = 0;
    while at < view.bytes.len() {
        let length = view.bytes[at..].iter().take_while(|b| is_part(**b)).count();
        let run = &view.bytes[at..at + length];
        if length >= MIN_RUN
            && let Some(layout) = decode(run, &mut buffers)
        {
            for_printable_parts(&buffers.output, |text| {
                for index in text {
                    let group = index / layout.bytes;
                    let start = at + layout.skipped + group * layout.characters;
                    let end = (start + layout.characters).min(at + length);
                    let source = view.source(&(start..end));
                    out.push(buffers.output[index], (source.start, source.end));
                }
                let end = out.sources.last().map_or(0, |source| source.1);
                out.bytes.push(b'\n');
                out.sources.push((end, end));
            });
        }
        at += length.max(1);
    }
    (!out.bytes.is_empty()).then_some(out)
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

/// An offset in a text. Texts are far shorter than 4 GiB; redaction of longer ones would cover too much.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Decodes base64 of either alphabet from the character `phase` on.
fn base64(run: &[u8], phase: usize, buffers: &mut Buffers) -> Option<Layout> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    let Buffers { input, output } = buffers;
    input.clear();
    input.extend(run.get(phase..)?.iter().map(|byte| match *byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }));
    if input.len() % 4 == 1 {
        input.pop();
    }
    output.clear();
    ENGINE.decode_vec(input, output).ok()?;
    Some(Layout {
        skipped: phase,
        bytes: 3,
        characters: 4,
    })
}

/// Decodes hexadecimal digits from the character `phase` on.
fn hex(run: &[u8], phase: usize, buffers: &mut Buffers) -> Option<Layout> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    buffers.output.clear();
    for pair in run.get(phase..)?.chunks_exact(2) {
        let byte = digit(pair[0])? << 4 | digit(pair[1])?;
        buffers.output.push(u8::try_from(byte).ok()?);
    }
    Some(Layout {
        skipped: phase,
        bytes: 1,
        characters: 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `text` is covered with by the first view that contains `needle`.
    fn covered<'a>(text: &'a str, needle: &str) -> Option<&'a str> {
        views(text.as_bytes()).iter().find_map(|view| {
            let at = memchr::memmem::find(&view.bytes, needle.as_bytes())?;
            Some(&text[view.source(&(at..at + needle.len()))])
        })
    }

    #[test]
    fn encodings_are_undone_with_their_places() {
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
    fn odd_text_is_no_trouble() {
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
            assert_eq!(views(text.as_bytes())[0].bytes, text.as_bytes());
        }
        assert!(views("%25".repeat(1000).as_bytes()).len() <= MAX_VIEWS);
    }
}
