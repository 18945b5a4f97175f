//! Keys in DER: PKCS #1 and PKCS #8, plain and encrypted, and the forms of EC and DSA keys.

use super::rsa::RsaNumbers;
use super::{Lock, PrivateKey, Proof};

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Reads a private key. `None` for other content: public keys, certificates and parameters have
/// other forms. Sources: RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), OpenSSL (DSA).
pub(super) fn read(bytes: &[u8]) -> Option<PrivateKey> {
    let outer = DerValue::first(bytes)?;
    (outer.tag == SEQUENCE).then_some(())?;
    let (lock, proof) = key(outer.content, true)?;
    let proof = if outer.is_exact() {
        proof
    } else {
        Proof::Damaged
    };
    Some(PrivateKey::new(lock, proof, bytes))
}

/// What the content of the outermost sequence is. A key may hold another one, once.
fn key(content: &[u8], may_hold_another: bool) -> Option<(Lock, Proof)> {
    let mut fields = DerFields(content);
    let first = fields.next()?;
    if first.tag == SEQUENCE {
        // EncryptedPrivateKeyInfo: an algorithm and a ciphertext.
        is_algorithm(first.content).then_some(())?;
        let second = fields.next()?;
        return (second.tag == OCTETS && second.content.len() >= 16)
            .then_some((Lock::Passphrase, Proof::Whole));
    }
    let version = first.integer()?;
    matches!(version, [] | [1]).then_some(())?;
    let second = fields.next()?;
    match second.tag {
        // RSAPrivateKey: modulus, two exponents, two primes. DSA: three parameters, two keys.
        INTEGER => {
            let modulus = second.integer()?;
            let mut is_cut = false;
            let rest: Vec<&[u8]> = fields
                .inspect(|field| is_cut |= field.is_cut)
                .map_while(DerValue::integer)
                .collect();
            // Version 0: two primes.
            let is_verified = match rest[..] {
                [e, d, p, q, dp, dq, coefficient] if version.is_empty() && !is_cut => RsaNumbers {
                    modulus,
                    public_exponent: e,
                    private_exponent: d,
                    primes: [p, q],
                    exponents: Some([dp, dq]),
                    coefficient,
                }
                .agree(),
                _ => false,
            };
            // A modulus of 512 bits, or a prime of 512 bits, is the least there is.
            (modulus.len() >= 64 && !rest.is_empty()).then_some(())?;
            Some((
                Lock::Open,
                if is_verified {
                    Proof::Verified
                } else {
                    Proof::Whole
                },
            ))
        }
        // ECPrivateKey: the number itself.
        OCTETS => (version == [1] && (20..=66).contains(&second.content.len()))
            .then_some((Lock::Open, Proof::Whole)),
        // PrivateKeyInfo: an algorithm and a key in its own form.
        SEQUENCE => {
            is_algorithm(second.content).then_some(())?;
            let third = fields.next()?;
            (third.tag == OCTETS && third.content.len() >= 20).then_some(())?;
            let inner = DerValue::first(third.content)
                .filter(|inner| may_hold_another && inner.tag == SEQUENCE && inner.is_exact())
                .and_then(|inner| key(inner.content, false));
            Some((Lock::Open, inner.map_or(Proof::Whole, |(_, proof)| proof)))
        }
        _ => None,
    }
}

/// True for an AlgorithmIdentifier: it begins with an object identifier.
fn is_algorithm(content: &[u8]) -> bool {
    DerValue::first(content)
        .is_some_and(|value| value.tag == OBJECT_ID && !value.content.is_empty())
}

/// A tagged value.
#[derive(Clone, Copy)]
struct DerValue<'b> {
    tag: u8,
    content: &'b [u8],
    /// True if the bytes are fewer than its length field.
    is_cut: bool,
    /// What follows it.
    rest: &'b [u8],
}

impl<'b> DerValue<'b> {
    /// True if its length field is the number of bytes.
    fn is_exact(&self) -> bool {
        !self.is_cut && self.rest.is_empty()
    }

    /// The value at the beginning of `bytes`, cut if it must be.
    fn first(bytes: &'b [u8]) -> Option<Self> {
        let (&tag, rest) = bytes.split_first()?;
        let (&short, mut rest) = rest.split_first()?;
        let mut length = usize::from(short);
        if short >= 0x80 {
            let (digits, after) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (1..=3).contains(&digits.len()).then_some(())?;
            length = digits
                .iter()
                .fold(0, |length, &byte| length << 8 | usize::from(byte));
            rest = after;
        }
        let is_cut = rest.len() < length;
        let (content, rest) = rest.split_at(length.min(rest.len()));
        Some(Self {
            tag,
            content,
            is_cut,
            rest,
        })
    }

    /// A number that is not negative, without leading zeros.
    fn integer(self) -> Option<&'b [u8]> {
        let is_number = self.tag == INTEGER && self.content.first().is_some_and(|&b| b < 0x80);
        is_number.then(|| {
            let zeros = self.content.iter().take_while(|&&byte| byte == 0).count();
            self.content.split_at(zeros).1
        })
    }
}

/// The values of a sequence, the last of which may be cut.
struct DerFields<'b>(&'b [u8]);

impl<'b> Iterator for DerFields<'b> {
    type Item = DerValue<'b>;

    fn next(&mut self) -> Option<DerValue<'b>> {
        let value = DerValue::first(self.0)?;
        self.0 = value.rest;
        Some(value)
    }
}
