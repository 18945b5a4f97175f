//! Methods of revocation for each kind of token.
//!
//! Every method acts on the secret itself, or proves first that the secret is live: the text next to a token in a
//! repository, and the claims of the token itself, must not decide whose credential is revoked. Where the API offers
//! no proof, the operator vouches by naming the credential. No method rotates a token: rotating a revoked one revokes
//! its successors.

use crate::model::{Finding, Secret, TokenKind};
use crate::ssh_key::SshKey;

/// A way to revoke a token over the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationMethod {
    /// The token revokes itself: `DELETE /personal_access_tokens/self`.
    SelfRevocation,
    /// The token gets a successor, which is discarded: `POST /runners/reset_authentication_token`.
    RunnerReset,
    /// The job of the token is canceled: `POST /projects/:id/jobs/:job/cancel`.
    JobCancellation,
    /// The deploy token of that user name is deleted: `DELETE /projects/:id/deploy_tokens/:token`.
    DeployTokenDeletion,
    /// The trigger that has the token is deleted: `DELETE /projects/:id/triggers/:trigger`.
    TriggerDeletion,
    /// The only token of the project's agents is deleted, if the operator vouches for it:
    /// `DELETE /projects/:id/cluster_agents/:agent/tokens/:token`.
    AgentTokenDeletion,
    /// The public half of the key is deleted: `DELETE /users/:id/keys/:key`, or
    /// `DELETE /projects/:id/deploy_keys/:key` in each project that has it.
    KeyDeletion,
    /// The token API for administrators: `DELETE /admin/token`, which chooses the action by prefix.
    AdminApi,
}

/// The operator's input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means<'a> {
    /// The operator's token.
    pub operator: Option<&'a Secret>,
    /// The project in which tokens are searched that do not name their project.
    pub project: Option<u64>,
    /// True if the operator named the credentials one by one, and so vouches for facts that the API cannot prove.
    pub is_named: bool,
}

/// The reason why a method cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The API has no request for this kind of token.
    #[error("the API has no request for this kind of credential")]
    NoRequest,
    /// The operator's token is missing.
    #[error("it needs a token of yours (TOKENSWEEP_GITLAB_TOKEN, GITLAB_TOKEN or --token-file)")]
    NoOperatorToken,
    /// The project is unknown.
    #[error("its project is unknown; name it with --project")]
    UnknownProject,
    /// The user name of a deploy token is unknown.
    #[error("its user name is unknown")]
    UnknownUser,
    /// The public half of a key is unknown.
    #[error("its public half, by which the instance identifies it, cannot be read from the file")]
    UnknownPublicHalf,
    /// The public half of a key may be that of somebody else.
    #[error(
        "nothing proves that the public half in the file belongs to the key, as for one with a passphrase; if it does, name the key with --only"
    )]
    UnprovenKey,
}

/// Returns the methods for a token, best first, and the obstacles to further ones.
pub fn methods(
    kind: Option<TokenKind>,
    finding: &Finding,
    means: Means<'_>,
) -> (Vec<RevocationMethod>, Vec<Obstacle>) {
    let mut possible = Vec::new();
    let mut obstacles = Vec::new();
    let all = kind.map_or(&[][..], methods_of);
    for &method in all {
        match method.obstacle(finding, means) {
            None => possible.push(method),
            Some(obstacle) if obstacles.contains(&obstacle) => {}
            Some(obstacle) => obstacles.push(obstacle),
        }
    }
    if all.is_empty() {
        obstacles.push(Obstacle::NoRequest);
    }
    (possible, obstacles)
}

/// The methods of a kind, best first. Source: the API documentation of GitLab 18.9 (access tokens, runners, jobs,
/// deploy tokens, pipeline triggers, `admin/token`).
fn methods_of(kind: TokenKind) -> &'static [RevocationMethod] {
    use RevocationMethod::{
        AdminApi, AgentTokenDeletion, DeployTokenDeletion, JobCancellation, KeyDeletion,
        RunnerReset, SelfRevocation, TriggerDeletion,
    };
    match kind {
        TokenKind::PersonalAccessToken => &[SelfRevocation, AdminApi],
        TokenKind::RunnerToken => &[RunnerReset],
        TokenKind::JobToken => &[JobCancellation],
        TokenKind::DeployToken => &[AdminApi, DeployTokenDeletion],
        TokenKind::TriggerToken => &[AdminApi, TriggerDeletion],
        TokenKind::AgentToken => &[AdminApi, AgentTokenDeletion],
        TokenKind::SshKey => &[KeyDeletion],
        TokenKind::FeedToken
        | TokenKind::IncomingMailToken
        | TokenKind::FeatureFlagsToken
        | TokenKind::OauthSecret
        | TokenKind::SessionCookie => &[AdminApi],
        TokenKind::RoutableToken => &[SelfRevocation, AdminApi],
        // The token API recognizes tokens by their prefix.
        TokenKind::UnprefixedToken => &[SelfRevocation],
        TokenKind::RegistrationToken
        | TokenKind::RunnerControllerToken
        | TokenKind::WorkspaceToken
        | TokenKind::IamToken
        | TokenKind::ScimToken => &[],
    }
}

impl RevocationMethod {
    fn obstacle(self, finding: &Finding, means: Means<'_>) -> Option<Obstacle> {
        if matches!(self, Self::SelfRevocation | Self::RunnerReset) {
            return None;
        }
        let is_listing = matches!(
            self,
            Self::DeployTokenDeletion | Self::TriggerDeletion | Self::AgentTokenDeletion
        );
        if self == Self::KeyDeletion {
            match SshKey::read(&finding.secret) {
                None => return Some(Obstacle::UnknownPublicHalf),
                Some(key) if !key.is_proven && !means.is_named => {
                    return Some(Obstacle::UnprovenKey);
                }
                Some(_) => {}
            }
        }
        if means.operator.is_none() {
            Some(Obstacle::NoOperatorToken)
        } else if is_listing && project_of(finding, means).is_none() {
            Some(Obstacle::UnknownProject)
        } else if self == Self::DeployTokenDeletion && finding.context.user.is_none() {
            Some(Obstacle::UnknownUser)
        } else {
            None
        }
    }

    /// A description of the method for the plan.
    pub fn describe(self, finding: &Finding, means: Means<'_>) -> String {
        let project = || project_of(finding, means).map_or_else(String::new, |id| id.to_string());
        match self {
            Self::SelfRevocation => "the token revokes itself".to_owned(),
            Self::RunnerReset => "the token resets itself; its successor is discarded".to_owned(),
            Self::JobCancellation => "your token cancels the job".to_owned(),
            Self::DeployTokenDeletion => {
                format!(
                    "your token deletes it from the deploy tokens of project {}",
                    project()
                )
            }
            Self::TriggerDeletion => {
                format!(
                    "your token deletes it from the trigger tokens of project {}",
                    project()
                )
            }
            Self::AgentTokenDeletion => format!(
                "your token lists the agent tokens of project {}, and deletes it if it is the only one",
                project()
            ),
            Self::KeyDeletion => {
                "your token deletes its public half, as an administrator".to_owned()
            }
            Self::AdminApi => "your token revokes it, as an administrator".to_owned(),
        }
    }
}

pub(super) fn project_of(finding: &Finding, means: Means<'_>) -> Option<u64> {
    finding.owner.project.or(means.project)
}
