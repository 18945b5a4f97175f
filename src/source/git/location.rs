//! Which repository is read, and what Git's environment puts in place of its parts.

use std::collections::HashSet;
use std::path::PathBuf;

use gix::ObjectId;

use super::objects::Stores;
use super::open::{self, OpenError};
use super::shallow;

/// A repository, and what stands in for its parts.
///
/// Git tells its hooks by environment variables where to look; whoever reads them fills this.
#[derive(Clone, Debug, Default)]
pub struct RepoLocation {
    /// A path in the repository.
    pub path: PathBuf,
    /// The repository itself, instead of the one around `path`: `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// The index, instead of the repository's: `GIT_INDEX_FILE`.
    pub index: Option<PathBuf>,
    /// The folder of objects, instead of the repository's: `GIT_OBJECT_DIRECTORY`.
    pub objects: Option<PathBuf>,
    /// More folders of objects: `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    pub alternates: Vec<PathBuf>,
    /// The list of commits at which a shallow clone ends, instead of the repository's:
    /// `GIT_SHALLOW_FILE`.
    pub shallow: Option<PathBuf>,
}

impl RepoLocation {
    /// The repository around a path, with nothing in place of its parts.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Opens the repository and its objects.
    ///
    /// Objects that `refs/replace` puts in place of others are not read: what Git sends and serves is
    /// the original.
    pub(super) fn open(&self) -> Result<OpenRepository, OpenError> {
        let path = self.git_dir.as_ref().unwrap_or(&self.path);
        let repository = match &self.git_dir {
            Some(git_dir) => open::open_git_dir(git_dir)?,
            None => open::open(&self.path)?,
        };
        open::check_ref_storage(&repository)?;
        let own = repository.common_dir().join("objects");
        let mut folders = vec![self.objects.clone().unwrap_or(own)];
        folders.extend(self.alternates.iter().cloned());
        let stores = Stores::open(&folders, repository.object_hash())
            .map_err(|error| OpenError::Broken(path.clone(), error.to_string()))?;
        let shallow_file = match &self.shallow {
            Some(file) => file.clone(),
            None => repository.common_dir().join("shallow"),
        };
        let shallow =
            shallow::read(&shallow_file, Some(repository.object_hash())).map_err(|error| {
                OpenError::Broken(
                    path.clone(),
                    format!("the file 'shallow' cannot be read: {error}"),
                )
            })?;
        let is_partial = repository
            .config_snapshot()
            .string("extensions.partialClone")
            .is_some();
        Ok(OpenRepository {
            repository,
            stores,
            shallow,
            is_partial,
        })
    }
}

/// An open repository.
pub(super) struct OpenRepository {
    /// For refs, configuration and the names of revisions.
    pub(super) repository: gix::Repository,
    /// Its objects.
    pub(super) stores: Stores,
    /// The commits at which it ends, if it is a shallow clone.
    pub(super) shallow: HashSet<ObjectId>,
    /// True if it is a partial clone: objects may be missing on purpose.
    pub(super) is_partial: bool,
}
