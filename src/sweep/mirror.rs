//! Copies of Git repositories, fetched by the `git` program into a folder of bounded size.
//!
//! The program runs in a new repository with every ref of the remote, and ignores all configuration except for that
//! of its command. Address and token are in its environment.

use std::fs;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use super::git_error::GitError;
use super::ref_list::RefList;
use super::scratch::ScratchFolder;
use super::{Part, PlaceError, Unreadable};

/// Creates commands that read repositories of the instance.
pub trait GitCommands: Sync {
    /// Returns a `git` command with the operator's token: `git VERB... -- REMOTE REFS...`, in a repository without
    /// settings of its own. `address` is the address of the remote, without credentials.
    ///
    /// # Errors
    /// If fetching from the address is not allowed.
    fn command(
        &self,
        git_dir: &Path,
        address: &str,
        verb: &[&str],
        refs: &[&str],
    ) -> Result<Command, String>;

    /// Replaces the token in a message of `git`.
    fn redact(&self, message: &str) -> String;
}

/// A limit on the disk space of all mirrors together, in bytes.
#[derive(Debug)]
pub struct DiskBudget {
    limit: u64,
    used: AtomicU64,
    /// Locked for reading while a repository is on disk, and for writing by one that needs all space.
    turns: RwLock<()>,
}

impl DiskBudget {
    /// Creates a budget of `limit` bytes, of which `used` are used already.
    pub fn new(limit: u64, used: u64) -> Self {
        Self {
            limit,
            used: used.into(),
            turns: RwLock::default(),
        }
    }
}

/// Interval of checking a running `git`.
const TICK: Duration = Duration::from_millis(20);

/// Interval of measuring its folder.
const MEASURE: Duration = Duration::from_millis(500);

/// Maximum size of the output of `git` in bytes.
const MAX_OUTPUT: u64 = 64 << 20;

/// Options before the verb: they forbid redirects, which could lead to another host, and end stalled connections.
const OPTIONS: [&str; 6] = [
    "-c",
    "http.followRedirects=false",
    "-c",
    "http.lowSpeedLimit=1",
    "-c",
    "http.lowSpeedTime=120",
];

/// An error of creating a mirror.
enum MirrorError {
    /// The remaining budget is too small.
    NoSpace,
    Place(PlaceError),
}

impl From<PlaceError> for MirrorError {
    fn from(error: PlaceError) -> Self {
        Self::Place(error)
    }
}

/// A remote repository.
pub(super) struct RemoteRepository<'p, 'a> {
    pub(super) part: &'p Part<'a>,
    /// Its address, without credentials.
    pub(super) address: String,
    /// The name of its kept mirror.
    pub(super) name: String,
}

impl RemoteRepository<'_, '_> {
    /// Lists the refs of the repository; returns `None` if the instance reports that it does not exist.
    ///
    /// # Errors
    /// If `git` fails.
    pub(super) fn refs(&self) -> Result<Option<RefList>, PlaceError> {
        let folder = ScratchFolder::new().map_err(io_error)?;
        write_repository(folder.path(), false, None).map_err(io_error)?;
        let verb = ["ls-remote", "--quiet", "--symref"];
        let output = match self.run(folder.path(), &verb, &[], &mut || Ok(())) {
            Ok(output) => output,
            Err(GitError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(RefList::parse(&output)))
    }

    /// Fetches everything into a mirror and passes its folder to `scan`. The mirror is deleted afterwards unless
    /// mirrors are kept.
    ///
    /// # Errors
    /// If `git` fails, or the repository does not fit into the disk budget.
    pub(super) fn with_mirror<T>(
        &self,
        refs: &RefList,
        scan: impl Fn(&Path) -> T,
    ) -> Result<T, PlaceError> {
        let budget = &self.part.context.disk;
        let attempt = {
            let _turn = budget.turns.read();
            self.try_mirror(refs, &scan)
        };
        let attempt = match attempt {
            Err(MirrorError::NoSpace) => {
                // The second attempt has exclusive use of the disk budget.
                let _turn = budget.turns.write();
                self.try_mirror(refs, &scan)
            }
            other => other,
        };
        match attempt {
            Ok(result) => Ok(result),
            Err(MirrorError::Place(error)) => Err(error),
            Err(MirrorError::NoSpace) => Err(Unreadable::permanent(format!(
                "the repository does not fit into {} GB of disk (--disk)",
                budget.limit >> 30
            ))
            .into()),
        }
    }

    fn try_mirror<T>(&self, refs: &RefList, scan: &impl Fn(&Path) -> T) -> Result<T, MirrorError> {
        let kept = self.part.limits().mirrors.as_ref();
        let scratch;
        let folder: PathBuf = match kept {
            Some(mirrors) => mirrors.join(format!("{}.git", self.name)),
            None => {
                scratch = ScratchFolder::new().map_err(io_error)?;
                scratch.path().to_owned()
            }
        };
        write_repository(&folder, refs.has_sha256, refs.head.as_deref()).map_err(io_error)?;
        let mut lease = DiskLease {
            budget: &self.part.context.disk,
            bytes: 0,
            before: if kept.is_some() { size(&folder) } else { 0 },
            is_kept: kept.is_some(),
        };
        let mut measured = Instant::now();
        let mut watch = || {
            if measured.elapsed() < MEASURE {
                return Ok(());
            }
            measured = Instant::now();
            lease.measure(&folder)
        };
        let verb = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
        ];
        let fetched = self.run(&folder, &verb, &["+refs/*:refs/*"], &mut watch);
        let fetched = fetched.and_then(|_| lease.measure(&folder));
        match fetched {
            Ok(()) => Ok(scan(&folder)),
            Err(GitError::NoSpace) => Err(MirrorError::NoSpace),
            Err(error) => Err(PlaceError::from(error).into()),
        }
    }

    /// Runs `git` and returns its output. `watch` is called periodically and may end it.
    fn run(
        &self,
        folder: &Path,
        verb: &[&str],
        refs: &[&str],
        watch: &mut dyn FnMut() -> Result<(), GitError>,
    ) -> Result<Vec<u8>, GitError> {
        let git = self.part.context.git;
        let verb = [&OPTIONS, verb].concat();
        let mut command = git
            .command(folder, &self.address, &verb, refs)
            .map_err(GitError::Failed)?;
        // Files instead of pipes: a helper process that outlives `git` could keep a pipe open.
        let mut stdout = tempfile::tempfile()?;
        let mut stderr = tempfile::tempfile()?;
        command
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        let child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => GitError::NoProgram,
            _ => error.into(),
        })?;
        let is_success = wait(child, &mut || {
            if self.part.context.stop.load(Ordering::Relaxed) {
                return Err(GitError::Interrupted);
            }
            watch()
        })?;
        if is_success {
            return Ok(read(&mut stdout)?);
        }
        let message = read(&mut stderr)?;
        let message = String::from_utf8_lossy(&message);
        Err(GitError::of_message(&git.redact(&message)))
    }
}

/// The disk space of a mirror.
struct DiskLease<'a> {
    budget: &'a DiskBudget,
    /// The booked bytes.
    bytes: u64,
    /// The bytes of a kept mirror before this fetch.
    before: u64,
    is_kept: bool,
}

impl DiskLease<'_> {
    /// Books the growth of the folder.
    fn measure(&mut self, folder: &Path) -> Result<(), GitError> {
        let grown = size(folder).saturating_sub(self.before);
        let more = grown.saturating_sub(self.bytes);
        self.bytes = self.bytes.max(grown);
        let used = self.budget.used.fetch_add(more, Ordering::Relaxed) + more;
        if used > self.budget.limit {
            return Err(GitError::NoSpace);
        }
        Ok(())
    }
}

impl Drop for DiskLease<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// Returns the size of all files in a folder in bytes.
pub fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Makes a folder a bare repository, unless it is one. Its configuration is always replaced.
fn write_repository(folder: &Path, has_sha256: bool, head: Option<&str>) -> io::Result<()> {
    fs::create_dir_all(folder.join("refs"))?;
    fs::create_dir_all(folder.join("objects/info"))?;
    fs::create_dir_all(folder.join("objects/pack"))?;
    let head = head.unwrap_or("refs/heads/none");
    fs::write(folder.join("HEAD"), format!("ref: {head}\n"))?;
    let config = if has_sha256 {
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
    } else {
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
    };
    fs::write(folder.join("config"), config)
}

/// Waits for a process; returns true for success. Ends the process if `watch` fails.
fn wait(
    mut child: Child,
    watch: &mut dyn FnMut() -> Result<(), GitError>,
) -> Result<bool, GitError> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if let Err(error) = watch() {
            child.kill()?;
            child.wait()?;
            return Err(error);
        }
        std::thread::sleep(TICK);
    }
}

fn read(file: &mut fs::File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MAX_OUTPUT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn io_error(error: io::Error) -> PlaceError {
    Unreadable::transient(format!("cannot write the mirror: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_disk_space_until_a_mirror_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pack"), [0; 600]).unwrap();
        let budget = DiskBudget::new(1_000, 0);
        let lease = || DiskLease {
            budget: &budget,
            bytes: 0,
            before: 0,
            is_kept: false,
        };
        let mut first = lease();
        assert!(first.measure(folder.path()).is_ok() && first.measure(folder.path()).is_ok());
        assert!(matches!(
            lease().measure(folder.path()),
            Err(GitError::NoSpace)
        ));
        drop(first);
        assert!(lease().measure(folder.path()).is_ok());
    }
}
