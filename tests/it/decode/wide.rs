//! UTF-16, in whole files and in other bytes, and byte order marks.

use tokensweep::model::Position;

use super::{findings, in_base64, secret_in, tokens};
use crate::support::encoders::{base64, utf16};

#[test]
fn finds_tokens_in_utf_16_files() {
    for (shape, token) in tokens() {
        for big in [false, true] {
            for mark in ["\u{feff}", ""] {
                let name = if big { "utf-16be" } else { "utf-16le" };
                let text = format!("größe: 1\r\ntoken = \"{token}\"\r\n");
                let found = findings(&utf16(&format!("{mark}{text}"), big));
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(found[0].encoding, [name]);
                assert_eq!(
                    found[0].secret.reveal(),
                    &token.as_bytes()[shape.label.len()..]
                );
                let column = 10 + shape.label.len() as u64;
                assert_eq!(found[0].location.start, Position { line: 2, column });
                // A layer within.
                let code = base64(format!("u:{token}").as_bytes());
                let code = String::from_utf8(code).unwrap();
                let found = findings(&utf16(&format!("{mark}auth: {code}\r\n"), big));
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(found[0].encoding, [name, "base64"]);
                let column = 7 + in_base64(&secret_in(2, &shape, &token)).start as u64;
                assert_eq!(found[0].location.start, Position { line: 1, column });
            }
        }
    }
}

/// A program without support for UTF-16 has appended lines to a UTF-16 log.
#[test]
fn finds_tokens_in_plain_lines_of_a_utf_16_file() {
    let (shape, token) = tokens().swap_remove(0);
    for big in [false, true] {
        for filler in ["", "x"] {
            let mut text = utf16("\u{feff}first line\r\n", big);
            text.extend_from_slice(format!("appended line{filler} {token}\r\n").as_bytes());
            text.extend(utf16(&format!("last line {token}\r\n"), big));
            let found = findings(&text);
            assert_eq!(found.len(), 2, "{}: {found:#?}", shape.name);
            assert_eq!(found[0].location.start.line, 2);
            assert_eq!(
                found[1].location.start,
                Position {
                    line: 3,
                    column: 11
                }
            );
        }
    }
}

#[test]
fn finds_utf_16_in_other_bytes() {
    for (shape, token) in tokens() {
        for big in [false, true] {
            for before in [
                &b"\x7fELF\x02\x01\x01\x00\xff\xff"[..],
                b"plain text, then \xff\xff\xff",
            ] {
                let code = utf16(&format!("url={token}"), big);
                let mut text = before.to_vec();
                if before.len() % 2 == 1 {
                    text.push(0xff);
                }
                text.extend(code);
                text.extend(b"\xff\xff\xff\xff");
                let found = findings(&text);
                assert_eq!(found.len(), 1, "{}: {found:#?}", shape.name);
                assert_eq!(
                    found[0].encoding,
                    [if big { "utf-16be" } else { "utf-16le" }]
                );
                let secret = &token.as_bytes()[shape.label.len()..];
                assert_eq!(found[0].secret.reveal(), secret);
            }
        }
    }
}

#[test]
fn does_not_count_the_byte_order_mark_of_utf_8_as_a_column() {
    let (shape, token) = tokens().swap_remove(0);
    let text = format!("\u{feff}{token}\n{token}");
    let found = findings(text.as_bytes());
    assert_eq!(found.len(), 2, "{}", shape.name);
    assert_eq!(found[0].location.start, Position { line: 1, column: 1 });
    assert_eq!(found[1].location.start, Position { line: 2, column: 1 });
    assert!(found.iter().all(|finding| finding.encoding.is_empty()));
}
