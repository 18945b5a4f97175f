//! The base of the paths in reports.

use std::path::{Path, PathBuf};

use crate::model::BlobPath;
use crate::source::lexical;
use crate::source::repository::Repository;

/// The folder that paths in reports are relative to, and the position of each root.
///
/// It is the top of the worktree if all roots are in one. So a finding has the same path and fingerprint whether
/// `.` or a subfolder is scanned, and GitLab finds the file. Otherwise it is the deepest folder that contains all
/// roots.
#[derive(Debug)]
pub(super) struct ReportBase {
    folder: PathBuf,
    /// Each root as given, and its path below `folder`.
    roots: Vec<(PathBuf, PathBuf)>,
}

impl ReportBase {
    /// Returns the base of `roots`, which exist.
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

    /// Returns the folder, in canonical form.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a path of the walk, relative to the base. A path outside stays absolute.
    pub(super) fn relative(&self, path: &Path) -> BlobPath {
        for (given, below) in &self.roots {
            if let Ok(rest) = path.strip_prefix(given) {
                return BlobPath::from_path(&lexical(&below.join(rest)));
            }
        }
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        BlobPath::from_path(real.strip_prefix(&self.folder).unwrap_or(&real))
    }
}

/// Returns the top of the worktree that contains `path`.
fn worktree_of(path: &Path) -> Option<PathBuf> {
    Repository::enclosing_worktree(path).ok()??.worktree
}

/// Returns the canonical top of the worktree that the folder `path` is in. `None` in a Git folder and outside of a
/// worktree.
pub fn worktree_top(path: &Path) -> Option<PathBuf> {
    let repository = Repository::enclosing_worktree(path).ok()??;
    let git_dir = std::fs::canonicalize(&repository.git_dir).ok()?;
    let is_inside = std::fs::canonicalize(path).ok()?.starts_with(git_dir);
    repository.worktree.filter(|_| !is_inside)
}

/// Returns the deepest folder that contains all of `paths`; a path that is a folder contains itself.
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
