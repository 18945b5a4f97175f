//! A secret, which redacts itself wherever it is shown.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The bytes of a credential.
///
/// `Debug`, `Display` and `Serialize` show the public prefix, the length and, unless the secret is
/// guessable, a tag of 24 bits by which the same secret is recognised in two places:
/// `glpat-[20 redacted #3f9a1c]`. [`Secret::reveal`] is the only way to the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret {
    bytes: Vec<u8>,
    shown: usize,
    guessable: bool,
}

impl Secret {
    /// A secret whose first `shown` bytes are public (a token's prefix) and may be displayed.
    pub fn new(bytes: impl Into<Vec<u8>>, shown: usize) -> Self {
        let bytes = bytes.into();
        let shown = shown.min(bytes.len());
        Self {
            bytes,
            shown,
            guessable: false,
        }
    }

    /// A secret that a person may have chosen, such as a password in a URL. A tag or hash of it
    /// would let a dictionary confirm it, so none is ever shown.
    pub fn guessable(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            shown: 0,
            guessable: true,
        }
    }

    /// The secret itself. Every caller must have a reason to hold it.
    pub fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True for a secret without a byte.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// True where a hash of the secret would give it away.
    pub fn is_guessable(&self) -> bool {
        self.guessable
    }

    /// What may be shown of it.
    pub fn redacted(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, hidden) = self.bytes.split_at(self.shown);
        super::path::escape_into(f, shown)?;
        write!(f, "[{} redacted", hidden.len())?;
        if !self.guessable {
            let digest = Sha256::digest(&self.bytes);
            write!(f, " #{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_itself() {
        let body = "A1b2C3d4E5f6G7h8J9k1";
        let secret = Secret::new(format!("glpat-{body}"), 6);
        let shown = format!(
            "{secret} {secret:?} {}",
            serde_json::to_string(&secret).unwrap()
        );
        assert!(!shown.contains(body));
        assert!(secret.to_string().starts_with("glpat-[20 redacted #"));
        let password = Secret::guessable("hunter2");
        assert_eq!(password.to_string(), "[7 redacted]");
    }
}
