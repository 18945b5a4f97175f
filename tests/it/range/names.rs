//! The names of the ends of a range, and commits outside a range.

use std::fs;

use crate::support::repo::{Repo, at, complete};
use crate::support::sandbox::Run;

/// Checks that a run was refused with this message.
fn is_refused(run: &Run, words: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
}

/// A leak on `topic`, on top of `main`; returns both commits.
fn branched() -> (Repo, String, String) {
    let repo = Repo::new();
    let base = repo.commit("base");
    repo.branch("topic", "main");
    let leak = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    (repo, base, leak)
}

#[test]
fn refuses_an_ambiguous_name_with_its_full_names() {
    let (repo, base, leak) = branched();
    repo.git(&["update-ref", "refs/remotes/origin/main", &base]);
    for (name, known, added) in [
        ("main", "refs/heads/main", "refs/tags/main"),
        ("main", "refs/heads/main", "refs/remotes/main"),
        ("main", "refs/heads/main", "refs/main"),
        (
            "origin/main",
            "refs/remotes/origin/main",
            "refs/tags/origin/main",
        ),
        (
            "origin/main",
            "refs/remotes/origin/main",
            "refs/heads/origin/main",
        ),
    ] {
        assert_eq!(
            repo.range(&format!("{name}..topic")),
            [at(&leak, "leak", 1)]
        );
        repo.git(&["update-ref", added, &leak]);
        let run = repo.scan(&["range", &format!("{name}..topic")]);
        is_refused(&run, &["ambiguous", known, added]);
        is_refused(
            &repo.scan(&["range", &format!("{name}~0..topic")]),
            &["ambiguous"],
        );
        assert_eq!(
            repo.range(&format!("{known}..topic")),
            [at(&leak, "leak", 1)]
        );
        repo.git(&["update-ref", "-d", added]);
    }
}

#[test]
fn refuses_refs_that_take_the_place_of_a_missing_branch() {
    let (repo, base, leak) = branched();
    repo.git(&["update-ref", "refs/keep/base", &base]);
    repo.git(&["branch", "--quiet", "--delete", "--force", "main"]);
    for (name, added) in [
        ("main", "refs/main"),
        ("main", "refs/remotes/main"),
        ("main", "refs/remotes/main/HEAD"),
        ("origin/main", "refs/heads/origin/main"),
        ("origin/main", "refs/tags/origin/main"),
        ("origin/main", "refs/origin/main"),
        ("origin/main", "refs/remotes/origin/main/HEAD"),
        ("heads/main", "refs/heads/heads/main"),
        ("heads/main", "refs/tags/heads/main"),
        ("other/main", "refs/other/main"),
    ] {
        repo.git(&["update-ref", added, &leak]);
        let run = repo.scan(&["range", &format!("{name}..topic")]);
        is_refused(&run, &["ambiguous", added]);
        repo.git(&["update-ref", "-d", added]);
    }
    for added in [
        "refs/tags/refs/heads/main",
        "refs/heads/refs/heads/main",
        "refs/remotes/refs/heads/main",
        "refs/refs/heads/main",
    ] {
        repo.git(&["update-ref", added, &leak]);
        let run = repo.scan(&["range", "refs/heads/main..topic"]);
        is_refused(&run, &["'refs/heads/main' is not in this repository"]);
    }
    // A tag with the name of a branch of the remote.
    repo.git(&["update-ref", "refs/tags/main", &leak]);
    repo.git(&["update-ref", "refs/remotes/origin/main", &base]);
    let run = repo.scan(&["range", "main..topic"]);
    is_refused(&run, &["refs/tags/main", "refs/remotes/origin/main"]);
    let expected = [at(&leak, "leak", 1)];
    assert_eq!(repo.range("origin/main..topic"), expected);
    // Names that mean one ref only.
    repo.git(&["update-ref", "refs/remotes/up/trunk", &base]);
    repo.git(&["update-ref", "refs/heads/team/trunk", &base]);
    for name in [
        "up/trunk",
        "team/trunk",
        "heads/team/trunk",
        "remotes/up/trunk",
    ] {
        assert_eq!(repo.range(&format!("{name}..topic")), expected, "{name}");
    }
}

#[test]
fn never_resolves_an_object_id_to_a_ref() {
    let (repo, base, leak) = branched();
    let short = &base[..10];
    for folder in ["refs", "refs/tags", "refs/heads"] {
        for name in [base.as_str(), short] {
            let path = repo.sandbox.at(".git").join(folder).join(name);
            fs::write(path, format!("{leak}\n")).unwrap();
        }
        assert_eq!(
            repo.range(&format!("{base}..topic")),
            [at(&leak, "leak", 1)]
        );
        is_refused(
            &repo.scan(&["range", &format!("{short}..topic")]),
            &["ambiguous", folder],
        );
    }
}

#[test]
fn resolves_revisions_as_people_write_them() {
    let (repo, base, leak) = branched();
    repo.git(&["tag", "-a", "-m", "first", "v1", &base]);
    let expected = [at(&leak, "leak", 1)];
    let described = format!("v1-0-g{}", &base[..8]);
    for name in [
        "v1",
        "v1^{commit}",
        "v1^{}",
        "v1^0",
        "tags/v1",
        "refs/tags/v1",
        "heads/main",
        "topic~1",
        "topic^",
        "HEAD~",
        "@~1",
        "topic@{1}",
        &base[..8],
        &described,
    ] {
        assert_eq!(repo.range(&format!("{name}..topic")), expected, "{name}");
    }
}

#[test]
fn reports_an_unknown_name_as_such() {
    let (repo, ..) = branched();
    for range in ["mian..HEAD", "topic~5..HEAD", "topic^2..HEAD"] {
        let run = repo.scan(&["range", range]);
        is_refused(&run, &["is not in this repository"]);
        assert!(!run.stderr.contains("deepen"), "{run:?}");
    }
}

#[test]
fn reports_a_tag_that_cannot_be_read() {
    let (repo, _, leak) = branched();
    for content in ["zzz".to_owned(), "1234567890".repeat(4)] {
        repo.write(".git/refs/tags/broken", format!("{content}\n"));
        let run = repo.scan(&["range", "main..topic"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.stdout.contains("broken") && run.stdout.contains(&leak),
            "{run:?}"
        );
    }
}

#[test]
fn refuses_refs_in_an_unknown_format() {
    let (repo, ..) = branched();
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.refStorage", "reftable"]);
    for command in [
        &["range", "main..topic"][..],
        &["staged"],
        &["hook", "pre-commit"],
    ] {
        let run = repo.sandbox.run(command);
        assert_eq!(run.code, Some(2), "{command:?}: {run:?}");
        let told = run.stdout + &run.stderr;
        assert!(
            told.contains("reftable") && told.contains("git refs migrate"),
            "{told}"
        );
    }
}

#[test]
fn names_notes_and_lfs_pointers_as_not_scanned() {
    let (repo, ..) = branched();
    repo.git(&[
        "notes",
        "add",
        "-m",
        &format!("see {}", repo.token(2)),
        "main",
    ]);
    let oid = "7".repeat(64);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12\n");
    repo.commit_file("assets/big.bin", pointer);
    let run = repo.scan(&["range", "topic~1..topic"]);
    assert_eq!(complete(&run), []);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("refs/notes/commits") && notes.contains("tokensweep history --refs"),
        "{notes}"
    );
    let left_out = &report["summary"]["left_out"];
    assert_eq!(
        (&left_out["lfs-pointer"], &left_out["git-notes"]),
        (&1.into(), &1.into())
    );
    assert_eq!(report["skipped"][0]["path"], "assets/big.bin");
    let report = repo.sandbox.report("history", &[]);
    assert_eq!(
        report["skipped"],
        serde_json::json!([{
            "path": "assets/big.bin",
            "reason": "lfs-pointer"
        }])
    );
    assert_eq!(report["summary"]["left_out"]["lfs-pointer"], 1);
    let run = repo.scan(&["history", "--refs", "refs/notes/*"]);
    assert_eq!(run.code, Some(1), "the named command scans them: {run:?}");
}
