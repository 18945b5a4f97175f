//! Measures the text that may still belong to a credential whose match is too short.

use crate::syntax::escape::EscapeSyntax;

/// Returns the number of `bytes` behind a credential that may belong to it: token characters, plain or escaped, up to
/// the last letter or digit.
pub(in crate::detect) fn tail(bytes: &[u8]) -> usize {
    let mut at = 0;
    let mut length = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let unit = EscapeSyntax::of(rest).and_then(|family| family.read(rest));
        let (content, step) = match &unit {
            Some(unit) => (unit.content(), unit.length),
            None => (std::slice::from_ref(byte), 1),
        };
        if !content.iter().all(|byte| may_belong(*byte)) {
            break;
        }
        at += step;
        if content.iter().any(u8::is_ascii_alphanumeric) {
            length = at;
        }
    }
    length.min(bytes.len())
}

/// True for a character of tokens, keys and passwords.
fn may_belong(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_the_tail_of_a_credential() {
        for (tail_of, behind) in [
            ("", "\" # used by deploy"),
            ("", ". The next sentence"),
            ("", "&amp;page=2"),
            ("", "&page=2"),
            ("", "%22%7D"),
            ("", "\\n two"),
            ("", "\\u0022,"),
            ("", "@host"),
            ("", ""),
            (".k9Xw2", " end"),
            ("&#46;k9&#95;w2", "</td>"),
            ("\\u002ek9", "\""),
            ("%2Ek9", "&x=1"),
            ("", "==3D== "),
            ("=x", "= "),
        ] {
            let text = [tail_of, behind].concat();
            assert_eq!(tail(text.as_bytes()), tail_of.len(), "{text}");
        }
    }
}
