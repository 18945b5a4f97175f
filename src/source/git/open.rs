//! Opens a repository so that nothing in it is run and nothing outside of it is read.

use std::path::{Path, PathBuf};

use super::preflight;
use crate::model::{BlobPath, without_quotes};
use crate::source::repository::{Repository, RepositoryError};

/// A repository cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither the path nor a folder above it is a repository.
    #[error("'{path}' is not inside a Git repository", path = .0.display())]
    None(PathBuf),
    /// It cannot be read.
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

/// Opens the repository around `path`, or the bare repository at `path`.
///
/// Only the configuration of the repository is read, not that of the user or the system, and no program runs. So
/// the owner of the repository does not matter: Git's "dubious ownership" guards against running programs that a
/// repository names.
///
/// # Errors
/// If the repository is missing or cannot be read.
pub(crate) fn open(path: &Path) -> Result<gix::Repository, OpenError> {
    let broken = |message: String| OpenError::Broken(path.to_owned(), message);
    let repository = Repository::enclosing(path)
        .map_err(|error: RepositoryError| broken(error.to_string()))?
        .ok_or_else(|| OpenError::None(path.to_owned()))?;
    open_git_dir(&repository.git_dir)
}

/// Opens the repository at `git_dir`, as `GIT_DIR` names it, under the conditions of [`open`].
///
/// # Errors
/// If it is not a repository, or cannot be read.
pub(crate) fn open_git_dir(git_dir: &Path) -> Result<gix::Repository, OpenError> {
    let broken = |reason: String| OpenError::Broken(git_dir.to_owned(), reason);
    // A hook gets `.`, in which `gix` looks for the worktree by the name of the folder.
    let git_dir = &std::path::absolute(git_dir).map_err(|error| broken(error.to_string()))?;
    preflight::check(git_dir).map_err(|found| OpenError::Broken(found.path, found.reason))?;
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .open_path_as_is(true);
    let mut repository = gix::open_opts(git_dir, options)
        // The error of the parser quotes the file.
        .map_err(|error| broken(without_quotes(&error.to_string())))?;
    // `refs/replace` would replace the objects that are stored, served and reviewed.
    repository.objects.ignore_replacements = true;
    Ok(repository)
}

/// Returns an error if the refs are stored in a format that is not supported.
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

/// Returns the full id of the commit that is checked out in the repository around `path`; `None` without a
/// repository or a commit.
pub fn head_commit(path: &Path) -> Option<String> {
    Some(open(path).ok()?.head_id().ok()?.to_string())
}

/// Returns the address of a remote as the configuration of the repository around `path` spells it. Included files
/// and `insteadOf` have no effect.
pub fn remote_address(path: &Path, name: &str) -> Option<String> {
    let repository = open(path).ok()?;
    let key = format!("remote.{name}.url");
    let address = repository.config_snapshot().string(key.as_str())?;
    String::from_utf8(address.to_vec()).ok()
}
