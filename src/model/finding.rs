//! A finding: a credential, its location, and its remediation.

use std::cmp::Ordering;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fingerprint::digest_of;
use super::{
    BlobPath, Confidence, Excerpt, Fingerprint, Identity, Liveness, Location, RemotePlace, Secret,
    Severity, Verification,
};

/// The name of a rule: lower-case letters, digits and `-`, starting with a letter, at most 64.
///
/// GitLab identifies vulnerabilities by it, so a released name never changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RuleId(Arc<str>);

/// A text that cannot be a rule id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a rule id: use lower-case letters, digits and dashes, a letter first, at most 64 characters"
)]
pub struct InvalidRuleId;

impl RuleId {
    /// Validates a name.
    ///
    /// # Errors
    /// If it does not have this form.
    pub fn new(id: impl Into<Arc<str>>) -> Result<Self, InvalidRuleId> {
        let id = id.into();
        let valid = id.len() <= 64
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && id
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if valid {
            Ok(Self(id))
        } else {
            Err(InvalidRuleId)
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RuleId {
    type Error = InvalidRuleId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl From<RuleId> for String {
    fn from(id: RuleId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The owner of a token and the instance that issued it, read from the token itself. Not secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Host name of the issuing instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Cell id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u64>,
    /// Organization id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<u64>,
    /// Group id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u64>,
    /// Project id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<u64>,
    /// User id (for a runner: the user that created it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
    /// CI job id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u64>,
    /// Runner type: 1 instance, 2 group, 3 project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_type: Option<u64>,
}

impl Owner {
    /// Returns true if every field is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// In words: `user 39, project 1007 on gitlab.example`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runner = match self.runner_type {
            Some(1) => Some("instance runner"),
            Some(2) => Some("group runner"),
            Some(3) => Some("project runner"),
            _ => None,
        };
        let ids = [
            ("job", self.job),
            ("user", self.user),
            ("project", self.project),
            ("group", self.group),
            ("organization", self.organization),
            ("cell", self.cell),
        ];
        let mut parts: Vec<String> = runner.into_iter().map(str::to_owned).collect();
        parts.extend(
            ids.iter()
                .filter_map(|(name, id)| id.map(|id| format!("{name} {id}"))),
        );
        f.write_str(&parts.join(", "))?;
        if let Some(instance) = &self.instance {
            write!(
                f,
                "{}on {instance}",
                if parts.is_empty() { "" } else { " " }
            )?;
        }
        Ok(())
    }
}

/// A way to revoke or disable a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remediation {
    /// The action, as a sentence.
    pub action: String,
    /// The role or person that may do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The exact request, command or page, with placeholders and never with the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// A risk of the action, and how to avoid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

/// The context of a secret: the key that it is the value of, and the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The key, as the file's format names it (`remote.origin.url`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// User name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

impl Context {
    /// Returns true if every field is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The identity of a credential across paths. A fast hash of the secret: it stays in memory and cannot be
/// displayed or serialised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId([u8; 32]);

impl CredentialId {
    /// Returns the identity of the same credential on a line with an inline marker.
    #[must_use]
    pub fn marked(mut self) -> Self {
        self.0[0] = !self.0[0];
        self
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialId(..)")
    }
}

/// A credential, its location, and its remediation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that matched.
    pub rule_id: RuleId,
    /// The kind of credential: the rule's title.
    pub title: Arc<str>,
    /// The access that a live credential gives.
    pub severity: Severity,
    /// The confidence of the finding.
    pub confidence: Confidence,
    /// The identity across edits.
    pub fingerprint: Fingerprint,
    /// A description and the evidence, in one or two sentences. Never contains the secret.
    pub message: Arc<str>,
    /// Ways to revoke or disable it, best first.
    pub remediations: Vec<Arc<Remediation>>,
    /// The credential.
    pub secret: Secret,
    /// The owner, if the token contains it.
    pub owner: Owner,
    /// The expiry of the credential: RFC 3339, UTC, if the token contains it.
    pub expires_at: Option<String>,
    /// The liveness, as far as it was verified.
    pub liveness: Liveness,
    /// The verification result of the operator's instance, if any.
    pub verification: Option<Arc<Verification>>,
    /// The encodings around the secret, outermost first; empty for plain text.
    pub encoding: Vec<String>,
    /// The key, host and user in the surrounding text.
    pub context: Context,
    /// Its location.
    pub location: Location,
    /// The path of the file on disk, as the user would type it.
    pub on_disk: Option<Arc<Path>>,
    /// The location on an instance, with the address of the line.
    pub remote: Option<Arc<RemotePlace>>,
    /// The source line, redacted.
    pub excerpt: Excerpt,
}

/// The identity of a credential across locations. A guessable password is identified together with its
/// account, because the same password of another account is another credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credential {
    secret: Secret,
    account: Option<(Option<String>, Option<String>)>,
}

impl Finding {
    /// Returns the credential, without its location.
    pub fn credential(&self) -> Credential {
        let account = || (self.context.host.clone(), self.context.user.clone());
        Credential {
            secret: self.secret.clone(),
            account: self.secret.is_guessable().then(account),
        }
    }

    /// Returns the fingerprint under another path. For a guessable secret it does not contain the value
    /// until it is published.
    pub fn fingerprint_at(&self, path: &BlobPath) -> Fingerprint {
        if self.secret.is_guessable() {
            Fingerprint::without_value(&self.rule_id, path, &self.secret)
        } else {
            Fingerprint::new(&self.rule_id, path, Identity::Secret(&self.secret))
        }
    }

    /// Returns the identity of the credential across paths.
    pub fn credential_id(&self) -> CredentialId {
        let (user, host) = if self.secret.is_guessable() {
            self.account()
        } else {
            (&b""[..], &b""[..])
        };
        let rule = self.rule_id.as_str().as_bytes();
        CredentialId(digest_of([rule, user, host, self.secret.reveal()]))
    }

    /// Returns the fingerprints that earlier versions of the program computed for a guessable secret.
    /// Baselines and allowlists may still contain them.
    pub fn earlier_fingerprints(&self) -> Vec<Fingerprint> {
        if !self.secret.is_guessable() {
            return Vec::new();
        }
        let (user, host) = self.account();
        // By account for rules that find passwords, by secret for rules that find keys.
        [
            Identity::Account { user, host },
            Identity::Secret(&self.secret),
        ]
        .map(|identity| Fingerprint::new(&self.rule_id, &self.location.path, identity))
        .to_vec()
    }

    fn account(&self) -> (&[u8], &[u8]) {
        let Context { user, host, .. } = &self.context;
        let user = user.as_deref().unwrap_or_default();
        let host = host.as_deref().unwrap_or_default();
        (user.as_bytes(), host.as_bytes())
    }

    /// The order of every report: by location, then by rule, so that it does not depend on the timing of
    /// threads.
    pub fn output_order(&self, other: &Self) -> Ordering {
        self.location
            .cmp(&other.location)
            .then_with(|| self.rule_id.cmp(&other.rule_id))
            .then_with(|| self.secret.cmp(&other.secret))
    }
}
