//! The encodings the tests wrap tokens in. Shares no code with the program.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64_with(digits: &[u8; 64], bytes: &[u8], pad: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        let used = chunk.len() + 1;
        out.extend((0..used).map(|i| digits[(bits >> (18 - 6 * i) & 63) as usize]));
        out.extend(std::iter::repeat_n(b'=', if pad { 4 - used } else { 0 }));
    }
    out
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    base64_with(STANDARD, bytes, true)
}

/// base64url without padding.
pub(crate) fn base64url(bytes: &[u8]) -> Vec<u8> {
    base64_with(URL, bytes, false)
}

/// In lines of `width`, each behind `indent`.
pub(crate) fn wrapped(text: &[u8], width: usize, indent: &str) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = text
        .chunks(width)
        .map(|line| [indent.as_bytes(), line].concat())
        .collect();
    lines.join(&b'\n')
}

fn each(bytes: &[u8], only: impl Fn(usize, u8) -> bool, escape: impl Fn(u8) -> String) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, &byte) in bytes.iter().enumerate() {
        if only(index, byte) {
            out.extend_from_slice(escape(byte).as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

/// An encoder that escapes the bytes that a choice names.
pub(crate) type Escape = (&'static str, &'static str, fn(u8) -> String);

/// The escapes: name in the test, name in findings, and the encoder of a byte.
pub(crate) const ESCAPES: &[Escape] = &[
    ("percent", "percent", |b| format!("%{b:02X}")),
    ("percent, lower case", "percent", |b| format!("%{b:02x}")),
    ("JSON", "backslash", |b| format!("\\u{b:04x}")),
    ("JSON, upper case", "backslash", |b| format!("\\u{b:04X}")),
    ("hex escape", "backslash", |b| format!("\\x{b:02x}")),
    ("braces", "backslash", |b| format!("\\u{{{b:x}}}")),
    ("long escape", "backslash", |b| format!("\\U{b:08x}")),
    ("octal", "backslash", |b| format!("\\{b:03o}")),
    ("HTML decimal", "html", |b| format!("&#{b};")),
    ("HTML hex", "html", |b| format!("&#x{b:x};")),
    ("HTML hex, upper case", "html", |b| format!("&#X{b:02X};")),
];

/// Which bytes are escaped.
pub(crate) type Choice = fn(usize, u8) -> bool;

/// See [`Choice`].
pub(crate) const CHOICES: &[(&str, Choice)] = &[
    ("all", |_, _| true),
    ("punctuation", |_, b| !b.is_ascii_alphanumeric()),
    ("even", |i, _| i % 2 == 0),
    ("odd", |i, _| i % 2 == 1),
    ("third", |i, _| i % 3 == 2),
    ("fourth", |i, _| i % 4 == 3),
    ("last", |i, _| i > 15),
];

/// Escapes the chosen bytes.
pub(crate) fn escaped(bytes: &[u8], escape: &Escape, choice: Choice) -> Vec<u8> {
    each(bytes, choice, escape.2)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|b| format!("{b:02x}").into_bytes())
        .collect()
}

/// Text in UTF-16.
pub(crate) fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|u| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        })
        .collect()
}

/// EBCDIC as code pages 037 and 1047 have it in common.
pub(crate) fn ebcdic(text: &str) -> Vec<u8> {
    let code = |byte: u8| match byte {
        b'a'..=b'i' => byte - b'a' + 0x81,
        b'j'..=b'r' => byte - b'j' + 0x91,
        b's'..=b'z' => byte - b's' + 0xa2,
        b'A'..=b'I' => byte - b'A' + 0xc1,
        b'J'..=b'R' => byte - b'J' + 0xd1,
        b'S'..=b'Z' => byte - b'S' + 0xe2,
        b'0'..=b'9' => byte - b'0' + 0xf0,
        b'\n' => 0x15,
        b' ' => 0x40,
        b'.' => 0x4b,
        b'-' => 0x60,
        b'/' => 0x61,
        b'_' => 0x6d,
        b':' => 0x7a,
        b'@' => 0x7c,
        b'=' => 0x7e,
        other => panic!("no code for {other}"),
    };
    text.bytes().map(code).collect()
}
