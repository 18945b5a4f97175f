//! `tokensweep history`: everything a repository has ever stored.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "history/bounds.rs"]
mod bounds;
#[path = "history/built.rs"]
mod built;
#[path = "history/damage.rs"]
mod damage;
#[path = "history/differential.rs"]
mod differential;
#[path = "history/huge.rs"]
mod huge;
#[path = "history/places.rs"]
mod places;
#[path = "history/refs.rs"]
mod refs;
mod support;
#[path = "history/versions.rs"]
mod versions;
#[path = "history/writers.rs"]
mod writers;

use serde_json::Value;
use support::sandbox::Sandbox;

/// The commit, the path and the tag of the redacted secret of each finding, in order.
fn found(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let mut found: Vec<_> = findings
        .map(|finding| {
            let location = &finding["location"];
            let secret = text(&finding["secret"]);
            (text(&location["commit"]), text(&location["path"]), secret)
        })
        .collect();
    found.sort();
    found
}

/// What reports show of a token: its prefix, its length and a tag.
fn redacted(token: &str) -> String {
    let prefix = "glpat-".len();
    tokensweep::model::Secret::new(token, prefix).to_string()
}

/// An empty repository.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "-b", "main"]);
    sandbox
}

/// Commits all files and gives the id.
fn commit(sandbox: &Sandbox, message: &str) -> String {
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", message]);
    head(sandbox)
}

/// The id of what is checked out.
fn head(sandbox: &Sandbox) -> String {
    sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// The messages of a list of the report.
fn messages(report: &Value, list: &str) -> Vec<String> {
    let items = report[list].as_array().into_iter().flatten();
    items
        .map(|item| item["message"].as_str().unwrap_or_default().to_owned())
        .collect()
}
