//! Requirements of GitLab on its own two formats beyond their schemas.

use std::collections::BTreeSet;

use serde_json::Value;
use tokensweep::model::{Outcome, Secret};
use tokensweep::report::Options;

use crate::support::outcome::{finding, rules, sample, write};

fn report(format: &str, outcome: &Outcome, options: &Options) -> Value {
    serde_json::from_slice(&write(format, outcome, &rules(), options)).unwrap()
}

fn vulnerabilities(options: &Options) -> Vec<Value> {
    let report = report("gitlab", &sample().0, options);
    report["vulnerabilities"].as_array().unwrap().clone()
}

#[test]
fn our_identifier_is_first_unless_gitlabs_is_asked_for() {
    let kinds = |on: bool| -> Vec<Vec<String>> {
        let options = Options {
            gitlab_identifiers: on,
            ..Options::default()
        };
        vulnerabilities(&options)
            .iter()
            .filter(|v| v["name"] == "GitLab personal access token")
            .map(|v| {
                let identifiers = v["identifiers"].as_array().unwrap();
                identifiers
                    .iter()
                    .map(|i| i["type"].as_str().unwrap().to_owned())
                    .collect()
            })
            .collect()
    };
    assert_eq!(
        kinds(false)[0],
        ["tokensweep_rule_id", "gitleaks_rule_id", "cwe"]
    );
    assert_eq!(
        kinds(true)[0],
        ["gitleaks_rule_id", "tokensweep_rule_id", "cwe"]
    );
}

#[test]
fn primary_identifiers_are_all_that_can_come_first() {
    for on in [false, true] {
        let options = Options {
            gitlab_identifiers: on,
            ..Options::default()
        };
        let report = report("gitlab", &sample().0, &options);
        let primary: BTreeSet<String> = report["scan"]["primary_identifiers"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        assert_eq!(primary.len(), rules().len());
        for vulnerability in report["vulnerabilities"].as_array().unwrap() {
            assert!(primary.contains(&vulnerability["identifiers"][0].to_string()));
        }
    }
}

#[test]
fn ids_are_unique_and_signatures_distinguish_secrets() {
    let rules = rules();
    let outcome = Outcome {
        findings: vec![
            finding(&rules[2], b"a", 1, 1, Secret::guessable("first")),
            finding(&rules[2], b"a", 2, 1, Secret::guessable("second")),
            finding(&rules[2], b"a", 3, 1, Secret::guessable("first")),
        ],
        ..Outcome::default()
    };
    let report = report("gitlab", &outcome, &Options::default());
    let all = report["vulnerabilities"].as_array().unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|v| v["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    let signature = |i: usize| all[i]["tracking"]["items"][0]["signatures"][0].clone();
    assert_eq!(signature(0)["algorithm"], "rule_value");
    assert_eq!(signature(0), signature(2));
    assert_ne!(signature(0), signature(1));
}

#[test]
fn a_commit_is_the_findings_own_or_the_scans() {
    for vulnerability in vulnerabilities(&Options::default()) {
        let sha = vulnerability["location"]["commit"]["sha"].as_str().unwrap();
        let key = vulnerability["location"]["file"] == "keys/id_ed25519";
        assert!(sha.starts_with(if key { "01234567" } else { "89abcdef" }));
    }
}

#[test]
fn status_shows_whether_the_scan_was_complete() {
    let (mut outcome, _) = sample();
    let broken = report("gitlab", &outcome, &Options::default());
    assert_eq!(broken["scan"]["status"], "failure");
    assert_eq!(broken["scan"]["start_time"], "2023-11-14T22:13:20");
    outcome.errors.clear();
    let whole = report("gitlab", &outcome, &Options::default());
    assert_eq!(whole["scan"]["status"], "success");
}

#[test]
fn code_quality_loses_no_finding() {
    let (outcome, _) = sample();
    let report = report("codequality", &outcome, &Options::default());
    let entries = report.as_array().unwrap();
    let prints: BTreeSet<&str> = entries
        .iter()
        .map(|e| e["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), outcome.findings.len());
    for (entry, finding) in entries.iter().zip(&outcome.findings) {
        let description = entry["description"].as_str().unwrap();
        assert!(!description.contains('\n') && description.contains("redacted"));
        assert_eq!(entry["check_name"], finding.rule_id.as_str());
        assert_eq!(
            entry["location"]["lines"]["begin"],
            finding.location.start.line
        );
        assert!(
            !entry["location"]["path"]
                .as_str()
                .unwrap()
                .starts_with("./")
        );
        let severity = match finding.severity.as_str() {
            "critical" => "blocker",
            "high" => "critical",
            "medium" => "major",
            "low" => "minor",
            other => other,
        };
        assert_eq!(entry["severity"], severity);
    }
}
