//! Any bytes as a JSON report: refused with a reason, or every report made from it and from two of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokensweep::report::json::{JsonDocument, merge};
use tokensweep::report::{Format, Input, Options};

fuzz_target!(|data: &[u8]| {
    let Ok(document) = JsonDocument::from_bytes(data) else { return };
    let twice = merge(vec![document.clone(), document.clone()], "1");
    for restored in [document.restore(), twice].into_iter().flatten() {
        for format in Format::ALL {
            let input = Input {
                outcome: &restored.outcome,
                rules: &restored.rules,
                scan: &restored.scan,
                options: &Options::default(),
            };
            format.write(&input, &mut std::io::sink()).expect("a sink takes everything");
        }
    }
});
