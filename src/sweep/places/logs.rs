//! Logs of CI jobs.

use serde_json::Value;

use super::jobs::{JobCursor, JobEntity, estimate_jobs, job_of, next_jobs};
use crate::sweep::log_text::LogReader;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem, Survey, Tally};

/// See the module.
#[derive(Debug)]
pub(super) struct Logs;

impl Place for Logs {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let mut cursor: JobCursor = part.cursor().unwrap_or_default();
        let wanted = next_jobs(part, &mut cursor)?;
        part.each(&wanted.jobs, |job| read_log(part, job))?;
        part.set_cursor(&cursor);
        Ok(wanted.end)
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        read_log(part, &job_of(part, item)?)
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let estimate = estimate_jobs(survey, cursor)?;
        let logs = estimate.jobs.iter().filter(|job| job.has_log());
        Ok(estimate.requests(logs.count()))
    }
}

fn read_log(part: &Part<'_>, job: &JobEntity) -> Result<(), PlaceError> {
    if job.erased_at.is_some() {
        part.count(Tally::ErasedLogs, 1);
        return Ok(());
    }
    // A job that has not started has no log.
    if !job.has_started() {
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
        url: subject.page(&format!("-/jobs/{}", job.id)),
        has_line_anchors: true,
        appeared: job.appeared(),
        ..RemoteItem::default()
    };
    part.emit(&item, &mut LogReader::new(log))
}
