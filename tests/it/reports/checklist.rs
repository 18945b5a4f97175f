//! Requirements on a SARIF file so that GitLab shows each finding correctly.

use serde_json::Value;
use tokensweep::model::{Excerpt, Outcome, Secret, Severity};
use tokensweep::report::{Options, RuleInfo};

use super::gitlab_reader::{self, Reading};
use crate::support::outcome::{finding, rule, rules, sample, write};

fn sarif(outcome: &Outcome, rules: &[RuleInfo]) -> (Vec<u8>, Value) {
    let bytes = write("sarif", outcome, rules, &Options::default());
    let value = serde_json::from_slice(&bytes).unwrap();
    (bytes, value)
}

fn results(value: &Value) -> &Vec<Value> {
    value["runs"][0]["results"].as_array().unwrap()
}

fn read(bytes: &[u8]) -> Reading {
    let reading = gitlab_reader::read(bytes);
    assert_eq!((reading.dropped, &reading.refused), (0, &None));
    reading
}

fn secret(n: usize) -> Secret {
    Secret::new(format!("{}{n:020}", "glpat-"), 6)
}

#[test]
fn every_finding_is_a_secret_of_the_severity_meant() {
    let (outcome, rules) = sample();
    let (bytes, _) = sarif(&outcome, &rules);
    let reading = read(&bytes);
    assert_eq!(reading.findings.len(), outcome.findings.len());
    for found in &reading.findings {
        assert_eq!(found.kind, "secret_detection");
        let (scanner, rule_id, path, start, end) = &found.identity;
        assert_eq!(scanner, "tokensweep");
        let meant = outcome
            .findings
            .iter()
            .find(|f| f.rule_id.as_str() == rule_id && Some(f.location.start.line) == *start)
            .unwrap();
        assert_eq!(found.severity, meant.severity.as_str(), "{rule_id}");
        assert_eq!(*end, Some(meant.location.end.line));
        assert!(!path.starts_with("./") && path.is_ascii() && !path.contains(' '));
        assert!(!found.title.contains(path.as_str()) && found.title.chars().count() <= 255);
        assert!(
            found.description.contains("What to do now: Revoke it"),
            "{}",
            found.description
        );
    }
    let mut identities: Vec<_> = reading.findings.iter().map(|f| &f.identity).collect();
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), outcome.findings.len());
}

#[test]
fn each_severity_arrives() {
    for severity in Severity::ALL {
        let rules = [rule("a-rule", "A thing", severity, None)];
        let outcome = Outcome {
            findings: vec![finding(&rules[0], b"a", 1, 1, secret(1))],
            ..Outcome::default()
        };
        let (bytes, value) = sarif(&outcome, &rules);
        assert_eq!(read(&bytes).findings[0].severity, severity.as_str());
        let score =
            &value["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"];
        let score = score.as_str().unwrap();
        assert_eq!(score.split_once('.').unwrap().1.len(), 1, "{score}");
    }
}

/// GitLab prefers a rule's value to a result's, so a rule has the severity of its worst finding.
#[test]
fn a_finding_is_never_shown_too_low() {
    let rules = rules();
    let mut outcome = Outcome::default();
    let mut dead = finding(&rules[1], b"a", 1, 1, secret(1));
    dead.severity = Severity::Info;
    outcome.findings.push(dead);
    assert_eq!(
        read(&sarif(&outcome, &rules).0).findings[0].severity,
        "info"
    );
    outcome
        .findings
        .push(finding(&rules[1], b"b", 1, 1, secret(2)));
    let (bytes, value) = sarif(&outcome, &rules);
    assert!(read(&bytes).findings.iter().all(|f| f.severity == "high"));
    // Other readers see each finding's own.
    let own: Vec<&str> = results(&value)
        .iter()
        .map(|r| r["properties"]["security-severity"].as_str().unwrap())
        .collect();
    assert_eq!(own, ["8.0", "0.0"]);
}

#[test]
fn rules_and_results_have_the_required_form() {
    let (outcome, rules) = sample();
    let (_, value) = sarif(&outcome, &rules);
    let driver = &value["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "Tokensweep");
    assert!(driver["version"].is_string() && driver["organization"].is_string());
    let listed = driver["rules"].as_array().unwrap();
    assert_eq!(listed.len(), rules.len(), "rules without a finding too");
    for rule in listed {
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags[0] == "CWE-798" && tags.len() <= 10);
        assert!(rule["helpUri"].as_str().unwrap().starts_with("https://"));
        assert!(!rule.to_string().to_lowercase().contains("cve-"));
    }
    assert!(value["runs"][0].get("originalUriBaseIds").is_none());
    for result in results(&value) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(listed[index]["id"], result["ruleId"]);
        assert!(result.get("rank").is_none() && result["level"].is_string());
        assert!(result["message"]["text"].as_str().unwrap().chars().count() <= 1_024);
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"].get("uriBaseId").is_none());
        let region = &place["region"];
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[key].as_u64().unwrap() >= 1);
        }
        assert!(region.get("snippet").is_none() && place.get("contextRegion").is_none());
        let prints = &result["partialFingerprints"];
        let print = prints.get("tokensweep/v1").or(prints.get("tokensweep/v2"));
        let print = print.and_then(|print| print.as_str()).unwrap();
        assert_eq!(print.len(), 64);
        for key in ["suppressions", "baselineState", "kind", "fixes"] {
            assert!(result.get(key).is_none(), "{key}");
        }
    }
}

#[test]
fn suppressed_findings_are_listed_on_request_and_skipped_by_gitlab() {
    let (outcome, rules) = sample();
    let options = Options {
        list_suppressed: true,
        ..Options::default()
    };
    let bytes = write("sarif", &outcome, &rules, &options);
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let suppressed: Vec<&Value> = results(&value)
        .iter()
        .filter_map(|r| r.get("suppressions"))
        .collect();
    assert_eq!(suppressed.len(), 2);
    assert_eq!(suppressed[0][0]["kind"], "external");
    assert_eq!(suppressed[1][0]["kind"], "inSource");
    assert_eq!(read(&bytes).findings.len(), outcome.findings.len());
}

#[test]
fn an_incomplete_scan_is_marked() {
    let (mut outcome, rules) = sample();
    let invocation =
        |outcome: &Outcome| sarif(outcome, &rules).1["runs"][0]["invocations"][0].clone();
    let broken = invocation(&outcome);
    assert_eq!(broken["executionSuccessful"], false);
    let errors: Vec<&Value> = broken["toolExecutionNotifications"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|n| n["level"] == "error")
        .collect();
    assert_eq!(errors.len(), 2);
    outcome.errors.clear();
    assert_eq!(invocation(&outcome)["executionSuccessful"], true);
}

#[test]
fn texts_are_cut_to_what_gitlab_takes() {
    let long = "ä".repeat(5_000);
    let mut long_rule = rule("a-rule", &long, Severity::High, None);
    long_rule.description = long.clone();
    let mut found = finding(&long_rule, b"a", 1, 1, secret(1));
    found.message = long.clone().into();
    found.context.host = Some(long.clone());
    found.location.path = tokensweep::model::BlobPath::from_bytes(vec![b' '; 3_000]);
    let outcome = Outcome {
        findings: vec![found],
        ..Outcome::default()
    };
    let (bytes, _) = sarif(&outcome, &[long_rule]);
    let reading = read(&bytes);
    assert!(
        reading.findings[0]
            .description
            .contains("What to do now: Revoke it")
    );
}

#[test]
fn the_worst_five_thousand_are_kept() {
    let rules = rules();
    let mut outcome = Outcome::default();
    // The worst come last.
    for n in 0..5_010 {
        let rule = &rules[if n < 5_000 { 4 } else { 0 }];
        outcome.findings.push(finding(
            rule,
            format!("f/{n:05}").as_bytes(),
            1,
            1,
            secret(n),
        ));
    }
    let (bytes, value) = sarif(&outcome, &rules);
    assert_eq!(results(&value).len(), 5_000);
    let reading = read(&bytes);
    let critical = |f: &gitlab_reader::Ingested| f.severity == "critical";
    assert!(reading.findings[..10].iter().all(critical));
    assert!(!reading.findings[10..].iter().any(critical));
    let note = &value["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(note["level"], "warning");
    let text = note["message"]["text"].as_str().unwrap();
    assert!(text.contains("5,000 most severe of 5,010"), "{text}");

    outcome.findings.truncate(5_000);
    let (_, value) = sarif(&outcome, &rules);
    assert_eq!(results(&value).len(), 5_000);
    assert!(
        value["runs"][0]["invocations"][0]
            .get("toolExecutionNotifications")
            .is_none()
    );
}

#[test]
fn the_file_stays_below_ten_megabytes() {
    let rules = rules();
    let mut outcome = Outcome::default();
    for n in 0..4_000 {
        let mut path = vec![0xff; 3_000];
        path.extend(format!("{n:05}").bytes());
        let mut found = finding(&rules[0], &path, 1, 1, secret(n));
        found.excerpt = Excerpt::default();
        outcome.findings.push(found);
    }
    let (bytes, value) = sarif(&outcome, &rules);
    assert!(
        bytes.len() < 10_000_000 && bytes.len() > 9_000_000,
        "{}",
        bytes.len()
    );
    let kept = results(&value).len();
    assert!(kept < 4_000);
    let note = value["runs"][0]["invocations"][0]["toolExecutionNotifications"][0].to_string();
    assert!(note.contains("of 4,000 results"), "{note}");
}

#[test]
fn a_flood_in_one_file_is_cut_with_a_word_and_hides_no_other_file() {
    let rules = rules();
    let mut outcome = Outcome::default();
    for n in 0..10_500 {
        let mut found = finding(&rules[0], b"flood", n + 1, 1, secret(n as usize));
        found.remediations.clear();
        outcome.findings.push(found);
    }
    outcome
        .findings
        .push(finding(&rules[0], b"zz-real", 1, 1, secret(99_999)));
    for (format, says) in [
        ("text", "and 9,501 more secrets"),
        ("gitlab", "most severe of 10,501"),
        ("codequality", "more did not fit"),
        ("sarif", "most severe of 10,501"),
        ("html", "most severe of 10,501"),
    ] {
        let bytes = write(format, &outcome, &rules, &Options::default());
        let report = String::from_utf8(bytes).unwrap();
        assert!(report.contains("zz-real"), "{format}");
        assert!(report.contains(says), "{format}: {}", &report[..2_000]);
        let is_small = report.len() < 10_000_000 || format == "html";
        assert!(is_small, "{format}: {} bytes", report.len());
    }
}
