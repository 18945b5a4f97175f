//! Bounds of a history: what is beyond them is counted or an error.

use super::support::a_token;
use super::support::sandbox::Sandbox;
use super::{commit, messages, repository};

#[test]
fn names_twenty_refs_and_counts_all() {
    let s = repository();
    s.write("a", format!("{}\n", s.watch(a_token(1))));
    commit(&s, "leak");
    for i in 0..30 {
        s.git(&["branch", &format!("branch{i:02}")]);
    }
    let report = s.report("history", &[]);
    let location = &report["findings"][0]["location"];
    let refs = location["refs"].as_array().unwrap();
    assert_eq!(refs.len(), 20);
    assert_eq!(refs[0], "HEAD");
    assert_eq!(location["refs_total"], 32);
    let run = s.run(["history"]);
    assert!(run.stdout.contains(" and 29 more"), "{}", run.stdout);
    // All of them are named, so they are not counted.
    s.git(&["branch", "-D", "-q", "branch00"]);
    for i in 1..30 {
        s.git(&["branch", "-D", "-q", &format!("branch{i:02}")]);
    }
    let report = s.report("history", &[]);
    assert!(report["findings"][0]["location"]["refs_total"].is_null());
}

/// More candidates than are kept of one file.
fn flood(s: &Sandbox) -> String {
    let mut text = String::new();
    for seed in 0..10_050 {
        text.push_str(&a_token(seed));
        text.push('\n');
    }
    // What is shown of so many is not under watch: it would take too long.
    let _ = s;
    text
}

#[test]
fn a_file_with_too_many_candidates_is_an_error() {
    let s = repository();
    s.write("flood", flood(&s));
    commit(&s, "flood");
    for is_packed in [false, true] {
        if is_packed {
            s.git(&["repack", "-q", "-a", "-d"]);
        }
        let run = s.run(["history", "--format", "json"]);
        assert_eq!(run.code, Some(2), "packed: {is_packed}");
        let report = serde_json::from_str(&run.stdout).unwrap();
        let errors = messages(&report, "errors");
        assert!(
            errors.iter().all(|e| e.contains("too many candidates")),
            "{errors:?}"
        );
    }
}
