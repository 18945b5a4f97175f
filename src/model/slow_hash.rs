//! Fingerprints of guessable secrets: a memory-hard hash, which makes each guess of a dictionary
//! attack cost time and memory.

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::fingerprint::digest_of;
use super::{Finding, Fingerprint};

/// Memory of one hash, in KiB.
const MEMORY: u32 = 8 * 1024;

/// Number of passes over the memory.
const PASSES: u32 = 2;

/// Computes version 2 fingerprints: Argon2id over rule, path, user, host, key and value, under a key
/// that an installation or a repository can choose.
#[derive(Debug)]
pub struct SlowHasher {
    salt: [u8; 32],
    memory: Vec<Block>,
}

impl SlowHasher {
    /// Creates a hasher that reuses its memory. With an empty key, the salt is a constant, so that
    /// fingerprints are the same everywhere.
    pub fn new(key: &[u8]) -> Self {
        Self {
            salt: digest_of([&b"tokensweep fingerprint 2"[..], key]),
            memory: vec![Block::default(); Self::params().block_count()],
        }
    }

    fn params() -> Params {
        // Constants within the limits of the crate, which the test checks.
        Params::new(MEMORY, PASSES, 1, Some(32)).unwrap_or_default()
    }

    /// Returns the fingerprint of a finding with a guessable secret.
    pub fn fingerprint(&mut self, finding: &Finding) -> Fingerprint {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (user, host, key) = (
            text(&finding.context.user),
            text(&finding.context.host),
            text(&finding.context.key),
        );
        let input = digest_of([
            finding.rule_id.as_str().as_bytes(),
            finding.location.path.as_bytes(),
            user.as_bytes(),
            host.as_bytes(),
            key.as_bytes(),
            finding.secret.reveal(),
        ]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Self::params());
        let mut digest = [0; 32];
        let hashed =
            argon.hash_password_into_with_memory(&input, &self.salt, &mut digest, &mut self.memory);
        match hashed {
            Ok(()) => Fingerprint::from_slow_hash(&digest),
            Err(_) => Fingerprint::without_value(
                &finding.rule_id,
                &finding.location.path,
                &finding.secret,
            ),
        }
    }
}
