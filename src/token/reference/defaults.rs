//! The literal that takes over when a reference is empty.

use std::ops::Range;

use crate::vocabulary::not_secrets;

/// Returns the default inside `${…}`: `inner` is the text between the braces.
///
/// Shells: `X:-d`, `X-d`, `X:=d`, `X=d`, `X:+d`, `X+d` (but `X:?message` has none). Spring: `X:d`.
/// Serverless: `env:X, 'd'`. Expressions: `x || 'd'`.
pub(super) fn in_braces(inner: &[u8]) -> Option<Range<usize>> {
    let name = inner
        .iter()
        .take_while(|&&byte| super::is_name(byte) || byte == b'.')
        .count();
    let rest = inner.get(name..)?;
    let skip = match rest {
        [b':', b'-' | b'=' | b'+', ..] => 2,
        [b'-' | b'=' | b'+', ..] => 1,
        // A substring of a variable: `${X:0:8}`.
        [b':', digits @ ..]
            if digits
                .iter()
                .all(|byte| byte.is_ascii_digit() || b": -".contains(byte)) =>
        {
            return None;
        }
        [b':', b'?', ..] => return None,
        // `${env:X}` names a scope, `${X:d}` a default.
        [b':', ..] if !is_scope(inner.get(..name)?) => 1,
        _ => return quoted(inner, true),
    };
    Some(name + skip..inner.len())
}

fn is_scope(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| not_secrets().scopes.contains(name))
}

/// The first quoted text that follows an "or else": `||`, `??`, `or`, `default`, and a comma if
/// `comma` is set, which means that a second argument is a default.
pub(super) fn quoted(expression: &[u8], comma: bool) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(open) = expression
        .get(at..)?
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\''))
    {
        let open = at + open;
        let quote = *expression.get(open)?;
        let start = open + 1;
        let length = expression.get(start..)?.iter().position(|&b| b == quote)?;
        let before = expression.get(..open)?.trim_ascii_end();
        let before = before.strip_suffix(b"(").unwrap_or(before);
        let or_else: [&[u8]; 4] = [b"||", b"??", b" or", b"default"];
        if or_else.iter().any(|word| before.ends_with(word)) || (comma && before.ends_with(b",")) {
            return Some(start..start + length);
        }
        at = start + length + 1;
    }
    None
}
