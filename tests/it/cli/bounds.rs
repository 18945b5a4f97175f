//! Bounds of the files that options and configuration name.

use std::fmt::Write as _;

use tokensweep::model::Hint;
use tokensweep::suppress::{Baseline, Suppressor};

use crate::support::engine::{detector, scan_blob};
use crate::support::sandbox::Sandbox;
use crate::support::{cases, memory};

/// Runs a scan of an empty file, which fails, and returns its standard error and peak memory.
fn refused(sandbox: &Sandbox, args: &[&str]) -> (String, u64) {
    sandbox.write("a.txt", "");
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    command.arg("scan").args(args).arg("a.txt");
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!(status.code(), Some(2), "{stderr}");
    (stderr, peak)
}

#[test]
fn bounds_the_patterns_of_all_allow_entries_together() {
    let sandbox = Sandbox::new();
    let mut config = String::new();
    for index in 0..4_001 {
        writeln!(config, "[[allow]]\npaths = ['p{index}/*']\nreason = 'x'").unwrap();
    }
    sandbox.write("config.toml", config);
    let (stderr, peak) = refused(&sandbox, &["--config", "config.toml"]);
    let expected = "error: `paths` of all `[[allow]]`: more than 4000 patterns, or more than 131072 bytes of them; \
                    use a baseline for single findings\n";
    assert_eq!(stderr, expected);
    assert!(peak < 64 << 20, "{peak} bytes");
}

#[test]
fn bounds_the_size_of_a_configuration() {
    let sandbox = Sandbox::new();
    let entry = "[[allow]]\nrules = ['a']\nreason = 'x'\n";
    sandbox.write("config.toml", entry.repeat((2 << 20) / entry.len()));
    let (stderr, peak) = refused(&sandbox, &["--config", "config.toml"]);
    let expected =
        "error: cannot read the configuration 'config.toml': larger than 1048576 bytes\n";
    assert_eq!(stderr, expected);
    assert!(peak < 64 << 20, "{peak} bytes");
}

#[test]
fn reads_the_largest_baseline_in_bounded_memory() {
    let sandbox = Sandbox::new();
    let size = cases(8 << 20, 60 << 20);
    let mut baseline = String::from("{\"version\": 1, \"findings\": [");
    for index in 0.. {
        let end = if baseline.len() < size { "," } else { "]}" };
        write!(
            baseline,
            "{{\"fingerprint\": \"1:{index:064}\", \"rule_id\": \"abc\", \"path\": \"a\"}}{end}"
        )
        .unwrap();
        if end == "]}" {
            break;
        }
    }
    sandbox.write("b.json", &baseline);
    sandbox.write("a.txt", "");
    let added =
        peak_of(&sandbox, &["--baseline", "b.json", "a.txt"]) - peak_of(&sandbox, &["a.txt"]);
    assert!(added < 7 * size as u64 / 2, "{added} bytes");
}

/// Returns the peak memory in bytes of a scan without findings.
fn peak_of(sandbox: &Sandbox, arguments: &[&str]) -> u64 {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    command.arg("scan").args(arguments);
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!(status.code(), Some(0), "{stderr}");
    peak
}

#[test]
fn reads_a_document_of_many_values_in_bounded_memory() {
    let sandbox = Sandbox::new();
    let count = cases(1 << 18, 1 << 21);
    let text = format!("{{\"auths\": [{}0]}}", "0,".repeat(count));
    sandbox.write("config.json", &text);
    sandbox.write("a.txt", "");
    let added = peak_of(&sandbox, &["config.json"]) - peak_of(&sandbox, &["a.txt"]);
    // A value takes 40 bytes in a list that doubles its size; the text and its windows take the rest.
    assert!(added < (6 << 20) + 130 * count as u64, "{added} bytes");
}

#[test]
fn compares_no_passwords_with_a_baseline_after_the_stop() {
    let password = ["Tr0ub4dor", "X9z"].concat();
    let text = format!("https://bob:{password}@h.corp/x\n");
    let detected = scan_blob(&detector(), Hint::of_path(b"a.txt"), &mut text.as_bytes());
    let found = &detected.detections[0];
    let baseline = |path: &str| {
        let rule = &found.finding.rule_id;
        let entry = format!(
            "{{\"fingerprint\": \"2:{:064}\", \"rule_id\": \"{rule}\", \"path\": \"{path}\"}}",
            0
        );
        let text = format!("{{\"version\": 1, \"findings\": [{entry}]}}");
        Suppressor::default().with_baseline(Baseline::from_json(&text).unwrap())
    };
    // A password that was not compared is reported, and its earlier version does not count as reported.
    for (path, is_stopped, may_be_accepted) in [
        ("a.txt", true, true),
        ("a.txt", false, false),
        ("redacted.txt", true, true),
        ("b.txt", true, false),
    ] {
        let suppressor = baseline(path);
        let reason = suppressor.reason(&found.finding, &found.line, is_stopped);
        assert_eq!(reason, None, "{path}");
        let may = suppressor.may_set_aside(&found.finding, &found.line, is_stopped);
        assert_eq!(may, may_be_accepted, "{path}");
    }
}
