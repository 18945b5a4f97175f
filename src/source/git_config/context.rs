//! The scan around a visit: its roots, how reports name paths, and the files that other visits have read.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use parking_lot::Mutex;

use crate::model::BlobPath;

/// The scan around a visit.
pub(crate) struct ScanContext<'a> {
    /// The roots of the scan.
    pub(crate) roots: &'a Roots,
    /// Makes a path of [`Roots::display`] relative to its root.
    pub(crate) relative: &'a (dyn Fn(&Path) -> BlobPath + 'a),
    /// The folders and files that this or another thread has claimed.
    pub(crate) claimed: &'a ClaimedPaths,
}

impl ScanContext<'_> {
    /// Returns a path, canonical or below a root as given, as reports name it.
    pub(crate) fn display_path(&self, path: &Path) -> BlobPath {
        (self.relative)(&self.roots.display(path))
    }
}

/// Canonical paths of the Git folders and files that a visit has claimed.
#[derive(Debug, Default)]
pub(crate) struct ClaimedPaths(Mutex<HashSet<PathBuf>>);

impl ClaimedPaths {
    /// Claims a path; returns true for the first one to ask.
    pub(crate) fn claim(&self, canonical: &Path) -> bool {
        self.0.lock().insert(canonical.to_owned())
    }
}

/// The roots of a scan, as given and in canonical form.
///
/// A file can be reached in several ways (from a worktree, from a linked one) and by any thread first. Its name in
/// reports is derived from its canonical path, so that it is always the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots(Vec<(PathBuf, PathBuf)>);

impl Roots {
    /// Resolves the roots. One that cannot be resolved is omitted; the walk reports it.
    pub(crate) fn new(typed: &[PathBuf]) -> Self {
        Self(
            typed
                .iter()
                .filter_map(|root| Some((root.clone(), fs::canonicalize(root).ok()?)))
                .collect(),
        )
    }

    /// Returns true for a canonical path below a root.
    pub(crate) fn contain(&self, canonical: &Path) -> bool {
        self.0.iter().any(|(_, root)| canonical.starts_with(root))
    }

    /// Returns a canonical path as a person would type it: below the first root that contains it; otherwise
    /// relative to the first root (`root/../main/.git/config`), which is the same on every machine with the same
    /// layout; otherwise, without a common folder, as it is. A path below a root as given is returned as it is.
    pub(crate) fn display(&self, canonical: &Path) -> PathBuf {
        for (typed, root) in &self.0 {
            if canonical.starts_with(typed) {
                return canonical.to_owned();
            }
            if let Ok(rest) = canonical.strip_prefix(root) {
                return if rest.as_os_str().is_empty() {
                    typed.clone()
                } else {
                    typed.join(rest)
                };
            }
        }
        let from_root = self.0.iter().find_map(|(typed, root)| {
            let shared: PathBuf = root
                .components()
                .zip(canonical.components())
                .take_while(|(a, b)| a == b)
                .map(|(component, _)| component)
                .collect();
            shared.file_name()?;
            let up = root.strip_prefix(&shared).ok()?.components().count();
            let rest = canonical.strip_prefix(&shared).ok()?;
            let mut path = typed.clone();
            path.extend(std::iter::repeat_n("..", up));
            path.push(rest);
            Some(path)
        });
        from_root.unwrap_or_else(|| canonical.to_owned())
    }
}

/// Resolves `.` and `..` by name, without reading the disk. A `..` at the beginning of a relative path is kept.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if clean.has_root() || clean.file_name().is_some() => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_from_the_root() {
        let roots = Roots(vec![
            (PathBuf::from("."), PathBuf::from("/home/me/w")),
            (PathBuf::from("typed"), PathBuf::from("/srv/real")),
        ]);
        for (path, expected) in [
            ("/home/me/w/.git/config", "./.git/config"),
            ("/home/me/w", "."),
            ("/srv/real/x", "typed/x"),
            ("/home/me/main/.git/config", "./../main/.git/config"),
            ("/home/config", "./../../config"),
            ("/etc/config", "/etc/config"),
            ("/srv/config", "typed/../config"),
            ("./x/.git", "./x/.git"),
            ("typed/x", "typed/x"),
        ] {
            assert_eq!(roots.display(Path::new(path)), Path::new(expected));
        }
        assert_eq!(Roots::default().display(Path::new("/x")), Path::new("/x"));
    }

    #[test]
    fn claims_a_path_once() {
        let seen = ClaimedPaths::default();
        assert!(seen.claim(Path::new("/a")));
        assert!(!seen.claim(Path::new("/a")));
    }
}
