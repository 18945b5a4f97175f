//! The requests of a plan about a subject: first pages of listings, without content.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::job_page::{JobPage, SubjectCache};
use super::part::SweepContext;
use super::{PlaceError, Subject, SweepLimits};
use crate::gitlab::{ApiRequest, AuthHeader};

/// Number of items that GitLab counts at most: longer listings have no total
/// (<https://docs.gitlab.com/api/rest/#pagination-response-headers>).
const MAX_COUNTED: u64 = 10_000;

/// The first page of a listing.
#[derive(Debug)]
pub(super) struct ListSample {
    items: Vec<Value>,
    /// The number of items of the listing.
    pub(super) total: u64,
}

impl ListSample {
    /// Parses the items of the page.
    ///
    /// # Errors
    /// If an item does not have the expected form.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<Vec<T>, PlaceError> {
        let items: Result<Vec<T>, _> = self.items.iter().map(T::deserialize).collect();
        items.map_err(|_| crate::gitlab::FetchError::Form.into())
    }

    /// Returns the number of items like these of the page, of which there are `found`, in the whole listing.
    pub(super) fn scale(&self, found: usize) -> u64 {
        let len = self.items.len().max(1) as u64;
        (found as u64 * self.total).div_ceil(len)
    }
}

/// The facts about a subject from which places estimate their requests. Each listing is requested once.
pub struct Survey<'a> {
    context: &'a SweepContext<'a>,
    subject: &'a Subject,
    jobs: SubjectCache,
    has_job_page: AtomicU64,
    /// Number of jobs that a sweep reads.
    job_count: AtomicU64,
    samples: Mutex<BTreeMap<String, Result<Arc<ListSample>, PlaceError>>>,
}

impl<'a> Survey<'a> {
    /// Creates a survey of a subject.
    pub(super) fn new(context: &'a SweepContext<'a>, subject: &'a Subject) -> Self {
        Self {
            context,
            subject,
            jobs: SubjectCache::default(),
            has_job_page: AtomicU64::new(0),
            job_count: AtomicU64::new(0),
            samples: Mutex::default(),
        }
    }

    /// Returns the subject.
    pub(super) fn subject(&self) -> &Subject {
        self.subject
    }

    /// Returns the limits on the content.
    pub(super) fn limits(&self) -> &SweepLimits {
        &self.context.limits
    }

    /// Returns the first page of the project's jobs, which several places share.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub(super) fn recent_jobs(&self) -> Result<Arc<JobPage>, PlaceError> {
        self.has_job_page.store(1, Ordering::Relaxed);
        self.jobs.recent_jobs(self.context, self.subject)
    }

    /// Returns the first page of a listing.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub(super) fn list(&self, path: String) -> Result<Arc<ListSample>, PlaceError> {
        let mut samples = self.samples.lock();
        if let Some(sample) = samples.get(&path) {
            return sample.clone();
        }
        let request = ApiRequest::get(&path).auth(AuthHeader::PrivateToken, self.context.token);
        let sample = match self.context.client.counted_page(&request) {
            Ok((items, total)) => Ok(Arc::new(ListSample {
                total: total.unwrap_or(MAX_COUNTED).max(items.len() as u64),
                items,
            })),
            Err(error) => Err(error.into()),
        };
        samples.insert(path, sample.clone());
        sample
    }

    /// Records the number of jobs that a place reads.
    pub(super) fn note_jobs(&self, count: u64) {
        self.job_count.fetch_max(count, Ordering::Relaxed);
    }

    /// Returns the number of jobs that a sweep reads.
    pub(super) fn job_count(&self) -> u64 {
        self.job_count.load(Ordering::Relaxed)
    }

    /// Returns the number of requests that belong to no single place.
    pub(super) fn shared_requests(&self) -> u64 {
        self.has_job_page.load(Ordering::Relaxed)
    }
}
