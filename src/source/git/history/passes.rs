//! The first two passes, over all objects, each on all threads.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::pack::entry::Kind;
use super::super::pack::object::{ObjectVisitor, StoredObject};
use super::super::pack::store::ObjectStore;
use super::super::pack::traversal::{PackTraversal, TraversalState};
use super::blob_pass::{BlobPass, BlobPassResult};
use super::tree_pass::{NameTable, TreePass, TreePassResult, WantedBlobs};
use crate::source::pool::on_each_thread;
use crate::source::{NewVisitor, Visitor};

/// How many bytes of bases all threads together keep at hand.
pub(super) const BUDGET: usize = 48 * 1024 * 1024;

/// What the first pass looks at.
pub(crate) const CONTENTS: &[Kind] = &[Kind::Commit, Kind::Blob, Kind::Tag];

/// What the second pass looks at.
pub(crate) const FOLDERS: &[Kind] = &[Kind::Tree];

/// Looks at every blob, commit and tag. `None` if it was stopped.
pub(crate) fn contents(
    store: &ObjectStore,
    shallow: &[gix::ObjectId],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Option<BlobPassResult> {
    let total = Mutex::new(BlobPassResult::default());
    let flow = on_threads(store, CONTENTS, threads, new_visitor, &|visitor, work| {
        let mut contents = BlobPass::new(store, shallow, visitor);
        let flow = work.run(&mut contents, |contents, pack| contents.pack = pack);
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.append(contents.seen);
        flow
    });
    let mut seen = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Whichever thread came first: what follows must not depend on it.
    seen.found
        .sort_unstable_by_key(|&(number, _, part, _)| (number, part));
    flow.is_continue().then_some(seen)
}

/// Looks at every folder. `None` if it was stopped.
pub(crate) fn folders(
    store: &ObjectStore,
    wanted: &WantedBlobs,
    names: &NameTable,
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Option<TreePassResult> {
    let total = Mutex::new(TreePassResult::default());
    let flow = on_threads(store, FOLDERS, threads, new_visitor, &|visitor, work| {
        let mut reader = TreePass {
            store,
            wanted,
            names,
            visitor,
            pack: None,
            seen: TreePassResult::default(),
            documents: HashMap::new(),
            known: HashMap::new(),
        };
        let flow = work.run(&mut reader, |reader, pack| reader.pack = pack);
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.append(reader.seen);
        flow
    });
    let mut seen = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.folders.sort_unstable_by_key(|folder| folder.number);
    flow.is_continue().then_some(seen)
}

/// The part of a pass that one thread takes on.
struct PassShare<'a> {
    store: &'a ObjectStore,
    kinds: &'a [Kind],
    walks: &'a [PackTraversal<'a>],
    next_loose: &'a AtomicUsize,
    budget: usize,
}

impl PassShare<'_> {
    fn run<V: ObjectVisitor>(
        &self,
        visitor: &mut V,
        enter: impl Fn(&mut V, Option<usize>),
    ) -> ControlFlow<()> {
        let mut state = TraversalState::new(self.budget);
        for (pack, walk) in self.walks.iter().enumerate() {
            enter(visitor, Some(pack));
            walk.run(&mut state, visitor)?;
        }
        drop(state);
        enter(visitor, None);
        loop {
            let place = self.next_loose.fetch_add(1, Ordering::Relaxed);
            if place >= self.store.loose_len() {
                return ControlFlow::Continue(());
            }
            self.loose(place, visitor)?;
        }
    }

    fn loose(&self, place: usize, visitor: &mut dyn ObjectVisitor) -> ControlFlow<()> {
        let Ok(index) = u32::try_from(place) else {
            return ControlFlow::Continue(());
        };
        let read = self.store.read_loose(place, |kind, content| {
            if self.kinds.contains(&kind) {
                let object = StoredObject {
                    place: index,
                    kind,
                    content,
                    base: None,
                };
                visitor.object(object).map_continue(drop)
            } else {
                ControlFlow::Continue(())
            }
        });
        match read {
            Ok(flow) => flow,
            Err(damage) => {
                // What kind it is cannot be told; it is told once.
                if self.kinds.contains(&Kind::Blob) {
                    visitor.broken(index, &damage);
                }
                ControlFlow::Continue(())
            }
        }
    }
}

/// Runs `part` on each thread, with a visitor of its own.
fn on_threads(
    store: &ObjectStore,
    kinds: &[Kind],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
    part: &(dyn Fn(&mut dyn Visitor, &PassShare<'_>) -> ControlFlow<()> + Sync),
) -> ControlFlow<()> {
    let walks: Vec<PackTraversal<'_>> = store
        .packs()
        .iter()
        .map(|pack| PackTraversal::new(pack, store.hash(), kinds))
        .collect();
    let next_loose = AtomicUsize::new(0);
    let work = PassShare {
        store,
        kinds,
        walks: &walks,
        next_loose: &next_loose,
        budget: BUDGET / threads.max(1),
    };
    let flows = on_each_thread(threads, &|| part(new_visitor().as_mut(), &work));
    flows
        .into_iter()
        .find(ControlFlow::is_break)
        .unwrap_or(ControlFlow::Continue(()))
}
