//! `--verify`: the requests for each kind of credential, and the meaning of the answers.

mod answers;
mod commands;
mod faults;
mod kinds;
mod quiet;
mod speed;
mod ssh_keys;

use serde_json::Value;

use crate::support::gitlab::FakeGitlab;
use crate::support::sandbox::Sandbox;
use crate::support::shape;
use crate::support::tokens::Rng;

/// A credential of a shape, without the text that names it.
fn credential(name: &str, seed: u64) -> (String, String) {
    let shape = shape(name);
    let text = shape.generate(&mut Rng::new(seed));
    let secret = text[shape.label.len()..].to_owned();
    (text, secret)
}

/// Scans the sandbox and asks the instance.
fn scan(sandbox: &Sandbox, fake: &FakeGitlab, args: &[&str]) -> Value {
    let url = fake.url();
    let instance = ["--instance", &url, "--min-confidence=low", "."];
    let args: Vec<&str> = args.iter().copied().chain(instance).collect();
    let report = sandbox.scan(&args);
    // The record has labels in place of credentials, so any credential in it is a leak.
    sandbox.search("a request", format!("{:?}", fake.requests()).as_bytes());
    report
}

/// The only finding: liveness, severity and reason.
fn only(report: &Value) -> (String, String, String) {
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
    (
        text(&findings[0]["liveness"]),
        text(&findings[0]["severity"]),
        text(&findings[0]["verification"]["reason"]),
    )
}
