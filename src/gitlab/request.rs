//! Requests, and how a credential travels in them.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use ureq::http::HeaderValue;

use super::{Instance, RequestError};
use crate::model::Secret;

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or asks with a body.
    Post,
    /// Changes.
    Put,
    /// Deletes or revokes.
    Delete,
}

/// The header that carries a credential. Each kind of credential has one, and no other is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthHeader {
    /// `PRIVATE-TOKEN`: personal, project and group access tokens.
    PrivateToken,
    /// `JOB-TOKEN`: the token of a running job.
    JobToken,
    /// `Deploy-Token`: deploy tokens.
    DeployToken,
    /// `Runner-Token`: runner authentication tokens.
    RunnerToken,
    /// `UNLEASH-INSTANCEID`: feature flags client tokens.
    UnleashInstance,
    /// `Authorization: Bearer`: OAuth and SCIM tokens.
    Bearer,
    /// `Authorization: Basic`, with this user name.
    Basic(String),
    /// `Cookie: _gitlab_session=`: session cookies.
    SessionCookie,
}

/// A request to an instance. `Debug` shows neither credentials nor secret form fields.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) auth: Option<(AuthHeader, Secret)>,
    pub(super) form: Vec<(&'static str, Secret)>,
    /// The body, instead of a form.
    pub(super) json: Option<Value>,
    /// The file to store, instead of a form.
    pub(super) upload: Option<Arc<[u8]>>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Another host than the instance.
    pub(super) host: Option<Instance>,
}

impl ApiRequest {
    /// A request to a path below the instance's root, such as `/api/v4/user?x=y`. The path must not contain a
    /// credential; [`path_segment`] encodes text from outside.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            auth: None,
            form: Vec::new(),
            json: None,
            upload: None,
            headers: Vec::new(),
            host: None,
        }
    }

    /// A `GET` request.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// A `POST` request.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    /// A `DELETE` request.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// A query of the GraphQL API. It reads like a `GET` request, and is repeated like one.
    pub fn query(query: &str, variables: &Value) -> Self {
        let mut request = Self::post("/api/graphql");
        request.json = Some(serde_json::json!({"query": query, "variables": variables}));
        request
    }

    /// A request that stores a file at a path, in place of an earlier one.
    pub fn upload(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            upload: Some(bytes.into()),
            ..Self::new(Method::Put, path)
        }
    }

    /// True if sending the request twice has the effect of sending it once: it changes nothing, or stores a file.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method == Method::Get || self.json.is_some() || self.upload.is_some()
    }

    /// Authenticates the request with a credential.
    #[must_use]
    pub fn auth(mut self, header: AuthHeader, credential: &Secret) -> Self {
        self.auth = Some((header, credential.clone()));
        self
    }

    /// The same request without the credential of the header.
    #[must_use]
    pub fn without_auth(&self) -> Self {
        Self {
            auth: None,
            ..self.clone()
        }
    }

    /// The media types that the answer may have; JSON by default.
    #[must_use]
    pub fn accept(self, types: &str) -> Self {
        self.header("accept", types.to_owned())
    }

    /// The media types that the answer may have, unless the request names some.
    #[must_use]
    pub(super) fn accept_unless_set(self, types: &str) -> Self {
        if self.headers.iter().any(|(name, _)| *name == "accept") {
            self
        } else {
            self.accept(types)
        }
    }

    /// Adds a header that is not a credential.
    #[must_use]
    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a field to the body, which is URL-encoded.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &str) -> Self {
        self.form.push((name, Secret::new(value, value.len())));
        self
    }

    /// Adds a credential as a field of the body.
    #[must_use]
    pub fn secret_field(mut self, name: &'static str, value: &Secret) -> Self {
        self.form.push((name, value.clone()));
        self
    }

    /// The header with the credential, marked as sensitive.
    ///
    /// # Errors
    /// If a header cannot contain the credential, or only a redacted form of it is known.
    pub(super) fn auth_header(&self) -> Result<Option<(&'static str, HeaderValue)>, RequestError> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let Some((header, secret)) = &self.auth else {
            return Ok(None);
        };
        let secret = secret.reveal();
        if secret.is_empty() {
            return Err(RequestError::NotSendable);
        }
        let (name, value) = match header {
            AuthHeader::PrivateToken => ("private-token", secret.to_vec()),
            AuthHeader::JobToken => ("job-token", secret.to_vec()),
            AuthHeader::DeployToken => ("deploy-token", secret.to_vec()),
            AuthHeader::RunnerToken => ("runner-token", secret.to_vec()),
            AuthHeader::UnleashInstance => ("unleash-instanceid", secret.to_vec()),
            AuthHeader::Bearer => ("authorization", [b"Bearer ", secret].concat()),
            AuthHeader::Basic(user) => {
                let pair = STANDARD.encode([user.as_bytes(), b":", secret].concat());
                ("authorization", format!("Basic {pair}").into_bytes())
            }
            AuthHeader::SessionCookie => ("cookie", [b"_gitlab_session=", secret].concat()),
        };
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| RequestError::NotSendable)?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }

    /// The body and its media type; `None` without one.
    pub(super) fn body(&self) -> Option<(&'static str, Vec<u8>)> {
        if let Some(json) = &self.json {
            return Some(("application/json", json.to_string().into_bytes()));
        }
        if let Some(bytes) = &self.upload {
            return Some(("application/octet-stream", bytes.to_vec()));
        }
        let encode = |(name, value): &(&str, Secret)| {
            format!(
                "{name}={}",
                percent_encode(value.reveal(), NON_ALPHANUMERIC)
            )
        };
        let fields: Vec<String> = self.form.iter().map(encode).collect();
        let form = "application/x-www-form-urlencoded";
        (!fields.is_empty()).then(|| (form, fields.join("&").into_bytes()))
    }
}

/// Encodes a text as one segment of a path or one value of a query: `group/project` becomes
/// `group%2Fproject`.
pub fn path_segment(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_a_credential() {
        let body = "A1b2C3d4E5f6G7h8J9k1";
        let secret = Secret::new(format!("glpat-{body}"), 6);
        let request = ApiRequest::delete("/api/v4/admin/token")
            .auth(AuthHeader::PrivateToken, &secret)
            .secret_field("token", &secret);
        let header = request.auth_header().unwrap();
        let shown = format!("{request:?} {header:?}");
        assert!(!shown.contains(body), "{shown}");
        let sent = String::from_utf8(request.body().unwrap().1).unwrap();
        assert_eq!(sent, format!("token=glpat%2D{body}"));
    }

    #[test]
    fn rejects_a_credential_that_a_header_cannot_contain() {
        let secret = Secret::new("glpat-a\r\nX-Other: b", 6);
        let request = ApiRequest::get("/").auth(AuthHeader::PrivateToken, &secret);
        assert_eq!(request.auth_header(), Err(RequestError::NotSendable));
        let remains = Secret::remains("glpat-[20 redacted]", "00", false);
        let request = ApiRequest::get("/").auth(AuthHeader::PrivateToken, &remains);
        assert_eq!(request.auth_header(), Err(RequestError::NotSendable));
    }

    #[test]
    fn encodes_path_segments() {
        assert_eq!(path_segment("a/b c?d"), "a%2Fb%20c%3Fd");
    }
}
