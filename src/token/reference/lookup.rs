//! Expressions that look a value up, and names of entries in secret stores.

use super::{Reference, defaults, find, name_len};
use crate::vocabulary::not_secrets;

/// Returns true for the name of an entry in a secret store, and for ciphertext.
pub(super) fn is_in_store(text: &[u8]) -> bool {
    let is_ciphertext = not_secrets()
        .ciphertexts
        .iter()
        .any(|start| starts_with(text, start));
    let named = not_secrets()
        .stores
        .iter()
        .any(|start| starts_with(text, start) && text.len() > start.len());
    // `projects/p/secrets/s/versions/latest` of Google's Secret Manager.
    let google = starts_with(text, "projects/") && find(text, b"/secrets/").is_some();
    is_ciphertext || named || google || is_tag(text)
}

fn is_tag(text: &[u8]) -> bool {
    not_secrets().yaml_tags.iter().any(|tag| {
        starts_with(text, tag)
            && matches!(
                text.get(tag.len()),
                None | Some(b' ' | b'\t' | b'[' | b'{' | b'"' | b'\'')
            )
    })
}

/// An expression, with the default it falls back on.
pub(super) fn expression(text: &[u8]) -> Option<Reference> {
    let lookup = not_secrets().lookups.iter().any(|start| {
        starts_with(text, start)
            && text
                .get(start.len()..)
                .is_some_and(|rest| continues(start, rest))
    });
    (lookup || is_call(text)).then(|| Reference {
        default: defaults::quoted(text, has_default_argument(text)),
    })
}

/// True if the text behind the start of a look-up is code: names, or brackets with anything inside.
fn continues(start: &str, rest: &[u8]) -> bool {
    if start.ends_with(['(', '[']) {
        return true;
    }
    // The beginning of a resource type (`aws_`) and of a path (`var.`) needs a name behind it.
    let mut rest = rest;
    if start.ends_with('_') && !rest.contains(&b'.') {
        return false;
    }
    if start.ends_with(['.', '_', ':']) {
        match name_len(rest) {
            0 => return false,
            name => rest = rest.get(name..).unwrap_or_default(),
        }
    }
    loop {
        match rest {
            [] => return true,
            [b'[' | b'(' | b'!' | b' ' | b'|' | b'?', ..] => return true,
            _ => {}
        }
        let sign = match rest {
            [b':', b':', ..] => 2,
            [b'.' | b'_' | b'-', ..] => 1,
            [byte, ..] if byte.is_ascii_alphanumeric() => 0,
            _ => return false,
        };
        let after = rest.get(sign..).unwrap_or_default();
        let name = after
            .iter()
            .take_while(|&&byte| super::is_name(byte) || byte == b'*')
            .count();
        if sign + name == 0 || name == 0 {
            return false;
        }
        rest = after.get(name..).unwrap_or_default();
    }
}

/// True for `name(…)` and `a.b.name(…)`, all of it.
fn is_call(text: &[u8]) -> bool {
    let path = text
        .iter()
        .take_while(|&&byte| super::is_name(byte) || byte == b'.' || byte == b':')
        .count();
    name_len(text) >= 2 && text.get(path) == Some(&b'(') && matches!(text, [.., b')' | b';' | b'!'])
}

/// True if the second argument is the default of the first.
fn has_default_argument(text: &[u8]) -> bool {
    let head = text.split(|&byte| byte == b'(').next().unwrap_or_default();
    let head = head.to_ascii_lowercase();
    [
        "env",
        "environ.get",
        "fetch",
        "config",
        "getproperty",
        "get",
    ]
    .iter()
    .any(|end| head.ends_with(end.as_bytes()))
}

/// True for `" + token + "` and `' . $token . '`: the value is the gap between two strings. `value`
/// still has its quotes.
pub(super) fn is_concatenation(value: &[u8]) -> bool {
    let [b'"' | b'\'', inner @ ..] = value.trim_ascii() else {
        return false;
    };
    let inner = inner.trim_ascii();
    let rest = ["+", "||", "..", ".", "&", "<>"]
        .iter()
        .find_map(|sign| inner.strip_prefix(sign.as_bytes()));
    // Behind the sign: a name, or nothing where the value was cut off at a space.
    rest.map(<[u8]>::trim_ascii_start)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"$") || name_len(rest) > 0)
}

fn starts_with(text: &[u8], start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}
