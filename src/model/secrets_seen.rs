//! The secrets that a scan found, so that no text of its outcome repeats one.

use std::collections::BTreeSet;

use super::Secret;

/// Maximum size of the stored secrets in bytes, with the overhead of each.
const MAX_BYTES: usize = 32 << 20;

/// Memory of a stored secret besides its bytes.
const OVERHEAD: usize = 64;

/// Secrets that were found and are not findings of the outcome: below the thresholds, of disabled
/// rules, known from a parent version, in names. Never serialised.
#[derive(Clone, Debug, Default)]
pub struct SecretsSeen {
    secrets: BTreeSet<Secret>,
    bytes: usize,
    is_cut: bool,
}

impl SecretsSeen {
    /// Adds a secret, unless the memory limit is reached.
    pub fn insert(&mut self, secret: Secret) {
        if secret.is_empty() || self.secrets.contains(&secret) {
            return;
        }
        let cost = secret.len() + OVERHEAD;
        if self.bytes + cost > MAX_BYTES {
            self.is_cut = true;
            return;
        }
        self.bytes += cost;
        self.secrets.insert(secret);
    }

    /// Records that there are secrets that are not stored.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Adds all secrets of `other`.
    pub fn append(&mut self, other: Self) {
        self.is_cut |= other.is_cut;
        if self.secrets.is_empty() {
            (self.secrets, self.bytes) = (other.secrets, other.bytes);
            return;
        }
        other
            .secrets
            .into_iter()
            .for_each(|secret| self.insert(secret));
    }

    /// Returns the secrets, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter()
    }

    /// Returns true if there were more secrets than the limit: source lines must not be shown then.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}
