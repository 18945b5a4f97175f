//! Every rule's own examples, through the whole engine with all rules.

use std::sync::Arc;

use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{BlobPath, Finding, Origin};
use tokensweep::rule::{Example, RuleSet, missing};

#[test]
fn examples_hold() {
    let rules = RuleSet::every_builtin();
    let examples = rules.examples();
    let prepare = |rules| Detector::new(Arc::new(rules), &DetectOptions::default()).unwrap();
    let usual = RuleSet::builtin();
    let detectors = [prepare(rules), prepare(RuleSet::builtin())];
    let origin = Origin::file(BlobPath::from_bytes(*b"example"), "example".into());
    let failures: Vec<String> = examples
        .iter()
        .filter_map(|example| {
            // A rule that is off by default runs for its own examples only.
            let is_usual = usual.get(example.rule.as_str()).is_some();
            let detector = &detectors[usize::from(is_usual)];
            let detections = detector.scan_bytes(&example.text, &origin);
            let findings: Vec<Finding> = detections.into_iter().map(|d| d.finding).collect();
            example
                .check(&findings)
                .err()
                .map(|error| error.to_string())
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_has_enough_of_them() {
    let rules = RuleSet::every_builtin();
    let examples = rules.examples();
    for rule in rules.iter() {
        let own: Vec<Example> = examples
            .iter()
            .filter(|example| example.rule == rule.id)
            .cloned()
            .collect();
        assert_eq!(missing(rule, &own), [""; 0], "{}", rule.id);
    }
}
