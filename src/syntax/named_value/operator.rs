//! Operators and other notation between a name and the value behind it.

use std::ops::Range;

use super::pair::nested_value;
use super::{MAX_GAP, MAX_VALUE};

/// The most blanks on one side of an operator.
const MAX_BLANKS: usize = 16;

/// The most bytes of a type, a call or another expression between an operator and its quoted value.
const MAX_WRAPPER: usize = 64;

/// Operators that assign, longest first.
const OPERATORS: [&[u8]; 16] = [
    b":::=", b"::=", b"??=", b"||=", b"=>", b":=", b"?=", b"+=", b"::", b":-", b"<-", b"->", b"=",
    b":", b"%3D", b"%3d",
];

/// Operators and calls that a quoted default follows: `os.environ["X"] or "…"`, `env::var("X").unwrap_or("…")`.
const DEFAULTS: [&[u8]; 6] = [
    b"||",
    b"??",
    b"or ",
    b"?:",
    b".unwrap_or(",
    b".unwrap_or_else(||",
];

/// The element for the value in a setting of .NET.
const VALUE_ELEMENT: &[u8] = b"<value>";

/// Options that hold the value of the name before them.
const OPTIONS: [&[u8]; 7] = [b"body", b"value", b"b", b"v", b"F", b"form", b"data"];

/// Calls `emit` for every place behind a name that ends at `end` where its value may begin.
pub(super) fn visit_after(
    bytes: &[u8],
    end: usize,
    emit: &mut dyn FnMut(Range<usize>) -> bool,
) -> bool {
    let closed = end + count(&bytes[end..], 6, |b| b"\"'`\\])}*".contains(&b));
    let spaced = closed + blanks(&bytes[closed..]);
    let here = &bytes[spaced..];
    let mut operators = OPERATORS
        .iter()
        .filter(|sign| here.starts_with(sign))
        .peekable();
    if operators.peek().is_some() {
        // A shorter one, too: the text that looks like its rest may begin the value.
        return operators.any(|sign| {
            let from = spaced + sign.len();
            !is_comparison(here, sign)
                && (visit_value(bytes, from, emit)
                    || visit_nested(bytes, open(bytes, from + blanks(&bytes[from..])), emit))
        });
    }
    if let Some(sign) = DEFAULTS.iter().find(|sign| here.starts_with(sign)) {
        return visit_quoted(bytes, spaced + sign.len(), emit);
    }
    match here.first() {
        // The next argument or cell.
        Some(b',' | b';' | b'|') => {
            let from = spaced + 1;
            visit_value(bytes, from, emit)
        }
        // A call with the value.
        Some(b'(') => visit_value(bytes, spaced + 1, emit),
        // An initializer: `std::string name{"…"}`.
        Some(b'{') => visit_quoted(bytes, spaced + 1, emit),
        // The text or an attribute of an element.
        Some(b'>') => visit_element(bytes, spaced + 1, emit),
        Some(b'<') if here.starts_with(b"</") => visit_next_element(bytes, spaced, emit),
        // A directive, an option, a row of a table: nothing but blanks, or a type and an operator.
        Some(_) if spaced > closed => {
            visit_typed(bytes, spaced, emit)
                || visit_value(bytes, closed, emit)
                || visit_option(bytes, spaced, emit)
                || visit_setting(bytes, spaced, emit)
        }
        Some(b'?') => visit_typed(bytes, spaced + 1, emit),
        _ => false,
    }
}

/// Returns true if the operator at the beginning of `here` compares (`==`, `=~`) or is part of a URL (`://`).
fn is_comparison(here: &[u8], operator: &[u8]) -> bool {
    let next = here.get(operator.len());
    matches!(
        (operator, next),
        (b"=", Some(b'=' | b'~')) | (b":", Some(b'/'))
    )
}

/// A value behind an operator at `from`: on the same line or the next, with or without a block
/// sign, quotes, brackets, or a call around it.
fn visit_value(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let limit = bytes.len().min(from + MAX_GAP + MAX_VALUE);
    let start = from + blanks(&bytes[from..]);
    let opened = open(bytes, start);
    if emit(opened..limit) {
        return true;
    }
    let here = &bytes[opened..limit];
    match here.first() {
        // `&'static str = "…"`, `String = …` behind a colon.
        Some(byte) if byte.is_ascii_alphabetic() || b"$@&[!%{*".contains(byte) => {
            visit_tagged(bytes, opened, emit)
                || visit_typed(bytes, opened, emit)
                || visit_wrapped(bytes, opened, emit)
        }
        // A block of YAML or a here-document, a value on the next line.
        Some(b'|' | b'>' | b'\n' | b'\r' | b'\\' | b'-' | b'+') => {
            visit_next_line(bytes, opened, emit)
        }
        _ => false,
    }
}

/// A value of YAML behind a tag or an anchor at `from`: `!!str VALUE`, `&name VALUE`.
fn visit_tagged(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let here = &bytes[from..bytes.len().min(from + MAX_WRAPPER)];
    let sign = match here {
        [b'!', b'!', ..] => 2,
        [b'&', ..] => 1,
        _ => return false,
    };
    let name = count(&here[sign..], MAX_WRAPPER, |b| {
        b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
    });
    let end = from + sign + name;
    name > 0 && bytes.get(end) == Some(&b' ') && {
        let opened = open(bytes, end + blanks(&bytes[end..]));
        emit(opened..bytes.len().min(opened + MAX_VALUE))
    }
}

/// Skips the opening of a value: prefixes of strings, quotes, brackets, escapes.
fn open(bytes: &[u8], from: usize) -> usize {
    let here = &bytes[from..];
    let prefix = count(here, 2, |b| b"bfruBFRUL@$".contains(&b));
    let prefix = match here.get(prefix) {
        Some(b'"' | b'\'') => prefix,
        _ => 0,
    };
    let from = from + prefix;
    from + count(&bytes[from..], 6, |b| b"\"'`\\([ {".contains(&b))
}

/// The value of a call or another expression that begins at `from`: the first quoted text of the line.
fn visit_wrapped(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let limit = bytes.len().min(from + MAX_WRAPPER);
    let here = &bytes[from..limit];
    // `Bearer …`, `token …` in a header.
    let word = count(here, 16, |b| b.is_ascii_alphabetic());
    let behind = from + word + 1;
    if word > 0
        && here.get(word) == Some(&b' ')
        && emit(behind..bytes.len().min(behind + MAX_VALUE))
    {
        return true;
    }
    let mut line = here.iter().take_while(|b| !b"\r\n;=,#<>|".contains(b));
    line.position(|b| b"\"'`".contains(b)).is_some_and(|quote| {
        let start = from + quote;
        let opened = start + count(&bytes[start..], 4, |b| b"\"'`\\".contains(&b));
        emit(opened..bytes.len().min(opened + MAX_VALUE))
    })
}

/// A quoted value at `from`.
fn visit_quoted(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let start = from + blanks(&bytes[from..]);
    let opened = start + count(&bytes[start..], 4, |b| b"\"'`\\(".contains(&b));
    opened > start && emit(opened..bytes.len().min(opened + MAX_VALUE))
}

/// A type and an operator at `from`: `String = "…"`, `As String = "…"`, `: &'static str = "…"`.
fn visit_typed(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let limit = bytes.len().min(from + MAX_WRAPPER);
    let here = &bytes[from..limit];
    let Some(equals) = here.iter().position(|b| matches!(b, b'=' | b'\n')) else {
        return false;
    };
    let is_type = here[..equals]
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b" \t:&'<>[]?._".contains(b));
    let is_operator = here[equals] == b'=' && !matches!(here.get(equals + 1), Some(b'=' | b'>'));
    is_type && is_operator && visit_quoted(bytes, from + equals + 1, emit)
}

/// A value on the line behind `from`, if only a block sign separates the two.
fn visit_next_line(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let sign = block_sign(&bytes[from..]);
    if sign == 0 {
        return false;
    }
    let line = from + sign;
    let indented = line + count(&bytes[line..], MAX_WRAPPER, |b| b" \t".contains(&b));
    indented > line && {
        let opened = open(bytes, indented);
        emit(opened..bytes.len().min(opened + MAX_VALUE)) || visit_nested(bytes, opened, emit)
    }
}

/// Returns the length of a line end with the sign of a block of YAML or a continuation in front; 0 without a line end.
pub(super) fn block_sign(here: &[u8]) -> usize {
    let sign = count(here, 4, |b| b"|>-+\\0123456789".contains(&b));
    let blank = count(&here[sign..], MAX_BLANKS, |b| b" \t\r".contains(&b));
    match here.get(sign + blank) {
        Some(b'\n') => sign + blank + 1,
        _ => 0,
    }
}

/// The value of a record whose first key is one for values.
fn visit_nested(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    nested_value(bytes, from).is_some_and(|start| emit(start..bytes.len().min(start + MAX_VALUE)))
}

/// The text of an element behind its start tag.
fn visit_element(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let here = &bytes[from..];
    let blank = count(here, MAX_BLANKS, |b| b.is_ascii_whitespace());
    let data = match here[blank..].strip_prefix(b"<![CDATA[") {
        Some(rest) => here.len() - rest.len(),
        None => blank,
    };
    let mut start = from + data + count(&here[data..], MAX_BLANKS, |b| b.is_ascii_whitespace());
    // `<setting name="…"><value>…`
    if bytes[start..].starts_with(VALUE_ELEMENT) {
        start += VALUE_ELEMENT.len();
        start += count(&bytes[start..], MAX_BLANKS, |b| b.is_ascii_whitespace());
    }
    if bytes.get(start) == Some(&b'<') {
        return false;
    }
    emit(start..bytes.len().min(start + MAX_VALUE))
}

/// The text of the element for the value in a setting whose start tag goes on at `from` with other attributes.
fn visit_setting(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let here = &bytes[from..bytes.len().min(from + MAX_WRAPPER)];
    let Some(end) = here.iter().position(|b| b"<>\n".contains(b)) else {
        return false;
    };
    let behind = end + 1 + count(&here[end + 1..], MAX_BLANKS, |b| b.is_ascii_whitespace());
    here[end] == b'>'
        && here[behind..].starts_with(VALUE_ELEMENT)
        && visit_element(bytes, from + end + 1, emit)
}

/// The text of the element behind the one that ends at `from`: `<key>NAME</key><string>VALUE`.
fn visit_next_element(
    bytes: &[u8],
    from: usize,
    emit: &mut dyn FnMut(Range<usize>) -> bool,
) -> bool {
    let here = &bytes[from..bytes.len().min(from + MAX_GAP)];
    let mut ends = here
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'>')
        .map(|(at, _)| at);
    let (Some(close), Some(open)) = (ends.next(), ends.next()) else {
        return false;
    };
    let between = &here[close + 1..open];
    let tag = count(between, MAX_WRAPPER, |b| b.is_ascii_whitespace());
    let is_start_tag = between.get(tag) == Some(&b'<')
        && between.get(tag + 1).is_some_and(u8::is_ascii_alphabetic);
    is_start_tag && visit_element(bytes, from + open + 1, emit)
}

/// The value of an option behind the name: `gh secret set NAME --body VALUE`.
fn visit_option(bytes: &[u8], from: usize, emit: &mut dyn FnMut(Range<usize>) -> bool) -> bool {
    let here = &bytes[from..bytes.len().min(from + MAX_WRAPPER)];
    let dashes = count(here, 2, |b| b == b'-');
    let word = count(&here[dashes..], 16, |b| b.is_ascii_alphabetic());
    let option = &here[dashes..dashes + word];
    let is_value = OPTIONS.contains(&option) && dashes > 0;
    let separator = here.get(dashes + word);
    is_value
        && matches!(separator, Some(b' ' | b'='))
        && visit_value(bytes, from + dashes + word + 1, emit)
}

/// Counts blanks of one line.
fn blanks(bytes: &[u8]) -> usize {
    count(bytes, MAX_BLANKS, |b| b == b' ' || b == b'\t')
}

/// Counts the first bytes that satisfy `is_part`, `most` of them at most.
pub(super) fn count(bytes: &[u8], most: usize, is_part: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take(most).take_while(|b| is_part(**b)).count()
}
