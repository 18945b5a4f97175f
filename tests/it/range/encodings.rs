//! Commits that declare the encoding of their text.

use super::modes::object;
use crate::support::repo::{Repo, at, complete};

/// Creates a commit with this header line and message on top of HEAD, which becomes HEAD.
fn commit(repo: &Repo, encoding: &str, author: &str, message: &[u8]) -> String {
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let head = format!(
        "tree {tree}parent {}\nauthor {author} <a@b> 1735689600 +0000\n\
         committer A <a@b> 1735689600 +0000\nencoding {encoding}\n\n",
        repo.head()
    );
    let id = object(repo, "commit", &[head.as_bytes(), message].concat());
    repo.git(&["update-ref", "HEAD", &id]);
    id
}

#[test]
fn reports_a_secret_in_a_message_whatever_encoding_it_declares() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16();
        units.flat_map(u16::to_le_bytes).collect()
    };
    let utf7 = |text: &str| text.replace('-', "+AC0-").into_bytes();
    for (encoding, encode) in [
        ("UTF-16LE", &utf16 as &dyn Fn(&str) -> Vec<u8>),
        ("utf-7", &utf7),
        ("ISO-8859-1", &|text: &str| text.as_bytes().to_vec()),
    ] {
        let repo = Repo::new();
        repo.commit("base");
        let message = encode(&format!("token = {}\n", repo.token(1)));
        let added = commit(&repo, encoding, "A", &message);
        let expected = [at(&added, "commit message", 1)];
        assert_eq!(repo.range("HEAD~1..HEAD"), expected, "{encoding}");
        assert_eq!(complete(&repo.scan(&["history"])), expected, "{encoding}");
    }
}

#[test]
fn reports_a_secret_in_an_encoded_author() {
    let repo = Repo::new();
    repo.commit("base");
    let author = repo.token(1).replace('-', "+AC0-");
    let added = commit(&repo, "UTF-7", &author, b"m");
    let expected = [at(&added, "commit header", 3)];
    assert_eq!(repo.range("HEAD~1..HEAD"), expected);
    assert_eq!(complete(&repo.scan(&["history"])), expected);
}

#[test]
fn reports_an_unsupported_encoding() {
    let repo = Repo::new();
    repo.commit("base");
    commit(&repo, "x-unheard-of", "A", b"\xff\xfetoken");
    for args in [&["range", "HEAD~1..HEAD"][..], &["history"]] {
        let run = repo.scan(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stdout.contains("x-unheard-of"), "{run:?}");
    }
}
