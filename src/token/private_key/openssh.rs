//! Keys in the form that `ssh-keygen` writes since 2014. Source: `PROTOCOL.key` of OpenSSH.

use super::{Lock, PrivateKey, Proof};

/// What the decoded block begins with.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Reads a decoded block. `None` for another form.
pub(super) fn read(bytes: &[u8]) -> Option<PrivateKey> {
    let mut fields = SshFields(bytes.strip_prefix(MAGIC)?);
    let cipher = fields.string()?;
    let _key_derivation = fields.string()?;
    let _options = fields.string()?;
    let count = fields.number()?;
    let public = fields.string().filter(|_| count == 1);
    let kind = public.and_then(|public| SshFields(public).string());
    let (mut lock, proof) = if cipher == b"none" {
        let is_verified = fields.string().zip(kind).is_some_and(|(private, kind)| {
            let mut private = SshFields(private);
            let checks = (private.number(), private.number());
            // The same number twice, and the kind of the public half.
            checks.0.is_some() && checks.0 == checks.1 && private.string() == Some(kind)
        });
        (
            Lock::Open,
            if is_verified {
                Proof::Verified
            } else {
                Proof::Damaged
            },
        )
    } else {
        let is_whole = fields.string().is_some_and(|private| private.len() >= 32);
        (
            Lock::Passphrase,
            if is_whole {
                Proof::Whole
            } else {
                Proof::Damaged
            },
        )
    };
    if kind.is_some_and(|kind| kind.starts_with(b"sk-")) {
        lock = Lock::Elsewhere;
    }
    Some(PrivateKey::new(lock, proof, bytes))
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
