//! Every kind of file that names credentials by its keys, through the program: the exact secret, its
//! place, key and account; the same from a damaged file; silence where it is written elsewhere.

mod bounds;
mod embedded;
mod excerpts;
mod files;
mod not_secrets;

use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use files::{FILES, File, Value};
use serde_json::Value as Json;

/// Delimiters of the mark of a secret in the text of a [`File`].
const MARK: (char, char) = ('⟦', '⟧');

/// A file with a secret in it, and where the secret is.
struct Written {
    text: String,
    secret: String,
    /// Line and column of its first character, both from 1.
    start: (u64, u64),
}

/// Puts `secret` into the text of a file, in the form its mark asks for.
fn fill(text: &str, secret: &str) -> Written {
    let open = text.find(MARK.0).unwrap();
    let close = text.find(MARK.1).unwrap();
    let mark = &text[open + MARK.0.len_utf8()..close];
    let (form, rest) = mark.split_once(' ').unwrap_or((mark, ""));
    let coded = |text: &str| BASE64_STANDARD.encode(text);
    // The secret is written from this character of the form on.
    let (form, offset) = match form {
        "plain" => (secret.to_owned(), 0),
        "base64" => (coded(secret), 0),
        "basic" => (coded(&format!("{rest}:{secret}")), (rest.len() + 1) * 8 / 6),
        "pull-secret" => {
            let front = format!("{{\"auths\":{{\"{rest}\":{{\"auth\":\"");
            let inner = (front.len() + ("me".len() + 1) * 8 / 6) * 8 / 6;
            let auth = coded(&format!("me:{secret}"));
            (coded(&format!("{front}{auth}\"}}}}}}")), inner)
        }
        other => panic!("no form {other}"),
    };
    let before = &text[..open];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    Written {
        start: (
            1 + before.matches('\n').count() as u64,
            1 + (before[line..].chars().count() + offset) as u64,
        ),
        text: format!("{before}{form}{}", &text[close + MARK.1.len_utf8()..]),
        secret: secret.to_owned(),
    }
}

/// A secret as a program makes it, put together here so that no file contains one.
fn secret(value: Value, rng: &mut Rng) -> String {
    const FRIENDLY: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
    let mut random = |length: usize, alphabet: &[u8]| -> String {
        (0..length)
            .map(|_| char::from(alphabet[rng.below(alphabet.len())]))
            .collect()
    };
    match value {
        Value::Old => random(20, FRIENDLY),
        Value::Hex(length) => random(length, b"0123456789abcdef"),
        Value::Password => format!("{}-{}", random(9, FRIENDLY), random(6, b"0123456789")),
        Value::Agent => format!("{}{}", "glagent-", random(50, FRIENDLY)),
    }
}

/// Writes files into folders of their own and scans them all: the findings of each, low ones too.
fn scan(files: &[(String, String)]) -> Vec<Vec<Json>> {
    let sandbox = Sandbox::new();
    for (index, (path, text)) in files.iter().enumerate() {
        sandbox.write(format!("f{index}/{path}"), text);
    }
    let run = sandbox.run([
        "scan",
        "--no-ignore",
        "--format=json",
        "--show-secrets",
        "--min-confidence=low",
        ".",
    ]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    let report: Json = serde_json::from_str(&run.stdout).unwrap();
    let mut found = vec![Vec::new(); files.len()];
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap();
        let folder = path.split('/').next().unwrap();
        found[folder[1..].parse::<usize>().unwrap()].push(finding.clone());
    }
    found
}

fn write_all(rng: &mut Rng, change: impl Fn(&str) -> String) -> Vec<(&'static File, Written)> {
    FILES
        .iter()
        .map(|file| (file, fill(&change(file.text), &secret(file.value, rng))))
        .collect()
}

fn paths(written: &[(&File, Written)]) -> Vec<(String, String)> {
    let pair = |(file, written): &(&File, Written)| (file.path.to_owned(), written.text.clone());
    written.iter().map(pair).collect()
}

fn is_at(finding: &Json, written: &Written) -> bool {
    let location = &finding["location"];
    let start = (
        location["start_line"].as_u64().unwrap(),
        location["start_column"].as_u64().unwrap(),
    );
    finding["secret"] == written.secret && start == written.start
}

#[test]
fn every_kind_of_file_gives_its_secret() {
    let written = write_all(&mut Rng::new(1), str::to_owned);
    for ((file, written), findings) in written.iter().zip(scan(&paths(&written))) {
        assert_eq!(findings.len(), 1, "{}: {findings:#?}", file.path);
        let finding = &findings[0];
        assert!(
            is_at(finding, written),
            "{}: not at {:?}: {finding:#}",
            file.path,
            written.start
        );
        assert_eq!(finding["rule_id"], file.rule, "{}", file.path);
        let confidence = finding["confidence"].as_str().unwrap();
        assert!(
            matches!(confidence, "high" | "proven"),
            "{}: {confidence}",
            file.path
        );
        let context = &finding["context"];
        let said = |name: &str| context[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            (said("key"), said("host"), said("user")),
            (
                file.key.to_owned(),
                file.host.to_owned(),
                file.user.to_owned()
            ),
            "{}",
            file.path
        );
    }
}

/// Lines that are invalid in every format: conflict markers, ends without a beginning, a text without an end,
/// half of a key, bytes that are not text.
const DAMAGE: &[&str] = &[
    "<<<<<<< HEAD",
    "=======",
    "}",
    "]",
    "\"",
    "'",
    "= =",
    "[",
    "<",
    "\u{1}\u{7f}",
    "\t- x",
];

#[test]
fn damage_in_the_middle_hides_nothing() {
    let mut missed = Vec::new();
    for damage in DAMAGE {
        let insert = |text: &str| {
            let mark = text.find(MARK.0).unwrap();
            let line = text[..mark].rfind('\n').map_or(0, |at| at + 1);
            // A value of several lines, such as a list of bytes in base64, is damaged before the line.
            format!("{}{damage}\n{}", &text[..line], &text[line..])
        };
        let written = write_all(&mut Rng::new(2), insert);
        let found = scan(&paths(&written));
        for ((file, written), findings) in written.iter().zip(found) {
            let is_found = findings.iter().any(|finding| is_at(finding, written));
            if !is_found && !file.is_fragile(damage) {
                missed.push((file.path, *damage));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn files_that_end_too_soon_hide_nothing() {
    let cut = |text: &str| {
        let close = text.find(MARK.1).unwrap();
        let line = text[close..]
            .find('\n')
            .map_or(text.len(), |length| close + length + 1);
        text[..line].to_owned()
    };
    let written = write_all(&mut Rng::new(3), cut);
    for ((file, written), findings) in written.iter().zip(scan(&paths(&written))) {
        assert!(
            file.needs_its_end || findings.iter().any(|finding| is_at(finding, written)),
            "{}: {findings:#?}",
            file.path
        );
    }
}

#[test]
fn ignores_credentials_written_elsewhere() {
    for reference in [
        "$GITLAB_TOKEN",
        "${TOKEN}",
        "${TOKEN:-}",
        "%TOKEN%",
        "{{ token }}",
        "{{ .Values.token }}",
        "<%= token %>",
        "<token>",
        "<your_access_token>",
        "changeme",
        "[MASKED]",
        "REDACTED",
        "xxxxxxxxxxxxxxxxxxxx",
        "********",
        "",
        "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
        "vault:secret/data/gitlab#token",
        "op://vault/gitlab/token",
    ] {
        let files: Vec<(String, String)> = FILES
            .iter()
            .map(|file| (file.path.to_owned(), fill(file.text, reference).text))
            .collect();
        for (file, findings) in FILES.iter().zip(scan(&files)) {
            let loud: Vec<&Json> = findings
                .iter()
                .filter(|finding| finding["confidence"] != "low")
                .collect();
            assert!(loud.is_empty(), "{} with {reference}: {loud:#?}", file.path);
        }
    }
}
