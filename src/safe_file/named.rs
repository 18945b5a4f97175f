//! Paths that somebody names in a file or on the command line, with what the namer may reach.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::{FileError, clean, open_named, read_below, read_to_end, system};

/// A path, and the folder that it must not leave if a repository names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// As it is shown, and opened if the operator names it.
    path: PathBuf,
    /// The folder, and the path below it; `None` if the operator names it.
    within: Option<(PathBuf, PathBuf)>,
}

/// A folder that relative paths start in, and the folder that they must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamingFolder {
    shown: PathBuf,
    within: Option<(PathBuf, PathBuf)>,
}

impl NamingFolder {
    /// A folder whose files name any path.
    pub(crate) fn of_operator(folder: impl Into<PathBuf>) -> Self {
        Self {
            shown: folder.into(),
            within: None,
        }
    }

    /// A folder whose files name paths in `root` alone. `below` is the folder, relative to `root`, and
    /// `shown` the folder as it is shown.
    pub(crate) fn of_repository(
        root: impl Into<PathBuf>,
        below: impl Into<PathBuf>,
        shown: impl Into<PathBuf>,
    ) -> Self {
        Self {
            shown: shown.into(),
            within: Some((root.into(), below.into())),
        }
    }

    /// The path that a file in the folder names.
    ///
    /// # Errors
    /// If the path leaves the folder that it must be in.
    pub(crate) fn path(&self, named: &Path) -> Result<NamedPath, FileError> {
        let within = match &self.within {
            None => None,
            Some((root, below)) => Some((root.clone(), clean(&below.join(named))?)),
        };
        Ok(NamedPath {
            path: self.shown.join(named),
            within,
        })
    }
}

impl NamedPath {
    /// A path that the operator names: it may be anywhere, and links are followed.
    pub(crate) fn by_operator(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            within: None,
        }
    }

    /// The path, as it is shown.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in this folder, with the same bounds.
    pub(crate) fn inside(&self, name: &OsStr) -> Self {
        let within = self.within.as_ref();
        Self {
            path: self.path.join(name),
            within: within.map(|(root, below)| (root.clone(), below.join(name))),
        }
    }

    /// Reads the file whole.
    ///
    /// # Errors
    /// If it cannot be read, or has more than `max` bytes.
    pub(crate) fn read(&self, max: u64) -> Result<Vec<u8>, FileError> {
        match &self.within {
            None => read_to_end(&mut open_named(&self.path)?, max),
            Some((root, below)) => read_below(root, below, max),
        }
    }

    /// Reads the file whole, as text.
    ///
    /// # Errors
    /// As [`NamedPath::read`], and if it is not UTF-8.
    pub(crate) fn read_text(&self, max: u64) -> Result<String, FileError> {
        String::from_utf8(self.read(max)?).map_err(|_| FileError::NotText)
    }

    /// The names in the folder, sorted; `None` if it is not a folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn list(&self) -> Result<Option<Vec<OsString>>, FileError> {
        let (folder, metadata) = match &self.within {
            None => (self.path.clone(), std::fs::metadata(&self.path)?),
            Some((root, below)) => {
                system::check_folders(root, below)?;
                let folder = root.join(below);
                let metadata = std::fs::symlink_metadata(&folder)?;
                (folder, metadata)
            }
        };
        if !metadata.is_dir() {
            return Ok(None);
        }
        let entries = std::fs::read_dir(&folder)?;
        let mut names: Vec<OsString> = entries
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort();
        Ok(Some(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_repository_stay_inside() {
        let folder = NamingFolder::of_repository("/r", "a", "shown");
        let below = |path: &str| {
            let named = folder.path(Path::new(path)).ok()?;
            Some(named.within?.1)
        };
        assert_eq!(below("../b"), Some("b".into()));
        assert_eq!(below("b/./c"), Some("a/b/c".into()));
        assert_eq!(below("../../b"), None);
        assert_eq!(below("/r/a"), None);
        let named = folder.path(Path::new("b")).unwrap();
        assert_eq!(named.path(), Path::new("shown/b"));
        let outside = NamingFolder::of_operator("/o").path(Path::new("/etc"));
        assert_eq!(outside.unwrap(), NamedPath::by_operator("/etc"));
    }
}
