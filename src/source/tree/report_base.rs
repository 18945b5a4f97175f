//! What paths in reports are relative to.

use std::path::{Component, Path, PathBuf};

use crate::model::BlobPath;
use crate::source::repository::Repository;

/// The folder that paths in reports are relative to, and how each root of the walk stands to it.
///
/// It is the top of the work tree if all roots lie in one, so that a finding has the same path, and
/// so the same fingerprint, whether `.` or a folder in it is scanned, and GitLab finds the file. Else it
/// is the deepest folder that rules all roots.
#[derive(Debug)]
pub(super) struct ReportBase {
    folder: PathBuf,
    /// Each root as it was given, and its place below `folder`.
    roots: Vec<(PathBuf, PathBuf)>,
}

impl ReportBase {
    /// The base of `roots`, which exist.
    pub(super) fn of(roots: &[PathBuf]) -> Self {
        // A pipe of a shell has no canonical path.
        let canonical =
            |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let real: Vec<PathBuf> = roots.iter().map(canonical).collect();
        let mut tops = real.iter().map(|path| worktree_of(path));
        let shared = match tops.next().flatten() {
            Some(top) if tops.all(|other| other.as_deref() == Some(top.as_path())) => Some(top),
            _ => None,
        };
        let folder = shared.unwrap_or_else(|| common_folder(&real));
        let roots = roots
            .iter()
            .zip(&real)
            .map(|(given, real)| {
                let below = real.strip_prefix(&folder).unwrap_or(real);
                (given.clone(), below.to_owned())
            })
            .collect();
        Self { folder, roots }
    }

    /// The folder, in its real spelling.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path of the walk, relative to the base. What lies outside keeps its full path.
    pub(super) fn relative(&self, path: &Path) -> BlobPath {
        for (given, below) in &self.roots {
            if let Ok(rest) = path.strip_prefix(given) {
                return BlobPath::from_path(&normalized(&below.join(rest)));
            }
        }
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        BlobPath::from_path(real.strip_prefix(&self.folder).unwrap_or(&real))
    }
}

/// A path without `.`, and without `..` where a name stands before it.
fn normalized(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if clean.file_name().is_some() => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The top of the work tree that rules `path`.
fn worktree_of(path: &Path) -> Option<PathBuf> {
    Repository::enclosing_worktree(path).ok()??.worktree
}

/// The top of the work tree that the folder `path` is in, canonical. `None` in the repository's own folder
/// and where there is none.
pub fn worktree_top(path: &Path) -> Option<PathBuf> {
    let repository = Repository::enclosing_worktree(path).ok()??;
    let git_dir = std::fs::canonicalize(&repository.git_dir).ok()?;
    let is_inside = std::fs::canonicalize(path).ok()?.starts_with(git_dir);
    repository.worktree.filter(|_| !is_inside)
}

/// The deepest folder that rules all of `paths`; a path that is a folder counts itself.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let folder = |path: &Path| {
        if path.is_dir() {
            path.to_owned()
        } else {
            path.parent().unwrap_or(path).to_owned()
        }
    };
    let mut paths = paths.iter().map(|path| folder(path));
    let Some(mut common) = paths.next() else {
        return PathBuf::new();
    };
    for path in paths {
        while !path.starts_with(&common) {
            if !common.pop() {
                break;
            }
        }
    }
    common
}
