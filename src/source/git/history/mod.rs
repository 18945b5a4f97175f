//! Everything a repository has ever stored: the source of `history`.
//!
//! Every object is looked at once, in the order in which the packs can be unpacked at least cost,
//! and knows nothing of commits or paths then. Only for what holds something it is found out where
//! it came from; it is then handed out again, under its path and with its commit.

mod blob_pass;
mod containing_refs;
mod difference;
mod document_pass;
mod graph;
mod grouped;
mod hit_paths;
mod introduction;
mod layout;
pub(super) mod passes;
mod provenance;
mod refs;
mod rescue;
mod scan;
mod secret_ids;
mod tree_pass;

use std::path::{Path, PathBuf};

use super::OpenError;
use layout::RepositoryLayout;

use crate::source::{NewVisitor, Source};

/// What may be chosen about a [`History`].
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// Only what came in at this time or later, in seconds since 1970, by the date of its commit or of
    /// any ancestor of that.
    pub since: Option<i64>,
    /// Only what refs contain whose names match one of these patterns (`refs/heads/*`, `main`).
    /// Empty: all refs.
    pub refs: Vec<String>,
    /// Only what refs contain.
    pub reachable: bool,
    /// Objects that are missing, as in a partial clone, do not make the scan incomplete.
    pub allow_missing: bool,
    /// A shallow clone does not make the scan incomplete.
    pub allow_shallow: bool,
    /// The `GIT_DIR` of a repository that borrows this one's objects, with refs and objects that count as
    /// this one's.
    pub fetched: Option<PathBuf>,
}

/// Everything a repository has ever stored.
#[derive(Debug)]
pub struct History {
    layout: RepositoryLayout,
    options: HistoryOptions,
}

impl History {
    /// The history of the repository around `path`. Who owns it does not matter: nothing that it
    /// names is run.
    ///
    /// # Errors
    /// If there is none, or its form is not known.
    pub fn new(path: &Path, options: HistoryOptions) -> Result<Self, OpenError> {
        let mut layout = RepositoryLayout::of(path)?;
        layout.fetched = options.fetched.clone();
        Ok(Self { layout, options })
    }
}

impl Source for History {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        scan::HistoryScan::new(self, threads, new_visitor).all();
    }
}
