//! An account in base64, as registries' configurations hold it: its password tells what it is worth.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest text that is read as one, in bytes.
const MAX_TEXT: usize = 4096;

/// A user and a password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: String,
    pub(super) password: String,
}

impl Account {
    /// Reads the base64 of `user:password`. `None` for anything else: no base64, no text, no password.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let plain = String::from_utf8(LENIENT.decode(text).ok()?).ok()?;
        // `echo user:password | base64` encodes the end of the line as well.
        let (user, password) = plain.trim_end_matches(['\r', '\n']).split_once(':')?;
        let is_text = !user.chars().chain(password.chars()).any(char::is_control);
        (is_text && !password.is_empty()).then(|| Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn only_accounts_are_read() {
        let read = |plain: &[u8]| {
            Account::read(STANDARD.encode(plain).as_bytes()).map(|a| (a.user, a.password))
        };
        let account = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(read(b"a:changeme"), account("a", "changeme"));
        assert_eq!(read(b"a:b:c\n"), account("a", "b:c"));
        assert_eq!(read(b":$TOKEN"), account("", "$TOKEN"));
        for other in [&b"token:"[..], b"none", b"a\x01:b", b"\xff\xfe:b", b""] {
            assert_eq!(read(other), None);
        }
        assert_eq!(Account::read(b"npm_no-base64:x"), None);
    }
}
