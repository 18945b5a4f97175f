//! Where the parts of a repository are, and in which form.
//!
//! Not through `gix`'s own opening of a repository, which fails on a broken object store. Here a
//! broken one is scanned as far as it goes.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{OpenError, preflight};
use crate::model::without_quotes;
use crate::source::repository::Repository;

/// The largest configuration that is read for the form of the repository.
const MAX_CONFIG: u64 = 8 * 1024 * 1024;

/// A repository, as far as a history needs it.
#[derive(Debug)]
pub(crate) struct RepositoryLayout {
    /// Its folders.
    pub(crate) repository: Repository,
    /// How its objects are named.
    pub(crate) hash: gix::hash::Kind,
    /// True if it may leave out objects that somebody has promised to have.
    pub(crate) is_partial: bool,
    /// False if its refs are kept in a form that is not read (`reftable`).
    pub(crate) has_plain_refs: bool,
    /// A repository that borrows its objects, and was fetched into.
    pub(crate) fetched: Option<PathBuf>,
}

impl RepositoryLayout {
    /// The layout of the repository around `path`.
    ///
    /// # Errors
    /// If there is none, or its form is not known.
    pub(crate) fn read(path: &Path) -> Result<Self, OpenError> {
        let broken = |message: String| OpenError::Broken(path.to_owned(), message);
        let repository = Repository::enclosing(path)
            .map_err(|error| broken(error.to_string()))?
            .ok_or_else(|| OpenError::None(path.to_owned()))?;
        preflight::check(&repository.git_dir)
            .map_err(|found| OpenError::Broken(found.path, found.reason))?;
        let config = repository.common_dir.join("config");
        let config = read_config(&config)
            .map_err(|error| broken(format!("'{}': {error}", config.display())))?;
        let value = |key: &str| config.string(key).map(|value| value.to_string());
        let hash = match value("extensions.objectFormat").as_deref() {
            None | Some("sha1") => gix::hash::Kind::Sha1,
            Some("sha256") => gix::hash::Kind::Sha256,
            Some(other) => return Err(broken(format!("the object format '{other}' is not known"))),
        };
        let refs = value("extensions.refStorage");
        Ok(Self {
            repository,
            hash,
            is_partial: value("extensions.partialClone").is_some(),
            has_plain_refs: refs.is_none_or(|form| form == "files"),
            fetched: None,
        })
    }

    /// The folder of the objects.
    pub(crate) fn objects(&self) -> PathBuf {
        self.outer().join("objects")
    }

    /// The file that lists where a shallow clone ends.
    pub(crate) fn shallow(&self) -> PathBuf {
        self.outer().join("shallow")
    }

    fn outer(&self) -> &Path {
        self.fetched
            .as_deref()
            .unwrap_or(&self.repository.common_dir)
    }

    /// The folder that paths of files on disk are relative to: the work tree, or the repository.
    pub(crate) fn root(&self) -> &Path {
        let root = self.repository.worktree.as_deref();
        root.unwrap_or(&self.repository.git_dir)
    }
}

fn read_config(path: &Path) -> Result<gix::config::File, String> {
    match fs::metadata(path) {
        Ok(meta) if meta.len() > MAX_CONFIG => return Err("it is too large".to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(gix::config::File::default());
        }
        Err(error) => return Err(error.to_string()),
    }
    gix::config::File::from_path_no_includes(path.to_owned(), gix::config::Source::Local)
        // What is wrong is told with a piece of the file.
        .map_err(|error| without_quotes(&error.to_string()))
}
