//! An account in base64, as headers and registries use it, whose password is not a secret.

use super::within;
use crate::model::decode_base64;
use crate::token::{is_dummy_password, is_placeholder};

/// The longest account that is decoded, in bytes of base64.
const MAX_CODED: usize = 1024;

/// Returns true if `value` is base64 of `user:password`, and the password refers to another, is an example, or is
/// missing. A long user without a password may be a token, and counts as a secret.
pub(super) fn is_without_secret(value: &[u8]) -> bool {
    const MAX_USER: usize = 16;
    let is_printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let text = Some(value).filter(|value| value.len() <= MAX_CODED);
    let text = text.and_then(decode_base64).unwrap_or_default();
    let Some(colon) = memchr::memchr(b':', &text).filter(|_| text.iter().all(is_printable)) else {
        return false;
    };
    let (user, password) = (&text[..colon], &text[colon + 1..]);
    if let Some(reference) = within(password, 0) {
        return reference.default.is_none();
    }
    if password.is_empty() {
        let may_be_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        user.len() < MAX_USER || !user.iter().all(may_be_token)
    } else {
        is_placeholder(password) || is_dummy_password(password)
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    #[test]
    fn accounts_are_looked_into() {
        for (account, expected) in [
            ("joe:$TOKEN", true),
            ("joe:{{ token }}", true),
            ("joe:[MASKED]", true),
            ("joe:changeme", true),
            ("username:password", true),
            ("joe:", true),
            ("joe:hT7-kQ2mZx9", false),
            ("joe:${TOKEN:-hT7-kQ2mZx9}", false),
            ("kT7rQ2mZx9vW3yH5pN8b:", false),
            ("no account", false),
        ] {
            let coded = BASE64_STANDARD.encode(account);
            assert_eq!(is_without_secret(coded.as_bytes()), expected, "{account}");
        }
        assert!(!is_without_secret(b"$TOKEN"));
        assert!(!is_without_secret(
            BASE64_STANDARD.encode(b"\xff:$X").as_bytes()
        ));
    }
}
