//! Skips an instance after it could not be reached, instead of waiting for it with each credential.

use parking_lot::Mutex;

use crate::gitlab::{Answer, ApiRequest, Client, RequestError};

/// After so many requests without any answer, no more are made.
const MAX_FAILURES: usize = 8;

/// A client that stops if its instance has never answered.
pub(super) struct Connection<'a> {
    pub(super) client: &'a Client,
    state: Mutex<ConnectionState>,
}

#[derive(Default)]
struct ConnectionState {
    has_answered: bool,
    failures: usize,
    last: Option<RequestError>,
}

impl<'a> Connection<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            state: Mutex::default(),
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// As [`Client::send`]. After eight failures to connect and no answer, returns the last of them.
    pub(super) fn send(&self, request: &ApiRequest) -> Result<Answer, RequestError> {
        {
            let state = self.state.lock();
            if !state.has_answered
                && state.failures >= MAX_FAILURES
                && let Some(error) = &state.last
            {
                return Err(error.clone());
            }
        }
        let answer = self.client.send(request);
        let mut state = self.state.lock();
        match &answer {
            Err(
                error @ (RequestError::Unreachable { .. }
                | RequestError::Tls { .. }
                | RequestError::Timeout(_)),
            ) => {
                state.failures += 1;
                state.last = Some(error.clone());
            }
            Ok(_) | Err(_) => state.has_answered = true,
        }
        answer
    }
}
