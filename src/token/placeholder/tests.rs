//! Text that people type is recognised; output of generators never is.

use super::*;

/// splitmix64: the same bodies in every run.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| alphabet[(self.next() % alphabet.len() as u64) as usize])
            .collect()
    }
}

const BASE64URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The alphabet after Devise's replacement: `l I O 0` became `s x y z`.
const FRIENDLY: &[u8] = b"ABCDEFGHxJKLMNyPQRSTUVWXYZabcdefghijksmnopqrstuvwxyzz123456789-_";
const HEX: &[u8] = b"0123456789abcdef";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The digits of a random 128-bit number.
fn mail(rng: &mut Rng) -> Vec<u8> {
    let mut number = (u128::from(rng.next()) << 64) | u128::from(rng.next());
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(BASE36[(number % 36) as usize]);
        number /= 36;
    }
    digits.reverse();
    digits
}

#[test]
fn no_random_body_is_a_placeholder() {
    check_random_bodies(if cfg!(debug_assertions) {
        1_500
    } else {
        50_000
    });
}

/// Two million of each kind, as the bound in the module's head deserves:
/// `cargo test --release -- --ignored two_million`.
#[test]
#[ignore = "takes four minutes, optimised"]
fn two_million_random_bodies_of_each_kind() {
    check_random_bodies(2_000_000);
}

fn check_random_bodies(rounds: usize) {
    let kinds: &[(&[u8], usize)] = &[
        (FRIENDLY, 20),
        (FRIENDLY, 50),
        (BASE64URL, 20),
        (BASE64URL, 22),
        (BASE64URL, 43),
        (HEX, 30),
        (HEX, 32),
        (HEX, 40),
        (HEX, 64),
        (BASE62, 36),
        (BASE32, 52),
    ];
    let mut rng = Rng(7);
    for &(alphabet, length) in kinds {
        for _ in 0..rounds {
            let body = rng.text(alphabet, length);
            assert_eq!(placeholder(&body), None);
        }
    }
    for _ in 0..rounds {
        let body = mail(&mut rng);
        assert_eq!(placeholder(&body), None);
    }
}

#[test]
fn recognises_typed_text_as_placeholder() {
    // Without prefixes on purpose: none of these looks like a token, all occur where a token belongs.
    let repeated = [
        "x".repeat(20),
        "a".repeat(20),
        "0".repeat(20),
        "-".repeat(20),
        "_".repeat(20),
        "Z".repeat(50),
        "0".repeat(40),
        "f".repeat(64),
        "ab".repeat(10),
        "abc".repeat(7),
        "1234".repeat(5),
        "test".repeat(5),
        "aB3x".repeat(6),
        "deadbeef".repeat(8),
        "0123456789abcdef".repeat(4),
        "Q7w_k2".repeat(5),
        format!("{}1234", "x".repeat(16)),
        format!("{}abcd", "X".repeat(16)),
        format!("{}1", "0".repeat(39)),
        format!("abcd{}", "x".repeat(16)),
        format!("ab12{}cd34", "x".repeat(12)),
        format!("{}-{}", "x".repeat(10), "x".repeat(9)),
        format!("{}.01.{}", "x".repeat(40), "x".repeat(9)),
    ];
    for body in repeated {
        assert!(placeholder(body.as_bytes()).is_some(), "{body}");
    }
    for body in TYPED {
        assert!(placeholder(body.as_bytes()).is_some(), "{body}");
    }
}

const TYPED: &[&str] = &[
    // Sequences.
    "12345678901234567890",
    "01234567890123456789",
    "09876543210987654321",
    "98765432109876543210",
    "ABCDEFGHIJKLMNOPQRST",
    "abcdefghijklmnopqrst",
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "zyxwvutsrqponmlkjihg",
    "AbCdEfGhIjKlMnOpQrSt",
    "aabbccddeeffgghhiijj",
    "1a2b3c4d5e6f7g8h9i0j",
    "a1b2c3d4e5f6g7h8i9j0",
    "qwertyuiopasdfghjklz",
    "QWERTYUIOPASDFGHJKLZ",
    "poiuytrewqlkjhgfdsam",
    "1qaz2wsx3edc4rfv5tgb",
    "123456789_abcdefghij",
    "abcdefghij1234567890",
    "ABCDEF0123456789abcd",
    "abc123_x-yzABCDEF01234",
    "abc123def456ghi789jk",
    "abcdefgh-12345678-zz",
    "11112222333344445555",
    "1111-2222-3333-4444-5",
    "00112233445566778899",
    "20240101000000000000",
    // Words.
    "imperdiet-dolor-sit",
    "imperdiet",
    "lorem-ipsum-dolor-sit-amet",
    "lorem_ipsum_dolor_sit",
    "consectetur-adipiscing",
    "your_token_here",
    "your-token-here",
    "YOUR_TOKEN_HERE",
    "yourtokenhere",
    "YourAccessTokenHere",
    "yourPersonalAccessToken",
    "YOUR_PERSONAL_ACCESS_TOKEN",
    "your-gitlab-token",
    "REPLACE_ME",
    "REPLACE_WITH_YOUR_TOKEN",
    "replace-me-with-a-real-token",
    "insert-your-token-here",
    "my-super-secret-token",
    "example",
    "example-token",
    "EXAMPLE_TOKEN_DO_NOT_USE",
    "placeholder",
    "PLACEHOLDER",
    "placeholder-token-value",
    "changeme",
    "change-me-please",
    "test-runner-token",
    "testtoken",
    "test-token",
    "this-is-not-a-real-token",
    "not-a-real-token",
    "fake-token-for-testing",
    "FAKE",
    "FAKE_TOKEN_1234567890",
    "dummy-token-12345678",
    "dummytokendummytoken",
    "some-personal-access-token",
    "access_token_goes_here",
    "runner-registration-token",
    "secret-token-value-1",
    "a-very-long-fake-token-string",
    "deploytokenexample12",
    "invalid-token-for-tests",
    "REDACTED",
    "redacted-redacted-redacted",
    "TODO-insert-token",
    // Masks.
    "********************",
    "abcd****************",
    "xxxxxxxx",
    "xxxx-xxxx-xxxx-xxxx-xxxx",
    "XXXXXXXXXXXXXXXXXXXX",
    "....................",
    "abc...xyz",
    "[MASKED]",
    "<token>",
    "{token}",
    "\u{2026}",
    "\u{2022}\u{2022}\u{2022}\u{2022}",
    // Few characters.
    "dfsdfjksjdfslkdfjsd",
    "asdfasdfasdfasdfasdf",
    "asdfjkasdfjkasfdkjas",
    "01100101110100101101",
    "ababbabaabbaabababba",
    "83920174658392817465",
];

#[test]
fn the_reason_fits() {
    for (body, reason) in [
        ("a".repeat(20), Placeholder::Repeated),
        ("Q7w_k2".repeat(5), Placeholder::Repeated),
        ("12345678901234567890".to_owned(), Placeholder::Sequence),
        ("qwertyuiopasdfghjklz".to_owned(), Placeholder::Sequence),
        ("imperdiet-dolor-sit".to_owned(), Placeholder::Words),
        ("YourAccessTokenHere".to_owned(), Placeholder::Words),
        (
            "83920174658392817465".to_owned(),
            Placeholder::FewCharacters,
        ),
        (format!("{}Qv8r", "x".repeat(16)), Placeholder::Mask),
        ("***".to_owned(), Placeholder::Mask),
    ] {
        assert_eq!(placeholder(body.as_bytes()), Some(reason), "{body}");
    }
}

#[test]
fn accepts_empty_and_unusual_input() {
    assert_eq!(placeholder(b""), None);
    assert_eq!(placeholder(b"k"), None);
    let mut rng = Rng(3);
    for length in 0..300 {
        let bytes: Vec<u8> = (0..length).map(|_| (rng.next() >> 56) as u8).collect();
        placeholder(&bytes);
    }
    assert_eq!(placeholder(&b"x".repeat(100_000)), Some(Placeholder::Mask));
}

#[test]
fn every_alphabet_falls_back_on_a_probability() {
    for alphabet in [
        Alphabet::Hex,
        Alphabet::LowerCase,
        Alphabet::UpperCase,
        Alphabet::Friendly,
        Alphabet::Base64,
    ] {
        let sum: f64 = (0..=u8::MAX)
            .map(|byte| (-alphabet.fallback_bits(byte)).exp2())
            .sum();
        assert!(sum <= 1.0 && sum > 0.98, "{alphabet:?} {sum}");
        for byte in 0..=u8::MAX {
            assert!(alphabet.bits(byte) <= alphabet.fallback_bits(byte));
        }
    }
}

#[test]
fn structure_around_a_random_part_does_not_matter() {
    let mut rng = Rng(11);
    for _ in 0..300 {
        let hex = String::from_utf8(rng.text(HEX, 32)).unwrap();
        for body in [format!("cell-1-{hex}"), format!("{hex}{hex}-1234")] {
            assert_eq!(placeholder(body.as_bytes()), None);
        }
    }
}

#[test]
fn ignores_the_dashes_of_a_uuid() {
    for genuine in [
        "8e11a0e5-dddd-10bd-7875-8e1a5468077e",
        "2b7e1c94-06af-4d3e-9b58-c1f07a62d38e",
    ] {
        assert_eq!(placeholder(genuine.as_bytes()), None, "{genuine}");
    }
    for typed in [
        "12345678-1234-1234-1234-123456789012",
        "00000000-0000-0000-0000-000000000000",
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    ] {
        assert!(placeholder(typed.as_bytes()).is_some(), "{typed}");
    }
}

#[test]
fn judges_the_random_part_of_an_encoded_body() {
    use base64::Engine as _;

    let encode = |text: String| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
    let mut rng = Rng(7);
    for _ in 0..300 {
        let mut text = "2-2".to_owned();
        for _ in 0..4 {
            text += &format!("-{}", rng.next() % 10_000_000_000_000);
        }
        text += "-";
        text += &String::from_utf8_lossy(&rng.text(HEX, 64));
        let body = encode(text);
        assert_eq!(placeholder(body.as_bytes()), None, "{body}");
    }
    for text in ["x".repeat(60), format!("2-2-1234567890-{}", "0".repeat(64))] {
        assert!(placeholder(encode(text).as_bytes()).is_some());
    }
}
