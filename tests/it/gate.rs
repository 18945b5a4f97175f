//! `gate`: the conditions that fail a pipeline.

// Clippy's exception for tests does not reach the helpers of an integration test.

use crate::support::a_token;
use crate::support::sandbox::{Run, Sandbox};
use serde_json::{Value, json};

/// A report with these findings: severity and confidence.
fn report(sandbox: &Sandbox, findings: &[(&str, &str)]) {
    let token = sandbox.watch(a_token(1));
    sandbox.write("x.yml", format!("token: {token}\n"));
    let mut report = sandbox.scan(&["x.yml"]);
    let pattern = report["findings"][0].clone();
    let made = findings
        .iter()
        .enumerate()
        .map(|(line, (severity, confidence))| {
            let mut finding = pattern.clone();
            finding["severity"] = json!(severity);
            finding["confidence"] = json!(confidence);
            finding["location"]["start_line"] = json!(line + 1);
            finding
        });
    report["findings"] = Value::from(made.collect::<Vec<_>>());
    write(sandbox, &report);
}

fn write(sandbox: &Sandbox, report: &Value) {
    sandbox.write("r.json", report.to_string());
}

fn gate(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut all = vec!["gate", "r.json"];
    all.extend(args);
    let run = sandbox.run(&all);
    assert_eq!(run.stderr, "");
    run
}

#[test]
fn severity_and_confidence_decide() {
    let sandbox = Sandbox::new();
    report(
        &sandbox,
        &[("high", "medium"), ("medium", "proven"), ("info", "low")],
    );
    let code = |args: &[&str]| gate(&sandbox, args).code.unwrap();
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--fail-on=critical"]), 0);
    assert_eq!(code(&["--fail-on=high"]), 1);
    assert_eq!(code(&["--fail-on=high", "--min-confidence=high"]), 0);
    assert_eq!(code(&["--fail-on=medium", "--min-confidence=proven"]), 1);
    assert_eq!(code(&["--fail-on=high", "--min-confidence=medium"]), 1);
    report(&sandbox, &[("info", "low")]);
    assert_eq!(code(&["--fail-on=info"]), 1);
    assert_eq!(code(&["--fail-on=low"]), 0);
    report(&sandbox, &[]);
    assert_eq!(code(&[]), 0);
}

#[test]
fn the_reason_is_short() {
    let sandbox = Sandbox::new();
    let mut findings = vec![("high", "high"); 12];
    findings.push(("critical", "proven"));
    report(&sandbox, &findings);
    let run = gate(&sandbox, &["--fail-on=high", "--min-confidence=high"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "gate failed: 13 findings of severity high and above, confidence high and above: 1 critical, 12 high",
            "  critical x.yml:13:8 gitlab-personal-access-token (confidence: proven)",
            "  high x.yml:1:8 gitlab-personal-access-token (confidence: high)",
        ]
    );
    assert_eq!((lines.len(), lines[11]), (12, "  and 3 more"));
    assert_eq!(gate(&sandbox, &["--quiet"]).stdout, "");

    report(&sandbox, &[("low", "low")]);
    let passed = "gate passed: nothing of severity high and above; 1 finding below that\n";
    assert_eq!(gate(&sandbox, &["--fail-on=high"]).stdout, passed);
}

#[test]
fn an_incomplete_scan_fails_unless_allowed() {
    let sandbox = Sandbox::new();
    report(&sandbox, &[("high", "high")]);
    let mut incomplete = sandbox.run(["report", "convert", "r.json", "--format=json"]);
    let mut value: Value = serde_json::from_str(&incomplete.stdout).unwrap();
    value["scan"]["complete"] = json!(false);
    write(&sandbox, &value);
    incomplete = gate(&sandbox, &[]);
    assert_eq!(incomplete.code, Some(2), "2 wins over 1");
    assert!(incomplete.stdout.contains("the scan is not complete"));
    assert!(
        incomplete.stdout.contains("1 high"),
        "the findings are told all the same"
    );
    assert_eq!(gate(&sandbox, &["--fail-on=critical"]).code, Some(2));
    assert_eq!(gate(&sandbox, &["--allow-incomplete"]).code, Some(1));
    assert_eq!(
        gate(&sandbox, &["--allow-incomplete", "--fail-on=critical"]).code,
        Some(0)
    );
    // An error alone is enough, even if the report claims to be complete.
    value["scan"]["complete"] = json!(true);
    value["errors"] = json!([{ "message": "no" }]);
    write(&sandbox, &value);
    assert_eq!(gate(&sandbox, &[]).code, Some(2));
}

#[test]
fn rejects_files_that_are_not_reports() {
    let sandbox = Sandbox::new();
    let refused = |args: &[&str], reason: &str| {
        let run = sandbox.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    };
    refused(&["gate", "none.json"], "cannot read the report none.json");
    sandbox.write("r.json", "[]");
    refused(&["gate", "r.json"], "not a JSON report of tokensweep");
    refused(&["gate", "r.json", "--fail-on=urgent"], "urgent");
    refused(&["gate"], "REPORT");
}

#[test]
fn hostile_names_stay_harmless() {
    let sandbox = Sandbox::new();
    report(&sandbox, &[("high", "high")]);
    let text = std::fs::read_to_string(sandbox.at("r.json")).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["findings"][0]["location"]["path"] = json!("\u{1b}]0;x\u{7}\u{202e}");
    write(&sandbox, &value);
    let run = gate(&sandbox, &[]);
    assert!(
        run.stdout.contains(r"\x1b]0;x\x07\u{202e}:1:8"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.chars().all(|c| !c.is_control() || c == '\n'));
}
