//! Links on a job's page, as GitLab takes them: all or nothing.

use serde_json::Value;
use tokensweep::model::Outcome;
use tokensweep::report::{Format, Input, Link, Options};

use crate::support::outcome::{finding, pat, rules, sample, scan};

/// `ci_job_annotations_size` and the limit of lists, unless an administrator changed them.
const MAX_BYTES: usize = 80 * 1024;
const MAX_LISTS: usize = 20;

fn annotations(outcome: &Outcome, links: Vec<Link>) -> Value {
    let mut bytes = Vec::new();
    let input = Input {
        outcome,
        rules: &rules(),
        scan: &tokensweep::report::ScanInfo { links, ..scan() },
        options: &Options::default(),
    };
    Format::Annotations.write(&input, &mut bytes).unwrap();
    assert!(bytes.len() <= MAX_BYTES, "{}", bytes.len());
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(value.as_object().unwrap().len() <= MAX_LISTS);
    valid(&value);
    value
}

/// GitLab's schema of a list, whose reference to the schema of a link is resolved here.
fn valid(value: &Value) {
    let text = include_str!("../../schemas/gitlab-job-annotation-data-18.9.json");
    let mut schema: Value = serde_json::from_str(text).unwrap();
    schema["items"]["anyOf"][0]["properties"]["external_link"] = serde_json::json!({
        "properties": { "label": { "type": "string" }, "url": { "type": "string" } },
        "additionalProperties": false
    });
    let schema = jsonschema::validator_for(&schema).unwrap();
    for list in value.as_object().unwrap().values() {
        assert!(schema.is_valid(list), "{list}");
        for entry in list.as_array().unwrap() {
            let url = entry["external_link"]["url"].as_str().unwrap();
            assert!(url.starts_with("https://"), "{url}");
        }
    }
    assert!(!schema.is_valid(&serde_json::json!([{ "other": 1 }])));
}

#[test]
fn links_lead_to_the_report_the_places_and_the_documentation() {
    let (outcome, _) = sample();
    let report = Link {
        label: "Report of all findings (HTML)".to_owned(),
        url: "https://gitlab.example/group/project/-/jobs/7/artifacts/file/x.html".to_owned(),
    };
    let value = annotations(&outcome, vec![report.clone()]);
    assert_eq!(value["Tokensweep"][0]["external_link"]["url"], report.url);
    let places = value["Leaked credentials"].as_array().unwrap();
    // One finding on disk, and one in a commit.
    assert_eq!(places.len(), 2);
    let first = &places[0]["external_link"];
    assert_eq!(
        first["label"],
        "critical: config/deploy.yml:12 (GitLab personal access token)"
    );
    assert!(
        first["url"]
            .as_str()
            .unwrap()
            .ends_with("/app/config/deploy.yml#L12")
    );
    assert_eq!(
        value["What they give access to"].as_array().unwrap().len(),
        4
    );
}

#[test]
fn nothing_to_link_to_is_an_empty_object() {
    assert_eq!(
        annotations(&Outcome::default(), Vec::new()),
        serde_json::json!({})
    );
}

#[test]
fn the_file_stays_below_the_limit() {
    let rules = rules();
    let path = "long name/".repeat(60);
    let mut found = finding(&rules[0], path.as_bytes(), 1, 1, pat());
    found.on_disk = Some(std::path::PathBuf::from(format!("{path}x")).into());
    let outcome = Outcome {
        findings: vec![found; 5_000],
        ..Outcome::default()
    };
    let value = annotations(&outcome, Vec::new());
    assert!(value["Leaked credentials"].as_array().unwrap().len() >= 30);
}
