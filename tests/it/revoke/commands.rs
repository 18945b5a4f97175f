//! The commands of remediations, run by a shell with the real `curl`.

use std::process::Command;

use tokensweep::rule::RuleSet;

use super::server::Server;
use crate::support::sandbox::Sandbox;

/// The variables that contain a credential.
const SECRETS: [&str; 6] = [
    "LEAKED_TOKEN",
    "LEAKED_COOKIE",
    "GITLAB_TOKEN",
    "ADMIN_TOKEN",
    "CLIENT_SECRET",
    "NEW_SECRET",
];

/// The values of all variables of the commands; each secret is under watch.
fn set_variables(sandbox: &Sandbox, command: &mut Command, url: &str) {
    command.env("GITLAB_URL", url);
    for (index, name) in SECRETS.iter().enumerate() {
        let value = format!("value+of/{index}&a secret that nobody may see");
        command.env(name, sandbox.watch(value));
    }
    for name in [
        "PROJECT_ID",
        "GROUP_ID",
        "USER_ID",
        "JOB_ID",
        "TOKEN_ID",
        "AGENT_ID",
        "RUNNER_ID",
        "HOOK_ID",
        "TRIGGER_ID",
        "CONTROLLER_ID",
        "APPLICATION_ID",
        "CLIENT_ID",
        "KEY_ID",
        "KEY",
        "DEPLOY_KEY_ID",
        "SSH_KEY_ID",
        "FINGERPRINT",
    ] {
        command.env(name, "17");
    }
}

#[test]
fn commands_send_one_request_a_line_and_no_secret_in_a_url() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let server = Server::start();
    let sandbox = Sandbox::new();
    let mut lines = 0;
    for rule in RuleSet::builtin()
        .iter()
        .filter(|rule| rule.token_kind.is_some())
    {
        for remediation in &rule.remediations {
            let command = remediation.command.as_deref().unwrap_or_default();
            // Others, such as `ssh-keygen`, send nothing.
            for line in command.lines().filter(|line| line.starts_with("curl ")) {
                let mut shell = sandbox.command("sh");
                shell.args(["-c", line]);
                set_variables(&sandbox, &mut shell, &server.url);
                let output = shell.output().unwrap();
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{}: {line}: {stderr}", rule.id);
                lines += 1;
                assert_eq!(server.requests().len(), lines, "{}: {line}", rule.id);
            }
        }
    }
    assert!(lines >= 30, "{lines}");
    for line in server.lines() {
        sandbox.search("a request line or header", line.as_bytes());
    }
}
