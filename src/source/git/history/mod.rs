//! Everything a repository has ever stored: the source of `history`.
//!
//! Every object is looked at once, in the order in which the packs can be unpacked at least cost,
//! and knows nothing of commits or paths then. Only for what holds something it is found out where
//! it came from; it is then handed out again, under its path and with its commit.

mod alternates;
mod contents;
mod damage;
mod delta;
mod entry;
mod folders;
mod graph;
mod inflate;
mod object;
mod pack;
mod parse;
mod passes;
mod paths;
mod provenance;
mod refs;
mod refs_of;
mod run;
mod store;
mod trace;
mod walk;

use std::path::{Path, PathBuf};

use super::{OpenError, open};
use crate::source::repository::Repository;
use crate::source::{NewVisitor, Source};

/// What may be chosen about a [`History`].
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// Only what came in at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only what refs contain whose names match one of these patterns (`refs/heads/*`, `main`).
    /// Empty: all refs.
    pub refs: Vec<String>,
    /// Only what refs contain.
    pub reachable: bool,
    /// Objects that are missing, as in a partial clone, do not make the scan incomplete.
    pub allow_missing: bool,
}

/// Everything a repository has ever stored.
#[derive(Debug)]
pub struct History {
    repository: gix::ThreadSafeRepository,
    layout: Repository,
    options: HistoryOptions,
}

impl History {
    /// The history of the repository around `path`.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn new(path: &Path, options: HistoryOptions) -> Result<Self, OpenError> {
        let repository = open::open(path)?;
        let broken = |message: String| OpenError::Broken(path.to_owned(), message);
        let layout = Repository::enclosing(path)
            .map_err(|error| broken(error.to_string()))?
            .ok_or_else(|| OpenError::None(path.to_owned()))?;
        Ok(Self {
            repository: repository.into_sync(),
            layout,
            options,
        })
    }

    /// The folder that paths of files on disk are relative to: the work tree, or the repository.
    pub fn root(&self) -> PathBuf {
        let root = self.layout.worktree.as_ref();
        root.unwrap_or(&self.layout.git_dir).clone()
    }
}

impl Source for History {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        run::Run::new(self, threads, new_visitor).all();
    }
}
