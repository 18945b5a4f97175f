//! Documents of known formats in the middle of other text, through the program.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value as Json;

use crate::support::sandbox::Sandbox;

/// A password that no scanner takes for a live one.
const PASSWORD: &str = "hT7-kQ2mZx9";

/// Line and key of each finding in a file.
fn findings(path: &str, text: &str) -> Vec<(u64, String)> {
    let sandbox = Sandbox::new();
    sandbox.write(path, text);
    let run = sandbox.run(["scan", "--no-ignore", "--format", "json", path]);
    let report: Json = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.map(|finding| {
        assert_eq!(finding["rule_id"], "config-file-credentials");
        let line = finding["location"]["start_line"].as_u64();
        let key = finding["context"]["key"].as_str().unwrap_or_default();
        (line.unwrap(), key.to_owned())
    });
    findings.collect()
}

#[test]
fn finds_secrets_of_documents_in_other_text() {
    let auth = BASE64_STANDARD.encode(format!("deployer:{PASSWORD}"));
    let auths = format!("{{\"auths\": {{\"r.acme.io\": {{\"auth\": \"{auth}\"}}}}}}");
    let escaped = auths.replace('"', "\\\"");
    let manifest = format!("apiVersion: v1\nkind: Secret\nstringData:\n  password: {PASSWORD}\n");
    let comment = format!("# {}", manifest.trim_end().replace('\n', "\n# "));
    let applied = format!("{{\"kind\":\"Secret\",\"stringData\":{{\"password\":\"{PASSWORD}\"}}}}");
    let (docker, secret) = ("auths.r.acme.io.auth", "stringData.password");
    for (path, text, line, key) in [
        (
            "deploy.sh",
            format!("kubectl apply -f - <<EOF\n{manifest}EOF\n"),
            5,
            secret,
        ),
        (
            "notes.md",
            format!("Apply:\n\n```yaml\n{manifest}```\n"),
            7,
            secret,
        ),
        (
            "setup.py",
            format!("#!/usr/bin/python3\n{comment}\n"),
            5,
            secret,
        ),
        (
            "cm.txt",
            format!("  config.json: \"{}\"\n", escaped.replace(' ', "\\n\\t")),
            1,
            docker,
        ),
        ("login.ps1", format!("$config = '{auths}'\n"), 1, docker),
        (
            "main.go",
            format!("var config = \"{escaped}\"\n"),
            1,
            docker,
        ),
        (
            "applied.yaml",
            format!("metadata:\n  annotations:\n    last: '{applied}'\n"),
            3,
            "metadata.annotations.last.stringData.password",
        ),
    ] {
        assert_eq!(findings(path, &text), [(line, key.to_owned())], "{path}");
    }
    let placeholder = manifest.replace(PASSWORD, "$DB_PASSWORD");
    assert_eq!(findings("deploy.sh", &placeholder), []);
}

/// A manifest laid across the edges of windows.
#[test]
fn finds_documents_across_windows() {
    let manifest =
        format!("kind: Secret\nmetadata:\n  name: x\nstringData:\n  password: {PASSWORD}\n");
    for before in [0, 1000, 255_000, 262_000, 262_120, 262_144, 300_000] {
        let filler = "lorem ipsum\n".repeat(before / 12);
        let text = format!("{filler}{manifest}{}", "lorem ipsum\n".repeat(30_000));
        let line = before as u64 / 12 + 5;
        assert_eq!(
            findings("log.txt", &text),
            [(line, "stringData.password".to_owned())],
            "{before}"
        );
    }
}
