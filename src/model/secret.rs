//! A secret, which redacts itself in every output.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::number::hex;

/// The bytes of a credential.
///
/// `Debug`, `Display` and `Serialize` show the public prefix, the length and, unless the secret is
/// guessable, a tag of 24 bits, which is the same for each occurrence of the secret:
/// `glpat-[20 redacted #3f9a1c]`. [`Secret::reveal`] is the only access to the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret {
    bytes: Vec<u8>,
    shown: usize,
    guessable: bool,
    /// The redacted text of a secret whose bytes are not available; `bytes` is then its id.
    remains: Option<String>,
}

impl Secret {
    /// Creates a secret whose first `shown` bytes are public (a token's prefix) and may be
    /// displayed.
    pub fn new(bytes: impl Into<Vec<u8>>, shown: usize) -> Self {
        let bytes = bytes.into();
        let shown = shown.min(bytes.len());
        Self {
            bytes,
            shown,
            guessable: false,
            remains: None,
        }
    }

    /// Creates a secret that a person may have chosen, such as a password in a URL. A tag or hash
    /// of it would confirm a guess from a dictionary, so neither is shown.
    pub fn guessable(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            shown: 0,
            guessable: true,
            remains: None,
        }
    }

    /// Restores a secret from a report: its redacted text, and the `id` that distinguishes it from
    /// others in the report. It displays that text, equals secrets with the same id, and reveals
    /// nothing.
    pub fn remains(redacted: impl Into<String>, id: &str, guessable: bool) -> Self {
        Self {
            bytes: id.as_bytes().to_vec(),
            shown: 0,
            guessable,
            remains: Some(redacted.into()),
        }
    }

    /// Returns the bytes of the secret; empty for a secret that was restored from a report. Callers
    /// must have a reason to use it.
    pub fn reveal(&self) -> &[u8] {
        match self.remains {
            Some(_) => &[],
            None => &self.bytes,
        }
    }

    /// Returns an id that is the same in every report: 128 bits of a hash, in hexadecimal. `None`
    /// if a hash would reveal the secret.
    pub fn id(&self) -> Option<String> {
        if self.guessable {
            return None;
        }
        if self.remains.is_some() {
            return Some(String::from_utf8_lossy(&self.bytes).into_owned());
        }
        let mut hasher = Sha256::new();
        hasher.update(b"tokensweep secret 1");
        hasher.update(&self.bytes);
        let digest = hasher.finalize();
        Some(hex(&digest[..16]))
    }

    /// Returns true if it, or the redacted text of a restored secret, begins with `prefix`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        match &self.remains {
            Some(shown) => shown.starts_with(prefix),
            None => self.bytes.starts_with(prefix.as_bytes()),
        }
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.reveal().len()
    }

    /// Returns true if the secret has no bytes.
    pub fn is_empty(&self) -> bool {
        self.reveal().is_empty()
    }

    /// Returns true if a hash would reveal the secret.
    pub fn is_guessable(&self) -> bool {
        self.guessable
    }

    /// Returns the text that may be shown.
    pub fn redacted(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(shown) = &self.remains {
            return f.write_str(shown);
        }
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
    fn never_displays_its_bytes() {
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

    #[test]
    fn restored_secret_displays_redacted_text() {
        let secret = Secret::new(concat!("glpat-", "A1b2C3d4E5f6G7h8J9k1"), 6);
        let id = secret.id().unwrap();
        assert_eq!(id.len(), 32);
        let remains = Secret::remains(secret.redacted(), &id, false);
        assert_eq!(remains.redacted(), secret.redacted());
        assert_eq!(remains.id(), Some(id));
        assert!(remains.is_empty() && remains.reveal().is_empty());
        assert_eq!(Secret::guessable("hunter2").id(), None);
    }
}
