//! Every kind of token is revoked once, whatever happens between.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::server::{ADMIN, PROJECT, Server};
use super::{revoke, revoke_with, scan};
use crate::support::gitlab::{Fault, Incoming, Reply, Route, World};
use crate::support::repo::Repo;
use crate::support::tokens::{Rng, all_shapes, custom_prefix_shapes};
use crate::support::{a_token, shape};

/// A token of each kind that the API revokes: its shape, its kind on the server, and the text around it.
const KINDS: [(&str, &str, &str); 13] = [
    (
        "personal access token",
        "personal-access-token",
        "token: {}",
    ),
    (
        "personal access token, routable",
        "personal-access-token",
        "PAT={}",
    ),
    (
        "personal access token, routable, prefix 'acme-'",
        "personal-access-token",
        "ACME={}",
    ),
    ("runner", "runner-token", "runner = {}"),
    ("job token, partitioned", "job-token", "CI_JOB_TOKEN={}"),
    ("deploy token", "deploy-token", "deploy: {}"),
    ("trigger token", "trigger-token", "trigger: {}"),
    ("agent token", "agent-token", "agent: {}"),
    ("feed token", "feed-token", "feed: {}"),
    ("incoming mail token", "incoming-mail-token", "mail: {}"),
    ("feature flags", "feature-flags-token", "flags: {}"),
    ("OAuth secret", "oauth-secret", "oauth: {}"),
    ("session", "session-cookie", "Cookie: {}"),
];

/// Kinds that only a person can revoke.
const BY_HAND: [&str; 4] = [
    "SCIM token",
    "workspace token",
    "runner controller",
    "registration token",
];

/// A repository with a token of every kind, half of them in files that a later commit removed.
fn every_kind(server: &Server) -> (Repo, Vec<String>) {
    let repo = Repo::new();
    let mut rng = Rng::new(15);
    let mut tokens = Vec::new();
    for (index, (name, kind, text)) in KINDS.iter().enumerate() {
        let custom = custom_prefix_shapes().into_iter();
        let shape = all_shapes().into_iter().chain(custom);
        let shape = shape.into_iter().find(|shape| shape.name == *name).unwrap();
        let token = repo.sandbox.watch(shape.generate(&mut rng));
        repo.write(&format!("{index}.txt"), text.replace("{}", &token) + "\n");
        let token = token.trim_start_matches("_gitlab_session=").to_owned();
        server.add(kind, &token);
        tokens.push(token);
    }
    let old_deploy = repo.sandbox.watch(shape("deploy token").generate(&mut rng));
    server.add("deploy-token", &old_deploy);
    server.change(&old_deploy, |known| known.project = Some(PROJECT));
    let user = format!("gitlab+deploy-token-{}", server.id(&old_deploy));
    let login = format!("machine 127.0.0.1 login {user} password {old_deploy}\n");
    repo.write("home/.netrc", login);
    tokens.push(old_deploy);
    let unprefixed = repo.sandbox.watch(&a_token(99)["glpat-".len()..]);
    let header = format!("curl --header \"PRIVATE-TOKEN: {unprefixed}\" $URL/api/v4/user\n");
    repo.write("curl.sh", header);
    server.add("personal-access-token", &unprefixed);
    tokens.push(unprefixed);
    for name in BY_HAND {
        let token = repo.sandbox.watch(shape(name).generate(&mut rng));
        repo.write(&format!("{name}.txt"), format!("secret: {token}\n"));
    }
    repo.commit("all");
    for index in (0..KINDS.len()).step_by(2) {
        repo.git(&["rm", "--quiet", &format!("{index}.txt")]);
    }
    repo.commit("clean up");
    (repo, tokens)
}

#[test]
fn revokes_every_kind_once_and_lists_the_rest() {
    let server = Server::start();
    let (repo, tokens) = every_kind(&server);
    let sandbox = &repo.sandbox;
    scan(sandbox, &["history"]);
    let args = ["--yes", "--project=12", "--log=revoked.jsonl"];
    let run = revoke(sandbox, &server, &args);
    let counts: Vec<usize> = tokens
        .iter()
        .map(|token| server.revocations(token))
        .collect();
    assert_eq!(counts, vec![1; tokens.len()], "{}", run.stdout);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(end, "15 revoked, 4 left to do by hand", "{}", run.stdout);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    for line in [
        "GitLab SCIM token",
        "Reset it: for a group under Settings > SAML SSO",
    ] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }

    // The log contains each, and no secret.
    let log = fs::read_to_string(sandbox.at("revoked.jsonl")).unwrap();
    sandbox.search("the log", log.as_bytes());
    let entries: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(entries.len(), tokens.len());
    assert!(entries.iter().all(|entry| entry["result"] == "revoked"));
    assert!(entries.iter().any(|entry| entry["owner"]["user"].is_u64()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(sandbox.at("revoked.jsonl"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // Once more: the log answers, without a request.
    let asked = server.requests().len();
    let run = revoke(sandbox, &server, &args);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(end, "15 already dead, 4 left to do by hand");
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn dry_run_sends_nothing() {
    let server = Server::start();
    let (repo, tokens) = every_kind(&server);
    scan(&repo.sandbox, &["history"]);
    let run = revoke(&repo.sandbox, &server, &["--dry-run", "--project=12"]);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(end, "15 would be revoked, 4 left to do by hand");
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
    assert!(tokens.iter().all(|token| server.revocations(token) == 0));
    // Without a token of the operator, credentials that need one are left.
    let run = revoke_with(&repo.sandbox, &server, &["--dry-run"], None);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(end, "5 would be revoked, 14 left to do by hand");
    assert!(
        run.stdout
            .contains("it needs a token of yours (TOKENSWEEP_GITLAB_TOKEN")
    );
}

/// Revokes the token, then closes the connection without an answer.
fn act_and_hang_up(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    let secret = request.field("token").unwrap_or_default().to_vec();
    world.revoke(&secret);
    Reply::hangup()
}

#[test]
fn continues_after_an_interruption_and_revokes_nothing_twice() {
    let server = Server::start();
    let (repo, tokens) = every_kind(&server);
    scan(&repo.sandbox, &["history"]);
    let args = ["--yes", "--project=12", "--log=revoked.jsonl"];
    server.fake.world().routes.extend([
        Route {
            method: "POST",
            path: "/api/v4/runners/reset_authentication_token",
            answer: act_and_hang_up,
        },
        Route {
            method: "DELETE",
            path: "/api/v4/admin/token",
            answer: |_, _, _| Reply::hangup(),
        },
    ]);
    let run = revoke(&repo.sandbox, &server, &args);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(
        end, "7 revoked, 4 left to do by hand, 8 failed",
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(2));
    // It was killed while it wrote the last line.
    let log = fs::read(repo.sandbox.at("revoked.jsonl")).unwrap();
    fs::write(repo.sandbox.at("revoked.jsonl"), &log[..log.len() - 40]).unwrap();
    server.fake.world().routes.clear();
    let run = revoke(&repo.sandbox, &server, &args);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let counts: Vec<usize> = tokens
        .iter()
        .map(|token| server.revocations(token))
        .collect();
    assert_eq!(counts, vec![1; tokens.len()], "{}", run.stdout);
}

#[test]
fn continues_after_a_kill() {
    let server = Server::start();
    let (repo, tokens) = every_kind(&server);
    scan(&repo.sandbox, &["history"]);
    server.fake.fail(Fault::Delay(Duration::from_millis(50)));
    let program = env!("CARGO_BIN_EXE_tokensweep");
    let mut killed = repo
        .sandbox
        .command(program)
        .args(["revoke", "report.json", "--yes", "--project=12"])
        .args(["--log=revoked.jsonl", "--instance", &server.url])
        .env("GITLAB_TOKEN", ADMIN)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while server.requests().len() < 4 {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let count = || -> usize { tokens.iter().map(|token| server.revocations(token)).sum() };
    assert!((3..tokens.len()).contains(&count()), "{}", count());
    let args = ["--yes", "--project=12", "--log=revoked.jsonl"];
    let run = revoke(&repo.sandbox, &server, &args);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let counts: Vec<usize> = tokens.iter().map(|t| server.revocations(t)).collect();
    assert_eq!(counts, vec![1; tokens.len()], "{}", run.stdout);
}
