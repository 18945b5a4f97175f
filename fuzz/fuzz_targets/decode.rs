//! The decoders on text made of what gives an encoded keyword away: no panic, and windows equal the
//! whole.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{BlobPath, Origin};
use tokensweep::rule::RuleSet;

/// Fragments of keywords in every encoding, escapes whole and broken, and what ends them.
const PIECES: [&[u8]; 32] = [
    b"Z2xwYXQt", b"dscGF0L", b"nbHBhdC", b"Z2xjYnQtZXlK", b"eyJ", b"ewog", b"WjJ4", b"ZwBsAHAAYQB0A",
    b"676c7061742d", b"676C", b"g\0l\0p\0a\0t\0-\0", b"\0g\0l\0p", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"glpat",
    b"%67%6c", b"%252D", b"%3A%2F%2F", b"\\u0067", b"\\x67", b"\\u{67}", b"\\55", b"\\147",
    b"&#103;", b"&#x67;", b"&hyphen;", b"=2D", b"=\n", b"\\\n", b"\n", b"=",
];

fn detector(window: usize) -> Detector {
    let options = DetectOptions { now: Some(1_750_000_000), window };
    Detector::new(Arc::new(RuleSet::builtin()), &options).expect("the built-in rules fit")
}

static WHOLE: LazyLock<Detector> = LazyLock::new(|| detector(1 << 20));
static WINDOWS: LazyLock<Detector> = LazyLock::new(|| detector(1));

fuzz_target!(|data: &[u8]| {
    let Some((&times, data)) = data.split_first() else { return };
    // A byte beyond ASCII stands for a piece; from the upper half, for the piece many times over.
    let mut text = Vec::new();
    for &byte in data {
        match byte {
            0..=0x7f => text.push(byte),
            0x80..=0xdf => text.extend_from_slice(PIECES[usize::from(byte % 32)]),
            _ => text.extend(PIECES[usize::from(byte % 32)].repeat(64)),
        }
    }
    let text = text.repeat(1 + usize::from(times >> 4));
    let origin = Origin::file(BlobPath::from_bytes(*b"a.txt"), "a.txt".into());
    let show = |detector: &Detector| -> Vec<String> {
        detector.scan_bytes(&text, &origin).iter().map(|d| format!("{:?}", d.finding)).collect()
    };
    assert_eq!(show(&WHOLE), show(&WINDOWS));
});
