//! The identity of a finding, stable across edits, rebases and squashes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BlobPath, RuleId, Secret};

/// A versioned SHA-256: `1:` and 64 lower-case hexadecimal digits.
///
/// Holds no line, offset or commit: a secret that moves within its file keeps its fingerprint, and
/// the same secret twice in one file has one fingerprint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(String);

/// What tells one credential from another in the same file.
#[derive(Clone, Copy, Debug)]
pub enum Identity<'a> {
    /// The secret itself: long and random, so that its hash gives nothing away.
    Secret(&'a Secret),
    /// For a guessable secret: who logs in where. The secret stays out of it.
    Account {
        /// User name, empty where there is none.
        user: &'a [u8],
        /// Host name, empty where there is none.
        host: &'a [u8],
    },
}

impl Fingerprint {
    /// The version written in front; a change of the recipe below gives a new one.
    const VERSION: &'static str = "1:";

    /// SHA-256 over rule id, path and identity, each with its length in front so that no two
    /// different triples run into the same bytes.
    pub fn new(rule: &RuleId, path: &BlobPath, identity: Identity<'_>) -> Self {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(b"tokensweep fingerprint 1");
        field(rule.as_str().as_bytes());
        field(path.as_bytes());
        match identity {
            Identity::Secret(secret) => {
                field(b"secret");
                field(secret.reveal());
            }
            Identity::Account { user, host } => {
                field(b"account");
                field(user);
                field(host);
            }
        }
        let digest = hasher.finalize();
        let mut text = String::with_capacity(Self::VERSION.len() + 64);
        text.push_str(Self::VERSION);
        for byte in digest.iter() {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        Self(text)
    }

    /// The whole text, version included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 hexadecimal digits alone, for formats with a field of their own for the version.
    pub fn digest(&self) -> &str {
        &self.0[Self::VERSION.len()..]
    }
}

/// A text that is no fingerprint of a known version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint: expected '1:' and 64 lower-case hexadecimal digits")]
pub struct InvalidFingerprint;

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(Self::VERSION).ok_or(InvalidFingerprint)?;
        let valid = digits.len() == 64
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidFingerprint)
        }
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_rule_path_and_identity_alone() {
        let rule = RuleId::new("some-rule").unwrap();
        let path = BlobPath::from_bytes(*b"a/b");
        let secret = Secret::new(*b"0123456789", 0);
        let of = |rule: &RuleId, path: &BlobPath, identity| Fingerprint::new(rule, path, identity);
        let base = of(&rule, &path, Identity::Secret(&secret));
        assert_eq!(base, of(&rule, &path, Identity::Secret(&secret)));
        assert_ne!(
            base,
            of(
                &rule,
                &BlobPath::from_bytes(*b"a/c"),
                Identity::Secret(&secret)
            )
        );
        assert_ne!(
            of(
                &rule,
                &path,
                Identity::Account {
                    user: b"ab",
                    host: b"c"
                }
            ),
            of(
                &rule,
                &path,
                Identity::Account {
                    user: b"a",
                    host: b"bc"
                }
            ),
        );
        assert_eq!(base.as_str().parse(), Ok(base.clone()));
        assert!("1:xyz".parse::<Fingerprint>().is_err());
    }
}
