//! Threads for sources.

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Starts `threads` threads. Returns `None` for one thread and if the system does not start them: the calling
/// thread does the work then.
pub(super) fn start(threads: usize) -> Option<ThreadPool> {
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    (threads > 1).then(|| builder.build().ok())?
}

/// Calls `work` on each of `threads` threads and returns its results. `work` takes pieces until none is left.
pub(super) fn on_each_thread<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    match start(threads) {
        Some(pool) => pool.broadcast(|_| work()),
        None => vec![work()],
    }
}

/// Workers that no thread uses at the moment.
pub(super) struct IdleWorkers<T>(Mutex<Vec<T>>);

impl<T> IdleWorkers<T> {
    /// Starts with these workers.
    pub(super) fn new(workers: Vec<T>) -> Self {
        Self(Mutex::new(workers))
    }

    /// Runs `work` with a worker that no other thread uses: an idle one, or a new one.
    pub(super) fn with<R>(&self, new: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let lock = || self.0.lock();
        let idle = lock().pop();
        let mut worker = idle.unwrap_or_else(new);
        let result = work(&mut worker);
        lock().push(worker);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const STACK: &str = "RUST_MIN_STACK";
    /// No thread with such a stack can be started.
    const TOO_LARGE: &str = "70368744177664";

    /// All work is done on the calling thread where the system allows no other.
    #[test]
    fn works_alone_if_no_thread_can_be_started() {
        if std::env::var_os(STACK).is_none_or(|size| size != TOO_LARGE) {
            // The size of stacks is read once: it takes a process of its own.
            let name = "source::pool::tests::works_alone_if_no_thread_can_be_started";
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
        assert_eq!(on_each_thread(8, run), [1000]);
    }
}
