//! Private keys that are encoded, and private keys with text around each of their lines.

use tokensweep::model::Finding;

use crate::support::encoders::{ESCAPES, base64, base64url, escaped, hex, utf16, wrapped};
use crate::support::engine::{detector, findings};
use crate::support::tokens::Rng;
use crate::support::tokens::neighbours::{Neighbour, all_neighbours};

/// The kinds that have lines.
fn kinds() -> Vec<Neighbour> {
    let mut kinds = all_neighbours();
    kinds.retain(|kind| kind.rule.ends_with("-private-key"));
    assert!(kinds.len() >= 10);
    kinds
}

fn is_of(kind: &Neighbour, found: &[Finding]) -> bool {
    found.len() == 1 && found[0].rule_id.as_str() == kind.rule
}

/// In every encoding, with any text before it.
#[test]
fn encoded_as_a_whole() {
    let detector = detector();
    for kind in kinds() {
        let mut rng = Rng::new(5);
        for front in ["", "k: ", "ab"] {
            let key = (kind.make)(&mut rng);
            let plain = format!("{front}{key}\n");
            let bytes = plain.as_bytes();
            let escape = |name: &str| {
                let escape = ESCAPES.iter().find(|(known, ..)| *known == name);
                escape.expect("a known escape")
            };
            let form = |&byte: &u8| match byte {
                b' ' => "+".to_owned(),
                b'-' | b'.' => char::from(byte).to_string(),
                _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            };
            let form: String = bytes.iter().map(form).collect();
            let texts = [
                ("base64", base64(bytes)),
                ("base64url", base64url(bytes)),
                ("base64 in lines", wrapped(&base64(bytes), 76, "  ")),
                ("base64 twice", base64(&base64(bytes))),
                ("base64 of UTF-16", base64(&utf16(&plain, false))),
                ("base64 of UTF-16BE", base64(&utf16(&plain, true))),
                ("hex", hex(bytes)),
                (
                    "percent",
                    escaped(bytes, escape("percent"), |_, b| {
                        !b.is_ascii_alphanumeric() && b != b'-'
                    }),
                ),
                (
                    "percent, all",
                    escaped(bytes, escape("percent"), |_, _| true),
                ),
                (
                    "dashes",
                    escaped(bytes, escape("JSON"), |_, b| matches!(b, b'-' | b'\n')),
                ),
                ("form", form.into_bytes()),
            ];
            for (name, text) in texts {
                let text = format!("data = \"{}\"\n", String::from_utf8_lossy(&text));
                let found = findings(&detector, &text);
                let is_it = is_of(&kind, &found) && found[0].secret.reveal() == key.as_bytes();
                assert!(is_it, "{}, {name}, '{front}': {found:#?}", kind.name);
                assert!(!found[0].encoding.is_empty(), "{}, {name}", kind.name);
            }
        }
    }
}

/// Each line of the key has text before and after it.
#[test]
fn with_something_around_every_line() {
    const AROUND: &[(&str, &str)] = &[
        ("", " "),
        ("", "&#10;"),
        ("// ", "\n"),
        ("\"", "\\n\" .\n  "),
        ("", "\\n\\\n    "),
        ("\x1b[32m", "\x1b[0m\n"),
        ("\x1b[0K", "\n"),
        ("\\u001b[36m", "\\u001b[0m\\n"),
        ("web_1  | ", "\n"),
        ("\x1b[36mweb_1  |\x1b[0m ", "\n"),
        ("web_1  | 2026-10-01T10:00:00.123456Z ", "\n"),
        ("[pod/web-1/app] ", "\n"),
        ("2026-10-01 10:00:00,123 INFO ", "\n"),
        ("", "<br>\n"),
        ("", "<br/>"),
    ];
    let detector = detector();
    for kind in kinds() {
        let mut rng = Rng::new(6);
        for (before, behind) in AROUND {
            let key = (kind.make)(&mut rng);
            let lines: Vec<&str> = key.lines().collect();
            let text = format!(
                "it was\n{before}{}{behind}",
                lines.join(&format!("{behind}{before}"))
            );
            let found = findings(&detector, &text);
            assert!(
                is_of(&kind, &found),
                "{}, {before:?} {behind:?}: {found:#?}",
                kind.name
            );
        }
    }
}
