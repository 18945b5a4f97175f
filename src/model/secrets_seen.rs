//! The secrets that a scan met, so that no text of its outcome repeats one.

use std::collections::BTreeSet;

use super::Secret;

/// How many bytes of secrets are kept, with what each costs besides.
const MAX_BYTES: usize = 32 << 20;

/// What a secret costs besides its bytes.
const OVERHEAD: usize = 64;

/// Secrets that were seen and are not findings of the outcome: below the thresholds, of disabled
/// rules, known from an earlier version, in names. Never serialised.
#[derive(Clone, Debug, Default)]
pub struct SecretsSeen {
    secrets: BTreeSet<Secret>,
    bytes: usize,
    is_cut: bool,
}

impl SecretsSeen {
    /// Adds a secret, unless there is no room for it.
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

    /// Adds all of `other`.
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

    /// The secrets, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter()
    }

    /// True if there were more than are kept: source lines must not be shown then.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}
