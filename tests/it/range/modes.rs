//! Entries of folders with modes that Git does not write, and submodules that are objects of the repository.

use crate::support::repo::{Repo, at};

/// Writes an object with any content; returns its id.
pub(super) fn object(repo: &Repo, kind: &str, bytes: &[u8]) -> String {
    repo.feed(
        &["hash-object", "-t", kind, "-w", "--stdin", "--literally"],
        bytes,
    )
}

/// Writes a folder with one entry.
fn folder(repo: &Repo, mode: &str, name: &str, id: &str) -> String {
    let mut bytes = format!("{mode} {name}\0").into_bytes();
    let digits = id.as_bytes().chunks(2);
    bytes.extend(
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()),
    );
    object(repo, "tree", &bytes)
}

/// Creates a commit of a folder on top of HEAD, which becomes HEAD.
fn commit(repo: &Repo, tree: &str) -> String {
    let id = repo.git(&["commit-tree", "-p", "HEAD", "-m", "m", tree]);
    repo.git(&["update-ref", "HEAD", id.trim()]);
    id.trim().to_owned()
}

/// A repository with one commit, and a commit with a leak in `f` that no ref names.
fn with_commit_beside() -> (Repo, String) {
    let repo = Repo::new();
    repo.commit("base");
    let blob = object(&repo, "blob", format!("{}\n", repo.token(1)).as_bytes());
    let tree = folder(&repo, "100644", "f", &blob);
    let beside = repo.git(&["commit-tree", "-m", "beside", &tree]);
    let beside = beside.trim().to_owned();
    (repo, beside)
}

fn history(repo: &Repo) -> Vec<String> {
    let report = repo.sandbox.report("history", &[]);
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["location"]["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn reports_a_blob_behind_any_mode() {
    for mode in [
        "0", "000000", "100664", "100000", "160000", "20000", "140755",
    ] {
        let repo = Repo::new();
        repo.commit("base");
        let blob = object(&repo, "blob", format!("{}\n", repo.token(1)).as_bytes());
        let tree = folder(&repo, mode, "f", &blob);
        let added = commit(&repo, &tree);
        assert_eq!(repo.range("HEAD~1..HEAD"), [at(&added, "f", 1)], "{mode}");
        assert_eq!(history(&repo), ["f"], "{mode}");
    }
}

#[test]
fn reports_files_below_a_folder_of_any_mode() {
    for mode in ["40000", "040755", "160000"] {
        let repo = Repo::new();
        repo.commit("base");
        let password = repo.sandbox.watch(["Tr0ub4d", "orX9zqLw7Kp2Rm"].concat());
        let netrc = format!("machine h.corp login bob password {password}\n");
        let blob = object(&repo, "blob", netrc.as_bytes());
        let below = folder(&repo, "100644", ".netrc", &blob);
        let tree = folder(&repo, mode, "d", &below);
        let added = commit(&repo, &tree);
        let expected = [at(&added, "d/.netrc", 1)];
        assert_eq!(repo.range("HEAD~1..HEAD"), expected, "{mode}");
        assert_eq!(history(&repo), ["d/.netrc"], "{mode}");
    }
}

#[test]
fn reports_a_submodule_that_is_a_commit_beside_the_history() {
    let (repo, beside) = with_commit_beside();
    let tree = folder(&repo, "160000", "sub", &beside);
    let added = commit(&repo, &tree);
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&added, "sub/f", 1)]);
}

#[test]
fn reports_a_submodule_that_is_a_tag() {
    let (repo, beside) = with_commit_beside();
    let text = format!(
        "object {beside}\ntype commit\ntag t\ntagger t <t@t> 1 +0000\n\n{}\n",
        repo.token(2)
    );
    let tag = object(&repo, "tag", text.as_bytes());
    let tree = folder(&repo, "160000", "sub", &tag);
    let added = commit(&repo, &tree);
    let expected = [at(&added, "sub", 6), at(&added, "sub/f", 1)];
    assert_eq!(repo.range("HEAD~1..HEAD"), expected);
}

#[test]
fn reports_a_submodule_that_is_a_commit_as_reachable() {
    let (repo, beside) = with_commit_beside();
    let tree = folder(&repo, "160000", "sub", &beside);
    commit(&repo, &tree);
    let report = repo.sandbox.report("history", &["--reachable"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn reports_a_staged_submodule_that_is_a_blob() {
    let repo = Repo::new();
    repo.commit("base");
    let blob = object(&repo, "blob", format!("{}\n", repo.token(1)).as_bytes());
    let entry = format!("160000,{blob},sub/x");
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    assert_eq!(repo.staged(), [at("", "sub/x", 1)]);
}

#[test]
fn reports_the_texts_and_ancestors_of_a_submodule_that_is_a_commit() {
    let (repo, beside) = with_commit_beside();
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let message = repo.token(2);
    let child = repo.git(&["commit-tree", "-p", &beside, "-m", &message, tree.trim()]);
    let tree = folder(&repo, "160000", "sub", child.trim());
    let added = commit(&repo, &tree);
    // The header of a commit has four lines if it has one parent.
    let expected = [at(&added, "sub", 6), at(&added, "sub/f", 1)];
    assert_eq!(repo.range("HEAD~1..HEAD"), expected);
    // The next commit of the submodule adds nothing.
    let same = format!("{}^{{tree}}", child.trim());
    let same = repo.git(&["rev-parse", &same]);
    let next = repo.git(&["commit-tree", "-p", child.trim(), "-m", "next", same.trim()]);
    let tree = folder(&repo, "160000", "sub", next.trim());
    commit(&repo, &tree);
    assert_eq!(repo.range("HEAD~1..HEAD"), []);
}

/// Git would not check out such a file.
#[test]
fn reports_a_file_that_is_another_object() {
    for (mode, revision) in [
        ("100644", "HEAD^{tree}"),
        ("120000", "HEAD^{tree}"),
        ("100644", "HEAD"),
        ("100644", "v1"),
        ("100755", "v1"),
        ("0", "v1"),
        ("40000", "HEAD"),
        ("40000", "v1"),
    ] {
        let repo = Repo::new();
        repo.commit_file("f", format!("{}\n", repo.token(1)));
        repo.git(&["tag", "--annotate", "--message", "m", "v1", "HEAD:f"]);
        let id = repo.git(&["rev-parse", revision]);
        repo.commit("more");
        let tree = folder(&repo, mode, "x", id.trim());
        commit(&repo, &tree);
        let run = repo.scan(&["range", "HEAD~1..HEAD"]);
        assert_eq!(run.code, Some(2), "{mode} {revision} {run:?}");
        assert!(run.stdout.contains(id.trim()), "{mode} {revision} {run:?}");
    }
}

#[test]
fn reports_commits_that_programs_read_differently() {
    let (repo, beside) = with_commit_beside();
    let (tree, parent) = (repo.git(&["rev-parse", "HEAD^{tree}"]), repo.head());
    let tree = tree.trim();
    let people = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n";
    for text in [
        format!("tree {tree}\nparent {parent}\n{people}parent {beside}\n\nm\n"),
        format!("tree {tree}\ntree {tree}\nparent {parent}\n{people}\nm\n"),
    ] {
        let id = object(&repo, "commit", text.as_bytes());
        let run = repo.scan(&["range", &format!("{parent}..{id}")]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(&id), "{run:?}");
        let run = repo.scan(&["history"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stdout.contains(&id), "{run:?}");
    }
}

#[test]
fn counts_credentials_that_the_selected_refs_do_not_contain() {
    let (repo, _) = with_commit_beside();
    let report = repo.sandbox.report("history", &["--reachable"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{report}");
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("1 credential was found only in objects"),
        "{notes}"
    );
    let report = repo.sandbox.report("history", &[]);
    assert!(
        !report["notes"].to_string().contains("only in objects"),
        "{report}"
    );
}
