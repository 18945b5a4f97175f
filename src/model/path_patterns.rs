//! Path patterns as in a `.gitignore` file, with limits, because untrusted files may contain them.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Compiled patterns.
#[derive(Clone, Debug)]
pub struct PathPatterns(Gitignore);

/// An error in a list of patterns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    /// The pattern at this index of the list, from 1, is not valid.
    #[error("entry {0} is not a path pattern: {1}")]
    Invalid(usize, String),
    /// There are too many patterns to compile in bounded memory.
    #[error(
        "more than {} patterns, or more than {} bytes of them",
        PathPatterns::MAX_COUNT,
        PathPatterns::MAX_BYTES
    )]
    TooMany,
}

impl PathPatterns {
    /// Maximum number of patterns. A compiled pattern takes about 12 KiB.
    pub const MAX_COUNT: usize = 4_000;

    /// Maximum number of bytes of all patterns. A byte takes up to 350 when compiled.
    pub const MAX_BYTES: usize = 128 * 1024;

    /// Returns an empty list, which matches nothing.
    pub fn none() -> Self {
        Self(Gitignore::empty())
    }

    /// Compiles a list of patterns.
    ///
    /// # Errors
    /// If a pattern is not valid, or there are too many.
    pub fn new(patterns: &[String]) -> Result<Self, PathPatternError> {
        Self::check_count(patterns)?;
        let mut builder = GitignoreBuilder::new("");
        for (index, pattern) in patterns.iter().enumerate() {
            let added = builder.add_line(None, pattern);
            added.map_err(|error| PathPatternError::Invalid(index + 1, reason(&error)))?;
        }
        let compiled = builder.build();
        compiled.map(Self).map_err(|_| PathPatternError::TooMany)
    }

    /// Checks the bounds of patterns that are compiled into one or several lists.
    ///
    /// # Errors
    /// If there are too many.
    pub fn check_count<'p>(
        patterns: impl IntoIterator<Item = &'p String>,
    ) -> Result<(), PathPatternError> {
        let mut bytes = 0;
        for (index, pattern) in patterns.into_iter().enumerate() {
            bytes += pattern.len();
            if index >= Self::MAX_COUNT || bytes > Self::MAX_BYTES {
                return Err(PathPatternError::TooMany);
            }
        }
        Ok(())
    }

    /// Returns true without patterns.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if a pattern matches the path itself.
    pub fn matches(&self, path: &Path, is_folder: bool) -> bool {
        self.0.matched(path, is_folder).is_ignore()
    }

    /// Returns true if a pattern matches the file or a folder above it. The path is relative.
    pub fn matches_file_or_folders(&self, path: &Path) -> bool {
        self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

/// Returns the reason of a pattern error, without the pattern.
fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        ignore::Error::WithLineNumber { err, .. }
        | ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. } => reason(err),
        _ => "not valid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(all: &[&str]) -> Result<PathPatterns, PathPatternError> {
        let all: Vec<String> = all.iter().map(|&pattern| pattern.to_owned()).collect();
        PathPatterns::new(&all)
    }

    #[test]
    fn matches_files_and_contents_of_folders() {
        let some = patterns(&["vendor/", "*.lock"]).unwrap();
        assert!(some.matches(Path::new("a/b.lock"), false));
        assert!(!some.matches(Path::new("vendor"), false));
        assert!(some.matches(Path::new("vendor"), true));
        assert!(some.matches_file_or_folders(Path::new("a/vendor/b/c")));
        assert!(patterns(&[]).unwrap().is_empty());
    }

    #[test]
    fn reports_index_of_invalid_pattern() {
        let error = patterns(&["a", "b[z-a\u{1b}[2J"]).unwrap_err().to_string();
        assert!(
            error.starts_with("entry 2 is not a path pattern: "),
            "{error}"
        );
        assert!(
            !error.contains('\u{1b}') && !error.contains("b["),
            "{error}"
        );
        assert_eq!(
            PathPatterns::new(&vec!["a*b".to_owned(); 4001]).unwrap_err(),
            PathPatternError::TooMany
        );
        assert_eq!(
            patterns(&[&"a".repeat(200_000)]).unwrap_err(),
            PathPatternError::TooMany
        );
    }
}
