//! Commands that hooks suggest, run as a developer would paste them.

use std::path::Path;

use super::{git, with_program};
use crate::support::repo::Repo;

/// The replacement of an editor: it leaves the text as it is.
const KEEP: &str = "true";

/// Runs a line in a shell, in `folder` of the repository; returns whether it succeeded, and its output.
fn shell(repo: &Repo, folder: &str, line: &str) -> (bool, String) {
    let mut command = repo.sandbox.command("sh");
    with_program(&mut command);
    let output = command
        .args(["-c", line])
        .current_dir(repo.sandbox.at(folder))
        .env("GIT_EDITOR", KEEP)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// Returns the indented lines of a hook's message, without a GitLab prefix.
fn commands(told: &str) -> Vec<String> {
    let lines = told.lines().map(|line| {
        let line = line.strip_prefix("remote: ").unwrap_or(line);
        line.strip_prefix("GL-HOOK-ERR: ").unwrap_or(line)
    });
    lines
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| !line.starts_with(' ') && !line.starts_with("Edit, "))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn with_server() -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "/server\n");
    repo.git(&["init", "--quiet", "--bare", "server"]);
    repo.git(&["remote", "add", "origin", "./server"]);
    let run = repo.sandbox.run(["hook", "install", "pre-push"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    repo
}

fn push(repo: &Repo) -> (Option<i32>, String) {
    git(repo, &["push", "-q", "origin", "main"], |_| {})
}

/// Follows the advice of a stopped push: runs its first command, and at each stop removes the secrets from all
/// files and continues. Returns the number of stops.
fn rewrite(repo: &Repo, told: &str) -> usize {
    let all = commands(told);
    let [command] = &all[..] else {
        panic!("not one command: {all:?}\n{told}");
    };
    let mut stops = 0;
    let (mut succeeded, mut printed) = shell(repo, ".", command);
    while Path::new(&repo.sandbox.at(".git/rebase-merge")).exists() {
        stops += 1;
        assert!(stops < 10, "{succeeded} {printed}");
        let line = "sed -i.bak 's/glpat-.*/out/' *.txt; rm -f *.bak; git add --all; \
                    git commit --quiet --amend --no-edit; git -c core.editor=true rebase --continue";
        (succeeded, printed) = shell(repo, ".", line);
    }
    assert!(succeeded, "{printed}");
    stops
}

#[test]
fn suggests_a_rebase_after_which_the_push_passes() {
    for from_root in [false, true] {
        let repo = with_server();
        if !from_root {
            repo.commit("base");
            assert_eq!(push(&repo), (Some(0), String::new()));
        }
        repo.commit_file("a.txt", format!("{}\n", repo.token(1)));
        repo.commit_file("clean.txt", "clean\n");
        repo.commit_file("b.txt", format!("{}\n", repo.token(2)));
        repo.commit_file("more.txt", "more\n");
        let (code, told) = push(&repo);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("Remove it from 2 commits"), "{told}");
        assert_eq!(told.contains("--root"), from_root, "{told}");
        assert_eq!(rewrite(&repo, &told), 2, "{told}");
        assert_eq!(push(&repo), (Some(0), String::new()));
        let count = repo.git(&["rev-list", "--count", "main"]);
        assert_eq!(count, if from_root { "4\n" } else { "5\n" });
    }
}

#[test]
fn keeps_merges_when_an_older_commit_is_edited() {
    let repo = with_server();
    repo.commit("base");
    assert_eq!(push(&repo).0, Some(0));
    repo.branch("side", "main");
    repo.commit_file("a.txt", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("b.txt", "b\n");
    repo.git(&["merge", "--quiet", "--no-edit", "side"]);
    let (code, told) = push(&repo);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("--rebase-merges"), "{told}");
    assert_eq!(rewrite(&repo, &told), 1);
    assert_eq!(push(&repo), (Some(0), String::new()));
    assert_eq!(
        repo.git(&["rev-list", "--merges", "--count", "main"]),
        "1\n"
    );
}

#[test]
fn edits_a_merge_on_a_branch_that_is_not_checked_out() {
    let repo = with_server();
    repo.commit("base");
    assert_eq!(push(&repo).0, Some(0));
    // Settings that change the list of a rebase.
    repo.git(&["config", "core.abbrev", "4"]);
    repo.git(&["config", "rebase.abbreviateCommands", "true"]);
    repo.branch("side", "main");
    repo.commit_file("a.txt", format!("{}\n", repo.token(1)));
    repo.branch("work", "main");
    repo.commit_file("b.txt", "b\n");
    repo.git(&["merge", "--quiet", "--no-commit", "side"]);
    repo.write("merged.txt", format!("{}\n", repo.token(2)));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--no-edit"]);
    repo.git(&["switch", "--quiet", "main"]);
    let push = || git(&repo, &["push", "-q", "origin", "work"], |_| {});
    let (code, told) = push();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Remove it from 2 commits"), "{told}");
    assert_eq!(rewrite(&repo, &told), 2, "{told}");
    assert_eq!(push(), (Some(0), String::new()));
    let merges = repo.git(&["rev-list", "--merges", "--count", "work"]);
    assert_eq!(merges, "1\n");
}

#[test]
fn rewrites_the_message_of_a_tag() {
    let repo = with_server();
    repo.commit("base");
    assert_eq!(push(&repo).0, Some(0));
    let message = format!("key {}", repo.token(1));
    repo.git(&["tag", "--annotate", "v1.0", "--message", &message]);
    let push_tag = || git(&repo, &["push", "-q", "origin", "v1.0"], |_| {});
    let (code, told) = push_tag();
    assert_eq!(code, Some(1), "{told}");
    let all = commands(&told);
    let [command] = &all[..] else {
        panic!("{told}");
    };
    assert!(
        command.starts_with("git tag --force --annotate v1.0 "),
        "{command}"
    );
    let (succeeded, printed) = shell(&repo, ".", &format!("{command} --message clean"));
    assert!(succeeded, "{printed}");
    assert_eq!(push_tag().0, Some(0));
}

#[test]
fn unstages_files_of_any_name_from_any_folder() {
    let repo = Repo::new();
    repo.commit("base");
    let names = [
        "a.txt", "b c.txt", "d/e.txt", "f'g.txt", "h.txt", "i.txt", "j.txt", "k.txt",
    ];
    for (seed, name) in (1..).zip(names) {
        repo.write(name, format!("{}\n", repo.token(seed)));
    }
    let stop = |expected: usize| {
        repo.git(&["add", "--all"]);
        let run = repo.sandbox.run(["hook", "pre-commit"]);
        assert_eq!(run.code, Some(1), "{run:?}");
        let all = commands(&run.stderr);
        let command = all.last().unwrap().clone();
        let (succeeded, printed) = shell(&repo, "d", &command);
        assert!(succeeded, "{command}: {printed}");
        assert_eq!(
            repo.git(&["diff", "--cached", "--name-only"]),
            "",
            "{command}"
        );
        assert!(command.matches(".txt").count() >= expected, "{command}");
        command
    };
    assert!(stop(8).starts_with("git restore --staged -- "));
    for odd in ["line\nbreak.txt", "*.txt", ":(top)x.txt", "[a].txt"] {
        repo.write(odd, format!("{}\n", repo.token(20)));
    }
    assert!(stop(8).starts_with("printf "));
}

#[test]
fn reports_a_missing_program_of_a_hook() {
    let repo = Repo::new();
    assert_eq!(repo.sandbox.run(["hook", "install"]).code, Some(0));
    repo.write("file", "clean\n");
    repo.git(&["add", "--all"]);
    let output = repo
        .sandbox
        .command("sh")
        .arg(repo.sandbox.at(".git/hooks/pre-commit"))
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("needs tokensweep, which is not on the PATH"),
        "{told}"
    );
    assert!(told.contains("--no-verify"), "{told}");
}
