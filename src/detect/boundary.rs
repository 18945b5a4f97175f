//! Boundaries of tokens: the characters that may touch one, and the prefix that belongs to it.

use std::ops::Range;

use crate::rule::{Boundary, Rule};

/// The longest prefix an instance puts in front of its tokens, separator included.
/// GitLab limits it to 20 characters (merge request 262950).
const MAX_INSTANCE_PREFIX: usize = 21;

/// Maximum number of token characters that are followed backwards. A longer run is part of encoded text; the bound also
/// keeps the time for hostile input linear.
const MAX_RUN: usize = 256;

/// Maximum number of bytes before a match that [`left`] reads.
pub(super) const LOOK_BEHIND: usize = MAX_RUN + 32;

/// The start of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// The first byte of the secret.
    pub(super) start: usize,
    /// True for an apparent instance prefix without the hyphen that GitLab has put after it since 18.1: it may also be a word
    /// that touches the token by chance.
    pub(super) is_doubtful: bool,
}

impl Left {
    /// A secret that begins at `start` for certain.
    fn at(start: usize) -> Self {
        Self {
            start,
            is_doubtful: false,
        }
    }
}

/// Returns the start of the secret whose match begins at `start`; `None` if the bytes before make it part of something
/// longer.
///
/// An instance prefix (`SIE-glpat-…`, or `acmegldt-…` from the time when no separator was added)
/// belongs to the secret. Characters that only seem to touch the token, because they end an escape
/// (`\n`, `%3D`, a terminal's colour), do not.
///
/// `marks` of emphasis precede it ([`emphasis`]).
pub(super) fn left(rule: &Rule, bytes: &[u8], start: usize, marks: usize) -> Option<Left> {
    let before = &bytes[start.saturating_sub(LOOK_BEHIND)..start];
    match before.last() {
        Some(&byte) if rule.left.forbids(byte) => {}
        _ => return Some(Left::at(start)),
    }
    let run = before
        .iter()
        .rev()
        .take_while(|&&byte| rule.left.forbids(byte))
        .count();
    let (context, run) = before.split_at(before.len() - run);
    let run = &run[marks.min(run.len())..];
    let prefix = without_dashes(context, &run[escape_length(context, run)..]);
    let touching = match prefix.last() {
        None => return Some(Left::at(start)),
        Some(byte) => byte.is_ascii_alphanumeric(),
    };
    if !rule.instance_prefix || rule.left != Boundary::Token {
        return None;
    }
    let is_prefix = prefix.len() <= MAX_INSTANCE_PREFIX
        && prefix.first().is_some_and(u8::is_ascii_alphanumeric);
    if is_prefix {
        Some(Left {
            start: start - prefix.len(),
            is_doubtful: touching,
        })
    } else if touching || run.len() >= MAX_RUN {
        None
    } else {
        // A long word joined by a hyphen.
        Some(Left::at(start))
    }
}

/// Returns the start of a secret whose length is the byte before it, in a binary file, behind a byte that is not text. A length
/// of 48 to 122 looks like a letter or a digit.
pub(super) fn after_length(bytes: &[u8], matched: &Range<usize>) -> Option<Left> {
    let start = matched.start;
    let [kind, count] = *bytes[..start].last_chunk::<2>()?;
    let is_long = usize::from(u16::from_be_bytes([kind, count])) == matched.len();
    let is_counted = is_long || usize::from(count) == matched.len();
    (may_have_length(bytes, start) && is_counted).then(|| Left::at(start))
}

/// True if the byte before `start` follows a byte that is not text. The first byte of a character counts as such: no letter
/// follows it.
pub(super) fn may_have_length(bytes: &[u8], start: usize) -> bool {
    let before = bytes[..start].last_chunk::<2>();
    before.is_some_and(|[kind, _]| {
        kind.is_ascii_control() && !kind.is_ascii_whitespace() || *kind >= 0xc0
    })
}

/// A run without the dashes it begins with, or without a short option: `-pTOKEN`, but in a shell's
/// `${T:-TOKEN}` and in the removed line of a diff the letter after the dash is the token's.
fn without_dashes<'r>(context: &[u8], run: &'r [u8]) -> &'r [u8] {
    let is_option = !matches!(context.last(), None | Some(b':' | b'\n' | b'\r'));
    let run = match run {
        [b'-', option, rest @ ..] if is_option && option.is_ascii_alphabetic() => rest,
        _ => run,
    };
    let dashes = run.iter().take_while(|&&byte| byte == b'-').count();
    &run[dashes..]
}

/// True if the bytes behind the match do not make it part of something longer. The end of a comment (`-->`) does not.
pub(super) fn right(boundary: Boundary, bytes: &[u8], end: usize) -> bool {
    bytes.get(end).is_none_or(|&byte| !boundary.forbids(byte)) || bytes[end..].starts_with(b"-->")
}

/// Emphasis around a token, written with token characters (`__TOKEN__`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Emphasis {
    /// The number of marks on either side.
    pub(super) marks: usize,
    /// Start of the marks behind the token.
    pub(super) end: usize,
}

/// Returns the emphasis around the word that contains `at`.
pub(super) fn emphasis(bytes: &[u8], at: usize) -> Option<Emphasis> {
    // Most words end before.
    bytes[..at].last().filter(|byte| is_part(byte))?;
    let before = bytes[..at].iter().rev().take(MAX_RUN);
    let start = at - before.take_while(|byte| is_part(byte)).count();
    let is_mark = |byte: &&u8| **byte == b'_';
    let marks = bytes[start..at].iter().take_while(is_mark).count();
    if !(1..=MAX_MARKS).contains(&marks) {
        return None;
    }
    let behind = bytes[at..].iter().take(MAX_WORD);
    let run = at + behind.take_while(|byte| is_part(byte)).count();
    // The sentence may end there.
    let stops = bytes[at..run]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'.');
    let end = run - stops.count();
    let closing = bytes[at..end].iter().rev().take_while(is_mark).count();
    // The token may end with one.
    (closing >= marks).then(|| Emphasis {
        marks,
        end: end - marks,
    })
}

/// Maximum distance in bytes at which the end of emphasis is searched for.
const MAX_WORD: usize = 2048;

/// The most marks of emphasis: bold and italic.
const MAX_MARKS: usize = 3;

/// True for a character of words and tokens.
fn is_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(byte)
}

/// Returns the number of bytes at the front of `run` that belong to an escape that begins in `context`, the bytes
/// before it.
fn escape_length(context: &[u8], run: &[u8]) -> usize {
    let hex = |from: usize, count: usize| {
        run.len() >= from + count && run[from..from + count].iter().all(u8::is_ascii_hexdigit)
    };
    match (context.last(), run.first()) {
        (Some(b'\\'), Some(first)) => match first {
            b'u' if hex(1, 4) => 5,
            b'U' if hex(1, 8) => 9,
            b'x' if hex(1, 2) => 3,
            b'0'..=b'3' if run.len() >= 3 && run[..3].iter().all(u8::is_ascii_digit) => 3,
            b'n' | b'r' | b't' | b'f' | b'v' | b'a' | b'b' | b'e' | b's' | b'0' => 1,
            _ => 0,
        },
        (Some(b'%'), Some(_)) if hex(0, 2) => 2,
        (Some(b'='), Some(_)) if run.starts_with(b"3D") => 2,
        _ => colour_length(context, run),
    }
}

/// Returns the number of bytes at the front of `run` that end a terminal's colour sequence (`ESC [ 0 ; 3 2 m`, the
/// escape itself raw or written as `\033`, `\x1b`, `\u001b`, `\e`).
fn colour_length(context: &[u8], run: &[u8]) -> usize {
    let digits = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !matches!(run.get(digits), Some(b'm' | b'K')) {
        return 0;
    }
    let parameters = context
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
        .count();
    let opening = &context[..context.len() - parameters];
    let is_colour = opening.strip_suffix(b"[").is_some_and(|before| {
        [
            &b"\x1b"[..],
            b"\\033",
            b"\\x1b",
            b"\\x1B",
            b"\\u001b",
            b"\\u001B",
            b"\\e",
        ]
        .iter()
        .any(|escape| before.ends_with(escape))
    });
    if is_colour { digits + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_length_prefixes_from_a_token() {
        for (before, expected) in [
            ("\u{1}\0P", true),
            ("\u{12}P", true),
            ("\0Q", false),
            ("\nP", false),
            (" P", false),
            ("xP", false),
            ("P", false),
            ("", false),
        ] {
            let text = format!("{before}{}", "token678".repeat(10));
            let matched = before.len()..text.len();
            let left = after_length(text.as_bytes(), &matched);
            assert_eq!(left.is_some(), expected, "{before:?}");
        }
        let long = [b"\x01\x01P".as_slice(), &[b'x'; 0x150]].concat();
        assert!(after_length(&long, &(3..long.len())).is_some());
        let python = [b"\xfaP".as_slice(), &[b'x'; 0x50]].concat();
        assert!(after_length(&python, &(2..python.len())).is_some());
        let character = ["\u{fc}P".as_bytes(), &[b'x'; 0x50]].concat();
        assert!(after_length(&character, &(3..character.len())).is_none());
    }

    #[test]
    fn excludes_emphasis_from_a_token() {
        for (before, behind, marks) in [
            ("__", "__ is it", 2),
            (" _", "_, it", 1),
            (" _", "_. It", 1),
            ("\"__SIE-", "__\"", 2),
            ("___", "___", 3),
            ("__", "___", 2),
            ("__", "_", 0),
            ("a__", "__", 0),
            ("__", "__a", 0),
            ("____", "____", 0),
            ("", "__", 0),
            ("\"", "\"", 0),
            ("", "", 0),
        ] {
            let text = format!("{before}token{behind}");
            let found = emphasis(text.as_bytes(), before.len()).unwrap_or_default();
            assert_eq!(found.marks, marks, "{text}");
            let end = before.len() + "token".len();
            let ends = [end, end + behind.len().saturating_sub(marks)];
            assert!(marks == 0 || ends.contains(&found.end), "{text}");
        }
    }

    #[test]
    fn excludes_ends_of_comments_from_a_token() {
        for (behind, expected) in [("-->", true), ("-", false), ("--", false), ("", true)] {
            let text = format!("token{behind}");
            let ends = right(Boundary::Token, text.as_bytes(), "token".len());
            assert_eq!(ends, expected, "{text}");
        }
    }
}
