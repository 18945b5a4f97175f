//! Pushes to a bare repository with the pre-receive hook.

use std::process::Command;

use super::{SCREEN, git};
use crate::support::repo::Repo;

/// Creates a repository with one commit, and the bare repository `server` with it and a hook that runs the program
/// with `options`.
pub(super) fn with_server(options: &str) -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "/server\n/log\n");
    repo.commit("base");
    repo.git(&["clone", "--quiet", "--bare", ".", "server"]);
    repo.git(&[
        "-C",
        "server",
        "config",
        "receive.advertisePushOptions",
        "true",
    ]);
    repo.git(&["remote", "add", "origin", "./server"]);
    repo.git(&["fetch", "--quiet", "origin"]);
    let hook = format!("#!/bin/sh\nexec tokensweep hook pre-receive {options}\n");
    executable(&repo, "server/hooks/pre-receive", &hook);
    repo
}

fn executable(repo: &Repo, path: &str, text: &str) {
    repo.write(path, text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(repo.sandbox.at(path), mode).unwrap();
    }
}

pub(super) fn push(repo: &Repo, args: &[&str]) -> (bool, String) {
    push_with(repo, args, |_| {})
}

fn push_with(repo: &Repo, args: &[&str], prepare: impl FnOnce(&mut Command)) -> (bool, String) {
    let all = [&["push", "origin"], args].concat();
    let (code, text) = git(repo, &all, prepare);
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("remote: "));
    let output: Vec<&str> = lines.map(str::trim_end).collect();
    if code == Some(0) {
        (true, output.join("\n"))
    } else {
        assert!(text.contains("pre-receive hook declined"), "{text}");
        (false, output.join("\n"))
    }
}

fn gitlab(command: &mut Command) {
    command.env("GL_ID", "user-7").env("GL_USERNAME", "a user");
    command
        .env("GL_REPOSITORY", "project-3")
        .env("GL_PROJECT_PATH", "group/project");
}

#[test]
fn refuses_a_secret_with_the_reason_and_accepts_a_clean_push() {
    let repo = with_server("");
    repo.commit_file("clean", "clean\n");
    assert_eq!(push(&repo, &["main"]), (true, String::new()));

    let leak = repo.commit_file("d/leak.yml", format!("x: 1\ntoken: {}\n", repo.token(1)));
    let (passed, output) = push_with(&repo, &["main"], gitlab);
    assert!(!passed);
    let short = &leak[..12];
    let title = "GitLab personal, project or group access token";
    for line in [
        format!("critical[gitlab-personal-access-token]: {title} (confidence: high)"),
        " --> d/leak.yml:2:8".to_owned(),
        "GL-HOOK-ERR: Push refused: it contains 1 secret.".to_owned(),
        format!("GL-HOOK-ERR: {title} in d/leak.yml, line 2, commit {short}"),
        format!("GL-HOOK-ERR: Remove it from commit {short}, the newest, then push again:"),
        "GL-HOOK-ERR:     git commit --amend".to_owned(),
        "GL-HOOK-ERR: If it is a false positive, add this comment to its line, in that commit: \
         tokensweep:allow"
            .to_owned(),
    ] {
        assert!(
            output.lines().any(|printed| printed == line),
            "{line}\nis not in\n{output}"
        );
    }
    assert!(output.lines().count() <= SCREEN, "{output}");
    // Outside of GitLab the prefix would be noise.
    let (passed, output) = push(&repo, &["main"]);
    assert!(!passed && !output.contains("GL-HOOK-ERR"), "{output}");
    assert!(
        output.contains("\nPush refused: it contains 1 secret.\n"),
        "{output}"
    );

    // It passes with a marker in its commit; so does a commit without it.
    let text = std::fs::read_to_string(repo.sandbox.at("d/leak.yml")).unwrap();
    repo.write(
        "d/leak.yml",
        text.replace("\ntoken", "\n#tokensweep:allow\ntoken"),
    );
    repo.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    assert!(!push(&repo, &["main"]).0, "the mark is on another line");
    repo.write(
        "d/leak.yml",
        format!("{} # tokensweep:allow\n", text.trim_end()),
    );
    repo.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let (passed, output) = push(&repo, &["main"]);
    let short = &repo.head()[..12];
    let expected = format!(
        "tokensweep: suppressed by an inline marker: {title} in d/leak.yml, line 2, commit {short}"
    );
    assert!(passed && output.trim_end() == expected, "{output}");
}

#[test]
fn scans_commits_that_only_refs_outside_of_branches_and_tags_have() {
    let repo = with_server("");
    repo.branch("fork", "main");
    let leak = repo.commit_file("a", format!("{}\n", repo.token(1)));
    // GitLab fetches the branch of a fork's merge request without a hook.
    let server = repo.sandbox.at("server");
    let server = server.to_str().unwrap();
    let to = format!("{leak}:refs/merge-requests/1/head");
    repo.git(&["-C", server, "fetch", "--quiet", "..", &to]);
    assert!(!push(&repo, &["fork"]).0);
    repo.git(&[
        "-C",
        server,
        "fetch",
        "--quiet",
        "..",
        &format!("{leak}:refs/heads/old"),
    ]);
    assert_eq!(push(&repo, &["fork"]), (true, String::new()));
}

#[test]
fn scans_new_branches_force_pushes_and_tags() {
    let repo = with_server("");
    let token = repo.token(1);
    repo.branch("work", "main");
    repo.commit_file("a", format!("{token}\n"));
    repo.git(&["rm", "--quiet", "a"]);
    repo.commit("taken out too late");
    assert!(!push(&repo, &["work"]).0, "a new branch");

    repo.git(&["reset", "--quiet", "--hard", "main"]);
    repo.commit_file("b", "b\n");
    assert_eq!(push(&repo, &["work"]), (true, String::new()));
    repo.git(&["commit", "--quiet", "--amend", "--message=other"]);
    assert_eq!(push(&repo, &["--force", "work"]), (true, String::new()));
    repo.write("b", format!("{token}\n"));
    repo.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    assert!(!push(&repo, &["--force", "work"]).0, "a force push");
    assert!(
        !push(&repo, &["--force", "work", "main:refs/heads/more"]).0,
        "one of two"
    );
    assert_eq!(push(&repo, &["--delete", "work"]), (true, String::new()));

    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&["tag", "--annotate", "v1", "--message", &token]);
    assert!(!push(&repo, &["v1"]).0, "a tag");
    repo.git(&["tag", "light"]);
    assert_eq!(push(&repo, &["light"]), (true, String::new()));
    // Refs that do not name a commit.
    repo.write("loose", format!("{token}\n"));
    let blob = repo.git(&["hash-object", "-w", "loose"]);
    let to_blob = format!("{}:refs/tags/blob", blob.trim());
    assert!(!push(&repo, &[&to_blob]).0, "a blob");
    repo.git(&["add", "loose"]);
    let tree = repo.git(&["write-tree"]);
    let to_tree = format!("{}:refs/tags/tree", tree.trim());
    assert!(!push(&repo, &[&to_tree]).0, "a tree");
}

#[test]
fn scans_a_push_that_is_kept_as_a_pack() {
    let repo = with_server("");
    for i in 0..150 {
        repo.write(&format!("files/{i}"), format!("file {i}\n"));
    }
    repo.write("files/leak", format!("{}\n", repo.token(1)));
    repo.git(&["-C", "server", "config", "receive.unpackLimit", "1"]);
    repo.commit("many");
    let (passed, output) = push(&repo, &["main"]);
    assert!(
        !passed && output.contains(" --> files/leak:1:1"),
        "{output}"
    );
}

#[test]
fn accepts_the_push_option_only_with_a_log() {
    let repo = with_server("");
    repo.commit_file("a", format!("{}\n", repo.token(1)));
    let skip = ["--push-option=tokensweep.skip", "main"];
    let (passed, output) = push(&repo, &skip);
    assert!(!passed);
    assert!(output.starts_with("tokensweep: the push option tokensweep.skip has no effect here\n"));

    let repo = with_server("--skip-log ../log");
    let before = repo.head();
    let after = repo.commit_file("a", format!("{}\n", repo.token(1)));
    let (passed, output) = push(&repo, &["--push-option=other", "main"]);
    assert!(!passed);
    let how = "To push anyway, which is logged: git push --push-option=tokensweep.skip";
    assert!(output.ends_with(how), "{output}");
    let (passed, output) = push_with(&repo, &skip, gitlab);
    assert!(passed);
    assert_eq!(
        output,
        "tokensweep: not scanned because of the push option tokensweep.skip; this was logged"
    );
    let log = std::fs::read_to_string(repo.sandbox.at("log")).unwrap();
    let (when, rest) = log.split_once(' ').unwrap();
    assert!(when.ends_with('Z') && when.starts_with("20"), "{log}");
    let who = "user=a\\x20user id=user-7 project=group/project";
    assert_eq!(rest, format!("{who} refs/heads/main:{before}..{after}\n"));
}

#[test]
fn refuses_a_skip_that_cannot_be_logged() {
    let repo = with_server("--skip-log /nonexistent/log");
    repo.commit_file("a", format!("{}\n", repo.token(1)));
    let (passed, output) = push_with(&repo, &["--push-option=tokensweep.skip", "main"], gitlab);
    assert!(!passed);
    assert!(
        output.starts_with("GL-HOOK-ERR: Cannot scan the push: cannot write the log"),
        "{output}"
    );
}

#[test]
fn refuses_or_allows_at_a_limit_as_configured() {
    for (options, passes) in [
        ("--max-bytes 1000", false),
        ("--max-bytes 1000 --on-limit allow", true),
        ("--max-bytes 1000000", true),
        ("--timeout 0", false),
        ("--timeout 0 --on-limit allow", true),
    ] {
        let repo = with_server(options);
        repo.commit_file("large", "some text\n".repeat(1000));
        let (passed, output) = push(&repo, &["main"]);
        assert_eq!(passed, passes, "{options}: {output}");
        let expected = match options {
            "--max-bytes 1000" => {
                "Not everything was scanned: it exceeds --max-bytes (1000 bytes); the push was \
                 refused."
            }
            "--max-bytes 1000 --on-limit allow" => {
                "Not everything was scanned: it exceeds --max-bytes (1000 bytes); the rest \
                 passes unscanned."
            }
            "--max-bytes 1000000" => "",
            _ => continue,
        };
        assert_eq!(output, expected, "{options}");
    }
    // Findings before the limit refuse the push.
    let repo = with_server("--max-bytes 1000 --on-limit allow --threads 1");
    repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.commit_file("large", "some text\n".repeat(1000));
    assert!(!push(&repo, &["main"]).0);
}

#[test]
fn rejects_input_that_git_would_not_send() {
    let repo = with_server("");
    let input = repo.sandbox.write("input", "one two\n");
    let run = repo.sandbox.run_with(["hook", "pre-receive"], |command| {
        command.stdin(std::fs::File::open(&input).unwrap());
    });
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "Cannot scan the push: unexpected standard input: a line has 2 words \
         instead of 3\n"
    );
}
