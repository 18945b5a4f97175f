//! Runs work on several threads, which are started only if there is enough of it.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use super::objects::Stores;
use super::versions::VersionWorker;
use crate::source::NewVisitor;
use crate::source::pool::{self, IdleWorkers};

/// Number of items that one thread takes at a time.
const CHUNK: usize = 16;

/// Several threads, or only the calling one, and the workers that they share.
pub(super) struct GitWorkers<'a> {
    stores: &'a Stores,
    new_visitor: &'a NewVisitor<'a>,
    threads: usize,
    pool: OnceLock<Option<rayon::ThreadPool>>,
    idle: IdleWorkers<VersionWorker<'a>>,
    stopped: AtomicBool,
}

impl<'a> GitWorkers<'a> {
    /// Creates up to `threads` threads, which are not started yet.
    pub(super) fn new(stores: &'a Stores, threads: usize, new_visitor: &'a NewVisitor<'a>) -> Self {
        Self {
            stores,
            new_visitor,
            threads,
            pool: OnceLock::new(),
            idle: IdleWorkers::new(Vec::new()),
            stopped: AtomicBool::new(false),
        }
    }

    /// Returns true once some work has asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Runs work with a worker that no other thread uses.
    pub(super) fn with_worker(&self, work: impl FnOnce(&mut VersionWorker<'a>) -> ControlFlow<()>) {
        if self.is_stopped() {
            return;
        }
        let new = || VersionWorker::new(self.stores.objects_of(self.threads), (self.new_visitor)());
        if self.idle.with(new, work).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Runs small work for each item, on several threads if there are many items.
    pub(super) fn for_each_small<T: Sync>(
        &self,
        items: &[T],
        work: impl Fn(&mut VersionWorker<'a>, &T) -> ControlFlow<()> + Sync,
    ) {
        let some = |items: &[T]| {
            self.with_worker(|worker| items.iter().try_for_each(|item| work(worker, item)));
        };
        match self.pool(items.len() > 2 * CHUNK) {
            Some(pool) => pool.install(|| items.par_chunks(CHUNK).for_each(some)),
            None => some(items),
        }
    }

    /// Runs large work for each item, which may itself use several threads.
    pub(super) fn for_each_large<T: Sync>(&self, items: &[T], work: impl Fn(&T) + Send + Sync) {
        match self.pool(items.len() > 1) {
            Some(pool) => pool.install(|| items.par_iter().for_each(&work)),
            None => items.iter().for_each(work),
        }
    }

    /// Returns the threads, if it is worth starting them.
    fn pool(&self, is_much: bool) -> Option<&rayon::ThreadPool> {
        if !(is_much || self.pool.get().is_some()) {
            return None;
        }
        self.pool.get_or_init(|| pool::start(self.threads)).as_ref()
    }
}
