//! `tokensweep staged`: the contents that `git commit` would record, independent of files on disk.

use std::process::Command;

use crate::support::repo::{Found, Repo, at, complete, try_git};

fn new(path: &str, line: u64) -> Found {
    at("", path, line)
}

#[test]
fn reads_the_index_and_not_the_disk() {
    let repo = Repo::new();
    let (old, staged, later, untracked) =
        (repo.token(1), repo.token(2), repo.token(3), repo.token(4));
    repo.write("moved", format!("{old}\nx\n"));
    repo.commit_file("kept", format!("{old}\n"));
    repo.write("moved", format!("x\n{old}\n"));
    repo.write("a/b/c", format!("x\n{staged}\n"));
    repo.git(&["add", "--all"]);
    repo.write("a/b/c", "clean on disk\n");
    repo.write("kept", format!("{later}\n"));
    repo.write("untracked", format!("{untracked}\n"));
    assert_eq!(repo.staged(), [new("a/b/c", 2)]);
    repo.git(&["add", "kept"]);
    repo.git(&["rm", "--quiet", "--force", "--cached", "a/b/c"]);
    assert_eq!(repo.staged(), [new("kept", 1)]);
}

#[test]
fn reports_everything_before_the_first_commit() {
    let repo = Repo::new();
    assert_eq!(repo.staged(), []);
    repo.write("a", format!("{}\n", repo.token(1)));
    assert_eq!(repo.staged(), []);
    repo.git(&["add", "."]);
    assert_eq!(repo.staged(), [new("a", 1)]);
}

#[test]
fn follows_renames() {
    let repo = Repo::new();
    let (old, more) = (repo.token(1), repo.token(2));
    let text = format!("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n{old}\n");
    repo.commit_file("d/a", &text);
    repo.git(&["mv", "d/a", "b"]);
    assert_eq!(repo.staged(), []);
    repo.write("b", format!("{text}{more}\n"));
    repo.git(&["add", "."]);
    assert_eq!(repo.staged(), [new("b", 12)]);
    repo.git(&["reset", "--quiet", "--hard"]);
    repo.write("copy", &text);
    repo.git(&["add", "."]);
    assert_eq!(repo.staged(), [new("copy", 11)]);
}

#[test]
fn reads_the_index_that_git_names() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    repo.write("a", format!("{}\n", repo.token(1)));
    let prepare = |command: &mut Command| {
        command.env("GIT_INDEX_FILE", ".git/other");
    };
    let mut add = repo.sandbox.command("git");
    prepare(&mut add);
    assert!(add.args(["add", "a"]).status().unwrap().success());
    assert_eq!(repo.staged(), []);
    let args = ["staged", "--format=json"];
    let run = repo.sandbox.run_with(args, prepare);
    assert_eq!(complete(&run), [new("a", 1)]);
    // A given repository takes precedence over the one that Git names.
    let run = repo.sandbox.run_with(args.iter().chain(&["."]), prepare);
    assert_eq!(complete(&run), []);
    // From elsewhere, with the variables alone.
    let elsewhere = tempfile::tempdir().unwrap();
    let run = repo.sandbox.run_with(args, |command| {
        command.current_dir(elsewhere.path());
        command.env("GIT_DIR", repo.sandbox.at(".git"));
        command.env("GIT_INDEX_FILE", repo.sandbox.at(".git/other"));
    });
    assert_eq!(complete(&run), [new("a", 1)]);
}

#[test]
fn ignores_files_added_with_intent_to_add() {
    let repo = Repo::new();
    let base = repo.commit_file("a", "a\n");
    repo.write("announced", format!("{}\n", repo.token(1)));
    repo.git(&["add", "--intent-to-add", "announced"]);
    let entry = format!("160000,{base},sub");
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    assert_eq!(repo.staged(), []);
    repo.git(&["add", "announced"]);
    assert_eq!(repo.staged(), [new("announced", 1)]);
}

#[test]
fn compares_with_both_sides_during_a_merge() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    repo.branch("work", "main");
    repo.commit_file("ours", "x\n");
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("theirs", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "work"]);
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "main"]);
    assert_eq!(repo.staged(), []);
    repo.write("a", format!("{}\n", repo.token(2)));
    repo.git(&["add", "a"]);
    assert_eq!(repo.staged(), [new("a", 1)]);
}

#[test]
fn scans_both_sides_of_a_conflict() {
    let repo = Repo::new();
    repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.branch("work", "main");
    repo.commit_file("a", "ours\n");
    repo.git(&["switch", "--quiet", "main"]);
    let picked = repo.commit_file("a", format!("x\n{}\n", repo.token(2)));
    repo.git(&["switch", "--quiet", "work"]);
    let (code, _) = try_git(&repo.sandbox, &["cherry-pick", &picked]);
    assert_eq!(code, Some(1));
    assert_eq!(repo.git(&["ls-files", "--unmerged"]).lines().count(), 3);
    // Theirs is new here. The merge base would not be recorded.
    assert_eq!(repo.staged(), [new("a", 2)]);
    repo.write("a", "resolved\n");
    repo.git(&["add", "a"]);
    assert_eq!(repo.staged(), []);
}

#[test]
fn unpacks_a_sparse_index() {
    let repo = Repo::new();
    let (old, new_one) = (repo.token(1), repo.token(2));
    repo.write("out/deep/old", format!("{old}\n"));
    repo.write("out/same", "same\n");
    repo.commit_file("in/a", "a\n");
    repo.branch("other", "main");
    repo.write("out/deep/leak", format!("{new_one}\n"));
    repo.commit("in a folder that will not be checked out");
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let listed = repo.git(&["ls-files", "--sparse"]);
    assert_eq!(listed, "in/a\nout/\n", "the index is not sparse");
    assert_eq!(repo.staged(), []);
    // The folder of the other branch, as one entry of the index.
    repo.git(&["switch", "--quiet", "other"]);
    repo.git(&["reset", "--quiet", "--soft", "main"]);
    assert_eq!(repo.git(&["ls-files", "--sparse"]), "in/a\nout/\n");
    assert_eq!(repo.staged(), [new("out/deep/leak", 1)]);
    // A file in a folder that is not checked out was not moved.
    repo.git(&["reset", "--quiet", "--hard", "main"]);
    repo.write("in/copy", format!("{old}\n"));
    repo.git(&["add", "in/copy"]);
    assert_eq!(repo.staged(), [new("in/copy", 1)]);
}

#[test]
fn reads_a_split_index() {
    let repo = Repo::new();
    for i in 0..40 {
        repo.write(&format!("d/{i}"), format!("{i}\n"));
    }
    repo.commit("base");
    repo.git(&["update-index", "--split-index"]);
    repo.write("d/20", format!("{}\n", repo.token(1)));
    repo.write("d/5x", format!("{}\n", repo.token(2)));
    repo.git(&["add", "--all"]);
    repo.git(&["rm", "--quiet", "d/30"]);
    let shared = std::fs::read_dir(repo.sandbox.at(".git")).unwrap();
    let is_shared = |name: std::ffi::OsString| name.to_string_lossy().starts_with("sharedindex.");
    let shared = shared
        .map(Result::unwrap)
        .find(|entry| is_shared(entry.file_name()))
        .unwrap();
    assert_eq!(repo.staged(), [new("d/20", 1), new("d/5x", 1)]);
    std::fs::remove_file(shared.path()).unwrap();
    let run = repo.scan(&["staged"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.starts_with("error: cannot read the index"),
        "{run:?}"
    );
}

#[test]
fn reports_a_damaged_index() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    let path = repo.sandbox.at(".git/index");
    let whole = std::fs::read(&path).unwrap();
    for damaged in [
        &whole[..whole.len() / 2],
        b"DIRC",
        b"",
        b"not an index at all",
    ] {
        std::fs::write(&path, damaged).unwrap();
        let run = repo.scan(&["staged"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.stderr.starts_with("error: cannot read the index '"),
            "{run:?}"
        );
    }
}

#[test]
fn reads_the_index_of_a_linked_worktree() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    repo.git(&["worktree", "add", "--quiet", "tree"]);
    repo.write("tree/b", format!("{}\n", repo.token(1)));
    repo.git(&["-C", "tree", "add", "b"]);
    assert_eq!(repo.staged(), []);
    assert_eq!(complete(&repo.scan(&["staged", "tree"])), [new("b", 1)]);
}

#[cfg(unix)]
#[test]
fn scans_the_text_of_a_staged_link() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    let target = format!("https://x:{}@gitlab.example", repo.token(1));
    std::os::unix::fs::symlink(target, repo.sandbox.at("link")).unwrap();
    repo.git(&["add", "."]);
    assert_eq!(repo.staged(), [new("link", 1)]);
}

#[test]
fn runs_no_program_that_the_repository_names() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    repo.write(".gitattributes", "* filter=evil diff=evil\n");
    repo.write("b", format!("{}\n", repo.token(1)));
    repo.git(&["add", "."]);
    for key in [
        "core.fsmonitor",
        "core.pager",
        "filter.evil.smudge",
        "diff.evil.textconv",
    ] {
        repo.git(&["config", key, "touch ran; cat"]);
    }
    assert_eq!(repo.staged(), [new("b", 1)]);
    assert!(!repo.sandbox.at("ran").exists());
}
