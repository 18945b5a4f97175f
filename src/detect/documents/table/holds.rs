//! What a value is: from the text at a key to the credentials in it.

use memchr::{memchr, memmem};

use super::super::url::is_token;
use super::super::{FILE_RULE, INSTANCE_RULE, UNPREFIXED_RULE};
use crate::syntax::json;
use crate::syntax::mapped::Mapped;
use crate::token::{entropy, is_dummy_password, is_friendly, placeholder, reference};

/// What the value of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect::documents) enum Holds {
    /// A token of GitLab, whatever its age.
    Token,
    /// A password or token of an account.
    Password,
    /// A password of something that is never GitLab: of a mail server, of storage.
    Foreign,
    /// A key of the instance itself.
    InstanceSecret,
    /// What the name of its key says: a credential if that tells one and the value looks like one.
    Named,
    /// Base64 of what the name of its key says, or of Docker's configuration.
    NamedBase64,
    /// Lines `NAME=value`, each as `Named`.
    Environment,
    /// The value of the HTTP header that its key names.
    Header,
    /// Base64 of `user:password`.
    Basic,
    /// `user:password`, or base64 of it.
    UserPassword,
    /// Base64 of a password.
    PasswordBase64,
}

/// A credential within a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) secret: Mapped,
    pub(super) rule: &'static str,
    pub(super) host: Option<Vec<u8>>,
    pub(super) user: Option<Vec<u8>>,
    /// The encodings around it, outermost first.
    pub(super) encoding: &'static [&'static str],
}

/// The longest credential in bytes; a private key of 8192 bits has half of it.
const MAX_SECRET: usize = 16 * 1024;

/// The credentials that `text`, at the key `name`, holds.
pub(super) fn credentials(holds: Holds, name: &[u8], text: &Mapped) -> Vec<Credential> {
    const ONCE: &[&str] = &["base64"];
    match holds {
        Holds::Token => one(text, UNPREFIXED_RULE, &[]).into_iter().collect(),
        Holds::Password | Holds::Foreign => one(text, FILE_RULE, &[]).into_iter().collect(),
        Holds::InstanceSecret => one(text, INSTANCE_RULE, &[])
            .filter(|found| found.secret.bytes().len() >= MIN_INSTANCE_SECRET)
            .into_iter()
            .collect(),
        Holds::Named => named(name, text, &[]),
        Holds::NamedBase64 => text
            .base64()
            .map_or_else(Vec::new, |text| named(name, &text, ONCE)),
        Holds::Environment => environment(text),
        Holds::Header => header(name, text).into_iter().collect(),
        Holds::Basic => basic(text).into_iter().collect(),
        Holds::UserPassword => match memchr(b':', text.bytes()) {
            Some(_) => account(text, &[]).into_iter().collect(),
            None => basic(text).into_iter().collect(),
        },
        Holds::PasswordBase64 => text
            .base64()
            .and_then(|text| one(&text, FILE_RULE, ONCE))
            .into_iter()
            .collect(),
    }
}

/// GitLab's own keys have 32 characters and more; what is shorter is a word.
const MIN_INSTANCE_SECRET: usize = 16;

/// The whole text, if it is a literal; of a reference with a default, the default.
fn one(text: &Mapped, rule: &'static str, encoding: &'static [&'static str]) -> Option<Credential> {
    let mut secret = text.trimmed();
    if let Some(reference) = reference(secret.bytes()) {
        secret = secret.slice(reference.default?);
    }
    let bytes = secret.bytes();
    let is_switch = ["null", "nil", "none", "true", "false", "~"]
        .iter()
        .any(|word| bytes.eq_ignore_ascii_case(word.as_bytes()));
    // `helper:` and `!` name a program that prints the value; Maven encrypts what is in braces.
    let is_other = bytes.starts_with(b"helper:")
        || bytes.starts_with(b"!")
        || matches!(bytes, [b'{', .., b'}']);
    // Repositories hold files of examples too.
    let is_example = placeholder(bytes).is_some() || is_dummy_password(bytes);
    let literal = !bytes.is_empty() && bytes.len() <= MAX_SECRET && !is_switch;
    let literal = literal && !is_other && !is_example;
    literal.then_some(Credential {
        secret,
        rule,
        host: None,
        user: None,
        encoding,
    })
}

/// A credential if the name of its key tells one and the value looks like one: these files hold
/// much else.
fn named(name: &[u8], text: &Mapped, encoding: &'static [&'static str]) -> Vec<Credential> {
    if matches!(
        name,
        b".dockerconfigjson" | b".dockercfg" | b"DOCKER_AUTH_CONFIG"
    ) {
        return docker(text, encoding);
    }
    let Some(found) = one(text, FILE_RULE, encoding) else {
        return Vec::new();
    };
    let secret = found.secret.bytes();
    let is_key =
        secret.starts_with(b"-----BEGIN ") && memmem::find(secret, b"PRIVATE KEY").is_some();
    let tells = is_telling(name) && looks_real(secret);
    if is_token(secret) || is_key || tells {
        vec![found]
    } else {
        Vec::new()
    }
}

/// True if a name says that its value is a credential.
fn is_telling(name: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 10] = [
        b"token",
        b"password",
        b"passwd",
        b"secret",
        b"apikey",
        b"privatekey",
        b"secretkey",
        b"accesskey",
        b"pat",
        b"auth",
    ];
    let name: Vec<u8> = name
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.ends_with(b"compat")
}

/// True if a value may have been generated, or chosen to be hard to guess.
fn looks_real(secret: &[u8]) -> bool {
    const MIN_LEN: usize = 8;
    const MIN_ENTROPY: f64 = 2.5;
    let kinds = [
        secret.iter().any(u8::is_ascii_lowercase),
        secret.iter().any(u8::is_ascii_uppercase),
        secret.iter().any(u8::is_ascii_digit),
        secret.iter().any(|byte| !byte.is_ascii_alphanumeric()),
    ];
    let is_address = memmem::find(secret, b"://").is_some() || secret.starts_with(b"/");
    secret.len() >= MIN_LEN
        && kinds.iter().filter(|&&kind| kind).count() >= 2
        && entropy(secret) >= MIN_ENTROPY
        && !secret.iter().any(u8::is_ascii_whitespace)
        && !is_address
}

/// Lines `NAME=value`.
fn environment(text: &Mapped) -> Vec<Credential> {
    let bytes = text.bytes();
    let Some(length) = memchr(b'=', bytes) else {
        return Vec::new();
    };
    let name = bytes[..length].trim_ascii();
    let value = text.slice(length + 1..bytes.len()).trimmed();
    let is_quoted = matches!(value.bytes(), [b'"', .., b'"'] | [b'\'', .., b'\'']);
    let value = if is_quoted {
        value.slice(1..value.bytes().len() - 1)
    } else {
        value
    };
    named(name, &value, &[])
}

/// Headers that carry a token of GitLab, in lower case (gitlab-tokens reference, section 5.1).
const GITLAB_HEADERS: [&[u8]; 6] = [
    b"private-token",
    b"job-token",
    b"deploy-token",
    b"runner-token",
    b"unleash-instanceid",
    b"x-gitlab-static-object-token",
];

/// The value of an HTTP header.
fn header(name: &[u8], text: &Mapped) -> Option<Credential> {
    let name = name.to_ascii_lowercase();
    if GITLAB_HEADERS.contains(&name.as_slice()) {
        return one(text, UNPREFIXED_RULE, &[]);
    }
    let text = text.trimmed();
    let bytes = text.bytes();
    let after = |scheme: &[u8]| {
        let front = bytes.get(..scheme.len())?;
        let fits = front.eq_ignore_ascii_case(scheme)
            && bytes.get(scheme.len()).is_some_and(u8::is_ascii_whitespace);
        fits.then(|| text.slice(scheme.len()..bytes.len()).trimmed())
    };
    if let Some(credential) = after(b"basic") {
        return basic(&credential);
    }
    let secret = after(b"bearer").or_else(|| after(b"token"));
    let is_authorization = name == b"authorization" || name == b"proxy-authorization";
    if secret.is_none() && !is_authorization && !is_telling(&name) {
        return None;
    }
    let found = one(secret.as_ref().unwrap_or(&text), FILE_RULE, &[])?;
    let real = looks_real(found.secret.bytes()) || is_token(found.secret.bytes());
    real.then_some(found)
}

/// Base64 of `user:password`.
fn basic(text: &Mapped) -> Option<Credential> {
    account(&text.base64()?, &["base64"])
}

/// `user:password`. A token may stand in the place of the user, with nothing behind it.
fn account(text: &Mapped, encoding: &'static [&'static str]) -> Option<Credential> {
    let bytes = text.bytes();
    let colon = memchr(b':', bytes)?;
    let user = &bytes[..colon];
    let password = text.slice(colon + 1..bytes.len());
    if password.bytes().trim_ascii().is_empty() && is_token(user) {
        return one(&text.slice(0..colon), FILE_RULE, encoding);
    }
    // A user that is no text says that this was no base64.
    let user = std::str::from_utf8(user).ok()?.to_owned();
    let public = !user.is_empty() && !is_token(user.as_bytes());
    let found = one(&password, FILE_RULE, encoding)?;
    Some(Credential {
        user: public.then(|| user.into_bytes()),
        ..found
    })
}

/// The accounts of a text that is Docker's configuration.
fn docker(text: &Mapped, encoding: &'static [&'static str]) -> Vec<Credential> {
    const TWICE: &[&str] = &["base64", "base64"];
    let tree = json::read(text.bytes());
    let mut found = Vec::new();
    for node in tree.values() {
        let (Some(name), Some(inner)) = (tree.key(node), tree.text(node)) else {
            continue;
        };
        let inner = text.outward(inner);
        let credential = match &*name {
            b"auth" => basic(&inner).map(|found| Credential {
                encoding: if encoding.is_empty() {
                    found.encoding
                } else {
                    TWICE
                },
                ..found
            }),
            b"password" | b"identitytoken" | b"registrytoken" => one(&inner, FILE_RULE, encoding),
            _ => None,
        };
        let Some(mut credential) = credential else {
            continue;
        };
        credential.host = tree
            .parent(node)
            .and_then(|node| tree.key(node))
            .map(|key| key.into_owned());
        if credential.user.is_none() {
            let user = tree
                .parent(node)
                .and_then(|node| tree.child(node, b"username"));
            credential.user = user
                .and_then(|user| tree.text(user))
                .map(|user| user.bytes().to_vec());
        }
        found.push(credential);
    }
    found
}

/// True if a value has the shape of a GitLab token from before there were prefixes, or of one that
/// still has none (gitlab-tokens reference, section 1.2).
pub(super) fn is_legacy_token(secret: &[u8]) -> bool {
    let body = match secret {
        [b't', b'1'..=b'3', b'_', rest @ ..] => rest,
        _ => match memchr(b'_', secret) {
            // The partition of a job token.
            Some(length @ 1..=5) if secret.len() == length + 21 => &secret[length + 1..],
            _ => secret,
        },
    };
    body.len() == 20 && is_friendly(body) && placeholder(body).is_none()
}

#[cfg(test)]
mod tests {
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
    fn a_literal_is_one_and_a_reference_is_none() {
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
    fn docker_configuration_is_read_in_any_coding() {
        let auth = BASE64_STANDARD.encode("me:hT7-kQ2mZx9");
        let json = format!("{{\"auths\": {{\"h\": {{\"auth\": \"{auth}\"}}}}}}");
        let expected = |depth| [("hT7-kQ2mZx9".to_owned(), Some("me".to_owned()), depth)];
        assert_eq!(
            found(Holds::Named, "DOCKER_AUTH_CONFIG", &json),
            expected(1)
        );
        let coded = BASE64_STANDARD.encode(&json);
        assert_eq!(
            found(Holds::NamedBase64, ".dockerconfigjson", &coded),
            expected(2)
        );
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
}
