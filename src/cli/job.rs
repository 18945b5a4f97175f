//! The pages of a CI job that reports link to.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::ci::system::CiJob;
use crate::report::sink::ReportFile;
use crate::report::{Format, Link};

/// Pages of the job that runs the program; empty outside of a CI system.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// The page of the project, if the program was started in the job's checkout.
    pub(super) project_url: Option<String>,
    /// Links to the job's own reports.
    pub(super) links: Vec<Link>,
}

impl Job {
    /// Reads the job's variables.
    pub(super) fn from_env(reports: &[ReportFile]) -> Self {
        let here = std::env::current_dir().and_then(std::fs::canonicalize).ok();
        Self::new(&CiJob::from_env(), here.as_deref(), reports)
    }

    fn new(job: &CiJob, here: Option<&Path>, reports: &[ReportFile]) -> Self {
        let checkout = job.checkout.as_ref();
        let checkout = checkout.and_then(|dir| std::fs::canonicalize(dir).ok());
        let (Some(here), Some(checkout)) = (here, checkout) else {
            return Self::default();
        };
        let html = reports
            .iter()
            .filter(|report| report.format == Format::Html);
        let links = html.filter_map(|report| {
            let path = inside(&here.join(&report.path), &checkout)?;
            Some(Link {
                label: "Report of all findings (HTML)".to_owned(),
                url: format!("{}{path}", job.artifacts_url.as_ref()?),
            })
        });
        Self {
            links: links.collect(),
            // Paths of findings are relative to the current folder.
            project_url: job.project_url.clone().filter(|_| here == checkout),
        }
    }
}

/// Returns a path below a folder as part of an address, as far as it is known without reading the disk.
fn inside(path: &Path, folder: &Path) -> Option<String> {
    let path: PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let parts = path
        .strip_prefix(folder)
        .ok()?
        .components()
        .map(|part| match part {
            Component::Normal(name) => {
                Some(percent_encode(name.as_encoded_bytes(), NON_ALPHANUMERIC).to_string())
            }
            _ => None,
        });
    Some(
        parts
            .collect::<Option<Vec<String>>>()?
            .join("/")
            .replace("%2E", ".")
            .replace("%2D", "-")
            .replace("%5F", "_"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_pages_of_the_job() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = std::fs::canonicalize(folder.path()).unwrap();
        let mut ci = CiJob::default();
        ci.checkout = Some(checkout.clone());
        ci.project_url = Some("https://gitlab.example/a/b".to_owned());
        ci.artifacts_url = Some("https://gitlab.example/a/b/-/jobs/7/artifacts/file/".to_owned());
        let reports = [
            "html=./out/all findings.html",
            "json=a.json",
            "html=../x.html",
        ];
        let reports: Vec<ReportFile> = reports.iter().map(|text| text.parse().unwrap()).collect();
        let job = Job::new(&ci, Some(&checkout), &reports);
        assert_eq!(
            job.project_url.as_deref(),
            Some("https://gitlab.example/a/b")
        );
        let urls: Vec<&str> = job.links.iter().map(|link| link.url.as_str()).collect();
        assert_eq!(
            urls,
            ["https://gitlab.example/a/b/-/jobs/7/artifacts/file/out/all%20findings.html"]
        );
        let elsewhere = Job::new(&ci, Some(Path::new("/")), &reports);
        assert_eq!(elsewhere.project_url, None);
        let outside = Job::new(&CiJob::default(), Some(&checkout), &reports);
        assert!(outside.project_url.is_none() && outside.links.is_empty());
    }
}
