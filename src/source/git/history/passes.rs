//! The passes over all objects of a store, each on all threads.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::objs::Kind;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::object::{ObjectAddress, ObjectVisitor, StoredObject};
use super::super::pack::store::ObjectStore;
use super::super::pack::traversal::{PackTraversal, TraversalState};
use crate::source::pool::on_each_thread;

/// Maximum number of bytes of delta bases that all threads together keep in memory.
const BUDGET: usize = 48 * 1024 * 1024;

/// Objects that cannot be read, or not as they should be.
#[derive(Default)]
pub(crate) struct Problems {
    /// Missing objects: the id, and the number of the object that names it.
    pub(crate) missing: Vec<(gix::ObjectId, u32)>,
    /// Objects that cannot be read from this address.
    pub(crate) damaged: Vec<(ObjectAddress, ObjectDamage)>,
    /// Objects that were read and have invalid content, by number.
    pub(crate) invalid: Vec<(u32, ObjectDamage)>,
}

impl Problems {
    /// Adds the results of another thread.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.missing.append(&mut other.missing);
        self.damaged.append(&mut other.damaged);
        self.invalid.append(&mut other.invalid);
    }
}

/// A pass over the objects of some kinds, shared by all threads.
pub(crate) struct Pass<'a> {
    store: &'a ObjectStore,
    kinds: &'a [Kind],
    traversals: Vec<PackTraversal<'a>>,
    /// The loose objects to visit.
    loose: Vec<usize>,
    next_loose: AtomicUsize,
    threads: usize,
}

impl<'a> Pass<'a> {
    /// Creates a pass over all objects of these kinds.
    pub(crate) fn new(store: &'a ObjectStore, kinds: &'a [Kind], threads: usize) -> Self {
        let packs = store.packs().iter().enumerate();
        Self {
            store,
            kinds,
            traversals: packs
                .map(|(number, pack)| PackTraversal::new(pack, number, kinds))
                .collect(),
            loose: (0..store.loose_len()).collect(),
            next_loose: AtomicUsize::new(0),
            threads,
        }
    }

    /// Restricts the pass to objects with these numbers.
    pub(crate) fn only(self, numbers: &[u32]) -> Self {
        let address = |&number: &u32| self.store.address(number);
        let loose = numbers.iter().filter_map(address).filter_map(loose_index);
        let loose = loose.collect();
        let positions_in = |wanted: usize| {
            let addresses = numbers.iter().filter_map(address);
            addresses.filter_map(move |address| match address {
                ObjectAddress::Packed { pack, position } if pack == wanted => Some(position),
                _ => None,
            })
        };
        let traversals = self.traversals.into_iter().enumerate();
        let traversals = traversals
            .map(|(pack, traversal)| traversal.only(positions_in(pack)))
            .collect();
        Self {
            traversals,
            loose,
            ..self
        }
    }

    /// Calls `work` on each thread, which calls [`Pass::run`] once, and returns its results.
    pub(crate) fn on_each_thread<T: Send>(&self, work: impl Fn() -> T + Sync) -> Vec<T> {
        on_each_thread(self.threads, work)
    }

    /// Takes part in the pass until no object is left.
    pub(crate) fn run(&self, visitor: &mut dyn ObjectVisitor) -> ControlFlow<()> {
        let mut state = TraversalState::new(BUDGET / self.threads.max(1));
        for traversal in &self.traversals {
            traversal.run(&mut state, visitor)?;
        }
        drop(state);
        loop {
            let turn = self.next_loose.fetch_add(1, Ordering::Relaxed);
            let Some(&index) = self.loose.get(turn) else {
                return ControlFlow::Continue(());
            };
            self.visit_loose(index, visitor)?;
        }
    }

    fn visit_loose(&self, index: usize, visitor: &mut dyn ObjectVisitor) -> ControlFlow<()> {
        let address = ObjectAddress::Loose(index);
        let visited = self.store.read_loose(index, |kind, content| {
            if !self.kinds.contains(&kind) {
                return ControlFlow::Continue(());
            }
            let object = StoredObject {
                address,
                kind,
                content,
                base: None,
            };
            visitor.object(object).map_continue(drop)
        });
        visited.unwrap_or_else(|damage| {
            // The kind is unknown, so it is reported in one of the passes.
            if self.kinds.contains(&Kind::Blob) {
                visitor.damaged(address, &damage);
            }
            ControlFlow::Continue(())
        })
    }
}

fn loose_index(address: ObjectAddress) -> Option<usize> {
    match address {
        ObjectAddress::Loose(index) => Some(index),
        ObjectAddress::Packed { .. } => None,
    }
}
