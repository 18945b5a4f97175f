//! What a block says, whatever the program, page or terminal that it was written into made of it.

/// The longest escape sequence of a terminal, and the longest tag, that is taken out.
const MAX_SEQUENCE: usize = 24;
const MAX_TAG: usize = 160;

/// Elements that pages put around lines.
const ELEMENTS: [&[u8]; 9] = [
    b"br", b"p", b"div", b"span", b"li", b"td", b"tr", b"code", b"pre",
];

/// The text without escapes, colours, tags and quotes. What ends a line is a `\n`.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    unquote(&unpaint(&unescape(text)))
}

/// Takes out what a terminal takes for itself (`ESC [ 32 m`), and what a page does: its tags end a line.
fn unpaint(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let length = match byte {
            0x1b => sequence(after),
            b'<' => tag(after),
            _ => None,
        };
        match length.and_then(|length| after.get(length..)) {
            Some(behind) => {
                if byte == b'<' {
                    out.push(b'\n');
                }
                rest = behind;
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// The length of what follows an escape character: `[`, parameters and a letter.
fn sequence(after: &[u8]) -> Option<usize> {
    let parameters = after.strip_prefix(b"[")?;
    let is_parameter = |byte: &&u8| matches!(byte, b'0'..=b'?');
    let count = parameters
        .iter()
        .take(MAX_SEQUENCE)
        .take_while(is_parameter)
        .count();
    parameters
        .get(count)
        .is_some_and(u8::is_ascii_alphabetic)
        .then_some(count + 2)
}

/// The length of what follows the `<` of a tag.
fn tag(after: &[u8]) -> Option<usize> {
    let name = after.strip_prefix(b"/").unwrap_or(after);
    let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let (name, _) = name.split_at(letters.count());
    let is_known = ELEMENTS
        .iter()
        .any(|element| element.eq_ignore_ascii_case(name));
    let end = is_known
        .then(|| after.iter().take(MAX_TAG).position(|&byte| byte == b'>'))
        .flatten()?;
    Some(end + 1)
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
            // Line ends of PowerShell. As a quote, a backtick is not between two characters of a line.
            b'`' if matches!(after, [b'n' | b'r', ..]) && out.last().is_none_or(is_in_line) => {
                out.push(b'\n');
                rest = after.get(1..).unwrap_or_default();
                while let [b'`', b'n' | b'r', behind @ ..] = rest {
                    rest = behind;
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

/// True for what a line of a block ends with.
fn is_in_line(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-')
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
        b'e' => out.push(0x1b),
        b'x' => {
            if let Some(byte) = hex(rest.get(..2)) {
                out.push(byte);
                return rest.get(2..).unwrap_or_default();
            }
        }
        b'0' if rest.starts_with(b"33[") => {
            out.push(0x1b);
            return rest.get(2..).unwrap_or_default();
        }
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
