//! Macaroons in their binary form, of which PyPI makes its tokens.

use crate::model::decode_base64url;

/// The longest that is decoded, in characters. PyPI's have 150 to a few hundred.
const MAX: usize = 8 * 1024;

/// True if `text` is the base64url form of a whole macaroon, version 2: a location and an
/// identifier, caveats, and a signature of 32 bytes at the end. The signature needs a key that is
/// elsewhere; the structure distinguishes a whole token from a cut or an invented one.
///
/// Source: the version 2 format of libmacaroons (`doc/format.txt`).
pub fn is_macaroon(text: &[u8]) -> bool {
    if text.len() > MAX {
        return false;
    }
    let Some(bytes) = decode_base64url(text) else {
        return false;
    };
    let Some((&2, mut rest)) = bytes.split_first() else {
        return false;
    };
    // A section for the token itself, one for each caveat, and an empty one.
    let mut is_first = true;
    loop {
        let Some((fields, after)) = section(rest) else {
            return false;
        };
        rest = after;
        match (is_first, fields) {
            (true, 0) => return false,
            (false, 0) => break,
            _ => is_first = false,
        }
    }
    matches!(field(rest), Some((SIGNATURE, value, [])) if value.len() == 32)
}

/// The kind of field that holds the signature.
const SIGNATURE: u8 = 6;

/// The number of fields up to the end mark, and the bytes behind it.
fn section(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut fields = 0;
    loop {
        if let Some((0, rest)) = bytes.split_first() {
            return Some((fields, rest));
        }
        let (kind, _, rest) = field(bytes)?;
        matches!(kind, 1 | 2 | 4).then_some(())?;
        bytes = rest;
        fields += 1;
    }
}

/// The kind and value of a field, and what follows it. A length has one or two bytes here: longer
/// ones do not fit in the decoded part.
fn field(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (&low, rest) = rest.split_first()?;
    let (length, rest) = if low < 0x80 {
        (usize::from(low), rest)
    } else {
        let (&high, rest) = rest.split_first()?;
        (high < 0x80).then_some(())?;
        (usize::from(low & 0x7f) | usize::from(high) << 7, rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((kind, value, rest))
}
