//! Keys in DER: PKCS #1 and PKCS #8, plain and encrypted, and the forms of EC and DSA keys.

use super::public_half::PublicHalf;
use super::rsa::RsaNumbers;
use super::{Lock, PrivateKey, Proof};

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Optional fields of an elliptic curve key: its curve, and its public half.
const CURVE: u8 = 0xa0;
const POINT: u8 = 0xa1;

/// The object identifiers of the curves of SSH (RFC 5656, section 10.1), and the names that SSH gives them.
const CURVES: [(&[u8], &[u8]); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], b"nistp256"),
    (&[0x2b, 0x81, 4, 0, 0x22], b"nistp384"),
    (&[0x2b, 0x81, 4, 0, 0x23], b"nistp521"),
];

/// Reads a private key. `None` for other content: public keys, certificates and parameters have
/// other forms. Sources: RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), OpenSSL (DSA).
pub(super) fn read(bytes: &[u8]) -> Option<PrivateKey> {
    let outer = DerValue::first(bytes)?;
    (outer.tag == SEQUENCE).then_some(())?;
    let (lock, proof) = key(outer.content, true)?;
    Some(PrivateKey::new(
        lock,
        proof.if_intact(outer.is_exact()),
        bytes,
    ))
}

/// Returns the protection and proof of the outermost sequence's content. A key may contain another one, once.
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
            let numbers = rsa_numbers(modulus, &rest).filter(|_| version.is_empty() && !is_cut);
            let is_verified = numbers.is_some_and(|numbers| numbers.agree());
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

/// The numbers of an RSA key: its modulus, and all those behind it.
fn rsa_numbers<'b>(modulus: &'b [u8], rest: &[&'b [u8]]) -> Option<RsaNumbers<'b>> {
    let &[public_exponent, private_exponent, p, q, dp, dq, coefficient] = rest else {
        return None;
    };
    Some(RsaNumbers {
        modulus,
        public_exponent,
        private_exponent,
        primes: [p, q],
        exponents: Some([dp, dq]),
        coefficient,
    })
}

/// Reads the public half of an RSA key, or of one on a curve that SSH uses. `None` if it is not in the file.
pub(super) fn public_half(bytes: &[u8]) -> Option<PublicHalf> {
    let outer = DerValue::first(bytes).filter(|outer| outer.tag == SEQUENCE && outer.is_exact())?;
    half_of(outer.content, None)
}

/// The public half of a key; `curve` is the curve that the key around it names.
fn half_of(content: &[u8], curve: Option<&[u8]>) -> Option<PublicHalf> {
    let mut fields = DerFields(content);
    fields.next()?.integer()?;
    let second = fields.next()?;
    match second.tag {
        INTEGER => {
            let rest: Vec<&[u8]> = fields.map_while(DerValue::integer).collect();
            let numbers = rsa_numbers(second.integer()?, &rest)?;
            let (exponent, modulus) = (numbers.public_exponent, numbers.modulus);
            Some(PublicHalf::rsa(exponent, modulus, numbers.agree()))
        }
        OCTETS => {
            let rest: Vec<DerValue<'_>> = fields.collect();
            let inside = |tag: u8| {
                let field = rest.iter().find(|field| field.tag == tag)?;
                DerValue::first(field.content)
            };
            let curve = inside(CURVE).map(|id| id.content).or(curve)?;
            let (_, name) = CURVES.iter().find(|(id, _)| *id == curve)?;
            // A string of bits begins with the number of bits that its last byte lacks.
            let point = inside(POINT)?.content.strip_prefix(&[0])?;
            Some(PublicHalf::ecdsa(name, point, second.content))
        }
        SEQUENCE if curve.is_none() => {
            let mut algorithm = DerFields(second.content);
            let parameter = algorithm.nth(1).map_or(&[][..], |value| value.content);
            let inner = DerValue::first(fields.next()?.content)?;
            (inner.tag == SEQUENCE).then_some(())?;
            half_of(inner.content, Some(parameter))
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
    /// The bytes behind it.
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
