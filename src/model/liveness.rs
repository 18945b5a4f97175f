//! The liveness of a credential, and the verification result of an instance.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// The liveness of a credential, as far as it was verified.
    #[derive(Default)]
    pub enum Liveness {
        /// Not verified, or without a clear answer.
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
    /// The time of the request: RFC 3339, UTC.
    pub checked_at: String,
    /// The reason for the liveness.
    pub reason: String,
    /// Details of a live credential.
    #[serde(default, skip_serializing_if = "TokenDetails::is_empty")]
    pub token: TokenDetails,
    /// The groups and projects that it can access, if they were requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
}

/// Details of a credential from the instance's response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDetails {
    /// The id of the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The name of the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The scopes of the credential.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The id of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u64>,
    /// The name of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The expiry of the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The time of the last use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
}

impl TokenDetails {
    /// Returns true if every field is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The groups and projects that a credential can access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Paths of groups.
    pub groups: Vec<String>,
    /// Paths of projects.
    pub projects: Vec<String>,
    /// False if there are more groups or projects than are listed.
    pub complete: bool,
}
