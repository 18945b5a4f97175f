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
    /// What is shown of a secret that is not here any more; `bytes` is then its id.
    remains: Option<String>,
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
            remains: None,
        }
    }

    /// A secret that a person may have chosen, such as a password in a URL. A tag or hash of it
    /// would let a dictionary confirm it, so none is ever shown.
    pub fn guessable(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            shown: 0,
            guessable: true,
            remains: None,
        }
    }

    /// What a report kept of a secret: how it was shown, and the `id` by which the report told it
    /// from others. Shows itself as it was shown, equals what has the same id, reveals nothing.
    pub fn remains(redacted: impl Into<String>, id: &str, guessable: bool) -> Self {
        Self {
            bytes: id.as_bytes().to_vec(),
            shown: 0,
            guessable,
            remains: Some(redacted.into()),
        }
    }

    /// The secret itself; nothing where only its remains are here. Every caller must have a reason
    /// to hold it.
    pub fn reveal(&self) -> &[u8] {
        match self.remains {
            Some(_) => &[],
            None => &self.bytes,
        }
    }

    /// What tells it from other secrets in any report: 128 bits of a hash, in hexadecimal. `None`
    /// where a hash would give it away.
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
        Some(digest.iter().take(16).map(|b| format!("{b:02x}")).collect())
    }

    /// Returns true if it begins with `prefix`, or if what is shown of its remains does.
    pub fn starts_with(&self, prefix: &str) -> bool {
        match &self.remains {
            Some(shown) => shown.starts_with(prefix),
            None => self.bytes.starts_with(prefix.as_bytes()),
        }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.reveal().len()
    }

    /// True for a secret without a byte.
    pub fn is_empty(&self) -> bool {
        self.reveal().is_empty()
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

    #[test]
    fn remains_show_what_was_shown() {
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
