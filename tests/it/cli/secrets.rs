//! No secret leaves the program: in messages, in names, through baselines, by fingerprints.

use serde_json::Value;

use crate::support::a_token;
use crate::support::sandbox::{Run, Sandbox, places};

/// A password as people choose them.
fn password() -> String {
    ["Tr0ub4", "dor", "X9z"].concat()
}

fn lines(run: &Run) -> &str {
    assert!(!run.stderr.is_empty(), "{run:?}");
    &run.stderr
}

#[test]
fn messages_of_no_command_repeat_a_credential_or_an_escape() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(70));
    let url = format!("https://bob:{}@git.corp/x", password());
    sandbox.git(&["init", "-q"]);
    let hostile = format!("{token}\x1b[2J\u{202e}\u{9b}31m");
    for (name, most) in [(&hostile, usize::MAX), (&url, 5)] {
        let report = format!("json=/nonexistent/{name}/r.json");
        let range = format!("{name}..HEAD");
        let option = format!("--{name}");
        let value = format!("--threads={name}");
        let cases = [
            &["scan", name][..],
            &["range", &range],
            &["scan", "--config", name],
            &["scan", "--baseline", name],
            &["scan", "--rules", name],
            &["scan", "--disable", name],
            &["scan", "--token-prefix", name, "gone"],
            &["scan", "--format", name],
            &["scan", "--min-severity", name],
            &["scan", "--report", &report],
            &["scan", "--report", name],
            &["scan", &option],
            &["scan", &value],
            &["history", name],
            &["history", "--since", name],
            &["staged", name],
            &["gate", name],
            &["report", "convert", name],
            &["report", "merge", name, name],
            &["rules", "check", name],
            &["rules", "show", name],
            &["baseline", "create", "b.json", name],
            &["baseline", "prune", name],
            &["ci", "--base", name],
            &["inspect", name],
            &["hook", name],
            &[name],
        ];
        for args in cases.into_iter().take(most) {
            let run = sandbox.run(args);
            let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!run.stderr.contains(raw), "{args:?}: {run:?}");
            assert!(!run.stderr.contains(&password()), "{args:?}: {run:?}");
            assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
            assert!(!lines(&run).contains("panicked"), "{args:?}: {run:?}");
        }
    }
}

#[test]
fn names_that_are_credentials_are_in_no_report() {
    let sandbox = Sandbox::new();
    let tokens: Vec<String> = (71..77).map(|seed| sandbox.watch(a_token(seed))).collect();
    let [file, folder, branch, tag, author, content] = &tokens[..] else {
        unreachable!()
    };
    let secret = sandbox.watch(password());
    sandbox.git(&["init", "-q", "-b", "main"]);
    sandbox.write(format!("{folder}/{file}.env"), format!("a = {content}\n"));
    sandbox.write(
        "url.txt",
        format!("git clone https://bob:{secret}@git.corp/x\n"),
    );
    sandbox.write(
        format!("{secret}/{secret}.txt"),
        format!("b = {}\n", a_token(78)),
    );
    sandbox.watch(a_token(78));
    sandbox.git(&["add", "-A"]);
    let author = format!("https://bob:{secret}@git.corp {author} <{secret}@mail>");
    sandbox.git(&["commit", "-qm", "one", "--author", &author]);
    sandbox.git(&["branch", branch]);
    sandbox.git(&["tag", tag]);
    sandbox.git(&["branch", &format!("x-{secret}-y")]);
    let remote = format!("https://bob:{secret}@git.corp/{secret}.git");
    sandbox.git(&["remote", "add", &format!("r-{secret}"), &remote]);
    for (command, found) in [("scan", 4), ("history", 4)] {
        let report = sandbox.report(command, &["--list-suppressed"]);
        let found_here = places(&report).len();
        assert!(found_here >= found, "{command}: {found_here}");
        sandbox.run([command, "-q"]);
    }
}

#[test]
fn secrets_of_disabled_rules_and_below_the_threshold_are_not_shown() {
    let sandbox = Sandbox::new();
    let (token, secret) = (sandbox.watch(a_token(79)), sandbox.watch(password()));
    let line = format!(
        "{{\"http-basic\": {{\"h.corp\": {{\"username\": \"bob\", \"password\": \"{secret}\"}}}}, \"x\": \"{token}\"}}\n"
    );
    sandbox.write("auth.json", &line);
    sandbox.write(
        "b.txt",
        format!("{token} https://bob:{secret}@git.corp/x {secret}\n"),
    );
    let rules = ["config-file-credentials", "git-url-credentials"];
    let disabled = [
        format!("--disable={}", rules[0]),
        format!("--disable={}", rules[1]),
    ];
    for args in [
        &[&*disabled[0], &disabled[1]][..],
        &["--min-severity=critical"],
        &["--min-confidence=proven"],
    ] {
        let report = sandbox.scan(args);
        for (_, _, rule) in places(&report) {
            assert!(!rules.contains(&rule.as_str()), "{args:?}");
        }
    }
    assert_eq!(places(&sandbox.scan(&[])).len(), 4);
}

#[test]
fn no_part_of_a_password_shows_at_the_end_of_an_excerpt() {
    let sandbox = Sandbox::new();
    let secret = sandbox.watch(password());
    sandbox.write(
        "url.txt",
        format!("git clone https://bob:{secret}@git.corp/x\n"),
    );
    for distance in 60..76 {
        let (dots, token) = (".".repeat(distance), a_token(83));
        let line = format!("{secret} {dots} k={token} {dots} {secret}\n");
        sandbox.write(format!("{distance}.txt"), line);
    }
    let report = sandbox.scan(&[]);
    assert_eq!(places(&report).len(), 17);
    for finding in report["findings"].as_array().unwrap() {
        let excerpt = finding["excerpt"].to_string();
        for part in [&secret[..3], &secret[secret.len() - 3..]] {
            assert!(!excerpt.contains(part), "{excerpt}");
        }
        let lengths = ["before", "after"].map(|side| {
            let text = finding["excerpt"][side].as_str().unwrap();
            text.chars().filter(|c| *c == '.').count()
        });
        assert!(lengths.iter().all(|&count| count <= 72), "{excerpt}");
    }
}

#[test]
fn secrets_of_the_environment_are_in_no_report() {
    let sandbox = Sandbox::new();
    let own = sandbox.watch(["Kx7Q2z", "Lm4R"].concat());
    sandbox.write(
        format!("a/{own}.txt"),
        format!("{own} k={} {own}\n", a_token(85)),
    );
    for name in ["CI_JOB_TOKEN", "GITLAB_TOKEN", "TOKENSWEEP_FINGERPRINT_KEY"] {
        let set = |command: &mut std::process::Command| {
            command.env(name, &own);
        };
        let (report, _) = sandbox.report_with("scan", &[], set);
        assert_eq!(places(&report).len(), 1);
    }
}

#[test]
fn hooks_print_no_command_with_a_name_that_is_redacted() {
    let sandbox = Sandbox::new();
    let secret = sandbox.watch(password());
    sandbox.git(&["init", "-q"]);
    let url = format!("git clone https://bob:{secret}@git.corp/x\n");
    sandbox.write(format!("x-{secret}/a.txt"), url);
    sandbox.git(&["add", "-A"]);
    let run = sandbox.run(["hook", "pre-commit"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let advice = "or unstage the file. Its name contains a secret.\n";
    assert!(lines(&run).contains(advice), "{run:?}");
    assert!(!run.stderr.contains("git rm"), "{run:?}");
}

/// A report of findings in a variable of a project, as `sweep` writes it.
fn remote_report(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["location"]["remote"] = serde_json::json!({
            "place": "variables",
            "owner": "acme/app",
            "url": "https://gitlab.example/acme/app/-/settings/ci_cd",
        });
    }
    report
}

#[test]
fn issues_contain_no_secret_and_no_markup_of_names() {
    let sandbox = Sandbox::new();
    let secret = password();
    sandbox.write(
        r"a\|![x](evil.example) @all.txt",
        format!(
            "git clone https://bob:{secret}@git.corp/x\nk = {}\n",
            a_token(84)
        ),
    );
    let issues = ["report", "issues", "r.json", "--dry-run"];
    let instance = ["--instance", "https://gitlab.example"];
    let full = sandbox.run(["scan", "--show-secrets", "--format=json"]);
    assert!(full.stdout.contains(&secret));
    sandbox.watch(secret);
    sandbox.watch(a_token(84));
    sandbox.write("r.json", remote_report(&full.stdout).to_string());
    let refused = sandbox.run(issues.iter().chain(&instance));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("without --show-secrets"),
        "{refused:?}"
    );

    std::fs::remove_file(sandbox.at("r.json")).unwrap();
    let redacted = sandbox.run(["scan", "--format=json"]);
    sandbox.write("r.json", remote_report(&redacted.stdout).to_string());
    let printed = sandbox.run(issues.iter().chain(&instance));
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let rows = printed.stdout.lines().filter(|line| line.starts_with('|'));
    let cells: Vec<usize> = rows.map(|row| row.matches('|').count()).collect();
    assert!(
        cells.len() >= 6 && cells.iter().all(|&count| count == 6),
        "{printed:?}"
    );
    for line in printed.stdout.lines().filter(|line| line.contains("curl")) {
        assert_eq!(line.matches('`').count(), 2, "{line}");
        assert_eq!(line.matches("curl ").count(), 1, "{line}");
    }
}

fn fingerprints(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_baseline_that_accepts_a_password_accepts_no_other() {
    let sandbox = Sandbox::new();
    let dummy = sandbox.watch(["devOnly", "-4711xY"].concat());
    sandbox.write("gitlab.rb", format!("redis['password'] = '{dummy}'\n"));
    sandbox.write(
        "d.txt",
        format!("git clone https://bob:{dummy}@git.corp/x.git\n"),
    );
    let created = sandbox.run(["baseline", "create", "accepted.json"]);
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(
        created.stderr.contains("2 findings accepted"),
        "{created:?}"
    );
    let accepted = ["--baseline", "accepted.json"];
    assert!(places(&sandbox.scan(&accepted)).is_empty());

    let real = sandbox.watch(password());
    sandbox.write(
        "gitlab.rb",
        format!("redis['password'] = '{dummy}'\ngitlab_rails['smtp_password'] = '{real}'\ngitlab_rails['x_password'] = '{dummy}'\n"),
    );
    sandbox.write(
        "d.txt",
        format!("git clone https://bob:{real}@git.corp/x.git\n"),
    );
    let lines: Vec<(String, u64)> = places(&sandbox.scan(&accepted))
        .into_iter()
        .map(|(path, line, _)| (path, line))
        .collect();
    let at = |path: &str, line| (path.to_owned(), line);
    // The accepted dummy is reported under another key.
    let expected = [at("d.txt", 1), at("gitlab.rb", 2), at("gitlab.rb", 3)];
    assert_eq!(lines, expected);
}

#[test]
fn entries_of_earlier_baselines_apply_and_are_named() {
    let sandbox = Sandbox::new();
    let secret = sandbox.watch(password());
    sandbox.write(
        "d.txt",
        format!("git clone https://bob:{secret}@git.corp/x.git\n"),
    );
    // SHA-256 over rule, path, user and host, as version 1 wrote it.
    let rule = tokensweep::model::RuleId::new("git-url-credentials").unwrap();
    let path = tokensweep::model::BlobPath::from_bytes(*b"d.txt");
    let account = tokensweep::model::Identity::Account {
        user: b"bob",
        host: b"git.corp",
    };
    let known = tokensweep::model::Fingerprint::new(&rule, &path, account);
    let entry = format!(
        r#"{{"version": 1, "findings": [{{"fingerprint": "{known}", "rule_id": "{rule}", "path": "d.txt"}}]}}"#
    );
    sandbox.write("accepted.json", entry);
    let report = sandbox.scan(&["--baseline", "accepted.json"]);
    assert!(places(&report).is_empty(), "{report}");
    let note = report["notes"][0]["message"].as_str().unwrap();
    assert!(
        note.starts_with("1 password is accepted by an entry of an earlier version"),
        "{note}"
    );
    sandbox.run(["baseline", "create", "accepted.json"]);
    let report = sandbox.scan(&["--baseline", "accepted.json"]);
    assert!(places(&report).is_empty() && report["notes"] == Value::Array(Vec::new()));
}

#[test]
fn no_fast_hash_of_a_guessable_value_is_published() {
    let sandbox = Sandbox::new();
    let secret = sandbox.watch(["Welcome2", "GitLab!"].concat());
    let key = "initial_shared_runners_registration_token";
    sandbox.write("gitlab.rb", format!("gitlab_rails['{key}'] = '{secret}'\n"));
    let report = sandbox.scan(&[]);
    let finding = &report["findings"][0];
    assert_eq!(finding["secret"], "[15 redacted]");
    assert_eq!(finding["secret_id"], "1");
    assert!(fingerprints(&report)[0].starts_with("2:"), "{report}");
    let keyed = |key: &str| {
        let run = sandbox.run_with(["scan", "--format=json"], |command| {
            command.env("TOKENSWEEP_FINGERPRINT_KEY", key);
        });
        fingerprints(&serde_json::from_str(&run.stdout).unwrap())
    };
    assert_eq!(keyed("a"), keyed("a"));
    assert_ne!(keyed("a"), keyed("b"));
    assert_ne!(keyed("a"), fingerprints(&report));
}

#[test]
fn a_baseline_contains_no_path_that_is_a_token() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(80));
    sandbox.write(format!("{token}.env"), format!("k={token}\n"));
    assert_eq!(sandbox.run(["baseline", "create", "b.json"]).code, Some(0));
    sandbox.search(
        "the baseline",
        &std::fs::read(sandbox.at("b.json")).unwrap(),
    );
    assert!(places(&sandbox.scan(&["--baseline", "b.json"])).is_empty());
}

#[test]
fn thousands_of_passwords_take_seconds_and_a_note_lists_the_unhashed() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for number in 0..1_200 {
        text.push_str(&format!(
            "https://bob:Pw{number}x-Kq{}@h{number}.corp/x\n",
            number * 7919
        ));
    }
    sandbox.write("a.txt", text);
    let report = sandbox.scan(&[]);
    let fingerprints = fingerprints(&report);
    let slow = fingerprints
        .iter()
        .filter(|text| text.starts_with("2:"))
        .count();
    assert_eq!((fingerprints.len(), slow), (1_200, 1_000));
    assert!(
        report["notes"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("200 of the passwords"),
        "{report}"
    );
}

#[test]
fn suppressed_findings_are_listed_with_their_reasons() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(81));
    sandbox.write(
        "a.txt",
        format!("{token} # tokensweep:allow made up for the tests\n"),
    );
    let run = sandbox.run(["scan", "--list-suppressed"]);
    assert!(
        run.stdout.contains(
            "suppressed: a.txt:1:1 gitlab-personal-access-token (by a marker on the line: made up for the tests)"
        ),
        "{run:?}"
    );
    let report = sandbox.scan(&[]);
    let reason = &report["suppressed"][0]["suppression"]["justification"];
    assert_eq!(reason, "made up for the tests");
}

#[test]
fn prints_each_error_once_in_plain_words() {
    let sandbox = Sandbox::new();
    sandbox.write("b.json", "[1, 2]");
    for (args, expected) in [
        (
            &["scan", "--baseline", "b.json"][..],
            "error: cannot read the baseline 'b.json': not a baseline: line 1, column 5: expected an object",
        ),
        (
            &["baseline", "create", "gone/b.json"],
            "error: cannot write the baseline 'gone/b.json': its folder cannot be used: No such file",
        ),
        (
            &["scan", "--report", "json=-"],
            "error: invalid value 'json=-' for '--report <FORMAT=FILE>': a report needs a file; to print it on \
             standard output, use --format json",
        ),
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.starts_with(expected), "{run:?}");
        for internal in ["struct", ".tmp", "elements"] {
            assert!(!run.stderr.contains(internal), "{run:?}");
        }
        let repeated = "No such file or directory (os error 2)";
        assert!(run.stderr.matches(repeated).count() <= 1, "{run:?}");
    }
    assert!(!sandbox.at("-").exists());
}

#[cfg(unix)]
#[test]
fn reports_unreadable_files_with_quiet() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    sandbox.write(".git/objects/info/alternates", "/nonexistent/folder\n");
    for args in [&["history", "-q"][..], &["history", "--format=json"]] {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(lines(&run).contains("/nonexistent/folder"), "{run:?}");
    }
}

#[cfg(unix)]
#[test]
fn findings_are_printed_if_a_report_cannot_be_written() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "-b", "main"]);
    sandbox.write("a.txt", sandbox.watch(a_token(82)));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-qm", "one"]);
    let full = sandbox.run(["scan", "--report", "json=/dev/full"]);
    let ci = sandbox.run_with(["ci", "--report", "json=gone/r.json"], |command| {
        command
            .env("GITLAB_CI", "true")
            .env("CI_PIPELINE_SOURCE", "push")
            .env("CI_COMMIT_BRANCH", "main")
            .env("CI_DEFAULT_BRANCH", "main");
    });
    for run in [full, ci] {
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stdout.contains("a.txt:1:1"), "{run:?}");
        assert!(
            format!("{}{}", run.stdout, run.stderr).contains("cannot write the report"),
            "{run:?}"
        );
    }
}
