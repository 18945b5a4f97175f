//! Routable tokens: their two layouts, the checksum that proves them, and the owner they carry.
//!
//! ```text
//! version 1   prefix payload "." version(2) "." length(2) crc(7)    payload = random routing n
//! draft       prefix payload "." length(2) crc(7)                   payload = routing random n
//! ```
//!
//! Numbers are base 36, the payload is base64url. The CRC-32 covers every byte before it, the
//! prefix and (against the wording of GitLab's handbook) the version included: every public vector
//! agrees. It proves "made by GitLab's algorithm", not "still valid".
//! Source: `lib/authn/token_field/generator/routable_token.rb` and the Cells design document
//! "Routable Tokens" of the GitLab handbook.

use std::ops::Range;

use super::encoding::{decode_base36, is_base64url};
use crate::model::Owner;
use crate::model::decode_base64url;

mod recover;

pub use recover::{MAX_RECOVERED_PREFIX, Recovered, recover_prefix};

/// Characters in a payload by design: 16 random bytes with the shortest routing text, up to 65
/// with the longest.
pub const PAYLOAD_CHARS: std::ops::RangeInclusive<usize> = 27..=300;

/// Payload lengths of a damaged routable token, which has lost or won characters. Above the
/// 20 of a classic token, so that one at the end of a sentence does not count as damaged.
const SHAPE_CHARS: std::ops::RangeInclusive<usize> = 22..=310;

const CRC_CHARS: usize = 7;
const LENGTH_CHARS: usize = 2;
/// Length of `.01.` and the fields behind it.
const V1_TAIL: usize = 1 + 2 + 1 + LENGTH_CHARS + CRC_CHARS;
/// Length of `.` and the fields behind it.
const DRAFT_TAIL: usize = 1 + LENGTH_CHARS + CRC_CHARS;

/// The layout of the parts of a routable token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenLayout {
    /// With a version part: what GitLab emits since 18.0. The version is 1 in every known token.
    Versioned(u16),
    /// Without one: emitted from November 2024 to April 2025, behind flags.
    Draft,
}

impl TokenLayout {
    fn tail(self) -> usize {
        match self {
            Self::Versioned(_) => V1_TAIL,
            Self::Draft => DRAFT_TAIL,
        }
    }
}

/// A text built like a routable token, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenShape {
    /// By its dots.
    pub layout: TokenLayout,
    /// End of the payload: the first dot of the tail.
    pub payload_end: usize,
    /// The length of its payload in characters, by its length field.
    pub claimed: usize,
}

/// A routable token whose checksum verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routable {
    /// Its layout.
    pub layout: TokenLayout,
    /// The span of its payload in the token. The prefix precedes it.
    pub payload: Range<usize>,
    /// The ids in its routing part. Empty if that part does not decode in this layout, which the
    /// checksum outweighs.
    pub owner: Owner,
}

/// Returns the layout if `token` (all of it) is built like a routable token behind a prefix of
/// `prefix_len` bytes: payload characters, dots, length and checksum in their places. Cheap, and
/// generous about the payload's length, to distinguish a damaged token from one of another kind.
pub fn shape(token: &[u8], prefix_len: usize) -> Option<TokenShape> {
    let shape = tail_shape(token)?;
    let payload = token.get(prefix_len..shape.payload_end)?;
    (SHAPE_CHARS.contains(&payload.len()) && payload.iter().all(|&byte| is_base64url(byte)))
        .then_some(shape)
}

/// Proves a routable token: `token` is all of it, its payload starts at `prefix_len`.
///
/// The prefix may be longer than that (`glrt-t2_` if the caller passes the length of `glrt-`): the length
/// field locates the payload, and the checksum covers both.
///
/// `None` for a token of another kind, and for a placeholder or a damaged copy.
pub fn check(token: &[u8], prefix_len: usize) -> Option<Routable> {
    let shape = shape(token, prefix_len)?;
    let start = shape.payload_end.checked_sub(shape.claimed)?;
    let is_complete = start >= prefix_len && PAYLOAD_CHARS.contains(&shape.claimed);
    (is_complete && checksum_verifies(token)).then_some(())?;
    let payload = start..shape.payload_end;
    Some(Routable {
        layout: shape.layout,
        owner: owner(shape.layout, token.get(payload.clone()).unwrap_or_default()),
        payload,
    })
}

/// Reads the tail: dots, and letters or digits where numbers belong. Capital letters pass, since
/// `.01.XXXXXXXXX` is a damaged tail rather than none.
fn tail_shape(token: &[u8]) -> Option<TokenShape> {
    let (rest, crc) = token.split_at_checked(token.len().checked_sub(CRC_CHARS)?)?;
    let (rest, length) = rest.split_at_checked(rest.len().checked_sub(LENGTH_CHARS)?)?;
    if !crc.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let number = |digits: &[u8]| decode_base36(&digits.to_ascii_lowercase());
    let claimed = usize::try_from(number(length)?).ok()?;
    let layout = match rest {
        [.., b'.', high, low, b'.'] => {
            TokenLayout::Versioned(u16::try_from(number(&[*high, *low])?).ok()?)
        }
        [.., b'.'] => TokenLayout::Draft,
        _ => return None,
    };
    Some(TokenShape {
        layout,
        payload_end: token.len().checked_sub(layout.tail())?,
        claimed,
    })
}

/// True if the last seven characters are the CRC-32 of all before them.
fn checksum_verifies(token: &[u8]) -> bool {
    token
        .len()
        .checked_sub(CRC_CHARS)
        .and_then(|end| token.split_at_checked(end))
        .is_some_and(|(covered, crc)| {
            decode_base36(crc) == Some(u64::from(crc32fast::hash(covered)))
        })
}

/// The ids in a payload, or nothing if it does not decode in this layout.
fn owner(layout: TokenLayout, payload: &[u8]) -> Owner {
    decode_base64url(payload)
        .and_then(|bytes| {
            let (&count, rest) = bytes.split_last()?;
            let count = usize::from(count);
            let routing = match layout {
                TokenLayout::Versioned(1) => rest.get(rest.len().checked_sub(count)?..)?,
                TokenLayout::Versioned(_) => return None,
                TokenLayout::Draft => rest.get(..rest.len().checked_sub(count)?)?,
            };
            parse_routing(routing)
        })
        .unwrap_or_default()
}

/// Reads lines `key:value`, sorted by key, values in base 36. An unknown key is skipped: a
/// later GitLab may add one.
fn parse_routing(routing: &[u8]) -> Option<Owner> {
    let mut owner = Owner::default();
    let mut last = 0;
    for line in routing.split(|&byte| byte == b'\n') {
        let [key @ b'a'..=b'z', b':', value @ ..] = line else {
            return None;
        };
        if *key <= last {
            return None;
        }
        last = *key;
        let id = Some(decode_base36(value)?);
        match key {
            b'c' => owner.cell = id,
            b'g' => owner.group = id,
            b'o' => owner.organization = id,
            b'p' => owner.project = id,
            b't' => owner.runner_type = id,
            b'u' => owner.user = id,
            _ => {}
        }
    }
    Some(owner)
}

#[cfg(test)]
mod tests;
