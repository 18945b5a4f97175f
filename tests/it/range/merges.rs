//! Merges are compared with all of their parents.

use crate::support::repo::{Repo, at, try_git};

/// Merges branches into the current one without committing, even if there are conflicts.
fn start_merge(repo: &Repo, branches: &[&str]) {
    let args = ["merge", "--quiet", "--no-commit", "--no-ff"];
    try_git(&repo.sandbox, &[&args, branches].concat());
}

#[test]
fn does_not_report_secrets_that_a_merge_takes_from_the_target() {
    let repo = Repo::new();
    repo.commit_file("a", "1\n2\n3\n4\n5\n6\n7\n8\n");
    repo.branch("work", "main");
    let ours = repo.commit_file("b", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "main"]);
    // On another line of the same file, so that the merged file differs from both sides.
    repo.commit_file("a", format!("1\n2\n3\n4\n5\n6\n7\n{}\n", repo.token(2)));
    repo.git(&["switch", "--quiet", "work"]);
    repo.commit_file("a", "new\n1\n2\n3\n4\n5\n6\n7\n8\n");
    repo.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(repo.range("main..work"), [at(&ours, "b", 1)]);
    assert_eq!(repo.range("main...work"), [at(&ours, "b", 1)]);
    // From the merge base, the range includes the commits added on main.
    assert_eq!(repo.range("main~1..work").len(), 2);
}

#[test]
fn reports_secrets_that_only_the_merge_adds() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    repo.branch("work", "main");
    repo.commit_file("b", "b\n");
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("c", "c\n");
    repo.git(&["switch", "--quiet", "work"]);
    start_merge(&repo, &["main"]);
    repo.write("a", format!("evil {}\n", repo.token(1)));
    repo.write("new", format!("{}\n", repo.token(2)));
    let merge = repo.commit("merge");
    let evil = [at(&merge, "a", 1), at(&merge, "new", 1)];
    assert_eq!(repo.range("main..work"), evil);
    assert_eq!(repo.range("work^1..work"), evil);
}

#[test]
fn does_not_report_secrets_of_both_sides_of_a_conflict() {
    let repo = Repo::new();
    let (ours, theirs, new) = (repo.token(1), repo.token(2), repo.token(3));
    repo.commit_file("a", "x\n");
    repo.branch("work", "main");
    let added = repo.commit_file("a", format!("{ours}\n"));
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("a", format!("{theirs}\n"));
    repo.git(&["switch", "--quiet", "work"]);
    start_merge(&repo, &["main"]);
    repo.write("a", format!("{ours}\n{theirs}\n{new}\n"));
    let merge = repo.commit("merge");
    assert_eq!(
        repo.range("main..work"),
        [at(&added, "a", 1), at(&merge, "a", 3)]
    );
}

#[test]
fn follows_files_that_one_side_of_a_merge_moved() {
    let repo = Repo::new();
    let text = "some line\nanother line\na third line\na fourth line\n";
    repo.commit_file("a", text);
    repo.branch("work", "main");
    repo.git(&["mv", "a", "b"]);
    repo.commit("moved");
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("a", format!("{text}{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "work"]);
    repo.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert!(repo.git(&["show", "HEAD:b"]).contains("glpat"));
    assert_eq!(repo.range("main..work"), []);
}

#[test]
fn compares_an_octopus_merge_with_every_parent() {
    let repo = Repo::new();
    repo.commit_file("a", "a\n");
    let mut expected = Vec::new();
    for (seed, name) in ["x", "y", "z"].into_iter().enumerate() {
        repo.branch(name, "main");
        let token = repo.token(seed as u64);
        expected.push(at(&repo.commit_file(name, format!("{token}\n")), name, 1));
    }
    repo.branch("work", "main");
    start_merge(&repo, &["x", "y", "z"]);
    assert_eq!(repo.git(&["ls-files"]), "a\nx\ny\nz\n");
    let token = repo.token(9);
    repo.write("a", format!("a\n{token}\n"));
    let merge = repo.commit("octopus");
    let parents = repo.git(&["rev-list", "--parents", "--max-count=1", "HEAD"]);
    assert!(parents.split_whitespace().count() >= 4, "{parents}");
    expected.insert(0, at(&merge, "a", 2));
    assert_eq!(repo.range("main..work"), expected);
}

#[test]
fn handles_criss_cross_merges() {
    let repo = Repo::new();
    repo.commit("base");
    repo.branch("work", "main");
    let first = repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "main"]);
    repo.commit_file("b", format!("{}\n", repo.token(2)));
    repo.git(&["branch", "cross"]);
    repo.git(&["merge", "--quiet", "--no-edit", "work"]);
    repo.git(&["switch", "--quiet", "work"]);
    repo.git(&["merge", "--quiet", "--no-edit", "cross"]);
    let later = repo.commit_file("c", format!("{}\n", repo.token(3)));
    assert_eq!(repo.range("main..work"), [at(&later, "c", 1)]);
    assert_eq!(
        repo.range("cross..work"),
        [at(&first, "a", 1), at(&later, "c", 1)]
    );
}
