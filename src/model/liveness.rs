//! Whether a credential still works, and the verification result of an instance.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Whether a credential still works.
    #[derive(Default)]
    pub enum Liveness {
        /// Not known.
        #[default]
        Unknown = "unknown",
        /// Its own expiry has passed, or the instance rejects it as expired, revoked or unknown.
        Dead = "dead",
        /// The instance accepts it.
        Live = "live",
    }
}

/// The verification result of a GitLab instance for a credential. Not secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The address of the instance.
    pub instance: String,
    /// When it was asked: RFC 3339, UTC.
    pub checked_at: String,
    /// Why the credential is live, dead or unknown.
    pub reason: String,
    /// Details of a live credential.
    #[serde(default, skip_serializing_if = "TokenDetails::is_empty")]
    pub token: TokenDetails,
    /// The groups and projects that it reaches, if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
}

/// Details of a credential from the instance's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDetails {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The name that its owner gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The id of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u64>,
    /// The name of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// When it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
}

impl TokenDetails {
    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The groups and projects that a credential reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Paths of groups.
    pub groups: Vec<String>,
    /// Paths of projects.
    pub projects: Vec<String>,
    /// False if there are more.
    pub complete: bool,
}
