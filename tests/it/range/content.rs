//! Objects whose stored content does not match their id: Git verifies ids when it receives objects, not when it reads them.

use super::modes::object;
use crate::support::repo::Repo;
use crate::support::sandbox::Run;

/// Returns the path of a loose object.
fn loose(repo: &Repo, id: &str) -> std::path::PathBuf {
    let (folder, name) = id.split_at(2);
    repo.sandbox.at(format!(".git/objects/{folder}/{name}"))
}

/// Stores the content of the loose object `other` as that of `id`.
fn replace(repo: &Repo, id: &str, other: &str) {
    let path = loose(repo, id);
    std::fs::remove_file(&path).unwrap();
    std::fs::copy(loose(repo, other), path).unwrap();
}

/// Fails unless a run is incomplete and names both objects.
fn check(run: &Run, id: &str, found: &str) {
    assert_eq!(run.code, Some(2), "{run:?}");
    let reason = format!("its content is that of {found}");
    assert!(run.stdout.contains(id), "{id} {run:?}");
    assert!(run.stdout.contains(&reason), "{found} {run:?}");
}

/// A repository whose second commit adds a token in `d/f`, and revisions of its parts.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.commit_file("a", "harmless\n");
    repo.commit_file("d/f", format!("{}\n", repo.token(1)));
    repo
}

fn id(repo: &Repo, revision: &str) -> String {
    repo.git(&["rev-parse", revision]).trim().to_owned()
}

#[test]
fn reports_each_kind_of_object_with_other_content() {
    for (revision, other) in [
        ("HEAD:d/f", "HEAD:a"),
        ("HEAD:d", "HEAD~1^{tree}"),
        ("HEAD^{tree}", "HEAD~1^{tree}"),
        // The parent seems to have the token already.
        ("HEAD~1^{tree}", "HEAD^{tree}"),
    ] {
        let repo = repository();
        let (id, found) = (id(&repo, revision), id(&repo, other));
        replace(&repo, &id, &found);
        check(&repo.scan(&["range", "HEAD~1..HEAD"]), &id, &found);
        check(&repo.scan(&["history"]), &id, &found);
    }
}

#[test]
fn reports_a_large_file_with_other_content() {
    let repo = Repo::new();
    repo.commit("base");
    let bytes = |seed: u32| -> Vec<u8> {
        let numbers = 0..1_250_000u32;
        let mixed = numbers.map(|number| (number ^ seed).wrapping_mul(0x9e37_79b9) >> 16);
        mixed
            .flat_map(|number| [b' ' + (number % 64) as u8, 0x80, 1, 2])
            .collect()
    };
    let other = object(&repo, "blob", &bytes(1));
    repo.commit_file("large", bytes(0));
    let id = id(&repo, "HEAD:large");
    replace(&repo, &id, &other);
    check(&repo.scan(&["range", "HEAD~1..HEAD"]), &id, &other);
    check(&repo.scan(&["history"]), &id, &other);
}

#[test]
fn reports_a_staged_file_with_other_content() {
    let repo = repository();
    repo.write("s", format!("{}\n", repo.token(2)));
    repo.git(&["add", "s"]);
    let (id, found) = (id(&repo, ":s"), id(&repo, "HEAD:a"));
    replace(&repo, &id, &found);
    check(&repo.scan(&["staged"]), &id, &found);
}

#[test]
fn reports_a_commit_and_a_tag_with_other_content() {
    let repo = repository();
    repo.git(&["tag", "--annotate", "--message", &repo.token(3), "v1"]);
    repo.git(&["tag", "--annotate", "--message", "m", "v2"]);
    let (tag, other) = (id(&repo, "v1"), id(&repo, "v2"));
    replace(&repo, &tag, &other);
    check(&repo.scan(&["range", "HEAD~1..HEAD"]), &tag, &other);
    check(&repo.scan(&["history"]), &tag, &other);
    let (head, base) = (id(&repo, "HEAD"), id(&repo, "HEAD~1"));
    replace(&repo, &head, &base);
    check(&repo.scan(&["history"]), &head, &base);
    let run = repo.scan(&["range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains(&head), "{run:?}");
}

/// Two copies of an object, of which a scan of the history reads one.
#[test]
fn reports_a_copy_in_a_pack_that_hides_a_loose_object() {
    let repo = repository();
    let (id, found) = (id(&repo, "HEAD:d/f"), id(&repo, "HEAD:a"));
    // The index of a pack names its objects by id, so the id is replaced there.
    repo.feed(
        &["pack-objects", "-q", ".git/objects/pack/pack"],
        format!("{found}\n"),
    );
    let packs = std::fs::read_dir(repo.sandbox.at(".git/objects/pack")).unwrap();
    let index = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "idx"))
        .unwrap();
    let bytes = |hex: &str| -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let (old, new) = (bytes(&found), bytes(&id));
    let mut stored = std::fs::read(&index).unwrap();
    let names = 8 + 256 * 4;
    assert_eq!(stored[names..names + 20], old[..]);
    stored[names..names + 20].copy_from_slice(&new);
    for first in 0..256 {
        let count = u32::from(first >= usize::from(new[0])).to_be_bytes();
        stored[8 + first * 4..][..4].copy_from_slice(&count);
    }
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, &stored).unwrap();
    check(&repo.scan(&["history"]), &id, &found);
}
