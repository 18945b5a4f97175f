//! Keys in PuTTY's own form, versions 2 and 3. Source: appendix C of PuTTY's manual.

use crate::model::decode_base64;

use super::lines::{lines, without_padding, words};
use super::openssh::SshFields;
use super::public_half::{PrivateHalf, PublicHalf};
use super::rsa::RsaNumbers;
use super::{Lock, PrivateKey, Proof};

/// The signature at the start of a file.
pub(super) const MAGIC: &[u8] = b"PuTTY-User-Key-File-";

/// The text behind the lines of a part: the next part, or the derivation of the key from the passphrase.
const ENDS: [&[u8]; 3] = [b"Key-Derivation:", b"Private-Lines:", b"Private-MAC:"];

/// Reads a file behind [`MAGIC`]. `None` without the line that names its encryption, and for a file with an
/// omission.
pub(super) fn read(text: &[u8]) -> Option<PrivateKey> {
    let text = body(text)?;
    let encryption = value(&text, b"Encryption:")?;
    let public = PuttyPart::read(&text, b"Public-Lines:")?.0;
    let private = PuttyPart::read(&text, b"Private-Lines:")?.0;
    let bytes = private.clone().unwrap_or_default();
    if encryption != b"none" {
        let proof = Proof::Whole.if_intact(private.is_some());
        return Some(PrivateKey::new(Lock::Passphrase, proof, &bytes));
    }
    let proof = match (public, private) {
        (Some(public), Some(private)) if is_rsa(&public, &private) => Proof::Verified,
        (Some(_), Some(private)) if !private.is_empty() => Proof::Whole,
        _ => Proof::Damaged,
    };
    Some(PrivateKey::new(Lock::Open, proof, &bytes))
}

/// Reads the public half, which a file contains in clear. `None` for a file with an omission.
pub(super) fn public_half(text: &[u8]) -> Option<PublicHalf> {
    let text = body(text)?;
    let is_open = value(&text, b"Encryption:")? == b"none";
    let public = PuttyPart::read(&text, b"Public-Lines:")?.0?;
    let private = PuttyPart::read(&text, b"Private-Lines:")?.0;
    let is_proven = is_open && private.is_some_and(|private| is_rsa(&public, &private));
    Some(PublicHalf {
        encoding: public,
        private: if is_proven {
            PrivateHalf::Proven
        } else {
            PrivateHalf::Unknown
        },
    })
}

/// The lines behind the first one, which has the version and the kind of the key without a name.
fn body(text: &[u8]) -> Option<Vec<u8>> {
    let kind = text.iter().position(|&byte| byte == b':')? + 1;
    let (_, text) = text.split_at(kind);
    let (_, text) = text.split_at(text.len() - text.trim_ascii_start().len());
    let kind = text.iter().position(|byte| !is_of_name(*byte))?;
    let (_, text) = text.split_at(kind);
    Some(lines(text).join(&b'\n'))
}

/// True if the parts are those of an RSA key whose numbers agree.
fn is_rsa(public: &[u8], private: &[u8]) -> bool {
    let mut public = SshFields(public);
    let mut private = SshFields(private);
    let mut numbers = || {
        (public.string()? == b"ssh-rsa").then_some(())?;
        Some(RsaNumbers {
            public_exponent: public.string()?,
            modulus: public.string()?,
            private_exponent: private.string()?,
            primes: [private.string()?, private.string()?],
            exponents: None,
            coefficient: private.string()?,
        })
    };
    numbers().is_some_and(|numbers| numbers.agree())
}

/// True for a byte of the name of a kind of key.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_@.".contains(&byte)
}

/// The word behind a name.
fn value<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let text = behind(text, name)?.trim_ascii_start();
    text.split(u8::is_ascii_whitespace).next()
}

/// The text behind a name.
fn behind<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let at = memchr::memmem::find(text, name)?;
    text.get(at + name.len()..)
}

/// The lines that a name announces with their number, decoded, if none is missing. They may have been joined.
struct PuttyPart(Option<Vec<u8>>);

impl PuttyPart {
    /// `None` if it is not base64.
    fn read(text: &[u8], name: &[u8]) -> Option<Self> {
        let Some(text) = behind(text, name) else {
            return Some(Self(None));
        };
        let count = value(text, b"")?;
        let text = behind(text, count)?;
        let ends = ENDS
            .iter()
            .filter_map(|end| memchr::memmem::find(text, end));
        let (text, _) = text.split_at(ends.min().unwrap_or(text.len()));
        let mut found = 0;
        let mut content = Vec::with_capacity(text.len());
        for line in text.split(|&byte| byte == b'\n') {
            for word in words(line)? {
                content.extend_from_slice(without_padding(word));
                found += 1;
            }
        }
        let count: usize = str::from_utf8(count).ok()?.parse().ok()?;
        let is_whole = count == found;
        Some(Self(is_whole.then(|| decode_base64(&content)).flatten()))
    }
}
