//! The identity of a finding, stable across edits, rebases and squashes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BlobPath, RuleId, Secret};

/// The version of the recipe, `:`, and 64 lower-case hexadecimal digits.
///
/// Contains no line, offset or commit: a secret that moves within its file keeps its fingerprint,
/// and the same secret twice in one file has one fingerprint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(String);

/// The recipe of a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FingerprintVersion {
    /// `0:` SHA-256 over rule and path of a guessable secret whose slow hash was not computed. It
    /// does not depend on the value, identifies no credential and matches no baseline.
    WithoutValue,
    /// `1:` SHA-256 over rule, path and an unguessable secret. In baselines of earlier versions
    /// also over rule, path, user and host of a guessable one.
    Fast,
    /// `2:` Argon2id over rule, path, account, key and value of a guessable secret.
    Slow,
}

impl FingerprintVersion {
    const ALL: [Self; 3] = [Self::WithoutValue, Self::Fast, Self::Slow];

    /// Returns the number in front of the fingerprint.
    pub fn number(self) -> u8 {
        match self {
            Self::WithoutValue => 0,
            Self::Fast => 1,
            Self::Slow => 2,
        }
    }
}

/// The part of a version 1 fingerprint that distinguishes credentials in the same file.
#[derive(Clone, Copy, Debug)]
pub enum Identity<'a> {
    /// The secret itself: long and random, so that its hash does not reveal it.
    Secret(&'a Secret),
    /// For a guessable secret: user and host, without the secret.
    Account {
        /// User name, or empty.
        user: &'a [u8],
        /// Host name, or empty.
        host: &'a [u8],
    },
}

impl Fingerprint {
    /// Length of the text before the digest: one digit and `:`.
    const PREFIX: usize = 2;

    /// Computes version 1: SHA-256 over rule id, path and identity.
    pub fn new(rule: &RuleId, path: &BlobPath, identity: Identity<'_>) -> Self {
        let common = [
            &b"tokensweep fingerprint 1"[..],
            rule.as_str().as_bytes(),
            path.as_bytes(),
        ];
        let digest = match identity {
            Identity::Secret(secret) => {
                digest_of(common.into_iter().chain([&b"secret"[..], secret.reveal()]))
            }
            Identity::Account { user, host } => {
                digest_of(common.into_iter().chain([&b"account"[..], user, host]))
            }
        };
        Self::of(FingerprintVersion::Fast, &digest)
    }

    /// Computes version 0: SHA-256 over rule id and path, where the path does not contain the
    /// secret.
    pub fn without_value(rule: &RuleId, path: &BlobPath, secret: &Secret) -> Self {
        let path = path.as_bytes();
        let secret = secret.reveal();
        let holds_secret = !secret.is_empty() && memchr::memmem::find(path, secret).is_some();
        let digest = digest_of([
            &b"tokensweep fingerprint 0"[..],
            rule.as_str().as_bytes(),
            if holds_secret { b"" } else { path },
        ]);
        Self::of(FingerprintVersion::WithoutValue, &digest)
    }

    /// Creates version 2 from the slow hash.
    pub(super) fn from_slow_hash(digest: &[u8; 32]) -> Self {
        Self::of(FingerprintVersion::Slow, digest)
    }

    fn of(version: FingerprintVersion, digest: &[u8; 32]) -> Self {
        let mut text = format!("{}:", version.number());
        for byte in digest {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        Self(text)
    }

    /// Returns the recipe of the fingerprint.
    pub fn version(&self) -> FingerprintVersion {
        let number = self.0.as_bytes().first().map_or(0, |digit| digit - b'0');
        FingerprintVersion::ALL
            .into_iter()
            .find(|version| version.number() == number)
            .unwrap_or(FingerprintVersion::WithoutValue)
    }

    /// Returns the whole text, version included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the 64 hexadecimal digits alone, for formats with a field of their own for the
    /// version.
    pub fn digest(&self) -> &str {
        &self.0[Self::PREFIX..]
    }
}

/// Returns the SHA-256 over fields, each with its length in front so that different lists never
/// give the same bytes.
pub(super) fn digest_of<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
}

/// A text that is not a fingerprint of a known version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint: expected '1:' or '2:' and 64 lower-case hexadecimal digits")]
pub struct InvalidFingerprint;

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (version, digits) = text.split_once(':').ok_or(InvalidFingerprint)?;
        let valid = FingerprintVersion::ALL
            .iter()
            .any(|known| known.number().to_string() == version)
            && digits.len() == 64
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
        let account = |user, host| Identity::Account { user, host };
        assert_ne!(
            of(&rule, &path, account(b"ab", b"c")),
            of(&rule, &path, account(b"a", b"bc")),
        );
        assert_eq!(base.as_str().parse(), Ok(base.clone()));
        assert_eq!(base.version(), FingerprintVersion::Fast);
        for bad in ["1:xyz", "3:", "", ":", &format!("9:{}", "0".repeat(64))] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn version_0_contains_no_secret() {
        let rule = RuleId::new("some-rule").unwrap();
        let in_folder = |word: &str, secret: &str| {
            let path = BlobPath::from_bytes(format!("a/{word}"));
            Fingerprint::without_value(&rule, &path, &Secret::guessable(secret))
        };
        assert_eq!(in_folder("x", "hunter2"), in_folder("x", "hunter3"));
        assert_eq!(
            in_folder("hunter2", "hunter2"),
            in_folder("hunter3", "hunter3")
        );
        assert_eq!(
            in_folder("x", "y").version(),
            FingerprintVersion::WithoutValue
        );
    }
}
