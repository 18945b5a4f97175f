//! Every family with a file as its program writes it: line, key, secret, account; references and
//! damage.

mod packages;
mod platform;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::values::collect;
use super::super::{CredentialKind, KeyedCredential};
use super::*;

/// Twenty characters as GitLab made them before there were prefixes; put together here, so that no
/// file holds them.
fn token(seed: u64) -> String {
    random(
        seed,
        20,
        b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789",
    )
}

fn hex(seed: u64, length: usize) -> String {
    random(seed, length, b"0123456789abcdef")
}

fn random(seed: u64, length: usize, alphabet: &[u8]) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(|_| next()).collect()
}

fn basic(user: &str, password: &str) -> String {
    BASE64_STANDARD.encode(format!("{user}:{password}"))
}

fn read(path: &str, file: &str) -> Vec<KeyedCredential> {
    let hint = Hint {
        path: path.as_bytes(),
        ..Hint::default()
    };
    collect(hint, file.as_bytes()).unwrap_or_else(|| panic!("{path} has no format"))
}

/// Returns the findings, a line for each: `LINE KEY SECRET RULE host=… user=… CODING`.
fn found(path: &str, file: &str) -> Vec<String> {
    read(path, file)
        .into_iter()
        .map(|value| {
            let line = 1 + file[..value.span.start].matches('\n').count();
            if value.encoding.is_empty() {
                let written = &file[value.span.clone()];
                let plain = !written.contains(['\\', '\n']);
                assert!(!plain || written.as_bytes() == value.secret, "{path}");
            }
            let context = value.context;
            let mut text = format!(
                "{line} {} {} {}",
                context.key.unwrap(),
                String::from_utf8(value.secret).unwrap(),
                match value.kind {
                    CredentialKind::GitlabToken => "token",
                    CredentialKind::InstanceSecret => "instance",
                    CredentialKind::Account => "account",
                    CredentialKind::Url => "git-url-credentials",
                    CredentialKind::Header => "header",
                }
            );
            for (name, what) in [("host", context.host), ("user", context.user)] {
                if let Some(what) = what {
                    text.push_str(&format!(" {name}={what}"));
                }
            }
            for coding in value.encoding {
                text.push(' ');
                text.push_str(&coding);
            }
            text
        })
        .collect()
}

/// Checks a format: its findings in `file`, no findings if the secrets are references, and no panic if
/// the file is cut anywhere.
fn check(path: &str, file: &str, secrets: &[&str], expected: &[String]) {
    assert_eq!(found(path, file), expected, "{path}");
    for reference in [
        "$CI_JOB_TOKEN",
        "${TOKEN}",
        "{{ token }}",
        "<token>",
        "changeme",
    ] {
        let file = secrets.iter().fold(file.to_owned(), |file, secret| {
            let coded = |text: &str| BASE64_STANDARD.encode(text);
            file.replace(secret, reference)
                .replace(&coded(secret), &coded(reference))
        });
        // Secrets that were encoded together with a user are checked below.
        let shown: Vec<String> = found(path, &file)
            .into_iter()
            .filter(|line| !line.contains("base64"))
            .collect();
        assert!(shown.is_empty(), "{path} with {reference}: {shown:?}");
    }
    for end in (0..file.len()).filter(|&end| file.is_char_boundary(end)) {
        read(path, &file[..end]);
    }
}

#[test]
fn selects_formats_by_path() {
    let formats = Formats::new(Arc::new(RuleSet::builtin()));
    for (path, expected) in [
        (".gitmodules", true),
        ("p.tmp/.gitlab-runner.ext.conf", true),
        ("p.tmp/.glr.gconf", true),
        (".git/config", true),
        ("a/.git/config.worktree", true),
        ("a/.git/modules/b/c/config", true),
        ("a/.git/worktrees/w/config.worktree", true),
        ("srv/p.git/config", true),
        ("u/.gitconfig", true),
        ("u/.gitconfig.local", true),
        ("u/work.gitconfig", true),
        ("u/.config/git/config", true),
        ("etc/gitconfig", true),
        ("config", false),
        (".ssh/config", false),
        ("a/.git/modules/b/config.txt", false),
        ("a/digit/config", false),
        ("deploy/NuGet.Config", true),
        ("src/main.rs", false),
    ] {
        assert_eq!(formats.knows(path.as_bytes()), expected, "{path}");
    }
    let config = Hint {
        kind: BlobKind::GitConfig,
        ..Hint::of_path(b"anything")
    };
    assert!(formats.document(config).is_some());
}

#[test]
fn every_format_selects_its_files() {
    let formats = Formats::new(Arc::new(RuleSet::builtin()));
    for format in formats.rules.formats() {
        for file in &format.files {
            let path = file.replace("**", "a/b").replace('*', "x");
            let document = formats.document(Hint::of_path(path.as_bytes())).unwrap();
            let mut parts = document.parts.iter();
            assert!(
                parts.any(|part| formats.format(*part).name == format.name),
                "{file}"
            );
        }
    }
}
