//! Whether the numbers of an RSA key belong together.

/// The longest modulus that is multiplied out, in bytes: 16384 bits.
const MAX: usize = 2048;

/// True if `modulus` is the product of the two primes, all unsigned and big-endian: then the key is
/// one, and whole up to the second prime.
pub(super) fn is_product(modulus: &[u8], first: &[u8], second: &[u8]) -> bool {
    if modulus.len() > MAX || first.len() + second.len() > MAX {
        return false;
    }
    let (first, second) = (words(first), words(second));
    if first.is_empty() || second.is_empty() {
        return false;
    }
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
    while product.last() == Some(&0) {
        product.pop();
    }
    product == words(modulus)
}

/// A big-endian number as words, the least significant first, without leading zeros.
fn words(bytes: &[u8]) -> Vec<u32> {
    let mut words: Vec<u32> = bytes
        .rchunks(4)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |word, &byte| word << 8 | u32::from(byte))
        })
        .collect();
    while words.last() == Some(&0) {
        words.pop();
    }
    words
}
