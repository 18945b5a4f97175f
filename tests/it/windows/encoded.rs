//! The same for text with encoded tokens.

use proptest::prelude::*;

use super::{assert_windows_agree, text};
use crate::support::cases;
use crate::support::encoders::{CHOICES, ESCAPES, base64, escaped, hex, utf16, wrapped};
use crate::support::tokens::Rng;

const FILLERS: &[&[u8]; 4] = &[
    b"lorem ipsum, dolor: sit amet\n",
    b"Z2xwYXQtZ2xwYXQt",
    b"\\u0067\\x67%67%6cglpat%2D",
    b"https%3A%2F%2Fhost/path?a=b&amp;c=d@e\r\n",
];

fn encode(rng: &mut Rng, kind: u8, token: &str) -> Vec<u8> {
    let token = token.as_bytes();
    let escape = &ESCAPES[rng.below(ESCAPES.len())];
    let choice = CHOICES[rng.below(CHOICES.len())].1;
    match kind / 4 % 6 {
        0 => base64(token),
        1 => {
            let longer = [
                b"some user name:",
                token,
                b"\nmore of it, to be longer than a line",
            ];
            wrapped(&base64(&longer.concat()), 64, "  ")
        }
        2 => escaped(token, escape, choice),
        3 => hex(token),
        4 => base64(&escaped(token, escape, choice)),
        _ => base64(&utf16(&String::from_utf8_lossy(token), false)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(8, 64)))]

    #[test]
    fn windows_find_the_same_as_the_whole(
        seed: u64,
        gaps in proptest::collection::vec((0usize..30_000, any::<u8>()), 1..12),
    ) {
        assert_windows_agree(&text(seed, &gaps, FILLERS, encode), usize::MAX);
    }

    /// Nothing that comes in may stop the program.
    #[test]
    fn any_bytes_are_read_to_their_end(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..8),
                proptest::sample::select(vec![
                    &b"Z2xwYXQt"[..], b"dscGF0L", b"nbHBhdC", b"g\0l\0p\0a\0t\0", b"676c706174", b"ZwBsAHAAYQB0A",
                    b"%67%6c", b"\\x67", b"\\u0067", b"\\u{", b"&#x67;", b"&#103;", b"glpat\\", b"glpat%", b"glpat&", b"glpat=",
                    b"%25", b"%2D", b"\\\\", b"\\u002d", b"=\n", b"\n", b"====", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"://", b"%3A%2F%2F", b":\\/\\/",
                ]).prop_map(<[u8]>::to_vec),
                "[A-Za-z0-9+/_-]{0,90}".prop_map(String::into_bytes),
            ],
            0..40,
        )
    ) {
        assert_windows_agree(&pieces.concat(), usize::MAX);
    }
}
