//! Which texts give a keyword away that has escapes in it: worked out from the keywords of the rules.

use std::ops::Range;

use crate::syntax::escape::EscapeSyntax;

/// The letters that all of GitLab's token prefixes begin with. Of their keywords any letter may be
/// escaped: the texts for these two stand for all of them, so that it costs nothing.
const GITLAB_PREFIX: &[u8] = b"gl";

/// The fewest letters of a keyword that are looked for when what follows may be escaped.
const MIN_CORE: usize = 3;

/// How many bytes of any keyword say enough: the line may be broken in a longer one.
const MOST: usize = 6;

/// The longest escape of a sign before a core, in bytes.
const MAX_ESCAPE: usize = 12;

/// Stems that are words of their own: of these keywords all is looked for, and the core with an escape
/// behind it.
const COMMON: &[&[u8]] = &[b"AGE", b"ARM", b"npm"];

/// Where the first letters and digits of a keyword stand: what escapes leave alone, and enough to find it by. A
/// sign may stand before them. All of a keyword that begins otherwise, or like a word.
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

/// How many bytes of a keyword say enough where an escape follows.
pub(crate) fn min_prefix_len(word: &[u8]) -> usize {
    if word.starts_with(GITLAB_PREFIX) {
        GITLAB_PREFIX.len() + 1
    } else {
        core(word).end.min(MOST)
    }
}

/// Where in `bytes` the escape begins that ends at `at` and stands for `sign`.
pub(crate) fn find_escape_before(bytes: &[u8], at: usize, sign: u8) -> Option<usize> {
    let least = at.saturating_sub(MAX_ESCAPE);
    (least..at).rev().find(|&start| {
        let family = EscapeSyntax::of(&bytes[start..at]);
        let read = family.and_then(|family| family.read(&bytes[start..at]));
        read.is_some_and(|unit| unit.length == at - start && *unit.content() == [sign])
    })
}

/// Texts that hold an escape which may stand for a byte of `words`: for a sign that any begins with, for the
/// first three letters of the words of the house, for the colon of a URL. Behind the core an escape is
/// seen by what stands before it.
pub(crate) fn escapes<'w>(words: impl Iterator<Item = &'w [u8]>) -> Vec<Vec<u8>> {
    // `g` alone, `l` behind it, the third letter behind both, `:`.
    const PERCENT: &[&str] = &["%67l", "g%6c", "g%6C", "gl%6", "gl%7", "%3a%", "%3A%"];
    // An escaped percent sign, whichever escape it begins.
    const TWICE: &[&str] = &["%25", "gl%2"];
    const BACKSLASH: &[&str] = &[
        "\\x67", "g\\x6", "gl\\x", "\\147", "g\\15", "gl\\1", "\\u00", "\\U00", "\\u{6", "\\u{0",
        "gl\\u", "gl\\U", "gl\\\\",
    ];
    const HTML: &[&str] = &["&#x67", "&#X67", "gl&#", "&col"];
    let texts = [PERCENT, TWICE, BACKSLASH, HTML].concat();
    let mut texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    for word in words {
        let is_escaped = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'.';
        if let Some(first) = word.first().filter(is_escaped) {
            // Text that is all escapes of one length is told by its shape.
            texts.push(format!("&#{first};").into_bytes());
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
                format!("&#{sign};"),
                format!("&#x{sign:02x};"),
                format!("&#x{sign:02X};"),
            ];
            texts.extend(forms.map(String::into_bytes));
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
