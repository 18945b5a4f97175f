//! The literals by which the search finds keywords with escapes in them, computed from the keywords of the rules.

use std::ops::Range;

use crate::syntax::escape::EscapeSyntax;

/// The letters that all of GitLab's token prefixes begin with. Any letter of these keywords may be escaped: the literals for
/// these two letters cover all of them, at no cost.
const GITLAB_PREFIX: &[u8] = b"gl";

/// The minimum length of the core of a keyword.
const MIN_CORE: usize = 3;

/// The number of bytes that identify any keyword: a line may be broken in a longer one.
const MOST: usize = 6;

/// The longest escape of a sign before a core, in bytes.
const MAX_ESCAPE: usize = 12;

/// Cores that are frequent words: the search looks for the whole keyword, and for the core with an escape behind it.
const COMMON: &[&[u8]] = &[b"AGE", b"ARM", b"npm"];

/// Returns the core of a keyword: its first letters and digits, which are rarely escaped, behind at most one sign. The core of a
/// keyword that begins otherwise, or with a frequent word, is the whole keyword.
pub(crate) fn core(word: &[u8]) -> Range<usize> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let front = usize::from(!word.first().is_some_and(is_plain));
    let length = word[front..].iter().take_while(|byte| is_plain(byte));
    let end = front + length.count();
    if end - front < MIN_CORE.min(word.len()) || COMMON.contains(&&word[..end]) {
        0..word.len()
    } else {
        front..end
    }
}

/// Returns the number of first bytes of a keyword that identify it if an escape follows.
pub(crate) fn min_prefix_len(word: &[u8]) -> usize {
    if word.starts_with(GITLAB_PREFIX) {
        GITLAB_PREFIX.len() + 1
    } else {
        core(word).end.min(MOST)
    }
}

/// Returns the start of the escape that ends at `at` and encodes `sign`.
pub(crate) fn find_escape_before(bytes: &[u8], at: usize, sign: u8) -> Option<usize> {
    let least = at.saturating_sub(MAX_ESCAPE);
    (least..at).rev().find(|&start| {
        let family = EscapeSyntax::of(&bytes[start..at]);
        let read = family.and_then(|family| family.read(&bytes[start..at]));
        read.is_some_and(|unit| unit.length == at - start && *unit.content() == [sign])
    })
}

/// Returns literals with an escape that may encode a byte of `words`: the sign that a keyword begins with, the first three
/// letters of GitLab's prefixes, the colon of a URL. An escape behind the core is found by the core.
pub(crate) fn escapes<'w>(words: impl Iterator<Item = &'w [u8]>) -> Vec<Vec<u8>> {
    // `g` alone, `l` behind it, the third letter behind both, `:`.
    const PERCENT: &[&str] = &["%67l", "g%6c", "g%6C", "gl%6", "gl%7", "%3a%", "%3A%"];
    // An escaped percent sign, which may begin any escape.
    const TWICE: &[&str] = &["%25", "gl%2"];
    const BACKSLASH: &[&str] = &[
        "\\x67", "g\\x6", "\\147", "g\\15", "\\u00", "\\U00", "\\u{6", "\\u{0", "gl\\",
    ];
    // Letters are hexadecimal, or decimal from the digits below.
    const HTML: &[&str] = &["&#x", "&#X", "gl&#", "&col"];
    let decimal = |byte: u8| format!("&#{byte}").as_bytes()[..MIN_CORE].to_vec();
    let texts = [PERCENT, TWICE, BACKSLASH, HTML].concat();
    let mut texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    for word in words {
        let is_escaped = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'.';
        if let Some(first) = word.first().filter(is_escaped) {
            // Text that consists of escapes of one length is an encoded run.
            texts.push(decimal(*first));
        }
        // One in front of too little to be found by.
        if let [sign, second, ..] = word
            && !sign.is_ascii_alphanumeric()
            && second.is_ascii_alphanumeric()
            && core(word).start == 0
        {
            let second = char::from(*second);
            let forms = [
                format!("%{sign:02x}{second}"),
                format!("%{sign:02X}{second}"),
                format!("={sign:02X}{second}"),
                format!("\\x{sign:02x}"),
                format!("\\x{sign:02X}"),
                format!("\\{sign:03o}"),
            ];
            texts.extend(forms.map(String::into_bytes));
            texts.push(decimal(*sign));
        }
        let common = COMMON.iter().filter(|core| word.starts_with(core));
        let marked = common.flat_map(|core| {
            ["%", "\\", "&#", "=2", "=5"].map(|mark| [core, mark.as_bytes()].concat())
        });
        texts.extend(marked);
        // As JSON may write it.
        if word.contains(&b'/') {
            let slashed = String::from_utf8_lossy(word).replace('/', "\\/");
            texts.push(slashed.into_bytes());
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}
