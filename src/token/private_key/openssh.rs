//! Keys in the form that `ssh-keygen` writes since 2014. Source: `PROTOCOL.key` of OpenSSH.

use super::public_half::{PrivateHalf, PublicHalf};
use super::rsa::RsaNumbers;
use super::{Lock, PrivateKey, Proof};

/// The signature at the start of the decoded block.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A decoded block: its unencrypted and its private part.
struct SshKeyFile<'b> {
    is_encrypted: bool,
    /// The public half, if the block contains one key.
    public: Option<&'b [u8]>,
    private: Option<&'b [u8]>,
}

impl<'b> SshKeyFile<'b> {
    /// `None` for another form.
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut fields = SshFields(bytes.strip_prefix(MAGIC)?);
        let cipher = fields.string()?;
        let _key_derivation = fields.string()?;
        let _options = fields.string()?;
        let count = fields.number()?;
        let public = fields.string();
        Some(Self {
            is_encrypted: cipher != b"none",
            public: public.filter(|_| count == 1),
            private: public.and_then(|_| fields.string()),
        })
    }
}

/// Reads a decoded block. `None` for another form.
pub(super) fn read(bytes: &[u8]) -> Option<PrivateKey> {
    let file = SshKeyFile::read(bytes)?;
    let kind = file.public.and_then(|public| SshFields(public).string());
    let (mut lock, proof) = if file.is_encrypted {
        let is_whole = file.private.is_some_and(|private| private.len() >= 32);
        (Lock::Passphrase, Proof::Whole.if_intact(is_whole))
    } else {
        let is_verified = file.private.zip(kind).is_some_and(|(private, kind)| {
            let mut private = SshFields(private);
            let checks = (private.number(), private.number());
            // The same number twice, and the kind of the public half.
            checks.0.is_some() && checks.0 == checks.1 && private.string() == Some(kind)
        });
        (Lock::Open, Proof::Verified.if_intact(is_verified))
    };
    if kind.is_some_and(|kind| kind.starts_with(b"sk-")) {
        lock = Lock::Elsewhere;
    }
    Some(PrivateKey::new(lock, proof, bytes))
}

/// Reads the public half, which the file contains in clear. `None` for another form.
pub(super) fn public_half(bytes: &[u8]) -> Option<PublicHalf> {
    let file = SshKeyFile::read(bytes)?;
    let public = file.public?;
    let private = file.private.filter(|_| !file.is_encrypted);
    let private = private.and_then(|private| private_half(public, private));
    Some(PublicHalf {
        encoding: public.to_vec(),
        private: private.unwrap_or(PrivateHalf::Unknown),
    })
}

/// Reads the private part of a key that is not encrypted. `None` if its numbers are not those of a known kind.
fn private_half(public: &[u8], private: &[u8]) -> Option<PrivateHalf> {
    let mut public = SshFields(public);
    let mut private = SshFields(private);
    let checks = (private.number()?, private.number()?);
    let kind = public.string()?;
    (checks.0 == checks.1 && private.string()? == kind).then_some(())?;
    if kind == b"ssh-ed25519" {
        let _public = private.string()?;
        // The seed, and the public half once more.
        let (seed, _) = private.string()?.split_at_checked(32)?;
        return Some(PrivateHalf::Number(seed.to_vec()));
    }
    if kind.starts_with(b"ecdsa-sha2-") {
        let _curve = private.string()?;
        let _point = private.string()?;
        return Some(PrivateHalf::Number(private.string()?.to_vec()));
    }
    (kind == b"ssh-rsa").then_some(())?;
    let public_exponent = public.string()?;
    let modulus = public.string()?;
    let _modulus = private.string()?;
    let _public_exponent = private.string()?;
    let private_exponent = private.string()?;
    let coefficient = private.string()?;
    let numbers = RsaNumbers {
        modulus,
        public_exponent,
        private_exponent,
        primes: [private.string()?, private.string()?],
        exponents: None,
        coefficient,
    };
    numbers.agree().then_some(PrivateHalf::Proven)
}

/// The fields of SSH's encoding (RFC 4251).
pub(super) struct SshFields<'b>(pub(super) &'b [u8]);

impl<'b> SshFields<'b> {
    /// Four bytes.
    fn number(&mut self) -> Option<u32> {
        let (&number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(number))
    }

    /// A length and as many bytes.
    pub(super) fn string(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(text)
    }
}
