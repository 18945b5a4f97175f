//! Commits and pushes in a repository with the hooks.

use super::{SCREEN, git};
use crate::support::repo::Repo;

fn with_hook(name: &str) -> Repo {
    let repo = Repo::new();
    let run = repo.sandbox.run(["hook", "install", name]);
    assert_eq!(run.code, Some(0), "{run:?}");
    repo
}

#[test]
fn stops_a_commit_with_a_secret_and_explains_it() {
    let repo = with_hook("pre-commit");
    repo.write("a b/leak.yml", format!("x: 1\ntoken: {}\n", repo.token(1)));
    repo.git(&["add", "."]);
    let commit = |args: &[&str]| git(&repo, &[&["commit", "-qm", "m"], args].concat(), |_| {});
    let (code, told) = commit(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(" --> a b/leak.yml:2:8\n"), "{told}");
    assert!(
        told.ends_with(
            "The commit contains 1 secret. Nothing was committed.\n\
             Remove it from the file and stage the file again, or unstage the file:\n    \
             git rm --cached -- ':/a b/leak.yml'\n\
             If it is a false positive, add this comment to its line: tokensweep:allow\n"
        ),
        "{told}"
    );
    assert!(told.lines().count() <= SCREEN, "{told}");

    repo.git(&["rm", "--quiet", "--cached", "a b/leak.yml"]);
    repo.write("clean", "clean\n");
    repo.git(&["add", "clean"]);
    assert_eq!(commit(&[]), (Some(0), String::new()));

    // `commit --all` and `commit PATH` use an index of their own.
    repo.write("clean", format!("{}\n", repo.token(2)));
    for args in [&["--all"][..], &["clean"]] {
        let (code, told) = commit(args);
        assert_eq!(code, Some(1), "{told}");
        assert!(
            told.contains("\n    git restore --staged -- :/clean\n"),
            "{told}"
        );
    }
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "1\n");
    assert_eq!(commit(&["--all", "--no-verify"]).0, Some(0));
    // A secret in HEAD is not new, and the hook works in a linked worktree.
    repo.write("clean", format!("more\n{}\n", repo.token(2)));
    assert_eq!(commit(&["--all"]), (Some(0), String::new()));
    repo.git(&["worktree", "add", "--quiet", "tree"]);
    repo.write("tree/new", format!("{}\n", repo.token(3)));
    repo.git(&["-C", "tree", "add", "new"]);
    let (code, told) = git(&repo, &["-C", "tree", "commit", "-qm", "m"], |_| {});
    assert_eq!(code, Some(1), "{told}");
}

#[test]
fn stops_a_push_with_a_secret_however_it_is_pushed() {
    let repo = with_hook("pre-push");
    repo.write(".gitignore", "/server\n");
    repo.commit("base");
    repo.git(&["init", "--quiet", "--bare", "server"]);
    repo.git(&["remote", "add", "origin", "./server"]);
    let push = |args: &[&str]| git(&repo, &[&["push", "-q"], args].concat(), |_| {});
    assert_eq!(push(&["origin", "main"]), (Some(0), String::new()));

    let leak = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    let (code, told) = push(&["origin", "main"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(" --> leak:1:1\n"), "{told}");
    assert!(
        told.contains(&format!(
            "The push contains 1 secret. Nothing was pushed.\n\
             Remove it from commit {short}, the newest, then push again:\n    \
             git commit --amend\n\
             If it is a false positive, add this comment to its line, in that commit: \
             tokensweep:allow\n",
            short = &leak[..12]
        )),
        "{told}"
    );
    assert!(told.lines().count() <= SCREEN, "{told}");

    // As a new branch, and behind a commit that removes it.
    repo.git(&["rm", "--quiet", "leak"]);
    repo.commit("taken out");
    let (code, told) = push(&["origin", "main:new"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!(" rebase --interactive {}^\n", &leak[..12])),
        "{told}"
    );

    // Commits on any branch of the remote are not new.
    assert_eq!(push(&["--no-verify", "origin", "main"]).0, Some(0));
    assert_eq!(push(&["origin", "main:new"]), (Some(0), String::new()));
    assert_eq!(
        push(&["origin", "--delete", "new"]),
        (Some(0), String::new())
    );
    // Of an address, only the pushed ref is known.
    assert_eq!(push(&["./server", "main:newer"]).0, Some(1));

    repo.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    repo.commit_file("clean", "clean\n");
    assert_eq!(
        push(&["--force", "origin", "main"]),
        (Some(0), String::new())
    );
    repo.write("clean", format!("{}\n", repo.token(2)));
    repo.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    assert_eq!(push(&["--force", "origin", "main"]).0, Some(1));
}

#[test]
fn reads_the_push_from_the_pre_commit_framework() {
    let repo = Repo::new();
    let base = repo.commit("base");
    let leak = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    repo.git(&["rm", "--quiet", "leak"]);
    let head = repo.commit("taken out");
    let run = |variables: &[(&str, &str)]| {
        repo.sandbox.run_with(["hook", "pre-push"], |command| {
            command
                .env("PRE_COMMIT", "1")
                .envs(variables.iter().copied());
        })
    };
    let from_to = |from, to| run(&[("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)]);
    assert_eq!(from_to(&base, &head).code, Some(1));
    assert_eq!(from_to(&leak, &head).code, Some(0));
    assert_eq!(from_to("main~1", "main").code, Some(0));
    // A branch that the remote does not have, and a run by hand.
    let remote = ("PRE_COMMIT_REMOTE_NAME", "origin");
    assert_eq!(
        run(&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"), remote]).code,
        Some(1)
    );
    assert_eq!(run(&[]).code, Some(1));
    // In a container, neither Git nor the framework names the push.
    assert_eq!(repo.sandbox.run(["hook", "pre-push"]).code, Some(1));
    repo.git(&["update-ref", "refs/remotes/origin/main", &head]);
    assert_eq!(run(&[]).code, Some(0));
}
