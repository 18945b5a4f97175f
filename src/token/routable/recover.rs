//! Finds a routable token with an unknown prefix: the length field locates the payload, and
//! only the true prefix makes the checksum verify.

use std::ops::Range;

use super::super::encoding::{decode_base36, is_base64url};
use super::{CRC_CHARS, PAYLOAD_CHARS, Routable, V1_TAIL, owner, tail_shape};

/// The longest prefix that is tried, in characters. GitLab allows 20, and an instance prefix of up
/// to 20 may precede a type prefix.
pub const MAX_RECOVERED_PREFIX: usize = 32;

/// A routable token found by its tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The span of the token, its prefix included.
    pub span: Range<usize>,
    /// Offset of its payload in the bytes.
    pub payload_start: usize,
    /// The token itself: the bytes of `span`, but for a prefix that is percent-encoded there.
    pub token: Vec<u8>,
    /// True if the prefix is percent-encoded in the text (`%40` for `@`).
    pub percent_encoded: bool,
    /// The fields of the token. Ranges in it count from the start of `token`.
    pub routable: Routable,
}

/// Finds the routable token that ends at `tail_end` (the byte behind its checksum), under any
/// prefix of 0 to 32 characters, which may be percent-encoded.
///
/// The shortest prefix that verifies is taken. A chance match is below one in 10^8, a second
/// prefix that verifies too has never been met.
pub fn recover_prefix(bytes: &[u8], tail_end: usize) -> Option<Recovered> {
    // 32 prefix characters, each three bytes when percent-encoded, the longest payload, the tail.
    let window_start =
        tail_end.saturating_sub(3 * MAX_RECOVERED_PREFIX + PAYLOAD_CHARS.end() + V1_TAIL);
    let window = bytes.get(window_start..tail_end)?;
    let shape = tail_shape(window)?;
    if !PAYLOAD_CHARS.contains(&shape.claimed) || shape.claimed % 4 == 1 {
        return None;
    }
    let payload_start = shape.payload_end.checked_sub(shape.claimed)?;
    let (before, body) = window.split_at_checked(payload_start)?;
    let payload = body.get(..shape.claimed)?;
    if !payload.iter().all(|&byte| is_base64url(byte)) {
        return None;
    }
    let found = find_prefix(before, body, raw_character)
        .map(|prefix| (prefix, false))
        .or_else(|| {
            let encoded = before.contains(&b'%');
            let prefix = encoded.then(|| find_prefix(before, body, encoded_character))?;
            prefix.map(|prefix| (prefix, true))
        });
    let (prefix, percent_encoded) = found?;
    let start = window_start + payload_start - prefix.bytes;
    let prefix_len = prefix.text.len();
    let mut token = prefix.text;
    token.extend_from_slice(body);
    Some(Recovered {
        span: start..tail_end,
        payload_start: window_start + payload_start,
        percent_encoded,
        routable: Routable {
            layout: shape.layout,
            payload: prefix_len..prefix_len + shape.claimed,
            owner: owner(shape.layout, payload),
        },
        token,
    })
}

/// A prefix: its characters, and its length in the text in bytes.
struct Prefix {
    text: Vec<u8>,
    bytes: usize,
}

/// Tries the prefixes that end where `body` begins, shortest first. `character` reads the last
/// prefix character of a text: its value and its bytes.
fn find_prefix(
    before: &[u8],
    body: &[u8],
    character: fn(&[u8]) -> Option<(u8, usize)>,
) -> Option<Prefix> {
    let covered = body.get(..body.len().checked_sub(CRC_CHARS)?)?;
    let expected = u32::try_from(decode_base36(body.get(covered.len()..)?)?).ok()?;
    // Filled from its end, so that each longer prefix is a longer suffix of one buffer.
    let mut buffer = vec![0; MAX_RECOVERED_PREFIX + covered.len()];
    buffer
        .get_mut(MAX_RECOVERED_PREFIX..)?
        .copy_from_slice(covered);
    let mut rest = before;
    for at in (0..=MAX_RECOVERED_PREFIX).rev() {
        if crc32fast::hash(buffer.get(at..)?) == expected {
            return Some(Prefix {
                text: buffer.get(at..MAX_RECOVERED_PREFIX)?.to_vec(),
                bytes: before.len() - rest.len(),
            });
        }
        let (value, bytes) = character(rest)?;
        *buffer.get_mut(at.checked_sub(1)?)? = value;
        rest = rest.get(..rest.len() - bytes)?;
    }
    None
}

/// The characters an administrator may use in a prefix (Admin > Settings > General).
fn is_prefix_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'+' | b'=' | b'/' | b'@' | b':' | b'.' | b'-')
}

fn raw_character(text: &[u8]) -> Option<(u8, usize)> {
    let byte = *text.last()?;
    is_prefix_character(byte).then_some((byte, 1))
}

/// Like [`raw_character`], reading `%40` as one character.
fn encoded_character(text: &[u8]) -> Option<(u8, usize)> {
    if let [.., b'%', high, low] = text {
        let high = char::from(*high).to_digit(16)?;
        let low = char::from(*low).to_digit(16)?;
        let value = u8::try_from(high * 16 + low).ok()?;
        return is_prefix_character(value).then_some((value, 3));
    }
    raw_character(text)
}
