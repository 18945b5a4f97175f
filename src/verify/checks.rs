//! The checks, one row each: the request for a kind of credential, and the meaning of its answers.
//!
//! Source: <https://docs.gitlab.com/api/personal_access_tokens/>, <https://docs.gitlab.com/api/jobs/>,
//! <https://docs.gitlab.com/api/runners/>, <https://docs.gitlab.com/api/feature_flags/>, and the source code of
//! GitLab 18.9.

use serde::Deserialize;

use super::{AnswerRow, OPERATOR_REJECTED};
use crate::gitlab::{Answer, ApiRequest, AuthHeader, path_segment};
use crate::model::Liveness::{Dead, Live, Unknown};
use crate::model::{Excerpt, Finding, Owner, Secret, TokenDetails, TokenKind};
use crate::ssh_key::SshKey;

/// A distinct credential.
#[derive(Debug)]
pub(super) struct CheckSubject {
    pub(super) kind: TokenKind,
    pub(super) secret: Secret,
    /// The owner that the token contains.
    owner: Owner,
    /// The project whose id is near the token.
    named_project: Option<u64>,
    /// The user name beside it.
    pub(super) user: Option<String>,
    /// The group of the SCIM endpoint in a URL on its line.
    scim_group: Option<String>,
}

impl CheckSubject {
    pub(super) fn new(kind: TokenKind, finding: &Finding) -> Self {
        Self {
            kind,
            secret: finding.secret.clone(),
            owner: finding.owner.clone(),
            named_project: named_project(&finding.excerpt),
            user: finding.context.user.clone(),
            scim_group: scim_group(&finding.excerpt),
        }
    }

    /// Adds the context of another location of the same credential.
    pub(super) fn add_place(&mut self, finding: &Finding) {
        self.user = self.user.take().or_else(|| finding.context.user.clone());
        self.named_project = self
            .named_project
            .or_else(|| named_project(&finding.excerpt));
        let group = self.scim_group.take();
        self.scim_group = group.or_else(|| scim_group(&finding.excerpt));
    }

    /// The project that the token itself names, or that its line names.
    fn project(&self) -> Result<u64, &'static str> {
        self.owner.project.or(self.named_project).ok_or(
            "the request needs the id of the project, which neither the token nor its line contains",
        )
    }
}

/// The text before the id of a project in the URLs for which these tokens are made.
const BEFORE_PROJECT: [&str; 2] = ["/projects/", "/feature_flags/unleash/"];

/// The id of the project in a URL on the line of a credential.
fn named_project(line: &Excerpt) -> Option<u64> {
    [line.before(), line.after()].into_iter().find_map(|text| {
        let rest = BEFORE_PROJECT
            .iter()
            .find_map(|marker| Some(text.split_once(marker)?.1))?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

/// The group in the URL of a SCIM endpoint on the line of a credential. SCIM belongs to a top-level group.
fn scim_group(line: &Excerpt) -> Option<String> {
    [line.before(), line.after()].into_iter().find_map(|text| {
        let (_, rest) = text.split_once("/api/scim/v2/groups/")?;
        let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = rest.find(|c| !is_of_path(c)).unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_owned())
    })
}

/// One check.
pub(super) struct KindCheck {
    pub(super) kind: TokenKind,
    /// The side effect of the request. Such a check is made only on request.
    pub(super) side_effect: Option<&'static str>,
    pub(super) ask: Ask,
    pub(super) answers: &'static [AnswerRow],
    /// True if the instance may accept the request without the credential too, as for a public project.
    pub(super) needs_control: bool,
}

/// The request of a check.
pub(super) enum Ask {
    /// Makes the request, or returns the missing part.
    Request(fn(&CheckSubject) -> Result<ApiRequest, &'static str>),
    /// The same for a request with the operator's token, which does not contain the credential.
    AsOperator(fn(&CheckSubject) -> Result<ApiRequest, &'static str>),
    /// No request exists, for this reason.
    Impossible(&'static str),
}

impl KindCheck {
    /// The request, or why it cannot be made.
    pub(super) fn request(
        &self,
        subject: &CheckSubject,
        operator: Option<&Secret>,
    ) -> Result<ApiRequest, &'static str> {
        match self.ask {
            Ask::Request(make) => make(subject),
            Ask::AsOperator(make) => {
                let request = make(subject)?;
                let token = operator.ok_or(NEEDS_ADMINISTRATOR)?;
                Ok(request.auth(AuthHeader::PrivateToken, token))
            }
            Ask::Impossible(reason) => Err(reason),
        }
    }
}

const NEEDS_ADMINISTRATOR: &str = "only an administrator may ask: set TOKENSWEEP_GITLAB_TOKEN, GITLAB_TOKEN or \
                                   --token-file";

/// A check without side effects.
const fn harmless(
    kind: TokenKind,
    request: fn(&CheckSubject) -> Result<ApiRequest, &'static str>,
    answers: &'static [AnswerRow],
) -> KindCheck {
    KindCheck {
        kind,
        side_effect: None,
        ask: Ask::Request(request),
        answers,
        needs_control: false,
    }
}

const ACCEPTED: &str = "the instance accepts it";
const UNKNOWN_TOKEN: &str = "the instance does not recognize it";

/// Not dead: the key may open a server that is not GitLab.
const UNKNOWN_KEY: &str = "the instance has no key with its fingerprint; it may open other servers";

/// All checks. Several of one kind are made in this order, until one gives a result.
pub(super) const CHECKS: &[KindCheck] = &[
    harmless(
        TokenKind::PersonalAccessToken,
        |subject| {
            let request = ApiRequest::get("/api/v4/personal_access_tokens/self");
            Ok(request.auth(AuthHeader::PrivateToken, &subject.secret))
        },
        &[
            (200, "\"scopes\"", Live, ACCEPTED),
            (
                401,
                "dpop_error",
                Live,
                "the instance accepts it with a proof of possession (DPoP)",
            ),
            (
                403,
                "insufficient_granular_scope",
                Live,
                "the instance recognizes it: a fine-grained token that may not read itself",
            ),
            (401, "expired", Dead, "expired"),
            (401, "revoked", Dead, "revoked"),
            (
                401,
                "impersonation",
                Dead,
                "impersonation tokens are disabled on the instance",
            ),
            (401, "\"401 unauthorized\"", Dead, UNKNOWN_TOKEN),
        ],
    ),
    harmless(
        TokenKind::JobToken,
        |subject| Ok(ApiRequest::get("/api/v4/job").auth(AuthHeader::JobToken, &subject.secret)),
        &[
            (200, "\"id\"", Live, "its job is running"),
            (
                404,
                "\"message\"",
                Live,
                "the instance accepts it, but no job runs with it",
            ),
            (
                401,
                "\"401 unauthorized\"",
                Dead,
                "the instance does not accept it: its job has ended",
            ),
        ],
    ),
    harmless(
        TokenKind::RunnerToken,
        |subject| {
            let request = ApiRequest::get("/api/v4/runners/router/discovery");
            Ok(request.auth(AuthHeader::RunnerToken, &subject.secret))
        },
        &[
            (200, "\"server_url\"", Live, ACCEPTED),
            (501, "501", Live, ACCEPTED),
            (403, "\"403 forbidden", Dead, UNKNOWN_TOKEN),
        ],
    ),
    KindCheck {
        kind: TokenKind::RunnerToken,
        side_effect: Some(
            "before GitLab 18.7 the check of a runner token counts as a contact of the runner and creates a record of a \
             runner manager",
        ),
        ask: Ask::Request(|subject| {
            let request = ApiRequest::post("/api/v4/runners/verify");
            Ok(request.secret_field("token", &subject.secret))
        }),
        answers: &[
            (200, "\"id\"", Live, ACCEPTED),
            (201, "\"id\"", Live, ACCEPTED),
            (
                422,
                "",
                Live,
                "the instance recognizes it, but its runner has no group or project left",
            ),
            (403, "\"403 forbidden", Dead, UNKNOWN_TOKEN),
        ],
        needs_control: false,
    },
    KindCheck {
        kind: TokenKind::DeployToken,
        side_effect: None,
        ask: Ask::Request(|subject| {
            let path = format!(
                "/api/v4/projects/{}/packages/nuget/index",
                subject.project()?
            );
            Ok(ApiRequest::get(path).auth(AuthHeader::DeployToken, &subject.secret))
        }),
        answers: &[
            (200, "\"resources\"", Live, ACCEPTED),
            (401, "unauthorized", Dead, UNKNOWN_TOKEN),
        ],
        needs_control: true,
    },
    harmless(
        TokenKind::DeployToken,
        |subject| {
            let user = subject.user.as_ref().ok_or(
                "the request needs the project or the user name of the token, and neither is known",
            )?;
            let request = ApiRequest::get("/jwt/auth?service=container_registry");
            Ok(request.auth(AuthHeader::Basic(user.clone()), &subject.secret))
        },
        &[
            (200, "\"token\"", Live, ACCEPTED),
            (
                401,
                "access denied",
                Dead,
                "the instance does not accept it with this user name",
            ),
        ],
    ),
    KindCheck {
        kind: TokenKind::TriggerToken,
        side_effect: Some(
            "the check of a trigger token asks for a pipeline of a branch that cannot exist",
        ),
        ask: Ask::Request(|subject| {
            let path = format!("/api/v4/projects/{}/trigger/pipeline", subject.project()?);
            let request = ApiRequest::post(path).field("ref", IMPOSSIBLE_REF);
            Ok(request.secret_field("token", &subject.secret))
        }),
        answers: &[
            (400, "reference not found", Live, ACCEPTED),
            (
                404,
                "\"message\"",
                Unknown,
                "the instance does not recognize it, or not in this project",
            ),
        ],
        needs_control: false,
    },
    harmless(
        TokenKind::ScimToken,
        |subject| {
            let owner = match &subject.scim_group {
                Some(group) => format!("groups/{}", path_segment(group)),
                None => "application".to_owned(),
            };
            let request = ApiRequest::get(format!("/api/scim/v2/{owner}/Users?count=1"));
            Ok(request.auth(AuthHeader::Bearer, &subject.secret))
        },
        &[
            (200, "\"schemas\"", Live, ACCEPTED),
            (401, "unauthorized", Dead, UNKNOWN_TOKEN),
        ],
    ),
    harmless(
        TokenKind::FeatureFlagsToken,
        |subject| {
            let path = format!("/api/v4/feature_flags/unleash/{}", subject.project()?);
            Ok(ApiRequest::get(path).auth(AuthHeader::UnleashInstance, &subject.secret))
        },
        &[
            (200, "\"features\"", Live, ACCEPTED),
            (401, "unauthorized", Dead, UNKNOWN_TOKEN),
        ],
    ),
    harmless(
        TokenKind::SessionCookie,
        |subject| {
            Ok(ApiRequest::get("/api/v4/user").auth(AuthHeader::SessionCookie, &subject.secret))
        },
        &[
            (200, "\"username\"", Live, "its session is signed in"),
            (401, "\"401 unauthorized\"", Dead, "its session has ended"),
        ],
    ),
    KindCheck {
        kind: TokenKind::SshKey,
        side_effect: None,
        // A fingerprint is public. The key itself never leaves this machine.
        ask: Ask::AsOperator(|subject| {
            let key = SshKey::read(&subject.secret).ok_or(
                "its public half, by which the instance identifies it, cannot be read from the file",
            )?;
            let fingerprint = path_segment(&key.fingerprint);
            Ok(ApiRequest::get(format!(
                "/api/v4/keys?fingerprint={fingerprint}"
            )))
        }),
        answers: &[
            (
                200,
                "\"deploy_keys_projects\"",
                Live,
                "its public half is a deploy key of the instance",
            ),
            (
                200,
                "\"user\"",
                Live,
                "its public half is an SSH key of this account",
            ),
            (404, "\"message\"", Unknown, UNKNOWN_KEY),
            OPERATOR_REJECTED,
            (
                403,
                "",
                Unknown,
                "only an administrator's token with the scopes api and admin_mode may ask whose key it is",
            ),
        ],
        needs_control: false,
    },
    impossible(
        TokenKind::FeedToken,
        "GitLab takes a feed token in a URL only, where it would be logged",
    ),
    impossible(
        TokenKind::RegistrationToken,
        "the only request would register a runner",
    ),
    impossible(
        TokenKind::OauthSecret,
        "the request needs the id of the application, which is not known",
    ),
    KindCheck {
        kind: TokenKind::UnprefixedToken,
        side_effect: Some(
            "the check of an OAuth access token revokes the refresh token that it replaced",
        ),
        ask: Ask::Request(|subject| {
            if !is_oauth_token(subject.secret.reveal()) {
                return Err("its type is unknown, so the request is unknown too");
            }
            let request = ApiRequest::get("/oauth/token/info");
            Ok(request.auth(AuthHeader::Bearer, &subject.secret))
        }),
        answers: &[
            (200, "\"scope\"", Live, ACCEPTED),
            // It may be the secret of an application.
            (
                401,
                "",
                Unknown,
                "the instance does not recognize it as an OAuth access token",
            ),
        ],
        needs_control: false,
    },
    impossible(
        TokenKind::RoutableToken,
        "its type is unknown, so the request is unknown too",
    ),
];

/// A kind that nothing can be asked about, with the reason.
const fn impossible(kind: TokenKind, reason: &'static str) -> KindCheck {
    KindCheck {
        kind,
        side_effect: None,
        ask: Ask::Impossible(reason),
        answers: &[],
        needs_control: false,
    }
}

/// True for the form of OAuth access tokens: 64 hexadecimal digits.
fn is_oauth_token(secret: &[u8]) -> bool {
    secret.len() == 64 && secret.iter().all(u8::is_ascii_hexdigit)
}

/// Git does not allow a colon in the name of a branch or tag.
const IMPOSSIBLE_REF: &str = "tokensweep:no-such-branch";

/// The details in the answer about a live credential. Other answers have none of these keys.
pub(super) fn details(answer: &Answer) -> TokenDetails {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        id: Option<u64>,
        #[serde(alias = "title")]
        name: Option<String>,
        #[serde(alias = "scope")]
        scopes: Option<Vec<String>>,
        #[serde(alias = "resource_owner_id")]
        user_id: Option<u64>,
        username: Option<String>,
        expires_at: Option<String>,
        last_used_at: Option<String>,
        user: Option<User>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct User {
        id: Option<u64>,
        username: Option<String>,
    }
    let said: Said = answer.parse().unwrap_or_default();
    let user = said.user.unwrap_or_default();
    TokenDetails {
        id: said.id,
        name: said.name.map(cut),
        scopes: said
            .scopes
            .unwrap_or_default()
            .into_iter()
            .take(MAX_SCOPES)
            .map(cut)
            .collect(),
        user_id: said.user_id.or(user.id),
        username: said.username.or(user.username).map(cut),
        expires_at: said.expires_at.map(cut),
        last_used_at: said.last_used_at.map(cut),
    }
}

/// The most scopes that are kept.
const MAX_SCOPES: usize = 64;

/// The longest text of an instance that is kept, in characters.
const MAX_TEXT: usize = 255;

/// A text of an instance, at most as long as reports show.
pub(super) fn cut(text: String) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
