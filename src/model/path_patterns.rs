//! Path patterns as in a `.gitignore` file, with bounds: they come from files that anybody may have written.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Compiled patterns.
#[derive(Clone, Debug)]
pub struct PathPatterns(Gitignore);

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    /// The pattern at this place of the list, from 1, is not valid.
    #[error("entry {0} is not a path pattern: {1}")]
    Invalid(usize, String),
    /// There are more than can be compiled in bounded memory.
    #[error(
        "more than {} patterns, or more than {} bytes of them",
        PathPatterns::MAX_COUNT,
        PathPatterns::MAX_BYTES
    )]
    TooMany,
}

impl PathPatterns {
    /// The most patterns that are used at one time. A compiled pattern takes about 12 KiB.
    pub const MAX_COUNT: usize = 4_000;

    /// The most bytes of patterns that are used at one time. A byte takes up to 350 when compiled.
    pub const MAX_BYTES: usize = 128 * 1024;

    /// Patterns that match nothing.
    pub fn none() -> Self {
        Self(Gitignore::empty())
    }

    /// Compiles a list of patterns.
    ///
    /// # Errors
    /// If one is not a pattern, or there are too many.
    pub fn new(patterns: &[String]) -> Result<Self, PathPatternError> {
        let bytes: usize = patterns.iter().map(String::len).sum();
        if patterns.len() > Self::MAX_COUNT || bytes > Self::MAX_BYTES {
            return Err(PathPatternError::TooMany);
        }
        let mut builder = GitignoreBuilder::new("");
        for (index, pattern) in patterns.iter().enumerate() {
            let added = builder.add_line(None, pattern);
            added.map_err(|error| PathPatternError::Invalid(index + 1, reason(&error)))?;
        }
        let compiled = builder.build();
        compiled.map(Self).map_err(|_| PathPatternError::TooMany)
    }

    /// Returns true if there is no pattern.
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

/// What is wrong with a pattern, without the pattern.
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
    fn matches_files_and_what_is_in_folders() {
        let some = patterns(&["vendor/", "*.lock"]).unwrap();
        assert!(some.matches(Path::new("a/b.lock"), false));
        assert!(!some.matches(Path::new("vendor"), false));
        assert!(some.matches(Path::new("vendor"), true));
        assert!(some.matches_file_or_folders(Path::new("a/vendor/b/c")));
        assert!(patterns(&[]).unwrap().is_empty());
    }

    #[test]
    fn names_an_invalid_pattern_by_its_place() {
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
