//! Base 36, base64 and CRC-32, written out.

/// A number in base 36, lower case, without leading zeros.
pub(crate) fn base36(mut number: u128) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(
            b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize],
        ));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.into_iter().rev().collect()
}

/// The same, filled up with zeros on the left.
pub(super) fn base36_padded(number: u128, width: usize) -> String {
    format!("{:0>width$}", base36(number))
}

/// Base64url without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    let text = encode(bytes, b'-', b'_');
    text.trim_end_matches('=').to_owned()
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    encode(bytes, b'+', b'/')
}

fn encode(bytes: &[u8], second_last: u8, last: u8) -> String {
    let sign = |value: u32| match value & 63 {
        v @ 0..=25 => b'A' + v as u8,
        v @ 26..=51 => b'a' + (v - 26) as u8,
        v @ 52..=61 => b'0' + (v - 52) as u8,
        62 => second_last,
        _ => last,
    };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if at <= chunk.len() {
                char::from(sign(bits >> shift))
            } else {
                '='
            });
        }
    }
    out
}

/// CRC-32 (IEEE), bit by bit.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[test]
fn the_codecs_give_known_values() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(base36(0), "0");
    assert_eq!(base36(u128::from(u64::MAX)), "3w5e11264sgsf");
    assert_eq!(base36_padded(35, 2), "0z");
    assert_eq!(base64(b"f"), "Zg==");
    assert_eq!(base64(b"fo"), "Zm8=");
    assert_eq!(base64(b"foo"), "Zm9v");
    assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
}
