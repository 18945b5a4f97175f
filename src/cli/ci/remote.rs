//! Addresses that may be fetched from. They are checked as strings, without reading any configuration.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// A repository to fetch from.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// Its name in the log.
    pub(super) label: &'static str,
    /// The address, without HTTP credentials.
    address: String,
    /// Git's name of the transport.
    pub(super) transport: &'static str,
    /// The prefix of addresses that the credentials are for, and the header that contains them.
    header: Option<(String, String)>,
    /// Texts that must not be shown.
    pub(super) secrets: Vec<String>,
}

/// An address cannot be fetched from. The message does not contain the address, which may contain a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address of {0} is not one that is fetched from (https://, http://, ssh://, file:// or an absolute path)"
)]
pub(super) struct AddressError(&'static str);

impl Remote {
    /// Accepts addresses of transports that start no other program.
    pub(super) fn new(label: &'static str, address: &str) -> Result<Self, AddressError> {
        let address = address.trim();
        let is_odd = |c: char| c.is_control() || c.is_whitespace();
        let is_plain = |transport, address: &str| Self {
            label,
            address: address.to_owned(),
            transport,
            header: None,
            secrets: Vec::new(),
        };
        let rejected = Err(AddressError(label));
        if address.starts_with('/') || address.starts_with("file:///") {
            return if address.contains(char::is_control) {
                rejected
            } else {
                Ok(is_plain("file", address))
            };
        }
        if address.contains(is_odd) {
            return rejected;
        }
        if let Some((scheme, rest)) = address.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "https" => Self::http(label, "https", rest).ok_or(AddressError(label)),
                "http" => Self::http(label, "http", rest).ok_or(AddressError(label)),
                "ssh" if is_host(host_of(authority(rest))) => Ok(is_plain("ssh", address)),
                _ => rejected,
            };
        }
        // `git@host:path`
        match address.split_once(':') {
            Some((authority, path))
                if !path.starts_with(':') && is_host(host_of(authority)) && !path.is_empty() =>
            {
                Ok(is_plain("ssh", address))
            }
            _ => rejected,
        }
    }

    /// Accepts an HTTP address. Its credentials move into a header, because Git passes the address to a helper as
    /// an argument, which every user of the machine can read.
    fn http(label: &'static str, transport: &'static str, rest: &str) -> Option<Self> {
        let authority = authority(rest);
        let path = rest.get(authority.len()..)?;
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        if !is_host(host) {
            return None;
        }
        let prefix = format!("{transport}://{host}/");
        let mut secrets = Vec::new();
        let header = credentials.map(|credentials| {
            let decoded: Vec<u8> = percent_decode_str(credentials).collect();
            let (_, password) = credentials.split_once(':').unwrap_or(("", credentials));
            let encoded = STANDARD.encode(if decoded.contains(&b':') {
                decoded
            } else {
                [decoded.as_slice(), b":"].concat()
            });
            let plain = percent_decode_str(password)
                .decode_utf8_lossy()
                .into_owned();
            secrets.extend([
                credentials.to_owned(),
                password.to_owned(),
                plain,
                encoded.clone(),
            ]);
            secrets.retain(|secret| !secret.is_empty());
            (prefix.clone(), format!("Authorization: Basic {encoded}"))
        });
        Some(Self {
            label,
            address: format!("{transport}://{host}{path}"),
            transport,
            header,
            secrets,
        })
    }

    /// Returns the configuration that makes this a remote with a name.
    pub(super) fn settings(&self, name: &str) -> Vec<(String, String)> {
        let mut settings = vec![(format!("remote.{name}.url"), self.address.clone())];
        if let Some((prefix, header)) = &self.header {
            settings.push((format!("http.{prefix}.extraHeader"), header.clone()));
        }
        settings
    }
}

/// Does not show the address, whose path may contain a credential.
impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.label).finish()
    }
}

/// Returns the part between `://` and the path.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// Returns host and port, without the account.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once('@') {
        // `ssh` would take an account that begins with a dash for an option.
        Some((account, _)) if account.starts_with('-') => "",
        Some((_, host)) => host,
        None => authority,
    }
}

/// Returns true for a host with an optional port that cannot be mistaken for an option.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && !host.starts_with('-')
        && host.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_transports_that_start_nothing_else() {
        for (address, transport) in [
            ("https://gitlab.example/a/b.git", "https"),
            ("HTTPS://gitlab.example:8443/a", "https"),
            ("http://[::1]:80/a.git", "http"),
            ("ssh://git@gitlab.example:22/a.git", "ssh"),
            ("git@gitlab.example:a/b.git", "ssh"),
            ("/srv/git/a b.git", "file"),
            ("file:///srv/git/a.git", "file"),
        ] {
            let remote = Remote::new("origin", address).unwrap();
            assert_eq!(remote.transport, transport, "{address}");
        }
        for address in [
            "",
            "x",
            "../x",
            "./a:b",
            "ext::sh -c true",
            "fd::17",
            "https::https://host/x",
            "git://host/x",
            "ftp://host/x",
            "ssh://-oProxyCommand=true/x",
            "ssh://-l@host/x",
            "-oProxyCommand=true:x",
            "-l@host:x",
            "host::x",
            "https://user@/x",
            "https://a b/x",
            "https://host/x\n",
            "https://ho\nst/x",
            "file://host/x",
        ] {
            let is_trimmed = address.trim() != address && address.trim() == "https://host/x";
            assert_eq!(
                Remote::new("origin", address).is_err(),
                !is_trimmed,
                "{address:?}"
            );
        }
    }

    #[test]
    fn moves_credentials_of_http_from_the_address_into_a_header() {
        let remote = Remote::new("origin", "https://bob:p%40ss@host.example/a.git").unwrap();
        let settings = remote.settings("r");
        assert_eq!(settings[0].1, "https://host.example/a.git");
        assert_eq!(settings[1].0, "http.https://host.example/.extraHeader");
        assert_eq!(
            settings[1].1,
            format!("Authorization: Basic {}", STANDARD.encode("bob:p@ss"))
        );
        assert!(!format!("{remote:?}").contains("host"));
        let bare = Remote::new("origin", "https://token@host.example/a.git").unwrap();
        assert!(
            bare.settings("r")[1]
                .1
                .ends_with(&STANDARD.encode("token:"))
        );
    }
}
