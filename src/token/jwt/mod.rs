//! JSON Web Tokens, read offline: who issued them, for whom, until when. No signature is verified,
//! since the key is elsewhere.

use serde_json::{Map, Value};

use super::encoding::{decode_base36, is_base64url};
use crate::model::decode_base64url;
use crate::model::{Liveness, Owner};

/// The longest token that is read, in bytes. A job token has about 800.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Seconds after its expiry for which a token may still be accepted: GitLab's verifiers allow for
/// clocks that differ (IAM: 30 s), and a token that is reported as dead must be dead for certain.
pub const CLOCK_SKEW: i64 = 60;

/// The longest prefix that is looked through for the start of the JWT: instance prefix and type
/// prefix.
const MAX_PREFIX: usize = 64;

/// The longest claim that is kept, in bytes; a longer one counts as absent.
const MAX_CLAIM: usize = 1024;

/// A decoded token: its header and the relevant claims. Fields that are absent, too
/// long or of the wrong type are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Jwt {
    /// Signature algorithm (`RS256`).
    pub alg: String,
    /// Kind of the token, from prefix, issuer, audience and subject.
    pub kind: JwtKind,
    /// Issuer. A host name in job tokens, a URL elsewhere.
    pub iss: Option<String>,
    /// Audience.
    pub aud: Vec<String>,
    /// Subject.
    pub sub: Option<String>,
    /// Id of the token.
    pub jti: Option<String>,
    /// Time of issue, in Unix seconds.
    pub iat: Option<i64>,
    /// Expiry, in Unix seconds.
    pub exp: Option<i64>,
    /// True if a claim outside of RFC 7519 names who it acts for: `userId`, `email`.
    pub names_user: bool,
    /// The user or project that the token acts for and the instance that issued it, as far as the claims of this kind
    /// contain them.
    pub owner: Owner,
}

/// The purpose of a JWT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum JwtKind {
    /// A CI job token: audience `gitlab-authz-token`, subject `gid://gitlab/Ci::Build/…`.
    JobToken,
    /// A CI ID token: issuer is a URL, subject `project_path:…`.
    IdToken,
    /// An access token of GitLab's IAM service: prefix `gliamat-`.
    IamToken,
    /// A token of a Kubernetes service account.
    KubernetesServiceAccount,
    /// Anything else.
    #[default]
    Other,
}

/// Decodes `token`, which is all of the JWT, with or without a GitLab prefix (`glcbt-`,
/// `SIE-glcbt-`, `gliamat-`) in front.
///
/// `None` for other texts: header and claims must be JSON objects, the header with a string `alg`. Unusual claims are
/// accepted.
pub fn decode(token: &[u8]) -> Option<Jwt> {
    let (prefix, jwt) = token.split_at_checked(start(token))?;
    let alphabet = jwt.iter().all(|&byte| byte == b'.' || is_base64url(byte));
    let parts: Vec<&[u8]> = jwt.splitn(4, |&byte| byte == b'.').collect();
    let [header, claims, _signature] = parts[..] else {
        return None;
    };
    if token.len() > MAX_TOKEN || !alphabet {
        return None;
    }
    let header = object(header)?;
    let alg = text(&header, "alg")?;
    let claims = object(claims)?;
    let kind = kind(prefix, &claims);
    Some(Jwt {
        alg,
        kind,
        iss: text(&claims, "iss"),
        aud: audience(&claims),
        sub: text(&claims, "sub"),
        jti: text(&claims, "jti"),
        iat: seconds(&claims, "iat"),
        exp: seconds(&claims, "exp"),
        names_user: claims.keys().any(|key| names_user(key)),
        owner: owner(kind, &claims),
    })
}

impl Jwt {
    /// Dead for certain if its expiry has passed at `now` (unix seconds). A future expiry proves
    /// nothing: a job token also dies with its job.
    pub fn liveness(&self, now: i64) -> Liveness {
        match self.exp {
            Some(exp) if exp.saturating_add(CLOCK_SKEW) < now => Liveness::Dead,
            _ => Liveness::Unknown,
        }
    }

    /// True if it is not signed: anyone can make such a token.
    pub fn is_unsigned(&self) -> bool {
        self.alg.eq_ignore_ascii_case("none")
    }
}

/// Claims in which issuers of their own name the user, without case, `-` and `_`.
const USER_CLAIMS: [&str; 12] = [
    "account",
    "accountid",
    "clientid",
    "email",
    "login",
    "tenantid",
    "uid",
    "user",
    "userid",
    "username",
    "preferredusername",
    "upn",
];

fn names_user(claim: &str) -> bool {
    let letters = claim.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    USER_CLAIMS.contains(&name.as_str())
}

/// Returns the start of the JWT behind a prefix that ends in `-`: `ey` or `ew`, the base64 of `{"` and of `{` before a
/// blank.
fn start(token: &[u8]) -> usize {
    if token.starts_with(b"ey") || token.starts_with(b"ew") {
        return 0;
    }
    let prefix = token.get(..token.len().min(MAX_PREFIX)).unwrap_or(token);
    let prefix = prefix.split(|&byte| byte == b'.').next().unwrap_or(prefix);
    prefix
        .windows(4)
        .position(|window| window == b"-eyJ")
        .map_or(0, |dash| dash + 1)
}

/// A part as a JSON object. `serde_json` bounds the depth at 128.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&decode_base64url(part)?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn short(text: &str) -> Option<&str> {
    (text.len() <= MAX_CLAIM).then_some(text)
}

fn str_of<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    short(object.get(key)?.as_str()?)
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    str_of(object, key).map(str::to_owned)
}

/// A NumericDate of RFC 7519: a number that may have a fraction. Some issuers write it as a string.
fn seconds(object: &Map<String, Value>, key: &str) -> Option<i64> {
    let float = |number: f64| {
        // Within 2^53, where whole seconds are exact; this is the year 285 million.
        (number.abs() < 9_007_199_254_740_992.0).then_some(number.floor() as i64)
    };
    match object.get(key)? {
        Value::Number(number) => number.as_i64().or_else(|| float(number.as_f64()?)),
        Value::String(text) => {
            let text = short(text)?.trim();
            text.parse().ok().or_else(|| float(text.parse().ok()?))
        }
        _ => None,
    }
}

/// A decimal id: a number, or the string that GitLab's ID tokens use.
fn id(object: &Map<String, Value>, key: &str) -> Option<u64> {
    match object.get(key)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => decimal(text),
        _ => None,
    }
}

fn decimal(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(())?;
    text.parse().ok()
}

/// One text or a list of texts.
fn audience(claims: &Map<String, Value>) -> Vec<String> {
    const MAX_AUDIENCES: usize = 16;
    let texts = match claims.get("aud") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    texts
        .iter()
        .filter_map(|text| short(text.as_str()?).map(str::to_owned))
        .take(MAX_AUDIENCES)
        .collect()
}

fn kind(prefix: &[u8], claims: &Map<String, Value>) -> JwtKind {
    let claim = |key| str_of(claims, key).unwrap_or_default();
    let (iss, sub) = (claim("iss"), claim("sub"));
    if prefix.ends_with(b"gliamat-") {
        JwtKind::IamToken
    } else if sub.starts_with(BUILD)
        || prefix.ends_with(b"glcbt-")
        || audience(claims)
            .iter()
            .any(|aud| aud == "gitlab-authz-token")
    {
        JwtKind::JobToken
    } else if sub.starts_with("project_path:")
        && (iss.starts_with("https://") || iss.starts_with("http://"))
    {
        JwtKind::IdToken
    } else if iss == "kubernetes/serviceaccount"
        || sub.starts_with("system:serviceaccount:")
        || claims.contains_key("kubernetes.io")
    {
        JwtKind::KubernetesServiceAccount
    } else {
        JwtKind::Other
    }
}

/// Subject of a job token, before the id (`lib/ci/job_token/jwt.rb` of GitLab).
const BUILD: &str = "gid://gitlab/Ci::Build/";

fn owner(kind: JwtKind, claims: &Map<String, Value>) -> Owner {
    let base36 = |key| decode_base36(str_of(claims, key)?.as_bytes());
    let sub = str_of(claims, "sub");
    let instance = str_of(claims, "iss").and_then(host);
    match kind {
        JwtKind::JobToken => Owner {
            instance,
            cell: base36("c"),
            organization: base36("o"),
            group: base36("g"),
            project: base36("p"),
            user: base36("u"),
            job: sub.and_then(|sub| decimal(sub.strip_prefix(BUILD)?)),
            runner_type: None,
        },
        // The ids of ID tokens are decimal strings (docs.gitlab.com/ci/secrets/id_token_authentication).
        JwtKind::IdToken => Owner {
            instance,
            project: id(claims, "project_id"),
            user: id(claims, "user_id"),
            job: id(claims, "job_id"),
            ..Owner::default()
        },
        // The subject is the user's id (`lib/authn/tokens/iam_oauth_token.rb` of GitLab).
        JwtKind::IamToken => Owner {
            instance,
            user: sub.and_then(decimal),
            ..Owner::default()
        },
        JwtKind::KubernetesServiceAccount | JwtKind::Other => Owner {
            // Other issuers use bare words too, which name no host.
            instance: instance.filter(|host| host.contains('.')),
            ..Owner::default()
        },
    }
}

/// The host of an issuer, which is a URL or a bare host name. `None` for one that is neither.
fn host(issuer: &str) -> Option<String> {
    let authority = match issuer.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next()?.rsplit('@').next()?,
        None => issuer,
    };
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    let valid = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        && port.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
