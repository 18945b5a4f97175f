//! Progress on a terminal, for scans that take long enough to wonder.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::scan::Progress;

/// Time before a scan shows its progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// Interval at which the line is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` while a line on standard error shows what `describe` makes of the time so far, if that is a terminal
/// and `wanted`. The line is removed when this returns.
pub(super) fn show<T>(
    wanted: bool,
    describe: impl Fn(Duration) -> String + Send,
    work: impl FnOnce() -> T,
) -> T {
    if !wanted || !std::io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, wait) = channel::<()>();
        let started = Instant::now();
        scope.spawn(move || {
            if wait.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                line.set_style(style);
            }
            loop {
                line.set_message(describe(started.elapsed()));
                line.tick();
                if wait.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    line.finish_and_clear();
                    return;
                }
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// The line of a scan: `Scanned 12,345 files, 1.20 GiB in 3 s; 2 findings`.
pub(super) fn of_scan(progress: &Progress, elapsed: Duration) -> String {
    let findings = progress.findings.load(Ordering::Relaxed);
    format!(
        "Scanned {} files, {} in {} s; {findings} finding{}",
        HumanCount(progress.blobs.load(Ordering::Relaxed)),
        HumanBytes(progress.bytes.load(Ordering::Relaxed)),
        elapsed.as_secs(),
        if findings == 1 { "" } else { "s" },
    )
}
