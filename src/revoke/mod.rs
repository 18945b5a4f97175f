//! Shuts off the credentials of a report at the operator's instance.
//!
//! [`leaks_of`] groups the findings of a report by credential, [`SecretReader`] reads the secrets again from their
//! places, [`methods`] decides how each can be revoked, and [`revoke`] does it. Nothing here prints or asks.

mod agent_token;
mod attempt;
mod key;
mod leak;
mod log;
mod method;
mod reader;
mod remote;

pub use attempt::revoke;
pub use leak::{Leak, SelectionError, leaks_of, select};
pub use log::{LogEntry, RevocationLog};
pub use method::{Means, Obstacle, RevocationMethod, methods};
pub use reader::SecretReader;
pub use remote::RemoteReader;

use serde::{Deserialize, Serialize};

/// The result for a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", content = "reason", rename_all = "kebab-case")]
pub enum Revocation {
    /// The instance revoked, reset or deleted it.
    Revoked,
    /// It was already dead; with the reason.
    AlreadyDead(String),
    /// It must be revoked by hand; with the reason.
    Left(String),
    /// The request failed; with the reason.
    Failed(String),
}

impl Revocation {
    /// Returns true if the credential is known not to work any more.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Revoked | Self::AlreadyDead(_))
    }
}
