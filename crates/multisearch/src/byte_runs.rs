//! Searches a short text for runs of bytes of a set, without a branch for each byte.

use std::ops::Range;

/// A set of ASCII bytes.
#[derive(Clone, Debug)]
pub struct ByteSet {
    /// For each value of the low four bits, eight bits: the values of the high ones.
    high_bits: u128,
}

impl ByteSet {
    /// The set of `bytes`; those that are not ASCII are ignored.
    pub const fn new(bytes: &[u8]) -> Self {
        let mut high_bits = 0;
        let mut index = 0;
        while index < bytes.len() {
            if bytes[index].is_ascii() {
                high_bits |= 1 << Self::bit(bytes[index]);
            }
            index += 1;
        }
        Self { high_bits }
    }

    /// The bit of an ASCII byte.
    const fn bit(byte: u8) -> u8 {
        (byte & 15) << 3 | byte >> 4
    }

    /// Returns true if the set contains `byte`.
    #[inline]
    pub const fn contains(&self, byte: u8) -> bool {
        byte.is_ascii() && self.high_bits >> Self::bit(byte) & 1 != 0
    }

    /// Returns the runs of at least `length` bytes of the set in `text`, which is cut after [`ByteRuns::MAX_TEXT`] bytes.
    pub fn runs(&self, text: &[u8], length: usize) -> ByteRuns {
        #[cfg(target_arch = "x86_64")]
        if crate::SimdLevel::Avx2.is_available() {
            // SAFETY: the processor has the instructions of the level.
            #[allow(unsafe_code)]
            return unsafe { crate::vector::runs_256(self.high_bits, text, length) };
        }
        ByteRuns::new(text, length, |part| self.members(part))
    }

    /// Returns the positions of members.
    fn members(&self, text: &[u8; 64]) -> u64 {
        let mut members = 0;
        for (at, byte) in text.iter().enumerate() {
            members |= u64::from(self.contains(*byte)) << at;
        }
        members
    }
}

/// The runs of at least a given length.
#[derive(Clone, Debug)]
pub struct ByteRuns {
    /// The positions that are followed by enough others.
    words: [u64; Self::WORDS],
    length: usize,
}

impl ByteRuns {
    /// Words of the set of positions.
    const WORDS: usize = 10;

    /// Maximum length of a run that [`ByteRuns::has_run`] finds.
    const MAX_QUICK: usize = 33;

    /// Maximum number of bits by which positions are moved at once.
    const MAX_STEP: usize = 128;

    /// Maximum length of a text in bytes.
    pub const MAX_TEXT: usize = 64 * Self::WORDS;

    /// `members` returns the positions of members of the set.
    #[inline(always)]
    pub(crate) fn new(text: &[u8], length: usize, members: impl Fn(&[u8; 64]) -> u64) -> Self {
        let text = &text[..text.len().min(Self::MAX_TEXT)];
        let (parts, rest) = text.as_chunks();
        let length = length.max(1);
        let mut runs = Self {
            words: [0; Self::WORDS],
            length,
        };
        for (word, part) in runs.words.iter_mut().zip(parts) {
            *word = members(part);
        }
        if !rest.is_empty() {
            let mut padded = [0; 64];
            padded[..rest.len()].copy_from_slice(rest);
            runs.words[parts.len()] = members(&padded) & ((1 << rest.len()) - 1);
        }
        // Nearly all texts end here.
        if !runs.has_run(length.min(Self::MAX_QUICK)) {
            runs.words = [0; Self::WORDS];
            return runs;
        }
        runs.keep_followed(length);
        runs
    }

    /// Returns true if there is a run of `length` bytes, at most [`ByteRuns::MAX_QUICK`]. Windows of 64 positions overlap by
    /// half, so that one of them contains the run from its start to its end.
    #[inline(always)]
    fn has_run(&self, length: usize) -> bool {
        let mut windows = [[0; 2]; Self::WORDS];
        for (at, window) in windows.iter_mut().enumerate() {
            let next = self.words.get(at + 1).copied().unwrap_or(0);
            *window = [self.words[at], self.words[at] >> 32 | next << 32];
        }
        let mut covered = 1;
        while covered < length {
            let step = covered.min(length - covered);
            for window in windows.as_flattened_mut() {
                *window &= *window >> step;
            }
            covered += step;
        }
        windows
            .as_flattened()
            .iter()
            .fold(0, |any, window| any | window)
            != 0
    }

    /// Keeps the positions that at least `length - 1` others follow.
    #[inline(always)]
    fn keep_followed(&mut self, length: usize) {
        let mut covered = 1;
        while covered < length {
            let step = covered.min(length - covered).min(Self::MAX_STEP);
            let (whole, bits) = (step / 64, step % 64);
            // A copy, and as many words in each step, so that vector instructions can do it.
            let mut before = [0; Self::WORDS + Self::MAX_STEP / 64 + 1];
            before[..Self::WORDS].copy_from_slice(&self.words);
            let here = before[whole..].iter().zip(&before[whole + 1..]);
            for (word, (here, above)) in self.words.iter_mut().zip(here) {
                // Two shifts, because one by 64 bits is an error.
                *word &= here >> bits | above << 1 << (63 - bits);
            }
            covered += step;
        }
    }

    /// Returns the first run from `from` on. A run that begins before is cut there, if enough of it remains.
    #[inline]
    pub fn next(&self, from: usize) -> Option<Range<usize>> {
        let start = self.find(from, 0)?;
        let last = self.find(start, u64::MAX).unwrap_or(Self::MAX_TEXT) - 1;
        Some(start..last + self.length)
    }

    /// Returns the first position from `from` on whose bit is not that of `skipped`, which has all bits alike.
    #[inline]
    fn find(&self, from: usize, skipped: u64) -> Option<usize> {
        let first = from / 64;
        (first..Self::WORDS).find_map(|index| {
            let before = if index == first { from % 64 } else { 0 };
            let rest = (self.words[index] ^ skipped) >> before << before;
            (rest != 0).then(|| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static LETTERS: ByteSet = ByteSet::new(b"abcdefghijklmnopqrstuvwxyz-~\0\xff");

    #[test]
    fn contains_only_ascii_bytes() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_lowercase() || b"-~\0".contains(&byte);
            assert_eq!(LETTERS.contains(byte), expected, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn finds_the_same_runs_as_a_simple_search(
            text in proptest::collection::vec(prop_oneof![9 => Just(b'a'), 1 => any::<u8>()], 0..700),
            length in 1_usize..260,
        ) {
            let text = &text[..text.len().min(ByteRuns::MAX_TEXT)];
            let runs = LETTERS.runs(text, length);
            let slow = ByteRuns::new(text, length, |part| LETTERS.members(part));
            prop_assert_eq!(runs.words, slow.words);
            let mut expected = Vec::new();
            let mut at = 0;
            for run in text.split(|byte| !LETTERS.contains(*byte)) {
                if run.len() >= length {
                    expected.push(at..at + run.len());
                }
                at += run.len() + 1;
            }
            let mut found: Vec<Range<usize>> = Vec::new();
            while let Some(run) = runs.next(found.last().map_or(0, |last| last.end)) {
                found.push(run);
            }
            prop_assert_eq!(found, expected);
        }
    }
}
