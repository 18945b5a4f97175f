//! How each kind of token is revoked.
//!
//! Every method acts on the secret itself, or proves first that the secret is live: what a repository contains next
//! to a token, and what the token says about itself, must not decide whose credential is revoked. No method rotates
//! a token: rotating a revoked one revokes its successors.

use std::fmt;

use serde_json::Value;

use super::Revocation;
use crate::gitlab::{Answer, ApiRequest, AuthHeader, Client, RequestError};
use crate::model::{Finding, Secret, TokenKind};

/// The number of entries of a list that are read: a project with more deploy tokens or triggers is not searched to
/// its end.
const MAX_ENTRIES: usize = 10_000;

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
    /// The token API for administrators: `DELETE /admin/token`, which chooses by prefix what to do.
    AdminApi,
}

/// What the operator provides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means<'a> {
    /// The operator's token.
    pub operator: Option<&'a Secret>,
    /// The project in which tokens are searched that do not name their project.
    pub project: Option<u64>,
}

/// Why a method cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The API has no request for this kind of token.
    NoRequest,
    /// There is no operator's token.
    NoOperatorToken,
    /// The project is unknown.
    UnknownProject,
    /// The user name of a deploy token is unknown.
    UnknownUser,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRequest => "the API has no request for this kind of credential",
            Self::NoOperatorToken => {
                "it needs a token of yours (TOKENSWEEP_GITLAB_TOKEN, GITLAB_TOKEN or --token-file)"
            }
            Self::UnknownProject => "its project is unknown; name it with --project",
            Self::UnknownUser => "its user name is unknown",
        })
    }
}

/// Returns the methods for a token, best first, and what keeps further ones from being used.
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
        AdminApi, DeployTokenDeletion, JobCancellation, RunnerReset, SelfRevocation,
        TriggerDeletion,
    };
    match kind {
        TokenKind::PersonalAccessToken => &[SelfRevocation, AdminApi],
        TokenKind::RunnerToken => &[RunnerReset],
        TokenKind::JobToken => &[JobCancellation],
        TokenKind::DeployToken => &[AdminApi, DeployTokenDeletion],
        TokenKind::TriggerToken => &[AdminApi, TriggerDeletion],
        // A listing of the agent's tokens does not show which one is leaked.
        TokenKind::AgentToken
        | TokenKind::FeedToken
        | TokenKind::IncomingMailToken
        | TokenKind::FeatureFlagsToken
        | TokenKind::OauthSecret
        | TokenKind::SessionCookie => &[AdminApi],
        TokenKind::RoutableToken => &[SelfRevocation, AdminApi],
        // The token API knows tokens by their prefix.
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
        let is_listing = matches!(self, Self::DeployTokenDeletion | Self::TriggerDeletion);
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

    /// What the method does, for a person.
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
            Self::AdminApi => "your token revokes it, as an administrator".to_owned(),
        }
    }
}

fn project_of(finding: &Finding, means: Means<'_>) -> Option<u64> {
    finding.owner.project.or(means.project)
}

/// Revokes a token by the first of `methods` that succeeds.
pub fn revoke(
    client: &Client,
    kind: TokenKind,
    finding: &Finding,
    methods: &[RevocationMethod],
    means: Means<'_>,
) -> Revocation {
    let attempt = Attempt {
        client,
        kind,
        finding,
        means,
    };
    let mut reasons: Vec<String> = Vec::new();
    let mut is_asked = true;
    for method in methods {
        match attempt.run(*method) {
            Revocation::Left(reason) => reasons.push(reason),
            Revocation::Failed(reason) => {
                reasons.push(reason);
                is_asked = false;
            }
            done => return done,
        }
    }
    let reasons = reasons.join("; ");
    if is_asked {
        Revocation::Left(reasons)
    } else {
        Revocation::Failed(reasons)
    }
}

/// One token that is being revoked.
struct Attempt<'a> {
    client: &'a Client,
    kind: TokenKind,
    finding: &'a Finding,
    means: Means<'a>,
}

/// Ends an attempt early with a result.
type Step<T> = Result<T, Revocation>;

impl<'a> Attempt<'a> {
    fn run(&self, method: RevocationMethod) -> Revocation {
        let result = match method {
            RevocationMethod::SelfRevocation => self.revoke_itself(),
            RevocationMethod::RunnerReset => self.reset_runner(),
            RevocationMethod::JobCancellation => self.cancel_job(),
            RevocationMethod::DeployTokenDeletion => self.delete_deploy_token(),
            RevocationMethod::TriggerDeletion => self.delete_trigger(),
            RevocationMethod::AdminApi => self.ask_as_administrator(),
        };
        result.unwrap_or_else(|ended| ended)
    }

    fn send(&self, request: &ApiRequest) -> Step<Answer> {
        self.client.send(request).map_err(no_answer)
    }

    /// Sends a request with the operator's token.
    fn send_as_operator(&self, request: ApiRequest) -> Step<Answer> {
        self.send(&self.authenticated(request)?)
    }

    /// The entries of a list that the operator can read.
    fn list_as_operator(&self, path: &str) -> Step<Vec<Value>> {
        let request = self.authenticated(ApiRequest::get(format!("{path}?per_page=100")))?;
        let list = self.client.list(&request, MAX_ENTRIES).map_err(no_answer)?;
        list.map_err(|answer| match answer.status {
            400..=499 => Revocation::Left(format!("{path} answers {}", words(&answer))),
            _ => failed(&answer),
        })
    }

    fn authenticated(&self, request: ApiRequest) -> Step<ApiRequest> {
        let missing = || Revocation::Left(Obstacle::NoOperatorToken.to_string());
        let token = self.means.operator.ok_or_else(missing)?;
        Ok(request.auth(AuthHeader::PrivateToken, token))
    }

    fn project(&self) -> Step<u64> {
        let missing = || Revocation::Left(Obstacle::UnknownProject.to_string());
        project_of(self.finding, self.means).ok_or_else(missing)
    }

    fn revoke_itself(&self) -> Step<Revocation> {
        let request = ApiRequest::delete("/api/v4/personal_access_tokens/self")
            .auth(AuthHeader::PrivateToken, &self.finding.secret);
        let answer = self.send(&request)?;
        let cannot = || {
            Revocation::Left(format!(
                "the token cannot revoke itself ({})",
                words(&answer)
            ))
        };
        Ok(match answer.status {
            204 => Revocation::Revoked,
            // The token is live: it must be presented with a proof of possession.
            401 if answer.text("error") == Some("dpop_error") => cannot(),
            // The login page of a proxy says nothing about the token.
            401 if answer.body.is_none() => failed(&answer),
            401 if self.kind == TokenKind::PersonalAccessToken => dead(&answer),
            401 => Revocation::Left("it is not an access token that works".to_owned()),
            400 | 403 | 404 => cannot(),
            _ => failed(&answer),
        })
    }

    fn reset_runner(&self) -> Step<Revocation> {
        let request = ApiRequest::post("/api/v4/runners/reset_authentication_token")
            .secret_field("token", &self.finding.secret);
        let answer = self.send(&request)?;
        Ok(match answer.status {
            200 | 201 => Revocation::Revoked,
            403 if answer.body.is_some() => dead(&answer),
            400 | 404 | 422 => left(&answer),
            _ => failed(&answer),
        })
    }

    /// Asks with the token which job it belongs to: the ids inside the token are not proven.
    fn cancel_job(&self) -> Step<Revocation> {
        let request =
            ApiRequest::get("/api/v4/job").auth(AuthHeader::JobToken, &self.finding.secret);
        let answer = self.send(&request)?;
        match answer.status {
            200 => {}
            401 if answer.body.is_some() => return Ok(dead(&answer)),
            403 | 404 => return Ok(left(&answer)),
            _ => return Ok(failed(&answer)),
        }
        let number = |pointer: &str| answer.body.as_ref()?.pointer(pointer)?.as_u64();
        let project = number("/pipeline/project_id").or(self.finding.owner.project);
        let (Some(job), Some(project)) = (number("/id"), project) else {
            let reason = "the instance does not name the job and its project";
            return Ok(Revocation::Left(reason.to_owned()));
        };
        let path = format!("/api/v4/projects/{project}/jobs/{job}/cancel");
        let answer = self.send_as_operator(ApiRequest::post(path))?;
        Ok(match answer.status {
            200 | 201 => Revocation::Revoked,
            _ => refused(&answer),
        })
    }

    /// Proves first that the user name belongs to the token, because the user name comes from what was scanned.
    fn delete_deploy_token(&self) -> Step<Revocation> {
        let folder = format!("/api/v4/projects/{}/deploy_tokens", self.project()?);
        let Some(user) = self.finding.context.user.as_deref() else {
            return Ok(Revocation::Left(Obstacle::UnknownUser.to_string()));
        };
        let proof = ApiRequest::get("/jwt/auth?service=container_registry")
            .auth(AuthHeader::Basic(user.to_owned()), &self.finding.secret);
        let answer = self.send(&proof)?;
        match answer.status {
            200 if answer.text("token").is_some() => {}
            401 if answer.body.is_some() => return Ok(dead(&answer)),
            403 | 404 => return Ok(left(&answer)),
            _ => return Ok(failed(&answer)),
        }
        let tokens = self.list_as_operator(&folder)?;
        self.delete_listed(&folder, &tokens, |token| token["username"] == user)
    }

    /// The list contains the whole token only for the user who created it. Four characters are no proof.
    fn delete_trigger(&self) -> Step<Revocation> {
        let folder = format!("/api/v4/projects/{}/triggers", self.project()?);
        let triggers = self.list_as_operator(&folder)?;
        let secret = self.finding.secret.reveal();
        self.delete_listed(&folder, &triggers, |trigger| {
            trigger["token"]
                .as_str()
                .is_some_and(|token| token.as_bytes() == secret)
        })
    }

    fn delete_listed(
        &self,
        folder: &str,
        entries: &[Value],
        is_it: impl Fn(&Value) -> bool,
    ) -> Step<Revocation> {
        let entry = entries.iter().find(|entry| is_it(entry));
        let Some(id) = entry.and_then(|entry| entry["id"].as_u64()) else {
            return Ok(Revocation::Left(format!(
                "no entry of {folder} can be matched with it"
            )));
        };
        let answer = self.send_as_operator(ApiRequest::delete(format!("{folder}/{id}")))?;
        Ok(match answer.status {
            // The API description has no answer for success.
            200 | 202 | 204 => Revocation::Revoked,
            _ => refused(&answer),
        })
    }

    fn ask_as_administrator(&self) -> Step<Revocation> {
        let mut token = self.finding.secret.clone();
        if self.kind == TokenKind::SessionCookie {
            // The token API knows a session by the name of its cookie.
            token = Secret::new([b"_gitlab_session=", token.reveal()].concat(), 0);
        }
        let request = ApiRequest::delete("/api/v4/admin/token").secret_field("token", &token);
        let answer = self.send_as_operator(request)?;
        Ok(match answer.status {
            204 => Revocation::Revoked,
            // An endpoint that does not exist answers with `error`, an unknown token with `message`.
            404 if answer.text("message").is_some() => dead(&answer),
            404 => Revocation::Left("the instance has no token API (GitLab 17.7)".to_owned()),
            422 => Revocation::Left(format!(
                "the token API does not support this type ({})",
                words(&answer)
            )),
            403 => Revocation::Left(format!(
                "your token is not an administrator's, or lacks the scope api or admin_mode ({})",
                words(&answer)
            )),
            _ => refused(&answer),
        })
    }
}

/// There is no answer, so nothing is known.
fn no_answer(error: RequestError) -> Revocation {
    Revocation::Failed(error.to_string())
}

/// The credential does not work any more.
fn dead(answer: &Answer) -> Revocation {
    let says = answer.explanation().filter(|text| !text.starts_with("40"));
    Revocation::AlreadyDead(match says {
        Some(text) => format!("the instance answers: {text}"),
        // `401 Unauthorized`, `403 Forbidden`, `404 Not Found`: what a token of another instance would get too.
        None => "the instance does not know it".to_owned(),
    })
}

/// The instance refuses.
fn left(answer: &Answer) -> Revocation {
    Revocation::Left(format!("the instance answers {}", words(answer)))
}

/// The instance refuses the operator, or does not answer the question.
fn refused(answer: &Answer) -> Revocation {
    match answer.status {
        401 => Revocation::Left(format!("your token does not work ({})", words(answer))),
        403 => Revocation::Left(format!("your token may not do this ({})", words(answer))),
        400..=499 => left(answer),
        _ => failed(answer),
    }
}

/// The answer says nothing about the credential.
fn failed(answer: &Answer) -> Revocation {
    Revocation::Failed(format!("the instance answers {}", words(answer)))
}

/// The status and what the instance says.
fn words(answer: &Answer) -> String {
    match answer.explanation() {
        Some(text) => format!("{}: {text}", answer.status),
        None if answer.body.is_none() && !answer.is_empty => {
            format!("{}, with a page that is not GitLab's API", answer.status)
        }
        None => answer.status.to_string(),
    }
}
