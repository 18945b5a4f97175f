//! Repositories that are made to break a reader.

use std::io::Write as _;

use serde_json::Value;

use crate::support::repo::{Repo, at, complete, found};

/// Returns the file of a loose object: zlib, stored.
fn zlib(text: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in text {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    let length = u16::try_from(text.len()).unwrap();
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(text);
    data.extend((b << 16 | a).to_be_bytes());
    data
}

/// Replaces the bytes of a loose object.
fn damage(repo: &Repo, id: &str, bytes: &[u8]) {
    let (folder, name) = id.split_at(2);
    let path = repo.sandbox.at(format!(".git/objects/{folder}/{name}"));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
}

/// Scans the last commit; returns its errors as (path, message), and the paths of its findings.
fn last_commit(repo: &Repo) -> (Vec<(String, String)>, Vec<String>) {
    let run = repo.scan(&["range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let errors = report["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = errors.map(|error| (text(&error["path"]), text(&error["message"])));
    let paths = found(&run.stdout).into_iter().map(|(_, path, _)| path);
    (errors.collect(), paths.collect())
}

#[test]
fn names_damaged_objects_and_scans_the_rest() {
    let damages: [(&[u8], &str); 4] = [
        (b"no zlib at all", "is damaged: "),
        (
            &zlib(b"blob 1099511627776\0x"),
            "is damaged: it does not have the length it claims",
        ),
        (
            &zlib(b"tree 3\0x\n\n"),
            "is damaged: it is a tree, not a blob",
        ),
        (&zlib(b"blob 30\0too short"), "is damaged: "),
    ];
    for (bytes, expected) in damages {
        let repo = Repo::new();
        repo.commit("base");
        repo.write("broken", "some text\n");
        let commit = repo.commit_file("leak", format!("{}\n", repo.token(1)));
        let id = repo.git(&["rev-parse", "HEAD:broken"]).trim().to_owned();
        damage(&repo, &id, bytes);
        let (errors, paths) = last_commit(&repo);
        assert_eq!(paths, ["leak"]);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].0, "broken");
        let message = &errors[0].1;
        // A blob that claims to be large is streamed, and its size is checked at the end.
        let message = message
            .strip_prefix(&format!("commit {commit}: "))
            .or_else(|| message.strip_prefix("cannot read the file to its end: "))
            .unwrap();
        assert!(
            message.starts_with(&format!("object {id} {expected}")),
            "{errors:?}"
        );
    }
}

#[test]
fn names_a_missing_folder_and_scans_the_rest() {
    let repo = Repo::new();
    repo.commit("base");
    repo.write("gone/a", "a\n");
    let commit = repo.commit_file("leak", format!("{}\n", repo.token(1)));
    let id = repo.git(&["rev-parse", "HEAD:gone"]).trim().to_owned();
    let (folder, name) = id.split_at(2);
    std::fs::remove_file(repo.sandbox.at(format!(".git/objects/{folder}/{name}"))).unwrap();
    let message = format!("commit {commit}: cannot read the folder: object {id} is missing");
    let expected = (vec![("gone".to_owned(), message)], vec!["leak".to_owned()]);
    assert_eq!(last_commit(&repo), expected);
}

#[test]
fn reports_everything_if_a_parent_version_is_missing() {
    let repo = Repo::new();
    let token = repo.token(1);
    repo.commit_file("a", format!("{token}\n"));
    let id = repo.git(&["rev-parse", "HEAD:a"]).trim().to_owned();
    repo.commit_file("a", format!("more\n{token}\n"));
    assert_eq!(repo.range("HEAD~1..HEAD"), []);
    let (folder, name) = id.split_at(2);
    std::fs::remove_file(repo.sandbox.at(format!(".git/objects/{folder}/{name}"))).unwrap();
    let message = format!(
        "cannot read an earlier version, so that old secrets may count as new: object {id} is missing"
    );
    let expected = (vec![("a".to_owned(), message)], vec!["a".to_owned()]);
    assert_eq!(last_commit(&repo), expected);
}

fn commit_with(message: &[u8], path: &str, text: &str) -> Vec<u8> {
    let mut stream = b"commit refs/heads/main\ncommitter t <t@x> 1700000000 +0000\n".to_vec();
    writeln!(stream, "data {}", message.len()).unwrap();
    stream.extend(message);
    write!(stream, "\nfrom refs/heads/main^0\nM 100644 inline {path}\n").unwrap();
    writeln!(stream, "data {}\n{text}", text.len()).unwrap();
    stream
}

#[test]
fn reads_a_deep_folder_and_a_long_message() {
    let repo = Repo::new();
    repo.commit("base");
    let (deep, long) = (repo.token(1), repo.token(2));
    let path = format!("{}leak", "d/".repeat(2000));
    let message = [b"x".repeat(10 << 20), format!("\n{long}").into_bytes()].concat();
    repo.feed(
        &["fast-import", "--quiet"],
        commit_with(&message, &path, &deep),
    );
    let id = repo.git(&["rev-parse", "main"]).trim().to_owned();
    assert_eq!(
        repo.range("main~1..main"),
        [at(&id, "commit message", 2), at(&id, &path, 1)]
    );
}

#[test]
fn reads_invalid_names_as_paths() {
    let repo = Repo::new();
    repo.write(".tokensweep.toml", "exclude = [\"vendor/\", \"*.log\"]\n");
    repo.commit("base");
    repo.write("blob", repo.token(1));
    let blob = repo.git(&["hash-object", "-w", "blob"]);
    let bytes: Vec<u8> = (0..blob.trim().len() / 2)
        .map(|i| u8::from_str_radix(&blob[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let mut tree = Vec::new();
    let names = ["..", ".git", "/etc/x.log", "\x1b[31m", "a", "a", "b//c"];
    for name in names {
        tree.extend(format!("100644 {name}\0").into_bytes());
        tree.extend(&bytes);
    }
    repo.write("tree", &tree);
    let tree = repo.git(&["hash-object", "-t", "tree", "-w", "--literally", "tree"]);
    let commit = repo.git(&["commit-tree", "-p", "main", "-m", "evil", tree.trim()]);
    let run = repo.scan(&["range", &format!("main..{}", commit.trim())]);
    let mut paths: Vec<String> = complete(&run)
        .into_iter()
        .map(|(_, path, _)| path)
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        ["..", ".git", "/etc/x.log", r"\x1b[31m", "a", "b//c"]
    );
}
