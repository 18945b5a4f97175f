//! Passwords of documentation and of local test set-ups, which open nothing that matters.

use super::placeholder::{Placeholder, placeholder};
use super::reference::reference;
use crate::vocabulary::not_secrets;

/// The longest password that can be a dummy by its words, in bytes.
const MAX_WORDS: usize = 64;

/// True if `value`, a password in arbitrary text, is nothing that anyone would protect: a word of
/// documentation (`password`, `my-secret-token`, `YOUR_TOKEN`, `s3cr3tt0k3n`, `hunter2`,
/// `abc123`), a sequence, a mask, a reference without a default, up to three characters, or
/// nothing at all.
///
/// Weak passwords of a person (`Summer2024`, `gitlab123`) are not dummies.
/// Do not call this for contexts that hold credentials in use (Git's own configuration).
pub fn is_dummy_password(value: &[u8]) -> bool {
    let decoded: Vec<u8> = percent_encoding::percent_decode(value).collect();
    let text = decoded.trim_ascii();
    let text = [b'"', b'\'', b'`'].iter().fold(text, |text, quote| {
        let inner = text.strip_prefix(&[*quote]);
        inner
            .and_then(|inner| inner.strip_suffix(&[*quote]))
            .unwrap_or(text)
    });
    if let Some(reference) = reference(value) {
        let default = reference.default.and_then(|range| value.get(range));
        return default.is_none_or(is_dummy_literal);
    }
    is_dummy_literal(text)
}

fn is_dummy_literal(text: &[u8]) -> bool {
    text.len() <= 3
        || is_constant_name(text)
        || is_repeated_or_sequence(text)
        || not_secrets()
            .conventions
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
        || (text.len() <= MAX_WORDS
            && (is_yours(text) || is_name_of_credential(text) || is_made_of_words(text)))
}

/// True for `ACCESS_TOKEN`: capitals with a `_`, the name of a variable that was to be filled in.
fn is_constant_name(text: &[u8]) -> bool {
    text.contains(&b'_')
        && text
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
}

/// True for `YOUR-ANYTHING` and `yourGitLabPat`.
fn is_yours(text: &[u8]) -> bool {
    let (Some(head), Some(rest)) = (text.get(..4), text.get(4..)) else {
        return false;
    };
    let word_ends = rest
        .first()
        .is_none_or(|byte| b"-_. ".contains(byte) || byte.is_ascii_uppercase());
    head.eq_ignore_ascii_case(b"your")
        && word_ends
        && rest
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || b"-_. ".contains(byte))
}

/// True for `git-tags-token`: a name of small letters in parts, one of which means a credential.
fn is_name_of_credential(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| matches!(byte, b'-' | b'_')).rev();
    let names = &not_secrets().credential_names;
    let is_word = |part: &[u8]| part.len() >= 2 && part.iter().all(u8::is_ascii_lowercase);
    let last = parts.next().unwrap_or_default();
    let says = names.iter().any(|name| name.as_bytes() == last);
    says && parts.clone().next().is_some() && parts.all(is_word)
}

fn is_repeated_or_sequence(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    text.windows(2).all(|pair| pair.first() == pair.last())
        || not_secrets()
            .sequences
            .iter()
            .any(|sequence| memchr::memmem::find(sequence.as_bytes(), &lower).is_some())
        // Below 16 characters its bar is low, and words are judged by the list alone.
        || (text.len() >= 16
            && matches!(
                placeholder(text),
                Some(Placeholder::Repeated | Placeholder::Sequence | Placeholder::Mask)
            ))
}

/// True if the whole text is words of the lists, small numbers and punctuation, with a dummy word
/// among them. Digits and signs may replace letters, as in `p4$$w0rd`.
fn is_made_of_words(text: &[u8]) -> bool {
    const UNREACHED: u8 = 0;
    const FILLING: u8 = 1;
    const DUMMY: u8 = 2;
    let words = not_secrets();
    // The best result for the text up to each position.
    let mut reached = vec![UNREACHED; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = FILLING;
    }
    for at in 0..text.len() {
        let state = reached.get(at).copied().unwrap_or(UNREACHED);
        if state == UNREACHED {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut reach = |length: usize, state: u8| {
            if let Some(other) = reached.get_mut(at + length) {
                *other = state.max(*other);
            }
        };
        if rest.first().is_some_and(u8::is_ascii_punctuation) || rest.first() == Some(&b' ') {
            reach(1, state);
        }
        for length in 1..=number_len(rest) {
            reach(length, state);
        }
        for word in words.documentation_words.iter().chain(&words.filling_words) {
            if spells(rest, word) {
                reach(word.len(), state);
            }
        }
        for word in &words.dummy_words {
            if spells(rest, word) {
                reach(word.len(), DUMMY);
            }
        }
    }
    reached.last() == Some(&DUMMY)
}

/// Returns the length of a meaningless number at the start: up to four digits, or a sequence.
fn number_len(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text.get(..digits).unwrap_or_default();
    let sequence = not_secrets()
        .sequences
        .iter()
        .any(|sequence| memchr::memmem::find(sequence.as_bytes(), number).is_some());
    if digits <= 4 || sequence { digits } else { 0 }
}

/// True if `text` starts with `word`, case and look-alike digits not minded.
fn spells(text: &[u8], word: &str) -> bool {
    text.len() >= word.len()
        && text
            .iter()
            .zip(word.as_bytes())
            .all(|(&byte, &letter)| stands_for(byte, letter))
}

fn stands_for(byte: u8, letter: u8) -> bool {
    byte.to_ascii_lowercase() == letter
        || matches!(
            (byte, letter),
            (b'0', b'o')
                | (b'1' | b'!', b'i' | b'l')
                | (b'3', b'e')
                | (b'4' | b'@', b'a')
                | (b'5' | b'$', b's')
                | (b'7', b't')
                | (b'8', b'b')
        )
}

#[cfg(test)]
mod tests;
