//! Azure's annotated keys (`…JQQJ99…`), which carry their kind, their month and a checksum.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::crc::base62;

/// Characters of the standard form.
const LEN: usize = 84;

/// The position of the mark that all of them share.
const MARK: usize = 52;

/// Offset of the checksum.
const CHECKSUM: usize = 80;

/// The seed of the hash: the text `Default0` as a big-endian number.
const SEED: u64 = u64::from_be_bytes(*b"Default0");

/// True if the checksum of an annotated key verifies; `None` for a value of another form.
///
/// The checksum is Marvin32 over the 60 bytes before it, of which four characters are kept: of its
/// base 62 form, or in some generators of its base64 form.
///
/// Source: microsoft/security-utilities (`IdentifiableSecrets`, `Marvin`), checked against a public
/// key of Azure DevOps.
pub(super) fn annotated_key(key: &[u8]) -> Option<bool> {
    if key.len() != LEN || key.get(MARK..MARK + 5)? != b"JQQJ9" {
        return None;
    }
    let (body, tail) = key.split_at_checked(CHECKSUM)?;
    let hash = marvin32(&STANDARD.decode(body).ok()?);
    let base64 = STANDARD.encode(hash.to_le_bytes());
    let digits = base62(hash.swap_bytes());
    // Short numbers are filled up on the right.
    let first = digits
        .iter()
        .position(|&digit| digit != b'0')
        .unwrap_or(digits.len());
    let base62: Vec<u8> = digits
        .iter()
        .skip(first)
        .copied()
        .chain([b'0'; 4])
        .take(tail.len())
        .collect();
    Some(tail == base62 || base64.as_bytes().starts_with(tail))
}

/// Marvin32 with [`SEED`]: two words, folded into one.
fn marvin32(data: &[u8]) -> u32 {
    let mut state = (SEED as u32, (SEED >> 32) as u32);
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        state = mix(state, word(chunk));
    }
    let mut last = chunks.remainder().to_vec();
    last.push(0x80);
    state = mix(state, word(&last));
    state = mix(state, 0);
    state.0 ^ state.1
}

/// Up to four bytes as a little-endian number.
fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// Takes in one word.
fn mix((mut a, mut b): (u32, u32), word: u32) -> (u32, u32) {
    a = a.wrapping_add(word);
    b ^= a;
    a = a.rotate_left(20).wrapping_add(b);
    b = b.rotate_left(9) ^ a;
    a = a.rotate_left(27).wrapping_add(b);
    b = b.rotate_left(19);
    (a, b)
}
