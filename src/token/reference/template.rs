//! Places in templates and format strings, anywhere in a value.

use std::ops::Range;

use super::{Reference, defaults, find, name_len};

/// Finds the default in the text between two brackets.
type DefaultReader = fn(&[u8]) -> Option<Range<usize>>;

const QUOTED: DefaultReader = |inner| defaults::quoted(inner, false);
const NO_DEFAULT: DefaultReader = |_| None;

/// Opening, closing, and the default inside. A longer opening precedes one that it starts with.
const BRACKETS: &[(&str, &str, DefaultReader)] = &[
    ("${{", "}}", QUOTED),
    ("$[[", "]]", QUOTED),
    ("{{", "}}", QUOTED),
    ("{%", "%}", QUOTED),
    ("<%", "%>", QUOTED),
    ("#{", "}", QUOTED),
    ("$((", "))", NO_DEFAULT),
    ("$(", ")", NO_DEFAULT),
    ("`", "`", NO_DEFAULT),
    ("${", "}", defaults::in_braces),
    ("$[", "]", defaults::in_braces),
];

/// Finds the first bracketed place. Behind other text it must be closed; at the start it may be
/// cut off, since a space often ends the value there.
pub(super) fn read(text: &[u8]) -> Option<Reference> {
    let (at, (open, close, read_default)) = BRACKETS
        .iter()
        .filter_map(|bracket| Some((find(text, bracket.0.as_bytes())?, bracket)))
        .min_by_key(|(at, _)| *at)?;
    let start = at + open.len();
    let inner = text.get(start..)?;
    let length = match *open {
        "${" => closing_brace(inner),
        // The last one: commands hold brackets of their own.
        "$(" | "`" => memchr::memmem::rfind(inner, close.as_bytes()),
        _ => find(inner, close.as_bytes()),
    };
    if length.is_none() && at > 0 {
        return None;
    }
    let inner = inner.get(..length.unwrap_or(inner.len()))?;
    if inner.trim_ascii().is_empty() && (length.is_some() || open.len() == 1) {
        return None;
    }
    let default = read_default(inner);
    Some(Reference {
        default: default.map(|range| range.start + start..range.end + start),
    })
}

/// Returns the offset of the brace that closes the one before `text`.
fn closing_brace(text: &[u8]) -> Option<usize> {
    let mut depth = 1usize;
    text.iter().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// True for a format string: `%s`, `%-10s`, `%(x)s`, `%{x}`, `{}`, `{0}`, `{x}`, `oauth2:{token}`.
pub(super) fn is_format(text: &[u8]) -> bool {
    matches!(text, [b'{', .., b'}']) || has_braced_name(text) || has_directive(text)
}

/// True for a text that contains `{name}`, `{name.part}`, `{name!r}` or `{name:>8}`.
fn has_braced_name(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, &byte)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let name = name_len(rest);
        byte == b'{'
            && name > 0
            && matches!(rest.get(name), Some(b'}' | b'.' | b'!' | b':'))
            && rest.contains(&b'}')
    })
}

/// True if the value is made of plain characters and at least one directive of `printf`, each
/// directive by itself or between separators (`%s:%s`, `token-%s`).
///
/// `%s`, `%v` and `%q` are not percent-encoding, so in a URL they can be nothing else; `%d` may be
/// the start of one and counts only as the whole value.
fn has_directive(text: &[u8]) -> bool {
    const MAX_FORMAT: usize = 64;
    const SEPARATORS: &[u8] = b"-_.:/=";
    if text.len() > MAX_FORMAT {
        return false;
    }
    let mut rest = text;
    let mut found = false;
    // A capital behind a small letter is a word of no format, but common in passwords.
    if text
        .windows(2)
        .any(|pair| matches!(pair, [b'a'..=b'z', b'A'..=b'Z']))
    {
        return false;
    }
    // True behind a separator, another directive, or nothing.
    let mut boundary = true;
    while let [byte, tail @ ..] = rest {
        if *byte != b'%' {
            if !byte.is_ascii_alphanumeric() && !SEPARATORS.contains(byte) {
                return false;
            }
            boundary = SEPARATORS.contains(byte);
            rest = tail;
            continue;
        }
        let Some(length) = directive_len(tail, tail.len() + 1 == text.len()) else {
            return false;
        };
        rest = tail.get(length..).unwrap_or_default();
        let closed = rest.first().is_none_or(|next| b"%-_.:/=".contains(next));
        if !boundary || !closed {
            return false;
        }
        found = true;
    }
    found
}

/// Returns the number of bytes behind a `%` that belong to its directive. `alone` if it starts the value.
fn directive_len(text: &[u8], alone: bool) -> Option<usize> {
    let flags = text
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || b"-+#.[]$".contains(byte))
        .count();
    match text.get(flags)? {
        b's' | b'v' | b'q' | b'@' => Some(flags + 1),
        b'd' | b'x' | b'i' | b'u' if alone && flags + 1 == text.len() => Some(flags + 1),
        open @ (b'(' | b'{') if flags == 0 => {
            let close = if *open == b'(' { b')' } else { b'}' };
            let end = text.iter().position(|&byte| byte == close)? + 1;
            // Python names the type behind the bracket.
            let typed = *open == b'(' && matches!(text.get(end), Some(b's' | b'd' | b'r'));
            Some(end + usize::from(typed))
        }
        _ => None,
    }
}
