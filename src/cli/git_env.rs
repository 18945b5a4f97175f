//! Environment variables by which Git tells its hooks where to look.

use std::env;
use std::path::{Path, PathBuf};

use crate::source::RepoLocation;

/// Returns the repository to read: the one around `path`; without a path the one that Git names, or the one around
/// the current folder.
pub(super) fn place(typed: Option<&Path>) -> RepoLocation {
    match typed {
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
        let (path, after) = match rest.strip_prefix('"').and_then(unquote) {
            Some((path, after)) => (path, after.strip_prefix(separator).unwrap_or(after)),
            None => match rest.split_once(separator) {
                Some((path, after)) => (path.to_owned(), after),
                None => (rest.to_owned(), ""),
            },
        };
        rest = after;
        if !path.is_empty() {
            paths.push(PathBuf::from(path));
        }
    }
    paths
}

/// Returns the text before the closing quote and the text after it; `None` without a closing quote.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut path = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((path, text.get(at + 1..)?)),
            '\\' => path.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            c => path.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn lists_of_paths_are_split_as_git_does() {
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
