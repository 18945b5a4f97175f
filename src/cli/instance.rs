//! The options that name the operator's GitLab, and the client that they make.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use clap::Args;

use super::ci::additional_certificates;
use crate::gitlab::{Client, ClientOptions, Instance, parse_certificates};

/// The variable that names the instance where no option does.
const GITLAB_URL: &str = "GITLAB_URL";

/// Options for requests to a GitLab instance.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct InstanceOptions {
    /// GitLab instance to ask, such as `https://gitlab.example.com` [default: $GITLAB_URL]
    ///
    /// Requests go to this instance only, over HTTPS. Proxies (HTTPS_PROXY, NO_PROXY) and certificates
    /// (SSL_CERT_FILE, ADDITIONAL_CA_CERT_BUNDLE) are respected.
    #[arg(long, value_name = "URL", help_heading = "GitLab instance")]
    pub(super) instance: Option<Instance>,

    /// Make at most N requests a minute [default: the limit that the instance reports]
    #[arg(long, value_name = "N", help_heading = "GitLab instance", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) requests_per_minute: Option<u32>,
}

impl InstanceOptions {
    /// A client of the instance, which does not connect before its first request. `stop` ends its waiting.
    ///
    /// # Errors
    /// If no instance is named, or additional certificates cannot be read.
    pub(super) fn client(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<Client> {
        let instance = match (&self.instance, std::env::var(GITLAB_URL)) {
            (Some(instance), _) => instance.clone(),
            (None, Ok(url)) if !url.is_empty() => url.parse().context(GITLAB_URL)?,
            (None, _) => anyhow::bail!(
                "no GitLab instance is named; pass --instance https://HOST or set {GITLAB_URL}"
            ),
        };
        let mut certificates = Vec::new();
        for (name, pem) in additional_certificates()? {
            certificates.extend(parse_certificates(pem.as_bytes()).context(name)?);
        }
        let options = ClientOptions {
            requests_per_minute: self.requests_per_minute,
            certificates,
            stop: Arc::clone(stop),
            ..ClientOptions::default()
        };
        Ok(Client::new(instance, &options))
    }
}
