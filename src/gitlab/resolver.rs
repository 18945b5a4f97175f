//! Looks names up. A redirect, or the address of a registry, must not lead to services of this machine.

use std::net::{IpAddr, SocketAddr};

use ureq::Proxy;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Refuses addresses of this machine and of its link for every host but the operator's instance, however a name leads
/// there. Private networks are allowed: the object storage of a self-managed instance is often in one.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    inner: DefaultResolver,
    /// The host of the instance, in small letters.
    instance: String,
    /// True if the instance is on this machine itself.
    allows_all: bool,
    /// The address of the operator's proxy, which often runs on this machine.
    proxy: Option<Uri>,
}

impl GuardedResolver {
    pub(super) fn new(instance: &super::Instance, proxy: Option<&Proxy>) -> Self {
        Self {
            inner: DefaultResolver::default(),
            instance: instance.host().to_owned(),
            allows_all: instance.is_loopback(),
            proxy: proxy.map(|proxy| proxy.uri().clone()),
        }
    }

    fn is_proxy(&self, uri: &Uri) -> bool {
        let address = |uri: &Uri| (uri.host().map(str::to_owned), uri.port_u16());
        self.proxy.as_ref().map(address) == Some(address(uri))
    }

    fn is_allowed(&self, host: &str, address: IpAddr) -> bool {
        self.allows_all
            || host
                .trim_matches(['[', ']'])
                .eq_ignore_ascii_case(&self.instance)
            || !is_local(address)
    }
}

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if self.is_proxy(uri) {
            return Ok(found);
        }
        let host = uri.host().unwrap_or_default();
        let mut allowed = self.empty();
        let is_allowed = |address: &&SocketAddr| self.is_allowed(host, address.ip());
        for address in found.iter().filter(is_allowed) {
            allowed.push(*address);
        }
        if allowed.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(allowed)
    }
}

/// Returns true for loopback, unspecified (which connects to loopback), link-local and multicast addresses.
pub(super) fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.octets()[0] == 0
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_unspecified()
                || v6.is_loopback()
                || v6.is_unicast_link_local()
                || v6.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_addresses_of_this_machine_for_other_hosts() {
        let resolver = |instance: &str| GuardedResolver::new(&instance.parse().unwrap(), None);
        let remote = resolver("gitlab.example.com");
        for (address, expected) in [
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("169.254.169.254", false),
            ("224.0.0.1", false),
            ("::1", false),
            ("::", false),
            ("::ffff:127.0.0.1", false),
            ("fe80::1", false),
            ("10.0.0.7", true),
            ("192.168.1.1", true),
            ("fd00::7", true),
            ("203.0.113.9", true),
        ] {
            let address: IpAddr = address.parse().unwrap();
            let allowed = remote.is_allowed("storage.example", address);
            assert_eq!(allowed, expected, "{address}");
            // The operator may reach the instance through a tunnel.
            assert!(remote.is_allowed("GitLab.example.com", address));
            assert!(resolver("http://127.0.0.1:80").is_allowed("storage.example", address));
        }
    }

    #[test]
    fn resolves_other_spellings_of_loopback() {
        let remote = GuardedResolver::new(&"gitlab.example.com".parse().unwrap(), None);
        let config = ureq::Agent::config_builder().build();
        let timeout = NextTimeout {
            after: ureq::unversioned::transport::time::Duration::NotHappening,
            reason: ureq::Timeout::Global,
            per_read: None,
            per_write: None,
        };
        for host in ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
            let uri: Uri = format!("https://{host}/x").parse().unwrap();
            let found = remote.resolve(&uri, &config, timeout);
            assert!(
                matches!(found, Err(ureq::Error::HostNotFound)),
                "{host}: {found:?}"
            );
        }
    }
}
