//! Bech32, the encoding of age's keys: letters and digits with a checksum of six characters.

/// The 32 characters of the data part, by value (BIP 173).
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Number of characters of the checksum.
const CHECKSUM: usize = 6;

/// True if `text` is Bech32 with a checksum that verifies: a name, the last `1`, the data. It may be
/// of any length: age goes beyond the 90 characters of BIP 173, and so do its post-quantum keys.
///
/// Source: BIP 173; age's use of it: C2SP, `age.md`.
pub(super) fn is_valid(text: &[u8]) -> bool {
    let is_mixed =
        text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let Some(separator) = text.iter().rposition(|&byte| byte == b'1') else {
        return false;
    };
    let (name, data) = text.split_at(separator);
    let data = data.strip_prefix(b"1").unwrap_or(data);
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    if is_mixed || !is_name || data.len() < CHECKSUM {
        return false;
    }
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    let mut state = 1;
    for byte in name.iter().map(lower) {
        state = step(state, byte >> 5);
    }
    state = step(state, 0);
    for byte in name.iter().map(lower) {
        state = step(state, byte & 31);
    }
    for byte in data.iter().map(lower) {
        let Some(value) = ALPHABET.iter().position(|&known| known == byte) else {
            return false;
        };
        state = step(state, value as u8);
    }
    state == 1
}

/// One step of the checksum's polynomial division over GF(32).
fn step(state: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = state >> 25;
    let shifted = ((state & 0x01ff_ffff) << 5) ^ u32::from(value);
    GENERATOR
        .iter()
        .enumerate()
        .fold(shifted, |state, (bit, generator)| {
            if top >> bit & 1 == 1 {
                state ^ generator
            } else {
                state
            }
        })
}
