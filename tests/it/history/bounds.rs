//! Bounds of a history: objects beyond them are counted, or an error.

use super::{commit, messages, repository};
use crate::support::a_token;

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

#[test]
fn reports_a_file_with_too_many_candidates() {
    let s = repository();
    // Rejected candidates may be dropped without using up the bound; accepted ones are not.
    let placeholders = format!("{}{}\n", "glpat-", "x".repeat(20)).repeat(10_001);
    let token = s.watch(a_token(1));
    s.write("flood", format!("{placeholders}{token}\n"));
    commit(&s, "flood");
    s.git(&["repack", "-q", "-a", "-d"]);
    let run = s.run(["history", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let errors = messages(&report, "errors");
    let is_found = !report["findings"].as_array().unwrap().is_empty();
    assert_eq!(run.code, Some(if errors.is_empty() { 1 } else { 2 }));
    assert!(is_found || errors.iter().any(|e| e.contains("candidates")));
}
