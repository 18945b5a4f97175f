//! The options that name the operator's GitLab, and the client that they make.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::ci::additional_certificates;
use crate::gitlab::{Client, ClientOptions, Instance, parse_certificates};

/// The variable that names the instance where no option does.
const GITLAB_URL: &str = "GITLAB_URL";

/// Time for one request of work that takes hours.
const PERSISTENT_TIMEOUT: Duration = Duration::from_secs(60);

/// Options for requests to a GitLab instance.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "GitLab instance")]
pub(super) struct InstanceOptions {
    /// GitLab instance to ask, such as `https://gitlab.example.com` [default: $GITLAB_URL]
    ///
    /// Requests go to this instance only, over HTTPS. Proxies (HTTPS_PROXY, NO_PROXY) and certificates
    /// (SSL_CERT_FILE, ADDITIONAL_CA_CERT_BUNDLE) are respected.
    #[arg(long, value_name = "URL")]
    pub(super) instance: Option<Instance>,

    /// Make at most N requests a minute [default: the limit that the instance reports]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) requests_per_minute: Option<u32>,
}

impl InstanceOptions {
    /// A client of the instance, which does not connect before its first request. `stop` ends its waiting.
    ///
    /// # Errors
    /// If no instance is named, or additional certificates cannot be read.
    pub(super) fn client(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<Client> {
        self.client_with(stop, ClientOptions::default())
    }

    /// A client for work of hours, with this number of requests at a time.
    ///
    /// # Errors
    /// As [`InstanceOptions::client`].
    pub(super) fn persistent_client(
        &self,
        stop: &Arc<AtomicBool>,
        parallel: usize,
    ) -> anyhow::Result<Client> {
        let options = ClientOptions {
            timeout: PERSISTENT_TIMEOUT,
            persistent: true,
            parallel,
            ..ClientOptions::default()
        };
        self.client_with(stop, options)
    }

    fn client_with(
        &self,
        stop: &Arc<AtomicBool>,
        options: ClientOptions,
    ) -> anyhow::Result<Client> {
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
            ..options
        };
        Ok(Client::new(instance, &options))
    }
}
