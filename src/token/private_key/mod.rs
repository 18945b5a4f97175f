//! Private keys, read from the block of text that contains them: their protection by a passphrase, and
//! their integrity.

mod armor;
mod der;
mod lines;
mod openpgp;
mod openssh;
mod plain;
mod public_half;
mod putty;
mod rsa;

use armor::Armor;
pub use public_half::{PrivateHalf, PublicHalf, public_half};

/// The most bytes of a key of an elliptic curve in DER: P-521 in PKCS #8 has 241.
const MAX_CURVE_KEY: usize = 256;

/// The private key in a block of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    /// The protection of the key.
    pub lock: Lock,
    /// The evidence that the key is intact.
    pub proof: Proof,
    /// True for a key that has been published on purpose.
    pub is_published: bool,
}

/// The protection of a key in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// None: the block is sufficient to use the key.
    Open,
    /// A password, which tools accept empty (Sigstore).
    Password,
    /// A passphrase.
    Passphrase,
    /// The secret part is not in the block but in a device.
    Elsewhere,
}

/// The evidence that a key is intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A checksum verifies, or its numbers belong together.
    Verified,
    /// It is complete, and nothing in it can be verified.
    Whole,
    /// It begins as a key does, but its end is missing or a checksum fails.
    Damaged,
}

impl Proof {
    /// Returns the proof if the key is intact.
    fn if_intact(self, is_intact: bool) -> Self {
        if is_intact { self } else { Self::Damaged }
    }
}

/// Reads a block from its first line (`-----BEGIN … PRIVATE KEY-----`, `PuTTY-User-Key-File-…`) to
/// its last, as it is in a file: lines may be indented, quoted, commented out, escaped as in
/// JSON, joined into one, or marked by a diff. Also reads a key in base64 alone. `None` for other text.
pub fn read(block: &[u8]) -> Option<PrivateKey> {
    if let Some(block) = block.strip_prefix(putty::MAGIC) {
        return putty::read(block);
    }
    if !block.starts_with(b"-----") {
        return read_bare(block);
    }
    let armor = Armor::open(block)?;
    let mut key = read_armored(&armor)?;
    if key.proof == Proof::Verified && !armor.is_canonical {
        key.proof = Proof::Damaged;
    }
    Some(key)
}

/// Reads a key in base64 without a first and a last line. Nothing but its form distinguishes it from other data, so it
/// must be complete, and the numbers of an RSA key must belong together.
fn read_bare(text: &[u8]) -> Option<PrivateKey> {
    let armor = Armor::decode(b"", text)?;
    let key = der::read(&armor.bytes)?;
    let is_rsa = key.proof == Proof::Whole && armor.bytes.len() > MAX_CURVE_KEY;
    (armor.is_canonical && key.proof != Proof::Damaged && !is_rsa).then_some(key)
}

/// Reads the content of a block between its first and its last line.
fn read_armored(armor: &Armor) -> Option<PrivateKey> {
    let label = armor.label.as_slice();
    if label.ends_with(b"BLOCK") {
        return openpgp::read(&armor.bytes, armor.checksum.as_deref());
    }
    if label.starts_with(b"ENCRYPTED SIGSTORE ") || label.starts_with(b"ENCRYPTED COSIGN ") {
        return is_sigstore(&armor.bytes)
            .then(|| PrivateKey::new(Lock::Password, Proof::Whole, &armor.bytes));
    }
    if armor.is_encrypted {
        return is_ciphertext(&armor.bytes)
            .then(|| PrivateKey::new(Lock::Passphrase, Proof::Whole, &armor.bytes));
    }
    openssh::read(&armor.bytes).or_else(|| der::read(&armor.bytes))
}

impl PrivateKey {
    fn new(lock: Lock, proof: Proof, bytes: &[u8]) -> Self {
        Self {
            lock,
            proof,
            is_published: super::is_published(bytes),
        }
    }
}

/// True for the JSON that `cosign` wraps in its armor: key derivation, cipher and ciphertext.
/// Source: `encrypted` of theupdateframework/go-tuf, which cosign uses.
fn is_sigstore(bytes: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(bytes) else {
        return false;
    };
    ["kdf", "cipher", "ciphertext"]
        .iter()
        .all(|key| object.contains_key(*key))
}

/// True if a key encrypted as a whole (RFC 1421, `DEK-Info`) can be so long: blocks of 8 or 16
/// bytes, and no private key is shorter than this.
fn is_ciphertext(bytes: &[u8]) -> bool {
    bytes.len() >= 48 && bytes.len().is_multiple_of(8)
}

#[cfg(test)]
mod tests;
