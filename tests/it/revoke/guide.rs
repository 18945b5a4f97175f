//! The walk-through of `docs/revoke.md` shows the program's real output.

use std::path::Path;
use std::{env, fs};

use super::server::Server;
use super::{revoke, scan};
use crate::support::repo::Repo;
use crate::support::shape;
use crate::support::tokens::Rng;

/// The host of the instance in the guide.
const HOST: &str = "gitlab.example.com";

/// Replaces the values that vary between runs: the address of the server, commits, times.
fn steady(text: &str, server: &Server) -> String {
    let text = text.replace(&server.url, &format!("https://{HOST}"));
    let mut steady = String::new();
    for line in text.replace("127.0.0.1", HOST).lines() {
        // `config/app.yml:1 in 9cc236588d`
        let line = match line.rsplit_once(" in ") {
            Some((start, commit)) if commit.len() == 10 && !commit.contains(' ') => {
                format!("{start} in 4b1d9e02c7")
            }
            _ => line.to_owned(),
        };
        let line = match line.strip_prefix("{\"time\":\"") {
            Some(rest) => format!("{{\"time\":\"2026-11-28T16:20:05Z{}", &rest[20..]),
            None => line,
        };
        steady.push_str(&line);
        steady.push('\n');
    }
    steady
}

/// The output of the block that begins with this command, without the user's input.
fn block<'a>(page: &'a str, command: &str) -> &'a str {
    let start = format!("```console\n$ {command}\n");
    let found = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no block for {command}"));
    let output = found.1.split("```").next().unwrap();
    match output.split_once("[y/N] y\n") {
        Some((_, rest)) => rest,
        None => output,
    }
}

#[test]
fn walk_through_matches_the_output() {
    let server = Server::start();
    let repo = Repo::new();
    let mut rng = Rng::new(20);
    let token = repo
        .sandbox
        .watch(shape("personal access token, routable").generate(&mut rng));
    let scim = repo.sandbox.watch(shape("SCIM token").generate(&mut rng));
    server.add("personal-access-token", &token);
    repo.write("config/app.yml", format!("gitlab_token: {token}\n"));
    repo.write("idp.env", format!("SCIM_TOKEN={scim}\n"));
    repo.commit("Add the deployment");
    repo.git(&["rm", "--quiet", "config/app.yml"]);
    repo.commit("Remove the token");
    scan(&repo.sandbox, &["history"]);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/revoke.md");
    let mut page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let dry = revoke(&repo.sandbox, &server, &["--dry-run"]);
    let real = revoke(&repo.sandbox, &server, &["--yes", "--log=revoked.jsonl"]);
    let log = fs::read_to_string(repo.sandbox.at("revoked.jsonl")).unwrap();
    let (plan, results) = real
        .stdout
        .split_at(real.stdout.find("\nrevoked ").unwrap());
    assert!(dry.stdout.starts_with(plan));
    let again = revoke(&repo.sandbox, &server, &["--yes", "--log=revoked.jsonl"]);
    let revoke_at = format!("tokensweep revoke leaks.json --instance https://{HOST}");
    for (command, output) in [
        (format!("{revoke_at} --dry-run"), dry.stdout.as_str()),
        (format!("{revoke_at} --log revoked.jsonl"), results),
        ("cat revoked.jsonl".to_owned(), log.as_str()),
    ] {
        let expected = steady(output, &server);
        let stored = block(&page, &command).to_owned();
        if env::var_os("UPDATE_DOCS").is_some() {
            page = page.replacen(&stored, &expected, 1);
            fs::write(&path, &page).unwrap();
        } else {
            assert_eq!(stored, expected, "refresh docs/revoke.md: UPDATE_DOCS=1");
        }
    }
    assert!(
        again.stdout.contains("according to the log"),
        "{}",
        again.stdout
    );
}
