//! The same for text with encoded tokens.

use proptest::prelude::*;

use super::{MIDDLE, SMALL, WHOLE, scan};
use crate::support::cases;
use crate::support::encoders::{CHOICES, ESCAPES, base64, escaped, hex, utf16, wrapped};
use crate::support::tokens::{Rng, all_shapes};

/// Text with an encoded token after each stretch of filler.
fn encoded_text(seed: u64, gaps: &[(usize, u8)]) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let shapes = all_shapes();
    let mut text = Vec::new();
    for &(gap, kind) in gaps {
        let filler: &[u8] = match kind % 4 {
            0 => b"lorem ipsum, dolor: sit amet\n",
            1 => b"Z2xwYXQtZ2xwYXQt",
            2 => b"\\u0067\\x67%67%6cglpat%2D",
            _ => b"https%3A%2F%2Fhost/path?a=b&amp;c=d@e\r\n",
        };
        text.extend(filler.iter().cycle().take(gap));
        text.extend_from_slice(if kind % 3 == 0 { b"\n" } else { b" = '" });
        let token = shapes[rng.below(shapes.len())].generate(&mut rng);
        let token = token.as_bytes();
        let escape = &ESCAPES[rng.below(ESCAPES.len())];
        let choice = CHOICES[rng.below(CHOICES.len())].1;
        text.extend(match kind / 4 % 6 {
            0 => base64(token),
            1 => wrapped(
                &base64(
                    &[
                        b"some user name:",
                        token,
                        b"\nmore of it, to be longer than a line",
                    ]
                    .concat(),
                ),
                64,
                "  ",
            ),
            2 => escaped(token, escape, choice),
            3 => hex(token),
            4 => base64(&escaped(token, escape, choice)),
            _ => base64(&utf16(&String::from_utf8_lossy(token), false)),
        });
        text.extend_from_slice(if kind % 2 == 0 { b"'" } else { b"\n" });
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(8, 64)))]

    #[test]
    fn windows_find_the_same_as_the_whole(
        seed: u64,
        gaps in proptest::collection::vec((0usize..30_000, any::<u8>()), 1..12),
    ) {
        let text = encoded_text(seed, &gaps);
        let whole = scan(&WHOLE, &text, usize::MAX);
        prop_assert_eq!(&whole, &scan(&SMALL, &text, usize::MAX));
        prop_assert_eq!(&whole, &scan(&MIDDLE, &text, usize::MAX));
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
        let text = pieces.concat();
        prop_assert_eq!(scan(&SMALL, &text, usize::MAX), scan(&WHOLE, &text, usize::MAX));
    }
}
