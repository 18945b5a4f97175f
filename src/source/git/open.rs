//! Opens a repository so that nothing in it is executed and nothing outside it is asked.

use std::path::{Path, PathBuf};

use super::preflight;
use crate::model::{BlobPath, without_quotes};
use crate::source::repository::{Repository, RepositoryError};

/// Why a repository cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none at the path or above it.
    #[error("'{path}' is not inside a Git repository", path = .0.display())]
    None(PathBuf),
    /// What is there leads to no repository, or cannot be read.
    #[error("'{path}': {reason}", path = .0.display(), reason = .1)]
    Broken(PathBuf, String),
    /// Its refs are stored in a format that cannot be read.
    #[error(
        "'{path}': the refs of this repository are stored as '{storage}', which is not supported; \
         'tokensweep history' without --refs and --reachable scans its objects, and \
         'git refs migrate --ref-format=files' (Git 2.46) converts the refs",
        path = .0.display(), storage = .1
    )]
    RefStorage(PathBuf, String),
}

/// Opens the repository around `path`: the one it lies in, or the bare one it is.
///
/// Isolated: only the repository's own configuration is read, none of the user or the system, and no
/// program runs. So who owns it is no reason to see nothing ("dubious ownership" guards Git against
/// running what the repository names; nothing of it is run here).
///
/// # Errors
/// If there is none, or it cannot be read.
pub(crate) fn open(path: &Path) -> Result<gix::Repository, OpenError> {
    let broken = |message: String| OpenError::Broken(path.to_owned(), message);
    let repository = Repository::enclosing(path)
        .map_err(|error: RepositoryError| broken(error.to_string()))?
        .ok_or_else(|| OpenError::None(path.to_owned()))?;
    open_git_dir(&repository.git_dir)
}

/// Opens the repository that `git_dir` is, as Git's own `GIT_DIR` names it. Isolated as [`open`].
///
/// # Errors
/// If it is none, or cannot be read.
pub(crate) fn open_git_dir(git_dir: &Path) -> Result<gix::Repository, OpenError> {
    let broken = |reason: String| OpenError::Broken(git_dir.to_owned(), reason);
    preflight::check(git_dir).map_err(|found| OpenError::Broken(found.path, found.reason))?;
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .open_path_as_is(true);
    let mut repository = gix::open_opts(git_dir, options)
        // What is wrong with a file is told with a piece of it.
        .map_err(|error| broken(without_quotes(&error.to_string())))?;
    // `refs/replace` would put other content in place of what is stored, served and reviewed.
    repository.objects.ignore_replacements = true;
    Ok(repository)
}

/// Returns an error if the refs of a repository are stored in a way that cannot be read here.
pub(super) fn check_ref_storage(repository: &gix::Repository) -> Result<(), OpenError> {
    let storage = repository.config_snapshot().string("extensions.refStorage");
    match storage {
        None => Ok(()),
        Some(storage) if storage.eq_ignore_ascii_case(b"files") => Ok(()),
        Some(storage) => Err(OpenError::RefStorage(
            repository.git_dir().to_owned(),
            BlobPath::from_bytes(storage.to_vec()).to_string(),
        )),
    }
}

/// The commit that is checked out in the repository around `path`, as a full object id. `None` if
/// there is no repository, or nothing is committed yet.
pub fn head_commit(path: &Path) -> Option<String> {
    Some(open(path).ok()?.head_id().ok()?.to_string())
}

/// The address of a remote as the configuration of the repository around `path` spells it. Included files
/// and `insteadOf` have no effect.
pub fn remote_address(path: &Path, name: &str) -> Option<String> {
    let repository = open(path).ok()?;
    let key = format!("remote.{name}.url");
    let address = repository.config_snapshot().string(key.as_str())?;
    String::from_utf8(address.to_vec()).ok()
}
