//! How often fragments occur in ordinary text, estimated from a table of byte pairs.

use crate::fragment::Fragment;
use crate::vector::Classes;

/// Probabilities of byte pairs, made by `pair_frequencies.py`, which describes the format.
const PAIRS: &str = include_str!("pairs.txt");

/// Symbols that the table distinguishes: tab, line feed, printable ASCII, and one for all other bytes.
const SYMBOLS: usize = 98;

/// A set of symbols, one bit each.
type SymbolSet = u128;

const ALL: SymbolSet = (1 << SYMBOLS) - 1;

/// A first-order Markov model of the bytes of ordinary text.
#[derive(Debug)]
pub(crate) struct TextModel {
    /// The probability of each symbol.
    single: [f32; SYMBOLS],
    /// `after[b][a]` is the probability that `b` follows `a`.
    after: Vec<[f32; SYMBOLS]>,
    classes: Classes,
    /// For each class by low and by high bits, its symbols.
    low: [SymbolSet; 64],
    high: [SymbolSet; 64],
}

impl TextModel {
    /// Loads the model, for a search that distinguishes `classes`.
    pub(crate) fn new(classes: Classes) -> Self {
        let mut single = [0.0; SYMBOLS];
        let mut after = vec![[0.0; SYMBOLS]; SYMBOLS];
        let powers: [f32; 64] = std::array::from_fn(|level| (-0.5 * level as f32).exp2());
        for (first, line) in PAIRS.lines().enumerate() {
            let pairs = line.bytes().map(|letter| match letter {
                b'a'.. => powers[usize::from(letter - b'a') + 26],
                _ => powers[usize::from(letter.saturating_sub(b'A'))],
            });
            single[first] = pairs.clone().sum();
            for (row, pair) in after.iter_mut().zip(pairs) {
                row[first] = pair / single[first];
            }
        }
        let mut low = [0; 64];
        let mut high = [0; 64];
        for byte in 0..=u8::MAX {
            let bit = 1 << symbol(byte);
            // The last symbol is rare and belongs to nearly every class.
            if bit != 1 << (SYMBOLS - 1) {
                low[classes.low(byte)] |= bit;
                high[classes.high(byte)] |= bit;
            }
        }
        Self {
            single,
            after,
            classes,
            low,
            high,
        }
    }

    /// Returns the probability that a position of ordinary text begins with `fragment`, or with bytes of the same
    /// classes.
    pub(crate) fn probability(&self, fragment: Fragment) -> f32 {
        let mut filter = BucketFilter::default();
        filter.add(self, fragment);
        filter.probability(self)
    }
}

/// The symbol of a byte.
fn symbol(byte: u8) -> usize {
    match byte {
        b'\t' => 0,
        b'\n' => 1,
        b' '..=b'~' => usize::from(byte - b' ') + 2,
        _ => SYMBOLS - 1,
    }
}

/// What a bucket accepts: at each position, the symbols of certain classes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BucketFilter {
    low: [SymbolSet; Fragment::MAX],
    high: [SymbolSet; Fragment::MAX],
}

impl BucketFilter {
    /// Accepts `fragment`, too.
    pub(crate) fn add(&mut self, model: &TextModel, fragment: Fragment) {
        for at in 0..Fragment::MAX {
            let (low, high) = match fragment.bytes().get(at) {
                Some(&byte) => {
                    let own = 1 << symbol(byte);
                    let low = model.low[model.classes.low(byte)];
                    (low | own, model.high[model.classes.high(byte)] | own)
                }
                None => (ALL, ALL),
            };
            self.low[at] |= low;
            self.high[at] |= high;
        }
    }

    /// Returns the probability that a position passes if each byte were independent of the one before: much cheaper
    /// than [`BucketFilter::probability`], and good enough to select the buckets to compare exactly.
    pub(crate) fn estimate(&self, model: &TextModel) -> f32 {
        let of_position = |at: usize| match self.low[at] & self.high[at] {
            ALL => 1.0,
            set => symbols(set).map(|symbol| model.single[symbol]).sum(),
        };
        (0..Fragment::MAX).map(of_position).product()
    }

    /// Returns the probability that a position of ordinary text passes.
    pub(crate) fn probability(&self, model: &TextModel) -> f32 {
        let set = |at: usize| self.low[at] & self.high[at];
        let mut reached = [(0, 0.0); SYMBOLS];
        let mut count = 0;
        for symbol in symbols(set(0)) {
            reached[count] = (symbol, model.single[symbol]);
            count += 1;
        }
        for at in 1..Fragment::MAX {
            let set = set(at);
            if set == ALL {
                break;
            }
            let before = reached;
            let before = &before[..count];
            count = 0;
            for symbol in symbols(set) {
                let row = &model.after[symbol];
                let ways = before.iter().map(|&(from, p)| p * row[from]);
                reached[count] = (symbol, ways.sum());
                count += 1;
            }
        }
        reached[..count].iter().map(|(_, p)| p).sum()
    }
}

/// The symbols in a set.
fn symbols(mut set: SymbolSet) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let symbol = (set != 0).then_some(set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(symbol)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probability(text: &[u8], classes: Classes) -> f32 {
        let fragment = Fragment::exactly(text, text.len()).unwrap();
        TextModel::new(classes).probability(fragment)
    }

    #[test]
    fn the_table_is_complete_and_sums_to_one() {
        assert_eq!(PAIRS.lines().count(), SYMBOLS);
        assert!(PAIRS.lines().all(|line| line.len() == SYMBOLS));
        let total: f32 = TextModel::new(Classes::Sextet).single.iter().sum();
        assert!((0.9..1.1).contains(&total), "{total}");
    }

    #[test]
    fn common_fragments_are_more_probable_than_rare_ones() {
        for classes in [Classes::Sextet, Classes::Nibbles] {
            assert!(probability(b"ent", classes) > 10.0 * probability(b"xkq", classes));
            assert!(probability(b"ent", classes) >= probability(b"entr", classes));
        }
    }
}
