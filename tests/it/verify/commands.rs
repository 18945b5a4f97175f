//! The commands and options around verification.

use serde_json::Value;

use super::credential;
use crate::support::gitlab::{FakeGitlab, Fault, State};
use crate::support::sandbox::Sandbox;

/// A sandbox with a live, a dead and an unknown credential.
fn three(fake: &FakeGitlab) -> Sandbox {
    let sandbox = Sandbox::new();
    for (seed, name) in [(31, "live"), (32, "dead")] {
        let (text, secret) = credential("personal access token", seed);
        sandbox.watch(&secret);
        sandbox.write(format!("{name}.env"), format!("GITLAB_TOKEN={text}\n"));
        fake.add(name, "personal-access-token", &secret);
    }
    fake.change("dead", |known| known.state = State::Revoked);
    let (text, secret) = credential("agent token", 33);
    sandbox.watch(&secret);
    sandbox.write("unknown.env", format!("AGENT_TOKEN={text}\n"));
    sandbox
}

fn lives(report: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                text(&finding["location"]["path"]),
                text(&finding["liveness"]),
            )
        })
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn only_live_lists_live_ones() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    let run = sandbox.run(["scan", "-fjson", "--verify", "--instance", &url, "."]);
    assert_eq!(
        lives(&run.stdout),
        pairs(&[
            ("dead.env", "dead"),
            ("live.env", "live"),
            ("unknown.env", "unknown")
        ])
    );
    let run = sandbox.run([
        "scan",
        "-fjson",
        "--verify",
        "--only-live",
        "--instance",
        &url,
        ".",
    ]);
    assert_eq!(lives(&run.stdout), pairs(&[("live.env", "live")]));
    assert_eq!(run.code, Some(1));
    let run = sandbox.run([
        "scan",
        "--verify",
        "--only-live",
        "--instance",
        &url,
        "live.env",
    ]);
    assert!(
        run.stdout
            .contains("liveness: live: the instance accepts it"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("token: 'live'; id 1; scopes read_api; last used"),
        "{}",
        run.stdout
    );
    let run = sandbox.run([
        "scan",
        "--verify",
        "--only-live",
        "--instance",
        &url,
        "dead.env",
    ]);
    assert_eq!(run.code, Some(0));
    let note = format!("note: verification on {url}: 1 dead; 1 finding not listed (--only-live).");
    assert!(run.stdout.contains(&note), "{}", run.stdout);
    let args = [
        "scan",
        "-fjson",
        "--verify",
        "--min-severity=medium",
        "--instance",
        &url,
        "dead.env",
    ];
    let run = sandbox.run(args);
    assert_eq!((lives(&run.stdout), run.code), (vec![], Some(0)));
}

#[test]
fn every_scanning_command_verifies() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    sandbox.git(&["add", "."]);
    let verified = pairs(&[
        ("dead.env", "dead"),
        ("live.env", "live"),
        ("unknown.env", "unknown"),
    ]);
    let run = |args: &[&str]| {
        let options = ["-fjson", "--verify", "--instance", &url];
        sandbox.run(args.iter().copied().chain(options))
    };
    assert_eq!(lives(&run(&["staged"]).stdout), verified);
    sandbox.git(&["commit", "-q", "-m", "leak"]);
    assert_eq!(lives(&run(&["range", "HEAD~1..HEAD"]).stdout), verified);
    assert_eq!(lives(&run(&["history"]).stdout), verified);
    let log = std::fs::read(sandbox.at("live.env")).unwrap();
    let file = sandbox.write("log", log);
    let args = ["stdin", "-fjson", "--verify", "--instance", &url];
    let run = sandbox.run_with(args, |command| {
        command.stdin(std::fs::File::open(&file).unwrap());
    });
    assert_eq!(lives(&run.stdout), pairs(&[("stdin", "live")]));
}

#[cfg(unix)]
#[test]
fn ci_asks_the_instance_of_the_pipeline() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-q", "-m", "leak"]);
    let run = sandbox.run_with(
        ["ci", "--mode=tree", "-rjson=out.json", "--verify"],
        |command| {
            let folder = sandbox.path().display().to_string();
            command.envs([
                ("GITLAB_CI", "true"),
                ("CI_SERVER_URL", &url),
                ("CI_PROJECT_DIR", &folder),
            ]);
        },
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = std::fs::read_to_string(sandbox.at("out.json")).unwrap();
    assert_eq!(
        lives(&report),
        pairs(&[
            ("dead.env", "dead"),
            ("live.env", "live"),
            ("unknown.env", "unknown")
        ])
    );
}

#[test]
fn gate_fails_on_live_credentials() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    for file in ["live.env", "dead.env"] {
        let report = format!("-rjson={file}.json");
        sandbox.run(["scan", &report, "--verify", "--instance", &url, file]);
    }
    // A level that nothing reaches.
    let gate = |file: &str, more: &[&str]| {
        let args = [
            "gate",
            "--fail-on=critical",
            "--min-confidence=proven",
            file,
        ];
        sandbox.run(args.iter().chain(more))
    };
    assert_eq!(gate("live.env.json", &[]).code, Some(0));
    let run = gate("live.env.json", &["--fail-on-live"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stdout,
        "gate failed: 1 finding of severity critical and above, confidence proven and above, or live: 1 critical\n  \
         critical live.env:1:14 gitlab-personal-access-token (confidence: high, live)\n"
    );
    assert_eq!(gate("dead.env.json", &["--fail-on-live"]).code, Some(0));
}

#[test]
fn inspect_verifies_one_token() {
    let fake = FakeGitlab::start();
    let url = fake.url();
    let sandbox = Sandbox::new();
    let (text, secret) = credential("personal access token", 34);
    sandbox.watch(&secret);
    fake.add("alice", "personal-access-token", &secret);
    let file = sandbox.write("token", text);
    let run = |format: &str| {
        let args = [
            "inspect",
            format,
            "--verify",
            "--blast-radius",
            "--instance",
            &url,
        ];
        sandbox.run_with(args, |command| {
            command.stdin(std::fs::File::open(&file).unwrap());
        })
    };
    let text = run("-ftext").stdout;
    assert!(
        text.contains("\nliveness    live: the instance accepts it (http://127.0.0.1"),
        "{text}"
    );
    assert!(text.contains("\naccount     user101 (id 101)\n"), "{text}");
    assert!(
        text.contains("\nreaches     1 group (platform), 1 project (platform/deploy)\n"),
        "{text}"
    );
    let report: Value = serde_json::from_str(&run("-fjson").stdout).unwrap();
    assert_eq!(report["liveness"], "live");
    assert_eq!(report["verification"]["token"]["name"], "alice");
}

#[test]
fn reports_contain_the_answers() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    let formats = ["sarif", "gitlab", "codequality", "html", "junit", "json"];
    let mut args = vec!["scan".to_owned()];
    args.extend(formats.map(|format| format!("-r{format}={format}.out")));
    args.extend(
        [
            "--verify",
            "--instance",
            &url,
            "live.env",
            "dead.env",
            "unknown.env",
        ]
        .map(str::to_owned),
    );
    let run = sandbox.run(&args);
    assert_eq!(run.code, Some(1), "{run:?}");
    let read = |format: &str| std::fs::read_to_string(sandbox.at(format!("{format}.out"))).unwrap();
    let parse = |format: &str| -> Value { serde_json::from_str(&read(format)).unwrap() };

    let quality = parse("codequality");
    let severity = |path: &str| {
        let entries = quality.as_array().unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry["location"]["path"] == path)
            .unwrap();
        entry["severity"].as_str().unwrap().to_owned()
    };
    assert_eq!(severity("live.env"), "blocker");
    assert_eq!(severity("dead.env"), "info");
    assert_ne!(severity("unknown.env"), "blocker");

    let sarif = parse("sarif");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let live = results
        .iter()
        .find(|result| result["properties"]["liveness"] == "live")
        .unwrap();
    assert_eq!(live["properties"]["verification"]["token"]["name"], "live");
    assert!(
        live["message"]["text"]
            .as_str()
            .unwrap()
            .contains(" Liveness: live.")
    );

    let gitlab = parse("gitlab");
    let found = gitlab["vulnerabilities"].as_array().unwrap();
    let live = found
        .iter()
        .find(|item| item["location"]["file"] == "live.env")
        .unwrap();
    let said = live["details"]["liveness"]["value"].as_str().unwrap();
    assert!(
        said.starts_with("live: the instance accepts it ("),
        "{said}"
    );

    let html = read("html");
    assert!(html.contains("<select id=\"liveness\">") && html.contains("data-liveness=\"dead\""));
    assert!(read("junit").contains("liveness: dead: revoked ("));

    // Converting keeps the answers.
    let json = read("json");
    let run = sandbox.run(["report", "convert", "json.out", "--format=json"]);
    assert_eq!(lives(&run.stdout), lives(&json), "{run:?}");

    // Of two reports of one finding the one with an answer counts, though the other is more severe.
    sandbox.run([
        "scan",
        "-rjson=plain.out",
        "live.env",
        "dead.env",
        "unknown.env",
    ]);
    for pair in [["plain.out", "json.out"], ["json.out", "plain.out"]] {
        let args = ["report", "merge", pair[0], pair[1], "--format=json"];
        assert_eq!(lives(&sandbox.run(args).stdout), lives(&json));
    }
}

#[test]
fn requests_per_minute_are_kept() {
    let fake = FakeGitlab::start();
    let (sandbox, url) = (three(&fake), fake.url());
    let args = [
        "scan",
        "-fjson",
        "--verify",
        "--requests-per-minute=60",
        "--instance",
        &url,
        ".",
    ];
    let start = std::time::Instant::now();
    sandbox.run(args);
    assert_eq!(fake.requests().len(), 2);
    assert!(start.elapsed() >= std::time::Duration::from_secs(1));
}

#[cfg(unix)]
#[test]
fn interruption_ends_the_requests() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let tokens = (500..700).map(|seed| credential("personal access token", seed).0);
    let lines: String = tokens.map(|token| format!("TOKEN={token}\n")).collect();
    sandbox.write("many.env", lines);
    fake.fail(Fault::Delay(std::time::Duration::from_millis(200)));
    let child = sandbox
        .command(env!("CARGO_BIN_EXE_tokensweep"))
        .args(["scan", "--verify", "--instance", &fake.url(), "."])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while fake.requests().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty());
    assert_eq!(output.stderr, b"interrupted: no report was written\n");
    assert!(fake.requests().len() < 200);
}

#[test]
fn wrong_options_fail_before_the_scan() {
    let sandbox = Sandbox::new();
    for (args, expected) in [
        (
            vec!["--verify"],
            "error: no GitLab instance is named; pass --instance https://HOST or set GITLAB_URL\n",
        ),
        (
            vec!["--verify", "--instance=http://gitlab.example.com"],
            "does not begin with https://; credentials are sent over HTTPS only",
        ),
        (
            vec!["--job-token"],
            "error: --job-token cannot be used: GitLab allows a job token none of the requests that need a token of yours; \
             set TOKENSWEEP_GITLAB_TOKEN or --token-file to an access token\n",
        ),
        (vec!["--only-live"], "--verify"),
        (vec!["--blast-radius"], "--verify"),
        (
            vec![
                "--verify=everything",
                "--instance=https://gitlab.example.com",
            ],
            "invalid value 'everything'",
        ),
    ] {
        let run = sandbox.run(["scan"].iter().chain(&args));
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}
