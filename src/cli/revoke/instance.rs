//! The instance at which credentials are revoked, and the operator's token for it.

use anyhow::Context as _;
use clap::Args;

use crate::cli::operator_token::OperatorTokenArgs;
use crate::gitlab::{Client, ClientOptions, Instance};

/// The variables that name the instance, the first one that is set wins.
const INSTANCE_VARIABLES: [&str; 2] = ["GITLAB_URL", "CI_SERVER_URL"];

/// Options for the instance.
#[derive(Clone, Debug, Args)]
pub(super) struct InstanceArgs {
    /// URL of your GitLab instance [default: GITLAB_URL or CI_SERVER_URL]
    ///
    /// Requests go to this instance only, never to a host that a scanned file or a token names.
    #[arg(long, value_name = "URL", help_heading = "Instance")]
    instance: Option<String>,

    #[command(flatten)]
    pub(super) token: OperatorTokenArgs,
}

impl InstanceArgs {
    /// A client of the instance. Nothing is sent yet.
    ///
    /// # Errors
    /// If no instance is named, or the text is not the URL of one.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let of_variable = || {
            let values = INSTANCE_VARIABLES
                .iter()
                .filter_map(|name| std::env::var(name).ok());
            values.into_iter().find(|value| !value.is_empty())
        };
        let url = self.instance.clone().or_else(of_variable);
        let url =
            url.context("no instance: name yours with --instance https://gitlab.example.com")?;
        let instance: Instance = url
            .parse()
            .with_context(|| format!("not the URL of an instance: '{url}'"))?;
        Ok(Client::new(instance, &ClientOptions::default()))
    }
}
