//! Verifies that the numbers of an RSA key belong together (RFC 8017, section 3.2).

/// The longest modulus that is checked, in bytes: 16384 bits. It bounds the cost of a hostile key.
const MAX_MODULUS: usize = 2048;

/// The longest public exponent, in bytes: 256 bits, the most that FIPS 186-5 allows.
const MAX_EXPONENT: usize = 32;

const MAX_WORD: u64 = u32::MAX as u64;

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
        let [p, q] = [words(p), words(q)];
        if p.is_empty() || q.is_empty() || product(&p, &q) != words(self.modulus) {
            return false;
        }
        let public = words(self.public_exponent);
        let private = words(self.private_exponent);
        let agrees_with = |prime: &[u32], stored: Option<&[u8]>| {
            let order = less_one(prime);
            let Some(exponent) = remainder(&private, &order) else {
                return false;
            };
            stored.is_none_or(|stored| words(stored) == exponent)
                && remainder(&product(&public, &exponent), &order) == Some(vec![1])
        };
        let stored = |index: usize| self.exponents.map(|exponents| exponents[index]);
        let coefficient = words(self.coefficient);
        agrees_with(&p, stored(0))
            && agrees_with(&q, stored(1))
            && remainder(&product(&coefficient, &q), &p) == Some(vec![1])
    }
}

/// A big-endian number as words, the least significant first, without leading zeros.
fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| {
        let push = |word: u32, &byte: &u8| word << 8 | u32::from(byte);
        chunk.iter().fold(0, push)
    };
    trimmed(bytes.rchunks(4).map(word).collect())
}

/// The number without leading zeros.
fn trimmed(mut words: Vec<u32>) -> Vec<u32> {
    while words.last() == Some(&0) {
        words.pop();
    }
    words
}

/// A positive number less one.
fn less_one(number: &[u32]) -> Vec<u32> {
    let mut less = number.to_vec();
    for word in &mut less {
        let (next, borrows) = word.overflowing_sub(1);
        *word = next;
        if !borrows {
            break;
        }
    }
    trimmed(less)
}

fn product(first: &[u32], second: &[u32]) -> Vec<u32> {
    let mut product = vec![0u32; first.len() + second.len()];
    for (at, &a) in first.iter().enumerate() {
        let mut carry = 0u64;
        let row = product.iter_mut().skip(at);
        for (word, b) in row.zip(second.iter().copied().chain([0])) {
            let sum = u64::from(*word) + u64::from(a) * u64::from(b) + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
    }
    trimmed(product)
}

/// The number modulo another; `None` modulo zero. Knuth's algorithm D, without the quotient.
fn remainder(number: &[u32], modulus: &[u32]) -> Option<Vec<u32>> {
    // The highest bit of the modulus must be set for the estimates below.
    let shift = modulus.last()?.leading_zeros();
    let modulus = shifted(modulus, shift);
    let mut rest = shifted(number, shift);
    rest.push(0);
    let length = modulus.len();
    let word = |words: &[u32], index: Option<usize>| {
        let word = index.and_then(|index| words.get(index));
        u64::from(word.copied().unwrap_or(0))
    };
    let high = word(&modulus, Some(length - 1));
    let second = word(&modulus, length.checked_sub(2));
    for at in (0..rest.len().saturating_sub(length)).rev() {
        let part = rest.get_mut(at..=at + length)?;
        let top = word(part, Some(length)) << 32 | word(part, Some(length - 1));
        let third = word(part, length.checked_sub(2));
        // An estimate of the quotient's digit from the highest words: at most one too large.
        let (mut digit, mut left) = (top / high, top % high);
        while left <= MAX_WORD && (digit > MAX_WORD || digit * second > (left << 32 | third)) {
            digit -= 1;
            left += high;
        }
        if subtract(part, &modulus, digit) {
            add(part, &modulus);
        }
    }
    rest.truncate(length);
    Some(trimmed(unshifted(&rest, shift)))
}

/// Takes `digit` times the modulus off; true if that was more than there is, by less than the modulus.
fn subtract(part: &mut [u32], modulus: &[u32], digit: u64) -> bool {
    let mut carry = 0u64;
    for (word, &m) in part.iter_mut().zip(modulus.iter().chain([&0])) {
        let take = u64::from(m) * digit + carry;
        let (less, borrows) = word.overflowing_sub(take as u32);
        *word = less;
        carry = (take >> 32) + u64::from(borrows);
    }
    carry > 0
}

/// Adds the modulus back; the carry out of the highest word cancels the borrow.
fn add(part: &mut [u32], modulus: &[u32]) {
    let mut carry = 0u64;
    for (word, &m) in part.iter_mut().zip(modulus.iter().chain([&0])) {
        let sum = u64::from(*word) + u64::from(m) + carry;
        *word = sum as u32;
        carry = sum >> 32;
    }
}

/// The number times a power of two below 32 bits.
fn shifted(number: &[u32], shift: u32) -> Vec<u32> {
    let mut carry = 0;
    let mut words: Vec<u32> = number
        .iter()
        .map(|&word| {
            let wide = u64::from(word) << shift | carry;
            carry = wide >> 32;
            wide as u32
        })
        .collect();
    if carry > 0 {
        words.push(carry as u32);
    }
    words
}

/// The reverse of [`shifted`].
fn unshifted(number: &[u32], shift: u32) -> Vec<u32> {
    let above = number.iter().skip(1).chain([&0]);
    let pairs = number.iter().zip(above);
    pairs
        .map(|(&word, &above)| ((u64::from(above) << 32 | u64::from(word)) >> shift) as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(bits: u128) -> Vec<u32> {
        words(&bits.to_be_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn products_are_those_of_machine_integers(a: u64, b: u64) {
            prop_assert_eq!(
                product(&number(a.into()), &number(b.into())),
                number(u128::from(a) * u128::from(b))
            );
        }

        #[test]
        fn remainders_are_those_of_machine_integers(a: u128, b: u128, shift in 0..128u32) {
            let b = b >> shift;
            let expected = a.checked_rem(b).map(number);
            prop_assert_eq!(remainder(&number(a), &number(b)), expected);
        }

        /// Words of all ones and zeros are where the estimates are worst.
        #[test]
        fn a_remainder_undoes_a_product_and_a_sum(
            modulus in proptest::collection::vec(prop_oneof![Just(0), Just(1), Just(u32::MAX), Just(1 << 31), any::<u32>()], 1..9),
            factor in proptest::collection::vec(prop_oneof![Just(0), Just(u32::MAX), any::<u32>()], 0..9),
            rest in proptest::collection::vec(any::<u32>(), 0..9),
        ) {
            let modulus = trimmed(modulus);
            let Some(rest) = remainder(&trimmed(rest), &modulus) else {
                prop_assert!(modulus.is_empty());
                return Ok(());
            };
            // Smaller than the modulus.
            prop_assert!(
                (rest.len(), rest.iter().rev().collect::<Vec<_>>())
                    < (modulus.len(), modulus.iter().rev().collect())
            );
            let mut sum = product(&modulus, &trimmed(factor));
            sum.resize(sum.len().max(rest.len()) + 1, 0);
            let mut same_length = rest.clone();
            same_length.resize(sum.len(), 0);
            add(&mut sum, &same_length);
            prop_assert_eq!(remainder(&trimmed(sum), &modulus), Some(rest));
        }
    }
}
