//! Scans a text whole and in the smallest windows, which must give the same.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use tokensweep::detect::{DetectOptions, Detector, Scratch};
use tokensweep::model::{Blob, Hint, Origin};
use tokensweep::rule::RuleSet;

/// The longest text: several of the smallest windows, and not so much that a run takes long.
pub const LONGEST: usize = 128 << 10;

/// Detectors are made once, and their buffers kept: both cost more than a short text.
struct Ready {
    detector: Detector,
    scratch: RefCell<Scratch>,
}

thread_local! {
    static WHOLE: Ready = Ready::new(LONGEST + 1);
    static WINDOWS: Ready = Ready::new(1);
}

static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| Arc::new(RuleSet::builtin()));

impl Ready {
    fn new(window: usize) -> Self {
        let options =
            DetectOptions { now: Some(1_750_000_000), window, ..DetectOptions::default() };
        let detector = Detector::new(Arc::clone(&RULES), &options).expect("the built-in rules fit");
        Self { detector, scratch: RefCell::default() }
    }

    fn show(&self, mut text: &[u8], origin: &Origin) -> Vec<String> {
        let mut blob = Blob {
            hint: Hint { path: origin.path.as_bytes(), kind: origin.kind, ..Hint::default() },
            content: &mut text,
            origin: &|| origin.clone(),
        };
        let found = self.detector.scan(&mut blob, &mut self.scratch.borrow_mut()).expect("a slice can be read");
        found.detections.iter().map(|d| format!("{:?}", d.finding)).collect()
    }
}

/// Fails if windows of `text` give something else than the whole.
pub fn compare(text: &[u8], origin: &Origin) {
    let text = &text[..text.len().min(LONGEST)];
    let whole = WHOLE.with(|ready| ready.show(text, origin));
    let windows = WINDOWS.with(|ready| ready.show(text, origin));
    assert_eq!(whole, windows);
}
