//! Tells a name in code (`getPrivateTokenFromX`, `MAX_TOKEN_COUNT_PER_X`) from a random body.
//!
//! As in the module above, the body is described by a model of names, and that must be shorter than its
//! description as chance: a random body wins [`THRESHOLD`] bits at most once in `2^THRESHOLD`. The bar is
//! lower than for placeholders, so this only applies where a name is possible: behind `private_token =`
//! in code, where no prefix identifies a token.

use super::letters::{is_separator, letter_bits};

/// Bits by which the model of names must win. Of a million random bodies of 20 characters it wins
/// about ten.
const THRESHOLD: f64 = 12.0;

/// Bits in favour of a word where a person may have chosen the text, in any language: the model counts English.
const PRIOR: f64 = 4.0;

/// Bits for the choice of one of the three styles.
const STYLE: f64 = 1.6;
/// A letter or a separator comes next, and not a digit (15 in 16).
const LETTER: f64 = 0.1;
/// A digit comes next, and which.
const DIGIT: f64 = 4.0 + 3.33;
/// Another word begins, in `camelCase` (1 in 6), or goes on.
const WORD: f64 = 2.6;
const NO_WORD: f64 = 0.27;
/// A letter of the wrong case, which the style does not have.
const WRONG: f64 = 10.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Lower,
    Upper,
    Camel,
}

/// True if `body` reads like the name of something in code. Random bodies of 20 characters do so
/// once in a hundred thousand.
pub fn is_identifier(body: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if body.is_empty() || !body.iter().all(is_name) {
        return false;
    }
    advantage(body, chance) >= THRESHOLD
}

/// Returns true if `value` is more likely words and small numbers than random characters:
/// `AuthCookie1`, `prod/db/Password1`, `wildcard-tls-2024`, `Kaffeepause`.
///
/// Characters that join words in paths, lists and sentences count as separators. Passwords that a person made from
/// words are taken for names, so a name is weak, not absent. Generated passwords are not: of those of 16 small letters
/// one in 3,000, of those of 12 one in 600.
pub fn reads_like_name(value: &[u8]) -> bool {
    let joined: Vec<u8> = value
        .iter()
        .map(|&byte| match byte {
            b'/' | b',' | b':' | b' ' | b'!' | b'?' => b'-',
            byte => byte,
        })
        .collect();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || is_separator(*byte);
    if joined.is_empty() || !joined.iter().all(is_name) {
        return false;
    }
    if joined.iter().copied().any(is_separator) {
        return advantage(&joined, chance) > 0.0;
    }
    // One word: chance takes its characters from no more kinds than it has.
    let bits = bits_of_kinds(&joined);
    advantage(&joined, |_| bits) > -PRIOR
}

/// Bits of one random character of the kinds that occur in `word`: small letters, capitals, digits.
fn bits_of_kinds(word: &[u8]) -> f64 {
    let size = |kind: fn(&u8) -> bool, size: f64| {
        if word.iter().any(kind) { size } else { 0.0 }
    };
    let letters = size(u8::is_ascii_lowercase, 26.0) + size(u8::is_ascii_uppercase, 26.0);
    (letters + size(u8::is_ascii_digit, 10.0)).max(2.0).log2()
}

/// Bits by which the best style of a name beats chance.
fn advantage(body: &[u8], chance: impl Fn(&u8) -> f64) -> f64 {
    let random: f64 = body.iter().map(chance).sum();
    [Style::Lower, Style::Upper, Style::Camel]
        .into_iter()
        .map(|style| random - bits(body, style))
        .fold(f64::MIN, f64::max)
}

/// Bits of one random character. Devise makes `s x y z` twice as often.
fn chance(&byte: &u8) -> f64 {
    if matches!(byte, b's' | b'x' | b'y' | b'z') {
        5.0
    } else {
        6.0
    }
}

/// Bits of the description of a body as a name in a style.
fn bits(body: &[u8], style: Style) -> f64 {
    let mut bits = STYLE;
    let mut previous = b'-';
    for &byte in body {
        if byte.is_ascii_digit() {
            bits += DIGIT;
            previous = b'-';
            continue;
        }
        let begins_word = style == Style::Camel && byte.is_ascii_uppercase();
        let before = if begins_word { b'-' } else { previous };
        bits += LETTER + letter_bits(before, byte).unwrap_or(WRONG);
        bits += match style {
            Style::Camel if begins_word => WORD,
            Style::Camel => NO_WORD,
            Style::Lower if byte.is_ascii_uppercase() => WRONG,
            Style::Upper if byte.is_ascii_lowercase() => WRONG,
            _ => 0.0,
        };
        previous = if is_separator(byte) { b'-' } else { byte };
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        for name in [
            "getPrivateTokenFromX",
            "gitURLsWithoutTokens",
            "suspend_rootfs_claim",
            "StatusRequestTimeout",
            "MAX_RETRIES_PER_HOST",
            "expectedErrorMessage",
            "job-response-request",
        ] {
            assert_eq!(name.len(), 20);
            assert!(is_identifier(name.as_bytes()), "{name}");
        }
        assert!(!is_identifier(b""));
        assert!(!is_identifier(b"two words of a text."));
    }

    #[test]
    fn random_bodies_are_none() {
        const ALPHABET: &[u8] = b"ABCDEFGHxJKLMNyPQRSTUVWXYZabcdefghijksmnopqrstuvwxyzz123456789-_";
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut taken = 0;
        for _ in 0..200_000 {
            let body: Vec<u8> = (0..20)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    ALPHABET[(state >> 33) as usize % ALPHABET.len()]
                })
                .collect();
            taken += usize::from(is_identifier(&body));
        }
        assert!(taken <= 10, "{taken} of 200,000");
    }

    #[test]
    fn words_and_small_numbers_read_like_names() {
        for value in [
            "kv-prod1-gitlab-tok1",
            "grafana-admin-cred1",
            "wildcard-tls-2024",
            "API_AND_CONFIG_MAP1",
            "AuthCookie1",
            "TokenServiceImpl",
            "Adgangskode",
            "SCRAM-SHA-256",
            "prod/db/Password1",
            "com.acme.security.TokenService",
            "Summer2024",
            "Show/Hide",
            "Zugang erneuern?",
        ] {
            assert!(reads_like_name(value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "Tr0ub4dorX9z",
            "devOnly-4711xY",
            "Zq9Lm2Xw",
            "q8Zk-21mmPw7",
            "k7WzN4smT9pQ",
            "b7Vq!x2Lm9",
            "qzkfwtrbhvxpmdgj",
            "XkRqPzWvTnBgMhJd",
        ] {
            assert!(!reads_like_name(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn generated_letters_do_not_read_like_names() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |alphabet: &[u8], length: usize| -> Vec<u8> {
            let next = |_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                alphabet[(state >> 33) as usize % alphabet.len()]
            };
            (0..length).map(next).collect()
        };
        for (alphabet, length, most) in [
            (&b"abcdefghijklmnopqrstuvwxyz"[..], 16, 4),
            (b"abcdefghijklmnopqrstuvwxyz0123456789", 16, 10),
            (
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                16,
                8,
            ),
            (b"abcdefghijklmnopqrstuvwxyz", 12, 20),
        ] {
            let taken = (0..4_000)
                .filter(|_| reads_like_name(&random(alphabet, length)))
                .count();
            assert!(taken <= most, "{taken} of 4,000");
        }
    }
}
