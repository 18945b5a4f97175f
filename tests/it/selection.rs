//! Which rules run: `--only`, `--enable`, `--disable` and their keys in the configuration.

use serde_json::Value;

use crate::support::sandbox::Sandbox;

/// A rule that is off by default.
const OFF: &str = r"
title = 'Acme client id'
provider = 'acme'
enabled = false
severity = 'info'
description = 'An id.'
references = ['https://acme.example/']
[detect]
keywords = ['acmeid-']
pattern = 'acmeid-[0-9a-f]{16}'
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("rules/acme-client-id.toml", OFF);
    let gitlab = sandbox.watch(format!(
        "{}{}",
        "glptt-", "5b0c9e71d2a84f36b7e05d19c3fa62871e4bd90f"
    ));
    let digital_ocean = sandbox.watch(format!(
        "{}{}",
        "npm_", "q7WzN4smT9Pk1Dx2Rv8bYc3JhU6eKf5GaB2d"
    ));
    sandbox.write(
        "in/a.txt",
        format!("{gitlab}\n{digital_ocean}\nacmeid-7f3a91c05d2be846\n"),
    );
    sandbox
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["rule_id"].as_str().unwrap())
        .collect()
}

fn scan(sandbox: &Sandbox, args: &[&str]) -> Value {
    let common = ["in", "--rules", "rules", "--min-confidence", "low"];
    sandbox.scan(&[&common, args].concat())
}

#[test]
fn a_rule_that_is_off_by_default_runs_on_request() {
    let sandbox = sandbox();
    let both = ["gitlab-pipeline-trigger-token", "npm-access-token"];
    assert_eq!(rules(&scan(&sandbox, &[])), both);
    let all = [both[0], both[1], "acme-client-id"];
    assert_eq!(rules(&scan(&sandbox, &["--enable", all[2]])), all);
    sandbox.write(".tokensweep.toml", "enable = ['acme-client-id']\n");
    assert_eq!(rules(&scan(&sandbox, &[])), all);
    assert_eq!(rules(&scan(&sandbox, &["--disable", all[2]])), both);
}

#[test]
fn only_limits_the_rules_to_a_service() {
    let sandbox = sandbox();
    let only = scan(&sandbox, &["--only", "gitlab"]);
    assert_eq!(rules(&only), ["gitlab-pipeline-trigger-token"]);
    let with = ["--only", "gitlab", "--enable", "npm-access-token"];
    let both = ["gitlab-pipeline-trigger-token", "npm-access-token"];
    assert_eq!(rules(&scan(&sandbox, &with)), both);
    sandbox.write(".tokensweep.toml", "only = ['gitlab']\n");
    assert_eq!(rules(&scan(&sandbox, &[])), both[..1]);
}

#[test]
fn unknown_services_and_rules_are_errors() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["scan", "--only", "gitlap"]);
    assert_eq!(run.code, Some(2));
    let expected = "error: unknown service 'gitlap'; services: ";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    assert!(run.stderr.contains("gitlab"), "{}", run.stderr);
    let run = sandbox.run(["scan", "--enable", "gitlab-scim"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "error: unknown rule 'gitlab-scim'; did you mean 'gitlab-scim-token'?\n"
    );
}
