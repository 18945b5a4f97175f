//! The public half of a private key, by which a server identifies it.

use super::armor::Armor;
use super::{der, openssh, putty};

/// The public half of a key as SSH encodes it. `Debug` does not show the private half.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicHalf {
    /// The encoding (RFC 4253, section 6.6; RFC 5656; RFC 8709), whose hash is the fingerprint of the key.
    pub encoding: Vec<u8>,
    /// The private half, as far as it is known.
    pub private: PrivateHalf,
}

/// The private half in a file, and its relation to the public half.
#[derive(Clone, PartialEq, Eq)]
pub enum PrivateHalf {
    /// The numbers of the key prove that it belongs to the public half.
    Proven,
    /// The secret number of a key on an elliptic curve, big-endian; the seed of an Ed25519 key.
    Number(Vec<u8>),
    /// It is encrypted, damaged or elsewhere: the public half is a claim of the file.
    Unknown,
}

impl std::fmt::Debug for PublicHalf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_proven = self.private == PrivateHalf::Proven;
        f.debug_struct("PublicHalf")
            .field("encoding", &self.encoding)
            .field("is_proven", &is_proven)
            .finish_non_exhaustive()
    }
}

/// Reads the public half from a block as [`super::read`] takes it. `None` if the block does not contain it: keys that
/// are encrypted as a whole, OpenPGP keys, and keys on curves that SSH does not use.
pub fn public_half(block: &[u8]) -> Option<PublicHalf> {
    if let Some(block) = block.strip_prefix(putty::MAGIC) {
        return putty::public_half(block);
    }
    let armor = Armor::open(block)?;
    if armor.label.ends_with(b"BLOCK") || armor.is_encrypted {
        return None;
    }
    openssh::public_half(&armor.bytes).or_else(|| der::public_half(&armor.bytes))
}

impl PublicHalf {
    /// The public half of an RSA key. The numbers are unsigned and big-endian.
    pub(super) fn rsa(exponent: &[u8], modulus: &[u8], is_proven: bool) -> Self {
        Self {
            encoding: [field(b"ssh-rsa"), number(exponent), number(modulus)].concat(),
            private: if is_proven {
                PrivateHalf::Proven
            } else {
                PrivateHalf::Unknown
            },
        }
    }

    /// The public half of a key on a curve of NIST, named as SSH does: `nistp256`.
    pub(super) fn ecdsa(curve: &[u8], point: &[u8], secret: &[u8]) -> Self {
        let kind = [b"ecdsa-sha2-", curve].concat();
        Self {
            encoding: [field(&kind), field(curve), field(point)].concat(),
            private: PrivateHalf::Number(secret.to_vec()),
        }
    }
}

/// A length and as many bytes (RFC 4251, section 5).
fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// A number that is not negative: without leading zeros, but with one where the first bit is set.
fn number(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let (_, digits) = bytes.split_at(zeros);
    let sign: &[u8] = if digits.first().is_some_and(|&first| first >= 0x80) {
        &[0]
    } else {
        &[]
    };
    field(&[sign, digits].concat())
}
