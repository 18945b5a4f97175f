//! A source that records the paths of the blobs that it passes on.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use crate::model::{Blob, BlobPath, ItemError, Note, SkipReason, SkippedItem};
use crate::source::{
    FileTree, HistoryVisitor, NewVisitor, ScanVisitor, Source, VersionVisitor, Visitor,
};

/// A tree that records the paths of the blobs that it passes on, as reports show them.
pub(super) struct RecordedTree<'t> {
    tree: &'t FileTree,
    paths: Mutex<BTreeSet<String>>,
}

impl<'t> RecordedTree<'t> {
    /// Creates a record without paths.
    pub(super) fn new(tree: &'t FileTree) -> Self {
        Self {
            tree,
            paths: Mutex::default(),
        }
    }

    /// Returns the recorded paths.
    pub(super) fn into_paths(self) -> BTreeSet<String> {
        self.paths
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for RecordedTree<'_> {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        self.tree.visit(threads, &move || {
            Box::new(Recorder {
                inner: new_visitor(),
                paths: &self.paths,
            })
        });
    }
}

/// Forwards everything to another visitor.
struct Recorder<'a> {
    inner: Box<dyn ScanVisitor + 'a>,
    paths: &'a Mutex<BTreeSet<String>>,
}

impl Visitor for Recorder<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let path = (blob.origin)().path.to_string();
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.insert(path);
        drop(paths);
        self.inner.blob(blob)
    }

    fn skipped(&mut self, item: SkippedItem) {
        self.inner.skipped(item);
    }

    fn count_skipped(&mut self, reason: SkipReason) {
        self.inner.count_skipped(reason);
    }

    fn error(&mut self, error: ItemError) {
        self.inner.error(error);
    }

    fn repository(&mut self, path: &BlobPath) {
        self.inner.repository(path);
    }

    fn note(&mut self, note: Note) {
        self.inner.note(note);
    }

    fn proceed(&self) -> ControlFlow<()> {
        self.inner.proceed()
    }
}

impl VersionVisitor for Recorder<'_> {}

impl HistoryVisitor for Recorder<'_> {}
