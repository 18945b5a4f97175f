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
mod tasks;
mod walk;

use std::path::{Path, PathBuf};

use super::exclude::{Exclude, ExcludeError};
use super::{NewVisitor, Source};
use report_base::ReportBase;
pub use report_base::worktree_top;

/// Files below some paths: the source of `scan`.
///
/// Hidden files and nested repositories are included; what Git ignores and does not track is left
/// out, as are sockets, pipes and devices. Links are not followed; what they say is scanned. In the folder
/// of a repository itself all but objects and indexes is scanned.
#[derive(Debug)]
pub struct Tree {
    roots: Vec<PathBuf>,
    /// Paths that were given and cannot be scanned, with the reason.
    missing: Vec<(PathBuf, std::io::Error)>,
    base: ReportBase,
    no_ignore: bool,
    exclude: Exclude,
}

/// What may be chosen about a [`Tree`].
#[derive(Clone, Debug, Default)]
pub struct TreeOptions {
    /// Also scan what Git ignores and does not track.
    pub no_ignore: bool,
    /// Paths to leave out, tracked or not: patterns as in a `.gitignore` file, relative to the
    /// root of the scan.
    pub exclude: Vec<String>,
}

/// Why a tree cannot be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The path, or all of the paths, cannot be opened.
    #[error("cannot scan '{}': {error}", path.display())]
    Root {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// An exclusion that is not a pattern.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
}

impl Tree {
    /// A tree with these roots, each a file or a folder. One that does not exist beside others that do
    /// is an error of the scan.
    ///
    /// # Errors
    /// If no root exists, or an exclusion is not a pattern.
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

    /// The folder that paths in reports are relative to.
    pub fn root(&self) -> &Path {
        self.base.folder()
    }
}

/// The Git configuration of the repository around a path, as a scan of its tree reads it, without the
/// files of the tree.
#[derive(Debug)]
pub struct GitConfiguration(Tree);

impl GitConfiguration {
    /// For the repository around `path`.
    ///
    /// # Errors
    /// If the path does not exist.
    pub fn around(path: PathBuf) -> Result<Self, TreeError> {
        Tree::new(vec![path], TreeOptions::default()).map(Self)
    }
}

impl Source for GitConfiguration {
    fn visit<'a>(&'a self, _threads: usize, new_visitor: &'a NewVisitor<'a>) {
        walk::TreeWalk::new(&self.0).read_configurations(new_visitor().as_mut());
    }
}

impl Source for Tree {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        walk::TreeWalk::new(self).run(threads, new_visitor);
    }
}

#[cfg(test)]
mod tests;
