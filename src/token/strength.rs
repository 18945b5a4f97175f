//! Estimates whether a value is random enough for a fast hash of it to be harmless.

/// Bits from which on a value cannot be guessed.
const MIN_BITS: f64 = 80.0;

/// Bits that a word adds, however long: a little less than one of the 7,776 words of Diceware.
const WORD_BITS: f64 = 12.0;

/// Maximum number of bits that a run of digits adds: a year, a date, a counter.
const DIGITS_BITS: f64 = 10.0;

/// Minimum length of a row of keys.
const MIN_WALK: usize = 6;

/// The keys of a keyboard, row by row.
const KEYS: &[u8] = b"1234567890qwertyuiopasdfghjklzxcvbnm";

/// Maximum length of a text that is recognized if it is repeated.
const MAX_PERIOD: usize = 64;

/// True if `body` may be found by trying: it has fewer than 80 bits, counted as a guesser would. Of a
/// token with a public prefix (`by_form`) the characters are random; of any other value, letters may
/// be words, digits a year, and all of it a row of keys or a repetition.
pub fn is_guessable(body: &[u8], by_form: bool) -> bool {
    let per_byte = alphabet(body).log2();
    if by_form {
        return (body.len() as f64) * per_byte < MIN_BITS;
    }
    let mut bits = 0.0;
    let mut rest = unrepeated(body);
    while !rest.is_empty() {
        let (length, most) = next_run(rest);
        bits += (length as f64 * per_byte).min(most);
        if bits >= MIN_BITS {
            return false;
        }
        rest = &rest[length..];
    }
    true
}

/// Returns the part of `body` that is repeated to its end; all of it if it is not repeated.
fn unrepeated(body: &[u8]) -> &[u8] {
    let periods = 1..=(body.len() / 2).min(MAX_PERIOD);
    let is_period = |period: &usize| body[*period..] == body[..body.len() - period];
    periods
        .into_iter()
        .find(is_period)
        .map_or(body, |period| &body[..period])
}

/// Returns the length of the row of keys at the front: one row (`qwerty`), or several in turn (`1q2w3e`).
fn walk(rest: &[u8]) -> usize {
    let key = |byte: u8| {
        let small = byte.to_ascii_lowercase();
        KEYS.iter().position(|&key| key == small)
    };
    let is_next = |(&before, &byte): (&u8, &u8)| match (key(before), key(byte)) {
        (Some(before), Some(key)) => before.abs_diff(key) == 1,
        _ => false,
    };
    let length = |rows: usize| {
        let behind = rest.get(rows..).unwrap_or_default();
        rows + rest
            .iter()
            .zip(behind)
            .take_while(|&pair| is_next(pair))
            .count()
    };
    (1..=3).map(length).max().unwrap_or_default()
}

/// The length of the run at the front that a guesser takes as one, and the most that it adds.
fn next_run(rest: &[u8]) -> (usize, f64) {
    let while_ = |from: usize, is_part: fn(&u8) -> bool| {
        from + rest[from..].iter().take_while(|byte| is_part(byte)).count()
    };
    let same = rest.iter().take_while(|byte| **byte == rest[0]).count();
    let word = while_(
        usize::from(rest[0].is_ascii_uppercase()),
        u8::is_ascii_lowercase,
    )
    .max(while_(0, u8::is_ascii_uppercase));
    let digits = while_(0, u8::is_ascii_digit);
    let walk = walk(rest);
    if walk >= MIN_WALK && walk > word.max(digits).max(same) {
        return (walk, WORD_BITS);
    }
    match (same, word, digits) {
        (3.., ..) => (same, DIGITS_BITS),
        (_, 3.., _) => (word, WORD_BITS),
        (.., 4..) => (digits, DIGITS_BITS),
        _ => (1, f64::INFINITY),
    }
}

/// Returns the number of characters in the alphabet of `body`, by the kinds that it contains.
fn alphabet(body: &[u8]) -> f64 {
    let has = |is_kind: fn(&u8) -> bool| body.iter().any(is_kind);
    if body
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        || body
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
    {
        return if has(u8::is_ascii_alphabetic) {
            16.0
        } else {
            10.0
        };
    }
    let kinds = [
        (has(u8::is_ascii_digit), 10.0),
        (has(u8::is_ascii_lowercase), 26.0),
        (has(u8::is_ascii_uppercase), 26.0),
        // `-` and `_`, `+` and `/`: more kinds of punctuation prove nothing.
        (has(|byte| !byte.is_ascii_alphanumeric()), 2.0),
    ];
    let size: f64 = kinds
        .iter()
        .filter(|(is_there, _)| *is_there)
        .map(|(_, size)| size)
        .sum();
    size.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_guessable() {
        for password in [
            "hunter2",
            "Welcome2GitLab!",
            "Summer2024Summer2024Summer2024",
            "correct-horse-battery-staple",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890123456789012",
            "Tr0ub4dorX9z",
            "1q2w3e4r5t6y7u8i9o0p",
            "1qazXSW@3edcVFR$1qazXSW@3edcVFR$",
            "P@ssw0rd!P@ssw0rd!P@ss",
            "",
        ] {
            assert!(is_guessable(password.as_bytes(), false), "{password}");
        }
    }

    #[test]
    fn random_values_are_not() {
        for value in [
            concat!("x7WzN4smT9", "Pk2Dx2Rv8b"),
            concat!("9f86d081884c7d659a2f", "eaa0c55ad015a3bf4f1b"),
            concat!("JBSWY3DPEHPK3PXP4QO2", "7UXB5RVKM2N6TLZEDGHC"),
        ] {
            assert!(!is_guessable(value.as_bytes(), false), "{value}");
            assert!(!is_guessable(value.as_bytes(), true), "{value}");
        }
    }

    #[test]
    fn a_short_body_behind_a_prefix_is_guessable() {
        assert!(is_guessable(b"abc123", true));
        assert!(!is_guessable(b"abcdefghijklmnopqrst", true));
    }
}
