//! The engine with the built-in rules, and its findings in a text.

use std::io::Read;
use std::sync::{Arc, LazyLock};

use tokensweep::detect::{DetectOptions, Detected, Detector, Scratch};
use tokensweep::model::{Blob, BlobPath, Finding, Hint, Origin};
use tokensweep::rule::{Rule, RuleSet};

use super::tokens::NOW;

/// The window of the program.
pub(crate) const USUAL_WINDOW: usize = 256 << 10;

/// The rule with this id, of those that run by default.
pub(crate) fn rule(id: &str) -> &'static Rule {
    static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::builtin);
    RULES.get(id).unwrap()
}

/// A detector at the time at which the generated tokens are valid.
pub(crate) fn detector() -> Detector {
    detector_with_window(USUAL_WINDOW)
}

/// The same with another size of windows.
pub(crate) fn detector_with_window(window: usize) -> Detector {
    let options = DetectOptions {
        now: Some(NOW),
        window,
        ..DetectOptions::default()
    };
    Detector::new(Arc::new(RuleSet::builtin()), &options).unwrap()
}

/// The findings in a text without a file format.
pub(crate) fn findings(detector: &Detector, text: impl AsRef<[u8]>) -> Vec<Finding> {
    let origin = Origin::file(BlobPath::from_bytes(*b"a/file"), "a/file".into());
    let detections = detector.scan_bytes(text.as_ref(), &origin).into_iter();
    detections.map(|detection| detection.finding).collect()
}

/// Scans a blob as a source hands it out.
pub(crate) fn scan_blob(detector: &Detector, hint: Hint<'_>, content: &mut dyn Read) -> Detected {
    let path = String::from_utf8(hint.path.to_vec()).unwrap();
    let origin = Origin::file(BlobPath::from_bytes(hint.path), path.into());
    let mut blob = Blob {
        hint,
        content,
        origin: &|| origin.clone(),
    };
    detector.scan(&mut blob, &mut Scratch::default()).unwrap()
}
