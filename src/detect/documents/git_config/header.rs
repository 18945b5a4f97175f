//! Credentials in an HTTP header, as `http.extraHeader` holds it.

use std::ops::Range;

use super::ValueCredential;
use crate::detect::documents::CredentialKind;
use crate::detect::documents::url::{is_reference, is_token};
use crate::model::decode_base64;
use crate::vocabulary::{is_credential_header, is_gitlab_header};

/// The longest Basic credential that is decoded, in bytes.
const MAX_BASIC: usize = 16 * 1024;

/// The credentials of `Name: value`.
pub(super) fn credentials(header: &[u8]) -> Vec<ValueCredential> {
    let Some(colon) = memchr::memchr(b':', header) else {
        return Vec::new();
    };
    let name = header[..colon].trim_ascii().to_ascii_lowercase();
    let value = trimmed(header, colon + 1..header.len());
    let whole = |range: Range<usize>| {
        let literal = !range.is_empty() && !is_reference(&header[range.clone()]);
        literal.then(|| in_header(range))
    };
    if name == b"authorization" || name == b"proxy-authorization" {
        authorization(header, value).into_iter().collect()
    } else if name == b"cookie" {
        cookies(header, value).filter_map(whole).collect()
    } else if is_gitlab_header(&name) || is_credential_header(&name) {
        whole(value).into_iter().collect()
    } else {
        Vec::new()
    }
}

/// `Basic <base64>`, `Bearer <token>`, `<token>`.
fn authorization(header: &[u8], value: Range<usize>) -> Option<ValueCredential> {
    let text = &header[value.clone()];
    let blank = text.iter().position(|&b| b == b' ' || b == b'\t');
    let (scheme, credential) = match blank {
        Some(length) => (
            &text[..length],
            trimmed(header, value.start + length..value.end),
        ),
        None => (&text[..0], value),
    };
    let text = &header[credential.clone()];
    let scheme_alone = [&b"basic"[..], b"bearer", b"token"]
        .iter()
        .any(|scheme| text.eq_ignore_ascii_case(scheme));
    if text.is_empty() || scheme_alone || is_reference(text) {
        return None;
    }
    if scheme.eq_ignore_ascii_case(b"basic")
        && let Some((user, password)) = basic(text)
    {
        // The user may be a token, without a password.
        let (user, secret) = if password.is_empty() && is_token(&user) {
            (Vec::new(), user)
        } else {
            (user, password)
        };
        if secret.is_empty() || is_reference(&secret) {
            return None;
        }
        let user = (!user.is_empty() && user != secret && !is_token(&user)).then_some(user);
        return Some(ValueCredential {
            decoded: Some(secret),
            user,
            ..in_header(credential)
        });
    }
    Some(in_header(credential))
}

fn in_header(range: Range<usize>) -> ValueCredential {
    ValueCredential::new(range, CredentialKind::Header)
}

/// Cookies whose name identifies a credential.
fn cookies(header: &[u8], value: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = value.start;
    std::iter::from_fn(move || {
        let rest = header
            .get(start..value.end)
            .filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b';', rest).map_or(value.end, |length| start + length);
        let pair = start..end;
        start = end + 1;
        Some(pair)
    })
    .filter_map(|pair| {
        let equals = memchr::memchr(b'=', &header[pair.clone()])? + pair.start;
        let name = header[pair.start..equals].trim_ascii().to_ascii_lowercase();
        is_credential_header(&name).then(|| trimmed(header, equals + 1..pair.end))
    })
}

/// User and password of a Basic credential; padding may be missing, either alphabet is taken.
fn basic(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if text.len() > MAX_BASIC {
        return None;
    }
    let decoded = decode_base64(text)?;
    let colon = memchr::memchr(b':', &decoded)?;
    Some((
        decoded[..colon].to_vec(),
        trim_line_end(&decoded[colon + 1..]),
    ))
}

/// `echo user:password | base64` encodes the end of the line as well.
fn trim_line_end(password: &[u8]) -> Vec<u8> {
    let password = password.strip_suffix(b"\n").unwrap_or(password);
    password.strip_suffix(b"\r").unwrap_or(password).to_vec()
}

/// Shortens a range by blanks at both ends.
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_ascii_start().len());
    start..start + inside.trim_ascii().len()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    fn found(header: &str) -> Vec<(String, Option<String>)> {
        credentials(header.as_bytes())
            .into_iter()
            .map(|credential| {
                let text = String::from_utf8(
                    credential
                        .decoded
                        .unwrap_or_else(|| header.as_bytes()[credential.range].to_vec()),
                );
                (
                    text.unwrap(),
                    credential.user.map(|user| String::from_utf8(user).unwrap()),
                )
            })
            .collect()
    }

    #[test]
    fn headers_with_a_credential() {
        let plain = |secret: &str| vec![(secret.to_owned(), None)];
        for header in [
            "PRIVATE-TOKEN: hunter2",
            "private-token:hunter2 ",
            "JOB-TOKEN: hunter2",
            "Deploy-Token: hunter2",
            "X-Gitlab-Token: hunter2",
            "Gitlab-Kas-Api-Request: hunter2",
            "X-Vault-Token: hunter2",
            "Authorization: Bearer hunter2",
            "AUTHORIZATION: hunter2",
            "Authorization: Basic hunter2",
            "Cookie: a=b; _gitlab_session=hunter2; c=d",
        ] {
            assert_eq!(found(header), plain("hunter2"), "{header}");
        }
    }

    #[test]
    fn basic_is_decoded() {
        for (pair, secret, user) in [
            ("oauth2:hunter2", "hunter2", Some("oauth2")),
            (":hunter2", "hunter2", None),
            ("u:hun:ter\n", "hun:ter", Some("u")),
            ("hunter2:hunter2", "hunter2", None),
        ] {
            let encoded = BASE64_STANDARD.encode(pair);
            for text in [encoded.as_str(), encoded.trim_end_matches('=')] {
                let header = format!("Authorization: basic  {text}");
                let expected = vec![(secret.to_owned(), user.map(str::to_owned))];
                assert_eq!(found(&header), expected, "{pair}");
                assert_eq!(
                    &header[credentials(header.as_bytes())[0].range.clone()],
                    text
                );
            }
        }
        let token = format!("{}{}", "glpat-", "A1b2C3d4E5f6G7h8J9k1");
        let header = format!(
            "Authorization: Basic {}",
            BASE64_STANDARD.encode(format!("{token}:"))
        );
        assert_eq!(found(&header), [(token, None)]);
    }

    #[test]
    fn headers_without() {
        let nobody = format!("Authorization: Basic {}", BASE64_STANDARD.encode("git:"));
        for header in [
            "X-Correlation-Id: 0123456789",
            "Authorization: Bearer $TOKEN",
            "PRIVATE-TOKEN: ${TOKEN}",
            "PRIVATE-TOKEN:",
            "Authorization: Basic",
            "Cookie: theme=dark; ; =",
            "no colon",
            "",
            &nobody,
        ] {
            let expected: Vec<(String, Option<String>)> = Vec::new();
            assert_eq!(found(header), expected, "{header}");
        }
    }
}
