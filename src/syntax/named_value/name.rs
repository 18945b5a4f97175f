//! Names: where one begins and ends, and which words it consists of.

use std::ops::Range;

use super::MAX_NAME;

/// The most words behind the start that blanks separate: `Secret Access Key: …`.
const MAX_SPACED_WORDS: usize = 3;

/// Returns true for a byte of a name that is written without blanks.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/')
}

/// Returns the names around `at`, which end at different places: the run of name characters, and
/// longer ones with further words behind single blanks.
pub(super) fn candidates(bytes: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let start = start_of(bytes, at);
    let first = end_of(bytes, at);
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let end = next?;
        next = match bytes.get(end..end + 2) {
            Some([b' ', letter]) if letter.is_ascii_alphabetic() => Some(end_of(bytes, end + 1)),
            _ => None,
        };
        Some(start..end)
    })
    .take(1 + MAX_SPACED_WORDS)
    .take_while(move |name| name.len() <= MAX_NAME)
}

/// Returns where the words before `at` begin that may belong to the name, those before single blanks included.
fn start_of(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(MAX_NAME);
    let mut start = at;
    while start > from {
        let before = bytes[start - 1];
        let is_blank = before == b' '
            && start - 1 > from
            && bytes[start - 2].is_ascii_alphanumeric()
            && bytes[start].is_ascii_alphanumeric();
        if !is_part(before) && !is_blank {
            break;
        }
        start -= 1;
    }
    start += escape_rest(&bytes[from..start], &bytes[start..at]);
    // An option of Java or curl: `-Daws.secretKey=…`, `-HJOB-TOKEN:…`.
    match bytes[start..bytes.len().min(at + 1)] {
        [b'-', b'D' | b'H', letter, ..] if letter.is_ascii_alphabetic() => start + 2,
        _ => start,
    }
}

/// Returns how many bytes at the beginning of `name` belong to an escape that begins in `before`: `%3Ftoken`,
/// `\u0026token`, `\ntoken`.
fn escape_rest(before: &[u8], name: &[u8]) -> usize {
    let are_digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match (before.last(), name) {
        (Some(b'%'), digits) if digits.len() >= 2 && are_digits(&digits[..2]) => 2,
        (Some(b'\\'), [b'u', digits @ ..]) if digits.len() >= 4 && are_digits(&digits[..4]) => 5,
        (Some(b'\\'), [b'n' | b'r' | b't', ..]) => 1,
        _ => 0,
    }
}

/// Returns where the run of name characters around `at` ends. Punctuation at its end separates.
fn end_of(bytes: &[u8], at: usize) -> usize {
    let until = bytes.len().min(at + MAX_NAME);
    let run = bytes[at..until]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    let punctuation = bytes[at..at + run]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'-' | b'.' | b'_'))
        .count();
    // A name that ends with an underscore is one.
    at + run - punctuation
        + bytes[at + run - punctuation..at + run]
            .iter()
            .take_while(|byte| **byte == b'_')
            .count()
}

/// Returns the words of a name in lower case, one blank between two: `awsSecretKey`, `AWS_SECRET_KEY`
/// and `aws.secret-key` are `aws secret key`. Where the name has a blank, a tab takes its place.
pub(crate) fn words_of(name: &[u8]) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    for (index, &byte) in name.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            if !words.is_empty() && !words.ends_with([' ', '\t']) {
                words.push(if byte == b' ' { '\t' } else { ' ' });
            }
            continue;
        }
        if has_word_break(name, index) && !words.is_empty() && !words.ends_with([' ', '\t']) {
            words.push(' ');
        }
        words.push(char::from(byte.to_ascii_lowercase()));
    }
    words.truncate(words.trim_end().len());
    words
}

/// Returns true if a word begins at `index` because the case changes: `awsKey`, `AWSKey`.
fn has_word_break(name: &[u8], index: usize) -> bool {
    let is_upper = |at: usize| name.get(at).is_some_and(u8::is_ascii_uppercase);
    let is_lower = |at: usize| name.get(at).is_some_and(u8::is_ascii_lowercase);
    let is_digit = |at: usize| name.get(at).is_some_and(u8::is_ascii_digit);
    index > 0
        && is_upper(index)
        && (is_lower(index - 1)
            || is_digit(index - 1) && is_lower(index + 1)
            || is_upper(index - 1) && is_lower(index + 1))
}
