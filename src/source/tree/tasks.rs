//! A queue of tasks for several threads: each works on its own tasks, and donates some if another thread is idle.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long one thread works alone before others are started, which takes about as long.
const START_DELAY: Duration = Duration::from_micros(500);

/// The tasks of one thread. The newest task is next, so that few are waiting.
pub(super) struct LocalQueue<'c, T> {
    crew: &'c WorkerPool<T>,
    own: VecDeque<T>,
    /// Starts the other threads; `None` once they run, and on those.
    start: Option<&'c dyn Fn()>,
    since: Instant,
}

/// State that all threads share.
struct WorkerPool<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Condvar,
    /// How many threads are idle and have no donated task. It is read for every file, so it is not behind the lock.
    idle_workers: AtomicUsize,
}

/// Donated tasks, and idle threads.
struct Waiting<T> {
    tasks: Vec<T>,
    idle: usize,
    threads: usize,
}

/// Runs the tasks of `first` and those that they add, on at most `threads` threads. Each thread calls `worker`
/// once, which takes tasks from its queue until it is empty.
pub(super) fn run<T: Send>(
    threads: usize,
    first: impl IntoIterator<Item = T>,
    worker: impl Fn(&mut LocalQueue<'_, T>) + Sync,
) {
    let others = threads.saturating_sub(1);
    let crew = WorkerPool {
        waiting: Mutex::new(Waiting {
            tasks: Vec::new(),
            idle: 0,
            threads: 1,
        }),
        changed: Condvar::new(),
        idle_workers: AtomicUsize::new(others),
    };
    let queue = || LocalQueue {
        crew: &crew,
        own: VecDeque::new(),
        start: None,
        since: Instant::now(),
    };
    thread::scope(|scope| {
        let start = || {
            for _ in 0..others {
                // The thread is counted before it starts, so that the others wait for it.
                crew.lock().threads += 1;
                let run = || worker(&mut queue());
                if thread::Builder::new().spawn_scoped(scope, run).is_err() {
                    // Without it, the others do the work.
                    crew.lock().threads -= 1;
                }
            }
        };
        let mut own = queue();
        own.own.extend(first);
        own.start = Some(&start).filter(|_| others > 0).map(|start| start as _);
        worker(&mut own);
    });
}

impl<T> LocalQueue<'_, T> {
    /// Adds a task.
    pub(super) fn push(&mut self, task: T) {
        self.own.push_back(task);
    }

    /// Returns the next task; waits for a donated one if the queue is empty. `None` once all tasks are done.
    pub(super) fn next(&mut self) -> Option<T> {
        self.own.pop_back().or_else(|| self.crew.take())
    }

    /// Returns true if another thread is idle.
    #[inline]
    pub(super) fn has_idle_worker(&self) -> bool {
        self.crew.idle_workers.load(Ordering::Relaxed) > 0
            && (self.start.is_none() || self.since.elapsed() >= START_DELAY)
    }

    /// Donates the older half of the tasks; returns false if the queue is empty.
    pub(super) fn donate(&mut self) -> bool {
        if self.own.is_empty() {
            return false;
        }
        if let Some(start) = self.start.take() {
            start();
        }
        let half = self.own.len().div_ceil(2);
        let mut waiting = self.crew.lock();
        waiting.tasks.extend(self.own.drain(..half));
        self.crew.count(&waiting);
        drop(waiting);
        self.crew.changed.notify_all();
        true
    }
}

impl<T> Drop for LocalQueue<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            // The others must not wait for donations of this thread.
            self.crew.lock().threads -= 1;
            self.crew.changed.notify_all();
        }
    }
}

impl<T> WorkerPool<T> {
    /// Returns a donated task; waits for one while another thread may donate.
    fn take(&self) -> Option<T> {
        let mut waiting = self.lock();
        waiting.idle += 1;
        loop {
            if let Some(task) = waiting.tasks.pop() {
                waiting.idle -= 1;
                self.count(&waiting);
                return Some(task);
            }
            if waiting.idle == waiting.threads {
                // All tasks are done: this thread stays idle, and the others notice.
                drop(waiting);
                self.changed.notify_all();
                return None;
            }
            self.count(&waiting);
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Updates the number of idle threads without a donated task.
    fn count(&self, waiting: &Waiting<T>) {
        let idle_workers = waiting.idle.saturating_sub(waiting.tasks.len());
        self.idle_workers.store(idle_workers, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    /// Each task adds as many tasks as its number, each with a smaller number.
    #[test]
    fn runs_every_task_once() {
        for threads in [1, 2, 3, 16] {
            let done = AtomicU64::new(0);
            run(threads, [8u64, 0, 3], |queue| {
                while let Some(task) = queue.next() {
                    (0..task).for_each(|_| queue.push(task - 1));
                    if queue.has_idle_worker() {
                        queue.donate();
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
            // 1 + n * tasks(n - 1)
            assert_eq!(done.into_inner(), 109_601 + 1 + 16, "{threads} threads");
        }
    }

    #[test]
    #[should_panic]
    fn ends_all_threads_after_a_panic() {
        run(4, 0..64, |queue| {
            while let Some(task) = queue.next() {
                thread::sleep(Duration::from_millis(1));
                if queue.has_idle_worker() {
                    queue.donate();
                }
                assert_ne!(task, 40);
            }
        });
    }

    #[test]
    fn donates_waiting_tasks() {
        let done = Mutex::new(std::collections::HashSet::new());
        run(4, 0..64, |queue| {
            while queue.next().is_some() {
                thread::sleep(Duration::from_millis(1));
                if queue.has_idle_worker() {
                    queue.donate();
                }
                done.lock().unwrap().insert(thread::current().id());
            }
        });
        assert_eq!(done.lock().unwrap().len(), 4);
    }
}
