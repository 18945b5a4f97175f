//! Keys in PuTTY's own form, versions 2 and 3. Source: appendix C of PuTTY's manual.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::openssh::Fields;
use super::{Lock, PrivateKey, Proof, rsa};

/// The most lines of a part that are read: an RSA key of 16384 bits has about 200.
const MAX_LINES: usize = 400;

/// Reads the lines of a file behind its first. `None` without the line that says how it is encrypted.
pub(super) fn read(lines: &[Vec<u8>]) -> Option<PrivateKey> {
    let encryption = value(lines, b"Encryption:")?;
    let public = part(lines, b"Public-Lines:");
    let private = part(lines, b"Private-Lines:");
    let bytes = private.clone().unwrap_or_default();
    if encryption != b"none" {
        let proof = if private.is_some() {
            Proof::Whole
        } else {
            Proof::Damaged
        };
        return Some(PrivateKey::new(Lock::Passphrase, proof, &bytes));
    }
    let proof = match (public, private) {
        (Some(public), Some(private)) if is_rsa(&public, &private) => Proof::Verified,
        (Some(_), Some(private)) if !private.is_empty() => Proof::Whole,
        _ => Proof::Damaged,
    };
    Some(PrivateKey::new(Lock::Open, proof, &bytes))
}

/// True if the parts are those of an RSA key whose modulus is the product of its primes.
fn is_rsa(public: &[u8], private: &[u8]) -> bool {
    let mut public = Fields(public);
    let (kind, _exponent, modulus) = (public.string(), public.string(), public.string());
    let mut private = Fields(private);
    let (_exponent, first, second) = (private.string(), private.string(), private.string());
    match (kind, modulus, first, second) {
        (Some(b"ssh-rsa"), Some(modulus), Some(first), Some(second)) => {
            rsa::is_product(modulus, first, second)
        }
        _ => false,
    }
}

/// What a line says behind its name.
fn value<'l>(lines: &'l [Vec<u8>], name: &[u8]) -> Option<&'l [u8]> {
    lines
        .iter()
        .find_map(|line| line.strip_prefix(name))
        .map(<[u8]>::trim_ascii)
}

/// The lines that a counting line announces, decoded; `None` if some are missing.
fn part(lines: &[Vec<u8>], name: &[u8]) -> Option<Vec<u8>> {
    let at = lines.iter().position(|line| line.starts_with(name))?;
    let count: usize = str::from_utf8(value(lines, name)?).ok()?.parse().ok()?;
    let following = lines.get(at + 1..at + 1 + count.min(MAX_LINES))?;
    STANDARD.decode(following.concat()).ok()
}
