//! The first two passes, over all objects, each on all threads.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::contents::{Contents, Seen};
use super::entry::Kind;
use super::folders::{FolderReader, Folders, Names, Wanted};
use super::object::{Object, Visit};
use super::store::Store;
use super::walk::{Walk, Walker};
use crate::source::{NewVisitor, Visitor};

/// How many bytes of bases all threads together keep at hand.
pub(super) const BUDGET: usize = 48 * 1024 * 1024;

/// What the first pass looks at.
pub(crate) const CONTENTS: &[Kind] = &[Kind::Commit, Kind::Blob, Kind::Tag];

/// What the second pass looks at.
pub(crate) const FOLDERS: &[Kind] = &[Kind::Tree];

/// Looks at every blob, commit and tag. `None` if it was stopped.
pub(crate) fn contents(
    store: &Store,
    shallow: &[gix::ObjectId],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Option<Seen> {
    let total = Mutex::new(Seen::default());
    let flow = on_threads(store, CONTENTS, threads, new_visitor, &|visitor, work| {
        let mut contents = Contents::new(store, shallow, visitor);
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
    store: &Store,
    wanted: &Wanted,
    names: &Names,
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Option<Folders> {
    let total = Mutex::new(Folders::default());
    let flow = on_threads(store, FOLDERS, threads, new_visitor, &|visitor, work| {
        let mut reader = FolderReader {
            store,
            wanted,
            names,
            visitor,
            pack: None,
            seen: Folders::default(),
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
struct Work<'a> {
    store: &'a Store,
    kinds: &'a [Kind],
    walks: &'a [Walk<'a>],
    next_loose: &'a AtomicUsize,
    budget: usize,
}

impl Work<'_> {
    fn run<V: Visit>(
        &self,
        visit: &mut V,
        enter: impl Fn(&mut V, Option<usize>),
    ) -> ControlFlow<()> {
        let mut walker = Walker::new(self.budget);
        for (pack, walk) in self.walks.iter().enumerate() {
            enter(visit, Some(pack));
            walk.run(&mut walker, visit)?;
        }
        drop(walker);
        enter(visit, None);
        loop {
            let place = self.next_loose.fetch_add(1, Ordering::Relaxed);
            if place >= self.store.loose_len() {
                return ControlFlow::Continue(());
            }
            self.loose(place, visit)?;
        }
    }

    fn loose(&self, place: usize, visit: &mut dyn Visit) -> ControlFlow<()> {
        let Ok(index) = u32::try_from(place) else {
            return ControlFlow::Continue(());
        };
        let read = self.store.read_loose(place, |kind, content| {
            if self.kinds.contains(&kind) {
                let object = Object {
                    place: index,
                    kind,
                    content,
                    base: None,
                };
                visit.object(object).map_continue(drop)
            } else {
                ControlFlow::Continue(())
            }
        });
        match read {
            Ok(flow) => flow,
            Err(damage) => {
                // What kind it is cannot be told; it is told once.
                if self.kinds.contains(&Kind::Blob) {
                    visit.broken(index, &damage);
                }
                ControlFlow::Continue(())
            }
        }
    }
}

/// Runs `part` on each thread, with a visitor of its own.
fn on_threads(
    store: &Store,
    kinds: &[Kind],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
    part: &(dyn Fn(&mut dyn Visitor, &Work<'_>) -> ControlFlow<()> + Sync),
) -> ControlFlow<()> {
    let walks: Vec<Walk<'_>> = store
        .packs()
        .iter()
        .map(|pack| Walk::new(pack, store.hash(), kinds))
        .collect();
    let next_loose = AtomicUsize::new(0);
    let work = Work {
        store,
        kinds,
        walks: &walks,
        next_loose: &next_loose,
        budget: BUDGET / threads.max(1),
    };
    let flows = together(threads, &|| part(new_visitor().as_mut(), &work));
    flows
        .into_iter()
        .find(ControlFlow::is_break)
        .unwrap_or(ControlFlow::Continue(()))
}

/// What `part` gives on each of so many threads, of which the calling one is the first. Where the system allows fewer
/// threads, those that it allows do the work: `part` takes pieces until none are left.
pub(super) fn together<T: Send>(threads: usize, part: &(impl Fn() -> T + Sync)) -> Vec<T> {
    std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, part).ok();
        let others: Vec<_> = (1..threads).map_while(start).collect();
        let mut all = vec![part()];
        for other in others {
            all.push(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::AtomicU32;

    use super::*;

    const STACK: &str = "RUST_MIN_STACK";
    /// No thread with such a stack can be started.
    const TOO_LARGE: &str = "70368744177664";

    /// All work is done on the calling thread where the system allows no other.
    #[test]
    fn works_alone_if_no_thread_can_be_started() {
        if std::env::var_os(STACK).is_none_or(|size| size != TOO_LARGE) {
            // The size of stacks is read once: it takes a process of its own.
            let name =
                "source::git::history::passes::tests::works_alone_if_no_thread_can_be_started";
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", name, "--test-threads=1", "--nocapture"])
                .env(STACK, TOO_LARGE)
                .output()
                .unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && stdout.contains("1 passed"),
                "{output:?}"
            );
            return;
        }
        assert!(std::thread::Builder::new().spawn(|| ()).is_err());
        let left = AtomicU32::new(1000);
        let take = |left: u32| left.checked_sub(1);
        let run = || {
            std::iter::from_fn(|| {
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                    .ok()
            })
            .count()
        };
        assert_eq!(together(8, &run), [1000]);
    }
}
