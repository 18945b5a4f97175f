//! Ranges without merges.

use crate::support::repo::{Repo, at, complete, found};

/// Lines that make two versions of a file similar.
const FILLER: &str = "one line\nand another line\nand a third line\nand so on\n";

#[test]
fn reports_new_secrets_and_not_moved_lines() {
    let repo = Repo::new();
    let (old, new) = (repo.token(1), repo.token(2));
    let base = repo.commit_file("a", format!("x\n{old}\n"));
    let moved = repo.commit_file("a", format!("{old}\nx\n"));
    assert_eq!(repo.range(&format!("{base}..HEAD")), []);
    let second = repo.commit_file("a", format!("y\n{old} {new}\n"));
    assert_eq!(repo.range("main~1..main"), [at(&second, "a", 2)]);
    assert_eq!(repo.range(&format!("{base}..")), [at(&second, "a", 2)]);
    assert_eq!(repo.range(&format!("{second}..{moved}")), []);
}

#[test]
fn finds_a_secret_that_was_removed_again() {
    let repo = Repo::new();
    repo.commit("base");
    let added = repo.commit_file("a", format!("\n{}\n", repo.token(1)));
    repo.git(&["rm", "--quiet", "a"]);
    repo.commit("gone");
    assert_eq!(repo.range("HEAD~2..HEAD"), [at(&added, "a", 2)]);
    assert_eq!(repo.range("HEAD~1..HEAD"), []);
}

#[test]
fn reports_a_secret_at_a_path_for_the_first_commit() {
    let repo = Repo::new();
    let token = repo.token(1);
    repo.commit("base");
    let first = repo.commit_file("a", format!("{token}\n{token}\n"));
    repo.commit_file("a", "nothing\n");
    repo.commit_file("a", format!("again {token}\n"));
    let other = repo.commit_file("b", format!("{token}\n"));
    assert_eq!(
        repo.range("HEAD~4..HEAD"),
        [at(&first, "a", 1), at(&first, "a", 2), at(&other, "b", 1)]
    );
}

#[test]
fn follows_renames() {
    let repo = Repo::new();
    let (old, new) = (repo.token(1), repo.token(2));
    let text = format!("{FILLER}{old}\n");
    repo.commit_file("a", &text);
    repo.git(&["mv", "a", "b"]);
    repo.commit("moved unchanged");
    assert_eq!(repo.range("HEAD~1..HEAD"), []);

    repo.git(&["mv", "b", "c"]);
    let edited = repo.commit_file("c", format!("{text}more\n{new}\n"));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&edited, "c", 7)]);

    // Not similar to the deleted file.
    repo.git(&["rm", "--quiet", "c"]);
    let unlike = repo.commit_file("d", format!("{}{old}\n", "something else\n".repeat(30)));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&unlike, "d", 31)]);

    // A copy is another location: the copied file has not moved.
    let copy = repo.commit_file("e", format!("{}{old}\n", "something else\n".repeat(30)));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&copy, "e", 31)]);
}

#[test]
fn scans_messages_and_tags() {
    let repo = Repo::new();
    let (message, tag, outer) = (repo.token(1), repo.token(2), repo.token(3));
    repo.commit("base");
    let commit = repo.commit(&format!("subject\n\nsee {message}"));
    repo.git(&[
        "tag",
        "--annotate",
        "v1",
        "--message",
        &format!("one\n{tag}"),
    ]);
    repo.git(&["tag", "--annotate", "v2", "--message", &outer, "v1"]);
    repo.git(&["tag", "light"]);
    let id = |name: &str| repo.git(&["rev-parse", name]).trim().to_owned();
    let all = [
        at(&commit, "commit message", 3),
        at(&id("v2"), "tag message", 1),
        at(&id("v1"), "tag message", 2),
    ];
    assert_eq!(repo.range("HEAD~1..HEAD"), all);
    assert_eq!(repo.range("HEAD~1..v2"), all);
    repo.git(&["pack-refs", "--all"]);
    assert_eq!(repo.range("HEAD~1..HEAD"), all);
    repo.commit("later");
    assert_eq!(repo.range("HEAD~1..HEAD"), []);
    assert_eq!(repo.range("v2..HEAD"), []);
}

#[test]
fn scans_commit_headers() {
    let repo = Repo::new();
    repo.commit("base");
    let author = format!("--author=A <{}@example.com>", repo.token(1));
    repo.git(&["commit", "--quiet", "--allow-empty", "--message=m", &author]);
    let head = repo.head();
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&head, "commit header", 3)]);
}

#[cfg(unix)]
#[test]
fn scans_links_and_ignores_modes_and_submodules() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let repo = Repo::new();
    let (in_file, in_link) = (repo.token(1), repo.token(2));
    let base = repo.commit_file("a", format!("{in_file}\n"));
    let path = repo.sandbox.at("a");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    repo.git(&["config", "core.fileMode", "true"]);
    repo.commit("mode");
    assert_eq!(repo.range("HEAD~1..HEAD"), []);

    symlink(format!("/x?t={in_link}"), repo.sandbox.at("link")).unwrap();
    let linked = repo.commit("link");
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&linked, "link", 1)]);

    // A submodule names a commit of another repository.
    let entry = format!("160000,{base},sub");
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    repo.git(&["commit", "--quiet", "--message", "submodule"]);
    assert_eq!(repo.range("HEAD~1..HEAD"), []);

    // A file that becomes a folder is another file.
    std::fs::remove_file(&path).unwrap();
    let folder = repo.commit_file("a/a", format!("{}{in_file}\n", "else\n".repeat(30)));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&folder, "a/a", 31)]);
}

#[test]
fn applies_exclusions_and_allowlist() {
    let repo = Repo::new();
    repo.write(".tokensweep.toml", "exclude = [\"vendor/\"]\n");
    repo.commit("base");
    let (a, b, c) = (repo.token(1), repo.token(2), repo.token(3));
    repo.write("x/vendor/a", format!("{a}\n"));
    repo.write("b", format!("{b} # tokensweep:allow\n"));
    let commit = repo.commit_file("c", format!("{c}\n"));
    assert_eq!(repo.range("HEAD~1..HEAD"), [at(&commit, "c", 1)]);
    let run = repo.scan(&["range", "HEAD~1..HEAD", "--no-inline-allow"]);
    assert_eq!(complete(&run), [at(&commit, "b", 1), at(&commit, "c", 1)]);
}

#[test]
fn names_unreadable_objects_and_scans_the_rest() {
    let repo = Repo::new();
    repo.commit("base");
    repo.write("gone", "some text\n");
    let commit = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    let id = repo.git(&["rev-parse", "HEAD:gone"]).trim().to_owned();
    let (folder, name) = id.split_at(2);
    std::fs::remove_file(repo.sandbox.at(format!(".git/objects/{folder}/{name}"))).unwrap();
    let run = repo.scan(&["range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(found(&run.stdout), [at(&commit, "leak", 1)]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["errors"][0]["path"], "gone");
    assert_eq!(
        report["errors"][0]["message"],
        format!("commit {commit}: object {id} is missing")
    );
}

#[test]
fn ignores_replace_refs() {
    let repo = Repo::new();
    repo.commit("base");
    let leak = repo.commit_file("a", format!("{}\n", repo.token(1)));
    repo.git(&["switch", "--quiet", "--orphan", "clean"]);
    let clean = repo.commit_file("a", "clean\n");
    let blob = |commit: &str| {
        repo.git(&["rev-parse", &format!("{commit}:a")])
            .trim()
            .to_owned()
    };
    repo.git(&["replace", &blob(&leak), &blob(&clean)]);
    repo.git(&["replace", &leak, &clean]);
    assert_eq!(repo.range(&format!("main~1..{leak}")), [at(&leak, "a", 1)]);
}

#[test]
fn names_commit_author_and_date() {
    let repo = Repo::new();
    repo.commit("base");
    repo.write("a", format!("{}\n", repo.token(1)));
    repo.git(&["add", "."]);
    let author = "--author=A Name <a@example.com>";
    let date = "--date=2026-02-03T04:05:06-0730";
    repo.git(&["commit", "--quiet", "--message=m", author, date]);
    let run = repo.scan(&["range", "HEAD~1..HEAD"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let location = &report["findings"][0]["location"];
    assert_eq!(location["commit"], repo.head());
    assert_eq!(location["author"], "A Name <a@example.com>");
    assert_eq!(location["date"], "2026-02-03T04:05:06-07:30");
}
