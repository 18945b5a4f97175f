//! Jobs that were not read before, for logs and artifacts.
//!
//! Jobs are read from the newest to the oldest, a page at a time. Logs and artifacts grow until a job ends, so that
//! unfinished jobs are read again.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::item_number;
use crate::sweep::job_page::JOBS_PER_PAGE;
use crate::sweep::{Part, PartEnd, PlaceError, Survey, Unreadable};

/// Maximum number of unfinished jobs in the cursor of a project.
const MAX_UNFINISHED: usize = 100;

/// A job, in the answers of `/projects/:id/jobs`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct JobEntity {
    pub(super) id: u64,
    status: String,
    created_at: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    pub(super) erased_at: Option<String>,
    #[serde(default)]
    pub(super) artifacts: Vec<JobArtifact>,
    artifacts_expire_at: Option<String>,
}

/// A file of a job: `archive`, `trace`, `dotenv` and others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct JobArtifact {
    pub(super) file_type: String,
    pub(super) size: Option<u64>,
}

impl JobEntity {
    /// Returns true if it has a log: it has started, and the log was not erased.
    pub(super) fn has_log(&self) -> bool {
        self.has_started() && self.erased_at.is_none()
    }

    /// Returns true if it has started: before that it writes nothing.
    pub(super) fn has_started(&self) -> bool {
        self.started_at.is_some()
    }

    /// Returns the time at which its files appeared.
    pub(super) fn appeared(&self) -> Option<String> {
        self.finished_at.clone().or_else(|| self.started_at.clone())
    }

    /// Returns true if its artifacts were deleted because they expired.
    pub(super) fn has_expired_artifacts(&self) -> bool {
        time(&self.artifacts_expire_at).is_some_and(|time| time < Timestamp::now())
    }

    fn is_before(&self, since: Option<i64>) -> bool {
        match (time(&self.created_at), since) {
            (Some(created), Some(since)) => created.as_second() < since,
            _ => false,
        }
    }
}

fn time(text: &Option<String>) -> Option<Timestamp> {
    text.as_deref()?.parse().ok()
}

/// The cursor of the jobs of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobCursor {
    /// Jobs up to this id are read, as far as [`JobCursor::depth`] allows.
    newest: u64,
    /// Requested number of jobs.
    depth: u64,
    /// Jobs that were unfinished.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    unfinished: BTreeSet<u64>,
    /// Manual jobs that have not started. They are checked as long as they are on the first page.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    manual: BTreeSet<u64>,
    /// The start of the next part, within a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<JobWalk>,
}

/// A position in the listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct JobWalk {
    /// The id of the newest job.
    top: u64,
    /// The query of the next page.
    next: String,
    /// Number of jobs on the pages so far.
    met: u64,
}

/// Jobs to read: the new ones of a page, and those that were unfinished before.
pub(super) struct WantedJobs {
    pub(super) jobs: Vec<JobEntity>,
    pub(super) end: PartEnd,
}

/// Returns the jobs to read in the next part.
///
/// # Errors
/// If the request fails or is refused, or the answer has another form.
pub(super) fn next_jobs(part: &Part<'_>, cursor: &mut JobCursor) -> Result<WantedJobs, PlaceError> {
    let limits = part.limits();
    let (page, is_first) = match &cursor.walk {
        Some(walk) => (part.job_page(&walk.next)?, false),
        None => (part.recent_jobs()?, true),
    };
    let jobs: Vec<JobEntity> = page.parse()?;
    let oldest = jobs.last().map_or(u64::MAX, |job| job.id);
    let older: Vec<u64> = cursor.unfinished.range(..oldest).copied().collect();
    let mut wanted = cursor.advance(jobs, page.next.clone(), limits.jobs, limits.since);
    if is_first {
        cursor.manual = cursor.manual.split_off(&oldest);
        for id in older {
            match part.fetch(format!("{}/jobs/{id}", part.subject().api())) {
                Ok(job) => {
                    cursor.note(&job);
                    wanted.jobs.push(job);
                }
                // A deleted job has no files.
                Err(PlaceError::Unreadable(unreadable)) if unreadable.is_permanent => {
                    cursor.unfinished.remove(&id);
                }
                Err(error) => return Err(error),
            }
        }
    }
    while cursor.unfinished.len() > MAX_UNFINISHED {
        cursor.unfinished.pop_first();
    }
    Ok(wanted)
}

/// Returns the job of an item, such as `-/jobs/42/log`.
///
/// # Errors
/// If the request fails or is refused.
pub(super) fn job_of(part: &Part<'_>, item: &str) -> Result<JobEntity, PlaceError> {
    let id = item_number(item, "-/jobs/");
    let id = id.ok_or_else(|| Unreadable::permanent("its path does not name a job"))?;
    part.fetch(format!("{}/jobs/{id}", part.subject().api()))
}

/// The jobs of the first page that a place reads, to estimate its requests.
pub(super) struct JobEstimate {
    /// The jobs to read.
    pub(super) jobs: Vec<JobEntity>,
    /// Number of jobs of the project for each job of the page.
    factor: u64,
    /// Number of requests for jobs, besides the first page.
    listing: u64,
}

impl JobEstimate {
    /// Returns the number of requests if `count` of the jobs of the page take one.
    pub(super) fn requests(&self, count: usize) -> u64 {
        self.listing + self.factor * count as u64
    }
}

/// Estimates the jobs to read from the first page. Whether there are more than a page is known, but not how many: as
/// many as requested are assumed.
///
/// # Errors
/// If the request fails or is refused.
pub(super) fn estimate_jobs(
    survey: &Survey<'_>,
    cursor: Option<&Value>,
) -> Result<JobEstimate, PlaceError> {
    let cursor = cursor.and_then(|cursor| JobCursor::deserialize(cursor).ok());
    let mut cursor = JobCursor {
        walk: None,
        ..cursor.unwrap_or_default()
    };
    let limits = survey.limits();
    let page = survey.recent_jobs()?;
    let jobs: Vec<JobEntity> = page.parse()?;
    let oldest = jobs.last().map_or(u64::MAX, |job| job.id);
    let older = cursor.unfinished.range(..oldest).count() as u64;
    let listed = jobs.len() as u64;
    let wanted = cursor.advance(jobs, page.next.clone(), limits.jobs, limits.since);
    let (factor, pages) = match wanted.end {
        PartEnd::Done => (1, 0),
        PartEnd::More => (
            limits.jobs.div_ceil(listed.max(1)),
            limits.jobs.saturating_sub(listed).div_ceil(JOBS_PER_PAGE),
        ),
    };
    survey.note_jobs(factor * wanted.jobs.len() as u64);
    Ok(JobEstimate {
        jobs: wanted.jobs,
        factor,
        listing: pages + older,
    })
}

impl JobCursor {
    /// Reads the next page of the listing: `limit` jobs in all, created at `since` or later.
    fn advance(
        &mut self,
        mut jobs: Vec<JobEntity>,
        next: Option<String>,
        limit: u64,
        since: Option<i64>,
    ) -> WantedJobs {
        let JobWalk { mut top, met, .. } = self.walk.take().unwrap_or_default();
        if limit > self.depth {
            self.newest = 0;
        }
        // A page without jobs is the last one, even if it names a next one.
        let next = next.filter(|_| !jobs.is_empty());
        let rest = usize::try_from(limit.saturating_sub(met)).unwrap_or(usize::MAX);
        jobs.truncate(rest);
        let met = met + jobs.len() as u64;
        top = jobs.iter().map(|job| job.id).fold(top, u64::max);
        let is_end = |job: &JobEntity| job.id <= self.newest || job.is_before(since);
        let has_end = jobs.iter().any(is_end);
        let is_wanted = |job: &JobEntity| !is_end(job) || self.is_open(job.id);
        jobs.retain(is_wanted);
        for job in &jobs {
            self.note(job);
        }
        let end = match next.filter(|_| !has_end && met < limit) {
            Some(next) => {
                self.walk = Some(JobWalk { top, next, met });
                PartEnd::More
            }
            None => {
                self.newest = self.newest.max(top);
                self.depth = limit;
                PartEnd::Done
            }
        };
        WantedJobs { jobs, end }
    }

    /// Returns true if the job was unfinished when it was read.
    fn is_open(&self, job: u64) -> bool {
        self.unfinished.contains(&job) || self.manual.contains(&job)
    }

    /// Records whether a job has finished.
    fn note(&mut self, job: &JobEntity) {
        self.unfinished.remove(&job.id);
        self.manual.remove(&job.id);
        match &*job.status {
            "success" | "failed" | "canceled" | "skipped" => {}
            "manual" => _ = self.manual.insert(job.id),
            _ => _ = self.unfinished.insert(job.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, status: &str) -> JobEntity {
        JobEntity {
            id,
            status: status.to_owned(),
            created_at: Some(format!("2026-01-{id:02}T00:00:00Z")),
            started_at: None,
            finished_at: None,
            erased_at: None,
            artifacts: Vec::new(),
            artifacts_expire_at: None,
        }
    }

    /// Reads a listing in pages of two, and returns the jobs and the number of pages.
    fn read(
        all: &[JobEntity],
        cursor: &mut JobCursor,
        limit: u64,
        since: Option<i64>,
    ) -> (Vec<u64>, usize) {
        let (mut found, mut pages) = (Vec::new(), 0);
        for start in (0..).step_by(2) {
            let page = all.iter().skip(start).take(2).cloned().collect();
            let next = (start + 2 < all.len()).then(|| start.to_string());
            let page = cursor.advance(page, next, limit, since);
            pages += 1;
            found.extend(page.jobs.iter().map(|job| job.id));
            if page.end == PartEnd::Done {
                break;
            }
        }
        (found, pages)
    }

    #[test]
    fn reads_new_and_unfinished_jobs() {
        let mut all: Vec<JobEntity> = (1..=6).rev().map(|id| job(id, "success")).collect();
        all[1] = job(5, "running");
        let mut cursor = JobCursor::default();
        assert_eq!(
            read(&all, &mut cursor, 100, None),
            (vec![6, 5, 4, 3, 2, 1], 3)
        );
        assert_eq!(read(&all, &mut cursor, 100, None), (vec![5], 1));
        all[1] = job(5, "failed");
        all.insert(0, job(7, "success"));
        assert_eq!(read(&all, &mut cursor, 100, None), (vec![7], 1));
        assert_eq!(cursor.unfinished, BTreeSet::from([5]));
        all.insert(0, job(8, "success"));
        let unfinished = all.remove(3);
        all.insert(1, unfinished);
        assert_eq!(read(&all, &mut cursor, 100, None), (vec![8, 5], 1));
        assert!(cursor.unfinished.is_empty() && cursor.newest == 8);
    }

    #[test]
    fn reads_manual_jobs_when_they_have_started() {
        let mut all = vec![job(3, "success"), job(2, "manual"), job(1, "success")];
        let mut cursor = JobCursor::default();
        assert_eq!(read(&all, &mut cursor, 100, None).0, [3, 2, 1]);
        assert!(cursor.unfinished.is_empty());
        all[1] = job(2, "success");
        assert_eq!(read(&all, &mut cursor, 100, None).0, [2]);
        assert_eq!(read(&all, &mut cursor, 100, None).0, [0; 0]);
    }

    #[test]
    fn reads_no_page_beyond_what_is_known_or_asked_for() {
        let all: Vec<JobEntity> = (1..=9).rev().map(|id| job(id, "success")).collect();
        let mut cursor = JobCursor::default();
        assert_eq!(read(&all, &mut cursor, 3, None), (vec![9, 8, 7], 2));
        assert_eq!(read(&all, &mut cursor, 3, None), (vec![], 1));
        assert_eq!(read(&all, &mut cursor, 5, None).0, [9, 8, 7, 6, 5]);
        let since: Timestamp = "2026-01-06T00:00:00Z".parse().unwrap();
        let (found, _) = read(
            &all,
            &mut JobCursor::default(),
            100,
            Some(since.as_second()),
        );
        assert_eq!(found, [9, 8, 7, 6]);
        assert_eq!(read(&[], &mut JobCursor::default(), 100, None), (vec![], 1));
    }
}
