//! Values that were blanked out, and hints to a reader.

use super::find;
use crate::vocabulary::not_secrets;

/// True for `[MASKED]`, `***`, `<redacted>`, `…` and their like. (Dots alone need three.)
pub(super) fn is_masked(text: &[u8]) -> bool {
    let only = |characters: &str| {
        std::str::from_utf8(text).is_ok_and(|text| text.chars().all(|c| characters.contains(c)))
    };
    let core = core(text);
    let is_word = |word: &String| core.eq_ignore_ascii_case(word.as_bytes());
    find(text, b"***").is_some()
        || find(text, b"[MASKED]").is_some()
        || only("*\u{2022}\u{25cf}\u{2026}\u{2588}")
        || (text.len() >= 3 && only(".-_*"))
        || not_secrets().masks.iter().any(is_word)
}

/// A word without the brackets, stars and underscores around it.
fn core(text: &[u8]) -> &[u8] {
    let decoration = |byte: &u8| b"[]<>(){}*_- ".contains(byte);
    let start = text.iter().position(|byte| !decoration(byte)).unwrap_or(0);
    let end = text
        .iter()
        .rposition(|byte| !decoration(byte))
        .map_or(0, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// True for `<your token>`, also cut off at its first space, for `[token]`, and for the same in typographic brackets.
pub(super) fn is_hint(text: &[u8]) -> bool {
    const TYPOGRAPHIC: [(char, char); 4] = [('«', '»'), ('‹', '›'), ('⟦', '⟧'), ('⟨', '⟩')];
    let is_bracketed = |text: &str| {
        TYPOGRAPHIC
            .iter()
            .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close))
    };
    if std::str::from_utf8(text).is_ok_and(is_bracketed) {
        return true;
    }
    match text {
        [b'<', inner @ .., b'>'] | [b'[', inner @ .., b']'] => !inner.is_empty(),
        [b'<', inner @ ..] => {
            !inner.is_empty()
                && inner
                    .iter()
                    .all(|byte| byte.is_ascii_alphabetic() || b" -_".contains(byte))
        }
        _ => false,
    }
}
