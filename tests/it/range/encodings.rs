//! Commits that declare the encoding of their text.

use super::modes::object;
use crate::support::encoders::{base64, ebcdic, utf16};
use crate::support::repo::{Repo, at, complete};

/// Creates a commit with this header line and message on top of HEAD, which becomes HEAD.
fn commit(repo: &Repo, encoding: &str, author: impl AsRef<[u8]>, message: &[u8]) -> String {
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let start = format!("tree {tree}parent {}\nauthor ", repo.head());
    let end = format!(
        " <a@b> 1735689600 +0000\ncommitter A <a@b> 1735689600 +0000\nencoding {encoding}\n\n"
    );
    let parts = [start.as_bytes(), author.as_ref(), end.as_bytes(), message];
    let id = object(repo, "commit", &parts.concat());
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
fn reports_a_secret_in_an_author_in_any_encoding() {
    let utf32 = |text: &str| -> Vec<u8> {
        let characters = text.chars().map(u32::from);
        characters.flat_map(u32::to_le_bytes).collect()
    };
    // All characters are encoded, also those that UTF-7 has as they are.
    let utf7 = |text: &str| {
        let digits = String::from_utf8(base64(&utf16(text, true))).unwrap();
        format!("+{}-", digits.trim_end_matches('=')).into_bytes()
    };
    for (encoding, encode) in [
        ("UTF-32LE", &utf32 as &dyn Fn(&str) -> Vec<u8>),
        ("utf7", &utf7),
        ("IBM037", &ebcdic),
        ("EBCDIC-US", &ebcdic),
    ] {
        let repo = Repo::new();
        repo.commit("base");
        let added = commit(&repo, encoding, encode(&repo.token(1)), b"m");
        let expected = [at(&added, "commit header", 3)];
        assert_eq!(repo.range("HEAD~1..HEAD"), expected, "{encoding}");
        assert_eq!(complete(&repo.scan(&["history"])), expected, "{encoding}");
    }
}

#[test]
fn reports_an_unsupported_encoding() {
    for (author, message) in [(&b"A"[..], &b"\xff\xfetoken"[..]), (b"\xc7\xd3\x97", b"m")] {
        check_unsupported(author, message);
    }
}

fn check_unsupported(author: &[u8], message: &[u8]) {
    let repo = Repo::new();
    repo.commit("base");
    commit(&repo, "x-unheard-of", author, message);
    for args in [&["range", "HEAD~1..HEAD"][..], &["history"]] {
        let run = repo.scan(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stdout.contains("x-unheard-of"), "{run:?}");
    }
}

/// The text that Git stores of ASCII bytes that it writes in UTF-16.
fn stored_utf16(text: &str, order: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| order([pair[0], *pair.get(1).unwrap_or(&b'N')]))
        .collect();
    String::from_utf16(&units).unwrap()
}

/// The text that Git stores of ASCII bytes that it writes in code page 037.
fn stored_ebcdic(text: &str) -> String {
    let large: Vec<char> = "\u{a0}âäàáãåçñ¢.<(+|&éêëèíîïìß!".chars().collect();
    let small: Vec<char> = "/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:".chars().collect();
    let digits: Vec<char> = "\u{90}\u{91}\u{16}\u{93}\u{94}\u{95}\u{96}\u{4}\u{98}\u{99}"
        .chars()
        .collect();
    let write = |byte: u8| match byte {
        b'A'..=b'Z' => large[usize::from(byte - b'A') + 1],
        b'a'..=b'z' => small[usize::from(byte - b'a')],
        b'0'..=b'9' => digits[usize::from(byte - b'0')],
        b'-' => '\u{5}',
        b'_' => '¬',
        b'.' => '\u{6}',
        b' ' => '\u{80}',
        b'=' => '\u{15}',
        other => panic!("no character for {other}"),
    };
    text.bytes().map(write).collect()
}

#[test]
fn reports_stored_text_that_is_a_token_in_the_work_tree() {
    let little = |text: &str| stored_utf16(text, u16::from_le_bytes);
    let big = |text: &str| stored_utf16(text, u16::from_be_bytes);
    // Whatever names the encoding: the form of the text decides, so that neither the folder of the attribute nor a later
    // commit that adds it matters.
    for (front, write) in [
        ("", &little as &dyn Fn(&str) -> String),
        ("k", &little),
        ("", &big),
        ("key = ", &big),
        ("key = ", &stored_ebcdic),
    ] {
        let repo = Repo::new();
        repo.commit("base");
        let text = write(&format!("{front}{} and more", repo.token(1)));
        let text = format!("first line\n{text}\nlast line\n");
        repo.write("docs/notes.txt", &text);
        repo.git(&["add", "--all"]);
        // A file of the tree is in the encoding in which it is used.
        assert_eq!(complete(&repo.scan(&["scan", "."])), [], "{front:?}");
        let expected = |commit: &str| [at(commit, "docs/notes.txt", 2)];
        assert_eq!(repo.staged(), expected(""), "{front:?}");
        let added = repo.commit("text");
        assert_eq!(repo.range("HEAD~1..HEAD"), expected(&added), "{front:?}");
        let found = complete(&repo.scan(&["history"]));
        assert_eq!(found, expected(&added), "{front:?}");
    }
}

#[test]
fn reports_attributes_with_an_unsupported_encoding_wherever_they_are() {
    let attributes = "*.txt working-tree-encoding=x-unheard-of\n";
    for path in [".gitattributes", "a/b/.gitattributes", ".GitAttributes"] {
        let repo = Repo::new();
        // The same content was scanned at a path where it means nothing.
        repo.commit_file("notes.md", attributes);
        assert_eq!(complete(&repo.scan(&["history"])), []);
        repo.commit_file(path, attributes);
        for args in [&["range", "HEAD~1..HEAD"][..], &["history"]] {
            let run = repo.scan(args);
            assert_eq!(run.code, Some(2), "{path} {run:?}");
            assert!(run.stdout.contains("x-unheard-of"), "{path} {run:?}");
        }
    }
}
