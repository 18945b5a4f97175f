//! Logs of CI jobs.
//!
//! Jobs are read from the newest to the oldest, a page at a time. A log grows while its job runs, so that unfinished
//! jobs are looked at again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sweep::log_text::LogReader;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem, Tally};

/// How many unfinished jobs are remembered for each project.
const MAX_UNFINISHED: usize = 100;

/// See the module.
#[derive(Debug)]
pub(super) struct Logs;

/// How far the logs of a project are read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct LogCursor {
    /// Jobs up to this id are read, as far as [`LogCursor::depth`] reaches.
    newest: u64,
    /// How many jobs were asked for.
    depth: u64,
    /// Jobs that had not ended.
    #[serde(default)]
    unfinished: BTreeSet<u64>,
    /// Where the next part begins, within a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<JobWalk>,
}

/// The position in the list of jobs.
#[derive(Debug, Serialize, Deserialize)]
struct JobWalk {
    /// The id of the newest job.
    top: u64,
    /// The query of the next page.
    next: String,
    /// How many jobs were met.
    met: u64,
}

/// A job, in the answers of `/projects/:id/jobs`.
#[derive(Clone, Debug, Deserialize)]
struct Job {
    id: u64,
    status: String,
    created_at: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    #[serde(default)]
    erased_at: Option<String>,
}

impl Job {
    fn is_finished(&self) -> bool {
        matches!(
            self.status.as_str(),
            "success" | "failed" | "canceled" | "skipped"
        )
    }

    /// True if it was created before a time.
    fn is_before(&self, time: i64) -> bool {
        let created = self.created_at.as_ref().and_then(|text| {
            let time: jiff::Timestamp = text.parse().ok()?;
            Some(time.as_second())
        });
        created.is_some_and(|created| created < time)
    }
}

impl Place for Logs {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let limits = part.limits();
        let mut cursor = part.cursor::<LogCursor>().unwrap_or_default();
        let (page, mut top, mut met) = match cursor.walk.take() {
            Some(walk) => (part.job_page(&walk.next)?, walk.top, walk.met),
            None => (part.recent_jobs()?, cursor.newest, 0),
        };
        if limits.jobs > cursor.depth {
            cursor.newest = 0;
        }
        let mut jobs: Vec<Job> = page.parse()?;
        let is_first = met == 0;
        met += jobs.len() as u64;
        let excess = met.saturating_sub(limits.jobs);
        jobs.truncate(
            jobs.len()
                - usize::try_from(excess)
                    .unwrap_or(jobs.len())
                    .min(jobs.len()),
        );
        top = jobs.iter().map(|job| job.id).fold(top, u64::max);
        let is_end = |job: &Job| {
            job.id <= cursor.newest || limits.since.is_some_and(|since| job.is_before(since))
        };
        let has_end = jobs.iter().any(is_end);
        let mut wanted: Vec<Job> = jobs
            .iter()
            .filter(|job| !is_end(job) || cursor.unfinished.contains(&job.id))
            .cloned()
            .collect();
        if is_first {
            let oldest = jobs.last().map_or(u64::MAX, |job| job.id);
            let older: Vec<u64> = cursor.unfinished.range(..oldest).copied().collect();
            for id in older {
                let path = format!("{}/jobs/{id}", part.subject().api());
                match part.fetch(path) {
                    Ok(job) => wanted.push(job),
                    Err(PlaceError::Interrupted) => return Err(PlaceError::Interrupted),
                    // A job that was deleted has no log.
                    Err(_) => {
                        cursor.unfinished.remove(&id);
                    }
                }
            }
        }
        for job in &wanted {
            if job.is_finished() {
                cursor.unfinished.remove(&job.id);
            } else {
                cursor.unfinished.insert(job.id);
            }
        }
        while cursor.unfinished.len() > MAX_UNFINISHED {
            cursor.unfinished.pop_first();
        }
        part.each(&wanted, |job| read_log(part, job))?;
        let is_last = has_end || met >= limits.jobs;
        match page.next.clone().filter(|_| !is_last) {
            Some(next) => {
                cursor.walk = Some(JobWalk { top, next, met });
                part.set_cursor(&cursor);
                Ok(PartEnd::More)
            }
            None => {
                cursor.newest = top;
                cursor.depth = limits.jobs;
                part.set_cursor(&cursor);
                Ok(PartEnd::Done)
            }
        }
    }
}

fn read_log(part: &Part<'_>, job: &Job) -> Result<(), PlaceError> {
    if job.erased_at.is_some() {
        part.count(Tally::ErasedLogs, 1);
        return Ok(());
    }
    // A job that has not started has no log.
    if job.started_at.is_none() {
        return Ok(());
    }
    let subject = part.subject();
    let path = format!("-/jobs/{}/log", job.id);
    let request = format!("{}/jobs/{}/trace", subject.api(), job.id);
    let limit = part.limits().max_log;
    let log = part
        .download(request, limit)
        .map_err(|error| error.of_item(&path))?;
    let item = RemoteItem {
        path: &path,
        url: format!("{}/-/jobs/{}", subject.web_url, job.id),
        has_line_anchors: true,
        appeared: job.finished_at.clone().or_else(|| job.started_at.clone()),
        ..RemoteItem::default()
    };
    part.emit(&item, &mut LogReader::new(log))
}
