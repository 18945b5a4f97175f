//! Decides quickly whether an escape may encode a byte of a keyword.

use crate::syntax::escape::EscapeSyntax;

/// The first and last bytes of keywords, and the pairs of bytes in them.
#[derive(Debug)]
pub(crate) struct KeywordBytes {
    first: [bool; 256],
    last: [bool; 256],
    /// One bit for each pair of bytes.
    pairs: Vec<u64>,
    /// For each byte, its positions in the keywords.
    places: Vec<Vec<(usize, usize)>>,
}

impl KeywordBytes {
    /// Learns the keywords, each with whether it is looked for where it is hidden.
    pub(crate) fn new<'w>(words: impl Iterator<Item = (&'w [u8], bool)>) -> Self {
        let mut first = [false; 256];
        let mut last = [false; 256];
        let mut pairs = vec![0; (1 << 16) / 64];
        let mut places = vec![Vec::new(); 256];
        for (index, (word, is_hidden)) in words.enumerate() {
            for (at, &byte) in word.iter().enumerate() {
                places[usize::from(byte)].push((index, at));
            }
            if !is_hidden {
                continue;
            }
            if let Some(&byte) = word.first() {
                first[usize::from(byte)] = true;
            }
            if let Some(&byte) = word.last() {
                last[usize::from(byte)] = true;
            }
            for pair in word.windows(2) {
                let bit = bit(pair[0], pair[1]);
                pairs[bit / 64] |= 1 << (bit % 64);
            }
        }
        Self {
            first,
            last,
            pairs,
            places,
        }
    }

    /// Returns the keywords that contain `byte`, with its positions.
    pub(crate) fn positions_of(&self, byte: Option<u8>) -> &[(usize, usize)] {
        byte.map_or(&[], |byte| &self.places[usize::from(byte)])
    }

    /// False if the escape at `at` cannot be a byte of a keyword, given the bytes before and behind it. An escape that is escaped
    /// itself may encode anything.
    pub(crate) fn may_spell(&self, bytes: &[u8], at: usize) -> bool {
        let here = &bytes[at..];
        let Some(unit) = EscapeSyntax::of(here).and_then(|family| family.read(here)) else {
            return false;
        };
        match *unit.content() {
            [b'%' | b'\\' | b'&' | b'='] => true,
            [byte] => {
                let before = bytes[..at].iter().rev().find(|&&byte| byte != b'\\');
                let begins = self.first[usize::from(byte)]
                    || before.is_some_and(|&before| self.has_pair(before, byte));
                begins
                    && (self.last[usize::from(byte)]
                        || self.continues_at(byte, &here[unit.length..]))
            }
            _ => false,
        }
    }

    /// True if `rest` may begin with a byte that follows `byte` in a keyword.
    fn continues_at(&self, byte: u8, rest: &[u8]) -> bool {
        let unit = EscapeSyntax::of(rest).and_then(|family| family.read(rest));
        let next = match &unit {
            Some(unit) => unit.content(),
            None => rest.get(..1).unwrap_or_default(),
        };
        match *next {
            [] | [b'%' | b'\\' | b'&' | b'='] => true,
            [next] => self.has_pair(byte, next),
            _ => false,
        }
    }

    /// True if the two bytes are adjacent in a keyword.
    fn has_pair(&self, first: u8, second: u8) -> bool {
        let bit = bit(first, second);
        self.pairs[bit / 64] >> (bit % 64) & 1 == 1
    }
}

fn bit(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}
