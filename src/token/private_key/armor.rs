//! The text around a key: finds the lines in whatever the block is written, and decodes them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A copy that was cut may end anywhere.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Marks that may stand before every line of a block: of diffs, comments and quotations.
const MARKS: [&[u8]; 8] = [b"+", b"-", b"#", b">", b"*", b";", b"//", b"|"];

/// What a job log of GitLab has between the time and the text: which of its streams a line is of, and
/// whether it goes on with the one before (`00O`, `01E+`).
const STREAM: usize = 3;

/// How many of them may stand before one another.
const MAX_MARKS: usize = 4;

/// A block of text with a header line, decoded.
#[derive(Debug)]
pub(super) struct Armor {
    /// What the header line says: `RSA PRIVATE KEY`.
    pub(super) label: Vec<u8>,
    /// True if the block says that its content is encrypted as a whole.
    pub(super) is_encrypted: bool,
    /// The content.
    pub(super) bytes: Vec<u8>,
    /// True if the text is what an encoder writes for the content: neither cut nor changed in its
    /// last character, of which not all bits count.
    pub(super) is_canonical: bool,
    /// The checksum behind the content, decoded.
    pub(super) checksum: Option<Vec<u8>>,
}

impl Armor {
    /// Decodes a block that begins with `-----BEGIN`. `None` if it holds no base64.
    pub(super) fn open(block: &[u8]) -> Option<Self> {
        let text = block.strip_prefix(b"-----BEGIN ")?;
        let label_end = memchr::memmem::find(text, b"-----")?;
        let (label, text) = text.split_at(label_end);
        let text = text.strip_prefix(b"-----")?;
        let end = memchr::memmem::find(text, b"-----END").unwrap_or(text.len());
        let (text, _) = text.split_at(end);
        let mut is_encrypted = false;
        let mut content = Vec::with_capacity(text.len());
        let mut checksum = None;
        for line in lines(text) {
            if let Some(colon) = line.iter().position(|&byte| byte == b':') {
                // A header of the block: base64 has no colon.
                is_encrypted |= line.starts_with(b"Proc-Type")
                    && memchr::memmem::find(line.get(colon..)?, b"ENCRYPTED").is_some();
                continue;
            }
            for word in line.split(|byte| byte.is_ascii_whitespace()) {
                match word.strip_prefix(b"=") {
                    Some(sum) if sum.len() == 4 => checksum = LENIENT.decode(sum).ok(),
                    _ => content.extend_from_slice(word),
                }
            }
        }
        // One character too many is half a byte that was cut.
        let padding = content
            .iter()
            .rev()
            .take_while(|&&byte| byte == b'=')
            .count();
        content.truncate(content.len() - padding);
        let is_cut = content.len() % 4 == 1;
        if is_cut {
            content.pop();
        }
        let bytes = LENIENT
            .decode(&content)
            .ok()
            .filter(|bytes| !bytes.is_empty())?;
        Some(Self {
            label: label.to_vec(),
            is_encrypted,
            is_canonical: !is_cut && STANDARD_NO_PAD.encode(&bytes).as_bytes() == content,
            bytes,
            checksum,
        })
    }
}

/// The lines of a block, without what surrounds them in the file that holds it.
pub(super) fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    without_marks(split(text))
}

/// The same without the first, which begins where the block does: behind its mark.
pub(super) fn further_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = split(text);
    lines.drain(..lines.len().min(1));
    without_marks(lines)
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    unquote(&unescape(text))
        .split(|&byte| byte == b'\n')
        .map(|line| without_time(line.trim_ascii()).to_vec())
        .filter(|line| !line.is_empty())
        .collect()
}

/// A line of a log without the time before it (RFC 3339, in UTC).
fn without_time(line: &[u8]) -> &[u8] {
    let is_date = line.get(..11).is_some_and(|date| {
        date.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            _ => byte.is_ascii_digit(),
        })
    });
    let zone = is_date
        .then(|| line.iter().take(32).position(|&byte| byte == b'Z'))
        .flatten();
    let Some(zone) = zone else {
        return line;
    };
    let rest = line.get(zone + 1..).unwrap_or_default().trim_ascii_start();
    match rest.split_at_checked(STREAM) {
        Some(([a, b, b'O' | b'E'], text)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            text.strip_prefix(b"+").unwrap_or(text).trim_ascii_start()
        }
        _ => rest,
    }
}

/// Takes the marks off that stand before every line.
fn without_marks(mut lines: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for _ in 0..MAX_MARKS {
        let Some(mark) = MARKS.iter().find(|mark| {
            // One line alone may begin with a `+` of its own.
            lines.len() > 1 && lines.iter().all(|line| line.starts_with(mark))
        }) else {
            break;
        };
        for line in &mut lines {
            *line = line
                .strip_prefix(*mark)
                .unwrap_or(line)
                .trim_ascii()
                .to_vec();
        }
        lines.retain(|line| !line.is_empty());
    }
    lines
}

/// Resolves the escapes of JSON, shells, URLs and XML that occur in keys. Line ends become `\n`.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => rest = backslash(after, &mut out),
            b'%' => match hex(after.get(..2)) {
                Some(byte) => {
                    out.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => out.push(b'%'),
            },
            b'&' => match after.iter().take(8).position(|&byte| byte == b';') {
                Some(semicolon) => {
                    out.push(entity(after.get(..semicolon).unwrap_or_default()));
                    rest = after.get(semicolon + 1..).unwrap_or_default();
                }
                None => out.push(b'&'),
            },
            b'\r' => out.push(b'\n'),
            _ => out.push(byte),
        }
    }
    out
}

/// Resolves what follows a backslash, or several: a string within a string doubles them. Returns
/// what is left.
fn backslash<'t>(text: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let more = text.iter().take_while(|&&byte| byte == b'\\').count();
    let (_, text) = text.split_at(more);
    let Some((&byte, rest)) = text.split_first() else {
        return text;
    };
    match byte {
        b'n' | b'r' => out.push(b'\n'),
        b't' => out.push(b' '),
        b'u' => {
            if let Some(byte) = rest.strip_prefix(b"00").and_then(|rest| hex(rest.get(..2))) {
                out.push(byte);
                return rest.get(4..).unwrap_or_default();
            }
        }
        _ => out.push(byte),
    }
    rest
}

/// The byte of a numeric XML entity (`#10`, `#xA`); any other is a blank.
fn entity(name: &[u8]) -> u8 {
    let number = str::from_utf8(name).ok().and_then(|name| {
        let digits = name.strip_prefix('#')?;
        match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u8::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        }
    });
    match number {
        Some(b'\r') => b'\n',
        Some(byte) => byte,
        None => b' ',
    }
}

/// Two hex digits as a byte.
fn hex(digits: Option<&[u8]>) -> Option<u8> {
    let digits = str::from_utf8(digits?).ok()?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then_some(())?;
    u8::from_str_radix(digits, 16).ok()
}

/// Drops what stands between the strings of a program that joins a block from several of them
/// (`"…\n" + "…\n"`). The block's first line has opened the first string. A quote that nothing
/// closes is left out alone: it ends the block's last string.
fn unquote(text: &[u8]) -> Vec<u8> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let mut out = Vec::with_capacity(text.len());
    for (index, part) in text.split(is_quote).enumerate() {
        if index % 2 == 0 {
            out.extend_from_slice(part);
        } else {
            out.push(b'\n');
        }
    }
    out
}
