//! `tokensweep history`: everything a repository has ever stored.

mod bounds;
mod built;
mod damage;
mod differential;
mod huge;
mod markers;
mod places;
mod refs;
mod versions;
mod writers;

use crate::support::sandbox::Sandbox;
use serde_json::Value;

/// Returns the commit, the path and the tag of the redacted secret of each finding, in order.
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

/// Returns the redacted form of a token in reports: its prefix, length and tag.
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

/// Commits all files; returns the id.
fn commit(sandbox: &Sandbox, message: &str) -> String {
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", message]);
    head(sandbox)
}

/// Returns the id of the checkout.
fn head(sandbox: &Sandbox) -> String {
    sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// Returns the messages in a list of the report.
fn messages(report: &Value, list: &str) -> Vec<String> {
    let items = report[list].as_array().into_iter().flatten();
    items
        .map(|item| item["message"].as_str().unwrap_or_default().to_owned())
        .collect()
}
