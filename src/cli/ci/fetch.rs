//! Gets missing commits with the `git` program: bounded in time, silent about credentials, and in a
//! repository of ours, so that nothing of the scanned one's configuration has an effect.

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
use super::variables::{Variables, is_object_id};
use crate::model::BlobPath;
use crate::source::{RepoLocation, ScratchRepository, remote_address};

/// How much of what `git` prints is read, in bytes.
const MAX_OUTPUT: u64 = 16 << 20;

/// How long a remote may take to list its branches or tags. One that takes longer is not asked again: a
/// network that swallows everything must not cost every job all of its time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a running `git` is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Why nothing could be fetched. No text holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    /// `--fetch-timeout 0`.
    #[error("fetching is disabled")]
    Off,
    /// The time is up.
    #[error("the time limit for fetching is reached")]
    Timeout,
    /// A remote does not answer.
    #[error("the remote does not respond")]
    Silent,
    /// There is no program.
    #[error("there is no `git` program to fetch with")]
    NoGit,
    /// There is nowhere to fetch from.
    #[error("there is no remote to fetch from")]
    NoRemote,
    /// The address is not of a known kind.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// What `git` says.
    #[error("`git {verb}` failed: {reason}")]
    Failed {
        /// Its command.
        verb: String,
        /// Its last words.
        reason: String,
    },
}

/// Whose branch is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Project {
    /// The project that this runs in.
    This,
    /// The project that the merge request goes to.
    Target,
}

/// How much is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whatever connects to what is here.
    Connect,
    /// So many commits from each that is named.
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
    /// Where the commits of this project are, the best first.
    own: Vec<Remote>,
    /// Where those of the merge request's target are, if it is another project.
    target: Option<Remote>,
    /// True if the target of the merge request is another project than the one this runs in.
    is_outside_target: bool,
    /// Why there is no remote, if it is not for want of an address.
    unusable: Option<AddressError>,
    /// What is cut out of everything that is shown.
    secrets: Vec<String>,
    /// Certificates to trust; the file is removed with this.
    certificates: Option<NamedTempFile>,
    deadline: Option<Instant>,
    /// What was done, for the log.
    pub(super) done: Vec<String>,
}

impl Fetcher {
    /// For the repository around `root`; `timeout` is the time for all fetching together, zero for
    /// none at all.
    ///
    /// The address is the one that the CI system gives. Elsewhere it is that of `origin`, as the
    /// repository's configuration spells it; nothing else of that configuration has an effect.
    ///
    /// # Errors
    /// If the certificates that the operator names cannot be read.
    pub(super) fn new(root: &Path, variables: &Variables, timeout: Duration) -> io::Result<Self> {
        let mut unusable = None;
        let mut remote = |label, address: Option<String>| match Remote::new(label, &address?) {
            Ok(remote) => Some(remote),
            Err(error) => {
                unusable = Some(error);
                None
            }
        };
        let of_job = variables.get("CI_REPOSITORY_URL").map(str::to_owned);
        let own: Vec<Remote> = match of_job {
            Some(address) => remote("CI_REPOSITORY_URL", Some(address)),
            None => remote("origin", remote_address(root, "origin")),
        }
        .into_iter()
        .collect();
        let target = variables
            .get("CI_MERGE_REQUEST_PROJECT_URL")
            .filter(|_| variables.is_outside_target());
        let target = remote("target project", target.map(|url| format!("{url}.git")));
        let mut secrets: Vec<String> = ["CI_JOB_TOKEN", "CI_REPOSITORY_URL"]
            .iter()
            .filter_map(|name| variables.get(name).map(str::to_owned))
            .collect();
        for remote in own.iter().chain(&target) {
            secrets.extend(remote.secrets.iter().cloned());
        }
        // The longest first, so that none is left in part.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Ok(Self {
            root: root.to_owned(),
            scratch: None,
            own,
            target,
            is_outside_target: variables.is_outside_target(),
            unusable,
            secrets,
            certificates: certificates::bundle(variables)?,
            deadline: (!timeout.is_zero()).then(|| Instant::now() + timeout),
            done: Vec::new(),
        })
    }

    /// The repository with all that was fetched.
    pub(super) fn place(&self) -> RepoLocation {
        match &self.scratch {
            Some(scratch) => scratch.place(),
            None => RepoLocation::at(&self.root),
        }
    }

    /// What was fetched, as a repository of its own; `None` if nothing was.
    pub(super) fn fetched(&self) -> Option<&Path> {
        self.scratch.as_ref().map(ScratchRepository::git_dir)
    }

    /// True if branches of that project are not those of this clone.
    pub(super) fn is_elsewhere(&self, project: Project) -> bool {
        project == Project::Target && self.is_outside_target
    }

    /// The commit at the tip of a branch of a project.
    pub(super) fn tip_of(&mut self, of: Project, branch: &str) -> Result<String, FetchError> {
        let name = format!("refs/heads/{branch}");
        let remotes = if self.is_elsewhere(of) {
            // A branch of the same name in a fork is the fork's own.
            self.target.clone().into_iter().collect()
        } else {
            self.own.clone()
        };
        let listed = self.ask_in_turn(&remotes, "ls-remote", &[], std::slice::from_ref(&name))?;
        let tip = references(&listed).find(|(_, reference)| *reference == name);
        tip.map(|(id, _)| id.to_owned())
            .ok_or_else(|| FetchError::Failed {
                verb: "ls-remote".to_owned(),
                reason: format!("the remote has no branch '{}'", shown(branch)),
            })
    }

    /// The commits that the tags of the remote lead to, but for the tag `except`.
    pub(super) fn tags(&mut self, except: &str) -> Result<HashSet<String>, FetchError> {
        let listed = self.ask_in_turn(&self.own.clone(), "ls-remote", &["--tags"], &[])?;
        let name_of = |reference: &str| {
            let name = reference.strip_prefix("refs/tags/")?;
            Some(name.strip_suffix("^{}").unwrap_or(name).to_owned())
        };
        let others = references(&listed)
            .filter(|(_, name)| name_of(name).is_some_and(|name| name != except));
        Ok(others.map(|(id, _)| id.to_owned()).collect())
    }

    /// Fetches commits by their full ids.
    pub(super) fn fetch(&mut self, depth: Depth, commits: &[String]) -> Result<(), FetchError> {
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
        self.ask_in_turn(&remotes, "fetch", &options, &refspecs)
            .map(drop)
    }

    /// Fetches every branch and tag with its whole history.
    pub(super) fn everything(&mut self, is_shallow: bool) -> Result<(), FetchError> {
        let mut options = FETCH_OPTIONS.to_vec();
        options.extend(is_shallow.then_some("--unshallow"));
        let refspecs = [
            "+refs/heads/*:refs/remotes/origin/*",
            "+refs/tags/*:refs/tags/*",
        ]
        .map(str::to_owned);
        self.ask_in_turn(&self.own.clone(), "fetch", &options, &refspecs)
            .map(drop)
    }

    /// Asks one remote after the other until one answers. The error is the first one's, which is
    /// where the checkout comes from.
    fn ask_in_turn(
        &mut self,
        remotes: &[Remote],
        verb: &str,
        options: &[&str],
        names: &[String],
    ) -> Result<Vec<u8>, FetchError> {
        let mut first = None;
        for remote in remotes {
            let mut args = vec![verb];
            args.extend_from_slice(options);
            args.extend(["--", REMOTE]);
            args.extend(names.iter().map(String::as_str));
            match self.git(remote, &args) {
                Ok(output) => return Ok(output),
                Err(error @ FetchError::Silent) => {
                    self.own.retain(|known| known != remote);
                    first = first.or(Some(error));
                }
                Err(error @ FetchError::Failed { .. }) => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first
            .or(self.unusable.map(FetchError::from))
            .unwrap_or(FetchError::NoRemote))
    }

    /// Where `git` runs.
    fn scratch(&mut self) -> Result<PathBuf, String> {
        if self.scratch.is_none() {
            let scratch =
                ScratchRepository::borrowing(&self.root).map_err(|error| error.to_string())?;
            self.scratch = Some(scratch);
        }
        let scratch = self.scratch.as_ref().map(ScratchRepository::git_dir);
        Ok(scratch.unwrap_or(Path::new("/nonexistent")).to_owned())
    }

    /// Runs `git` and gives what it prints.
    fn git(&mut self, remote: &Remote, args: &[&str]) -> Result<Vec<u8>, FetchError> {
        let deadline = self.deadline.ok_or(FetchError::Off)?;
        if Instant::now() >= deadline {
            return Err(FetchError::Timeout);
        }
        let failed = |reason: String| FetchError::Failed {
            verb: args.first().copied().unwrap_or_default().to_owned(),
            reason,
        };
        let io_error = |error: io::Error| failed(error.to_string());
        // Into files: a helper that outlives `git` could hold a pipe open for ever.
        let mut stdout = tempfile::tempfile().map_err(io_error)?;
        let mut stderr = tempfile::tempfile().map_err(io_error)?;
        let git_dir = self.scratch().map_err(failed)?;
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(FetchError::NoGit),
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
                let words = read(&mut stderr).map_err(io_error)?;
                Err(failed(self.last_words(&words)))
            }
            None if patience < deadline => Err(FetchError::Silent),
            None => Err(FetchError::Timeout),
        }
    }

    /// What `git` said in one line, without credentials and control characters.
    fn last_words(&self, output: &[u8]) -> String {
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

/// Waits until the deadline: true for success, `None` if the time was up.
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

/// Ids and names of what `ls-remote` lists.
fn references(listed: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let lines = listed.split(|&byte| byte == b'\n');
    lines.filter_map(|line| {
        let (id, name) = std::str::from_utf8(line).ok()?.split_once('\t')?;
        is_object_id(id).then_some((id, name))
    })
}

/// Takes what stands before the `@` out of every address.
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

/// Text as it can be shown.
fn shown(text: &str) -> String {
    BlobPath::from_bytes(text.as_bytes()).to_string()
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
