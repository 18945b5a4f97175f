//! `tokensweep revoke`: from a report to an instance that rejects the tokens.

mod commands;
mod guide;
mod kinds;
mod places;
mod prompts;
mod server;
mod ssh_keys;

use crate::support::gitlab::{Fault, State};
use crate::support::sandbox::{Run, Sandbox};
use crate::support::tokens::Rng;
use crate::support::{a_token, shape};
use server::{ADMIN, Server};

/// A sandbox with a personal access token in `app.yml`, a server that accepts the token, and the token.
fn leak() -> (Sandbox, Server, String) {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("app.yml", format!("token: {token}\n"));
    (sandbox, server, token)
}

/// Writes the JSON report of a scan to `report.json`.
fn scan(sandbox: &Sandbox, command: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let option = format!("--report=json={}", file.display());
    let run = sandbox.run(command.iter().copied().chain([option.as_str(), "--quiet"]));
    assert!(run.code.unwrap() < 2, "{run:?}");
    std::fs::copy(&file, sandbox.at("report.json")).unwrap();
}

/// Revokes at `server`, without a terminal.
fn revoke(sandbox: &Sandbox, server: &Server, args: &[&str]) -> Run {
    revoke_with(sandbox, server, args, Some(ADMIN))
}

fn revoke_with(sandbox: &Sandbox, server: &Server, args: &[&str], operator: Option<&str>) -> Run {
    let all = ["revoke", "report.json", "--instance", &server.url];
    let run = sandbox.run_with(all.iter().chain(args), |command| {
        command.envs(operator.map(|token| ("TOKENSWEEP_GITLAB_TOKEN", token)));
    });
    for line in server.lines() {
        sandbox.search("a request line or header", line.as_bytes());
    }
    run
}

/// The tag of a token in reports: its short id.
fn id(token: &str) -> String {
    let shown = tokensweep::model::Secret::new(token, 0).to_string();
    shown
        .rsplit_once('#')
        .unwrap()
        .1
        .trim_end_matches(']')
        .to_owned()
}

#[test]
fn revokes_an_access_token_with_itself() {
    let (sandbox, server, token) = leak();
    scan(&sandbox, &["scan", "."]);
    let run = revoke_with(&sandbox, &server, &["--yes"], None);
    let host = "127.0.0.1";
    assert_eq!(
        run.stdout,
        format!(
            "1 credential to revoke on {host}\n\
             \n  #{id}  GitLab personal, project or group access token\n    \
             found in     app.yml:1\n    \
             how          the token revokes itself\n    \
             stops        Everything that uses the token loses its access to the API, Git and the registry.\n\
             \nrevoked       #{id}  GitLab personal, project or group access token\n\
             \n1 revoked\n",
            id = id(&token)
        )
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        server.requests(),
        ["DELETE /api/v4/personal_access_tokens/self"]
    );
    // Once more: it does not work any more, and nothing is revoked twice.
    let run = revoke_with(&sandbox, &server, &["--yes"], None);
    let dead = "(the instance answers: Token was revoked. You have to re-authorize from the user.)\n\n1 already dead\n";
    assert!(run.stdout.ends_with(dead), "{}", run.stdout);
    assert_eq!((run.code, server.revocations(&token)), (Some(0), 1));
}

#[test]
fn asks_before_it_revokes() {
    let (sandbox, server, _) = leak();
    scan(&sandbox, &["scan", "."]);
    let run = revoke(&sandbox, &server, &[]);
    assert_eq!(
        run.stderr,
        "error: cannot ask without a terminal; use --yes to revoke, or --dry-run to see the plan only\n"
    );
    assert_eq!((run.code, server.requests().len()), (Some(2), 0));
}

#[test]
fn selects_by_id_and_confidence() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let tokens: Vec<String> = (1..=3).map(|seed| sandbox.watch(a_token(seed))).collect();
    for (index, token) in tokens.iter().enumerate() {
        server.add("personal-access-token", token);
        sandbox.write(format!("{index}.txt"), format!("token: {token}\n"));
    }
    scan(&sandbox, &["scan", "."]);
    let report = std::fs::read_to_string(sandbox.at("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let fingerprint = report["findings"][1]["fingerprint"].as_str().unwrap();
    let first = format!("#{}", id(&tokens[0]));
    let run = revoke(&sandbox, &server, &["--yes", "--only", &first, fingerprint]);
    assert_eq!(run.stdout.lines().last(), Some("2 revoked"));
    let counts: Vec<usize> = tokens
        .iter()
        .map(|token| server.revocations(token))
        .collect();
    assert_eq!((run.code, counts), (Some(0), vec![1, 1, 0]));
    let run = revoke(&sandbox, &server, &["--yes", "--only=abcdef"]);
    assert_eq!(
        run.stderr,
        "error: no credential of the report has the id 'abcdef'\n"
    );
    assert_eq!(run.code, Some(2));
    let run = revoke(&sandbox, &server, &["--yes", "--min-confidence=proven"]);
    let text = "3 credentials below the minimum confidence (--min-confidence)\n";
    assert!(run.stdout.contains(text), "{}", run.stdout);
    assert_eq!((run.code, server.revocations(&tokens[2])), (Some(0), 0));
}

#[test]
fn token_that_cannot_revoke_itself_is_left_to_the_administrator() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    server.change(&token, |known| known.state = State::DpopRequired);
    sandbox.write("app.yml", format!("token: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    let run = revoke_with(&sandbox, &server, &["--yes"], None);
    let left =
        "(the token cannot revoke itself (401: DPoP validation error: DPoP header is missing))\n";
    assert!(run.stdout.contains(left), "{}", run.stdout);
    assert_eq!((run.code, server.revocations(&token)), (Some(1), 0));
    server.add("personal-access-token", "some-other-token");
    let run = revoke_with(&sandbox, &server, &["--yes"], Some("some-other-token"));
    assert!(
        run.stdout.contains("your token is not an administrator's"),
        "{}",
        run.stdout
    );
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, server.revocations(&token)),
        (Some(0), 1),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn token_file_must_be_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(shape("feed token").generate(&mut Rng::new(1)));
    server.add("feed-token", &token);
    sandbox.write("app.yml", format!("feed: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    let file = sandbox.write("my token", format!("{ADMIN}\n"));
    let args = ["--yes", "--token-file", "my token"];
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let run = revoke_with(&sandbox, &server, &args, None);
    assert_eq!(
        run.stderr,
        "error: cannot use the token file 'my token': other users can read it (mode 640); run: chmod 600 'my token'\n"
    );
    assert_eq!((run.code, server.requests().len()), (Some(2), 0));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let run = revoke_with(&sandbox, &server, &args, None);
    assert_eq!(
        (run.code, server.revocations(&token)),
        (Some(0), 1),
        "{}",
        run.stdout
    );
    std::fs::write(&file, "two words\n").unwrap();
    let run = revoke_with(&sandbox, &server, &args, None);
    assert!(
        run.stderr
            .ends_with("it does not contain a token: one line of printable characters\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn answers_that_are_not_gitlabs_are_failures() {
    let (sandbox, server, token) = leak();
    scan(&sandbox, &["scan", "."]);
    let target = "https://login.example.com/".to_owned();
    for (fault, reason) in [
        (
            Fault::HtmlPage(200),
            "the instance answers 200, with a page that is not GitLab's API",
        ),
        (
            Fault::HtmlPage(401),
            "the instance answers 401, with a page that is not GitLab's API",
        ),
        (
            Fault::First(vec![(500, Vec::new())]),
            "the instance answered 500",
        ),
        (
            Fault::Redirect(target),
            "the instance redirects to the host 'login.example.com'; a credential is not sent there",
        ),
        (Fault::Hangup, "cannot reach 127.0.0.1"),
    ] {
        server.fake.fail(fault);
        let run = revoke_with(&sandbox, &server, &["--yes"], None);
        assert!(
            run.stdout.contains(&format!("({reason}")),
            "{reason}: {}",
            run.stdout
        );
        assert!(run.stdout.ends_with("\n1 failed\n"), "{}", run.stdout);
        assert_eq!((run.code, server.revocations(&token)), (Some(2), 0));
    }
}

#[test]
fn log_of_something_else_is_rejected_before_anything_is_revoked() {
    let (sandbox, server, _) = leak();
    scan(&sandbox, &["scan", "."]);
    sandbox.write("notes.txt", "\nbuy milk\n");
    let run = revoke(&sandbox, &server, &["--yes", "--log=notes.txt"]);
    assert_eq!(
        run.stderr,
        "error: cannot open the log notes.txt: line 2 is not an entry of a revocation log\n"
    );
    assert_eq!((run.code, server.requests().len()), (Some(2), 0));
}

#[test]
fn plan_shows_the_answers_of_the_instance() {
    let (sandbox, server, _) = leak();
    let options = ["--verify", "--blast-radius", "--instance", &server.url];
    scan(&sandbox, &[&["scan", "."][..], &options].concat());
    let run = revoke_with(&sandbox, &server, &["--dry-run"], None);
    let rows = "    found in     app.yml:1\n    \
        token        'personal-access-token 1', user user102, scopes read_api, last used 2026-11-20T21:22:23.024Z\n    \
        reaches      platform, platform/deploy\n    \
        how          the token revokes itself\n";
    assert!(run.stdout.contains(rows), "{}", run.stdout);
    let run = revoke_with(&sandbox, &server, &["--yes", "--log=log"], None);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let log = std::fs::read_to_string(sandbox.at("log")).unwrap();
    assert!(log.contains("\"username\":\"user102\""), "{log}");
    // Answers of another instance are not shown.
    let text = std::fs::read_to_string(sandbox.at("report.json")).unwrap();
    let other = text.replace(&server.url, "https://gitlab.example.com");
    std::fs::write(sandbox.at("report.json"), other).unwrap();
    let run = revoke_with(&sandbox, &server, &["--dry-run"], None);
    assert!(!run.stdout.contains("reaches"), "{}", run.stdout);
}
