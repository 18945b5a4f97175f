//! The line around a finding: the name of its key is shown, a secret never.

use crate::support::a_token;
use crate::support::sandbox::Sandbox;

/// The excerpts of the findings of a file, before and after each secret, in order.
fn excerpts(sandbox: &Sandbox, text: &str) -> Vec<(String, String)> {
    sandbox.write("settings.env", text);
    let report = sandbox.scan(&["--no-ignore", "settings.env"]);
    let findings = report["findings"].as_array().unwrap().iter();
    let side = |finding: &serde_json::Value, side: &str| {
        finding["excerpt"][side].as_str().unwrap().to_owned()
    };
    findings
        .map(|finding| (side(finding, "before"), side(finding, "after")))
        .collect()
}

#[test]
fn shows_the_key_of_each_finding_of_a_file() {
    let sandbox = Sandbox::new();
    let tokens: Vec<String> = (0..3).map(|seed| sandbox.watch(a_token(seed))).collect();
    let padding = "x = 1\n".repeat(3000);
    let text = format!(
        "GITLAB_TOKEN: {}\nDEPLOY_TOKEN: {}\n{padding}  \"LAST_TOKEN\": \"{}\",\n",
        tokens[0], tokens[1], tokens[2]
    );
    let expected = [
        ("GITLAB_TOKEN: ", ""),
        ("DEPLOY_TOKEN: ", ""),
        ("\"LAST_TOKEN\": \"", "\","),
    ];
    let expected = expected.map(|(before, after)| (before.to_owned(), after.to_owned()));
    assert_eq!(excerpts(&sandbox, &text), expected);
}

#[test]
fn masks_every_candidate_of_the_line() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    // Below the threshold, rejected, and escaped.
    let weak = sandbox.watch("hunter2hunter2hunter2");
    let placeholder = format!("{}{}", "glpat-", "xxxxxxxxxxxxxxxxxxxx");
    let escaped = sandbox.watch(a_token(2).replace('-', "%2D"));
    let text = format!(
        "a: {escaped} b: https://me:{weak}@git.acme.internal c: {placeholder} d: {token} e: {weak}1 f: {escaped}\n"
    );
    let found = excerpts(&sandbox, &text);
    let (before, after) = &found[found.len() - 2];
    assert!(
        before.ends_with(" d: ") && after.starts_with(" e: "),
        "{found:?}"
    );
    for (before, after) in &found {
        for side in [before, after] {
            assert!(!side.contains("xxxx"), "{side}");
        }
    }
}
