//! Numbers in base 36, and the alphabet of base64url, inside GitLab tokens.

/// True for `A-Z a-z 0-9 - _`, the alphabet of base64url and of most token bodies.
pub(super) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Reads a number of 1 to 13 digits `0-9 a-z`. `None` for anything else, a number beyond 64 bits
/// included.
pub(super) fn decode_base36(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 13 {
        return None;
    }
    digits.iter().try_fold(0u64, |number, &digit| {
        number
            .checked_mul(36)?
            .checked_add(u64::from(base36_digit(digit)?))
    })
}

/// The value of a lower-case base-36 digit.
pub(super) fn base36_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'z' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base36_is_lower_case_and_stops_at_64_bits() {
        assert_eq!(decode_base36(b"0"), Some(0));
        assert_eq!(decode_base36(b"rz"), Some(1007));
        assert_eq!(decode_base36(b"qglj"), Some(1_234_567));
        assert_eq!(decode_base36(b"3w5e11264sgsf"), Some(u64::MAX));
        assert_eq!(decode_base36(b"3w5e11264sgsg"), None);
        assert_eq!(decode_base36(b"zzzzzzzzzzzzz"), None);
        for bad in [&b""[..], b"RZ", b"r z", b"-1", b"00000000000001"] {
            assert_eq!(decode_base36(bad), None);
        }
    }
}
