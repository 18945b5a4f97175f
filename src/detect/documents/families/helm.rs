//! Helm: values of GitLab's charts, and accounts of repositories.

use super::super::table::{From, Group, Holds, Key};
use crate::syntax::toml;

/// Values of the runner's chart, alone or below another, and of the chart for all of GitLab.
pub(super) const RUNNER: Group = Group {
    needles: &[
        "runnerToken",
        "runnerRegistrationToken",
        "initialRootPassword",
        "runners",
    ],
    keys: &[
        Key::at(&["**", "runnerToken"], Holds::Token).host(From::Field(1, "gitlabUrl")),
        Key::at(&["**", "runnerRegistrationToken"], Holds::Token).host(From::Field(1, "gitlabUrl")),
        Key::at(&["**", "initialRootPassword"], Holds::Named),
        // The runner's own configuration, in the values of its chart and in a ConfigMap.
        Key::file(
            &["**", "runners", "config"],
            toml::read,
            &super::runner::CONFIG,
        ),
        Key::file(&["**", "config.toml"], toml::read, &super::runner::CONFIG),
        Key::file(
            &["**", "config.template.toml"],
            toml::read,
            &super::runner::CONFIG,
        ),
    ],
};

/// Values of the agent's chart.
pub(super) const AGENT: Group = Group {
    needles: &["kasAddress"],
    keys: &[Key::at(&["**", "config", "token"], Holds::Token).host(From::Field(1, "kasAddress"))],
};

/// `repositories.yaml`: what `helm repo add --username --password` keeps.
pub(super) const REPOSITORIES: Group = Group {
    needles: &["repositories"],
    keys: &[Key::at(&["repositories", "password"], Holds::Password)
        .host(From::Field(1, "url"))
        .user(From::Field(1, "username"))],
};
