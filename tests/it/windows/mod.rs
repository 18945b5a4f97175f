//! A blob read in windows has exactly the findings of the whole blob.

mod encoded;
mod steps;

use std::io::Read;
use std::sync::LazyLock;

use crate::support::cases;
use crate::support::engine::{detector_with_window, scan_blob};
use crate::support::tokens::{Rng, all_shapes};
use proptest::prelude::*;
use tokensweep::detect::{Detection, Detector};
use tokensweep::model::Hint;

/// Smaller than the longest match, so that the detector takes the smallest window it can.
const SMALLEST: usize = 1;

/// Detectors that take windows of different sizes.
static WHOLE: LazyLock<Detector> = LazyLock::new(|| detector_with_window(16 << 20));
static MIDDLE: LazyLock<Detector> = LazyLock::new(|| detector_with_window(64 << 10));
static SMALL: LazyLock<Detector> = LazyLock::new(|| detector_with_window(SMALLEST));

/// Hands out at most `most` bytes at a time, as a pipe may.
struct Dribble<'a> {
    rest: &'a [u8],
    most: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.most.min(buffer.len());
        self.rest.read(&mut buffer[..most])
    }
}

fn scan(detector: &Detector, bytes: &[u8], most: usize) -> Vec<(String, Vec<u8>)> {
    let mut content = Dribble { rest: bytes, most };
    let detected = scan_blob(detector, Hint::of_path(b"blob"), &mut content);
    assert_eq!(detected.bytes, bytes.len() as u64);
    let seen = |d: Detection| (format!("{:?}", d.finding), d.line);
    detected.detections.into_iter().map(seen).collect()
}

/// Writes a token down; the kind chooses how.
type Write = fn(&mut Rng, u8, &str) -> Vec<u8>;

/// Text with a token of some shape after each stretch of filler.
fn text(seed: u64, gaps: &[(usize, u8)], fillers: &[&[u8]; 4], write: Write) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let shapes = all_shapes();
    let mut text = Vec::new();
    for &(gap, kind) in gaps {
        let filler = fillers[usize::from(kind % 4)];
        text.extend(filler.iter().cycle().take(gap));
        text.extend_from_slice(if kind % 3 == 0 { b"\n" } else { b" = '" });
        let token = shapes[rng.below(shapes.len())].generate(&mut rng);
        text.extend(write(&mut rng, kind, &token));
        text.extend_from_slice(if kind % 2 == 0 { b"'" } else { b"\n" });
    }
    text
}

/// The findings in windows of other sizes, of which one is read at most `most` bytes at a time, must be those of the whole.
fn assert_windows_agree(text: &[u8], most: usize) {
    let whole = scan(&WHOLE, text, usize::MAX);
    assert_eq!(whole, scan(&SMALL, text, usize::MAX));
    assert_eq!(whole, scan(&MIDDLE, text, most));
}

const FILLERS: &[&[u8]; 4] = &[
    b"lorem ipsum, dolor: sit amet\n",
    b"x",
    "ünïcödé 日本語 ".as_bytes(),
    b"https://host/path?a=b&c=d@e\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(16, 48)))]

    #[test]
    fn windows_find_the_same_as_the_whole(
        seed: u64,
        gaps in proptest::collection::vec((0usize..30_000, any::<u8>()), 1..12),
        most in 1usize..70_000,
    ) {
        let text = text(seed, &gaps, FILLERS, |_, _, token| token.into());
        assert_windows_agree(&text, most);
    }
}

/// A token laid across every edge of a window, byte by byte.
#[test]
fn a_token_across_every_edge_is_found_once() {
    let mut rng = Rng::new(7);
    let token = all_shapes()[0].generate(&mut rng);
    // The smallest window is some 40 KiB: this range contains its first edges and the hand-over
    // between the windows beside them.
    let mut places: Vec<usize> = (0..64).collect();
    places.extend((15_000..60_000).step_by(cases(97, 29)));
    for at in places {
        let mut text = vec![b'.'; at];
        text.push(b' ');
        text.extend_from_slice(token.as_bytes());
        text.extend(std::iter::repeat_n(b'.', 60_000));
        let found = scan(&SMALL, &text, usize::MAX);
        assert_eq!(found.len(), 1, "token at byte {}", at + 1);
        assert!(found[0].0.contains(&format!("column: {}", at + 2)));
    }
}
