//! Escapes: a byte written as several, in the manner of URLs, programs, markup or mail.

use super::mapped::Mapped;
use crate::model::BASE64_VALUES;

/// A syntax of escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EscapeSyntax {
    /// `%2D`, in URLs and forms.
    Percent,
    /// The same with `+` for a blank, in bodies of forms.
    Form,
    /// `\u002d`, `\x2d`, `\055`, `\-`: JSON, YAML, shells, programming languages, Markdown.
    Backslash,
    /// `&#45;`, `&#x2d;`, `&hyphen;`, in HTML and XML.
    Html,
    /// `=2D`, in mail (RFC 2045).
    QuotedPrintable,
    /// `+AC0-`, in UTF-7 (RFC 2152).
    Utf7,
}

/// The bytes that escapes begin with.
const MARKS: &[u8] = b"%\\&=+";

/// The length of the longest escape, `\U` and the like.
pub(crate) const MAX_LENGTH: usize = 14;

/// The entities of HTML for characters in and around tokens and URLs.
const NAMES: &[(&[u8], &str)] = &[
    (b"hyphen;", "-"),
    (b"dash;", "-"),
    (b"lowbar;", "_"),
    (b"UnderBar;", "_"),
    (b"period;", "."),
    (b"colon;", ":"),
    (b"sol;", "/"),
    (b"commat;", "@"),
    (b"amp;", "&"),
    (b"AMP;", "&"),
    (b"quot;", "\""),
    (b"apos;", "'"),
    (b"lt;", "<"),
    (b"gt;", ">"),
    (b"num;", "#"),
    (b"percnt;", "%"),
    (b"equals;", "="),
    (b"plus;", "+"),
    (b"quest;", "?"),
    (b"bsol;", "\\"),
    (b"nbsp;", " "),
];

/// An escape: the bytes that it encodes (none for a broken line), and its length.
pub(crate) struct DecodedEscape {
    bytes: [u8; 4],
    count: usize,
    pub(crate) length: usize,
}

impl DecodedEscape {
    fn byte(byte: u8, length: usize) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            count: 1,
            length,
        }
    }

    fn nothing(length: usize) -> Self {
        Self {
            bytes: [0; 4],
            count: 0,
            length,
        }
    }

    fn character(code: u32, length: usize) -> Option<Self> {
        let mut bytes = [0; 4];
        let count = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self {
            bytes,
            count,
            length,
        })
    }

    /// Returns the bytes that it encodes.
    pub(crate) fn content(&self) -> &[u8] {
        &self.bytes[..self.count]
    }
}

impl EscapeSyntax {
    /// Returns the syntax of the escape at the beginning of `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let family = match bytes.first()? {
            b'%' => Self::Percent,
            b'\\' => Self::Backslash,
            b'&' => Self::Html,
            b'=' => Self::QuotedPrintable,
            b'+' => Self::Utf7,
            _ => return None,
        };
        family.read(bytes).map(|_| family)
    }

    /// Returns its name in findings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Percent | Self::Form => "percent",
            Self::Backslash => "backslash",
            Self::Html => "html",
            Self::QuotedPrintable => "quoted-printable",
            Self::Utf7 => "utf-7",
        }
    }

    /// Reads the escape that begins with the first of `bytes`.
    pub(crate) fn read(self, bytes: &[u8]) -> Option<DecodedEscape> {
        match (self, bytes) {
            (Self::Form, [b'+', ..]) => Some(DecodedEscape::byte(b' ', 1)),
            (Self::Percent | Self::Form, [b'%', rest @ ..]) => {
                Some(DecodedEscape::byte(number(rest.get(..2)?, 16)? as u8, 3))
            }
            (Self::QuotedPrintable, [b'=', b'\n', ..]) => Some(DecodedEscape::nothing(2)),
            (Self::QuotedPrintable, [b'=', b'\r', b'\n', ..]) => Some(DecodedEscape::nothing(3)),
            (Self::QuotedPrintable, [b'=', rest @ ..]) => {
                Some(DecodedEscape::byte(number(rest.get(..2)?, 16)? as u8, 3))
            }
            (Self::Html, [b'&', rest @ ..]) => read_html(rest),
            (Self::Utf7, [b'+', rest @ ..]) => read_utf7(rest),
            (Self::Backslash, [b'\\', rest @ ..]) => read_backslash(rest),
            _ => None,
        }
    }

    /// Undoes the escapes of this syntax in `text[from..to]`. If the text `is_cut` there, a possible
    /// beginning of an escape is omitted.
    pub(crate) fn decode(
        self,
        text: &[u8],
        from: usize,
        to: usize,
        is_cut: bool,
        out: &mut Mapped,
    ) {
        self.undo(&text[..to], from, is_cut, |content, start, end| {
            for &byte in content {
                out.push(byte, start..end);
            }
        });
    }

    /// Returns `text` with the escapes of this syntax undone. See [`EscapeSyntax::decode`].
    pub(crate) fn plain(self, text: &[u8], is_cut: bool) -> Vec<u8> {
        let mut plain = Vec::with_capacity(text.len());
        self.undo(text, 0, is_cut, |content, _, _| {
            plain.extend_from_slice(content);
        });
        plain
    }

    /// Calls `take` for each escape and each other byte of `text` from `from` on, with the decoded bytes, start and end.
    fn undo(
        self,
        text: &[u8],
        from: usize,
        is_cut: bool,
        mut take: impl FnMut(&[u8], usize, usize),
    ) {
        let to = text.len();
        let mut at = from;
        while at < to {
            if is_cut && to - at < MAX_LENGTH && MARKS.contains(&text[at]) {
                return;
            }
            match self.read(&text[at..]) {
                Some(unit) => {
                    take(unit.content(), at, at + unit.length);
                    at += unit.length;
                }
                None => {
                    take(&text[at..=at], at, at + 1);
                    at += 1;
                }
            }
        }
    }
}

/// Reads the rest of an escape that begins with `&`.
fn read_html(rest: &[u8]) -> Option<DecodedEscape> {
    let (digits, base, prefix) = match rest {
        [b'#', b'x' | b'X', digits @ ..] => (digits, 16, 2),
        [b'#', digits @ ..] => (digits, 10, 1),
        _ => {
            let (name, text) = NAMES.iter().find(|(name, _)| rest.starts_with(name))?;
            return Some(DecodedEscape::byte(text.as_bytes()[0], 1 + name.len()));
        }
    };
    let count = digits
        .iter()
        .take(9)
        .take_while(|d| char::from(**d).is_digit(base))
        .count();
    let code = number(&digits[..count], base)?;
    (digits.get(count) == Some(&b';'))
        .then(|| DecodedEscape::character(code, prefix + count + 2))
        .flatten()
}

/// Reads the rest of an escape that begins with `+`: base64 of a few ASCII characters in UTF-16, to its end.
fn read_utf7(rest: &[u8]) -> Option<DecodedEscape> {
    /// The digits of four characters, which a [`DecodedEscape`] has room for.
    const MOST: usize = 11;
    let mut bits = 0u128;
    let mut digits = 0;
    while let Some(value) = rest.get(digits).copied().and_then(base64_digit) {
        bits = bits << 6 | u128::from(value);
        digits += 1;
        if digits > MOST {
            return None;
        }
    }
    // Nearly every plus ends here.
    let count = digits * 6 / 16;
    let left = digits * 6 % 16;
    if !(1..=4).contains(&count) || left >= 6 || bits & ((1 << left) - 1) != 0 {
        return None;
    }
    let mut unit =
        DecodedEscape::nothing(1 + digits + usize::from(rest.get(digits) == Some(&b'-')));
    for index in 0..count {
        let shift = left + 16 * (count - 1 - index);
        let code = u16::try_from(bits >> shift & 0xffff).ok()?;
        unit.bytes[index] = u8::try_from(code)
            .ok()
            .filter(|byte| matches!(byte, b' '..=b'~'))?;
    }
    unit.count = count;
    Some(unit)
}

/// The value of a digit of base64, in the alphabet with `+` and `/`.
fn base64_digit(byte: u8) -> Option<u8> {
    let value = BASE64_VALUES[usize::from(byte)];
    (value < 64 && byte != b'-' && byte != b'_').then_some(value)
}

/// Reads the rest of an escape that begins with `\`.
fn read_backslash(rest: &[u8]) -> Option<DecodedEscape> {
    let hex = |count: usize| -> Option<DecodedEscape> {
        DecodedEscape::character(number(rest.get(1..=count)?, 16)?, 2 + count)
    };
    match *rest.first()? {
        b'u' | b'x' if rest.get(1) == Some(&b'{') => {
            let count = rest[2..]
                .iter()
                .take(8)
                .take_while(|d| d.is_ascii_hexdigit())
                .count();
            let code = number(&rest[2..2 + count], 16)?;
            (rest.get(2 + count) == Some(&b'}'))
                .then(|| DecodedEscape::character(code, count + 4))
                .flatten()
        }
        b'u' => hex(4).or_else(|| read_surrogates(rest)),
        b'U' => hex(8),
        b'x' => hex(2),
        b'0'..=b'7' => {
            let count = rest
                .iter()
                .take(3)
                .take_while(|d| matches!(d, b'0'..=b'7'))
                .count();
            // A value that does not fit in a byte ends a digit earlier: `\553` is `-3`.
            let count = if count == 3 && rest[0] > b'3' {
                2
            } else {
                count
            };
            let byte = u8::try_from(number(&rest[..count], 8)?).ok()?;
            Some(DecodedEscape::byte(byte, 1 + count))
        }
        b'n' => Some(DecodedEscape::byte(b'\n', 2)),
        b'r' => Some(DecodedEscape::byte(b'\r', 2)),
        b't' => Some(DecodedEscape::byte(b'\t', 2)),
        b'\n' => Some(DecodedEscape::nothing(2)),
        b'\r' if rest.get(1) == Some(&b'\n') => Some(DecodedEscape::nothing(3)),
        // A control character, which is a boundary in any case.
        b'a' | b'b' | b'e' | b'f' | b'v' => Some(DecodedEscape::byte(b'\t', 2)),
        byte if byte.is_ascii_punctuation() => Some(DecodedEscape::byte(byte, 2)),
        _ => None,
    }
}

/// A character beyond the first plane, as JSON writes it: `ud83d\\ude00`.
fn read_surrogates(rest: &[u8]) -> Option<DecodedEscape> {
    let half = |at: usize| Some(number(rest.get(at..at + 4)?, 16)? as u16);
    let pair = rest.get(5..7)? == b"\\u";
    let halves = [half(1)?, half(7).filter(|_| pair)?];
    let character = char::decode_utf16(halves).next()?.ok()?;
    DecodedEscape::character(u32::from(character), 12)
}

/// The number that `digits` write, if there are any and nothing else.
fn number(digits: &[u8], base: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |number, &digit| {
        number
            .checked_mul(base)?
            .checked_add(char::from(digit).to_digit(base)?)
    })
}
