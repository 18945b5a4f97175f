//! Distinguishes a reference (`$TOKEN`, `{{ token }}`, `vault:path#key`, `[MASKED]`) from a literal value.

mod account;
mod defaults;
mod lookup;
mod mask;
mod template;
mod variable;

use std::ops::Range;

/// The longest value that is looked at, in bytes. A longer one counts as a literal.
const MAX_VALUE: usize = 4096;

/// Maximum number of defaults within defaults that are followed (`${A:-${B:-x}}`).
const MAX_DEPTH: usize = 4;

/// A value that only names a secret, or replaces one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The span of a literal in it that applies if the reference is empty
    /// (`${TOKEN:-default}`, `ENV.fetch('TOKEN', 'default')`). It may be a real credential. Never
    /// empty, never a reference itself. Counted in bytes of the value as it was given.
    pub default: Option<Range<usize>>,
}

/// Returns the reference that `value` is (a password in a URL, the value of a header or of a key, all of it). `None` for
/// a literal and for an empty value.
///
/// Surrounding quotes and white space do not matter, nor a percent-encoding of the whole as in
/// URLs (`%24TOKEN`); base64 of `user:$TOKEN` is a reference too. So is a
/// template that is cut off before its end (`${{`, where a space ended the value).
pub fn reference(value: &[u8]) -> Option<Reference> {
    if value.len() > MAX_VALUE {
        return None;
    }
    within(value, 0).or_else(|| {
        // Decoding loses the positions, so the span of a default is unknown.
        let is_encoded = decoded(value).is_some_and(|text| within(&text, 0).is_some());
        (is_encoded || account::is_without_secret(value)).then(Reference::default)
    })
}

/// [`reference()`] at a depth of defaults within defaults.
fn within(value: &[u8], depth: usize) -> Option<Reference> {
    let inner = trimmed(value);
    let text = value.get(inner.clone())?;
    if text.is_empty() {
        return None;
    }
    let mut found = classify(value, text)?;
    found.default = found
        .default
        .and_then(|range| literal(text, range, depth + 1))
        .map(|range| range.start + inner.start..range.end + inner.start);
    Some(found)
}

/// Returns the result of the first reader that recognizes `text`, which is `value` without its surroundings.
fn classify(value: &[u8], text: &[u8]) -> Option<Reference> {
    let plain = |is_one: bool| is_one.then(Reference::default);
    plain(mask::is_masked(text) || lookup::is_in_store(text))
        .or_else(|| template::read(text))
        .or_else(|| {
            plain(variable::is_variable(text) || mask::is_hint(text) || template::is_format(text))
        })
        .or_else(|| lookup::expression(text))
        .or_else(|| plain(lookup::is_concatenation(value)))
}

/// Returns the literal that remains of a default when references in it are followed, if any.
fn literal(text: &[u8], range: Range<usize>, depth: usize) -> Option<Range<usize>> {
    let value = text.get(range.clone())?;
    let inner = trimmed(value);
    if inner.is_empty() || depth > MAX_DEPTH {
        return None;
    }
    match within(value, depth) {
        Some(reference) => reference
            .default
            .map(|inner| inner.start + range.start..inner.end + range.start),
        None => Some(inner.start + range.start..inner.end + range.start),
    }
}

/// The part of a value without white space, quotes and the backslashes that keep a shell from
/// reading a `$`.
fn trimmed(value: &[u8]) -> Range<usize> {
    let mut range = 0..value.len();
    loop {
        let text = value.get(range.clone()).unwrap_or_default();
        let (cut_front, cut_back) = match text {
            [b' ' | b'\t' | b'\r' | b'\n', ..] | [b'\\', b'$' | b'"' | b'\'' | b'`', ..] => (1, 0),
            [.., b' ' | b'\t' | b'\r' | b'\n'] => (0, 1),
            [open @ (b'"' | b'\''), .., close] if open == close => (1, 1),
            _ => return range,
        };
        range = range.start + cut_front..range.end - cut_back;
    }
}

/// The value with percent-encoded bytes decoded and the entities of angle brackets resolved, if it
/// has any.
fn decoded(value: &[u8]) -> Option<Vec<u8>> {
    let entities = String::from_utf8_lossy(value)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .into_bytes();
    let text: Vec<u8> = percent_encoding::percent_decode(&entities).collect();
    (text != value).then_some(text)
}

/// True for a character of a variable's name.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the length of the name at the start of `text`: a letter or `_`, then letters, digits, `_`.
fn name_len(text: &[u8]) -> usize {
    match text.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
            text.iter().take_while(|&&byte| is_name(byte)).count()
        }
        _ => 0,
    }
}

/// Returns the first position of `needle` in `text`.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

#[cfg(test)]
mod tests;
