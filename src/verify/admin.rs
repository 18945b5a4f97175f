//! The administrators' token API: identifies most kinds of tokens by their prefix, and writes an audit event.
//!
//! <https://docs.gitlab.com/api/admin/token/>, GitLab 17.5 and later.

use super::checks::CheckSubject;
use super::{AnswerRow, OPERATOR_REJECTED};
use crate::gitlab::{ApiRequest, AuthHeader};
use crate::model::Liveness::{Dead, Live, Unknown};
use crate::model::Secret;

/// Asks who the credential belongs to, with the token of an administrator.
pub(super) fn request(subject: &CheckSubject, admin_token: &Secret) -> ApiRequest {
    ApiRequest::post("/api/v4/admin/token")
        .auth(AuthHeader::PrivateToken, admin_token)
        .secret_field("token", &subject.secret)
}

/// The meaning of the answers. 500 is not among them: GitLab fails on job tokens and on tokens of service accounts.
pub(super) const ANSWERS: &[AnswerRow] = &[
    (200, "\"revoked\":true", Dead, "revoked"),
    (200, "\"active\":false", Dead, "expired or revoked"),
    (200, "", Live, "an administrator's request finds it"),
    (201, "\"revoked\":true", Dead, "revoked"),
    (201, "\"active\":false", Dead, "expired or revoked"),
    (201, "", Live, "an administrator's request finds it"),
    (
        404,
        "\"message\"",
        Dead,
        "the instance does not recognize it",
    ),
    (
        422,
        "",
        Unknown,
        "the administrators' token API does not support its type",
    ),
    OPERATOR_REJECTED,
    (
        403,
        "",
        Unknown,
        "the operator's token may not use the administrators' token API; it must belong to an administrator and \
         have the scopes api and admin_mode",
    ),
];
