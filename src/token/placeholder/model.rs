//! The model of typed text: at each character one habit predicts the next one, and habits
//! change now and then. Finds the shortest description of a body in it.

use std::sync::LazyLock;

use super::Placeholder;
use super::letters::{is_separator, letter_bits};
use crate::vocabulary::not_secrets;

/// A habit: it predicts the next character from the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// Any character, as a generator would.
    Random,
    /// The last one again.
    Same,
    /// The next letter or digit.
    Next,
    /// The one before it.
    Previous,
    /// The next letter, in the case of the one before the last (`aBcDeF`).
    NextMixedCase,
    /// The next letter or digit, each twice (`aabbcc`).
    NextDoubled,
    /// The next letter or digit after the last one of its kind (`a1b2c3`, `abc123def456`).
    NextOfKind,
    /// The key to the right.
    KeyRight,
    /// The key to the left.
    KeyLeft,
    /// The key below, then on to the next column (`1qaz2wsx`).
    KeyDown,
    /// A copy of the character at this distance before.
    Copy(usize),
    /// Small letters as in words.
    Letters,
    /// Capital letters as in words.
    Capitals,
    /// Decimal digits.
    Digits,
    /// One character that masks.
    Masking(u8),
}

/// Every habit and how often it is turned to, against the others. The sum and [`WORD`] are 1.
const HABITS: &[(Habit, f64)] = &[
    (Habit::Random, 0.19),
    (Habit::Same, 0.10),
    (Habit::Next, 0.12),
    (Habit::Previous, 0.03),
    (Habit::NextMixedCase, 0.01),
    (Habit::NextDoubled, 0.02),
    (Habit::NextOfKind, 0.03),
    (Habit::KeyRight, 0.03),
    (Habit::KeyLeft, 0.01),
    (Habit::KeyDown, 0.01),
    (Habit::Copy(2), 0.02),
    (Habit::Copy(3), 0.02),
    (Habit::Copy(4), 0.02),
    (Habit::Copy(5), 0.015),
    (Habit::Copy(6), 0.015),
    (Habit::Copy(7), 0.01),
    (Habit::Copy(8), 0.015),
    (Habit::Copy(9), 0.005),
    (Habit::Copy(10), 0.01),
    (Habit::Copy(11), 0.005),
    (Habit::Copy(12), 0.005),
    (Habit::Copy(16), 0.005),
    (Habit::Letters, 0.10),
    (Habit::Capitals, 0.03),
    (Habit::Digits, 0.03),
    (Habit::Masking(b'x'), 0.03),
    (Habit::Masking(b'X'), 0.02),
    (Habit::Masking(b'0'), 0.01),
];

/// Probability of beginning a word of the list.
const WORD: f64 = 0.08;

/// Probability that a habit, once begun, continues for the next character.
const GOES_ON: f64 = 0.9;
/// The same for no habit at all.
const RANDOM_GOES_ON: f64 = 0.85;
/// Probability that a word is followed by another.
const ANOTHER_WORD: f64 = 0.5;
/// Probability that a prediction of one character is right.
const COMES_TRUE: f64 = 0.98;

/// The reason why `body` is typed if that takes at most `bar` bits. `random` holds the bits of each
/// character where chance is fallen back on.
pub(super) fn typed(body: &[u8], random: &[f64], bar: f64) -> Option<Placeholder> {
    if !is_typed(body, random, bar) {
        return None;
    }
    // The reason is the kind of habit that explains the most by itself.
    let alone = |reason: Placeholder| cheapest(body, random, |other| other == reason);
    Placeholder::ALL
        .into_iter()
        .min_by(|&a, &b| alone(a).total_cmp(&alone(b)))
}

/// Returns true if `body` is typed. See [`typed`].
pub(super) fn is_typed(body: &[u8], random: &[f64], bar: f64) -> bool {
    cheapest(body, random, |_| true) <= bar
}

/// Costs of the shares in bits, computed once.
struct Costs {
    /// To turn to a habit, to go on with it, to leave it.
    habits: Vec<(Habit, f64, f64, f64)>,
    turn_to_word: f64,
    another_word: f64,
    leave_words: f64,
    one_of_words: f64,
}

static COSTS: LazyLock<Costs> = LazyLock::new(|| {
    let bits = |share: f64| -share.log2();
    let costs = |&(habit, share): &(Habit, f64)| {
        let goes_on = match habit {
            Habit::Random => RANDOM_GOES_ON,
            _ => GOES_ON,
        };
        (habit, bits(share), bits(goes_on), bits(1.0 - goes_on))
    };
    Costs {
        habits: HABITS.iter().map(costs).collect(),
        turn_to_word: bits(WORD),
        another_word: bits(ANOTHER_WORD),
        leave_words: bits(1.0 - ANOTHER_WORD),
        one_of_words: (not_secrets().documentation_words.len() as f64).log2(),
    }
});

/// The bits of `body` on the cheapest path through the habits that are `allowed`: dynamic
/// programming over positions.
fn cheapest(body: &[u8], random: &[f64], allowed: impl Fn(Placeholder) -> bool) -> f64 {
    let costs = &*COSTS;
    let with_words = allowed(Placeholder::Words);
    // The bits of the best path that ends here in each habit, or with a word.
    let mut paths = [f64::INFINITY; HABITS.len()];
    let mut words = vec![f64::INFINITY; body.len() + 1];
    for (at, &byte) in body.iter().enumerate() {
        let after_word = words.get(at).copied().unwrap_or(f64::INFINITY);
        let mut turn = if at == 0 { 0.0 } else { f64::INFINITY };
        turn = turn.min(after_word + costs.leave_words);
        for (path, (_, _, _, leave)) in paths.iter().zip(&costs.habits) {
            turn = turn.min(path + leave);
        }
        if with_words {
            let word = (turn + costs.turn_to_word).min(after_word + costs.another_word);
            add_words(body, at, word, &mut words);
        }
        let cost = random.get(at).copied().unwrap_or_default();
        let past = body.get(..at).unwrap_or_default();
        for (path, (habit, begin, go_on, _)) in paths.iter_mut().zip(&costs.habits) {
            *path = match habit.bits(past, byte, cost) {
                Some(spent) if habit.reason().is_none_or(&allowed) => {
                    (*path + go_on).min(turn + begin) + spent
                }
                _ => f64::INFINITY,
            };
        }
    }
    let last_word = words.last().copied().unwrap_or(f64::INFINITY);
    paths.into_iter().fold(last_word, f64::min)
}

/// Continues a path of `bits` that ends at `at` by each word there, with or without a
/// separator before it.
fn add_words(body: &[u8], at: usize, bits: f64, words: &mut [f64]) {
    let separated = body.get(at).copied().is_some_and(is_separator);
    let start = at + usize::from(separated);
    let Some(rest) = body.get(start..).filter(|rest| rest.len() >= 3) else {
        return;
    };
    // One bit: is there a separator; log2(3): which of the three.
    let separator = if separated { 1.0 + 3f64.log2() } else { 1.0 };
    for word in words_from(rest) {
        if let Some(found) = rest
            .get(..word.len())
            .filter(|found| found.eq_ignore_ascii_case(word))
            && let Some(case) = case_bits(found)
            && let Some(path) = words.get_mut(start + word.len())
        {
            *path = path.min(bits + separator + COSTS.one_of_words + case);
        }
    }
}

/// The words of the list that share their first two letters with `text`.
fn words_from(text: &[u8]) -> impl Iterator<Item = &'static [u8]> {
    let initials = text.get(..2).map(<[u8]>::to_ascii_lowercase);
    let words = &not_secrets().documentation_words;
    let from = words.partition_point(|word| word.as_bytes().get(..2) < initials.as_deref());
    words
        .get(from..)
        .unwrap_or_default()
        .iter()
        .map(|word| word.as_bytes())
        .take_while(move |word| word.get(..2) == initials.as_deref())
}

/// Small letters, capitals, or a capital first; anything else is not typed.
fn case_bits(word: &[u8]) -> Option<f64> {
    let (first, rest) = word.split_first()?;
    if rest.iter().all(u8::is_ascii_lowercase) {
        Some(if first.is_ascii_lowercase() { 1.0 } else { 2.0 })
    } else {
        word.iter().all(u8::is_ascii_uppercase).then_some(2.0)
    }
}

impl Habit {
    /// Bits that `byte` costs behind `past` in this habit. `None` if it never comes.
    fn bits(self, past: &[u8], byte: u8, random: f64) -> Option<f64> {
        let back = |count: usize| past.get(past.len().checked_sub(count)?).copied();
        let expected = match self {
            Self::Random => return Some(random),
            Self::Letters | Self::Capitals => {
                let other_case = match self {
                    Self::Letters => byte.is_ascii_uppercase(),
                    _ => byte.is_ascii_lowercase(),
                };
                let previous = back(1).unwrap_or(b'-');
                // Which of the three separators.
                let which = if is_separator(byte) { 3f64.log2() } else { 0.0 };
                return letter_bits(previous, byte)
                    .filter(|_| !other_case)
                    .map(|bits| bits + which);
            }
            Self::NextOfKind => {
                const BACK: usize = 8;
                let letter = byte.is_ascii_alphabetic();
                let last = past.iter().rev().take(BACK).copied().find(|other| {
                    other.is_ascii_alphanumeric() && other.is_ascii_alphabetic() == letter
                })?;
                // One bit: letter or digit.
                return (next(last)? == byte).then(|| 1.0 - COMES_TRUE.log2());
            }
            Self::Digits => return byte.is_ascii_digit().then(|| 10f64.log2()),
            Self::Same => back(1)?,
            Self::Next => next(back(1)?)?,
            Self::Previous => previous(back(1)?)?,
            Self::NextMixedCase => in_case_of(next(back(1)?.to_ascii_lowercase())?, back(2)?),
            Self::NextDoubled if back(1) == back(2) => next(back(1)?)?,
            Self::NextDoubled => back(1)?,
            Self::KeyRight => beside(ROWS, back(1)?, 1)?,
            Self::KeyLeft => beside(ROWS, back(1)?, -1)?,
            Self::KeyDown => beside(COLUMNS, back(1)?, 1)?,
            Self::Copy(distance) => back(distance)?,
            Self::Masking(mask) => mask,
        };
        (byte == expected).then(|| -COMES_TRUE.log2())
    }

    fn reason(self) -> Option<Placeholder> {
        Some(match self {
            Self::Random => return None,
            Self::Same | Self::Copy(_) => Placeholder::Repeated,
            Self::Next
            | Self::Previous
            | Self::NextMixedCase
            | Self::NextDoubled
            | Self::NextOfKind
            | Self::KeyRight
            | Self::KeyLeft
            | Self::KeyDown => Placeholder::Sequence,
            Self::Letters | Self::Capitals => Placeholder::Words,
            Self::Digits => Placeholder::FewCharacters,
            Self::Masking(_) => Placeholder::Mask,
        })
    }
}

/// The next letter or digit of the same kind, from the last on to the first.
fn next(byte: u8) -> Option<u8> {
    Some(match byte {
        b'z' => b'a',
        b'Z' => b'A',
        b'9' => b'0',
        b'a'..=b'y' | b'A'..=b'Y' | b'0'..=b'8' => byte + 1,
        _ => return None,
    })
}

fn previous(byte: u8) -> Option<u8> {
    Some(match byte {
        b'a' => b'z',
        b'A' => b'Z',
        b'0' => b'9',
        b'b'..=b'z' | b'B'..=b'Z' | b'1'..=b'9' => byte - 1,
        _ => return None,
    })
}

fn in_case_of(letter: u8, model: u8) -> u8 {
    if model.is_ascii_uppercase() {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}

const ROWS: &[u8] = b"1234567890qwertyuiopasdfghjklzxcvbnm";
const COLUMNS: &[u8] = b"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p";

/// The key `step` places further in a fixed order of keys, in the case of `key`.
fn beside(keys: &[u8], key: u8, step: isize) -> Option<u8> {
    let at = keys
        .iter()
        .position(|&other| other == key.to_ascii_lowercase())?;
    keys.get(at.checked_add_signed(step)?)
        .map(|&other| in_case_of(other, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_make_a_distribution() {
        let sum: f64 = HABITS.iter().map(|(_, share)| share).sum();
        assert!(sum + WORD <= 1.0 + 1e-9);
        assert!(sum + WORD > 0.95);
    }
}
