//! The engine on any bytes, as content and as every kind of document: no panic, windows equal the
//! whole, and what is found is where it is said to be.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{BlobKind, BlobPath, Origin};
use tokensweep::rule::RuleSet;

fn detector(window: usize) -> Detector {
    let options = DetectOptions { now: Some(1_750_000_000), window };
    Detector::new(Arc::new(RuleSet::builtin()), &options).expect("the built-in rules fit")
}

static WHOLE: LazyLock<Detector> = LazyLock::new(|| detector(1 << 20));
static WINDOWS: LazyLock<Detector> = LazyLock::new(|| detector(1));

fuzz_target!(|data: &[u8]| {
    let Some((&kind, text)) = data.split_first() else { return };
    let name = ["a.txt", ".netrc", ".git-credentials", ".gitmodules", "config"][kind as usize % 5];
    let mut origin = Origin::file(BlobPath::from_bytes(name.as_bytes()), name.into());
    if name == "config" {
        origin.kind = BlobKind::GitConfig;
    }
    // Long enough for several of the smallest windows.
    let text = text.repeat(1 + usize::from(kind >> 3));
    let show = |detector: &Detector| -> Vec<String> {
        detector.scan_bytes(&text, &origin).iter().map(|d| format!("{:?}", d.finding)).collect()
    };
    let whole = show(&WHOLE);
    assert_eq!(whole, show(&WINDOWS));
});
