//! The address of the operator's GitLab.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;

/// The address of a GitLab instance: HTTPS, or HTTP to a loopback address; a relative URL root is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Scheme, authority and root path, without a final slash.
    base: String,
    host: String,
    is_loopback: bool,
}

/// A text that is not the address of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInstance {
    /// It cannot be parsed.
    #[error("not the address of a GitLab instance: expected https://HOST")]
    Syntax,
    /// It contains a user name or password.
    #[error("contains a user name or password; a credential never belongs into an address")]
    Credential,
    /// It is not HTTPS.
    #[error("does not begin with https://; credentials are sent over HTTPS only")]
    Insecure,
}

impl Instance {
    /// The host name or IP address, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True if requests do not leave this machine.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// True unless it is a loopback address with HTTP.
    pub(super) fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// The same scheme, host and port without the root path.
    pub(super) fn origin(&self) -> Option<Self> {
        let uri: Uri = self.base.parse().ok()?;
        let base = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        Some(Self {
            base,
            ..self.clone()
        })
    }

    /// The path of a URL below the instance's root.
    pub(super) fn url_path(&self, path: &str) -> String {
        let uri: Option<Uri> = self.url(path).parse().ok();
        uri.map_or_else(|| path.to_owned(), |uri| uri.path().to_owned())
    }

    /// The URL of an absolute path below the instance's root.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl FromStr for Instance {
    type Err = InvalidInstance;

    fn from_str(text: &str) -> Result<Self, InvalidInstance> {
        let text = text.trim();
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let text = text.trim_end_matches('/');
        let uri: Uri = text.parse().map_err(|_| InvalidInstance::Syntax)?;
        let authority = uri.authority().ok_or(InvalidInstance::Syntax)?;
        if authority.as_str().contains('@') {
            return Err(InvalidInstance::Credential);
        }
        if uri.scheme().is_none()
            || uri.host().unwrap_or_default().is_empty()
            || uri.query().is_some()
            || text.contains('#')
        {
            return Err(InvalidInstance::Syntax);
        }
        let host = authority
            .host()
            .trim_matches(['[', ']'])
            .to_ascii_lowercase();
        let is_loopback = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback => {}
            _ => return Err(InvalidInstance::Insecure),
        }
        Ok(Self {
            base: text.to_owned(),
            host,
            is_loopback,
        })
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_and_loopback_only() {
        for (text, base) in [
            ("https://gitlab.example.com/", "https://gitlab.example.com"),
            ("gitlab.example.com:8443", "https://gitlab.example.com:8443"),
            ("https://example.com/gitlab/", "https://example.com/gitlab"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(text.parse::<Instance>().unwrap().to_string(), base);
        }
        for (text, error) in [
            ("http://gitlab.example.com", InvalidInstance::Insecure),
            ("http://127.0.0.1.example.com", InvalidInstance::Insecure),
            ("ftp://gitlab.example.com", InvalidInstance::Insecure),
            (
                "https://user:pw@gitlab.example.com",
                InvalidInstance::Credential,
            ),
            ("https://127.0.0.1@example.com", InvalidInstance::Credential),
            ("https://gitlab.example.com?x=1", InvalidInstance::Syntax),
            ("https://gitlab.example.com#x", InvalidInstance::Syntax),
            ("https://", InvalidInstance::Syntax),
            ("", InvalidInstance::Syntax),
            ("https://a b", InvalidInstance::Syntax),
        ] {
            assert_eq!(text.parse::<Instance>(), Err(error), "{text}");
        }
    }
}
