//! A repository with a leak in each place that is easily missed.

use super::{commit, found, head, messages, redacted, repository};
use crate::support::a_token;
use crate::support::sandbox::Sandbox;

/// The location of each leak: commit, path and token.
type Leaks = Vec<(String, String, String)>;

/// Twelve leaks, each with a token of its own.
fn build() -> (Sandbox, Leaks) {
    let s = repository();
    let token = |seed: u64| s.watch(a_token(seed));
    let mut leaks = Leaks::new();
    let mut leak = |commit: &str, path: &str, seed: u64| {
        leaks.push((commit.to_owned(), path.to_owned(), redacted(&token(seed))));
    };
    s.write("readme.txt", "nothing\n");
    commit(&s, "begin");

    // Removed later.
    s.write("config/app.env", format!("A=1\nTOKEN={}\n", token(1)));
    let removed = commit(&s, "add a setting");
    leak(&removed, "config/app.env", 1);
    s.write("config/app.env", "A=1\n");
    commit(&s, "take it out");

    // On another branch.
    s.git(&["checkout", "-q", "-b", "topic"]);
    s.write("topic.txt", token(2));
    let other = commit(&s, "on a branch");
    leak(&other, "topic.txt", 2);
    s.git(&["checkout", "-q", "main"]);

    // Only in a merge.
    s.git(&["checkout", "-q", "-b", "side"]);
    s.write("side.txt", "side\n");
    commit(&s, "side");
    s.git(&["checkout", "-q", "main"]);
    s.write("main.txt", "main\n");
    commit(&s, "main");
    s.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    s.write("side.txt", format!("side\n{}\n", token(3)));
    let merge = commit(&s, "merge side");
    leak(&merge, "side.txt", 3);
    s.write("side.txt", "side\n");

    // In a commit message.
    let said = commit(&s, &format!("use this:\n\ntoken {} please", token(4)));
    leak(&said, "commit message", 4);

    // In a tag.
    s.git(&[
        "tag",
        "-a",
        "v1",
        "-m",
        &format!("release with {}", token(5)),
    ]);
    leak(&said, "tag message", 5);

    // In a note.
    s.git(&["notes", "add", "-m", &format!("seen {}", token(6))]);
    let note = s.git(&["rev-parse", "refs/notes/commits"]);
    leak(note.trim(), &said, 6);

    // In a stash.
    s.write("main.txt", format!("main\n{}\n", token(7)));
    s.git(&["stash", "-q"]);
    let stash = s.git(&["rev-parse", "refs/stash"]);
    leak(stash.trim(), "main.txt", 7);

    // In an unreachable commit.
    s.git(&["checkout", "-q", "--detach"]);
    s.write("gone.txt", token(8));
    let gone = commit(&s, "gone");
    leak(&gone, "gone.txt", 8);
    s.git(&["checkout", "-q", "main"]);
    s.git(&["reflog", "expire", "--expire=now", "HEAD"]);

    // In an unreachable blob.
    s.write("loose", format!("blob {}\n", token(9)));
    let blob = s.git(&["hash-object", "-w", "loose"]);
    std::fs::remove_file(s.at("loose")).unwrap();
    leak("", &format!("blob {}", blob.trim()), 9);

    // Before a rename.
    s.write(
        "before.txt",
        format!("{}\nword\n", "line\n".repeat(20)) + &token(10),
    );
    let before = commit(&s, "before");
    leak(&before, "before.txt", 10);
    s.git(&["mv", "before.txt", "after.txt"]);
    let after = commit(&s, "rename");
    leak(&after, "after.txt", 10);

    // In a binary.
    let binary = [&[0u8, 159, 146, 150][..], token(11).as_bytes(), &[0, 1, 2]].concat();
    s.write("program.bin", binary);
    let binary = commit(&s, "binary");
    leak(&binary, "program.bin", 11);

    // In a loose object; everything before is in a pack.
    s.git(&["repack", "-q", "-a", "-d", "-k"]);
    s.write("late.txt", token(12));
    let late = commit(&s, "late");
    leak(&late, "late.txt", 12);

    leaks.sort();
    (s, leaks)
}

#[test]
fn finds_twelve_leaks_with_commit_and_path() {
    let (sandbox, leaks) = build();
    let report = sandbox.report("history", &[]);
    assert_eq!(found(&report), leaks);
    assert_eq!(messages(&report, "errors"), [""; 0]);
}

#[test]
fn names_refs_that_still_contain_a_leak() {
    let (sandbox, _) = build();
    let report = sandbox.report("history", &[]);
    let of = |path: &str| {
        let mut findings = report["findings"].as_array().unwrap().iter();
        let finding = findings.rfind(|finding| finding["location"]["path"] == path);
        let finding = finding.unwrap();
        let refs = finding["location"]["refs"].as_array().into_iter().flatten();
        let refs: Vec<_> = refs.map(|name| name.as_str().unwrap().to_owned()).collect();
        (refs, finding["message"].as_str().unwrap().to_owned())
    };
    let (refs, message) = of("config/app.env");
    assert!(refs.contains(&"refs/heads/topic".to_owned()), "{refs:?}");
    assert!(refs.contains(&"refs/tags/v1".to_owned()), "{refs:?}");
    assert!(
        message.ends_with("HEAD no longer has it, its history does."),
        "{message}"
    );
    let (refs, message) = of("late.txt");
    assert_eq!(refs, ["HEAD", "refs/heads/main"]);
    assert!(message.ends_with("HEAD still has it."), "{message}");
    let (refs, message) = of("topic.txt");
    assert_eq!(refs, ["refs/heads/topic"]);
    assert!(message.contains("HEAD does not contain it"), "{message}");
    let (refs, message) = of("gone.txt");
    assert!(refs.is_empty(), "{refs:?}");
    assert!(
        message.contains("still served until the server prunes it"),
        "{message}"
    );
    assert_eq!(of("tag message").0, ["refs/tags/v1"]);
    assert_eq!(of("main.txt").0, ["refs/stash"]);
}

#[test]
fn does_not_let_selected_refs_change_the_state_of_head() {
    let (sandbox, _) = build();
    let message = |refs: &str, path: &str| {
        let report = sandbox.report("history", &["--refs", refs]);
        let mut findings = report["findings"].as_array().unwrap().iter();
        let finding = findings.rfind(|finding| finding["location"]["path"] == path);
        finding.unwrap()["message"].as_str().unwrap().to_owned()
    };
    for (refs, path, expected) in [
        ("main", "late.txt", "HEAD still has it."),
        (
            "main",
            "config/app.env",
            "HEAD no longer has it, its history does.",
        ),
        (
            "topic",
            "config/app.env",
            "HEAD no longer has it, its history does.",
        ),
        (
            "topic",
            "topic.txt",
            "HEAD does not contain it, refs/heads/topic does.",
        ),
    ] {
        let message = message(refs, path);
        assert!(message.ends_with(expected), "{refs} {path}: {message}");
    }
}

#[test]
fn finds_the_same_in_packed_mirrored_and_sha256_repositories() {
    let (sandbox, leaks) = build();
    sandbox.git(&["repack", "-q", "-a", "-d", "-k", "-f", "--depth=50"]);
    assert_eq!(found(&sandbox.report("history", &[])), leaks);
    sandbox.git(&["multi-pack-index", "write"]);
    assert_eq!(found(&sandbox.report("history", &[])), leaks);

    // A mirror contains only objects reachable from refs.
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "-q", "--mirror", &url, "mirror.git"]);
    let gone =
        |leak: &&(String, String, String)| !leak.1.starts_with("blob ") && leak.1 != "gone.txt";
    let kept: Leaks = leaks.iter().filter(gone).cloned().collect();
    assert_eq!(found(&sandbox.report("history", &["mirror.git"])), kept);
    assert_eq!(found(&sandbox.report("history", &["--reachable"])), kept);

    sandbox.git(&["init", "-q", "--object-format=sha256", "long"]);
    sandbox.write("long/a.txt", sandbox.watch(a_token(20)));
    let long = |args: &[&str]| {
        let mut all = vec!["-C", "long"];
        all.extend(args);
        sandbox.git(&all)
    };
    long(&["add", "-A"]);
    long(&["commit", "-q", "-m", "long ids"]);
    long(&["rm", "-q", "a.txt"]);
    long(&["commit", "-q", "-m", "gone"]);
    let first = long(&["rev-parse", "HEAD~1"]);
    let expected = [(
        first.trim().to_owned(),
        "a.txt".to_owned(),
        redacted(&a_token(20)),
    )];
    assert_eq!(first.trim().len(), 64);
    assert_eq!(found(&sandbox.report("history", &["long"])), expected);
    long(&["repack", "-q", "-a", "-d"]);
    assert_eq!(found(&sandbox.report("history", &["long"])), expected);
}

#[test]
fn reads_the_same_from_a_linked_worktree() {
    let (sandbox, leaks) = build();
    sandbox.git(&["worktree", "add", "-q", "linked", "topic"]);
    assert_eq!(found(&sandbox.report("history", &["linked"])), leaks);
    assert!(!head(&sandbox).is_empty());
}
