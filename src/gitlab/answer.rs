//! Answers of an instance, and reasons for a missing answer.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The answer to a request: a status, and a body that is JSON or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, if it is JSON. `None` for an empty body and for anything else, such as the login page of a
    /// proxy.
    pub body: Option<Value>,
    /// True if the body is empty, as with 204.
    pub is_empty: bool,
    /// The number of the next page of a listing (`x-next-page`).
    pub next_page: Option<u64>,
    /// The number of items of a listing (`x-total`).
    pub total: Option<u64>,
    /// The URL query of the next page of a keyset listing, from the `Link` header.
    pub next_query: Option<String>,
}

impl Answer {
    /// True for 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as a type; `None` if it has another form.
    pub fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.body.as_ref()?).ok()
    }

    /// A text of a JSON object.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.as_ref()?.get(key)?.as_str()
    }

    /// GitLab's reason: `error_description`, `message` or `error`, at most 200 characters.
    pub fn explanation(&self) -> Option<String> {
        ["error_description", "message", "error"]
            .into_iter()
            .find_map(|key| self.text(key))
            .map(|text| text.chars().take(200).collect())
    }
}

/// The reason why a request has no answer that can be used. The texts contain neither credentials nor URLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No connection, or it broke.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// The host of the instance.
        host: String,
        /// The cause of the failure.
        reason: String,
    },
    /// The certificate of the instance is not trusted, or TLS failed.
    #[error("cannot make a secure connection to {host}: {reason}")]
    Tls {
        /// The host of the instance.
        host: String,
        /// The cause of the failure.
        reason: String,
    },
    /// The answer was not complete in time.
    #[error("no complete answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The rate limit of the instance, after all repetitions.
    #[error("the rate limit of the instance is exhausted{}", wait(.0))]
    RateLimited(Option<Duration>),
    /// The instance answered 5xx.
    #[error("the instance answered {0}")]
    ServerError(u16),
    /// The instance redirects, which is not followed.
    #[error("the instance redirects to {0}; a credential is not sent there")]
    Redirect(String),
    /// The instance names a registry whose address cannot be used.
    #[error("the instance names a container registry whose address is not valid")]
    InvalidRegistry,
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The body is compressed, although the request does not accept that.
    #[error("the answer is compressed ({0:?}), which was not asked for")]
    Encoded(String),
    /// A listing has no end.
    #[error("the listing does not end: it leads back to a page of it, or has too many pages")]
    Endless,
    /// The credential cannot be part of a request.
    #[error("the credential cannot be sent: it contains characters that no header can contain")]
    NotSendable,
    /// The user stopped the program.
    #[error("interrupted")]
    Interrupted,
}

fn wait(time: &Option<Duration>) -> String {
    match time {
        Some(time) => format!("; it allows requests again in {} s", time.as_secs()),
        None => String::new(),
    }
}
