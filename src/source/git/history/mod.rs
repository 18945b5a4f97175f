//! Everything a repository has ever stored: the source of `history`.
//!
//! Every object is looked at once, in the order in which the packs can be unpacked at least cost,
//! and knows nothing of commits or paths then. Only for what holds something it is found out where
//! it came from; it is then handed out again, under its path and with its commit.

mod alone;
mod alternates;
mod any;
mod contents;
mod damage;
mod delta;
mod difference;
mod documents;
mod entry;
mod fan;
mod folders;
mod graph;
mod grouped;
mod held;
mod inflate;
mod large;
mod layout;
mod loose;
mod marks;
mod object;
mod pack;
mod parse;
mod passes;
mod patch;
mod paths;
mod provenance;
mod refs;
mod refs_of;
mod rescue;
mod run;
mod single;
mod store;
mod trace;
mod walk;

use std::path::{Path, PathBuf};

use super::OpenError;
pub(super) use alternates::folders as object_folders;
pub use any::read_as_any_object;
use layout::Layout;

pub(super) use alone::SingleObjects;
pub(super) use object::Content;
pub(super) use parse::{Entries, EntryKind, TreeEntry, encoding, has_readable_names};

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
    layout: Layout,
    options: HistoryOptions,
}

impl History {
    /// The history of the repository around `path`. Who owns it does not matter: nothing that it
    /// names is run.
    ///
    /// # Errors
    /// If there is none, or its form is not known.
    pub fn new(path: &Path, options: HistoryOptions) -> Result<Self, OpenError> {
        let mut layout = Layout::of(path)?;
        layout.fetched = options.fetched.clone();
        Ok(Self { layout, options })
    }
}

impl Source for History {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        run::Run::new(self, threads, new_visitor).all();
    }
}
