//! SSH keys, made at run time.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256};

/// A private key in OpenSSH's format.
pub(crate) struct TestKey {
    /// The block of text.
    pub(crate) block: String,
    /// `SHA256:…`.
    pub(crate) fingerprint: String,
}

impl TestKey {
    /// An Ed25519 key without a passphrase.
    pub(crate) fn ed25519(seed: u8) -> Self {
        Self::with_public_half_of(seed, seed)
    }

    /// A file whose private half is one key, and whose public half another.
    pub(crate) fn with_public_half_of(private: u8, public: u8) -> Self {
        let seed = [private; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&[public; 32]).unwrap();
        let point = pair.public_key().as_ref();
        let public = [field(b"ssh-ed25519"), field(point)].concat();
        let check = 0x1234_5678_u32.to_be_bytes();
        let mut inside = [&check[..], &check].concat();
        inside.extend(public.clone());
        inside.extend(field(&[&seed[..], point].concat()));
        inside.extend(field(b"deploy"));
        inside.extend((1..=8).take((8 - inside.len() % 8) % 8));
        Self::file(b"none", &public, &inside)
    }

    /// A key that a passphrase protects, as far as a reader without the passphrase can see.
    pub(crate) fn encrypted(seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = [field(b"ssh-ed25519"), field(pair.public_key().as_ref())].concat();
        let ciphertext: Vec<u8> = (0..136_u8)
            .map(|byte| byte.wrapping_mul(151) ^ seed)
            .collect();
        Self::file(b"aes256-ctr", &public, &ciphertext)
    }

    fn file(cipher: &[u8], public: &[u8], inside: &[u8]) -> Self {
        let derivation: &[u8] = if cipher == b"none" {
            b"none"
        } else {
            b"bcrypt"
        };
        let bytes = [
            b"openssh-key-v1\0".to_vec(),
            field(cipher),
            field(derivation),
            field(b""),
            1_u32.to_be_bytes().to_vec(),
            field(public),
            field(inside),
        ]
        .concat();
        let text = STANDARD.encode(bytes);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(70)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let label = "OPENSSH PRIVATE KEY";
        Self {
            block: format!(
                "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
                lines.join("\n")
            ),
            fingerprint: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(public))),
        }
    }
}

fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}
