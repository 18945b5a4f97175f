//! The walk of a directory tree: scanned and skipped files, and the reports of both.

#[cfg(unix)]
mod arguments;
#[cfg(unix)]
mod configuration;
mod git_folders;
mod ignore_rules;
#[cfg(unix)]
mod outside;

use crate::support::a_token;
use crate::support::sandbox::{Sandbox, places};
use serde_json::Value;

const PAT: &str = "gitlab-personal-access-token";

fn paths(report: &Value) -> Vec<String> {
    places(report)
        .into_iter()
        .map(|(path, _, _)| path)
        .collect()
}

/// A sandbox with a token in each of these files.
fn with_tokens(paths: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (seed, path) in paths.iter().enumerate() {
        let token = sandbox.watch(a_token(seed as u64));
        sandbox.write(path, format!("token = \"{token}\"\n"));
    }
    sandbox
}

#[test]
fn scans_hidden_files_and_odd_names() {
    let names = [
        ".env",
        ".hidden/deep/.x",
        "a b/c d",
        "grüße/日本語.txt",
        "quote'\"$(x)",
        "-rf",
    ];
    let sandbox = with_tokens(&names);
    let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    assert_eq!(paths(&sandbox.scan(&["."])), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn escapes_names_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    sandbox.write(OsStr::from_bytes(b"bad\xff\x1b[31m\nname"), &token);
    assert_eq!(paths(&sandbox.scan(&[])), [r"bad\xff\x1b[31m\x0aname"]);
    let run = sandbox.run(["scan"]);
    assert!(
        run.stdout.contains(r"bad\xff\x1b[31m\x0aname:1:1"),
        "{run:?}"
    );
    assert!(!run.stdout.contains('\x1b'));
}

#[test]
fn skips_ignored_files_unless_tracked_or_requested() {
    let sandbox = with_tokens(&[
        "tracked.log",
        "untracked.log",
        "build/out.txt",
        "build/kept.txt",
        "keep.log",
        "sub/excluded",
        "free.txt",
    ]);
    sandbox.write(".gitignore", "*.log\n/build/\n!keep.log\n");
    sandbox.write("sub/.gitignore", "excluded\n");
    sandbox.write(".ignore", "free.txt\n");
    sandbox.git(&["init", "-q"]);
    sandbox.write(".git/info/exclude", "nothing-here\n");
    sandbox.git(&["add", "-f", "tracked.log", "build/kept.txt"]);
    let report = sandbox.scan(&[]);
    assert_eq!(
        paths(&report),
        ["build/kept.txt", "free.txt", "keep.log", "tracked.log"]
    );
    assert_eq!(
        report["summary"]["left_out"]["ignored"], 3,
        "{}",
        report["summary"]
    );
    assert_eq!(paths(&sandbox.scan(&["--no-ignore"])).len(), 7);
}

#[test]
fn reports_repository_paths_for_a_subfolder() {
    let sandbox = with_tokens(&["a/b/leak.txt", "a/b/ignored.log", "a/other.txt"]);
    sandbox.write(".gitignore", "*.log\n");
    sandbox.git(&["init", "-q"]);
    assert_eq!(paths(&sandbox.scan(&["a/b"])), ["a/b/leak.txt"]);
    let run = sandbox.run_with(["scan", "."], |command| {
        command.current_dir(sandbox.at("a/b"));
    });
    assert!(
        run.stdout.contains("leak.txt:1:10") && !run.stdout.contains("a/b/leak.txt"),
        "{run:?}"
    );
    // A given file is scanned, even if Git ignores it.
    assert_eq!(
        paths(&sandbox.scan(&["a/b/ignored.log"])),
        ["a/b/ignored.log"]
    );
    assert_eq!(
        paths(&sandbox.scan(&["a/other.txt", "a/b", "a"])),
        ["a/b/leak.txt", "a/other.txt"]
    );
}

#[test]
fn scans_everything_outside_of_a_repository() {
    let sandbox = with_tokens(&["x/a.log", "y/b"]);
    sandbox.write("x/.gitignore", "*.log\n");
    assert_eq!(paths(&sandbox.scan(&["x", "y"])), ["x/a.log", "y/b"]);
    assert_eq!(paths(&sandbox.scan(&["x"])), ["a.log"]);
}

#[test]
fn recognizes_all_forms_of_repositories() {
    // Objects named by SHA-256, a linked work tree, an index in two parts.
    for (init, after) in [
        (&["init", "-q", "--object-format=sha256"][..], &[][..]),
        (&["init", "-q"], &["update-index", "--split-index"]),
    ] {
        let sandbox = with_tokens(&["tracked.log", "untracked.log"]);
        sandbox.write(".gitignore", "*.log\n");
        sandbox.git(init);
        sandbox.git(&["add", "-f", "tracked.log", ".gitignore"]);
        if !after.is_empty() {
            sandbox.git(after);
        }
        assert_eq!(
            paths(&sandbox.scan(&[])),
            ["tracked.log"],
            "{init:?} {after:?}"
        );
    }
    let sandbox = with_tokens(&["main/tracked.log"]);
    sandbox.write("main/.gitignore", "*.log\n");
    sandbox.git(&["init", "-q", "main"]);
    sandbox.git(&["-C", "main", "add", "-f", "tracked.log", ".gitignore"]);
    sandbox.git(&["-C", "main", "commit", "-qm", "first"]);
    sandbox.git(&["-C", "main", "worktree", "add", "-q", "../linked"]);
    let token = sandbox.watch(a_token(5));
    sandbox.write("linked/untracked.log", &token);
    assert_eq!(paths(&sandbox.scan(&["linked"])), ["tracked.log"]);
}

#[test]
fn applies_the_rules_of_nested_repositories() {
    let sandbox = with_tokens(&["inner/a.log", "inner/b.tmp", "outer.log"]);
    sandbox.write(".gitignore", "*.log\n");
    sandbox.write("inner/.gitignore", "*.tmp\n");
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["init", "-q", "inner"]);
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), ["inner/a.log"]);
    assert_eq!(report["summary"]["repositories"], 2);
}

#[cfg(unix)]
#[test]
fn counts_links_and_pipes() {
    let sandbox = with_tokens(&["outside/secret.txt", "in/plain.txt"]);
    std::os::unix::fs::symlink("../outside/secret.txt", sandbox.at("in/link")).unwrap();
    std::os::unix::fs::symlink("../outside", sandbox.at("in/folder")).unwrap();
    std::os::unix::fs::symlink(".", sandbox.at("in/loop")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(sandbox.at("in/pipe"))
        .status()
        .unwrap();
    assert!(fifo.success());
    let _socket = std::os::unix::net::UnixListener::bind(sandbox.at("in/socket")).unwrap();
    let report = sandbox.scan(&["in"]);
    assert_eq!(paths(&report), ["plain.txt"]);
    assert_eq!(
        report["summary"]["left_out"]["symbolic-link"], 3,
        "{}",
        report["summary"]
    );
    assert_eq!(report["summary"]["left_out"]["special-file"], 2);
}

#[test]
fn reads_only_the_configuration_of_a_bare_repository() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "--bare", "store.git"]);
    let password = sandbox.watch("Zx9-not-a-known-prefix");
    let url = format!("https://bob:{password}@git.corp.internal/a.git");
    sandbox.git(&["-C", "store.git", "config", "remote.origin.url", &url]);
    let found = places(&sandbox.scan(&["."]));
    assert_eq!(
        found,
        [(
            "store.git/config".to_owned(),
            6,
            "git-url-credentials".to_owned()
        )]
    );
    assert_eq!(places(&sandbox.scan(&["store.git"])).len(), 1);
}

#[test]
fn applies_exclusions_disabled_rules_and_allowlist() {
    let sandbox = with_tokens(&["vendor/a.txt", "tests/b.txt", "c.txt"]);
    sandbox.write(
        ".tokensweep.toml",
        "exclude = ['/vendor/']\n[[allow]]\npaths = ['tests/']\nreason = 'made up'\n",
    );
    let report = sandbox.scan(&[]);
    assert_eq!(paths(&report), ["c.txt"]);
    assert_eq!(report["summary"]["left_out"]["excluded"], 1);
    assert_eq!(report["suppressed"][0]["suppression"]["kind"], "allowlist");
    assert_eq!(
        report["suppressed"][0]["suppression"]["justification"],
        "made up"
    );
    assert!(paths(&sandbox.scan(&["--disable", PAT])).is_empty());
}

#[test]
fn accepts_only_entries_of_the_baseline() {
    let sandbox = with_tokens(&["a.txt", "b.txt"]);
    let run = sandbox.run(["baseline", "create", "accepted.json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        sandbox.run(["scan", "--baseline", "accepted.json"]).code,
        Some(0)
    );
    // A finding on a line that moves is still accepted; another secret at the same place is not.
    let text = std::fs::read_to_string(sandbox.at("a.txt")).unwrap();
    sandbox.write("a.txt", format!("\n\n  {text}"));
    sandbox.write(
        "b.txt",
        format!("token = \"{}\"\n", sandbox.watch(a_token(77))),
    );
    assert_eq!(
        paths(&sandbox.scan(&["--baseline", "accepted.json"])),
        ["b.txt"]
    );
    let run = sandbox.run(["baseline", "prune", "accepted.json"]);
    assert!(run.stderr.contains("1 entry removed, 1 kept"), "{run:?}");
}

#[test]
fn prunes_only_entries_of_scanned_files() {
    let sandbox = with_tokens(&[
        "src/a.txt",
        "src/fixtures/b.txt",
        "src/fixtures/c.txt",
        "ignored.txt",
    ]);
    assert_eq!(
        sandbox.run(["baseline", "create", "accepted.json"]).code,
        Some(0)
    );
    // An entry from a report of `history`.
    let path = sandbox.at("accepted.json");
    let mut baseline: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let entries = baseline["findings"].as_array_mut().unwrap();
    let mut historic = entries[0].clone();
    historic["path"] = "old/gone.env".into();
    historic["fingerprint"] = format!("1:{}", "ab".repeat(32)).into();
    entries.push(historic);
    std::fs::write(&path, baseline.to_string()).unwrap();
    sandbox.git(&["init", "--quiet"]);
    sandbox.write(".gitignore", "ignored.txt\n");
    for file in ["src/a.txt", "src/fixtures/b.txt", "ignored.txt"] {
        sandbox.write(file, "clean\n");
    }
    std::fs::remove_file(sandbox.at("src/fixtures/c.txt")).unwrap();
    let left = |args: &[&str]| {
        let all = [&["baseline", "prune", "accepted.json"], args].concat();
        let run = sandbox.run(all);
        assert_eq!(run.code, Some(0), "{run:?}");
        let baseline: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let entries = baseline["findings"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["path"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        left(&["src/fixtures"]),
        [
            "ignored.txt",
            "old/gone.env",
            "src/a.txt",
            "src/fixtures/c.txt"
        ]
    );
    assert_eq!(
        left(&[]),
        ["ignored.txt", "old/gone.env", "src/fixtures/c.txt"]
    );
    assert_eq!(left(&["src", "--deleted"]), ["ignored.txt", "old/gone.env"]);
    assert_eq!(left(&["--deleted"]), ["ignored.txt"]);
}

#[test]
fn refuses_an_incomplete_allowlist() {
    let sandbox = with_tokens(&["a.txt"]);
    for (entry, expected) in [
        (
            "rules = ['gitlab-pat']\nreason = 'test data'",
            "unknown rule 'gitlab-pat'; did you mean 'gitlab-personal-access-token'?",
        ),
        (
            "paths = ['a.txt']\nreason = ''",
            "`reason` of `[[allow]]` 1 is empty",
        ),
        (
            "paths = ['a.txt']\nreason = ' '",
            "`reason` of `[[allow]]` 1 is empty",
        ),
    ] {
        sandbox.write(".tokensweep.toml", format!("[[allow]]\n{entry}\n"));
        let run = sandbox.run(["scan"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(expected), "{run:?}");
    }
    // A disabled rule exists.
    sandbox.write(
        ".tokensweep.toml",
        format!("disable = ['{PAT}']\n[[allow]]\nrules = ['{PAT}']\nreason = 'x'\n"),
    );
    assert_eq!(sandbox.run(["scan"]).code, Some(0));
    sandbox.write(".tokensweep.toml", "");
    for args in [
        ["scan", "--disable", "gitlab-pat"],
        ["rules", "show", "gitlab-pat"],
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("did you mean"), "{run:?}");
    }
}

#[test]
fn suppresses_a_finding_by_a_marker() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.watch(a_token(1)), sandbox.watch(a_token(2)));
    sandbox.write(
        "a",
        format!("x = {a} # tokensweep:allow\ny = {b} // gitleaks:allow\nz = {a}\n"),
    );
    let report = sandbox.scan(&[]);
    assert_eq!(places(&report), [("a".to_owned(), 3, PAT.to_owned())]);
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 2);
    assert_eq!(report["suppressed"][0]["suppression"]["kind"], "inline");
    assert_eq!(places(&sandbox.scan(&["--no-inline-allow"])).len(), 3);
}

#[test]
fn suppresses_the_token_of_the_running_job() {
    let sandbox = Sandbox::new();
    let own = format!("{}64_{}", "glcbt-", &a_token(1)[6..26]);
    let (own, other) = (sandbox.watch(own), sandbox.watch(a_token(2)));
    sandbox.write("a", format!("{own}\n{other}\n"));
    let run = sandbox.run_with(["scan", "--format", "json"], |command| {
        command.env("CI_JOB_TOKEN", &own);
    });
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(places(&report), [("a".to_owned(), 2, PAT.to_owned())]);
    assert_eq!(
        report["suppressed"][0]["suppression"]["kind"],
        "own-job-token"
    );
}

#[test]
fn reports_in_the_same_order_for_any_number_of_threads() {
    let names: Vec<String> = (0..300).map(|i| format!("{}/{i}.txt", i % 17)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sandbox = with_tokens(&names);
    let one = sandbox
        .run(["scan", "--format", "json", "--threads", "1"])
        .stdout;
    for threads in ["2", "7", "32"] {
        let many = sandbox
            .run(["scan", "--format", "json", "--threads", threads])
            .stdout;
        assert_eq!(one, many, "{threads} threads");
    }
}
