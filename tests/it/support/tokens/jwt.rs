//! JSON Web Tokens as GitLab's job and IAM tokens have them, with a random signature.

use super::NOW;
use super::codec::{base36, base64url};
use super::rng::Rng;

/// Whose claims.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claims {
    /// A CI job token that ends after [`NOW`].
    Job,
    /// One that ended before.
    ExpiredJob,
    /// An access token of the IAM service that ends after [`NOW`].
    Iam,
}

/// Header, claims, and 256 random bytes where RS256 puts its signature.
pub(super) fn token(claims: Claims, rng: &mut Rng) -> String {
    let header = format!(
        r#"{{"kid":"{}","typ":"JWT","alg":"RS256"}}"#,
        base64url(&rng.bytes(32))
    );
    let claims = match claims {
        Claims::Job => job(NOW + 86_400, rng),
        Claims::ExpiredJob => job(NOW - 100_000_000, rng),
        Claims::Iam => iam(rng),
    };
    [header.as_bytes(), claims.as_bytes(), &rng.bytes(256)]
        .map(base64url)
        .join(".")
}

fn job(issued: i64, rng: &mut Rng) -> String {
    let issued = issued + rng.below(80_000_000) as i64;
    let id = |rng: &mut Rng| base36(u128::from(rng.id()));
    format!(
        concat!(
            r#"{{"version":"0.1.0","o":"1","u":"{}","p":"{}","g":"{}","jti":"{}","#,
            r#""aud":"gitlab-authz-token","sub":"gid://gitlab/Ci::Build/{}","#,
            r#""iss":"gitlab.example.com","iat":{},"nbf":{},"exp":{}}}"#
        ),
        id(rng),
        id(rng),
        id(rng),
        uuid(rng),
        rng.id(),
        issued,
        issued - 5,
        issued + 3600 + 300,
    )
}

fn iam(rng: &mut Rng) -> String {
    let issued = NOW + rng.below(80_000_000) as i64;
    format!(
        concat!(
            r#"{{"iss":"https://iam.gitlab.example.com","sub":"{}","aud":["gitlab"],"#,
            r#""scope":"read_user","jti":"{}","iat":{},"exp":{}}}"#
        ),
        rng.id(),
        uuid(rng),
        issued,
        issued + 7200,
    )
}

fn uuid(rng: &mut Rng) -> String {
    let hex = format!("{:032x}", rng.wide());
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..],
    );
    format!("{a}-{b}-4{c}-8{d}-{e}")
}
