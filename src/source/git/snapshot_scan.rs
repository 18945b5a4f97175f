//! Scans the changes of one snapshot in batches.

use std::collections::HashSet;
use std::ops::ControlFlow;

use gix::ObjectId;

use super::changes::{ChangeVisitor, CompareError, FileChange, MAX_OWN_COMMITS};
use super::clean_content::{ListedContent, MAX_PATHS, PathCounts};
use super::commit::CommitObject;
use super::objects::Objects;
use super::versions::Snapshot;
use super::walk;
use super::workers::GitWorkers;

/// Number of contents of changes and parents in a batch.
const BATCH: usize = 8192;

/// Maximum number of looked up submodules that name a commit of this repository; others count as new.
const MAX_SUBMODULES: usize = 100;

/// Scans the changes of one snapshot.
pub(super) struct SnapshotScan<'a, 'c> {
    workers: &'a GitWorkers<'c>,
    objects: &'a Objects,
    snapshot: &'a Snapshot<'a>,
    batch: Vec<FileChange>,
    places: PathCounts,
    /// Content that needs no further path.
    listed: ListedContent,
    /// Folders that were compared before and have findings.
    dirty: Vec<ObjectId>,
    /// Number of looked up submodules that name a commit of this repository.
    submodules: usize,
}

impl<'a, 'c> SnapshotScan<'a, 'c> {
    /// Creates a scan without changes.
    pub(super) fn new(
        workers: &'a GitWorkers<'c>,
        objects: &'a Objects,
        snapshot: &'a Snapshot<'a>,
    ) -> Self {
        Self {
            workers,
            objects,
            snapshot,
            batch: Vec::new(),
            places: PathCounts::default(),
            listed: ListedContent::default(),
            dirty: Vec::new(),
            submodules: 0,
        }
    }

    /// Scans the batch.
    pub(super) fn flush(&mut self) -> ControlFlow<()> {
        self.proceed()?;
        let snapshot = self.snapshot;
        self.workers.for_each_small(&self.batch, |worker, change| {
            worker.change(snapshot, change)
        });
        self.batch.clear();
        self.proceed()
    }

    /// Returns true if the content of a change is listed at enough other paths. Whether it was fully reported is
    /// checked at points that do not depend on threads.
    fn is_listed_enough(&mut self, change: &FileChange) -> ControlFlow<(), bool> {
        let count = self.places.add(change.id);
        if count <= MAX_PATHS {
            return ControlFlow::Continue(false);
        }
        let is_due = count % MAX_PATHS == 1;
        if is_due {
            self.flush()?;
            self.dirty.clear();
        }
        let state = self.snapshot.state;
        if state.exclude.has(&change.path) {
            return ControlFlow::Continue(false);
        }
        let mut is_listed = false;
        self.workers.with_worker(|worker| {
            let key = worker.key(change.id, &change.path);
            if is_due && self.snapshot.reported.has(&key) {
                let size = self.objects.header(change.id).map_or(0, |(_, size)| size);
                self.listed.add(key.clone(), size);
            }
            if let Some(bytes) = self.listed.bytes(&key) {
                is_listed = true;
                worker.visitor.count_unlisted(1);
                worker.visitor.count(1, bytes);
            }
            ControlFlow::Continue(())
        });
        ControlFlow::Continue(is_listed)
    }
}

impl ChangeVisitor for SnapshotScan<'_, '_> {
    fn change(&mut self, change: FileChange) -> ControlFlow<()> {
        if self.is_listed_enough(&change)? {
            return self.proceed();
        }
        let weight = change.in_parents.len() + 1;
        self.batch.push(change);
        if self.batch.len().saturating_mul(weight) < BATCH {
            return ControlFlow::Continue(());
        }
        self.flush()
    }

    fn broken(&mut self, path: &[u8], error: CompareError) -> ControlFlow<()> {
        self.workers.with_worker(|worker| {
            worker.broken(self.snapshot, path, &error);
            ControlFlow::Continue(())
        });
        self.proceed()
    }

    fn skips(&mut self, tree: ObjectId) -> bool {
        let state = self.snapshot.state;
        // Excluded files are counted one by one.
        if !state.exclude.is_empty()
            || !state.clean.has_compared(tree)
            || self.dirty.contains(&tree)
        {
            return false;
        }
        if self.flush().is_break() {
            return false;
        }
        let mut amount = None;
        self.workers.with_worker(|worker| {
            let has_grammar = |name: &[u8]| worker.visitor.document_path(name).is_some();
            let (clean, listed) = (&state.clean, &mut self.listed);
            amount = clean.folder(self.objects, tree, &has_grammar, listed);
            if let Some(amount) = amount {
                worker.visitor.count(amount.files, amount.bytes);
                worker.visitor.count_unlisted(amount.unlisted);
            }
            ControlFlow::Continue(())
        });
        if amount.is_none() && self.dirty.len() < 64 {
            self.dirty.push(tree);
        }
        amount.is_some()
    }

    fn is_known_commit(&mut self, commit: ObjectId) -> bool {
        self.submodules += 1;
        if self.submodules > MAX_SUBMODULES {
            return false;
        }
        let known = &self.snapshot.history;
        let new = walk::between(self.objects, &[commit], known, &HashSet::new());
        new.is_ok_and(|walked| walked.commits.is_empty())
    }

    fn new_commits(
        &mut self,
        commit: ObjectId,
        known: &[ObjectId],
    ) -> Result<Vec<CommitObject>, CompareError> {
        let known = [&self.snapshot.history, known].concat();
        match walk::between(self.objects, &[commit], &known, &HashSet::new()) {
            Ok(walked) if walked.commits.len() > MAX_OWN_COMMITS => {
                Err(CompareError::TooManyCommits)
            }
            Ok(walked) => Ok(walked.commits),
            Err(_) => {
                let commit = CommitObject::read(self.objects, commit, &mut Vec::new())?;
                Ok(vec![commit])
            }
        }
    }

    fn compared(&mut self, tree: ObjectId) {
        self.snapshot.state.clean.compared(tree);
    }

    fn proceed(&self) -> ControlFlow<()> {
        if self.workers.is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
