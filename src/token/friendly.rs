//! The alphabet of Devise's `friendly_token`, which makes most of GitLab's tokens.

use super::encoding::is_base64url;

/// True if every character of `body` can come out of `friendly_token`: base64url without
/// `l I O 0`, which it replaces by `s x y z` so that nobody misreads them.
///
/// Of 20 random base64url characters 27.5 % pass by chance, so a pass means little; a failure means
/// that GitLab did not generate the body, though an administrator may have set it by hand.
/// An empty body does not pass.
///
/// Source: `Devise.friendly_token` in heartcombo/devise.
pub fn is_friendly(body: &[u8]) -> bool {
    !body.is_empty() && body.iter().all(|&byte| is_friendly_character(byte))
}

/// True for one character of that alphabet.
pub(super) fn is_friendly_character(byte: u8) -> bool {
    is_base64url(byte) && !matches!(byte, b'l' | b'I' | b'O' | b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_misread_characters_are_out() {
        let alphabet: Vec<u8> = (0..=u8::MAX).filter(|&b| is_friendly(&[b])).collect();
        assert_eq!(alphabet.len(), 60);
        for absent in [b'l', b'I', b'O', b'0', b'+', b'/', b'.', b'='] {
            assert!(!alphabet.contains(&absent));
        }
        assert!(is_friendly(b"sxyz-_AZaz19"));
        assert!(!is_friendly(b"AZaz1l"));
        assert!(!is_friendly(b""));
    }
}
