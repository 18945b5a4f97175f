//! JUnit as GitLab reads it: tests by suite, class and name, one of each.

use std::collections::BTreeMap;

use tokensweep::model::{ItemError, Outcome};
use tokensweep::report::Options;

use super::markup::{Piece, assert_balanced, pieces};
use crate::support::outcome::{finding, pat, rules, sample, write};

/// A test as `lib/gitlab/ci/parsers/test/junit.rb` takes it.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    file: Option<String>,
    status: &'static str,
    output: String,
}

/// The tests by their key.
fn read(report: &str) -> BTreeMap<(String, String, String), Case> {
    assert!(report.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
    let pieces = pieces(report);
    assert_balanced(&pieces, &[]);
    let mut cases = BTreeMap::new();
    let mut suite = String::new();
    let mut key = None;
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut declared = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let Piece::Open(name, attributes, _) = piece else {
            continue;
        };
        let get = |key: &str| {
            attributes
                .iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
        };
        // ActiveSupport gives an attribute of this name a meaning of its own.
        assert_eq!(get("type"), None);
        match name.as_str() {
            "testsuites" | "testsuite" => {
                suite = get("name").unwrap_or_default();
                let of = |key: &str| get(key).unwrap().parse::<usize>().unwrap();
                declared.push([of("tests"), of("failures"), of("errors"), of("skipped")]);
            }
            "testcase" => {
                let this = (
                    suite.clone(),
                    get("classname").unwrap(),
                    get("name").unwrap(),
                );
                let case = Case {
                    file: get("file"),
                    status: "success",
                    output: String::new(),
                };
                assert_eq!(
                    cases.insert(this.clone(), case),
                    None,
                    "GitLab would drop {this:?}"
                );
                key = Some(this);
            }
            status => {
                let status = ["failure", "error", "skipped"]
                    .into_iter()
                    .find(|known| *known == status)
                    .unwrap();
                *counts.entry(status).or_default() += 1;
                let case = cases.get_mut(key.as_ref().unwrap()).unwrap();
                case.status = status;
                let Piece::Text(text) = &pieces[i + 1] else {
                    panic!()
                };
                case.output = text.clone();
            }
        }
    }
    let count = |status: &str| counts.get(status).copied().unwrap_or(0);
    let counted = [
        cases.len(),
        count("failure"),
        count("error"),
        count("skipped"),
    ];
    assert_eq!(declared, [counted, counted]);
    cases
}

fn junit(outcome: &Outcome, options: &Options) -> String {
    String::from_utf8(write("junit", outcome, &rules(), options)).unwrap()
}

#[test]
fn every_finding_is_a_failed_test() {
    let (outcome, _) = sample();
    let cases = read(&junit(&outcome, &Options::default()));
    let failed: Vec<_> = cases
        .iter()
        .filter(|(_, case)| case.status == "failure")
        .collect();
    assert_eq!(failed.len(), outcome.findings.len());
    let ((suite, class, name), case) = failed
        .iter()
        .find(|((_, _, name), _)| name.ends_with("in config/deploy.yml"))
        .unwrap();
    assert_eq!(
        (suite.as_str(), class.as_str()),
        ("tokensweep", "gitlab-personal-access-token")
    );
    assert!(name.starts_with("glpat-[47 redacted #"));
    assert_eq!(case.file.as_deref(), Some("config/deploy.yml"));
    for text in [
        "config/deploy.yml:12:9\n",
        "severity: critical\n",
        "confidence: proven\n",
        "owner: user 39, organization 1\n",
        "expires: 2027-02-03T00:00:00Z\n",
        "fix: Revoke it (its owner).\n  DELETE /api/v4/personal_access_tokens/self\n",
        "careful: Needs GitLab 17.7.",
    ] {
        assert!(case.output.contains(text), "{text} in {}", case.output);
    }
    let not_read = cases.values().filter(|case| case.status == "error").count();
    assert_eq!(not_read, outcome.errors.len());
}

#[test]
fn names_survive_moved_lines_and_stay_unique() {
    let rules = rules();
    let at = |lines: &[u64]| {
        let findings = lines
            .iter()
            .map(|&line| finding(&rules[0], b"a", line, 1, pat()));
        let outcome = Outcome {
            findings: findings.collect(),
            ..Outcome::default()
        };
        let cases = read(&junit(&outcome, &Options::default()));
        cases.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(at(&[1, 2, 3]), at(&[7, 20, 400]));
    assert_eq!(at(&[1, 1, 1]).len(), 3);
    assert_eq!(at(&[1]), at(&[1, 2])[..1]);
}

#[test]
fn a_clean_scan_passes_and_an_incomplete_one_does_not() {
    let cases = read(&junit(&Outcome::default(), &Options::default()));
    assert_eq!(
        cases.values().map(|case| case.status).collect::<Vec<_>>(),
        ["success"]
    );
    let error = ItemError {
        path: None,
        message: "no".to_owned(),
    };
    let outcome = Outcome {
        errors: vec![error.clone(), error],
        ..Outcome::default()
    };
    let cases = read(&junit(&outcome, &Options::default()));
    assert_eq!(
        cases.values().map(|case| case.status).collect::<Vec<_>>(),
        ["error", "error"]
    );
}

#[test]
fn suppressed_findings_are_skipped_on_request() {
    let (outcome, _) = sample();
    let options = Options {
        list_suppressed: true,
        ..Options::default()
    };
    let cases = read(&junit(&outcome, &options));
    let skipped: Vec<_> = cases
        .values()
        .filter(|case| case.status == "skipped")
        .collect();
    assert_eq!(skipped.len(), outcome.suppressed.len());
    assert!(
        skipped
            .iter()
            .any(|case| case.output.contains("an example of the documentation"))
    );
}

#[test]
fn no_text_ends_its_element_or_names_an_attachment() {
    let rules = rules();
    let name = "]]></failure><b a=\"'&\u{ffff}[[ATTACHMENT|x]]";
    let mut found = finding(&rules[0], name.as_bytes(), 1, 1, pat());
    found.message = name.into();
    let outcome = Outcome {
        findings: vec![found],
        ..Outcome::default()
    };
    let report = junit(&outcome, &Options::default());
    let cases = read(&report);
    let case = cases.values().next().unwrap();
    assert!(
        case.file
            .as_ref()
            .unwrap()
            .starts_with("]]></failure><b a=\"'&")
    );
    assert!(!report.contains("[[ATTACHMENT") && !report.contains('\u{ffff}'));
}

#[test]
fn the_file_stays_below_thirty_megabytes() {
    let rules = rules();
    let mut found = finding(&rules[0], b"a", 1, 1, pat());
    found.message = "x".repeat(100_000).into();
    let outcome = Outcome {
        findings: vec![found; 400],
        ..Outcome::default()
    };
    let report = junit(&outcome, &Options::default());
    assert!(report.len() < 30_000_000, "{}", report.len());
    assert!(report.contains("more results did not fit"));
    assert!(report.ends_with("</testsuite>\n</testsuites>\n"));
}
