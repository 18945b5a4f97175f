//! Each format of the sample, byte for byte. `UPDATE_SNAPSHOTS=1 cargo test --test it reports::` writes
//! the files anew; read the difference before you commit it.

use std::fs;
use std::path::Path;

use tokensweep::model::{Finding, Outcome, Stats};
use tokensweep::report::{Format, Options, json::JsonDocument};

use crate::support::outcome::{finding, pat, remedy, rules, sample, write};

fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/reports/{name}.snap"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{name} differs from {}; it is now:\n{actual}",
        path.display()
    );
}

fn text(options: &Options) -> String {
    let (outcome, rules) = sample();
    String::from_utf8(write("text", &outcome, &rules, options)).unwrap()
}

#[test]
fn text_for_a_pipe() {
    check("text", &text(&Options::default()));
}

#[test]
fn text_for_a_terminal() {
    let options = Options {
        color: true,
        ..Options::default()
    };
    let colored = text(&options);
    check("text-terminal", &colored.replace('\x1b', "␛"));
    // Colour adds to the words and takes nothing from them.
    let plain = text(&Options {
        color: false,
        ..options
    });
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn quiet_text_has_the_findings_alone() {
    let all = text(&Options::default());
    let quiet = text(&Options {
        quiet: true,
        ..Options::default()
    });
    assert!(!quiet.contains("Scanned") && !quiet.contains("Found 4 secrets"));
    assert!(all.starts_with(&quiet) && all.len() > quiet.len());
}

#[test]
fn text_of_a_clean_scan_is_one_line() {
    let outcome = Outcome {
        stats: Stats {
            blobs: 3,
            bytes: 2048,
            ..Stats::default()
        },
        ..Outcome::default()
    };
    let text = write("text", &outcome, &[], &Options::default());
    check("text-clean", &String::from_utf8(text).unwrap());
}

#[test]
fn text_shows_a_secret_of_many_places_once() {
    let rules = rules();
    let findings: Vec<Finding> = (0..40)
        .map(|n| {
            let mut found = finding(&rules[0], format!("f{n:02}").as_bytes(), 1, 1, pat());
            let repair = remedy("Take it out", "", &format!("git remote set-url r{n} URL"));
            found.remediations.insert(0, repair.into());
            found
        })
        .collect();
    let outcome = Outcome {
        findings,
        ..Outcome::default()
    };
    let text = write("text", &outcome, &rules, &Options::default());
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("critical[").count(), 1);
    assert_eq!(text.matches("fix: Revoke it").count(), 1);
    assert!(text.contains("f20:1:1\n") && !text.contains("f21:1:1"));
    assert!(text.contains("and 19 more places"));
    assert!(text.contains("set-url r4 ") && !text.contains("set-url r5 "));
    assert!(text.contains("Do the same in the other places."));
    assert!(text.contains("Found 1 secret in 40 places (40 files): 1 critical."));
}

#[test]
fn machine_formats() {
    let (outcome, rules) = sample();
    for &format in Format::ALL.iter().filter(|&&f| f != Format::Text) {
        let bytes = write(format.name(), &outcome, &rules, &Options::default());
        assert_eq!(
            bytes,
            write(format.name(), &outcome, &rules, &Options::default())
        );
        let mut text = String::from_utf8(bytes).unwrap();
        if format == Format::Sarif {
            assert_eq!(text.lines().count(), 1, "SARIF saves room");
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
        }
        check(format.name(), &text);
    }
}

#[test]
fn json_can_be_read_back() {
    let (outcome, rules) = sample();
    let bytes = write("json", &outcome, &rules, &Options::default());
    let document: JsonDocument = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document.findings.len(), outcome.findings.len());
    assert_eq!(document.suppressed.len(), outcome.suppressed.len());
    let mut again = serde_json::to_vec_pretty(&document).unwrap();
    again.push(b'\n');
    assert_eq!(bytes, again);

    // A later version adds keys.
    let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    value["new"] = true.into();
    value["findings"][0]["new"] = "x".into();
    let later: JsonDocument = serde_json::from_value(value).unwrap();
    assert_eq!(later, document);
}

#[test]
fn every_json_key_is_documented() {
    fn keys(value: &serde_json::Value, out: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    out.insert(key.clone());
                    keys(value, out);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, out)),
            _ => {}
        }
    }
    let (outcome, rules) = sample();
    let bytes = write("json", &outcome, &rules, &Options::default());
    let mut found = std::collections::BTreeSet::new();
    keys(&serde_json::from_slice(&bytes).unwrap(), &mut found);
    let docs = include_str!("../../../docs/json.md");
    for key in found {
        assert!(
            docs.contains(&format!("`{key}`")),
            "docs/json.md lacks `{key}`"
        );
    }
}
