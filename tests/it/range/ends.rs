//! The ends of a range: roots, shallow clones, missing commits.

use crate::support::repo::{Repo, at, complete};
use crate::support::sandbox::{Run, Sandbox};

/// Every such message ends with advice.
const DEEPEN: &str = "get more of the history: 'git fetch --deepen=50' (again if that is not enough) \
                      or 'git fetch --unshallow'; in GitLab CI/CD: GIT_DEPTH: 0\n";

#[track_caller]
fn refused(run: &Run, message: &str) {
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stderr, format!("error: {message}"));
    assert_eq!(run.stdout, "");
}

#[test]
fn reports_everything_in_a_root_commit() {
    let repo = Repo::new();
    let root = repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "--orphan", "other"]);
    repo.commit_file("b", "b\n");
    assert_eq!(repo.range("other..main"), [at(&root, "a", 1)]);
    refused(
        &repo.scan(&["range", "other...main"]),
        &format!("'other' and 'main' have no commit in common here; if they should: {DEEPEN}"),
    );
    // A branch that merges an unrelated one.
    repo.git(&[
        "merge",
        "--quiet",
        "--no-edit",
        "--allow-unrelated-histories",
        "main",
    ]);
    assert_eq!(repo.range("other^1..other"), [at(&root, "a", 1)]);
}

#[test]
fn starts_three_dots_at_the_merge_base() {
    let repo = Repo::new();
    repo.commit("base");
    repo.branch("work", "main");
    let ours = repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "main"]);
    let theirs = repo.commit_file("b", format!("{}\n", repo.token(2)));
    assert_eq!(repo.range("main...work"), [at(&ours, "a", 1)]);
    assert_eq!(repo.range("work...main"), [at(&theirs, "b", 1)]);
    assert_eq!(repo.range("...work"), [at(&ours, "a", 1)]);
    assert_eq!(repo.range("main..main"), []);
    assert_eq!(repo.range("main...main"), []);
}

#[test]
fn refuses_invalid_ranges_and_revisions() {
    let repo = Repo::new();
    repo.commit("base");
    refused(
        &repo.scan(&["range", "main"]),
        "invalid commit range 'main': expected BASE..HEAD, or BASE...HEAD for what HEAD adds since the merge base\n",
    );
    refused(
        &repo.scan(&["range", "gone..main"]),
        "'gone' is not in this repository; 'git branch --all' and 'git tag' list the names that exist\n",
    );
    let id = "1234567890".repeat(4);
    refused(
        &repo.scan(&["range", &format!("{id}..main")]),
        &format!("'{id}' is not in this repository; fetch it: 'git fetch origin ID'\n"),
    );
    refused(
        &repo.scan(&["range", "main^{tree}..main"]),
        "'main^{tree}' is a tree, not a commit\n",
    );
    let empty = Sandbox::new();
    let run = empty.run(["range", "a..b"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stderr, "error: '.' is not inside a Git repository\n");
}

/// Clones the last `depth` commits of `main`.
fn shallow_clone(repo: &Repo, depth: u64) {
    let url = format!("file://{}", repo.sandbox.path().display());
    let depth = format!("--depth={depth}");
    repo.git(&["clone", "--quiet", "--branch=main", &depth, &url, "clone"]);
}

#[test]
fn refuses_a_clone_that_ends_within_the_range() {
    let repo = Repo::new();
    let old = repo.commit_file("old", format!("{}\n", repo.token(1)));
    repo.commit_file("b", "b\n");
    let edge = repo.commit_file("c", "c\n");
    let leak = repo.commit_file("leak", format!("{}\n", repo.token(2)));
    shallow_clone(&repo, 2);
    let scan = |range: &str| repo.scan(&["range", range, "clone"]);

    // The range begins at the end of the clone: nothing is missing.
    assert_eq!(complete(&scan("HEAD~1..HEAD")), [at(&leak, "leak", 1)]);
    refused(
        &scan(&format!("{old}..HEAD")),
        &format!("'{old}' is not in this repository; {DEEPEN}"),
    );
    // The end of the clone seems to add every file.
    repo.git(&["-C", "clone", "switch", "--quiet", "--orphan", "other"]);
    repo.git(&[
        "-C",
        "clone",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message=x",
    ]);
    for range in ["other..origin/main", "other...origin/main"] {
        refused(
            &scan(range),
            &format!(
                "the clone is shallow and ends within the range, at commit {edge}: what it adds \
                 is unknown; {DEEPEN}"
            ),
        );
    }
    repo.git(&["-C", "clone", "fetch", "--quiet", "--unshallow"]);
    assert_eq!(
        complete(&scan(&format!("{old}..origin/main"))),
        [at(&leak, "leak", 1)]
    );
}

#[test]
fn reads_bare_and_sha256_repositories_and_subfolders() {
    let repo = Repo::new();
    repo.commit("base");
    let leak = repo.commit_file("a/b/c", format!("{}\n", repo.token(1)));
    repo.git(&["clone", "--quiet", "--bare", ".", "bare"]);
    for path in ["bare", "a/b", "."] {
        let run = repo.scan(&["range", "main~1..main", path]);
        assert_eq!(complete(&run), [at(&leak, "a/b/c", 1)], "{path}");
    }
    repo.git(&["init", "--quiet", "--object-format=sha256", "wide"]);
    repo.write("wide/a", format!("{}\n", repo.token(2)));
    let git = |args: &[&str]| repo.git(&[&["-C", "wide"], args].concat());
    git(&["commit", "--quiet", "--allow-empty", "--message=base"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=leak"]);
    let run = repo.scan(&["range", "HEAD~1..HEAD", "wide"]);
    let id = git(&["rev-parse", "HEAD"]);
    assert_eq!(complete(&run), [at(id.trim(), "a", 1)]);
}

#[test]
fn reads_a_repository_of_another_owner() {
    let repo = Repo::new();
    repo.commit("base");
    let leak = repo.commit_file("a", format!("{}\n", repo.token(1)));
    let run = repo
        .sandbox
        .run_with(["range", "HEAD~1..HEAD", "--format=json"], |command| {
            command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
        });
    assert_eq!(complete(&run), [at(&leak, "a", 1)]);
}

#[test]
fn tolerates_wrong_clocks() {
    let repo = Repo::new();
    let commit = |date: &str, path: &str, text: String| {
        repo.write(path, text);
        repo.git(&["add", "--all"]);
        let mut command = repo.sandbox.command("git");
        command.args(["commit", "--quiet", "--message=m"]);
        assert!(
            command
                .env("GIT_COMMITTER_DATE", date)
                .status()
                .unwrap()
                .success()
        );
        repo.head()
    };
    commit("2026-05-01T00:00:00Z", "a", "a\n".to_owned());
    commit("2030-01-01T00:00:00Z", "b", format!("{}\n", repo.token(1)));
    let base = commit("2001-01-01T00:00:00Z", "c", "c\n".to_owned());
    let leak = commit("1999-01-01T00:00:00Z", "d", format!("{}\n", repo.token(2)));
    commit("2026-05-02T00:00:00Z", "e", "e\n".to_owned());
    assert_eq!(repo.range(&format!("{base}..main")), [at(&leak, "d", 1)]);
}
