//! Any text as a rule file: refused with a reason, or a rule that runs.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{BlobPath, Origin};
use tokensweep::rule::RuleSet;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut rules = RuleSet::default();
    let added = rules.add_text(BlobPath::from_bytes(*b"fuzzed-rule.toml"), "fuzzed-rule", text);
    if added.is_err() {
        return;
    }
    let rules = Arc::new(rules);
    let detector = Detector::new(rules, &DetectOptions::default()).expect("one rule fits");
    let origin = Origin::file(BlobPath::from_bytes(*b"a"), "a".into());
    detector.scan_bytes(data, &origin);
});
