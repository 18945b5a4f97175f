//! The published schemas, against samples and against an empty scan.

use serde_json::Value;
use tokensweep::model::Outcome;
use tokensweep::report::Options;

use crate::support::outcome::{sample, write};

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let path = format!("{}/tests/schemas/{name}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

pub(crate) fn assert_valid(schema: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> = schema
        .iter_errors(value)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The sample and an empty scan, each with every option that changes a machine format.
fn documents(format: &str) -> Vec<Value> {
    let (outcome, rules) = sample();
    let mut documents = Vec::new();
    for on in [false, true] {
        let options = Options {
            raw_secrets: on,
            gitlab_identifiers: on,
            list_suppressed: on,
            ..Options::default()
        };
        for outcome in [&outcome, &Outcome::default()] {
            for rules in [rules.as_slice(), &[]] {
                let bytes = write(format, outcome, rules, &options);
                documents.push(serde_json::from_slice(&bytes).unwrap());
            }
        }
    }
    documents
}

#[test]
fn sarif() {
    let schema = schema("sarif-schema-2.1.0.json");
    for document in documents("sarif") {
        assert_valid(&schema, &document);
    }
    let mut broken = documents("sarif").remove(0);
    broken["runs"][0]["results"][0]["surprise"] = true.into();
    assert!(
        !schema.is_valid(&broken),
        "the schema must be able to refuse"
    );
}

#[test]
fn gitlab() {
    let schema = schema("gitlab-secret-detection-report-format-15.2.4.json");
    for document in documents("gitlab") {
        // The schema does not tie the declared version to its own.
        assert_eq!(document["version"], "15.0.7");
        assert_valid(&schema, &document);
    }
    let mut broken = documents("gitlab").remove(0);
    broken["vulnerabilities"][0]["severity"] = "critical".into();
    assert!(
        !schema.is_valid(&broken),
        "the schema must be able to refuse"
    );
}

#[test]
fn codequality() {
    let schema = schema("gitlab-codequality-degradation-18.9.json");
    for document in documents("codequality") {
        for entry in document.as_array().unwrap() {
            assert_valid(&schema, entry);
        }
    }
    assert!(!schema.is_valid(&serde_json::json!({ "description": "x" })));
}
