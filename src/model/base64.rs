//! Lenient base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Accepts missing padding and stray bits, which damaged copies have: a checksum or a parser validates the bytes, not
/// the decoder.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes base64 in either alphabet, with or without padding. Returns `None` for other characters and impossible lengths.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    if memchr::memchr2(b'-', b'_', text).is_none() {
        return LENIENT.decode(text).ok();
    }
    decode_base64url(text)
}

/// Decodes base64url, with or without padding. Returns `None` for other characters and impossible lengths.
pub(crate) fn decode_base64url(text: &[u8]) -> Option<Vec<u8>> {
    let is_standard = memchr::memchr2(b'+', b'/', text).is_some();
    (!is_standard).then(|| decode_base64_mixed(text))?
}

/// Decodes base64 with digits of both alphabets, which occur where two texts are adjacent.
pub(crate) fn decode_base64_mixed(text: &[u8]) -> Option<Vec<u8>> {
    let standard = text.iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => *byte,
    });
    LENIENT.decode(standard.collect::<Vec<u8>>()).ok()
}

/// The value of each byte that is a digit of either alphabet; a value with the highest bit set for other bytes.
pub(crate) const BASE64_VALUES: [u8; 256] = {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_no_padding_and_accepts_stray_bits() {
        for text in ["bzoxCg", "bzoxCg==", "bzoxCh"] {
            assert_eq!(
                decode_base64url(text.as_bytes()).as_deref(),
                Some(&b"o:1\n"[..])
            );
            assert_eq!(
                decode_base64(text.as_bytes()).as_deref(),
                Some(&b"o:1\n"[..])
            );
        }
        for text in ["aGk/Pz8=", "aGk/Pz8", "aGk_Pz8"] {
            assert_eq!(
                decode_base64(text.as_bytes()).as_deref(),
                Some(&b"hi???"[..])
            );
        }
        assert_eq!(decode_base64url(b"bz+x"), None);
        assert_eq!(decode_base64(b"b_+x"), None);
        assert_eq!(decode_base64(b"bzoxC"), None);
    }
}
