//! Digests of credentials, which are kept where the credential itself must not be.

use std::ops::Range;

use crate::vocabulary;

/// Maximum number of bytes of a name that are read.
const MAX_NAME: usize = 64;

/// True for hexadecimal digits whose name identifies a digest: `gitlab_token_sha256: …`.
pub(in crate::detect) fn is_digest(bytes: &[u8], value: Range<usize>) -> bool {
    if !bytes[value.clone()].iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let before = &bytes[value.start.saturating_sub(MAX_NAME)..value.start];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let end = before.iter().rposition(is_name).map_or(0, |last| last + 1);
    let start = before[..end].iter().rposition(|byte| !is_name(byte));
    let name = &before[start.map_or(0, |gap| gap + 1)..end];
    vocabulary::names_digest(&name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_digest_says_so() {
        let hex = "0123456789abcdef".repeat(4);
        for (text, expected) in [
            ("gitlab_token_sha256: ", true),
            ("\"tokenDigest\" = \"", true),
            ("TOKEN_HASH=", true),
            ("GITLAB_TOKEN=", false),
            ("# sha256 of it\ntoken: ", false),
            ("", false),
        ] {
            let bytes = format!("{text}{hex}");
            let value = text.len()..bytes.len();
            assert_eq!(is_digest(bytes.as_bytes(), value), expected, "{text}");
        }
        assert!(!is_digest(b"token_hash: what", 12..16));
    }
}
