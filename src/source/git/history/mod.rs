//! The source of `history`: every object that a repository stores.
//!
//! Every object is scanned once, in the order in which packs are cheapest to read, before its commits and paths are
//! known. Only for objects that contain something is it found out where that was introduced; they are then passed
//! on with their path and commit.

mod blob_pass;
mod containing_refs;
mod difference;
mod document_pass;
mod graph;
mod grouped;
mod hit_paths;
mod introduction;
mod layout;
mod passes;
mod pointers;
mod provenance;
mod refs;
mod rescue;
mod scan;
mod secret_ids;
mod tree_pass;

use std::path::{Path, PathBuf};

use super::OpenError;
use crate::model::{BlobPath, ItemError, Note};
use crate::source::{NewVisitor, ScanVisitor, Source};
use layout::RepositoryLayout;
use scan::HistoryScan;

/// Options of a [`History`].
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// Only findings introduced at this time or later, in seconds since 1970, by the date of its commit or of any
    /// ancestor of that.
    pub since: Option<i64>,
    /// Only findings in refs that match one of these names or patterns (`main`, `refs/heads/*`). Empty: all refs.
    pub refs: Vec<String>,
    /// Only findings that refs contain.
    pub reachable: bool,
    /// Missing objects, as in a partial clone, do not make the scan incomplete.
    pub allow_missing: bool,
    /// A shallow clone does not make the scan incomplete.
    pub allow_shallow: bool,
    /// The `GIT_DIR` of a repository that borrows the objects of this one; its refs and objects are scanned as well.
    pub fetched: Option<PathBuf>,
}

/// Every object that a repository stores.
#[derive(Debug)]
pub struct History {
    layout: RepositoryLayout,
    options: HistoryOptions,
}

impl History {
    /// Opens the repository around `path`. Its owner does not matter, because nothing that it names is run.
    ///
    /// # Errors
    /// If the repository is missing, or its format is unknown.
    pub fn new(path: &Path, options: HistoryOptions) -> Result<Self, OpenError> {
        let mut layout = RepositoryLayout::read(path)?;
        layout.fetched = options.fetched.clone();
        Ok(Self { layout, options })
    }
}

impl Source for History {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut scan = HistoryScan {
            history: self,
            threads,
            new_visitor,
            reporter: Reporter {
                visitor: new_visitor(),
            },
        };
        // A visitor that asks to stop needs no further report.
        let _ = scan.scan_configuration();
        let _ = scan.scan_objects();
    }
}

/// Reports what belongs to no object.
struct Reporter<'a> {
    visitor: Box<dyn ScanVisitor + 'a>,
}

impl Reporter<'_> {
    fn error(&mut self, path: Option<BlobPath>, message: String) {
        self.visitor.error(ItemError { path, message });
    }

    fn note(&mut self, message: String) {
        self.visitor.note(Note { message });
    }
}
