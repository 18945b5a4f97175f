//! Pages of a project's jobs. Several places share the first one.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{PlaceError, Subject, SweepContext};
use crate::gitlab::{ApiRequest, AuthHeader, FetchError};

/// The query of a page of jobs, newest first, without the number of jobs.
const JOBS_QUERY: &str = "pagination=keyset&order_by=id&sort=desc&per_page=";

/// Jobs on a page.
pub(super) const JOBS_PER_PAGE: u64 = 100;

/// The data that the places of one subject share.
#[derive(Debug, Default)]
pub struct SubjectCache {
    /// The newest jobs, first page.
    jobs: Mutex<Option<Result<Arc<JobPage>, PlaceError>>>,
}

impl SubjectCache {
    /// Returns the first page of the project's jobs.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub(super) fn recent_jobs(
        &self,
        context: &SweepContext<'_>,
        subject: &Subject,
    ) -> Result<Arc<JobPage>, PlaceError> {
        let mut known = self.jobs.lock();
        if let Some(jobs) = &*known {
            return jobs.clone();
        }
        let count = context.limits.jobs.clamp(1, JOBS_PER_PAGE);
        let page = job_page(context, subject, &format!("{JOBS_QUERY}{count}"));
        known.insert(page).clone()
    }
}

/// Returns the page of a project's jobs with this query.
///
/// # Errors
/// If the request fails or is refused.
pub(super) fn job_page(
    context: &SweepContext<'_>,
    subject: &Subject,
    query: &str,
) -> Result<Arc<JobPage>, PlaceError> {
    let request = ApiRequest::get(format!("{}/jobs?{query}", subject.api()))
        .auth(AuthHeader::PrivateToken, context.token);
    let (jobs, next) = context.client.page(&request)?;
    let next = next.filter(|next| next != query);
    Ok(Arc::new(JobPage { jobs, next }))
}

/// A page of a project's jobs.
#[derive(Debug)]
pub struct JobPage {
    /// The jobs in GitLab's form, newest first.
    pub jobs: Vec<Value>,
    /// The query of the next page; `None` on the last one.
    pub next: Option<String>,
}

impl JobPage {
    /// Parses the jobs.
    ///
    /// # Errors
    /// If a job does not have the expected form.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<Vec<T>, PlaceError> {
        let jobs: Result<Vec<T>, _> = self.jobs.iter().map(T::deserialize).collect();
        jobs.map_err(|_| FetchError::Form.into())
    }
}
