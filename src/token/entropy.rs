//! Shannon entropy of a text.

/// Shannon entropy of `bytes` in bits per byte: 0 for a text of one repeated byte (or none), at
/// most 8, and never above the binary logarithm of the length.
///
/// 20 random characters of a token come to about 4.1, English words of that length to about 3.4:
/// too close for a verdict, enough for a floor.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    counts
        .into_iter()
        .filter(|&count| count > 0)
        .map(|count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum::<f64>()
        // The sum over one value is -0.
        .abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn known_values() {
        assert!(close(entropy(b""), 0.0));
        assert!(close(entropy(b"aaaa"), 0.0) && entropy(b"aaaa").is_sign_positive());
        assert!(close(entropy(b"abab"), 1.0));
        assert!(close(entropy(b"0123456789abcdef"), 4.0));
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert!(close(entropy(&all), 8.0));
        assert!(close(entropy(b"aab"), 0.918_295_834_054_489_6));
    }
}
