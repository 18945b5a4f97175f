//! All kinds of files against arbitrary bytes.

use proptest::prelude::*;

use super::values::collect;
use crate::model::Hint;

/// Pieces of all the grammars, with secrets of one kind that can be looked for.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"https://"[..],
        b"user",
        b":",
        b"@",
        b"h/p",
        b"hunter2secret",
        b"\n",
        b"\r\n",
        b" ",
        b"\"",
        b"\\",
        b"[url \"",
        b"\"]",
        b"[remote \"origin\"]\n",
        b"url = ",
        b"insteadOf=",
        b"[http]\n",
        b"extraHeader = ",
        b"Authorization: Basic ",
        b"dTpodW50ZXIyc2VjcmV0",
        b"PRIVATE-TOKEN: ",
        b"helper = !echo ",
        b"password=",
        b"machine ",
        b"login ",
        b"password ",
        b"default ",
        b"macdef ",
        b"#",
        b"$X",
        b"%41",
        b"\0",
        b"\xff",
        b"\x1b[2J",
        b"\xe2\x80\xae",
        b"token = ",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    for path in [
        &b".git/config"[..],
        b"a/.gitmodules",
        b".git-credentials",
        b".netrc",
        b"\xff\n/.gitconfig",
    ] {
        let hint = Hint {
            path,
            ..Hint::default()
        };
        let values = collect(hint, bytes).unwrap();
        for value in values {
            prop_assert!(!value.span.is_empty() && value.span.end <= bytes.len());
            prop_assert!(!value.secret.is_empty());
            let repair = value.repair.unwrap();
            let shown = [
                value.context.key,
                value.context.host,
                value.context.user,
                repair.command,
                Some(repair.action),
            ];
            for text in shown.into_iter().flatten() {
                prop_assert!(
                    !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
                    "{text:?}"
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn takes_broken_files(bytes in pieces()) {
        check(&bytes)?;
    }

    #[test]
    fn takes_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }
}

#[test]
fn other_files_have_no_grammar() {
    for path in [&b"src/main.rs"[..], b"", b"/", b"config", b"a/.git/HEAD"] {
        let hint = Hint {
            path,
            ..Hint::default()
        };
        assert!(collect(hint, b"").is_none());
    }
}
