//! Helm: values of GitLab's charts, and accounts of repositories.

use super::super::table::{From, Group, Holds, Key};

/// Values of the runner's chart, alone or below another, and of the chart for all of GitLab.
pub(super) const RUNNER: Group = Group {
    needles: &[
        "runnerToken",
        "runnerRegistrationToken",
        "initialRootPassword",
    ],
    keys: &[
        Key::at(&["**", "runnerToken"], Holds::Token).host(From::Field(1, "gitlabUrl")),
        Key::at(&["**", "runnerRegistrationToken"], Holds::Token).host(From::Field(1, "gitlabUrl")),
        Key::at(&["**", "initialRootPassword"], Holds::Named),
    ],
};

/// Values of the agent's chart.
pub(super) const AGENT: Group = Group {
    needles: &["kasAddress"],
    keys: &[Key::at(&["**", "config", "token"], Holds::Token).host(From::Field(1, "kasAddress"))],
};

/// `repositories.yaml`: what `helm repo add --username --password` keeps.
pub(super) const REPOSITORIES: Group = Group {
    needles: &["repositories:"],
    keys: &[Key::at(&["repositories", "password"], Holds::Password)
        .host(From::Field(1, "url"))
        .user(From::Field(1, "username"))],
};
