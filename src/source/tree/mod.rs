//! Files below some paths, and the Git configuration beside them.

mod base;
mod directory;
mod file;
mod ignored;
mod listed;
mod tasks;
mod tracked;
mod walk;

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{NewVisitor, Source};
use base::Base;

/// Files below some paths: the source of `scan`.
///
/// Hidden files and nested repositories are included; what Git ignores and does not track is left
/// out, as are links, sockets, pipes and devices. The inside of a `.git` folder is no content; the
/// configuration in it is read.
#[derive(Debug)]
pub struct Tree {
    roots: Vec<PathBuf>,
    base: Base,
    no_ignore: bool,
    exclude: Gitignore,
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
    /// A path that cannot be opened.
    #[error("cannot scan '{}': {error}", path.display())]
    Root {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// An exclusion that is no pattern.
    #[error("cannot exclude '{pattern}': {error}")]
    Exclude {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        error: ignore::Error,
    },
}

impl Tree {
    /// A tree with these roots, each a file or a folder.
    ///
    /// # Errors
    /// If a root does not exist or an exclusion is no pattern.
    pub fn new(roots: Vec<PathBuf>, options: TreeOptions) -> Result<Self, TreeError> {
        let base = Base::of(&roots)?;
        let mut exclude = GitignoreBuilder::new("");
        for pattern in options.exclude {
            if let Err(error) = exclude.add_line(None, &pattern) {
                return Err(TreeError::Exclude { pattern, error });
            }
        }
        let exclude = exclude.build().map_err(|error| TreeError::Exclude {
            pattern: String::new(),
            error,
        })?;
        Ok(Self {
            roots,
            base,
            no_ignore: options.no_ignore,
            exclude,
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
        walk::Walk::new(&self.0).read_configurations(new_visitor().as_mut());
    }
}

impl Source for Tree {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        walk::Walk::new(self).run(threads, new_visitor);
    }
}

#[cfg(test)]
mod tests;
