//! Which repository is read, and what Git's environment puts in place of its parts.

use std::path::PathBuf;

use super::objects::Stores;
use super::open::{self, OpenError};

/// A repository, and what stands in for its parts.
///
/// Git tells its hooks by environment variables where to look; whoever reads them fills this.
#[derive(Clone, Debug, Default)]
pub struct Place {
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
}

impl Place {
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
    pub(super) fn open(&self) -> Result<Opened, OpenError> {
        let path = self.git_dir.as_ref().unwrap_or(&self.path);
        let mut repository = match &self.git_dir {
            Some(git_dir) => open::open_git_dir(git_dir)?,
            None => open::open(&self.path)?,
        };
        repository.objects.ignore_replacements = true;
        let own = repository.common_dir().join("objects");
        let mut folders = vec![self.objects.clone().unwrap_or(own)];
        folders.extend(self.alternates.iter().cloned());
        let stores = Stores::open(&folders, repository.object_hash())
            .map_err(|error| OpenError::Broken(path.clone(), error.to_string()))?;
        Ok(Opened { repository, stores })
    }
}

/// An open repository.
pub(super) struct Opened {
    /// For refs, configuration and the names of revisions.
    pub(super) repository: gix::Repository,
    /// Its objects.
    pub(super) stores: Stores,
}
