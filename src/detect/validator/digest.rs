//! Digests of credentials, which are kept where the credential itself must not be.

use std::ops::Range;

/// Words in the name of a value that is a digest.
const WORDS: [&[u8]; 8] = [
    b"sha1",
    b"sha2",
    b"sha3",
    b"sha5",
    b"md5",
    b"digest",
    b"hash",
    b"checksum",
];

/// How much of a name is looked at, in bytes.
const MAX_NAME: usize = 64;

/// True for hexadecimal digits whose name says that they are a digest: `gitlab_token_sha256: …`.
pub(in crate::detect) fn is_digest(bytes: &[u8], value: Range<usize>) -> bool {
    if !bytes[value.clone()].iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let before = &bytes[value.start.saturating_sub(MAX_NAME)..value.start];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name: Vec<u8> = before
        .iter()
        .rev()
        .skip_while(|byte| !is_name(byte))
        .take_while(|byte| is_name(byte))
        .map(u8::to_ascii_lowercase)
        .collect();
    WORDS.iter().any(|word| {
        let backwards: Vec<u8> = word.iter().rev().copied().collect();
        memchr::memmem::find(&name, &backwards).is_some()
    })
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
