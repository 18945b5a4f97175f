//! The locations of the parts of a repository, and its format.
//!
//! This does not open the repository with `gix`, which fails on a damaged object store: a damaged repository is
//! scanned as far as possible.

use std::path::{Path, PathBuf};

use super::super::{OpenError, preflight};
use crate::source::repository::{Repository, RepositoryFormat};

/// The layout of a repository for a history scan.
#[derive(Debug)]
pub(crate) struct RepositoryLayout {
    /// Its folders.
    pub(crate) repository: Repository,
    /// The hash of its object ids.
    pub(crate) hash: gix::hash::Kind,
    /// True if it is a partial clone: a promisor remote has the missing objects.
    pub(crate) is_partial: bool,
    /// False if its refs are stored in a format that is not supported (`reftable`).
    pub(crate) has_plain_refs: bool,
    /// The repository that was fetched into, which borrows the objects of this one.
    pub(crate) fetched: Option<PathBuf>,
}

impl RepositoryLayout {
    /// Reads the layout of the repository around `path`.
    ///
    /// # Errors
    /// If the repository is missing, or its format is unknown.
    pub(crate) fn read(path: &Path) -> Result<Self, OpenError> {
        let broken = |message: String| OpenError::Broken(path.to_owned(), message);
        let repository = Repository::enclosing(path)
            .map_err(|error| broken(error.to_string()))?
            .ok_or_else(|| OpenError::None(path.to_owned()))?;
        preflight::check(&repository.git_dir)
            .map_err(|found| OpenError::Broken(found.path, found.reason))?;
        let format = RepositoryFormat::read(&repository.common_dir).map_err(broken)?;
        let object_format = format.value("extensions.objectFormat");
        if let Some(other) = object_format.filter(|name| name != "sha1" && name != "sha256") {
            return Err(broken(format!("the object format '{other}' is not known")));
        }
        let refs = format.value("extensions.refStorage");
        Ok(Self {
            hash: format.hash(),
            is_partial: format.value("extensions.partialClone").is_some(),
            has_plain_refs: refs.is_none_or(|format| format == "files"),
            fetched: None,
            repository,
        })
    }

    /// Returns the folder of the objects.
    pub(crate) fn objects(&self) -> PathBuf {
        self.outer().join("objects")
    }

    /// Returns the file that lists where a shallow clone ends.
    pub(crate) fn shallow(&self) -> PathBuf {
        self.outer().join("shallow")
    }

    fn outer(&self) -> &Path {
        self.fetched
            .as_deref()
            .unwrap_or(&self.repository.common_dir)
    }

    /// Returns the folder that paths are relative to: the worktree, or the repository.
    pub(crate) fn root(&self) -> &Path {
        let root = self.repository.worktree.as_deref();
        root.unwrap_or(&self.repository.git_dir)
    }
}
