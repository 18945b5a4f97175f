//! Keys: the purposes of their values, and names without the secrets that keys may contain.

use crate::detect::documents::repair::shown;
use crate::detect::documents::url::{Url, is_reference, urls};
use crate::syntax::git_config::Section;
use crate::vocabulary::ends_like_git_credential;

/// The purpose of the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyPurpose {
    /// One HTTP header (`http.extraHeader`).
    Header,
    /// A program that Git asks for a password (`credential.helper`).
    Helper,
    /// A proxy (`http.proxy`, `remote.*.proxy`).
    Proxy,
    /// The secret itself, by the key's name: not Git's own, but tools keep theirs here.
    Secret,
    /// Anything, possibly a URL.
    Other,
}

impl KeyPurpose {
    /// By section (in lower case) and key.
    pub(super) fn of(section: &[u8], key: &[u8]) -> Self {
        let key: Vec<u8> = key
            .iter()
            .filter(|b| !matches!(b, b'-' | b'_'))
            .map(u8::to_ascii_lowercase)
            .collect();
        match key.as_slice() {
            b"extraheader" => Self::Header,
            b"helper" => Self::Helper,
            b"proxy" | b"httpproxy" | b"httpsproxy" => Self::Proxy,
            b"pass" if section == b"imap" => Self::Secret,
            key if ends_like_git_credential(key) => Self::Secret,
            _ => Self::Other,
        }
    }
}

/// True if the value of a key named for a secret can be one: no switch, no command, no path, no
/// reference and no address.
pub(super) fn is_literal(value: &[u8]) -> bool {
    let switch = [&b"true"[..], b"false", b"yes", b"no", b"on", b"off"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    let path = value.starts_with(b"~") || value.starts_with(b"/") && value[1..].contains(&b'/');
    !switch
        && !path
        && !value.iter().all(u8::is_ascii_digit)
        && !value.starts_with(b"!")
        && memchr::memmem::find(value, b"://").is_none()
        && !is_reference(value)
}

/// The section of entries.
#[derive(Default)]
pub(super) struct SectionContext {
    pub(super) section: Section,
    /// The URLs with user information in its subsection.
    pub(super) urls: Vec<Url>,
    secret: bool,
}

impl SectionContext {
    pub(super) fn new(section: Section) -> Self {
        let text = section.subsection.as_ref().map(|text| text.bytes());
        let urls: Vec<Url> = text.map(|text| urls(text).collect()).unwrap_or_default();
        let secret = text.is_some_and(|text| urls.iter().any(|url| !url.secrets(text).is_empty()));
        Self {
            section,
            urls,
            secret,
        }
    }

    /// True if the subsection holds a credential.
    pub(super) fn holds_secret(&self) -> bool {
        self.secret
    }

    /// The host of a subsection that is a URL (`http.https://host/.extraHeader`).
    pub(super) fn host(&self) -> Option<Vec<u8>> {
        let text = self.section.subsection.as_ref()?.bytes();
        if let Some(url) = self.urls.first() {
            return Some(text[url.host.clone()].to_vec());
        }
        let start = memchr::memmem::find(text, b"://")? + 3;
        let rest = &text[start..];
        let end = rest
            .iter()
            .position(|b| matches!(b, b'/' | b'?' | b'#' | b':'))
            .unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_vec())
    }

    /// `section.subsection.key` as Git names it, with `…` in place of secrets.
    pub(super) fn name(&self, key: Option<&[u8]>) -> String {
        let mut name = shown(&self.section.name);
        if let Some(subsection) = &self.section.subsection {
            name.push('.');
            let mut start = 0;
            for secret in self
                .urls
                .iter()
                .flat_map(|url| url.secrets(subsection.bytes()))
            {
                if secret.start > start {
                    name.push_str(&shown(&subsection.bytes()[start..secret.start]));
                }
                name.push('…');
                start = secret.end;
            }
            name.push_str(&shown(&subsection.bytes()[start..]));
        }
        if let Some(key) = key {
            name.push('.');
            name.push_str(&shown(key));
        }
        name
    }

    /// Returns the full name of a key for a command; `None` if it contains a secret.
    pub(super) fn full_key(&self, key: &[u8]) -> Option<Vec<u8>> {
        if self.secret {
            return None;
        }
        let mut name = self.section.name.clone();
        if let Some(subsection) = &self.section.subsection {
            name.push(b'.');
            name.extend_from_slice(subsection.bytes());
        }
        name.push(b'.');
        name.extend_from_slice(key);
        Some(name)
    }
}
