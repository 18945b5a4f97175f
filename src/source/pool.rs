//! Runs work on several threads.

/// Calls `work` on each of `threads` threads, of which the calling one is the first, and returns what it
/// returns. If the system starts fewer threads, those do the work: `work` takes pieces until none is left.
pub(super) fn on_each_thread<T: Send>(threads: usize, work: &(impl Fn() -> T + Sync)) -> Vec<T> {
    std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(start).collect();
        let mut all = vec![work()];
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
        assert_eq!(on_each_thread(8, &run), [1000]);
    }
}
