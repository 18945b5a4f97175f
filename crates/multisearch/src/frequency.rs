//! Estimates the frequency of fragments in ordinary text, and the share of it that passes a bucket.

use std::sync::LazyLock;

use crate::fragment::Fragment;
use crate::vector::Classes;

/// Probabilities of byte pairs, made by `pair_frequencies.py`, which describes the format.
const PAIRS: &str = include_str!("pairs.txt");

/// Frequencies of fragments by their hash, made by `fragment_frequencies.py`, which describes the format.
const FRAGMENTS: &str = include_str!("fragments.txt");

/// The binary logarithm of the number of places for fragments of one length.
const PLACE_BITS: u32 = 13;

/// The letters in a line of [`FRAGMENTS`].
const COLUMNS: usize = 128;

/// Returns the frequency of a fragment in ordinary text. A fragment whose hash others share may seem more frequent than
/// it is, so the smallest frequency counts of those that bound it: its own, and those of its parts.
pub(crate) fn of_fragment(fragment: Fragment) -> f32 {
    let bytes = fragment.bytes();
    let parts = bytes.windows(Fragment::MIN).chain(Some(bytes));
    parts.map(of_hash).fold(f32::INFINITY, f32::min)
}

/// Returns the frequency of the most frequent fragment with the hash and the length of `bytes`.
fn of_hash(bytes: &[u8]) -> f32 {
    let key = bytes
        .iter()
        .rev()
        .fold(0, |key, &byte| key << 8 | u32::from(byte));
    let place = (key.wrapping_mul(0x9e37_79b1) >> (u32::BITS - PLACE_BITS)) as usize;
    let place = place + ((bytes.len() - Fragment::MIN) << PLACE_BITS);
    let letters = FRAGMENTS.as_bytes();
    let letter = letters.get(place / COLUMNS * (COLUMNS + 1) + place % COLUMNS);
    POWERS[letter.map_or(0, |letter| level(*letter))]
}

/// Symbols that the table of pairs distinguishes: tab, line feed, printable ASCII, and one for all other bytes.
const SYMBOLS: usize = 98;

/// The length of a row of symbols: a power of two, so that indices need no check.
const ROW: usize = 128;

/// A set of symbols, one bit each.
type SymbolSet = u128;

const ALL: SymbolSet = (1 << SYMBOLS) - 1;

/// A first-order Markov model of the bytes of ordinary text, for a search that distinguishes classes of bytes.
#[derive(Debug)]
pub(crate) struct TextModel {
    /// The probability of each symbol.
    single: [f32; SYMBOLS],
    /// `after[b][a]` is the probability that `b` follows `a`.
    after: Vec<[f32; ROW]>,
    classes: Classes,
    /// For each class by low and by high bits, its symbols.
    low: [SymbolSet; LOW],
    high: [SymbolSet; HIGH],
    /// The probability of the bytes that have both classes.
    both: [[f32; LOW]; HIGH],
}

impl TextModel {
    /// Loads the model.
    pub(crate) fn new(classes: Classes) -> Self {
        let mut single = [0.0; SYMBOLS];
        let mut after = vec![[0.0; ROW]; SYMBOLS];
        for (first, line) in PAIRS.lines().enumerate() {
            let pairs = line.bytes().map(|letter| POWERS[level(letter)]);
            single[first] = pairs.clone().sum();
            for (row, pair) in after.iter_mut().zip(pairs) {
                row[first] = pair / single[first];
            }
        }
        let mut low = [0; LOW];
        let mut high = [0; HIGH];
        let mut both = [[0.0; LOW]; HIGH];
        for byte in 0..=u8::MAX {
            let symbol = symbol(byte);
            // The last symbol is rare and belongs to nearly every class.
            if symbol != SYMBOLS - 1 {
                low[classes.low(byte)] |= 1 << symbol;
                high[classes.high(byte)] |= 1 << symbol;
                both[classes.high(byte)][classes.low(byte)] += single[symbol];
            }
        }
        Self {
            single,
            after,
            classes,
            low,
            high,
            both,
        }
    }
}

/// The numbers of classes.
const LOW: usize = 64;
const HIGH: usize = 16;

/// The symbol of a byte.
fn symbol(byte: u8) -> usize {
    match byte {
        b'\t' => 0,
        b'\n' => 1,
        b' '..=b'~' => usize::from(byte - b' ') + 2,
        _ => SYMBOLS - 1,
    }
}

/// The probabilities of the letters in a table.
static POWERS: LazyLock<[f32; 64]> =
    LazyLock::new(|| std::array::from_fn(|level| (-0.5 * level as f32).exp2()));

/// The index of a letter of a table in [`POWERS`].
fn level(letter: u8) -> usize {
    match letter {
        b'a'.. => usize::from(letter - b'a') + 26,
        _ => usize::from(letter.saturating_sub(b'A')),
    }
}

/// A bucket's filter: the classes of symbols that it accepts at each offset.
#[derive(Clone, Debug, Default)]
pub(crate) struct BucketFilter([OffsetFilter; Fragment::MAX]);

/// The classes that a bucket accepts at one offset.
#[derive(Clone, Debug)]
struct OffsetFilter {
    low: u64,
    high: u16,
    /// The symbols of the classes.
    low_symbols: SymbolSet,
    high_symbols: SymbolSet,
    /// For each class, the probability of its bytes that have an accepted one of the other kind.
    by_low: [f32; LOW],
    by_high: [f32; HIGH],
    /// The probability of the bytes that are accepted.
    probability: f32,
}

impl Default for OffsetFilter {
    fn default() -> Self {
        Self {
            low: 0,
            high: 0,
            low_symbols: 0,
            high_symbols: 0,
            by_low: [0.0; LOW],
            by_high: [0.0; HIGH],
            probability: 0.0,
        }
    }
}

impl OffsetFilter {
    /// Returns the probability of the bytes that are accepted if `byte` is, too. `None` is any byte.
    fn probability_with(&self, model: &TextModel, byte: Option<&u8>) -> f32 {
        let Some(&byte) = byte else { return 1.0 };
        let (low, high) = (model.classes.low(byte), model.classes.high(byte));
        self.probability
            + match (self.low >> low & 1 == 0, self.high >> high & 1 == 0) {
                (true, true) => self.by_low[low] + self.by_high[high] + model.both[high][low],
                (true, false) => self.by_low[low],
                (false, true) => self.by_high[high],
                (false, false) => 0.0,
            }
    }

    /// Accepts `byte`, too.
    fn add(&mut self, model: &TextModel, byte: Option<&u8>) {
        let Some(&byte) = byte else {
            (self.low, self.high) = (u64::MAX, u16::MAX);
            (self.low_symbols, self.high_symbols) = (ALL, ALL);
            self.probability = 1.0;
            return;
        };
        let (low, high) = (model.classes.low(byte), model.classes.high(byte));
        self.probability = self.probability_with(model, Some(&byte));
        if self.low >> low & 1 == 0 {
            self.low |= 1 << low;
            self.low_symbols |= model.low[low];
            for (sum, row) in self.by_high.iter_mut().zip(&model.both) {
                *sum += row[low];
            }
        }
        if self.high >> high & 1 == 0 {
            self.high |= 1 << high;
            self.high_symbols |= model.high[high];
            for (sum, both) in self.by_low.iter_mut().zip(&model.both[high]) {
                *sum += both;
            }
        }
    }

    /// Returns the symbols that are accepted if `byte` is, too.
    fn symbols_with(&self, model: &TextModel, byte: Option<&u8>) -> SymbolSet {
        let Some(&byte) = byte else { return ALL };
        let low = self.low_symbols | model.low[model.classes.low(byte)];
        let high = self.high_symbols | model.high[model.classes.high(byte)];
        low & high
    }
}

impl BucketFilter {
    /// Accepts `fragment`, too.
    pub(crate) fn add(&mut self, model: &TextModel, fragment: Fragment) {
        for (at, offset) in self.0.iter_mut().enumerate() {
            offset.add(model, fragment.bytes().get(at));
        }
    }

    /// Returns the probability that a position passes if each byte were independent of the one before: much cheaper
    /// than [`BucketFilter::probability_with`], and good enough to select the buckets to compare exactly.
    pub(crate) fn estimate(&self) -> f32 {
        self.0.iter().map(|offset| offset.probability).product()
    }

    /// Returns the estimate with `fragment`.
    pub(crate) fn estimate_with(&self, model: &TextModel, fragment: Fragment) -> f32 {
        let offsets = self.0.iter().enumerate();
        let each =
            offsets.map(|(at, offset)| offset.probability_with(model, fragment.bytes().get(at)));
        each.product()
    }

    /// Returns the probability that a position of ordinary text passes if `fragment` is accepted, too.
    pub(crate) fn probability_with(&self, model: &TextModel, fragment: Fragment) -> f32 {
        let offsets = self.0.iter().enumerate();
        let mut sets =
            offsets.map(|(at, offset)| offset.symbols_with(model, fragment.bytes().get(at)));
        let mut reached = [(0, 0.0); ROW];
        let mut count = 0;
        for symbol in symbols(sets.next().unwrap_or_default()) {
            reached[count % ROW] = (symbol, model.single[symbol]);
            count += 1;
        }
        for set in sets {
            if set == ALL {
                break;
            }
            let before = reached;
            let before = &before[..count];
            count = 0;
            for symbol in symbols(set) {
                let row = &model.after[symbol];
                let ways = before.iter().map(|&(from, p)| p * row[from % ROW]);
                reached[count % ROW] = (symbol, ways.sum());
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

    fn fragment(text: &[u8]) -> Fragment {
        Fragment::exactly(text, text.len()).unwrap()
    }

    fn probability(text: &[u8], classes: Classes) -> f32 {
        let model = TextModel::new(classes);
        BucketFilter::default().probability_with(&model, fragment(text))
    }

    #[test]
    fn the_tables_are_complete() {
        assert_eq!(PAIRS.lines().count(), SYMBOLS);
        assert!(PAIRS.lines().all(|line| line.len() == SYMBOLS));
        let total: f32 = TextModel::new(Classes::Sextet).single.iter().sum();
        assert!((0.9..1.1).contains(&total), "{total}");
        assert_eq!(FRAGMENTS.lines().count() * COLUMNS, 2 << PLACE_BITS);
        assert!(FRAGMENTS.lines().all(|line| line.len() == COLUMNS));
    }

    #[test]
    fn common_fragments_are_more_probable_than_rare_ones() {
        for classes in [Classes::Sextet, Classes::Nibbles] {
            assert!(probability(b"ent", classes) > 10.0 * probability(b"xkq", classes));
            assert!(probability(b"ent", classes) >= probability(b"entr", classes));
        }
    }

    #[test]
    fn the_table_of_fragments_knows_frequent_words() {
        let of = |text| of_fragment(fragment(text));
        assert!(of(b"aul") > 4.0 * of(b"vau"));
        assert!(of(b"ion") >= of(b"tion") && of(b"tion") > 10.0 * of(b"zqxj"));
    }

    #[test]
    fn updates_the_estimate_for_added_fragments() {
        for classes in [Classes::Sextet, Classes::Nibbles] {
            let model = TextModel::new(classes);
            let mut filter = BucketFilter::default();
            for text in [&b"oken"[..], b"OKEN", b"_key", b"key", b"glpa"] {
                let expected = filter.estimate_with(&model, fragment(text));
                filter.add(&model, fragment(text));
                assert!((filter.estimate() - expected).abs() <= expected * 1e-4);
                let again = filter.estimate_with(&model, fragment(text));
                assert!((again - expected).abs() <= expected * 1e-4);
            }
        }
    }
}
