//! Fetches missing commits with the `git` program: within a time limit, without showing credentials, and into a
//! repository of its own, so that the configuration of the scanned repository has no effect.

use std::collections::HashSet;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::certificates;
use super::git::{self, REMOTE};
use super::remote::{AddressError, Remote};
use super::system::{CiJob, is_object_id};
use crate::model::BlobPath;
use crate::source::{RepoLocation, ScratchRepository, remote_address};

/// Maximum number of bytes that are read from the output of `git`.
const MAX_OUTPUT: u64 = 16 << 20;

/// Time limit for a remote to list its branches or tags. A slower remote is not asked again: a network that
/// drops all packets must not cost every job the whole time limit.
const PATIENCE: Duration = Duration::from_secs(20);

/// Interval at which a running `git` is polled.
const TICK: Duration = Duration::from_millis(10);

/// The reason why nothing could be fetched. No message contains a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GitFetchError {
    /// `--fetch-timeout 0`.
    #[error("fetching is disabled")]
    Off,
    /// The time limit is reached.
    #[error("the time limit for fetching is reached")]
    Timeout,
    /// A remote does not respond.
    #[error("the remote does not respond")]
    Silent,
    /// The `git` program is not installed.
    #[error("the `git` program, which fetches, is not installed")]
    NoGit,
    /// No remote is known.
    #[error("no remote is known to fetch from")]
    NoRemote,
    /// The address is not one that is fetched from.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// `git` failed.
    #[error("`git {verb}` failed: {reason}")]
    Failed {
        /// Its command.
        verb: String,
        /// Its error message.
        reason: String,
    },
}

/// The project that a branch belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Project {
    /// The project that this runs in.
    This,
    /// The project that the merge request goes to.
    Target,
}

/// The depth of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything up to the commits that are here.
    Connect,
    /// This many commits from each named one.
    To(usize),
    /// The whole history.
    All,
}

/// Fetches for one repository, into a temporary one beside it.
#[derive(Debug)]
pub(super) struct Fetcher {
    root: PathBuf,
    /// Created with the first request.
    scratch: Option<ScratchRepository>,
    /// Remotes of this project, the best first.
    own: Vec<Remote>,
    /// The remote of the merge request's target, if it is another project.
    target: Option<Remote>,
    /// True if the target of the merge request is another project than the one this runs in.
    is_outside_target: bool,
    /// The reason why the address of a remote cannot be used.
    unusable: Option<AddressError>,
    /// Texts that are redacted in everything that is shown.
    secrets: Vec<String>,
    /// Certificates to trust; the file is removed with this.
    certificates: Option<NamedTempFile>,
    deadline: Option<Instant>,
    is_clone_trusted: bool,
    /// The commands that were run, for the log.
    pub(super) done: Vec<String>,
}

impl Fetcher {
    /// Creates a fetcher for the repository around `root`. `timeout` is the limit for all fetching together; zero
    /// disables it.
    ///
    /// The address is the one that the CI system names. Without one it is that of `origin` in the configuration of the
    /// repository, nothing else of which has an effect.
    ///
    /// # Errors
    /// If the operator's certificates cannot be read.
    pub(super) fn new(root: &Path, job: &CiJob, timeout: Duration) -> io::Result<Self> {
        let mut unusable = None;
        let mut remote = |label, address: Option<String>| match Remote::new(label, &address?) {
            Ok(remote) => Some(remote),
            Err(error) => {
                unusable = Some(error);
                None
            }
        };
        let own: Vec<Remote> = match &job.repository {
            Some(own) => remote(own.label, Some(own.address.clone())),
            None => remote("origin", remote_address(root, "origin")),
        }
        .into_iter()
        .collect();
        let target = job.target_repository.as_ref();
        let target = target.and_then(|target| remote(target.label, Some(target.address.clone())));
        let mut secrets = job.secrets.clone();
        for remote in own.iter().chain(&target) {
            secrets.extend(remote.secrets.iter().cloned());
        }
        // Longest first, so that no part of one remains.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Ok(Self {
            root: root.to_owned(),
            scratch: None,
            own,
            target,
            is_outside_target: job.merge_request.is_outside_target,
            unusable,
            secrets,
            certificates: certificates::write_bundle(&job.certificates)?,
            is_clone_trusted: timeout.is_zero() && job.system.is_none(),
            deadline: (!timeout.is_zero()).then(|| Instant::now() + timeout),
            done: Vec::new(),
        })
    }

    /// Returns the repository with everything that was fetched.
    pub(super) fn location(&self) -> RepoLocation {
        match &self.scratch {
            Some(scratch) => scratch.location(),
            None => RepoLocation::at(&self.root),
        }
    }

    /// Returns the repository that was fetched into; `None` if nothing was fetched.
    pub(super) fn fetched(&self) -> Option<&Path> {
        self.scratch.as_ref().map(ScratchRepository::git_dir)
    }

    /// Returns true if the branches of that project are not those of this clone.
    pub(super) fn is_other_project(&self, project: Project) -> bool {
        project == Project::Target && self.is_outside_target
    }

    /// Returns true if the branches of the clone are used without doubt: a person has disabled fetching. The runner of a
    /// job fetches the job's branch only, into a folder that earlier jobs may have used.
    pub(super) fn is_clone_trusted(&self) -> bool {
        self.is_clone_trusted
    }

    /// Returns the tip of a branch of a project.
    pub(super) fn branch(&mut self, of: Project, branch: &str) -> Result<String, GitFetchError> {
        let tip = self.tip_of(of, &format!("refs/heads/{branch}"))?;
        tip.ok_or_else(|| GitFetchError::Failed {
            verb: "ls-remote".to_owned(),
            reason: format!("the remote has no branch '{}'", shown(branch)),
        })
    }

    /// Returns the object that a ref of a project names, by the full name of the ref; `None` if the ref does not exist.
    pub(super) fn tip_of(
        &mut self,
        of: Project,
        name: &str,
    ) -> Result<Option<String>, GitFetchError> {
        let remotes = if self.is_other_project(of) {
            // A branch of the same name in a fork is the fork's own.
            self.target.clone().into_iter().collect()
        } else {
            self.own.clone()
        };
        let listed = self.run_on_first(&remotes, "ls-remote", &[], &[name.to_owned()])?;
        let tip = references(&listed).find(|(_, reference)| *reference == name);
        Ok(tip.map(|(id, _)| id.to_owned()))
    }

    /// Returns the commits that the tags of the remote lead to, except for one tag.
    pub(super) fn tags(&mut self, except: &str) -> Result<HashSet<String>, GitFetchError> {
        let listed = self.run_on_first(&self.own.clone(), "ls-remote", &["--tags"], &[])?;
        let name_of = |reference: &str| {
            let name = reference.strip_prefix("refs/tags/")?;
            Some(name.strip_suffix("^{}").unwrap_or(name).to_owned())
        };
        let others = references(&listed)
            .filter(|(_, name)| name_of(name).is_some_and(|name| name != except));
        Ok(others.map(|(id, _)| id.to_owned()).collect())
    }

    /// Fetches commits by their full ids.
    pub(super) fn fetch(&mut self, depth: Depth, commits: &[String]) -> Result<(), GitFetchError> {
        let depth = match depth {
            Depth::Connect => None,
            Depth::To(depth) => Some(format!("--depth={depth}")),
            Depth::All => Some("--unshallow".to_owned()),
        };
        let mut options = FETCH_OPTIONS.to_vec();
        options.extend(depth.as_deref());
        // Under a name, so that a later request offers them to the server as known.
        let refspecs: Vec<String> = commits
            .iter()
            .map(|id| format!("+{id}:refs/tokensweep/fetched/{id}"))
            .collect();
        let remotes: Vec<Remote> = self.own.iter().chain(&self.target).cloned().collect();
        self.run_on_first(&remotes, "fetch", &options, &refspecs)
            .map(drop)
    }

    /// Fetches every branch and tag with its whole history.
    pub(super) fn fetch_all(&mut self, is_shallow: bool) -> Result<(), GitFetchError> {
        let mut options = FETCH_OPTIONS.to_vec();
        options.extend(is_shallow.then_some("--unshallow"));
        let refspecs = [
            "+refs/heads/*:refs/remotes/origin/*",
            "+refs/tags/*:refs/tags/*",
        ]
        .map(str::to_owned);
        self.run_on_first(&self.own.clone(), "fetch", &options, &refspecs)
            .map(drop)
    }

    /// Runs `git` with one remote after the other until it succeeds. The error is that of the first remote, which is
    /// where the checkout is from.
    fn run_on_first(
        &mut self,
        remotes: &[Remote],
        verb: &str,
        options: &[&str],
        names: &[String],
    ) -> Result<Vec<u8>, GitFetchError> {
        let mut first = None;
        for remote in remotes {
            let mut args = vec![verb];
            args.extend_from_slice(options);
            args.extend(["--", REMOTE]);
            args.extend(names.iter().map(String::as_str));
            match self.git(remote, &args) {
                Ok(output) => return Ok(output),
                Err(error @ GitFetchError::Silent) => {
                    self.own.retain(|known| known != remote);
                    first = first.or(Some(error));
                }
                Err(error @ GitFetchError::Failed { .. }) => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first
            .or(self.unusable.map(GitFetchError::from))
            .unwrap_or(GitFetchError::NoRemote))
    }

    /// Returns the repository that `git` runs in, which is created on first use.
    fn scratch_dir(&mut self) -> Result<PathBuf, String> {
        if self.scratch.is_none() {
            let scratch =
                ScratchRepository::borrowing(&self.root).map_err(|error| error.to_string())?;
            self.scratch = Some(scratch);
        }
        let scratch = self.scratch.as_ref().map(ScratchRepository::git_dir);
        Ok(scratch.unwrap_or(Path::new("/nonexistent")).to_owned())
    }

    /// Runs `git` and returns its output.
    fn git(&mut self, remote: &Remote, args: &[&str]) -> Result<Vec<u8>, GitFetchError> {
        let deadline = self.deadline.ok_or(GitFetchError::Off)?;
        if Instant::now() >= deadline {
            return Err(GitFetchError::Timeout);
        }
        let failed = |reason: String| GitFetchError::Failed {
            verb: args.first().copied().unwrap_or_default().to_owned(),
            reason,
        };
        let io_error = |error: io::Error| failed(error.to_string());
        // Into files: a helper that outlives `git` could keep a pipe open.
        let mut stdout = tempfile::tempfile().map_err(io_error)?;
        let mut stderr = tempfile::tempfile().map_err(io_error)?;
        let git_dir = self.scratch_dir().map_err(failed)?;
        let mut command = git::command(
            &git_dir,
            remote,
            self.certificates.as_ref().map(NamedTempFile::path),
            args,
        );
        command
            .stdout(stdout.try_clone().map_err(io_error)?)
            .stderr(stderr.try_clone().map_err(io_error)?);
        let child = match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(GitFetchError::NoGit);
            }
            other => other.map_err(io_error)?,
        };
        let patience = match args.first() {
            Some(&"ls-remote") => deadline.min(Instant::now() + PATIENCE),
            _ => deadline,
        };
        let ended = wait(child, patience).map_err(io_error)?;
        self.done.push(format!(
            "git {} ({}){}",
            args.join(" "),
            remote.label,
            if ended == Some(true) { "" } else { " (failed)" }
        ));
        match ended {
            Some(true) => read(&mut stdout).map_err(io_error),
            Some(false) => {
                let output = read(&mut stderr).map_err(io_error)?;
                Err(failed(self.error_message(&output)))
            }
            None if patience < deadline => Err(GitFetchError::Silent),
            None => Err(GitFetchError::Timeout),
        }
    }

    /// Returns the error message of `git` in one line, without credentials and control characters.
    fn error_message(&self, output: &[u8]) -> String {
        let text = String::from_utf8_lossy(output);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let line = lines()
            .find(|line| line.starts_with("fatal:"))
            .or_else(|| lines().next_back())
            .unwrap_or("no error message");
        let mut line = line.trim_end_matches('.').to_owned();
        for secret in &self.secrets {
            line = line.replace(secret.as_str(), "[redacted]");
        }
        shown(&without_credentials(&line))
            .chars()
            .take(300)
            .collect()
    }
}

/// Options of every fetch.
const FETCH_OPTIONS: [&str; 3] = ["--quiet", "--no-tags", "--recurse-submodules=no"];

/// Waits for a process: true for success, `None` if the deadline has passed and the process was killed.
fn wait(mut child: Child, deadline: Instant) -> io::Result<Option<bool>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(TICK);
    }
}

fn read(file: &mut std::fs::File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.flush()?;
    file.rewind()?;
    file.take(MAX_OUTPUT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the ids and names that `ls-remote` lists.
fn references(listed: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let lines = listed.split(|&byte| byte == b'\n');
    lines.filter_map(|line| {
        let (id, name) = std::str::from_utf8(line).ok()?.split_once('\t')?;
        is_object_id(id).then_some((id, name))
    })
}

/// Removes the credentials from every address.
fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '\'' | '"'))
            .unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => &after[at + 1..],
            None => after,
        };
    }
    clean + rest
}

/// Returns text with control characters escaped.
fn shown(text: &str) -> String {
    BlobPath::from_bytes(text.as_bytes()).to_string()
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
