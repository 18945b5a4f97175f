//! The probability that one letter follows another in words, which distinguishes `imperdiet-dolor` from chance.

/// Bits that `next` costs behind `previous` in words of letters with separators between them.
/// `None` if `next` is neither a letter nor a separator. At the start of a text, `previous` is a
/// separator. Case is not looked at.
pub(super) fn letter_bits(previous: u8, next: u8) -> Option<f64> {
    let row = index(previous).unwrap_or(SEPARATOR);
    let code = *QUARTER_BITS.get(row)?.get(index(next)?)?;
    let quarters = match code {
        b'0'..=b'9' => code - b'0',
        b'A'..=b'Z' => code - b'A' + 10,
        _ => code - b'a' + 36,
    };
    Some(f64::from(quarters) / 4.0)
}

/// True for a character between words.
pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}

const SEPARATOR: usize = 26;

fn index(byte: u8) -> Option<usize> {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => Some(usize::from(letter - b'a')),
        other if is_separator(other) => Some(SEPARATOR),
        _ => None,
    }
}

/// Row: the letter before, then the separator. Column: the letter. Value: `-log2` of the frequency
/// in quarter bits, rounded up, as one digit `0-9 A-Z a-z`. Counted over the distinct words of
/// English program documentation, each word weighted by the logarithm of its frequency.
const QUARTER_BITS: [&[u8; 27]; 27] = [
    b"gJFJgTMZKeRCKDiIfDHBPPVXNYN", // a
    b"DWMaCbXhDTcAShFUhHFQEShhNhH", // b
    b"DbMYCVcEJnHKUd9VaJQDKaieTnH", // c
    b"JYcO9VWaDZnPVUJahOJVLTbcSn6", // d
    b"JWIDONQaVdaJKEWNSCDIYPUKYoB", // e
    b"FWRQDFSi9iiGSWCbiKLLIiXbNiF", // f
    b"KZZjCZNJGjjNSJLjjGLWJddfZj5", // g
    b"AaWa9iiiDdiSOSDbiJRJMibiPiC", // h
    b"LNGJJMKqghVIJ8EOcNHEhKqTqLQ", // i
    b"CUUUAUUUFUUUUUBUUMDUDUUUUUH", // j
    b"KdXR8QTdCYdOYLNYXQDMOTUdYd8", // k
    b"FZXLAVahBnXEeXDSnbMLMTdnEnD", // l
    b"ALXQAaXfCkdPKXGCceLVJcbkRkF", // m
    b"HbHFFOBfIeSRYQKXkbECPPckUdC", // n
    b"RPIKXQNbPZQIG9MIpBIKGMJUdfK", // o
    b"DbXUCXVMIlcEaeEHlCKHKbceSlF", // p
    b"WRWRWWWWWWWWWQWWWRWW2WQWWQF", // q
    b"DXON9SQfEqPRLNFVqMGJLSXjMkC", // r
    b"NcMXCWcKFkURTWLKgbICJbXqPq6", // s
    b"FcQVAWaIAqhPWZIUqFHMMaUdMlB", // t
    b"JJIOIPNeJllFHBRHlDDDbllVlYQ", // u
    b"Bbaf4VUfBfffRbJffYUaYffYXXH", // v
    b"CYYUDeSFCeXPYFEeeFIQeeReTeC", // w
    b"IWGTDSbNEbbbUSPAbbbCVSbTTb9", // x
    b"SQTZMZWWKhcPOJMJcWHNaTRhha3", // y
    b"DYYY5QYREYTSOYKYTYQYMYYUMHH", // z
    b"GJEHIINMHWTKIMLGVGDHLPLaWXu", // -
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_probability() {
        for row in b'a'..=b'z' {
            let sum: f64 = (b'a'..=b'z')
                .chain([b'-'])
                .map(|next| (-letter_bits(row, next).unwrap()).exp2())
                .sum();
            // Rounding up loses up to a fifth, and must never win.
            assert!((0.75..=1.0).contains(&sum));
        }
        assert!(letter_bits(b'-', b'a').is_some());
        assert_eq!(letter_bits(b'a', b'1'), None);
        assert_eq!(letter_bits(b'q', b'u'), letter_bits(b'Q', b'U'));
        assert!(letter_bits(b'q', b'u') < letter_bits(b'q', b'x'));
    }
}
