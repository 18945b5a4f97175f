//! JSON Web Tokens: they carry their own expiry and owner. No signature can be verified offline.

use super::{Verdict, accept};
use crate::detect::candidate::Assessment;
use crate::model::{Confidence, Liveness, Severity};
use crate::rule::{Check, Rule};
use crate::token::jwt::{self, Jwt, JwtKind};

/// Assesses a token for the rule that asks for `check`; `None` if it is not shaped like a JSON Web Token.
pub(super) fn assess(rule: &Rule, check: Check, token: &[u8], now: Option<i64>) -> Option<Verdict> {
    // A random body of two parts may begin like a header.
    let has_parts = token.iter().filter(|&&byte| byte == b'.').count() >= 2;
    ((token.starts_with(b"ey") || token.starts_with(b"ew")) && has_parts).then_some(())?;
    let claims = jwt::decode(token);
    let is_kubernetes = claims
        .as_ref()
        .is_some_and(|claims| claims.kind == JwtKind::KubernetesServiceAccount);
    let claims = match (check, claims) {
        (Check::KubernetesJwt, _) if !is_kubernetes => return Some(Verdict::Foreign),
        (Check::OtherJwt, _) if is_kubernetes => return Some(Verdict::Foreign),
        (Check::OtherJwt, None) => return Some(Verdict::Reject),
        (Check::OtherJwt, Some(claims)) if is_textbook(&claims) => return Some(Verdict::Reject),
        (_, None) => {
            let because = "has the shape of a JSON Web Token but does not decode";
            return Some(accept(Confidence::Low, because));
        }
        (_, Some(claims)) => claims,
    };
    let liveness = now.map_or(Liveness::Unknown, |now| claims.liveness(now));
    let (severity, because) = match liveness {
        Liveness::Dead => (
            Some(Severity::Info),
            "its claims decode; it has expired, and shows a way by which such tokens leak",
        ),
        Liveness::Unknown | Liveness::Live => (None, "its claims decode"),
    };
    let (confidence, because) = if claims.is_unsigned() {
        (
            Confidence::Low,
            "nobody signed it, so anyone can make such a token",
        )
    } else if check == Check::OtherJwt && is_anonymous(&claims) {
        (Confidence::Low, "its claims decode, but name nobody")
    } else {
        (rule.confidence, because)
    };
    Some(Verdict::Accept(Assessment {
        confidence,
        severity,
        owner: claims.owner,
        expires_at: claims.exp,
        liveness,
        because: because.to_owned(),
    }))
}

/// True for the examples that everybody copies: of jwt.io, whose subject and time of issue survive
/// any other change, and of RFC 7519.
fn is_textbook(claims: &Jwt) -> bool {
    claims.iat == Some(1_516_239_022)
        || claims.sub.as_deref() == Some("1234567890")
        || (claims.iss.as_deref() == Some("joe") && claims.exp == Some(1_300_819_380))
}

/// True if no claim names an issuer, a subject or an expiry.
fn is_anonymous(claims: &Jwt) -> bool {
    !claims.names_user
        && claims.iss.is_none()
        && claims.sub.is_none()
        && claims.aud.is_empty()
        && claims.jti.is_none()
        && claims.exp.is_none()
}
