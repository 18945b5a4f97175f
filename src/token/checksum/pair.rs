//! A UUID and a secret joined by a colon, in base64: how Fortanix DSM writes the key of an app.

use crate::model::decode_base64;

/// The fewest characters of the secret.
const MIN_SECRET: usize = 32;

/// True if `text` is the base64 of `<uuid>:<secret>`, with a secret of printable characters.
///
/// Source: Fortanix, "Authentication" of the DSM developer's guide: an API key is the base64 of the
/// app's UUID, a colon, and the app's secret, sent as a Basic credential.
pub fn is_uuid_and_secret(text: &[u8]) -> bool {
    let Some(bytes) = decode_base64(text) else {
        return false;
    };
    let Some((uuid, rest)) = bytes.split_at_checked(36) else {
        return false;
    };
    let is_uuid = uuid.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let secret = rest.strip_prefix(b":").unwrap_or_default();
    is_uuid && secret.len() >= MIN_SECRET && secret.iter().all(u8::is_ascii_graphic)
}
