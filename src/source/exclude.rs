//! Paths that the configuration excludes.

use std::path::Path;

use crate::model::{PathPatternError, PathPatterns};

/// An exclusion is not a valid pattern.
#[derive(Debug, thiserror::Error)]
#[error("`exclude` in the configuration: {0}")]
pub struct ExcludeError(#[from] PathPatternError);

/// Excluded paths.
#[derive(Debug)]
pub(super) struct Exclude(PathPatterns);

impl Exclude {
    /// Compiles patterns as in a `.gitignore` file, relative to the top folder.
    ///
    /// # Errors
    /// If a pattern is invalid.
    pub(super) fn new(patterns: &[String]) -> Result<Self, ExcludeError> {
        Ok(Self(PathPatterns::new(patterns)?))
    }

    /// Returns true if nothing is excluded.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true for a file that is excluded, or in an excluded folder. A path that no system can check out is
    /// never excluded.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Ok(path) = gix::path::from_byte_slice(path) else {
            return false;
        };
        !Path::has_root(path) && self.0.matches_file_or_folders(path)
    }

    /// Returns true for an excluded entry of a folder that is not excluded itself.
    pub(super) fn has_entry(&self, path: &[u8], is_folder: bool) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let path = String::from_utf8_lossy(path);
        self.0.matches(Path::new(&*path), is_folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_files_and_everything_in_folders() {
        let exclude = Exclude::new(&["vendor/".to_owned(), "*.lock".to_owned()]).unwrap();
        assert!(exclude.has(b"a/vendor/b/c"));
        assert!(exclude.has(b"Cargo.lock"));
        assert!(!exclude.has(b"vendor"));
        assert!(!exclude.has(b"/vendor/x"));
        assert!(exclude.has_entry(b"a/vendor", true));
        assert!(!Exclude::new(&[]).unwrap().has(b"x"));
        assert!(Exclude::new(&["[z-a]".to_owned()]).is_err());
    }
}
