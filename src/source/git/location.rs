//! A repository, and the paths that Git's environment replaces.

use std::collections::HashSet;
use std::path::PathBuf;

use gix::ObjectId;

use super::objects::Stores;
use super::open::{self, OpenError};
use super::shallow;

/// A repository, and replacements for its parts.
///
/// Git passes these to its hooks as environment variables.
#[derive(Clone, Debug, Default)]
pub struct RepoLocation {
    /// A path in the worktree.
    pub path: PathBuf,
    /// The repository, instead of the one around `path`: `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// The index, instead of the repository's: `GIT_INDEX_FILE`.
    pub index: Option<PathBuf>,
    /// The folder of objects, instead of the repository's: `GIT_OBJECT_DIRECTORY`.
    pub objects: Option<PathBuf>,
    /// More folders of objects: `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    pub alternates: Vec<PathBuf>,
    /// The list of commits at which a shallow clone ends, instead of that of the repository: `GIT_SHALLOW_FILE`.
    pub shallow: Option<PathBuf>,
}

impl RepoLocation {
    /// Returns the repository around a path, without replacements.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Opens the repository and its objects.
    ///
    /// `refs/replace` has no effect: Git serves the original objects.
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
    /// Provides refs, configuration and the names of revisions.
    pub(super) repository: gix::Repository,
    /// Its objects.
    pub(super) stores: Stores,
    /// The commits at which it ends, if it is a shallow clone.
    pub(super) shallow: HashSet<ObjectId>,
    /// True if it is a partial clone, whose objects may be missing.
    pub(super) is_partial: bool,
}

/// A ref that names an object.
pub(super) struct RefEntry {
    /// Its full name.
    pub(super) name: String,
    /// The object, which may be a tag.
    pub(super) id: ObjectId,
    /// The recorded target of a tag.
    pub(super) peeled: Option<ObjectId>,
}

impl OpenRepository {
    /// Returns the refs with a prefix, without symbolic ones. Refs that cannot be read are added to `problems`.
    ///
    /// # Errors
    /// In words, if no ref can be read.
    pub(super) fn refs(
        &self,
        prefix: &str,
        problems: &mut Vec<String>,
    ) -> Result<Vec<RefEntry>, String> {
        let unreadable = |error: gix::Error| format!("the refs: {error}");
        let platform = self.repository.references().map_err(unreadable)?;
        let mut found = Vec::new();
        for reference in platform.prefixed(prefix).map_err(unreadable)? {
            match reference {
                Ok(reference) => {
                    let reference = reference.inner;
                    found.extend(reference.target.try_id().map(|id| RefEntry {
                        name: reference.name.as_bstr().to_string(),
                        id: id.to_owned(),
                        peeled: reference.peeled,
                    }));
                }
                Err(error) => {
                    problems.push(format!("a ref below '{prefix}' cannot be read: {error}"));
                }
            }
        }
        Ok(found)
    }
}
