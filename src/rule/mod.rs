//! Rules: from a TOML file to something that cannot be invalid, and the set that runs.

mod amend;
mod builtin;
mod command;
mod complete;
mod detect_form;
mod error;
mod example;
mod file;
mod file_format;
mod firsts;
mod gitlab_id;
mod keyword;
mod known_runs;
mod markdown;
mod matcher;
mod named;
mod near;
mod part;
mod pattern;
mod set;
mod shape;
mod token_prefix;
mod value;
mod words;

pub use amend::Amendment;
pub use complete::missing;
pub use error::RuleError;
pub use example::{Example, ExampleError, Expected};
pub use file_format::{FileFormat, FileSyntax, Holds, KeyRule, Neighbor, NeighborLookup};
pub use gitlab_id::GitlabRuleId;
pub use keyword::Keyword;
pub use known_runs::KnownRuns;
pub use markdown::{explain, markdown};
pub use matcher::Matchers;
pub use pattern::{Pattern, PatternError, PatternMatch};
pub use set::{RuleSet, RuleSetError};
pub use token_prefix::TokenPrefixError;

use std::sync::Arc;

use near::Near;

use crate::model::{Confidence, Remediation, RuleId, Severity, TokenKind};

/// One validated rule. Made from a rule file only, see [`RuleSet`].
#[derive(Debug)]
pub struct Rule {
    /// Its name: the stem of its file.
    pub id: RuleId,
    /// The kind of credential that it finds: at most 100 characters, without location or value.
    pub title: Arc<str>,
    /// The credential and the access that it gives, in Markdown.
    pub description: String,
    /// Severity of a live credential, by the access that it gives.
    pub severity: Severity,
    /// Confidence of a match that passes every check, none of which proves it.
    pub confidence: Confidence,
    /// Sources of the facts, and further reading: absolute URLs.
    pub references: Vec<String>,
    /// Ways to revoke the credential, best first.
    pub remediations: Vec<Arc<Remediation>>,
    /// The ids of GitLab's own rules for the same credentials.
    pub gitlab_rule_ids: Vec<GitlabRuleId>,
    /// The service that issues the credential: `gitlab`. A scan can be limited to some services.
    pub provider: Option<String>,
    /// False if the rule runs only on request, because its matches are not secrets.
    pub enabled: bool,
    /// The kind of GitLab credential, by which an instance is asked about it and revokes it.
    pub token_kind: Option<TokenKind>,
    /// The effect of a revocation on users, as a sentence.
    pub revocation_stops: Option<String>,
    /// The patterns, named values and commands that find candidates.
    pub matchers: Matchers,
    /// The bytes that must not be directly before the match.
    pub left: Boundary,
    /// The bytes that must not be directly after the match.
    pub right: Boundary,
    /// True if a GitLab instance may put a prefix of its own in front (`SIE-glpat-…`), which then
    /// belongs to the secret.
    pub instance_prefix: bool,
    /// Checks that a match must pass besides the pattern.
    pub checks: Vec<Check>,
    /// Shannon entropy in bits per character below which a body is not a secret.
    pub min_entropy: Option<f64>,
    /// True if a person may have chosen the secret, so that no hash of it may be shown.
    pub guessable: bool,
    /// True if the rule describes a context rather than a credential; if a rule that is not generic
    /// finds the same secret, that rule names it.
    pub generic: bool,
    /// True if its keywords are also searched for in encoded text. Each such keyword makes the search
    /// of every file slower.
    pub encoded: bool,
}

/// The bytes that must not touch a match, because they would make it part of something longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Letters, digits, `-` and `_`: the alphabet of GitLab's tokens.
    #[default]
    Token,
    /// Letters, digits and `_`.
    Word,
    /// Letters, digits, `+`, `/`, `=`, `-` and `_`.
    Base64,
    /// Hexadecimal digits and other letters, digits.
    Alphanumeric,
    /// Anything may.
    Anything,
}

impl Boundary {
    /// True if `byte` must not be next to the match.
    pub fn forbids(self, byte: u8) -> bool {
        match self {
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Base64 => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
            }
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Anything => false,
        }
    }
}

/// A named check that a rule requests. Each works on the body of the match, unless its description
/// names the whole secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The Devise alphabet, which has no `l I O 0`: outside of it, confidence is `medium`. Asked of
    /// bodies of 20 and of 50 characters only, the lengths GitLab generates; others (the routable
    /// and JWT forms, a path-bound feed token) pass untouched.
    Friendly,
    /// A GitLab routable token: a checksum that verifies is proof, one that fails is a placeholder
    /// or damage, confidence `low`. Reads the whole secret; those of another shape pass untouched.
    Routable,
    /// A JSON Web Token: must decode; its claims give owner and expiry. Secrets that do not begin
    /// as one pass untouched.
    Jwt,
    /// A GitLab routable token under an unknown prefix: the match ends where the token
    /// ends, and the checksum locates its start. If no checksum verifies, the match is rejected.
    AnyPrefix,
    /// Rejects the name of something in code (`get_private_token_xx`): for rules that describe only
    /// the context. Applies to bodies of 20 characters.
    Identifier,
    /// A password as a person writes it: references, placeholders and well-known defaults are rejected.
    Password,
    /// The checksum that tokens of GitHub, npm, Grafana, Atlassian, age and Azure carry: one that
    /// verifies is proof, one that fails is a placeholder or damage, confidence `low`. Reads the
    /// whole secret; those of another shape pass untouched.
    Checksum,
    /// A body drawn from letters of both cases and digits: without a digit, confidence is `medium`,
    /// with letters of one case only, or as a name in code has them, `low`.
    Mixed,
    /// A block of text that holds a private key: must decode, and be no public example. A passphrase
    /// makes its severity `low`; numbers or a checksum that verify are proof. Reads the whole secret.
    PrivateKey,
    /// A JSON Web Token of a Kubernetes service account. Any other is left to other rules.
    KubernetesJwt,
    /// A JSON Web Token that no rule for a kind of its own claims: must decode and be no textbook
    /// example.
    OtherJwt,
    /// A macaroon, which PyPI's tokens are: one that is not whole has confidence `low`.
    Macaroon,
    /// The base64 of a UUID, a colon and a secret.
    UuidAndSecret,
    /// The base64 of a user, a colon and a password, which is judged as [`Check::Password`] judges one.
    Account,
}
