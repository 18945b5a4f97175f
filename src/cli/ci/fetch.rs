//! Gets missing commits with the `git` program: bounded in time, silent about credentials, and
//! without starting anything that the repository names.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::certificates;
use super::variables::{Variables, is_object_id};
use crate::model::BlobPath;

/// How much of what `git` prints is read, in bytes.
const MAX_OUTPUT: u64 = 16 << 20;

/// How long a remote may take to list its branches or tags. One that takes longer is not asked again: a
/// network that swallows everything must not cost every job all of its time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a running `git` is looked at.
const TICK: Duration = Duration::from_millis(10);

/// The name of the remote that `CI_REPOSITORY_URL` stands behind. It is told to `git` by its
/// environment: its argument list is open to every process of the machine, and the address holds the
/// job's token.
const JOB_REMOTE: &str = "tokensweep-job";

/// The same, for the project that a fork's merge request goes to.
const TARGET_REMOTE: &str = "tokensweep-target";

/// Why nothing could be fetched. No text holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    /// `--fetch-timeout 0`.
    #[error("fetching is switched off")]
    Off,
    /// The time is up.
    #[error("the time for fetching is up")]
    Timeout,
    /// A remote does not answer.
    #[error("the remote gives no answer")]
    Silent,
    /// There is no program.
    #[error("there is no `git` program to fetch with")]
    NoGit,
    /// There is nowhere to fetch from.
    #[error("there is no remote to fetch from")]
    NoRemote,
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

/// Fetches into one repository.
#[derive(Debug)]
pub(super) struct Fetcher {
    folder: PathBuf,
    remotes: Vec<&'static str>,
    /// True if the target of the merge request is another project than the one this runs in.
    is_outside_target: bool,
    environment: Vec<(String, OsString)>,
    /// What is cut out of everything that is shown.
    secrets: Vec<String>,
    /// Certificates to trust; the file goes with this.
    certificates: Option<tempfile::NamedTempFile>,
    deadline: Option<Instant>,
    /// What was done, for the log.
    pub(super) done: Vec<String>,
}

impl Fetcher {
    /// For the repository in `folder`; `timeout` is the time for all fetching together, zero for
    /// none at all.
    ///
    /// # Errors
    /// If the certificates that the operator names cannot be read.
    pub(super) fn new(folder: &Path, variables: &Variables, timeout: Duration) -> io::Result<Self> {
        let mut remotes = vec!["origin"];
        let mut configuration: Vec<(String, String)> = Vec::new();
        if let Some(url) = variables.get("CI_REPOSITORY_URL") {
            remotes.push(JOB_REMOTE);
            configuration.push((format!("remote.{JOB_REMOTE}.url"), url.to_owned()));
        }
        let target = variables.get("CI_MERGE_REQUEST_PROJECT_URL");
        let is_outside_target = variables.is_outside_target();
        if let Some(url) = target.filter(|_| is_outside_target) {
            remotes.push(TARGET_REMOTE);
            configuration.push((format!("remote.{TARGET_REMOTE}.url"), format!("{url}.git")));
        }
        let mut environment = vec![(
            "GIT_CONFIG_COUNT".to_owned(),
            configuration.len().to_string().into(),
        )];
        for (at, (key, value)) in configuration.into_iter().enumerate() {
            environment.push((format!("GIT_CONFIG_KEY_{at}"), key.into()));
            environment.push((format!("GIT_CONFIG_VALUE_{at}"), value.into()));
        }
        let secrets = ["CI_JOB_TOKEN", "CI_REPOSITORY_URL"];
        Ok(Self {
            folder: folder.to_owned(),
            remotes,
            is_outside_target,
            environment,
            secrets: secrets
                .iter()
                .filter_map(|name| variables.get(name).map(str::to_owned))
                .collect(),
            certificates: certificates::bundle(variables)?,
            deadline: (!timeout.is_zero()).then(|| Instant::now() + timeout),
            done: Vec::new(),
        })
    }

    /// True if branches of that project are not those of this clone.
    pub(super) fn is_elsewhere(&self, project: Project) -> bool {
        project == Project::Target && self.is_outside_target
    }

    /// The commit at the tip of a branch of a project.
    pub(super) fn tip_of(&mut self, of: Project, branch: &str) -> Result<String, FetchError> {
        let name = format!("refs/heads/{branch}");
        let remotes = match of {
            // A branch of the same name in a fork is the fork's own.
            Project::Target if self.is_outside_target => vec![TARGET_REMOTE],
            Project::Target | Project::This => self.remotes.clone(),
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
        let listed = self.ask_in_turn(&self.remotes.clone(), "ls-remote", &["--tags"], &[])?;
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
        let mut options = vec!["--quiet", "--no-tags", "--recurse-submodules=no"];
        options.extend(depth.as_deref());
        self.ask_in_turn(&self.remotes.clone(), "fetch", &options, commits)
            .map(drop)
    }

    /// Fetches every branch and tag with its whole history.
    pub(super) fn everything(&mut self, is_shallow: bool) -> Result<(), FetchError> {
        let mut options = vec!["--quiet", "--tags", "--force", "--recurse-submodules=no"];
        options.extend(is_shallow.then_some("--unshallow"));
        let branches = ["+refs/heads/*:refs/remotes/origin/*".to_owned()];
        self.ask_in_turn(&self.remotes.clone(), "fetch", &options, &branches)
            .map(drop)
    }

    /// Asks one remote after the other until one answers. The error is the first one's, which is
    /// where the checkout comes from.
    fn ask_in_turn(
        &mut self,
        remotes: &[&str],
        verb: &str,
        options: &[&str],
        names: &[String],
    ) -> Result<Vec<u8>, FetchError> {
        let mut first = None;
        for remote in remotes {
            let mut args = vec![verb];
            args.extend_from_slice(options);
            args.extend(["--", remote]);
            args.extend(names.iter().map(String::as_str));
            match self.git(&args) {
                Ok(output) => return Ok(output),
                Err(error @ FetchError::Silent) => {
                    self.remotes.retain(|known| known != remote);
                    first = first.or(Some(error));
                }
                Err(error @ FetchError::Failed { .. }) => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or(FetchError::NoRemote))
    }

    /// Runs `git` and gives what it prints.
    fn git(&mut self, args: &[&str]) -> Result<Vec<u8>, FetchError> {
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
        let mut command = self.command(args);
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
            "git {}{}",
            args.join(" "),
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

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        // What a hook or an outer `git` has set would lead to another repository.
        for name in LOCAL_VARIABLES {
            command.env_remove(name);
        }
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("SSH_ASKPASS", "true")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut set = |setting: &str| {
            command.args(["-c", setting]);
        };
        // Nothing that the repository, its owner or its configuration names is started.
        set("safe.directory=*");
        set("core.hooksPath=/dev/null");
        set("core.fsmonitor=false");
        set("credential.helper=");
        set("protocol.ext.allow=never");
        set("gc.auto=0");
        set("maintenance.auto=false");
        if let Some(file) = &self.certificates {
            set(&format!("http.sslCAInfo={}", file.path().display()));
        }
        command.args(args);
        command
    }

    /// What `git` said in one line, without credentials and control characters.
    fn last_words(&self, output: &[u8]) -> String {
        let text = String::from_utf8_lossy(output);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let line = lines()
            .find(|line| line.starts_with("fatal:"))
            .or_else(|| lines().next_back())
            .unwrap_or("it said nothing");
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

/// Variables that `git` itself sets for what it starts: `git rev-parse --local-env-vars`.
const LOCAL_VARIABLES: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
];

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
