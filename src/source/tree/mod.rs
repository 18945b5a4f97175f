//! Files below some paths, and the Git configuration beside them.

mod blobs;
mod directory;
mod file;
mod folder_rules;
mod git_folder;
mod ignore_file;
mod listed_folder;
mod report_base;
mod repositories;
mod walk;

use std::path::{Path, PathBuf};

use super::exclude::{Exclude, ExcludeError};
use super::{NewVisitor, Source};
use report_base::ReportBase;
pub use report_base::worktree_top;

/// Files below some paths: the source of `scan`.
///
/// Hidden files and nested repositories are included. Untracked files that Git ignores are skipped, as are
/// sockets, pipes and devices. Links are not followed; their texts are scanned. In the folder of a repository
/// everything but objects and indexes is scanned.
#[derive(Debug)]
pub struct FileTree {
    roots: Vec<PathBuf>,
    /// Paths that cannot be scanned, and the reasons.
    missing: Vec<(PathBuf, std::io::Error)>,
    base: ReportBase,
    no_ignore: bool,
    exclude: Exclude,
}

/// Options of a [`FileTree`].
#[derive(Clone, Debug, Default)]
pub struct TreeOptions {
    /// Also scan what Git ignores and does not track.
    pub no_ignore: bool,
    /// Excluded paths, tracked or not: patterns as in a `.gitignore` file, relative to the root of the scan.
    pub exclude: Vec<String>,
}

/// A tree cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// None of the paths can be opened.
    #[error("cannot scan '{}': {error}", path.display())]
    Root {
        /// The path as given.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// An exclusion is not a valid pattern.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
}

impl FileTree {
    /// Creates a tree with these roots, each a file or a folder. A root that does not exist is an error of the scan
    /// if others do.
    ///
    /// # Errors
    /// If no root exists, or an exclusion is not a valid pattern.
    pub fn new(roots: Vec<PathBuf>, options: TreeOptions) -> Result<Self, TreeError> {
        let mut there = Vec::with_capacity(roots.len());
        let mut missing = Vec::new();
        for path in roots {
            match std::fs::metadata(&path) {
                Ok(_) => there.push(path),
                Err(error) => missing.push((path, error)),
            }
        }
        if there.is_empty() && !missing.is_empty() {
            let (path, error) = missing.swap_remove(0);
            return Err(TreeError::Root { path, error });
        }
        Ok(Self {
            base: ReportBase::of(&there),
            roots: there,
            missing,
            no_ignore: options.no_ignore,
            exclude: Exclude::new(&options.exclude)?,
        })
    }

    /// Returns the folder that paths in reports are relative to.
    pub fn root(&self) -> &Path {
        self.base.folder()
    }
}

/// The Git configuration of the repository around a path, without the files of the tree.
#[derive(Debug)]
pub struct GitConfiguration(FileTree);

impl GitConfiguration {
    /// Selects the repository around `path`.
    ///
    /// # Errors
    /// If the path does not exist.
    pub fn around(path: PathBuf) -> Result<Self, TreeError> {
        FileTree::new(vec![path], TreeOptions::default()).map(Self)
    }
}

impl Source for GitConfiguration {
    fn visit<'a>(&'a self, _threads: usize, new_visitor: &'a NewVisitor<'a>) {
        walk::TreeWalk::new(&self.0).read_configurations(new_visitor().as_mut());
    }
}

impl Source for FileTree {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        walk::TreeWalk::new(self).run(threads, new_visitor);
    }
}

#[cfg(test)]
mod tests;
