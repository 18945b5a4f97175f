//! The plain text of a block that was written into a program, a page or a terminal.

use crate::syntax::escape::EscapeSyntax;

/// The longest escape sequence of a terminal, and the longest tag, that is taken out.
const MAX_SEQUENCE: usize = 24;
const MAX_TAG: usize = 160;

/// Elements that pages put around lines.
const ELEMENTS: [&[u8]; 9] = [
    b"br", b"p", b"div", b"span", b"li", b"td", b"tr", b"code", b"pre",
];

/// The text without escapes, colours, tags and quotes. Every line ends with `\n`.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    unquote(&unpaint(&unescape(text)))
}

/// Removes control sequences of a terminal (`ESC [ 32 m`) and tags of a page, which end a line.
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

/// The length of the text behind an escape character: `[`, parameters and a letter.
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

/// The length of a tag behind its `<`.
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
        let (content, length) = match (byte, after) {
            // A string within a string doubles the backslashes.
            (b'\\', [b'\\', ..]) => (None, 1),
            (b'\\', [b'e', ..]) => (Some(0x1b), 2),
            (b'\\', [b't', ..]) => (Some(b' '), 2),
            (b'\\' | b'%' | b'&', _) => escaped(rest),
            // Line ends of PowerShell. As a quote, a backtick is not between two characters of a line.
            (b'`', [b'n' | b'r', ..]) if out.last().is_none_or(is_in_line) => (Some(b'\n'), {
                let pairs = rest.as_chunks::<2>().0.iter();
                2 * pairs
                    .take_while(|pair| matches!(pair, [b'`', b'n' | b'r']))
                    .count()
            }),
            _ => (Some(byte), 1),
        };
        out.extend(content.map(|byte| if byte == b'\r' { b'\n' } else { byte }));
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Returns the byte that the escape at the beginning of `text` encodes, and its length. A backslash that does not begin an
/// escape is dropped, and an unknown entity is a blank.
fn escaped(text: &[u8]) -> (Option<u8>, usize) {
    let syntax = match text.first() {
        Some(b'\\') => EscapeSyntax::Backslash,
        Some(b'%') => EscapeSyntax::Percent,
        _ => EscapeSyntax::Html,
    };
    if let Some(escape) = syntax.read(text) {
        let byte = match escape.content() {
            [] => Some(b'\n'),
            [byte] => Some(*byte),
            _ => None,
        };
        return (byte, escape.length);
    }
    match (syntax, text.iter().take(9).position(|&byte| byte == b';')) {
        (EscapeSyntax::Backslash, _) => (None, 1),
        (EscapeSyntax::Html, Some(end)) => (Some(b' '), end + 1),
        _ => (text.first().copied(), 1),
    }
}

/// True for the end of a line of a block.
fn is_in_line(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-')
}

/// Drops the text between the strings of a program that joins a block from several of them
/// (`"…\n" + "…\n"`). The block's first line has opened the first string. A quote that nothing
/// closes is dropped alone: it ends the block's last string.
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
