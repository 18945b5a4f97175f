//! Keywords with escapes in them, and tokens with escapes behind their keywords.

use super::encoding::MAX_DEPTH;
use crate::detect::prefilter::{KeywordEntry, Prefilter};
use crate::rule::Keyword;
use crate::syntax::escape::EscapeSyntax;

/// Maximum lengths of the beginning of a keyword and of a whole keyword, in two layers of escapes.
const SHORT: usize = 48;
const LONG: usize = 12 * Keyword::MAX_LEN;

/// True if an escape is in the keyword at `at` or in the run of token characters behind it, or if `reach` bytes do not
/// decide.
pub(in crate::detect) fn may_be_escaped(
    keyword: &KeywordEntry,
    bytes: &[u8],
    at: usize,
    reach: usize,
) -> bool {
    let until = bytes.len().min(at + reach);
    let near = &bytes[..until];
    let body = (at + keyword.text.len()).min(until);
    let is_cut = until < bytes.len()
        && near[body..]
            .iter()
            .all(|byte| may_be_token(*byte) || *byte == b'=');
    is_cut || escape_in(keyword, near, at, true).is_some()
}

/// Returns the syntax of the first escape in the keyword at `at`, or in the run of token characters behind it, or in the line
/// of a block. `=` begins one only if it `may_be_mail`.
pub(super) fn escape_in(
    keyword: &KeywordEntry,
    text: &[u8],
    at: usize,
    may_be_mail: bool,
) -> Option<EscapeSyntax> {
    let known = &keyword.text;
    let here = text.get(at..)?;
    let same = known.iter().zip(here).take_while(|(a, b)| a == b).count();
    let mut rest = &here[same..];
    if known.get(same) == Some(&b' ') && rest.first() == Some(&b'+') {
        return Some(EscapeSyntax::Form);
    }
    if same == known.len() {
        let is_block = keyword.finds_blocks;
        // `=` is between a name and its value, or begins an escape of mail.
        while let [byte, after @ ..] = rest
            && (may_be_token(*byte) && !(*byte == b'+' && EscapeSyntax::of(rest).is_some())
                || *byte == b'=' && !(may_be_mail && EscapeSyntax::of(rest).is_some())
                || *byte == b' ' && is_block)
        {
            rest = after;
        }
    }
    // A blank behind a colon, as forms write it.
    if rest.starts_with(b"%3A+") {
        return Some(EscapeSyntax::Form);
    }
    EscapeSyntax::of(rest)
}

/// Returns the keywords of which the escape at `at` is the first escaped byte, each with its start.
pub(super) fn spelled_keywords(
    prefilter: &Prefilter,
    bytes: &[u8],
    at: usize,
) -> Vec<(usize, usize)> {
    // The backslashes before it belong to it in pairs: `\\u0067` is an escape escaped.
    let slashes = if bytes[at] == b'\\' {
        bytes[at.saturating_sub(8)..at]
            .iter()
            .rev()
            .take_while(|b| **b == b'\\')
            .count()
    } else {
        0
    };
    let at = at - slashes;
    let known_bytes = prefilter.keyword_bytes();
    let plain = |length: usize| {
        let until = bytes.len().min(at + length);
        let is_cut = until < bytes.len();
        let mut text = bytes[at..until].to_vec();
        for _ in 0..MAX_DEPTH {
            let Some(family) = EscapeSyntax::of(&text) else {
                break;
            };
            text = family.plain(&text, is_cut);
        }
        text
    };
    let words = |text: &[u8], is_whole: bool| {
        let positions_of = known_bytes.positions_of(text.first().copied());
        let fitting = positions_of.iter().filter(|&&(word, k)| {
            let word = &prefilter.keywords()[word].text;
            let rest = &word[k..];
            let known = rest.len().min(text.len());
            (known == rest.len() || !is_whole)
                && rest[..known] == text[..known]
                && bytes[..at].ends_with(&word[..k])
        });
        fitting.map(|&(word, k)| (word, at - k)).collect::<Vec<_>>()
    };
    // A few bytes exclude most false hits.
    let first = plain(SHORT);
    if !first.is_empty() && words(&first, false).is_empty() {
        return Vec::new();
    }
    words(&plain(LONG), true)
}

/// True for a byte that a token, a URL or the text of a key may hold unescaped. `=` may begin an
/// escape of mail.
pub(super) fn may_be_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.:/@+~".contains(&byte)
}

/// True if `bytes` begin with an escape.
pub(in crate::detect) fn is_escape(bytes: &[u8]) -> bool {
    EscapeSyntax::of(bytes).is_some()
}

/// True if an escape at `at` encodes part of a token.
pub(in crate::detect) fn continues_at(text: &[u8], at: usize) -> bool {
    let Some(rest) = text.get(at..) else {
        return false;
    };
    let Some(unit) = EscapeSyntax::of(rest).and_then(|family| family.read(rest)) else {
        return false;
    };
    match unit.content() {
        [byte] => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        // A line broken by a backslash.
        [] => rest[0] == b'\\',
        _ => false,
    }
}
