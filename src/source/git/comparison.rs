//! Scans what a comparison finds, so many files at a time.

use std::collections::HashSet;
use std::ops::ControlFlow;

use gix::ObjectId;

use super::changes::{Change, ChangeVisitor, ChangesError};
use super::crew::Crew;
use super::objects::Objects;
use super::repeats::{ListedContent, MAX_PLACES, PlaceCounts};
use super::versions::Snapshot;
use super::walk;

/// How many contents of parents the changes hold that are compared before they are scanned.
const BATCH: usize = 8192;

/// How many submodules are looked up that name a commit of this repository; others count as new.
const MAX_SUBMODULES: usize = 100;

/// Scans the changes of one snapshot.
pub(super) struct Comparison<'a, 'c> {
    crew: &'a Crew<'c>,
    objects: &'a Objects,
    snapshot: &'a Snapshot<'a>,
    batch: Vec<Change>,
    places: PlaceCounts,
    /// What needs no further place.
    listed: ListedContent,
    /// Folders that were compared before and hold something.
    dirty: Vec<ObjectId>,
    /// How many submodules were looked up that name a commit of this repository.
    submodules: usize,
}

impl<'a, 'c> Comparison<'a, 'c> {
    /// Nothing was compared yet.
    pub(super) fn new(
        crew: &'a Crew<'c>,
        objects: &'a Objects,
        snapshot: &'a Snapshot<'a>,
    ) -> Self {
        Self {
            crew,
            objects,
            snapshot,
            batch: Vec::new(),
            places: PlaceCounts::default(),
            listed: ListedContent::default(),
            dirty: Vec::new(),
            submodules: 0,
        }
    }

    /// Scans what was compared and not yet scanned.
    pub(super) fn flush(&mut self) -> ControlFlow<()> {
        self.proceed()?;
        let snapshot = self.snapshot;
        self.crew
            .share(&self.batch, |hand, change| hand.change(snapshot, change));
        self.batch.clear();
        self.proceed()
    }

    /// True if the content of a change is listed at enough other paths. Whether it was reported in full is asked
    /// at points that do not depend on threads.
    fn is_listed_enough(&mut self, change: &Change) -> ControlFlow<(), bool> {
        let count = self.places.add(change.id);
        if count <= MAX_PLACES {
            return ControlFlow::Continue(false);
        }
        let is_due = count % MAX_PLACES == 1;
        if is_due {
            self.flush()?;
            self.dirty.clear();
        }
        let state = self.snapshot.state;
        if state.exclude.has(&change.path) {
            return ControlFlow::Continue(false);
        }
        let mut is_listed = false;
        self.crew.with_hand(|hand| {
            let key = hand.key(change.id, &change.path);
            if is_due && self.snapshot.reported.has(&key) {
                let size = self.objects.header(change.id).map_or(0, |(_, size)| size);
                self.listed.add(key.clone(), size);
            }
            if let Some(bytes) = self.listed.bytes(&key) {
                is_listed = true;
                hand.visitor.count_unlisted(1);
                hand.visitor.count(bytes);
            }
            ControlFlow::Continue(())
        });
        ControlFlow::Continue(is_listed)
    }
}

impl ChangeVisitor for Comparison<'_, '_> {
    fn change(&mut self, change: Change) -> ControlFlow<()> {
        if self.is_listed_enough(&change)? {
            return self.proceed();
        }
        let weight = change.earlier.len() + 1;
        self.batch.push(change);
        if self.batch.len().saturating_mul(weight) < BATCH {
            return ControlFlow::Continue(());
        }
        self.flush()
    }

    fn broken(&mut self, path: &[u8], error: ChangesError) -> ControlFlow<()> {
        self.crew.with_hand(|hand| {
            hand.broken(self.snapshot, path, &error);
            ControlFlow::Continue(())
        });
        self.proceed()
    }

    fn skips(&mut self, tree: ObjectId) -> bool {
        let state = self.snapshot.state;
        // What is excluded is counted, path by path.
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
        self.crew.with_hand(|hand| {
            let has_grammar = |name: &[u8]| hand.visitor.document_path(name).is_some();
            let (clean, listed) = (&state.clean, &mut self.listed);
            amount = clean.folder(self.objects, tree, &has_grammar, listed);
            if let Some(amount) = amount {
                hand.visitor.count_all(amount.files, amount.bytes);
                hand.visitor.count_unlisted(amount.unlisted);
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

    fn compared(&mut self, tree: ObjectId) {
        self.snapshot.state.clean.compared(tree);
    }

    fn proceed(&self) -> ControlFlow<()> {
        if self.crew.is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
