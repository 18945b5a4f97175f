//! Files and messages in character encodings that do not extend ASCII.

use tokensweep::detect::{Detected, Unfinished};
use tokensweep::model::{DeclaredCharset, Finding, Hint};

use super::utf16;
use crate::support::encoders::ebcdic;
use crate::support::engine::{detector, scan_blob};
use crate::support::tokens::{Rng, Shape, all_shapes};

/// Scans a file at `path` whose source declares an encoding.
fn scan(path: &str, charset: Option<&str>, bytes: &[u8]) -> Detected {
    let hint = Hint {
        charset: charset.map(|name| DeclaredCharset::Text(name.as_bytes())),
        ..Hint::of_path(path.as_bytes())
    };
    scan_blob(&detector(), hint, &mut { bytes })
}

fn findings(detected: Detected) -> Vec<Finding> {
    assert_eq!(detected.unfinished.len(), 0, "{:?}", detected.unfinished);
    let findings = detected.detections.into_iter();
    findings.map(|detection| detection.finding).collect()
}

fn utf32(text: &str, is_big: bool) -> Vec<u8> {
    let order = |c: char| match is_big {
        true => u32::from(c).to_be_bytes(),
        false => u32::from(c).to_le_bytes(),
    };
    text.chars().flat_map(order).collect()
}

/// UTF-7 as iconv writes it: only letters, digits and a few signs are written directly.
fn utf7(text: &str) -> Vec<u8> {
    let mut coded = Vec::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"'(),-./:? \n".contains(&byte) {
            coded.push(byte);
        } else {
            coded.extend(utf7_sequence(byte));
        }
    }
    coded
}

fn utf7_sequence(byte: u8) -> Vec<u8> {
    let digits = String::from_utf8(super::base64(&[0, byte])).unwrap();
    format!("+{}-", digits.trim_end_matches('=')).into_bytes()
}

/// A token that contains every sign that is valid in one.
fn token() -> (Shape, String) {
    let shape = all_shapes()
        .into_iter()
        .find(|shape| shape.rule == "gitlab-personal-access-token")
        .unwrap();
    let mut rng = Rng::new(5);
    let token = std::iter::repeat_with(|| shape.generate(&mut rng))
        .find(|token| token[8..].contains('_'))
        .unwrap();
    (shape, token)
}

#[test]
fn finds_tokens_in_utf_32_utf_7_and_ebcdic() {
    let (_, token) = token();
    let text = format!("first line\nkey = {token}\n");
    let marked = format!("\u{feff}{text}");
    for (encoding, bytes) in [
        ("utf-32le", utf32(&text, false)),
        ("utf-32be", utf32(&text, true)),
        ("utf-32le", utf32(&marked, false)),
        ("utf-32be", utf32(&marked, true)),
        ("utf-16le", utf16(&marked, false)),
        ("utf-16be", utf16(&text, true)),
        ("utf-7", utf7(&text)),
        ("ebcdic", ebcdic(&text)),
    ] {
        let found = findings(scan("notes.txt", None, &bytes));
        assert_eq!(found.len(), 1, "{encoding}: {found:#?}");
        assert_eq!(found[0].secret.reveal(), token.as_bytes(), "{encoding}");
        assert_eq!(found[0].encoding, [encoding]);
        assert_eq!(found[0].location.start.line, 2, "{encoding}");
    }
}

#[test]
fn finds_a_hyphen_in_utf_7() {
    let (_, token) = token();
    let hyphen = String::from_utf8(utf7_sequence(b'-')).unwrap();
    let text = format!("key = {}\n", token.replace('-', &hyphen));
    let found = findings(scan("notes.txt", None, text.as_bytes()));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].secret.reveal(), token.as_bytes());
}

#[test]
fn reads_configuration_files_in_other_encodings() {
    let password = ["kT7r", "Q2mZx9"].concat();
    let text = format!("machine h.acme.internal login bob password {password}\n");
    for bytes in [utf32(&text, false), utf32(&text, true), ebcdic(&text)] {
        let found = findings(scan(".netrc", None, &bytes));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].secret.reveal(), password.as_bytes());
    }
}

#[test]
fn finds_single_byte_text_behind_the_beginning_of_another_encoding() {
    let (_, token) = token();
    for start in [
        utf32("some notes\n", false),
        ebcdic("some notes and more of them\n"),
    ] {
        let text = [&start[..], b"\nkey = ", token.as_bytes(), b"\n"].concat();
        let found = findings(scan("notes.txt", None, &text));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].secret.reveal(), token.as_bytes());
    }
}

#[test]
fn decodes_the_encoding_that_the_source_declares() {
    let (_, token) = token();
    let text = format!("k={token}\n");
    // Every character of the token is encoded, or the text is too short to be recognised.
    let all: Vec<u8> = token.bytes().flat_map(utf7_sequence).collect();
    for (charset, bytes) in [
        ("UTF-7", all),
        ("UTF-7", utf7(&text)),
        ("UTF-7", text.clone().into_bytes()),
        ("IBM1047", ebcdic(&text)),
        ("UTF-16LE", utf16(&text, false)),
        ("UTF-32BE", utf32(&text, true)),
        ("ISO-8859-1", text.clone().into_bytes()),
        ("no-such-charset", text.clone().into_bytes()),
    ] {
        let found = findings(scan("commit message", Some(charset), &bytes));
        assert_eq!(found.len(), 1, "{charset}: {found:#?}");
        assert_eq!(found[0].secret.reveal(), token.as_bytes(), "{charset}");
    }
}

#[test]
fn reports_a_declared_encoding_that_is_not_supported() {
    let detected = scan("commit message", Some("SCSU"), b"\x0egl\xffpat");
    let expected = Unfinished::Charset("SCSU".to_owned());
    assert!(detected.unfinished.contains(&expected));
    let message = expected.to_string();
    assert!(
        message.contains("'SCSU', which is not supported"),
        "{message}"
    );
}

#[test]
fn reports_attributes_with_an_encoding_that_is_not_supported() {
    let reasons = |text: &str| {
        let detected = scan("docs/.gitattributes", None, text.as_bytes());
        let reasons = detected.unfinished.iter().map(ToString::to_string);
        reasons.collect::<Vec<String>>()
    };
    for name in [
        "UTF-7",
        "ISO-2022-JP",
        "HZ",
        "SCSU",
        "x-unknown",
        "IBM273",
        "EBCDIC-US",
    ] {
        let expected = format!(
            "names files that Git checks out in the character encoding '{name}', which is not supported: secrets in \
             them may be missing"
        );
        let text = format!("*.md text\n*.txt text working-tree-encoding={name} eol=lf\n");
        assert_eq!(reasons(&text), [expected.as_str()]);
        assert_eq!(reasons(text.trim_end_matches(" eol=lf\n")), [expected]);
    }
    for name in [
        "UTF-8",
        "UTF-16LE-BOM",
        "utf-32be",
        "IBM1047",
        "Shift_JIS",
        "latin1",
        "GB18030",
    ] {
        assert_eq!(
            reasons(&format!("*.txt working-tree-encoding={name}\n")),
            [""; 0]
        );
    }
    assert_eq!(reasons("*.txt -working-tree-encoding\n"), [""; 0]);
    let other = scan("notes.md", None, b"*.txt working-tree-encoding=UTF-7\n");
    assert_eq!(other.unfinished.len(), 0);
    // The name is not cut by the end of a window.
    let text = format!("{}* working-tree-encoding=UTF-8\n", "# c\n".repeat(300_000));
    assert_eq!(reasons(&text), [""; 0]);
    let text = format!("{}* working-tree-encoding=UTF-7\n", "# c\n".repeat(300_000));
    assert_eq!(reasons(&text).len(), 1);
}
