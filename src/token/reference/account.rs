//! An account in base64, as headers and registries use it, whose password is not a secret.

use super::{ReferenceKind, within};
use crate::model::decode_base64;
use crate::token::{is_dummy_password, placeholder};

/// The longest account that is decoded, in bytes of base64.
const MAX_CODED: usize = 1024;

/// Returns the reference that replaces the password, if `value` is base64 of `user:password` and the
/// password refers to another, is an example, or is missing. A long user without a password may be a
/// token, and counts as a secret.
pub(super) fn read(value: &[u8]) -> Option<ReferenceKind> {
    const MAX_USER: usize = 16;
    if value.len() > MAX_CODED {
        return None;
    }
    let text = decode_base64(value)?;
    let colon = memchr::memchr(b':', &text)?;
    let (user, password) = (&text[..colon], &text[colon + 1..]);
    if !text
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    {
        return None;
    }
    if let Some(reference) = within(password, 0) {
        return reference.default.is_none().then_some(reference.kind);
    }
    let is_none = if password.is_empty() {
        let may_be_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        user.len() < MAX_USER || !user.iter().all(may_be_token)
    } else {
        placeholder(password).is_some() || is_dummy_password(password)
    };
    is_none.then_some(ReferenceKind::Placeholder)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    #[test]
    fn accounts_are_looked_into() {
        for (account, expected) in [
            ("joe:$TOKEN", Some(ReferenceKind::Variable)),
            ("joe:{{ token }}", Some(ReferenceKind::Template)),
            ("joe:[MASKED]", Some(ReferenceKind::Masked)),
            ("joe:changeme", Some(ReferenceKind::Placeholder)),
            ("username:password", Some(ReferenceKind::Placeholder)),
            ("joe:", Some(ReferenceKind::Placeholder)),
            ("joe:hT7-kQ2mZx9", None),
            ("joe:${TOKEN:-hT7-kQ2mZx9}", None),
            ("kT7rQ2mZx9vW3yH5pN8b:", None),
            ("no account", None),
        ] {
            let coded = BASE64_STANDARD.encode(account);
            assert_eq!(read(coded.as_bytes()), expected, "{account}");
        }
        assert_eq!(read(b"$TOKEN"), None);
        assert_eq!(read(BASE64_STANDARD.encode(b"\xff:$X").as_bytes()), None);
    }
}
