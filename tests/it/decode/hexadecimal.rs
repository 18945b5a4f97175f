//! Hexadecimal, in one run and byte by byte.

use super::{check, findings, tokens};
use crate::support::encoders::hex;

#[test]
fn finds_tokens_in_hexadecimal() {
    for (shape, token) in tokens() {
        for (user, tail) in [("", ""), ("user:", "\n"), ("x", "'")] {
            let user = if user == "x" { "x " } else { user };
            let code = hex(format!("{user}{token}{tail}").as_bytes());
            for upper in [false, true] {
                let code = if upper {
                    code.to_ascii_uppercase()
                } else {
                    code.clone()
                };
                let text = [b"key = 0x", &code[..], b"\n"].concat();
                let start = user.len() + shape.label.len();
                let span = 8 + 2 * start..8 + 2 * (user.len() + token.len());
                check("hex", &text, &shape, &token, &span, &["hex"]);
            }
        }
    }
}

/// The beginning of an array, before the first byte of the token, may be cut off.
#[test]
fn finds_tokens_in_an_array_without_its_beginning() {
    let (_, token) = tokens().swap_remove(0);
    let array: String = token
        .bytes()
        .map(|byte| format!("0x{byte:02x}, "))
        .collect();
    for front in ["x67, ", "67, ", "7, ", ", ", "0x", "x"] {
        let text = format!("{front}{array}");
        assert_eq!(findings(text.as_bytes()).len(), 1, "{text}");
    }
}

/// Each byte apart: fingerprints, dumps, arrays in source code.
#[test]
fn finds_tokens_in_separated_hexadecimal_bytes() {
    for (shape, token) in tokens() {
        for (before, between, width) in [
            ("", ":", 64),
            ("", " ", 64),
            ("", " ", 16),
            ("", "-", 64),
            ("0x", ", ", 64),
            ("0x", ",", 64),
            ("0x", ", ", 12),
            ("0X", ",", 8),
        ] {
            let pairs: Vec<String> = format!("user:{token}\n")
                .bytes()
                .map(|byte| format!("{before}{byte:02x}"))
                .collect();
            let lines: Vec<String> = pairs.chunks(width).map(|line| line.join(between)).collect();
            let gap = format!("{}\n    ", between.trim_end());
            let text = format!("value = {{ {} }};\n", lines.join(&gap));
            let found = findings(text.as_bytes());
            assert_eq!(found.len(), 1, "{}: {found:#?} in {text}", shape.name);
            let secret = &token.as_bytes()[shape.label.len()..];
            assert_eq!(found[0].secret.reveal(), secret, "{text}");
            assert_eq!(found[0].rule_id.as_str(), shape.rule, "{text}");
            assert_eq!(found[0].encoding, ["hex"], "{text}");
        }
    }
}
