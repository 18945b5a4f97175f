//! Listings: many items in pages.
//!
//! GitLab names the next page in the header `Link` (with a cursor for listings that support it) or its number in
//! `x-next-page` (<https://docs.gitlab.com/api/rest/#pagination>). Of a link only the query is used: the next page has
//! the host and the path of the first.

use std::collections::HashSet;
use std::vec;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, ApiRequest, Client, RequestError};

/// Maximum number of bytes of a page: 100 texts of one mebibyte, the longest that GitLab accepts, with escapes.
const MAX_PAGE: u64 = 160 << 20;

/// Maximum number of pages of a listing: two million items, twice the jobs of the largest known projects.
const MAX_PAGES: usize = 20_000;

/// Ends listings that have no end: each page may be asked for once.
#[derive(Debug, Default)]
pub struct PageGuard {
    visited: HashSet<String>,
}

impl PageGuard {
    /// Records the request for a page: its path or cursor.
    ///
    /// # Errors
    /// [`RequestError::Endless`] if the page was asked for before, or there were too many pages.
    pub fn admit(&mut self, page: &str) -> Result<(), RequestError> {
        if self.visited.len() >= MAX_PAGES || !self.visited.insert(page.to_owned()) {
            return Err(RequestError::Endless);
        }
        Ok(())
    }
}

/// The reason why content of an instance cannot be read. The texts contain no content of answers but GitLab's reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No usable answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The instance refuses.
    #[error("the instance answered {status}{}", reason(.explanation))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// GitLab's reason.
        explanation: Option<String>,
    },
    /// The answer is not JSON of the expected form: a proxy's page, or a version of GitLab that answers otherwise.
    #[error("the answer does not have the expected form")]
    Form,
}

impl FetchError {
    /// The status, if the instance refuses.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    pub(super) fn refused(answer: &Answer) -> Self {
        Self::Refused {
            status: answer.status,
            explanation: answer.explanation(),
        }
    }
}

fn reason(explanation: &Option<String>) -> String {
    match explanation {
        Some(explanation) => format!(" ({explanation})"),
        None => String::new(),
    }
}

/// The items of a listing, one page in memory at a time. Ends after the first error.
#[derive(Debug)]
pub struct Items<'a, T> {
    client: &'a Client,
    page: vec::IntoIter<T>,
    /// The request for the next page.
    next: Option<ApiRequest>,
    guard: PageGuard,
}

impl Client {
    /// Sends a request and returns its answer as a type.
    ///
    /// # Errors
    /// If no usable answer arrives, the instance refuses, or the answer has another form.
    pub fn fetch<T: DeserializeOwned>(&self, request: &ApiRequest) -> Result<T, FetchError> {
        Ok(self.accepted(request)?.1)
    }

    /// One page of a listing, and the query of the next one.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub fn page<T: DeserializeOwned>(
        &self,
        request: &ApiRequest,
    ) -> Result<(Vec<T>, Option<String>), FetchError> {
        let (answer, items) = self.accepted(request)?;
        let next = next_request(request, &answer);
        let query = |request: ApiRequest| Some(request.path.split_once('?')?.1.to_owned());
        Ok((items, next.and_then(query)))
    }

    /// The first page of a listing, and the number of its items: `None` if the instance does not count them.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub fn counted_page<T: DeserializeOwned>(
        &self,
        request: &ApiRequest,
    ) -> Result<(Vec<T>, Option<u64>), FetchError> {
        let (answer, items): (_, Vec<T>) = self.accepted(request)?;
        let is_whole = next_request(request, &answer).is_none();
        let total = answer.total.or(is_whole.then_some(items.len() as u64));
        Ok((items, total))
    }

    /// The answer to a request that the instance does not refuse, and its body. The body is parsed at once as the
    /// type that is expected, which takes a fraction of the memory of a generic value.
    fn accepted<T: DeserializeOwned>(
        &self,
        request: &ApiRequest,
    ) -> Result<(Answer, T), FetchError> {
        let (mut answer, bytes) = self.send_limited(request, MAX_PAGE)?;
        if answer.is_success() {
            let body = serde_json::from_slice(&bytes).map_err(|_| FetchError::Form)?;
            Ok((answer, body))
        } else {
            answer.body = serde_json::from_slice(&bytes).ok();
            Err(FetchError::refused(&answer))
        }
    }

    /// The items of a listing, page by page. The request names the number of items of a page (`per_page`) and, for
    /// listings that support it, `pagination=keyset`.
    pub fn items<T: DeserializeOwned>(&self, request: ApiRequest) -> Items<'_, T> {
        Items {
            client: self,
            page: Vec::new().into_iter(),
            next: Some(request),
            guard: PageGuard::default(),
        }
    }

    /// Returns all items of a listing, at most `limit`.
    ///
    /// # Errors
    /// As [`Client::send`]. An answer that is not a list is returned as it is, in `Ok(Err(answer))`.
    pub fn list(
        &self,
        request: &ApiRequest,
        limit: usize,
    ) -> Result<Result<Vec<Value>, Answer>, RequestError> {
        let mut items = Vec::new();
        let mut page = Some(request.clone());
        let mut guard = PageGuard::default();
        while let Some(request) = page {
            guard.admit(&request.path)?;
            let answer = self.send(&request)?;
            match &answer.body {
                Some(Value::Array(found)) if answer.is_success() => items.extend_from_slice(found),
                _ => return Ok(Err(answer)),
            }
            if items.len() >= limit {
                items.truncate(limit);
                break;
            }
            page = next_request(&request, &answer);
        }
        Ok(Ok(items))
    }
}

impl<T: DeserializeOwned> Items<'_, T> {
    fn read(&mut self, request: &ApiRequest) -> Result<(), FetchError> {
        self.guard.admit(&request.path)?;
        let (answer, items) = self.client.accepted::<Vec<T>>(request)?;
        self.page = items.into_iter();
        self.next = next_request(request, &answer);
        Ok(())
    }
}

impl<T: DeserializeOwned> Iterator for Items<'_, T> {
    type Item = Result<T, FetchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.page.next() {
                return Some(Ok(item));
            }
            let request = self.next.take()?;
            if let Err(error) = self.read(&request) {
                self.page = Vec::new().into_iter();
                self.next = None;
                return Some(Err(error));
            }
        }
    }
}

/// The request for the page that an answer names as the next one.
fn next_request(request: &ApiRequest, answer: &Answer) -> Option<ApiRequest> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query = match (&answer.next_query, answer.next_page) {
        (Some(query), _) => query.clone(),
        (None, Some(number)) => {
            let others = query
                .split('&')
                .filter(|field| !field.is_empty() && !field.starts_with("page="));
            let mut fields: Vec<String> = others.map(str::to_owned).collect();
            fields.push(format!("page={number}"));
            fields.join("&")
        }
        (None, None) => return None,
    };
    Some(ApiRequest {
        path: format!("{path}?{query}"),
        ..request.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(next_query: Option<&str>, next_page: Option<u64>) -> Answer {
        Answer {
            status: 200,
            body: None,
            is_empty: false,
            next_page,
            total: None,
            next_query: next_query.map(str::to_owned),
        }
    }

    #[test]
    fn the_next_page_has_the_path_of_the_first() {
        for (path, next_query, next_page, next) in [
            ("/a?x=1", Some("cursor=c"), Some(2), Some("/a?cursor=c")),
            ("/a?x=1", None, Some(2), Some("/a?x=1&page=2")),
            (
                "/a?x=1&page=2&per_page=9",
                None,
                Some(3),
                Some("/a?x=1&per_page=9&page=3"),
            ),
            ("/a", None, Some(2), Some("/a?page=2")),
            ("/a?x=1", None, None, None),
        ] {
            let found = next_request(&ApiRequest::get(path), &answer(next_query, next_page));
            assert_eq!(found.map(|request| request.path).as_deref(), next);
        }
    }

    #[test]
    fn errors_contain_the_reason_of_the_instance() {
        let error = FetchError::Refused {
            status: 403,
            explanation: Some("403 Forbidden".to_owned()),
        };
        assert_eq!(
            error.to_string(),
            "the instance answered 403 (403 Forbidden)"
        );
        assert_eq!(error.status(), Some(403));
    }
}
