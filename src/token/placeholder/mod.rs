//! Distinguishes a placeholder (`xxxx…`, `1234…`, `your-token-here`) from a random body.
//!
//! # Why a genuine token is never taken for a placeholder
//!
//! The body is coded twice: as the output of GitLab's generators, and as text that people type. The first
//! gives `random`, a lower bound of the bits that any genuine generator spends on it, the second
//! gives `typed`, its bits in one fixed model of repetitions, sequences, words and few characters.
//! A body is a placeholder if `random - typed >= THRESHOLD`.
//!
//! The typed model is a probability distribution Q over bodies (the path that is measured is one
//! term of it), the generator is another one, P. For any two of them the chance that a body drawn
//! from P has `Q/P >= 2^t` is at most `2^-t`: sum `P <= Q / 2^t` over those bodies. So with any
//! model, one generator is misjudged at most once in `2^30` bodies. Five alphabets share
//! the verdict (see [`Alphabet`]), each with its own Q, so the bound is `5 / 2^30`, below 5 in
//! 10^9. (A body that seems drawn from a smaller alphabet than it was is rarer still: 24 hex digits
//! in a row among 64 base64url characters come once in 10^13.) A test draws bodies of each kind.
//!
//! The bound holds for bodies without their prefix: base64url and Devise tokens of 20 characters
//! or more, 25 base-36 digits, 24 hex digits or more. Text that is the same in every token (`t1_`)
//! is not random; keep it out, or a few bits of the 30 are lost.

mod identifier;
mod letters;
mod model;

use std::borrow::Cow;

pub use identifier::{is_identifier, reads_like_name};

use super::encoding::is_base64url;
use super::friendly::is_friendly_character;
use crate::model::decode_base64url;

/// Bits by which the typed model must win.
const THRESHOLD: f64 = 30.0;

/// The same for a text shorter than any token, where a person chose the text in any case.
const SHORT_THRESHOLD: f64 = 8.0;

/// Maximum length of a short text in bytes.
const SHORT: usize = 16;

/// Maximum number of bytes of a body that are read.
const MAX_BODY: usize = 1024;

/// The reason why a body is not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// Characters or groups of them are repeated.
    Repeated,
    /// Characters follow the alphabet, the digits or the keyboard.
    Sequence,
    /// It consists of words.
    Words,
    /// It is made of very few different characters.
    FewCharacters,
    /// Something is masked (`xxxx`, `****`, `...`).
    Mask,
}

impl Placeholder {
    const ALL: [Self; 5] = [
        Self::Repeated,
        Self::Sequence,
        Self::Words,
        Self::FewCharacters,
        Self::Mask,
    ];
}

/// Returns the kind of placeholder that `body` (a token without its prefix) is: a text that people write in place of a
/// token. `None` for anything that may have been generated, and for an empty body.
///
/// A body with masking characters (`*`, an ellipsis, brackets) is a placeholder at once: no token
/// has them.
pub fn placeholder(body: &[u8]) -> Option<Placeholder> {
    classify(body, model::typed)
}

/// Returns true if `body` is a placeholder. Takes a sixth of the time of [`placeholder`], which compares the kinds.
pub fn is_placeholder(body: &[u8]) -> bool {
    // The kind is not used.
    let any = |part: &[u8], random: &[f64], bar| {
        model::is_typed(part, random, bar).then_some(Placeholder::Words)
    };
    classify(body, any).is_some()
}

/// See [`placeholder`]. `typed` compares the random part of a body with the model of typed text.
fn classify(
    body: &[u8],
    typed: impl Fn(&[u8], &[f64], f64) -> Option<Placeholder>,
) -> Option<Placeholder> {
    let body = body.get(..MAX_BODY).unwrap_or(body);
    if is_masked(body) {
        return Some(Placeholder::Mask);
    }
    let structure = structure(body);
    let body = structure.as_deref().unwrap_or(body);
    let (alphabet, part) = match uuid_digits(body) {
        Some(digits) => (Alphabet::Hex, Cow::Owned(digits)),
        None => {
            let (alphabet, part) = random_part(body);
            (alphabet, Cow::Borrowed(part))
        }
    };
    let part = &part[..];
    let random: f64 = part.iter().map(|&byte| alphabet.bits(byte)).sum();
    let fallback: Vec<f64> = part
        .iter()
        .map(|&byte| alphabet.fallback_bits(byte))
        .collect();
    let threshold = if body.len() < SHORT {
        SHORT_THRESHOLD
    } else {
        THRESHOLD
    };
    // Two models share one distribution, half each: one bit.
    let bar = random - threshold - 1.0;
    typed(part, &fallback, bar).or_else(|| {
        (!part.is_empty() && few_characters_bits(part) <= bar).then_some(Placeholder::FewCharacters)
    })
}

/// True if the body contains a character that means "left out" and is not in any token's alphabet.
fn is_masked(body: &[u8]) -> bool {
    body.iter()
        .any(|byte| matches!(byte, b'*' | b'<' | b'>' | b'[' | b']' | b'{' | b'}'))
        || body.windows(3).any(|three| {
            // Three full stops, or U+2026 and U+2022 in UTF-8.
            three == b"..." || three == [0xe2, 0x80, 0xa6] || three == [0xe2, 0x80, 0xa2]
        })
}

/// The alphabets that genuine bodies are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    /// 16 equally likely digits.
    Hex,
    /// Base 32 or more in small letters: 5 bits or more each. (The 25 base-36 digits of a 128-bit
    /// number hold 128 bits.)
    LowerCase,
    /// The same in capitals.
    UpperCase,
    /// Devise: 64 values, of which two each give `s x y z`.
    Friendly,
    /// 64 values.
    Base64,
}

impl Alphabet {
    fn contains(self, byte: u8) -> bool {
        match self {
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::LowerCase => matches!(byte, b'0'..=b'9' | b'a'..=b'z'),
            Self::UpperCase => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            Self::Friendly => is_friendly_character(byte),
            Self::Base64 => is_base64url(byte) || matches!(byte, b'+' | b'/'),
        }
    }

    /// Bits of one character, at least. Characters outside the alphabet are structure and cost
    /// nothing.
    fn bits(self, byte: u8) -> f64 {
        match self {
            _ if !self.contains(byte) => 0.0,
            Self::Hex => 4.0,
            Self::LowerCase | Self::UpperCase => 5.0,
            Self::Friendly if matches!(byte, b's' | b'x' | b'y' | b'z') => 5.0,
            Self::Friendly | Self::Base64 => 6.0,
        }
    }

    /// The same where the typed model falls back on chance: rounded up so far that the
    /// probabilities of all 256 bytes sum up to 1 at most.
    fn fallback_bits(self, byte: u8) -> f64 {
        match self {
            _ if !self.contains(byte) => 16.0,
            Self::Hex => 4.01,
            Self::LowerCase | Self::UpperCase => 5.18,
            Self::Friendly => self.bits(byte) + 0.01,
            // Both spellings of base64: 66 characters.
            Self::Base64 => 6.05,
        }
    }
}

/// The part of a body that a generator drew, and from which alphabet. A long run of hex digits, or
/// of one case, was drawn as such: only there does a character hold less than 6 bits, and what
/// text around it (`cell-1-`, a user id) is structure.
fn random_part(body: &[u8]) -> (Alphabet, &[u8]) {
    const RUNS: [(Alphabet, usize); 3] = [
        (Alphabet::Hex, 24),
        (Alphabet::LowerCase, 24),
        (Alphabet::UpperCase, 16),
    ];
    for (alphabet, at_least) in RUNS {
        let run = longest_run(body, |byte| alphabet.contains(byte));
        if run.len() >= at_least {
            return (alphabet, body.get(run).unwrap_or_default());
        }
    }
    let friendly = |&byte: &u8| is_friendly_character(byte) || !Alphabet::Base64.contains(byte);
    if body.iter().all(friendly) {
        (Alphabet::Friendly, body)
    } else {
        (Alphabet::Base64, body)
    }
}

/// Returns the text that a body encodes in base64, as those of Slack's rotating tokens do: only a part of it was
/// drawn at random. A random body of that length decodes to printable text once in 10^10.
fn structure(body: &[u8]) -> Option<Vec<u8>> {
    const MIN_LEN: usize = 32;
    let text = (body.len() >= MIN_LEN).then(|| decode_base64url(body))??;
    text.iter().all(u8::is_ascii_graphic).then_some(text)
}

/// The hex digits of a UUID, the form of npm's older tokens: its dashes are not random.
fn uuid_digits(body: &[u8]) -> Option<Vec<u8>> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&[u8]> = body.split(|&byte| byte == b'-').collect();
    let is_uuid = groups.iter().map(|group| group.len()).eq(GROUPS);
    let digits = groups.concat();
    (is_uuid && digits.iter().all(|&byte| Alphabet::Hex.contains(byte))).then_some(digits)
}

fn longest_run(body: &[u8], belongs: impl Fn(u8) -> bool) -> std::ops::Range<usize> {
    let mut longest = 0..0;
    let mut start = 0;
    for at in 0..=body.len() {
        if body.get(at).is_some_and(|&byte| belongs(byte)) {
            continue;
        }
        if at - start > longest.len() {
            longest = start..at;
        }
        start = at + 1;
    }
    longest
}

/// Bits of a body that is encoded as: its alphabet, the number of different characters, these characters, and then
/// each of them.
fn few_characters_bits(body: &[u8]) -> f64 {
    let mut seen = [false; 256];
    for &byte in body {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    let distinct = seen.iter().filter(|&&seen| seen).count();
    // The five choices below, each as likely as the others.
    let alphabet = 5f64.log2();
    let all = |belongs: fn(&u8) -> bool| body.iter().all(belongs);
    let size = if all(u8::is_ascii_digit) {
        10
    } else if all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase) {
        26
    } else if all(|&byte| is_base64url(byte)) {
        64
    } else {
        256
    };
    // The k-th number has probability 1/(2 k^2); the sum over all stays below 1.
    let number = 1.0 + 2.0 * (distinct.max(1) as f64).log2();
    let which: f64 = (0..distinct)
        .map(|i| (size.max(i + 1) - i) as f64 / (i + 1) as f64)
        .map(f64::log2)
        .sum();
    alphabet + number + which + body.len() as f64 * (distinct.max(1) as f64).log2()
}

#[cfg(test)]
mod tests;
