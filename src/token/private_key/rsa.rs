//! Verifies that the numbers of an RSA key belong together (RFC 8017, section 3.2).

use num_bigint::BigUint;

/// The longest modulus that is checked, in bytes: 16384 bits. It bounds the cost of a hostile key.
const MAX_MODULUS: usize = 2048;

/// The longest public exponent, in bytes: 256 bits, the most that FIPS 186-5 allows.
const MAX_EXPONENT: usize = 32;

/// The numbers of a key with two primes, unsigned and big-endian.
#[derive(Clone, Copy, Debug)]
pub(super) struct RsaNumbers<'b> {
    pub(super) modulus: &'b [u8],
    pub(super) public_exponent: &'b [u8],
    pub(super) private_exponent: &'b [u8],
    pub(super) primes: [&'b [u8]; 2],
    /// The private exponent modulo each prime less one, where the format stores them.
    pub(super) exponents: Option<[&'b [u8]; 2]>,
    /// The inverse of the second prime modulo the first.
    pub(super) coefficient: &'b [u8],
}

impl RsaNumbers<'_> {
    /// True if every number follows from the primes and the public exponent. Whether the primes are prime is not
    /// tested.
    pub(super) fn agree(&self) -> bool {
        let [p, q] = self.primes;
        if self.modulus.len() > MAX_MODULUS
            || p.len() + q.len() > MAX_MODULUS
            || self.private_exponent.len() > MAX_MODULUS
            || self.coefficient.len() > MAX_MODULUS
            || self.public_exponent.len() > MAX_EXPONENT
        {
            return false;
        }
        let number = BigUint::from_bytes_be;
        let [p, q] = [number(p), number(q)];
        let (zero, one) = (BigUint::ZERO, BigUint::from(1u8));
        if p == zero || q == zero || &p * &q != number(self.modulus) {
            return false;
        }
        let public = number(self.public_exponent);
        let private = number(self.private_exponent);
        let agrees_with = |prime: &BigUint, stored: Option<&[u8]>| {
            let order = prime - &one;
            if order == zero {
                return false;
            }
            let exponent = &private % &order;
            stored.is_none_or(|stored| number(stored) == exponent)
                && &public * &exponent % &order == one
        };
        let stored = |index: usize| self.exponents.map(|exponents| exponents[index]);
        agrees_with(&p, stored(0))
            && agrees_with(&q, stored(1))
            && number(self.coefficient) * &q % &p == one
    }
}
