//! Tokens that end in a CRC-32 of the text before it, written in base 62 or in hex.

/// The digits of GitHub's base 62, by value. Confirmed by public vectors; the other usual order
/// (small letters first) fails on all of them.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Number of digits of the checksum of GitHub and npm.
const DIGITS: usize = 6;

/// The lengths of bodies that end in a checksum: of refresh tokens 76, of all others 36.
const CHECKED_LENGTHS: [usize; 2] = [36, 76];

/// GitHub and npm: the last six characters of the body (the token without its prefix) are the
/// CRC-32 of those before. `None` for bodies of another form.
///
/// Source: github.blog, "Behind GitHub's new authentication token formats" (2021-04-05) and
/// "Announcing npm's new access token format" (2021-09-23).
pub(super) fn base62_tail(body: &[u8]) -> Option<bool> {
    if !CHECKED_LENGTHS.contains(&body.len()) || !body.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (random, tail) = body.split_at_checked(body.len() - DIGITS)?;
    Some(tail == base62(crc32fast::hash(random)))
}

/// A number in base 62, six digits, the least significant ones if it has more.
pub(super) fn base62(mut number: u32) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

/// Grafana service account tokens: `glsa_`, 32 characters, `_`, and the CRC-32 of all before that
/// `_` as eight hex digits, the least significant byte first.
///
/// Source: `pkg/components/satokengen` of grafana/grafana, with its test vector.
pub(super) fn grafana(token: &[u8]) -> Option<bool> {
    let (key, digits) = token.split_at_checked(token.len().checked_sub(8)?)?;
    let key = key.strip_suffix(b"_")?;
    is_hex(digits)
        .then(|| digits == format!("{:08x}", crc32fast::hash(key).swap_bytes()).as_bytes())
}

/// Atlassian API tokens (`ATATT3…`, `ATCTT3…`): the last eight characters are the CRC-32 of all
/// before, as hex digits with capitals.
///
/// Found by computing it over public examples of two kinds of token; Atlassian does not document it.
pub(super) fn atlassian(token: &[u8]) -> Option<bool> {
    let (key, digits) = token.split_at_checked(token.len().checked_sub(8)?)?;
    key.ends_with(b"=").then_some(())?;
    is_hex(digits).then(|| digits == format!("{:08X}", crc32fast::hash(key)).as_bytes())
}

fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}
