//! A project with a remote, checked out as GitLab's runner does it, and jobs that run in it.

use std::path::PathBuf;

use serde_json::Value;

use super::a_token;
use super::sandbox::{Run, Sandbox, places};

/// A remote repository, and a checkout of it.
pub(crate) struct Project {
    pub(crate) sandbox: Sandbox,
}

/// A finished job. Its debug output omits the report, which is long.
pub(crate) struct Job {
    pub(crate) run: Run,
    /// The JSON report, if there is one.
    pub(crate) report: Option<Value>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Run {
            code,
            stdout,
            stderr,
        } = &self.run;
        write!(f, "exit code {code:?}\n{stdout}\n{stderr}")
    }
}

impl Job {
    /// Path and line of each finding.
    pub(crate) fn places(&self) -> Vec<(String, u64)> {
        let report = self
            .report
            .as_ref()
            .unwrap_or_else(|| panic!("no report: {self:?}"));
        places(report)
            .into_iter()
            .map(|(path, line, _)| (path, line))
            .collect()
    }

    /// Fails unless the job ended with this exit code and found secrets in these paths only.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, paths: &[&str]) {
        assert_eq!(self.run.code, Some(code), "{self:?}");
        assert_eq!(self.paths(), paths, "{self:?}");
    }

    /// The paths of the findings.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.places().into_iter().map(|(path, _)| path).collect()
    }

    /// True if a note of the report contains the text.
    pub(crate) fn notes(&self, text: &str) -> bool {
        let report = self
            .report
            .as_ref()
            .unwrap_or_else(|| panic!("no report: {self:?}"));
        report["notes"].to_string().contains(text)
    }
}

impl Project {
    /// With one commit on the branch `main`.
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.git(&["init", "-q", "-b", "main", "remote"]);
        let project = Self { sandbox };
        project.commit(&[("README.md", "A project.\n")]);
        project
    }

    /// Runs `git` in the remote.
    pub(crate) fn remote(&self, args: &[&str]) -> String {
        let mut all = vec!["-C", "remote"];
        all.extend_from_slice(args);
        self.sandbox.git(&all).trim().to_owned()
    }

    /// Runs `git` in the checkout.
    pub(crate) fn checkout(&self, args: &[&str]) -> String {
        let mut all = vec!["-C", "checkout"];
        all.extend_from_slice(args);
        self.sandbox.git(&all).trim().to_owned()
    }

    /// Commits files on the branch that is checked out in the remote; returns the commit's id.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            self.sandbox.write(PathBuf::from("remote").join(path), text);
        }
        self.remote(&["add", "-A"]);
        self.remote(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.remote(&["rev-parse", "HEAD"])
    }

    /// Commits a file with a token.
    pub(crate) fn leak(&self, path: &str, seed: u64) -> String {
        let token = self.sandbox.watch(a_token(seed));
        self.commit(&[(path, &format!("token = \"{token}\"\n"))])
    }

    /// Makes many commits without secrets; returns the last one's id.
    pub(crate) fn fill(&self, count: usize) -> String {
        for _ in 1..count {
            self.remote(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
        }
        self.commit(&[])
    }

    pub(crate) fn branch(&self, name: &str) {
        self.remote(&["switch", "-q", "-c", name]);
    }

    pub(crate) fn switch(&self, name: &str) {
        self.remote(&["switch", "-q", name]);
    }

    /// Checks a commit out as the runner does: detached, and with so many commits of history.
    pub(crate) fn check_out(&self, commit: &str, depth: usize) {
        let url = format!("file://{}", self.sandbox.at("remote").display());
        self.sandbox.git(&["init", "-q", "checkout"]);
        self.checkout(&["remote", "add", "origin", &url]);
        let depth = format!("--depth={depth}");
        let refspec = format!("+{commit}:refs/pipelines/1");
        self.checkout(&["fetch", "-q", "--no-tags", &depth, "origin", &refspec]);
        self.checkout(&["checkout", "-q", "--detach", commit]);
    }

    /// Runs `tokensweep ci` in the checkout as a job with these variables.
    pub(crate) fn job(&self, variables: &[(&str, &str)], args: &[&str]) -> Job {
        self.job_with(variables, args, |_| {})
    }

    /// The same after `prepare` has had the command.
    pub(crate) fn job_with(
        &self,
        variables: &[(&str, &str)],
        args: &[&str],
        prepare: impl FnOnce(&mut std::process::Command),
    ) -> Job {
        let folder = self.sandbox.at("checkout");
        std::fs::create_dir_all(&folder).unwrap();
        let report = folder.join("tokensweep.json");
        let _ = std::fs::remove_file(&report);
        let mut all = vec!["ci"];
        all.extend_from_slice(args);
        let run = self.sandbox.run_with(&all, |command| {
            command
                .current_dir(&folder)
                .env("CI", "true")
                .env("GITLAB_CI", "true")
                .env("CI_PROJECT_DIR", &folder)
                .env("CI_PROJECT_ID", "1")
                .env("CI_DEFAULT_BRANCH", "main")
                .env("CI_COMMIT_BEFORE_SHA", ZEROS)
                .envs(variables.iter().copied());
            prepare(command);
        });
        let report = std::fs::read(&report).ok();
        Job {
            run,
            report: report.map(|bytes| serde_json::from_slice(&bytes).unwrap()),
        }
    }
}

/// GitLab's value for "no commit".
pub(crate) const ZEROS: &str = "0000000000000000000000000000000000000000";

/// The variables of a merge request's pipeline.
pub(crate) fn merge_request<'a>(base: &'a str, head: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_COMMIT_SHA", head),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "detached"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"),
    ]
}

/// The variables of the pipeline of a push to a branch.
pub(crate) fn push<'a>(branch: &'a str, before: &'a str, head: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_SHA", head),
        ("CI_COMMIT_BEFORE_SHA", before),
        ("CI_COMMIT_BRANCH", branch),
    ]
}
