//! What a visit needs to know of the scan around it: where the roots are, how paths are shown_path, what
//! others have visited.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::model::BlobPath;

/// What a visit needs to know of the scan around it.
pub(crate) struct ScanContext<'a> {
    /// The roots of the scan.
    pub(crate) roots: &'a Roots,
    /// Tells a path, made by [`Roots::display`], relative to its root.
    pub(crate) relative: &'a (dyn Fn(&Path) -> BlobPath + 'a),
    /// What was visited, by this thread or another.
    pub(crate) claimed: &'a ClaimedPaths,
}

impl ScanContext<'_> {
    /// A path, canonical or below a root as typed, as reports name it.
    pub(crate) fn display_path(&self, path: &Path) -> BlobPath {
        (self.relative)(&self.roots.display(path))
    }
}

/// Canonical paths of the Git folders and files that somebody has taken on.
#[derive(Debug, Default)]
pub(crate) struct ClaimedPaths(Mutex<HashSet<PathBuf>>);

impl ClaimedPaths {
    /// True for the first to ask for this path, who is then the one to read it.
    pub(crate) fn claim(&self, canonical: &Path) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(canonical.to_owned())
    }
}

/// The roots of a scan, as typed and as they are on disk.
///
/// A file may be met on several ways (from a worktree, from one linked to it) and by any thread
/// first. Its name in reports is made from its canonical path, so that it is the same on all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots(Vec<(PathBuf, PathBuf)>);

impl Roots {
    /// The roots as typed. One that cannot be resolved is left out; the walk tells about it.
    pub(crate) fn new(typed: &[PathBuf]) -> Self {
        Self(
            typed
                .iter()
                .filter_map(|root| Some((root.clone(), fs::canonicalize(root).ok()?)))
                .collect(),
        )
    }

    /// True for a canonical path below a root.
    pub(crate) fn contain(&self, canonical: &Path) -> bool {
        self.0.iter().any(|(_, root)| canonical.starts_with(root))
    }

    /// A canonical path as a person at the prompt would type it: below the first root that holds
    /// it; else from the first root upwards (`root/../main/.git/config`), which is the same on
    /// every machine with the same layout; else, if they share no folder, as it is. A path below a
    /// root as typed stays as it is.
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

/// Resolves `.` and `..` by name alone, without a look at the disk.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
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
    fn places_are_told_from_the_root() {
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
    fn a_path_is_claimed_once() {
        let seen = ClaimedPaths::default();
        assert!(seen.claim(Path::new("/a")));
        assert!(!seen.claim(Path::new("/a")));
    }
}
