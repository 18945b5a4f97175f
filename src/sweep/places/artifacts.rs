//! Artifacts of CI jobs: the archive, which the scan opens, and reports of variables (`dotenv`).
//!
//! An archive is one request, however many files it contains. Of one that is too large only the list of files is
//! read (GitLab 18.8), and its small files whose names are typical of settings.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde_json::Value;

use super::jobs::{JobCursor, JobEntity, estimate_jobs, job_of, next_jobs};
use crate::gitlab::{FetchError, RequestError};
use crate::model::Visibility;
use crate::report::url_path;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem, Survey, Tally, Unreadable};

/// See the module.
#[derive(Debug)]
pub(super) struct Artifacts;

/// Maximum size of a report of variables. GitLab's default limit is 5 kB.
const MAX_REPORT: u64 = 1 << 20;

/// A file of an archive, in the answers of `/projects/:id/jobs/:job/artifacts/tree`.
#[derive(Clone, Debug, Deserialize)]
struct ArtifactEntry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    size: Option<u64>,
}

/// Maximum number of files that are read one by one from a large archive, and their maximum size.
const MAX_ENTRIES: usize = 20;
const MAX_ENTRY: u64 = 1 << 20;

/// Files that contain settings, by the ends of their names.
const SETTINGS: [&str; 18] = [
    ".env",
    ".npmrc",
    ".netrc",
    ".pypirc",
    ".pem",
    ".key",
    ".tfvars",
    ".tfstate",
    ".tfplan.json",
    ".yml",
    ".yaml",
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".properties",
    ".git-credentials",
    "config.json",
];

impl Place for Artifacts {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let mut cursor: JobCursor = part.cursor().unwrap_or_default();
        let wanted = next_jobs(part, &mut cursor)?;
        let hides_reports = AtomicBool::new(false);
        part.each(&wanted.jobs, |job| {
            read_archive(part, job)?;
            read_report(part, job, &hides_reports)
        })?;
        if hides_reports.into_inner() {
            let reason = "cannot read dotenv reports: the API does not offer them, and the pages of jobs take no token \
                          unless the project is public; look at the jobs' pages";
            part.unreadable(Unreadable::permanent(reason).of_item("-/jobs"));
        }
        part.set_cursor(&cursor);
        Ok(wanted.end)
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        let job = job_of(part, item)?;
        read_archive(part, &job)?;
        read_report(part, &job, &AtomicBool::new(false))
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let estimate = estimate_jobs(survey, cursor)?;
        let count = |kind: &str| {
            let has_kind =
                |job: &&JobEntity| job.artifacts.iter().any(|file| file.file_type == kind);
            estimate.jobs.iter().filter(has_kind).count()
        };
        // After the first report that is not public no further one is requested.
        let is_public = survey.subject().visibility == Some(Visibility::Public);
        let reports = count("dotenv").min(if is_public { usize::MAX } else { 1 });
        Ok(estimate.requests(count("archive") + reports))
    }
}

fn read_archive(part: &Part<'_>, job: &JobEntity) -> Result<(), PlaceError> {
    let is_archive = |kind: &str| kind == "archive";
    let Some(archive) = job
        .artifacts
        .iter()
        .find(|file| is_archive(&file.file_type))
    else {
        if job.has_expired_artifacts() {
            part.count(Tally::ExpiredArtifacts, 1);
        }
        return Ok(());
    };
    let subject = part.subject();
    let page = format!("-/jobs/{}/artifacts", job.id);
    let limit = part.limits().max_file;
    if archive.size.is_some_and(|size| size > limit) {
        return read_settings(part, job, &page);
    }
    let item = RemoteItem {
        path: &format!("{page}.zip"),
        url: subject.page(&format!("{page}/browse")),
        entry_page: Some(subject.page(&format!("{page}/file/"))),
        appeared: job.appeared(),
        ..RemoteItem::default()
    };
    let request = part.request(format!("{}/jobs/{}/artifacts", subject.api(), job.id));
    part.emit_file(&item, &request, archive.size, limit)
}

/// Reads the small files of a large archive that contain settings. The archive is counted as large in any case.
fn read_settings(part: &Part<'_>, job: &JobEntity, page: &str) -> Result<(), PlaceError> {
    part.count(Tally::LargeFiles, 1);
    let subject = part.subject();
    let api = format!("{}/jobs/{}/artifacts", subject.api(), job.id);
    let tree = part.request(format!("{api}/tree?recursive=true&per_page=100"));
    let mut entries = Vec::new();
    for entry in part.client().items::<ArtifactEntry>(tree) {
        match entry {
            Ok(entry) if entry.contains_settings() => entries.push(entry),
            Ok(_) => {}
            // Before GitLab 18.8, or without metadata.
            Err(FetchError::Refused { status: 404, .. }) => return Ok(()),
            Err(error) => return Err(PlaceError::from(error).of_item(page)),
        }
        if entries.len() == MAX_ENTRIES {
            break;
        }
    }
    for entry in entries {
        let path = url_path(entry.path.as_bytes());
        let item = RemoteItem {
            path: &format!("{page}.zip!{}", entry.path),
            url: subject.page(&format!("{page}/file/{path}")),
            appeared: job.appeared(),
            ..RemoteItem::default()
        };
        let request = part.request(format!("{api}/{path}"));
        part.emit_file(&item, &request, entry.size, MAX_ENTRY)?;
    }
    Ok(())
}

impl ArtifactEntry {
    fn contains_settings(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        self.kind == "file"
            // The path becomes a part of an address.
            && !path.split('/').any(|segment| matches!(segment, "." | ".."))
            && self.size.is_some_and(|size| size <= MAX_ENTRY)
            && SETTINGS.iter().any(|end| path.ends_with(end))
    }
}

/// Reads a report of variables. The API does not offer it; the web page does, to everyone if the project is public
/// and otherwise only to users who have signed in.
fn read_report(part: &Part<'_>, job: &JobEntity, is_hidden: &AtomicBool) -> Result<(), PlaceError> {
    let has_report = job.artifacts.iter().any(|file| file.file_type == "dotenv");
    if !has_report || is_hidden.load(Ordering::Relaxed) {
        return Ok(());
    }
    let subject = part.subject();
    let page = format!("-/jobs/{}/artifacts/download?file_type=dotenv", job.id);
    let item = RemoteItem {
        path: &format!("-/jobs/{}/artifacts/dotenv/.env.gz", job.id),
        url: subject.page(&page),
        appeared: job.appeared(),
        ..RemoteItem::default()
    };
    let request = part.request(format!("/{}/{page}", subject.path));
    match part.client().download(&request, MAX_REPORT) {
        Ok(mut content) => part.emit(&item, &mut content),
        Err(
            FetchError::Request(RequestError::Redirect(_))
            | FetchError::Refused {
                status: 401 | 403 | 404,
                ..
            },
        ) => {
            is_hidden.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => Err(PlaceError::from(error).of_item(item.path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_small_settings_files_of_large_archives() {
        for (path, kind, size, expected) in [
            ("build/.env", "file", Some(5), true),
            ("a/.ENV", "file", Some(5), true),
            ("deploy.yml", "file", Some(MAX_ENTRY), true),
            ("deploy.yml", "file", Some(MAX_ENTRY + 1), false),
            ("deploy.yml", "file", None, false),
            ("app.js", "file", Some(5), false),
            ("a/../../b.env", "file", Some(5), false),
            ("x.env", "directory", Some(5), false),
        ] {
            let entry = ArtifactEntry {
                path: path.to_owned(),
                kind: kind.to_owned(),
                size,
            };
            assert_eq!(entry.contains_settings(), expected, "{path} {size:?}");
        }
    }
}
