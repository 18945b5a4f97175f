//! Reports joined: nothing lost, nothing twice, whatever the order.

use proptest::prelude::*;
use tokensweep::model::{Finding, Outcome, Severity};
use tokensweep::report::json::{JsonDocument, Restored, merge};
use tokensweep::report::{Format, Options};

use super::restore::{arbitrary_finding, report, sorted};
use crate::support::outcome::{finding, pat, rules, sample, write};

fn document(outcome: &Outcome) -> JsonDocument {
    let json = write("json", outcome, &rules(), &Options::default());
    JsonDocument::from_bytes(&json).unwrap()
}

fn joined(documents: &[JsonDocument]) -> Restored {
    merge(documents.to_vec(), "9.9.9").unwrap()
}

fn json(restored: &Restored) -> JsonDocument {
    JsonDocument::from_bytes(&report(Format::Json, restored, &Options::default())).unwrap()
}

fn of(findings: Vec<Finding>) -> Outcome {
    Outcome {
        findings,
        ..Outcome::default()
    }
}

#[test]
fn merging_one_report_does_not_change_it() {
    let one = document(&sample().0);
    assert_eq!(json(&joined(std::slice::from_ref(&one))), one);
    assert!(merge(Vec::new(), "").is_err());
}

#[test]
fn merges_common_findings_and_adds_counts() {
    let one = document(&sample().0);
    let both = json(&joined(&[one.clone(), one.clone()]));
    assert_eq!(both.findings, one.findings);
    assert_eq!(both.suppressed, one.suppressed);
    assert_eq!(both.rules, one.rules);
    assert_eq!(both.errors.len(), one.errors.len());
    assert_eq!(both.skipped, one.skipped);
    assert_eq!(both.notes, one.notes);
    let mut scan = one.scan.clone();
    scan.rules.sort();
    assert_eq!(both.scan, scan);
    assert_eq!(both.summary.files, 2 * one.summary.files);
    assert_eq!(both.summary.skipped["ignored"], 24);
    assert_eq!(both.summary.secrets, one.summary.secrets);
}

#[test]
fn the_worse_and_the_surer_wins_and_refs_are_united() {
    let rules = rules();
    let with = |severity, refs: &[&str]| {
        let mut found = finding(&rules[0], b"a", 1, 1, pat());
        found.severity = severity;
        found.location.commit = Some(
            tokensweep::model::Commit {
                id: "1".repeat(40),
                author: None,
                date: None,
                refs: refs.iter().map(|name| (*name).to_owned()).collect(),
            }
            .into(),
        );
        document(&of(vec![found]))
    };
    let parts = [
        with(Severity::Low, &["refs/heads/b", "refs/heads/c"]),
        with(Severity::High, &["refs/heads/a", "refs/heads/b"]),
    ];
    let whole = json(&joined(&parts));
    assert_eq!(whole.findings.len(), 1);
    assert_eq!(whole.findings[0].severity, Severity::High);
    let refs = ["refs/heads/a", "refs/heads/b", "refs/heads/c"];
    assert_eq!(whole.findings[0].location.refs[..], refs);
}

#[test]
fn reports_of_several_projects_keep_their_places_apart() {
    let one = document(&sample().0);
    let named = ["group/a", "group/b\u{202e}"].map(|name| one.clone().below(name));
    let whole = json(&joined(&named));
    assert_eq!(whole.findings.len(), 2 * one.findings.len());
    assert_eq!(whole.suppressed.len(), 2 * one.suppressed.len());
    assert_eq!(
        whole.summary.secrets,
        one.summary.secrets + 1,
        "a password is its own in each"
    );
    let paths: Vec<&str> = whole
        .findings
        .iter()
        .map(|f| f.location.path.as_str())
        .collect();
    assert!(paths.contains(&"group/a/config/deploy.yml"));
    assert!(paths.contains(&r"group/b\u{202e}/config/deploy.yml"));
    assert_eq!(
        whole.skipped[0].path.to_string(),
        "group/a/home/eve/.gitconfig"
    );
    assert_eq!(whole.scan.project_url, None, "its pages have other paths");
    assert_eq!(one.clone().below(""), one);
}

#[test]
fn another_commit_is_another_place() {
    let rules = rules();
    let at = |id: &str| {
        let mut found = finding(&rules[0], b"a", 1, 1, pat());
        found.location.commit = Some(
            tokensweep::model::Commit {
                id: id.repeat(40),
                author: None,
                date: None,
                refs: Vec::new().into(),
            }
            .into(),
        );
        document(&of(vec![found]))
    };
    let whole = json(&joined(&[at("1"), at("2")]));
    assert_eq!((whole.summary.findings, whole.summary.secrets), (2, 1));
}

#[test]
fn a_part_cannot_silence_another() {
    let (outcome, _) = sample();
    let mut silent = outcome.clone();
    let pattern = silent.suppressed[0].clone();
    silent.suppressed = silent
        .findings
        .drain(..)
        .map(|finding| tokensweep::model::Suppressed {
            finding,
            ..pattern.clone()
        })
        .collect();
    for parts in [[&outcome, &silent], [&silent, &outcome]] {
        let whole = json(&joined(&parts.map(document)));
        assert_eq!(whole.findings, document(&outcome).findings);
        assert_eq!(whole.suppressed, document(&outcome).suppressed);
    }
}

#[test]
fn an_incomplete_part_makes_the_merged_report_incomplete() {
    let clean = document(&Outcome::default());
    let mut cut = clean.clone();
    cut.scan.complete = false;
    let incomplete = document(&sample().0);
    for parts in [
        [&clean, &cut],
        [&cut, &clean],
        [&incomplete, &clean],
        [&incomplete, &cut],
    ] {
        let whole = joined(&parts.map(Clone::clone));
        assert!(!whole.outcome.is_complete());
        let cuts = parts.iter().filter(|part| ***part == cut).count();
        let listed = parts.iter().map(|part| part.errors.len()).sum::<usize>();
        assert_eq!(whole.outcome.errors.len(), listed + cuts);
    }
    assert!(joined(&[clean.clone(), clean]).outcome.is_complete());
}

#[test]
fn notes_different_versions_and_commits() {
    let one = document(&sample().0);
    let mut other = one.clone();
    other.tool.version = "1.2.3".to_owned();
    other.scan.commit = Some("f".repeat(40));
    let whole = json(&joined(&[one, other]));
    assert_eq!(whole.tool.version, "9.9.9");
    assert_eq!(whole.scan.commit, None);
    assert!(
        whole
            .notes
            .iter()
            .any(|note| note.message.contains("0.0.0, 1.2.3"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_make_the_whole(
        findings in prop::collection::vec((arbitrary_finding(), 1..8u8), 0..8),
    ) {
        let all = sorted(findings.iter().map(|(finding, _)| finding.clone()).collect());
        // Each finding is in at least one of three parts; each bit selects a part.
        let parts: Vec<JsonDocument> = (0..3)
            .map(|part| {
                let here = all.iter().zip(&findings).filter(|(_, (_, bits))| bits & (1 << part) != 0);
                document(&of(here.map(|(finding, _)| finding.clone()).collect()))
            })
            .collect();
        let whole = json(&joined(&parts));
        let mut expected = document(&of(all)).findings;
        let mut found = whole.findings.clone();
        // Numbers of passwords are valid in one report only.
        for finding in expected.iter_mut().chain(&mut found) {
            finding.secret_id = finding.secret_id.take().filter(|id| id.len() == 32);
            let mut refs = finding.location.refs.to_vec();
            refs.sort();
            refs.dedup();
            finding.location.refs = refs.into();
        }
        // Refs are part of the order, and a union of refs is sorted.
        let key = |finding: &tokensweep::report::json::JsonFinding| serde_json::to_string(finding).unwrap();
        expected.sort_by_key(key);
        found.sort_by_key(key);
        prop_assert_eq!(found, expected);
        let turned: Vec<JsonDocument> = parts.iter().rev().cloned().collect();
        prop_assert_eq!(json(&joined(&turned)), whole);
    }
}
