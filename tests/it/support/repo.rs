//! A repository to build histories in, and the findings of scans.

use std::process::Stdio;

use serde_json::Value;

use super::sandbox::{Run, Sandbox};

/// A sandbox that is a repository with the branch `main` and nothing in it.
pub(crate) struct Repo {
    pub(crate) sandbox: Sandbox,
}

/// A finding as (commit, path, line); the commit is empty for findings without one.
pub(crate) type Found = (String, String, u64);

impl Repo {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        Self { sandbox }
    }

    /// A token of its own for each seed, under watch.
    pub(crate) fn token(&self, seed: u64) -> String {
        self.sandbox.watch(super::a_token(seed))
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        self.sandbox.write(path, text);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(args)
    }

    /// The same with `input`; returns the output without white space around it.
    pub(crate) fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> String {
        self.sandbox.feed(args, input)
    }

    /// Adds everything and commits it; returns the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// Writes one file and commits everything.
    pub(crate) fn commit_file(&self, path: &str, text: impl AsRef<[u8]>) -> String {
        self.write(path, text);
        self.commit(path)
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Switches to a new branch that starts at a revision.
    pub(crate) fn branch(&self, name: &str, start: &str) {
        self.git(&["switch", "--quiet", "--create", name, start]);
    }

    /// Runs a scan that prints JSON.
    pub(crate) fn scan(&self, args: &[&str]) -> Run {
        let all = args.iter().copied().chain(["--format", "json"]);
        self.sandbox.run(all)
    }

    /// Findings that a range adds. Fails if the scan is incomplete.
    pub(crate) fn range(&self, range: &str) -> Vec<Found> {
        complete(&self.scan(&["range", range]))
    }

    /// Findings that the index adds. Fails if the scan is incomplete.
    pub(crate) fn staged(&self) -> Vec<Found> {
        complete(&self.scan(&["staged"]))
    }
}

/// The findings of a complete scan. The exit code must be that of the findings.
pub(crate) fn complete(run: &Run) -> Vec<Found> {
    let found = found(&run.stdout);
    assert_eq!(run.code, Some(i32::from(!found.is_empty())), "{run:?}");
    assert_eq!(run.stderr, "", "{run:?}");
    found
}

/// The findings of a JSON report, in their order.
pub(crate) fn found(json: &str) -> Vec<Found> {
    let report: Value = serde_json::from_str(json).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let place = |finding: &Value| {
        let location = &finding["location"];
        let text = |key: &str| location[key].as_str().unwrap_or_default().to_owned();
        let line = location["start_line"].as_u64().unwrap();
        (text("commit"), text("path"), line)
    };
    findings.iter().map(place).collect()
}

/// One expected finding.
pub(crate) fn at(commit: &str, path: &str, line: u64) -> Found {
    (commit.to_owned(), path.to_owned(), line)
}

/// Runs `git` and returns its exit code and output.
pub(crate) fn try_git(sandbox: &Sandbox, args: &[&str]) -> (Option<i32>, String) {
    let mut command = sandbox.command("git");
    let output = command.args(args).stdin(Stdio::null()).output().unwrap();
    sandbox.search("git's output", &output.stdout);
    sandbox.search("git's output", &output.stderr);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}
