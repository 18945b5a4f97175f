//! The identity of a private key on a server: the fingerprint of its public half.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use sha2::{Digest as _, Sha256};

use crate::model::Secret;
use crate::token::private_key::{PrivateHalf, public_half};

/// A private key as far as a server can be asked about it. It contains nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshKey {
    /// The fingerprint of the public half as OpenSSH and GitLab write it: `SHA256:…`.
    pub(crate) fingerprint: String,
    /// True if the private half belongs to the public one. Otherwise the file only claims it, and anyone can
    /// write a public key of somebody else into a file.
    pub(crate) is_proven: bool,
}

impl SshKey {
    /// Reads the key of a block of text. `None` if the block does not contain the public half.
    pub(crate) fn read(block: &Secret) -> Option<Self> {
        let half = public_half(block.reveal())?;
        let hash = Sha256::digest(&half.encoding);
        Some(Self {
            fingerprint: format!("SHA256:{}", STANDARD_NO_PAD.encode(hash)),
            is_proven: match &half.private {
                PrivateHalf::Proven => true,
                PrivateHalf::Number(number) => is_pair(&half.encoding, number),
                PrivateHalf::Unknown => false,
            },
        })
    }
}

/// True if the number is the private half of a public one. Not known of the curve P-521.
fn is_pair(public: &[u8], number: &[u8]) -> bool {
    let Some((kind, rest)) = field(public) else {
        return false;
    };
    let last = std::iter::successors(field(rest), |(_, rest)| field(rest)).last();
    let Some((point, _)) = last else {
        return false;
    };
    let (algorithm, size) = match kind {
        b"ssh-ed25519" => return Ed25519KeyPair::from_seed_and_public_key(number, point).is_ok(),
        b"ecdsa-sha2-nistp256" => (&ECDSA_P256_SHA256_ASN1_SIGNING, 32_usize),
        b"ecdsa-sha2-nistp384" => (&ECDSA_P384_SHA384_ASN1_SIGNING, 48),
        _ => return false,
    };
    // SSH leaves leading zeros out and puts one before a first bit that is set.
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let (_, digits) = number.split_at(zeros);
    let Some(missing) = size.checked_sub(digits.len()) else {
        return false;
    };
    let number = [&vec![0; missing][..], digits].concat();
    let random = SystemRandom::new();
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, &number, point, &random).is_ok()
}

/// A field of SSH's encoding, and the bytes behind it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}
