//! Checksums that the tokens of other services carry: GitHub, npm, Grafana, Atlassian, age, Azure.

mod azure;
mod bech32;
mod crc;
mod macaroon;
mod pair;

pub use macaroon::is_macaroon;
pub use pair::is_uuid_and_secret;

/// Verifies the checksum of a token: `Some(true)` if it verifies, `Some(false)` if it does not, so that
/// the token is a placeholder or damaged. `None` for a token without a known checksum.
pub fn verify(token: &[u8]) -> Option<bool> {
    let after = |prefix: &str| token.strip_prefix(prefix.as_bytes());
    if let Some(body) = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"]
        .into_iter()
        .find_map(after)
    {
        return crc::base62_tail(body);
    }
    if token.starts_with(b"glsa_") {
        return crc::grafana(token);
    }
    if token.starts_with(b"AT") {
        return crc::atlassian(token);
    }
    if token.starts_with(b"AGE-SECRET-KEY-") {
        return Some(bech32::is_valid(token));
    }
    azure::annotated_key(token)
}

#[cfg(test)]
mod tests;
