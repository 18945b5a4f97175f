//! Archives: secrets in them are found, and every skipped part is reported.

mod bombs;
mod bundle;
mod formats;
mod history;
mod hostile;
mod layered;
mod properties;
mod reports;

use crate::support::a_token;
use crate::support::sandbox::Sandbox;
use serde_json::Value;

/// The paths and lines of the findings, in order.
fn places(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let location = &finding["location"];
            format!(
                "{}:{}",
                location["path"].as_str().unwrap(),
                location["start_line"]
            )
        })
        .collect()
}

/// The errors as `path: message`.
fn errors(report: &Value) -> Vec<String> {
    let errors = report["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap_or_default();
            format!("{}: {}", text("path"), text("message"))
        })
        .collect()
}

/// Scans one archive.
fn scan(sandbox: &Sandbox, name: &str, bytes: &[u8]) -> Value {
    let folder = tempfile::tempdir_in(sandbox.path()).unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    sandbox.scan(&["--archives", path.to_str().unwrap()])
}

/// A sandbox, and a file with a token on its second line.
fn secret() -> (Sandbox, Vec<u8>) {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    let text = format!("# settings\ntoken: {token}\n");
    (sandbox, text.into_bytes())
}
