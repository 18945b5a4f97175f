//! The kinds of GitLab credentials, each with its own API requests for verification and revocation.

use serde::{Deserialize, Serialize};

/// A kind of GitLab credential. A rule file names it as `kind` in the table `[gitlab]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// A personal, impersonation, project, group or service account access token.
    PersonalAccessToken,
    /// The token by which a runner fetches jobs.
    RunnerToken,
    /// The token that registers new runners.
    RegistrationToken,
    /// The token of a runner controller.
    RunnerControllerToken,
    /// The token of a running job.
    JobToken,
    /// A deploy token of a project or group.
    DeployToken,
    /// A pipeline trigger token.
    TriggerToken,
    /// The token of an agent for Kubernetes.
    AgentToken,
    /// The token of a remote development workspace.
    WorkspaceToken,
    /// A feed token of a user.
    FeedToken,
    /// An incoming mail token of a user.
    IncomingMailToken,
    /// The token of a feature flags client.
    FeatureFlagsToken,
    /// The secret of an OAuth application.
    OauthSecret,
    /// A token of the identity service.
    IamToken,
    /// The token by which an identity provider manages users.
    ScimToken,
    /// The cookie of a signed-in browser session.
    SessionCookie,
    /// A private key, whose public half may be an SSH key of a user or a deploy key. It is never sent.
    SshKey,
    /// A routable token of unknown type: it has a custom prefix of the instance.
    RoutableToken,
    /// A token of unknown type: it has no prefix.
    UnprefixedToken,
}
