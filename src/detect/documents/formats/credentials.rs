//! From the text at a key to the credentials in it.

use memchr::{memchr, memmem};

use super::super::CredentialKind;
use super::super::url::{is_token, urls};
use crate::rule::Holds;
use crate::syntax::mapped::Mapped;
use crate::token::{
    entropy, is_dummy_password, is_friendly, is_not_secret, is_placeholder, reads_like_name,
    reference,
};
use crate::vocabulary;

/// A credential within a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocumentCredential {
    pub(super) secret: Mapped,
    pub(super) kind: CredentialKind,
    pub(super) host: Option<Vec<u8>>,
    pub(super) user: Option<Vec<u8>>,
    /// True if only the name of its key identifies it as a credential.
    pub(super) by_name: bool,
    /// The encodings around it, outermost first.
    pub(super) encoding: &'static [&'static str],
}

/// The longest credential in bytes; a private key of 8192 bits has half of it.
pub(super) const MAX_SECRET: usize = 16 * 1024;

/// The credentials that `text`, at the key `name`, holds.
pub(super) fn credentials(holds: Holds, name: &[u8], text: &Mapped) -> Vec<DocumentCredential> {
    const ONCE: &[&str] = &["base64"];
    let single = match holds {
        Holds::Urls => return accounts(text),
        Holds::File => None,
        Holds::GitlabToken => one(text, CredentialKind::GitlabToken, &[]),
        Holds::Password => password(text),
        Holds::ForeignPassword => one(text, CredentialKind::Account, &[]),
        Holds::InstanceSecret => one(text, CredentialKind::InstanceSecret, &[])
            .filter(|found| found.secret.bytes().len() >= MIN_INSTANCE_SECRET),
        Holds::Named => named(name, text, &[]),
        Holds::NamedBase64 => text.base64().and_then(|text| named(name, &text, ONCE)),
        Holds::Environment => environment(text),
        Holds::Header => header(name, text),
        Holds::Basic => basic(text),
        Holds::UserPassword if memchr(b':', text.bytes()).is_some() => account(text, &[]),
        Holds::UserPassword => basic(text),
        Holds::PasswordBase64 => text
            .base64()
            .and_then(|text| one(&text, CredentialKind::Account, ONCE)),
    };
    single.into_iter().collect()
}

/// A password, or the whole value of a header with one (`Bearer …`), as Cargo requires it.
fn password(text: &Mapped) -> Option<DocumentCredential> {
    let text = text.trimmed();
    match after_scheme(&text, b"bearer") {
        Some(secret) => one(&secret, CredentialKind::Account, &[]),
        None => match after_scheme(&text, b"basic") {
            Some(coded) => basic(&coded),
            None => one(&text, CredentialKind::Account, &[]),
        },
    }
}

/// The passwords of the addresses in a text.
fn accounts(text: &Mapped) -> Vec<DocumentCredential> {
    let bytes = text.bytes();
    let mut found = Vec::new();
    for url in urls(bytes) {
        for place in url.secrets(bytes) {
            let Some(credential) = one(&text.slice(place), CredentialKind::Url, &[]) else {
                continue;
            };
            found.push(DocumentCredential {
                host: Some(bytes[url.host.clone()].to_vec()),
                user: url.user(bytes).map(|user| user.into_owned()),
                ..credential
            });
        }
    }
    found
}

/// GitLab's own keys have 32 characters and more; a shorter value is a word.
const MIN_INSTANCE_SECRET: usize = 16;

/// The whole text, if it is a literal; of a reference with a default, the default.
fn one(
    text: &Mapped,
    kind: CredentialKind,
    encoding: &'static [&'static str],
) -> Option<DocumentCredential> {
    let mut secret = unquoted(text.trimmed());
    if let Some(reference) = reference(secret.bytes()) {
        secret = secret.slice(reference.default?);
    }
    let bytes = secret.bytes();
    let is_switch = ["null", "nil", "none", "true", "false", "~"]
        .iter()
        .any(|word| bytes.eq_ignore_ascii_case(word.as_bytes()));
    // `helper:` and `!` name a program that prints the value; Maven encrypts the text in braces.
    let is_other = bytes.starts_with(b"helper:")
        || bytes.starts_with(b"!")
        || matches!(bytes, [b'{', .., b'}']);
    // Repositories hold files of examples too.
    let is_example = is_placeholder(bytes) || is_dummy_password(bytes) || is_not_secret(bytes);
    let literal = !bytes.is_empty() && bytes.len() <= MAX_SECRET && !is_switch;
    let literal = literal && !is_other && !is_example;
    literal.then_some(DocumentCredential {
        secret,
        kind,
        host: None,
        user: None,
        by_name: false,
        encoding,
    })
}

/// A text without the quotes around it, which languages without quotes keep.
fn unquoted(text: Mapped) -> Mapped {
    match text.bytes() {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => text.slice(1..text.bytes().len() - 1),
        _ => text,
    }
}

/// A credential if its key is named like one and the value looks like one: these files contain other values, too.
fn named(
    name: &[u8],
    text: &Mapped,
    encoding: &'static [&'static str],
) -> Option<DocumentCredential> {
    let mut found = one(text, CredentialKind::Account, encoding)?;
    let secret = found.secret.bytes();
    // `GITLAB_TOKEN` in a list of `NAME=value` is not a key of the file.
    if vocabulary::names_gitlab(name) && is_legacy_token(secret) {
        found.kind = CredentialKind::GitlabToken;
    }
    let is_key =
        secret.starts_with(b"-----BEGIN ") && memmem::find(secret, b"PRIVATE KEY").is_some();
    found.by_name = !is_token(secret) && !is_key;
    let has_name = vocabulary::ends_like_credential(name) && looks_real(secret);
    (!found.by_name || has_name).then_some(found)
}

/// True if a value may have been generated, or chosen to be hard to guess.
fn looks_real(secret: &[u8]) -> bool {
    const MIN_LEN: usize = 8;
    const MIN_LETTERS: usize = 12;
    const MIN_ENTROPY: f64 = 2.5;
    let kinds = [
        secret.iter().any(u8::is_ascii_lowercase),
        secret.iter().any(u8::is_ascii_uppercase),
        secret.iter().any(u8::is_ascii_digit),
        secret.iter().any(|byte| !byte.is_ascii_alphanumeric()),
    ];
    let is_address = memmem::find(secret, b"://").is_some() || secret.starts_with(b"/");
    // Of letters of one case only if it is long and not made of words.
    let is_varied = kinds.iter().filter(|&&kind| kind).count() >= 2
        || secret.len() >= MIN_LETTERS && secret.is_ascii() && !reads_like_name(secret);
    secret.len() >= MIN_LEN
        && is_varied
        && entropy(secret) >= MIN_ENTROPY
        && !secret.iter().any(u8::is_ascii_whitespace)
        && !is_address
}

/// Lines `NAME=value`.
fn environment(text: &Mapped) -> Option<DocumentCredential> {
    let bytes = text.bytes();
    let length = memchr(b'=', bytes)?;
    let name = bytes[..length].trim_ascii();
    let value = unquoted(text.slice(length + 1..bytes.len()).trimmed());
    named(name, &value, &[])
}

/// The value of an HTTP header.
fn header(name: &[u8], text: &Mapped) -> Option<DocumentCredential> {
    let name = name.to_ascii_lowercase();
    if vocabulary::is_gitlab_header(&name) {
        return one(text, CredentialKind::GitlabToken, &[]);
    }
    let text = text.trimmed();
    if let Some(credential) = after_scheme(&text, b"basic") {
        return basic(&credential);
    }
    let secret = after_scheme(&text, b"bearer").or_else(|| after_scheme(&text, b"token"));
    let is_authorization = name == b"authorization" || name == b"proxy-authorization";
    if secret.is_none() && !is_authorization && !vocabulary::ends_like_credential(&name) {
        return None;
    }
    let found = one(
        secret.as_ref().unwrap_or(&text),
        CredentialKind::Account,
        &[],
    )?;
    let real = looks_real(found.secret.bytes()) || is_token(found.secret.bytes());
    real.then_some(found)
}

/// Returns the text behind the scheme of an `Authorization` header.
fn after_scheme(text: &Mapped, scheme: &[u8]) -> Option<Mapped> {
    let bytes = text.bytes();
    let front = bytes.get(..scheme.len())?;
    let fits = front.eq_ignore_ascii_case(scheme)
        && bytes.get(scheme.len()).is_some_and(u8::is_ascii_whitespace);
    fits.then(|| text.slice(scheme.len()..bytes.len()).trimmed())
}

/// Base64 of `user:password`.
fn basic(text: &Mapped) -> Option<DocumentCredential> {
    account(&text.base64()?, &["base64"])
}

/// `user:password`. The user may be a token, without a password.
fn account(text: &Mapped, encoding: &'static [&'static str]) -> Option<DocumentCredential> {
    let bytes = text.bytes();
    let colon = memchr(b':', bytes)?;
    let user = &bytes[..colon];
    let password = text.slice(colon + 1..bytes.len());
    if password.bytes().trim_ascii().is_empty() && is_token(user) {
        return one(&text.slice(0..colon), CredentialKind::Account, encoding);
    }
    // If the user is not text, the value was not base64.
    let user = std::str::from_utf8(user).ok()?.to_owned();
    let public = !user.is_empty() && !is_token(user.as_bytes());
    let found = one(&password, CredentialKind::Account, encoding)?;
    Some(DocumentCredential {
        user: public.then(|| user.into_bytes()),
        ..found
    })
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
    body.len() == 20 && is_friendly(body) && !is_placeholder(body)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
