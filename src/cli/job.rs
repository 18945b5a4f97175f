//! What the variables of a GitLab job say of the pages that reports can link to.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::report::sink::ReportFile;
use crate::report::{Format, Link};

/// Pages of the job that runs the program; empty outside of GitLab.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// The page of the project, if the program was started in the job's checkout.
    pub(super) project_url: Option<String>,
    /// Where the job's own reports can be seen.
    pub(super) links: Vec<Link>,
}

impl Job {
    /// Reads the variables that every job has
    /// (<https://docs.gitlab.com/ci/variables/predefined_variables/>).
    pub(super) fn from_env(reports: &[ReportFile]) -> Self {
        let get = |name: &str| std::env::var(name).ok();
        let here = std::env::current_dir().and_then(std::fs::canonicalize).ok();
        Self::new(&get, here.as_deref(), reports)
    }

    fn new(
        get: &dyn Fn(&str) -> Option<String>,
        here: Option<&Path>,
        reports: &[ReportFile],
    ) -> Self {
        let checkout = get("CI_PROJECT_DIR").and_then(|dir| std::fs::canonicalize(dir).ok());
        let (Some("true"), Some(here), Some(checkout)) =
            (get("GITLAB_CI").as_deref(), here, checkout)
        else {
            return Self::default();
        };
        // Paths of findings are relative to where the program was started.
        let project_url = get("CI_PROJECT_URL").filter(|_| here == checkout);
        let job_url = get("CI_JOB_URL").filter(|url| url.starts_with("http"));
        let mut links = Vec::new();
        for report in reports
            .iter()
            .filter(|report| report.format == Format::Html)
        {
            let path = inside(&here.join(&report.path), &checkout);
            if let (Some(url), Some(path)) = (&job_url, path) {
                links.push(Link {
                    label: "Report of all findings (HTML)".to_owned(),
                    url: format!("{url}/artifacts/file/{path}"),
                });
            }
        }
        Self { project_url, links }
    }
}

/// A path below a folder as part of an address, if it needs no look at the disk to tell.
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
    fn a_job_knows_its_pages() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = std::fs::canonicalize(folder.path()).unwrap();
        let dir = checkout.to_str().unwrap().to_owned();
        let get = |name: &str| {
            let value = match name {
                "GITLAB_CI" => "true",
                "CI_PROJECT_DIR" => dir.as_str(),
                "CI_PROJECT_URL" => "https://gitlab.example/a/b",
                "CI_JOB_URL" => "https://gitlab.example/a/b/-/jobs/7",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let reports = [
            "html=./out/all findings.html",
            "json=a.json",
            "html=../x.html",
        ];
        let reports: Vec<ReportFile> = reports.iter().map(|text| text.parse().unwrap()).collect();
        let job = Job::new(&get, Some(&checkout), &reports);
        assert_eq!(
            job.project_url.as_deref(),
            Some("https://gitlab.example/a/b")
        );
        let urls: Vec<&str> = job.links.iter().map(|link| link.url.as_str()).collect();
        assert_eq!(
            urls,
            ["https://gitlab.example/a/b/-/jobs/7/artifacts/file/out/all%20findings.html"]
        );
        let elsewhere = Job::new(&get, Some(Path::new("/")), &reports);
        assert_eq!(elsewhere.project_url, None);
        let outside = Job::new(&|_| None, Some(&checkout), &reports);
        assert!(outside.project_url.is_none() && outside.links.is_empty());
    }
}
