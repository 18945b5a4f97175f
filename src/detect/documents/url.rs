//! URLs that carry credentials: which bytes are the user, the password, the host.
//!
//! Follows Git and curl: user information ends at the last `@` before the first `/`, `?` or `#`,
//! and its first `:` separates user and password. `user@host:path` has no password.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use crate::vocabulary;

/// The part of a URL that names an account, as ranges of the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `https`; empty for a proxy written without one.
    pub scheme: Range<usize>,
    /// As written, percent-encoding included; may be empty.
    pub user: Range<usize>,
    /// As written; `None` without a `:`.
    pub password: Option<Range<usize>>,
    /// Name or address, without the port.
    pub host: Range<usize>,
    /// The port with its `:`; may be empty.
    pub port: Range<usize>,
}

/// A text in the position of the password that marks the user as a token (GitHub's form).
pub(super) const TOKEN_MARKER: &[u8] = b"x-oauth-basic";

/// The longest scheme that is looked for, in bytes.
const MAX_SCHEME: usize = 32;

/// Returns every `scheme://user@host` in `text`, in order. URLs without user information are skipped.
pub(super) fn urls(text: &[u8]) -> impl Iterator<Item = Url> + '_ {
    memmem::find_iter(text, b"://").filter_map(|colon| {
        let floor = colon.saturating_sub(MAX_SCHEME);
        let mut start = colon;
        while start > floor
            && (text[start - 1].is_ascii_alphanumeric()
                || matches!(text[start - 1], b'+' | b'.' | b'-'))
        {
            start -= 1;
        }
        while start < colon && !text[start].is_ascii_alphabetic() {
            start += 1;
        }
        (start < colon)
            .then(|| authority(text, start..colon, colon + 3, start > 0))
            .flatten()
    })
}

/// The account of a proxy, which may be written without a scheme: `user:password@host:port`.
pub(super) fn proxy(text: &[u8]) -> Option<Url> {
    if memmem::find(text, b"://").is_some() {
        return urls(text).next();
    }
    authority(text, 0..0, 0, false)
}

/// Reads `user:password@host:port` from `start`. A blank ends it; so does a quote where the URL is
/// embedded in other text.
fn authority(text: &[u8], scheme: Range<usize>, start: usize, embedded: bool) -> Option<Url> {
    let end = text[start..]
        .iter()
        .position(|&byte| {
            matches!(byte, b'/' | b'?' | b'#')
                || byte <= b' '
                || embedded && matches!(byte, b'"' | b'\'' | b'`')
        })
        .map_or(text.len(), |length| start + length);
    let at = start + memchr::memrchr(b'@', &text[start..end])?;
    let colon = memchr::memchr(b':', &text[start..at]).map(|offset| start + offset);
    let host = at + 1..end;
    let bracket = memchr::memrchr(b']', &text[host.clone()]).map_or(0, |offset| offset + 1);
    let port = memchr::memchr(b':', &text[host.start + bracket..host.end])
        .map_or(host.end, |offset| host.start + bracket + offset);
    Some(Url {
        scheme,
        user: start..colon.unwrap_or(at),
        password: colon.map(|colon| colon + 1..at),
        host: host.start..port,
        port: port..host.end,
    })
}

impl Url {
    /// The parts that are secret: the password, and a user that is itself a token. A reference to
    /// a variable is neither.
    pub(super) fn secrets(&self, text: &[u8]) -> Vec<Range<usize>> {
        let marker = self
            .password
            .as_ref()
            .is_some_and(|password| &text[password.clone()] == TOKEN_MARKER);
        let user = &text[self.user.clone()];
        let mut secrets = Vec::new();
        if is_token(&percent_decode(user)) || marker && user.len() >= 16 && !is_reference(user) {
            secrets.push(self.user.clone());
        }
        if let Some(password) = &self.password
            && !marker
            && !password.is_empty()
            && !is_reference(&text[password.clone()])
        {
            secrets.push(password.clone());
        }
        secrets
    }

    /// The user name, percent-decoded; `None` if it is missing or if it is or equals a secret.
    pub(super) fn user<'t>(&self, text: &'t [u8]) -> Option<Cow<'t, [u8]>> {
        let secrets = self.secrets(text);
        let user = &text[self.user.clone()];
        let public = !user.is_empty() && secrets.iter().all(|secret| &text[secret.clone()] != user);
        public.then(|| percent_decode(user))
    }

    /// The URL without its credentials, query and fragment. SSH keeps its user, which is part of
    /// the address there.
    pub(super) fn without_credentials(&self, text: &[u8]) -> Vec<u8> {
        let mut url = Vec::with_capacity(text.len());
        if !self.scheme.is_empty() {
            url.extend_from_slice(&text[self.scheme.clone()]);
            url.extend_from_slice(b"://");
        }
        if text[self.scheme.clone()].ends_with(b"ssh") && self.user(text).is_some() {
            url.extend_from_slice(&text[self.user.clone()]);
            url.push(b'@');
        }
        url.extend_from_slice(&text[self.host.start..self.port.end]);
        let rest = &text[self.port.end..];
        let end = rest
            .iter()
            .position(|&byte| matches!(byte, b'?' | b'#') || byte <= b' ')
            .unwrap_or(rest.len());
        url.extend_from_slice(&rest[..end]);
        url
    }
}

/// Decodes percent escapes such as `%40`.
pub(super) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    percent_encoding::percent_decode(text).into()
}

/// True if the whole text is shaped like a GitLab token: a known prefix, possibly with an
/// instance's own in front, and a body of its alphabet.
pub(super) fn is_token(text: &[u8]) -> bool {
    const MIN_BODY: usize = 16;
    const MAX_INSTANCE_PREFIX: usize = 21;
    let in_alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    vocabulary::gitlab_token_prefixes().any(|prefix| {
        let window = &text[..text.len().min(MAX_INSTANCE_PREFIX + prefix.len())];
        memmem::find(window, prefix.as_bytes()).is_some_and(|at| {
            let body = &text[at + prefix.len()..];
            body.len() >= MIN_BODY && body.iter().all(in_alphabet)
        })
    })
}

/// True if the whole text refers to a value elsewhere: `$NAME`, `${NAME}`,
/// `$(command)`, `%NAME%`. A default inside (`${NAME:-value}`) is a value.
pub(super) fn is_reference(text: &[u8]) -> bool {
    let name = |name: &[u8]| {
        name.first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    match text {
        [b'$', b'{', inside @ .., b'}'] => {
            !inside.windows(2).any(|pair| pair == b":-") && !inside.contains(&b'}')
        }
        [b'$', b'(', .., b')'] => true,
        // A password may begin with `$`; a name of a variable is seldom in small letters.
        [b'$', rest @ ..] => name(rest) && !rest.iter().any(u8::is_ascii_lowercase),
        [b'%', inside @ .., b'%'] => name(inside),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, Option<String>, String)> {
        let part = |range: Range<usize>| text[range].to_owned();
        urls(text.as_bytes())
            .map(|url| (part(url.user), url.password.map(part), part(url.host)))
            .collect()
    }

    #[test]
    fn splits_user_information() {
        let one = |user: &str, password: Option<&str>, host: &str| {
            vec![(
                user.to_owned(),
                password.map(str::to_owned),
                host.to_owned(),
            )]
        };
        for (url, expected) in [
            ("https://u:p@h/x", one("u", Some("p"), "h")),
            ("https://u:p@ss:w@h:8080/x@y", one("u", Some("p@ss:w"), "h")),
            ("ssh://git@h:22/x", one("git", None, "h")),
            ("https://:p@h", one("", Some("p"), "h")),
            ("http::https://u:p@[::1]:80", one("u", Some("p"), "[::1]")),
            ("!git push 'https://u:p@h'", one("u", Some("p"), "h")),
            ("https://u:p'w@h/", one("u", Some("p'w"), "h")),
            ("https://h:80/a@b", vec![]),
            ("https://h/?q=a:b@c", vec![]),
            ("git@h:group/project.git", vec![]),
            ("1://u:p@h", vec![]),
            ("://u:p@h", vec![]),
            ("https://h see u:p@h", vec![]),
        ] {
            assert_eq!(parts(url), expected, "{url}");
        }
        assert_eq!(parts("a://u:p@h b://v:q@i").len(), 2);
    }

    #[test]
    fn ignores_references() {
        for (text, expected) in [
            ("$CI_JOB_TOKEN", true),
            ("${TOKEN}", true),
            ("$(cat token)", true),
            ("%TOKEN%", true),
            ("${TOKEN:-hunter2}", false),
            ("$ecret", false),
            ("%41b", false),
            ("hunter2", false),
            ("$", false),
        ] {
            assert_eq!(is_reference(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_user_may_be_the_secret() {
        let token = format!("{}{}", "glpat-", "A1b2C3d4E5f6G7h8J9k1");
        for (url, secrets) in [
            (format!("https://{token}@h/x"), vec![token.as_str()]),
            (format!("https://{token}:@h/x"), vec![&token]),
            (format!("https://{token}:x-oauth-basic@h/x"), vec![&token]),
            (
                format!("https://acme-{token}:@h/x"),
                vec![&url_of("acme-", &token)],
            ),
            ("https://someone@h/x".to_owned(), vec![]),
            ("https://someone:@h/x".to_owned(), vec![]),
            ("https://glenn-from-the-other-side@h".to_owned(), vec![]),
            ("https://someone:$PASSWORD@h".to_owned(), vec![]),
        ] {
            let parsed = urls(url.as_bytes()).next().unwrap();
            let found: Vec<_> = parsed
                .secrets(url.as_bytes())
                .into_iter()
                .map(|range| &url[range])
                .collect();
            assert_eq!(found, secrets);
            if !secrets.is_empty() {
                assert_eq!(parsed.user(url.as_bytes()), None);
            }
        }
    }

    fn url_of(prefix: &str, token: &str) -> String {
        format!("{prefix}{token}")
    }

    #[test]
    fn credentials_are_taken_out() {
        for (url, clean) in [
            ("https://u:p@h:8080/g/p.git", "https://h:8080/g/p.git"),
            ("ssh://git:p@h/g/p.git", "ssh://git@h/g/p.git"),
            ("https://u:p@h/g?private_token=x#y", "https://h/g"),
        ] {
            let parsed = urls(url.as_bytes()).next().unwrap();
            assert_eq!(parsed.without_credentials(url.as_bytes()), clean.as_bytes());
        }
        let text = b"u:p@proxy:3128";
        let parsed = proxy(text).unwrap();
        assert_eq!(parsed.without_credentials(text), b"proxy:3128");
        assert_eq!(parsed.user(text).unwrap().as_ref(), b"u");
    }
}
