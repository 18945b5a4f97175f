//! Values of every kind, as files hold them.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::*;

fn found(holds: Holds, name: &str, text: &str) -> Vec<(String, Option<String>, usize)> {
    let file = text.as_bytes();
    credentials(
        holds,
        name.as_bytes(),
        &Mapped::verbatim(file, 0..file.len()),
    )
    .into_iter()
    .map(|found| {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let secret = text(found.secret.bytes().to_vec());
        (secret, found.user.map(text), found.encoding.len())
    })
    .collect()
}

fn just(secret: &str) -> Vec<(String, Option<String>, usize)> {
    vec![(secret.to_owned(), None, 0)]
}

#[test]
fn accepts_literals_and_rejects_references() {
    for (text, expected) in [
        ("hT7-kQ2mZx9", just("hT7-kQ2mZx9")),
        (" hT7-kQ2mZx9\n", just("hT7-kQ2mZx9")),
        ("${TOKEN:-hT7-kQ2mZx9}", just("hT7-kQ2mZx9")),
        ("$TOKEN", vec![]),
        ("${TOKEN}", vec![]),
        ("{{ token }}", vec![]),
        ("<token>", vec![]),
        ("helper: pass show x", vec![]),
        ("null", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(Holds::Password, "p", text), expected, "{text}");
    }
}

#[test]
fn a_name_must_tell_and_the_value_must_look_real() {
    for (name, text, expected) in [
        ("GITLAB_TOKEN", "hT7-kQ2mZx9", true),
        ("db-password", "hT7-kQ2mZx9", true),
        ("azure_storage_account_key", "hT7-kQ2mZx9", true),
        ("GITLAB_TOKEN", "changeme", false),
        ("GITLAB_TOKEN", "your-token-here", false),
        ("GITLAB_TOKEN", "/run/secrets/token", false),
        ("GITLAB_URL", "hT7-kQ2mZx9", false),
        ("tokenReview", "hT7-kQ2mZx9", false),
    ] {
        assert_eq!(
            !found(Holds::Named, name, text).is_empty(),
            expected,
            "{name} {text}"
        );
    }
    let token = format!(
        "{}{}",
        "glagent-",
        "kT7rQ2mZx9vW3yH5pN8bkT7rQ2mZx9vW3yH5pN8bcD4fG6jKsA".to_owned()
    );
    assert_eq!(found(Holds::Named, "anything", &token), just(&token));
    let coded = BASE64_STANDARD.encode(&token);
    assert_eq!(found(Holds::NamedBase64, "x", &coded), [(token, None, 1)]);
    assert_eq!(
        found(Holds::Environment, "", "A_TOKEN='hT7-kQ2mZx9'"),
        just("hT7-kQ2mZx9")
    );
    assert!(found(Holds::Environment, "", "A_TOKEN").is_empty());
}

#[test]
fn accounts_are_split() {
    let basic = BASE64_STANDARD.encode("me:hT7-kQ2mZx9\n");
    let expected = [("hT7-kQ2mZx9".to_owned(), Some("me".to_owned()), 1)];
    assert_eq!(found(Holds::Basic, "auth", &basic), expected);
    assert_eq!(found(Holds::UserPassword, "x", &basic), expected);
    assert_eq!(
        found(Holds::UserPassword, "x", "me:hT7-kQ2mZx9"),
        [("hT7-kQ2mZx9".to_owned(), Some("me".to_owned()), 0)]
    );
    assert_eq!(
        found(Holds::Header, "Authorization", &format!("Basic {basic}")),
        expected
    );
    assert!(found(Holds::Basic, "auth", "${AUTH}").is_empty());
    assert!(found(Holds::Basic, "auth", &BASE64_STANDARD.encode("me:$TOKEN")).is_empty());
    assert!(found(Holds::Basic, "auth", &BASE64_STANDARD.encode(b"\xff\xfe:x")).is_empty());
}

#[test]
fn headers_are_read() {
    for (name, text, expected) in [
        ("Private-Token", "hT7-kQ2mZx9", just("hT7-kQ2mZx9")),
        ("Authorization", "Bearer hT7-kQ2mZx9", just("hT7-kQ2mZx9")),
        ("authorization", "Bearer ${TOKEN}", vec![]),
        ("X-Api-Token", "hT7-kQ2mZx9", just("hT7-kQ2mZx9")),
        ("Accept", "application/json", vec![]),
        ("Authorization", "Bearer", vec![]),
    ] {
        assert_eq!(found(Holds::Header, name, text), expected, "{name} {text}");
    }
}

#[test]
fn old_tokens_have_known_shapes() {
    for (text, expected) in [
        ("kT7rQ2mZx9vW3yH5pN8b", true),
        ("t1_kT7rQ2mZx9vW3yH5pN8b", true),
        ("64_kT7rQ2mZx9vW3yH5pN8b", true),
        ("kT7rQ2mZx9vW3yH5pN8", false),
        ("kT7rQ2mZx9vW3yH5pN8l", false),
        ("xxxxxxxxxxxxxxxxxxxx", false),
    ] {
        assert_eq!(is_legacy_token(text.as_bytes()), expected, "{text}");
    }
}
