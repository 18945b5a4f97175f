//! Paths that the configuration leaves out.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// An exclusion that is no pattern.
#[derive(Debug, thiserror::Error)]
#[error("cannot exclude '{pattern}': {error}")]
pub struct ExcludeError {
    /// The pattern as it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub error: ignore::Error,
}

/// Paths to leave out, for sources whose paths are those of a repository.
#[derive(Debug)]
pub(super) struct Exclude(Gitignore);

impl Exclude {
    /// Patterns as in a `.gitignore` file, relative to the top.
    ///
    /// # Errors
    /// If one is no pattern.
    pub(super) fn new(patterns: &[String]) -> Result<Self, ExcludeError> {
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            if let Err(error) = builder.add_line(None, pattern) {
                let pattern = pattern.clone();
                return Err(ExcludeError { pattern, error });
            }
        }
        let exclude = builder.build().map_err(|error| ExcludeError {
            pattern: String::new(),
            error,
        })?;
        Ok(Self(exclude))
    }

    /// True if nothing is left out.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True for a file that is left out, or that lies in such a folder. A name that no system could
    /// check out is never left out.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Ok(path) = gix::path::from_byte_slice(path) else {
            return false;
        };
        !Path::has_root(path) && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_what_lies_in_folders() {
        let exclude = Exclude::new(&["vendor/".to_owned(), "*.lock".to_owned()]).unwrap();
        assert!(exclude.has(b"a/vendor/b/c"));
        assert!(exclude.has(b"Cargo.lock"));
        assert!(!exclude.has(b"vendor"));
        assert!(!exclude.has(b"/vendor/x"));
        assert!(!Exclude::new(&[]).unwrap().has(b"x"));
        assert!(Exclude::new(&["[z-a]".to_owned()]).is_err());
    }
}
