//! One attempt to revoke a token: the requests of each method, and the meaning of their answers.
//!
//! A response counts only if it is GitLab's: a login page, a server error or a missing response proves nothing about the
//! token. Source: the API documentation and source of GitLab 18.9.

use serde_json::Value;

use super::method::project_of;
use super::{Means, Obstacle, Revocation, RevocationMethod};
use crate::gitlab::{Answer, ApiRequest, AuthHeader, Client, RequestError};
use crate::model::{Finding, Secret, TokenKind};

/// The number of entries of a list that are read: a project with more deploy tokens or triggers is not searched to
/// its end.
const MAX_ENTRIES: usize = 10_000;

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
pub(super) struct Attempt<'a> {
    client: &'a Client,
    kind: TokenKind,
    pub(super) finding: &'a Finding,
    pub(super) means: Means<'a>,
}

/// Ends an attempt early with a result.
pub(super) type Step<T> = Result<T, Revocation>;

impl<'a> Attempt<'a> {
    fn run(&self, method: RevocationMethod) -> Revocation {
        let result = match method {
            RevocationMethod::SelfRevocation => self.revoke_itself(),
            RevocationMethod::RunnerReset => self.reset_runner(),
            RevocationMethod::JobCancellation => self.cancel_job(),
            RevocationMethod::DeployTokenDeletion => self.delete_deploy_token(),
            RevocationMethod::TriggerDeletion => self.delete_trigger(),
            RevocationMethod::AgentTokenDeletion => self.delete_agent_token(),
            RevocationMethod::KeyDeletion => self.delete_key(),
            RevocationMethod::AdminApi => self.ask_as_administrator(),
        };
        result.unwrap_or_else(|ended| ended)
    }

    fn send(&self, request: &ApiRequest) -> Step<Answer> {
        self.client.send(request).map_err(no_answer)
    }

    /// Sends a request with the operator's token.
    pub(super) fn send_as_operator(&self, request: ApiRequest) -> Step<Answer> {
        self.send(&self.authenticated(request)?)
    }

    /// The entries of a list that the operator can read.
    pub(super) fn list_as_operator(&self, path: &str) -> Step<Vec<Value>> {
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

    pub(super) fn project(&self) -> Step<u64> {
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
            // A proxy's login page is not an answer about the token.
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

    /// Proves first that the user name belongs to the token, because the user name comes from scanned content.
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

    /// The list contains the whole token only for the user who created it. Four characters do not identify a token.
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
            // The token API identifies a session by the name of its cookie.
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

/// A failed request. The state of the credential is unknown.
fn no_answer(error: RequestError) -> Revocation {
    Revocation::Failed(error.to_string())
}

/// The credential does not work any more.
fn dead(answer: &Answer) -> Revocation {
    let says = answer.explanation().filter(|text| !text.starts_with("40"));
    Revocation::AlreadyDead(match says {
        Some(text) => format!("the instance answers: {text}"),
        // `401 Unauthorized`, `403 Forbidden`, `404 Not Found`: a token of another instance gets the same answer.
        None => "the instance does not recognize it".to_owned(),
    })
}

/// The instance refuses.
pub(super) fn left(answer: &Answer) -> Revocation {
    Revocation::Left(format!("the instance answers {}", words(answer)))
}

/// The instance refuses the operator, or does not answer the question.
pub(super) fn refused(answer: &Answer) -> Revocation {
    match answer.status {
        401 => Revocation::Left(format!("your token does not work ({})", words(answer))),
        403 => Revocation::Left(format!("your token may not do this ({})", words(answer))),
        400..=499 => left(answer),
        _ => failed(answer),
    }
}

/// An answer that is not about the credential.
fn failed(answer: &Answer) -> Revocation {
    Revocation::Failed(format!("the instance answers {}", words(answer)))
}

/// The status and the instance's reason.
fn words(answer: &Answer) -> String {
    match answer.explanation() {
        Some(text) => format!("{}: {text}", answer.status),
        None if answer.body.is_none() && !answer.is_empty => {
            format!("{}, with a page that is not GitLab's API", answer.status)
        }
        None => answer.status.to_string(),
    }
}
