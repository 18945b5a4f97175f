//! Where a token begins and ends: what may stand beside it, and what in front belongs to it.

use std::ops::Range;

use crate::rule::{Boundary, Rule};

/// The longest prefix an instance puts in front of its tokens, separator included.
/// GitLab limits it to 20 characters (merge request 262950).
const MAX_INSTANCE_PREFIX: usize = 21;

/// How far back a run of token characters is followed. What stands in a longer run is part of some
/// encoded text; the bound also keeps hostile input linear.
const MAX_RUN: usize = 256;

/// How far before a match [`left`] may look.
pub(super) const LOOK_BEHIND: usize = MAX_RUN + 32;

/// Where a secret begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// The first byte of the secret.
    pub(super) start: usize,
    /// True if an instance prefix seems to stand there without the hyphen that GitLab has put after it since 18.1:
    /// it may as well be a word that happens to touch the token.
    pub(super) is_doubtful: bool,
}

/// Where the secret begins whose match begins at `start`, or `None` if what stands before makes it
/// part of something longer.
///
/// An instance prefix (`SIE-glpat-…`, or `acmegldt-…` from the time when no separator was added)
/// belongs to the secret. Characters that only seem to touch the token, because they end an escape
/// (`\n`, `%3D`, a terminal's colour), do not.
pub(super) fn left(rule: &Rule, bytes: &[u8], start: usize) -> Option<Left> {
    let at = |start| {
        Some(Left {
            start,
            is_doubtful: false,
        })
    };
    let before = &bytes[start.saturating_sub(LOOK_BEHIND)..start];
    match before.last() {
        Some(&byte) if rule.left.forbids(byte) => {}
        _ => return at(start),
    }
    let run = before
        .iter()
        .rev()
        .take_while(|&&byte| rule.left.forbids(byte))
        .count();
    let (context, run) = before.split_at(before.len() - run);
    let prefix = without_dashes(context, &run[escape_length(context, run)..]);
    let touching = match prefix.last() {
        None => return at(start),
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
        at(start)
    }
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

/// True if what stands behind the match does not make it part of something longer. The end of a comment
/// (`-->`) does not, nor emphasis that was opened before it (`__TOKEN__`).
pub(super) fn right(boundary: Boundary, bytes: &[u8], matched: Range<usize>) -> bool {
    let is_free = |at: usize| bytes.get(at).is_none_or(|&byte| !boundary.forbids(byte));
    is_free(matched.end)
        || bytes[matched.end..].starts_with(b"-->")
        || emphasis(bytes, matched.clone()).is_some_and(|marks| {
            is_free(matched.end + marks)
                && (matched.start == marks || is_free(matched.start - marks - 1))
        })
}

/// How many marks of emphasis stand on either side, if they are as many before as behind.
fn emphasis(bytes: &[u8], matched: Range<usize>) -> Option<usize> {
    const MOST: usize = 3;
    let is_mark = |byte: &&u8| **byte == b'_';
    let before = bytes[..matched.start].iter().rev().take_while(is_mark);
    let behind = bytes[matched.end..].iter().take_while(is_mark);
    let (before, behind) = (before.take(MOST).count(), behind.take(MOST).count());
    (before > 0 && before == behind).then_some(before)
}

/// How many bytes at the front of `run` belong to an escape that begins in `context`, the bytes
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

/// How many bytes at the front of `run` end a terminal's colour sequence (`ESC [ 0 ; 3 2 m`, the
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
    fn ends_of_comments_and_emphasis_are_no_part_of_a_token() {
        for (before, behind, expected) in [
            ("<!--", "-->", true),
            ("__", "__ is it", true),
            (" _", "_.", true),
            ("__", "_", false),
            ("a__", "__", false),
            ("__", "__a", false),
            ("", "-", false),
            ("", "--", false),
            ("\"", "\"", true),
            ("", "", true),
        ] {
            let text = format!("{before}token{behind}");
            let matched = before.len()..before.len() + "token".len();
            let ends = right(Boundary::Token, text.as_bytes(), matched);
            assert_eq!(ends, expected, "{text}");
        }
    }
}
