//! Tells a reference (`$TOKEN`, `{{ token }}`, `vault:path#key`, `[MASKED]`) from a literal value.

mod account;
mod defaults;
mod lookup;
mod mask;
mod template;
mod variable;

use std::fmt;
use std::ops::Range;

/// The longest value that is looked at, in bytes. A longer one counts as a literal.
const MAX_VALUE: usize = 4096;

/// Maximum number of defaults within defaults that are followed (`${A:-${B:-x}}`).
const MAX_DEPTH: usize = 4;

/// A value that only names a secret, or replaces one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The kind of reference.
    pub kind: ReferenceKind,
    /// The span of a literal in it that applies if the reference is empty
    /// (`${TOKEN:-default}`, `ENV.fetch('TOKEN', 'default')`). It may be a real credential. Never
    /// empty, never a reference itself. Counted in bytes of the value as it was given.
    pub default: Option<Range<usize>>,
}

/// The target of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// A variable of a shell, of CI or of a build tool: `$X`, `${X}`, `%X%`, `@X@`.
    Variable,
    /// The output of a command: `$(cmd)`, `` `cmd` ``.
    Command,
    /// A place in a template: `{{ x }}`, `${{ x }}`, `<%= x %>`, `#{x}`.
    Template,
    /// A place in a format string: `%s`, `{x}`, `{0}`, `%(x)s`.
    Format,
    /// An expression that looks the value up: `ENV['X']`, `os.getenv("X")`, `var.x`.
    Lookup,
    /// The name of an entry in a store: `vault:path#key`, `op://vault/entry`, `!reference [x]`.
    Store,
    /// Ciphertext: `ENC[AES256_GCM,…]`, `{cipher}…`.
    Encrypted,
    /// Something blanked out: `[MASKED]`, `***`, `<redacted>`.
    Masked,
    /// A hint to a reader: `<your token>`, `[token]`.
    Placeholder,
}

impl fmt::Display for ReferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Variable => "a variable",
            Self::Command => "the output of a command",
            Self::Template => "a place in a template",
            Self::Format => "a place in a format string",
            Self::Lookup => "an expression that looks it up",
            Self::Store => "the name of an entry in a secret store",
            Self::Encrypted => "ciphertext",
            Self::Masked => "masked",
            Self::Placeholder => "a hint to the reader",
        })
    }
}

/// Tells whether `value` (a password in a URL, the value of a header or of a key, all of it) is a
/// reference and not a literal. `None` for a literal and for an empty value.
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
        decoded(value)
            .and_then(|text| within(&text, 0))
            .map(|reference| Reference {
                default: None,
                ..reference
            })
            .or_else(|| {
                account::read(value).map(|kind| Reference {
                    kind,
                    default: None,
                })
            })
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
    let plain = |kind| Reference {
        kind,
        default: None,
    };
    mask::is_masked(text)
        .then(|| plain(ReferenceKind::Masked))
        .or_else(|| lookup::store(text).map(plain))
        .or_else(|| template::read(text))
        .or_else(|| variable::read(text))
        .or_else(|| mask::is_hint(text).then(|| plain(ReferenceKind::Placeholder)))
        .or_else(|| template::format(text).then(|| plain(ReferenceKind::Format)))
        .or_else(|| lookup::expression(text))
        .or_else(|| lookup::is_concatenation(value).then(|| plain(ReferenceKind::Variable)))
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
