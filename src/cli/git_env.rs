//! Environment variables through which Git passes the location of a repository to its hooks.

use std::env;
use std::path::{Path, PathBuf};

use crate::source::RepoLocation;

/// Returns the repository to read: the one around `path`; without a path the one that Git names, or the one around
/// the current folder.
pub(super) fn location(path: Option<&Path>) -> RepoLocation {
    match path {
        Some(path) => RepoLocation::at(path),
        None => RepoLocation {
            path: PathBuf::from("."),
            git_dir: path_from("GIT_DIR"),
            index: path_from("GIT_INDEX_FILE"),
            objects: path_from("GIT_OBJECT_DIRECTORY"),
            alternates: alternates(),
            shallow: path_from("GIT_SHALLOW_FILE"),
        },
    }
}

/// Returns a variable that is not empty.
fn path_from(name: &str) -> Option<PathBuf> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(PathBuf::from(value))
}

/// The folders of `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
fn alternates() -> Vec<PathBuf> {
    let value = env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
    split_paths(&value.to_string_lossy())
}

/// Splits paths as Git lists them: separated by `:` (on Windows `;`), and in double quotes if a path contains the
/// separator or begins with a quote.
fn split_paths(list: &str) -> Vec<PathBuf> {
    let separator = if cfg!(windows) { ';' } else { ':' };
    let mut paths = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let quoted = unquote(rest).filter(|_| rest.starts_with('"'));
        let (path, after) = quoted.unwrap_or_else(|| {
            let end = rest.find(separator).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        });
        rest = after.strip_prefix(separator).unwrap_or(after);
        if !path.is_empty() {
            paths.push(PathBuf::from(path));
        }
    }
    paths
}

/// Splits off the quoted text at the start; `None` without a closing quote.
fn unquote(text: &str) -> Option<(String, &str)> {
    let (path, length) = gix::quote::ansi_c::undo(text.into()).ok()?;
    Some((path.to_string(), text.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn splits_lists_of_paths_as_git_does() {
        let split = |list| -> Vec<String> {
            let paths = split_paths(list).into_iter();
            paths
                .map(|path| path.to_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(split("/a:/b c"), ["/a", "/b c"]);
        assert_eq!(split(r#""/a:b\"c":/d"#), ["/a:b\"c", "/d"]);
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split("\"/a"), ["\"/a"]);
    }
}
