//! Git bundles.

use super::{errors, places};
use crate::support::repo::Repo;

/// Scans a bundle of these revisions; returns places and errors.
fn scan(repo: &Repo, revisions: &[&str]) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bundle");
    let path = path.to_str().unwrap();
    let all = ["bundle", "create", "--quiet", path];
    let all: Vec<&str> = all.iter().chain(revisions).copied().collect();
    repo.git(&all);
    let report = repo.sandbox.scan(&["--archives", path]);
    (places(&report), errors(&report))
}

#[test]
fn opens_bundles_and_names_objects_by_their_ids() {
    let repo = Repo::new();
    let filler = "nothing in this line\n".repeat(300);
    let base = repo.commit_file("a.yml", &filler);
    let text = format!("{filler}token: {}\n", repo.token(1));
    repo.commit_file("a.yml", &text);
    let blob = repo.git(&["rev-parse", "HEAD:a.yml"]);
    repo.commit_file("a.yml", format!("{filler}gone\n"));
    let message = format!("Use {}", repo.token(2));
    let commit = repo.commit(&message);
    repo.git(&["repack", "--quiet", "-a", "-d", "-f"]);
    let (blob, commit) = (blob.trim(), commit.trim());
    let (mut found, problems) = scan(&repo, &["--all"]);
    found.sort();
    let mut expected = vec![
        format!("a.bundle!{blob}:301"),
        format!("a.bundle!{commit}:6"),
    ];
    expected.sort();
    assert_eq!((found, problems), (expected, vec![]));
    // A thin pack, whose base is not in it.
    let (_, problems) = scan(&repo, &[&format!("{base}..HEAD")]);
    for problem in &problems {
        assert!(
            problem.starts_with("a.bundle: the bundle needs objects that it does not contain; "),
            "{problem}"
        );
    }
}

#[test]
fn reports_a_damaged_bundle() {
    let repo = Repo::new();
    repo.commit_file("a.yml", format!("token: {}\n", repo.token(1)));
    let path = repo.sandbox.at("a.bundle");
    repo.git(&[
        "bundle",
        "create",
        "--quiet",
        path.to_str().unwrap(),
        "--all",
    ]);
    let mut bytes = std::fs::read(&path).unwrap();
    let pack = bytes.windows(4).position(|four| four == b"PACK").unwrap();
    // The number of objects.
    bytes[pack + 11] += 1;
    std::fs::write(&path, bytes).unwrap();
    let report = repo.sandbox.scan(&["--archives", "a.bundle"]);
    assert_eq!(places(&report).len(), 1);
    assert_eq!(
        errors(&report),
        ["a.bundle: damaged archive (Git bundle): parts of it were not scanned"]
    );
}
