//! Values in the position of a credential that are something else by their form: hashes of
//! passwords, prose, names with a scheme of their own, lists of short words.

use crate::vocabulary::not_secrets;

/// Returns true if `value` (a password in any place, decoded) is not a credential by its form.
pub fn is_not_secret(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    is_password_hash(value)
        || starts_with(value, b"urn:")
        || is_prose(value)
        || is_key_id(value)
        || is_list(value)
}

/// The fewest characters of a hash that follow its notation.
const MIN_HASH: usize = 16;

/// Returns true for the hash of a password in the notation of a program that stores such hashes.
fn is_password_hash(value: &[u8]) -> bool {
    let crypt = value.strip_prefix(b"$").and_then(|rest| {
        let end = memchr::memchr2(b'$', b',', rest)?;
        let (id, hash) = (rest.get(..end)?, rest.get(end + 1..)?);
        Some(
            std::str::from_utf8(id).is_ok_and(|id| not_secrets().crypt_ids.contains(id))
                && hash.len() >= MIN_HASH,
        )
    });
    crypt == Some(true)
        || not_secrets()
            .hash_prefixes
            .iter()
            .any(|prefix| starts_with(value, prefix.as_bytes()) && value.len() >= prefix.len() + MIN_HASH)
        || is_hex_after(value, b"*", 40) // MySQL
        || is_hex_after(value, b"md5", 32) // PostgreSQL
}

fn is_hex_after(value: &[u8], prefix: &[u8], digits: usize) -> bool {
    value
        .strip_prefix(prefix)
        .is_some_and(|hash| hash.len() == digits && hash.iter().all(u8::is_ascii_hexdigit))
}

/// Returns true for text for people: letters beyond ASCII, or several words, without a digit.
///
/// Passwords with such letters exist, but a person who chooses one is asked for a digit.
fn is_prose(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let has = |kind: fn(char) -> bool| text.chars().any(kind);
    let is_foreign = has(|c| !c.is_ascii() && c.is_alphabetic());
    let words = || text.split_whitespace();
    let is_word = |word: &str| word.chars().all(|c| c.is_alphabetic() || is_punctuation(c));
    let is_sentence = words().count() >= 3 && words().all(is_word);
    (is_foreign || is_sentence) && !has(|c| c.is_ascii_digit())
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' | '(' | ')' | '-' | '/' | '…'
    )
}

/// Returns true for a unique identifier of AWS IAM, which is not secret
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>).
fn is_key_id(value: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 10] = [
        b"ABIA", b"ACCA", b"AGPA", b"AIDA", b"AIPA", b"AKIA", b"ANPA", b"ANVA", b"AROA", b"ASIA",
    ];
    value.len() == 20
        && PREFIXES.iter().any(|prefix| value.starts_with(prefix))
        && value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Returns true for several items between commas of which none is long enough for a credential.
fn is_list(value: &[u8]) -> bool {
    const MAX_ITEM: usize = 7;
    let items = || value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let is_item = |item: &[u8]| {
        (2..=MAX_ITEM).contains(&item.len())
            && item
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    items().count() >= 2 && items().all(is_item)
}

fn starts_with(value: &[u8], prefix: &[u8]) -> bool {
    value
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_hashes_of_passwords() {
        let hash = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        for start in [
            "$2a$10$",
            "$2y$12$",
            "$6$rounds=5000$",
            "$y$j9T$",
            "$argon2id$v=19$m=65536,t=3,p=4$",
            "$apr1$",
            "{SSHA}",
            "{SSHA512}",
            "{bcrypt}$2a$10$",
            "pbkdf2_sha256$260000$",
            "pbkdf2:sha256:150000$",
            "scrypt:32768:8:1$",
            "SCRAM-SHA-256$4096:",
            "$pbkdf2-sha512$25000$",
        ] {
            let value = format!("{start}{hash}");
            assert!(is_not_secret(value.as_bytes()), "{value}");
        }
        for (prefix, digits) in [("*", 40), ("md5", 32)] {
            let value = format!("{prefix}{}", "0f".repeat(digits / 2));
            assert!(is_not_secret(value.as_bytes()));
        }
    }

    #[test]
    fn recognises_text_for_people() {
        for text in [
            "Contraseña",
            "Générer",
            "Slaptažodis",
            "Zurücksetzen",
            "永远不应该调用getPassword（）方法",
            "Forgot your password?",
            "Please enter a new password.",
        ] {
            assert!(is_not_secret(text.as_bytes()), "{text}");
        }
        assert!(is_not_secret(b"urn:ietf:params:oauth:token-type:jwt"));
        let key_id = format!("AKIA{}", "5HGAZYXDOWG7M6RX");
        assert!(is_not_secret(key_id.as_bytes()));
        assert!(is_not_secret(b"NTLMv2,Basic"));
    }

    #[test]
    fn keeps_possible_passwords() {
        for value in [
            "",
            "Tr0ub4dorX9z",
            "correct horse",
            "Größe17!x",
            "$ecret$tuff$9Qz",
            "a,b",
            "k7WzN4smT9pQ,x",
            "$1$x",
            "{x}9Qz",
            "md5sum-of-it",
            "p,Ssw0rd9Kq",
        ] {
            assert!(!is_not_secret(value.as_bytes()), "{value}");
        }
    }
}
