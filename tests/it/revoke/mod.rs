//! `tokensweep revoke`: from a report to an instance that knows the tokens no more.

mod commands;
mod guide;
mod server;

use crate::support::repo::Repo;
use crate::support::sandbox::{Run, Sandbox};
use crate::support::tokens::Rng;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::gitlab::{Incoming, Reply, Route, State, World};
use crate::support::tokens::{all_shapes, custom_prefix_shapes};
use crate::support::{a_token, shape};
use server::{ADMIN, PROJECT, Server};

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
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("app.yml", format!("token: {token}\n"));
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

/// A token of each kind that the API revokes: its shape, how the server knows it, and the text around it.
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
    let log = std::fs::read_to_string(sandbox.at("revoked.jsonl")).unwrap();
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
        let mode = std::fs::metadata(sandbox.at("revoked.jsonl"))
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
    // Without a token of the operator, what needs one is left.
    let run = revoke_with(&repo.sandbox, &server, &["--dry-run"], None);
    let end = run.stdout.lines().last().unwrap();
    assert_eq!(end, "5 would be revoked, 14 left to do by hand");
    assert!(
        run.stdout
            .contains("it needs a token of yours (TOKENSWEEP_GITLAB_TOKEN")
    );
}

/// Does what it is asked, and is gone before it answers.
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
    let log = std::fs::read(repo.sandbox.at("revoked.jsonl")).unwrap();
    std::fs::write(repo.sandbox.at("revoked.jsonl"), &log[..log.len() - 40]).unwrap();
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
fn refuses_what_changed_since_the_report() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let old = sandbox.watch(a_token(1));
    let new = sandbox.watch(a_token(2));
    server.add("personal-access-token", &old);
    server.add("personal-access-token", &new);
    sandbox.write("app.yml", format!("token: {old}\n"));
    scan(&sandbox, &["scan", "."]);
    sandbox.write("app.yml", format!("token: {new}\n"));
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        run.stdout,
        format!(
            "Not to be revoked\n\n  #{}  GitLab personal, project or group access token\n    \
             found in     app.yml:1\n    \
             refused      it changed since the report and no longer contains the credential\n\
             \n1 refused\n",
            id(&old)
        )
    );
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
    std::fs::remove_file(sandbox.at("app.yml")).unwrap();
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert!(
        run.stdout
            .contains("refused      no such file, here or in the index\n"),
        "{}",
        run.stdout
    );
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
}

#[test]
fn reads_nothing_outside_of_the_root() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("outside/app.yml", format!("token: {token}\n"));
    scan(&sandbox, &["scan", "outside"]);
    sandbox.write("root/keep", "");
    let report = sandbox.at("report.json");
    let text = std::fs::read_to_string(&report).unwrap();
    for path in ["../outside/app.yml", "/etc/passwd"] {
        let hostile = text.replace("\"outside/app.yml\"", &format!("\"{path}\""));
        assert_ne!(hostile, text);
        std::fs::write(&report, hostile).unwrap();
        let run = revoke(&sandbox, &server, &["--yes", "--root=root"]);
        assert_eq!(run.code, Some(1), "{}", run.stdout);
        assert!(run.stdout.contains("leads out of"), "{}", run.stdout);
    }
    #[cfg(unix)]
    {
        std::fs::write(&report, &text).unwrap();
        std::os::unix::fs::symlink("../outside/app.yml", sandbox.at("root/app.yml")).unwrap();
        let run = revoke(&sandbox, &server, &["--yes", "--root=root"]);
        assert!(
            run.stdout.contains("symbolic links are not followed"),
            "{}",
            run.stdout
        );
    }
    assert_eq!(server.requests().len(), 0);
    std::fs::write(&report, &text).unwrap();
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, server.revocations(&token)),
        (Some(0), 1),
        "{}",
        run.stdout
    );
}

#[test]
fn reads_secrets_from_all_places() {
    let server = Server::start();
    let repo = Repo::new();
    let token = |seed| {
        let token = repo.token(seed);
        server.add("personal-access-token", &token);
        token
    };
    let encoded = STANDARD.encode(format!("password: {}", token(1)));
    repo.write("secret.yaml", format!("data:\n  value: {encoded}\n"));
    repo.commit(&format!("use {}", token(2)));
    repo.git(&["tag", "--annotate", "v1", "--message", &token(3)]);
    repo.git(&[
        "config",
        "remote.origin.url",
        &format!("https://oauth2:{}@gitlab.example.com/a/b.git", token(4)),
    ]);
    // In no commit, and only the object store still has it.
    repo.write("sub/lost.txt", token(5));
    repo.commit("lost");
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.feed(&["hash-object", "-w", "--stdin"], token(6));
    let tree = repo.feed(
        &["mktree"],
        format!(
            "100644 blob {}\tin-tree.txt\n",
            repo.feed(&["hash-object", "-w", "--stdin"], token(7))
        ),
    );
    assert_eq!(tree.len(), 40);
    scan(&repo.sandbox, &["history"]);
    // The URL names another host than the server's.
    let run = revoke(&repo.sandbox, &server, &["--yes"]);
    let by_host = format!("--only {}", id(&repo.token(4)));
    assert!(
        run.stdout.contains(&format!(
            "used with gitlab.example.com; if it belongs to {}, select it: {by_host}",
            "127.0.0.1"
        )),
        "{}",
        run.stdout
    );
    let revoked = |seeds: std::ops::RangeInclusive<u64>| -> Vec<usize> {
        seeds
            .map(|seed| server.revocations(&repo.token(seed)))
            .collect()
    };
    assert_eq!(revoked(1..=7), [1, 1, 1, 0, 1, 1, 1], "{}", run.stdout);
    let run = revoke(
        &repo.sandbox,
        &server,
        &["--yes", "--only", &id(&repo.token(4))],
    );
    assert_eq!(
        (run.code, revoked(4..=4)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );

    // The index has it, the file has not.
    repo.write("staged.txt", token(8));
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "clean\n");
    scan(&repo.sandbox, &["staged"]);
    let run = revoke(&repo.sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, revoked(8..=8)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );

    // From a folder below, by the report of a range.
    let base = repo.head();
    repo.commit_file("deep/er/file.txt", token(9));
    scan(&repo.sandbox, &["range", &format!("{base}..HEAD")]);
    let run = revoke(&repo.sandbox, &server, &["--yes", "--root=deep"]);
    assert_eq!(
        (run.code, revoked(9..=9)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );
}

#[test]
fn asks_before_it_revokes() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("app.yml", format!("token: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    let run = revoke(&sandbox, &server, &[]);
    assert_eq!(
        run.stderr,
        "error: there is no terminal to ask on; use --yes to revoke, or --dry-run to see the plan only\n"
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
