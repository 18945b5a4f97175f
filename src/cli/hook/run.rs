//! Runs the scan of a hook within its limits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::bail;

use super::{HookOptions, OnLimit};
use crate::cli::plan::Plan;
use crate::exit::ExitStatus;
use crate::model::Outcome;
use crate::report;
use crate::scan::Progress;
use crate::source::{RangeOptions, Source};

/// Time that a scan may take to stop.
const GRACE: Duration = Duration::from_secs(1);

/// The result of a hook's scan.
pub(super) struct HookResult {
    /// Everything that was found before the end or the limit; cleaned for output.
    pub(super) outcome: Outcome,
    /// The limit that stopped the scan, in words.
    pub(super) limit: Option<String>,
    /// The action if a limit is reached.
    pub(super) on_limit: OnLimit,
}

impl HookResult {
    /// Returns the exit status: findings take precedence over errors, errors over a limit.
    pub(super) fn status(&self) -> ExitStatus {
        if !self.outcome.findings.is_empty() {
            ExitStatus::Findings
        } else if !self.outcome.errors.is_empty()
            || self.limit.is_some() && self.on_limit == OnLimit::Refuse
        {
            ExitStatus::Incomplete
        } else {
            ExitStatus::Clean
        }
    }
}

/// Opens a source and scans it. `is_cut_short` returns true if there was more to read than `--max-bytes`. The time limit includes opening: the length of a push is known only once its
/// commits are read.
pub(super) fn scan<S: Source + 'static>(
    plan: &Arc<Plan>,
    options: &HookOptions,
    default_timeout: Option<u64>,
    is_cut_short: fn(&S) -> bool,
    open: impl FnOnce(&RangeOptions) -> anyhow::Result<S> + Send + 'static,
) -> anyhow::Result<HookResult> {
    let on_limit = options.on_limit;
    let range_options = plan.range_options(options.max_bytes);
    let seconds = options.timeout.or(default_timeout);
    let progress = Arc::new(Progress::default());
    let (done, wait) = mpsc::channel();
    let (owned, shared) = (Arc::clone(plan), Arc::clone(&progress));
    // The scan has its own thread, so that the hook ends in time even if the scan is busy.
    thread::spawn(move || {
        let result = open(&range_options).map(|source| {
            let outcome = owned.scan().run(&source, &shared);
            (outcome, is_cut_short(&source))
        });
        // After the time limit, nobody receives the result.
        drop(done.send(result));
    });
    let first = match seconds {
        Some(seconds) => wait.recv_timeout(Duration::from_secs(seconds)),
        None => wait.recv().map_err(RecvTimeoutError::from),
    };
    let (result, is_late) = match first {
        Err(RecvTimeoutError::Timeout) => {
            progress.stop.store(true, Ordering::Relaxed);
            (wait.recv_timeout(GRACE), true)
        }
        result => (result, false),
    };
    let late = || {
        format!(
            "it exceeds --timeout ({} seconds)",
            seconds.unwrap_or_default()
        )
    };
    let (mut outcome, is_cut_short) = match result {
        Ok(result) => result?,
        // The scan has not stopped yet; its findings so far count.
        Err(RecvTimeoutError::Timeout) => (progress.outcome_so_far(), false),
        Err(RecvTimeoutError::Disconnected) => bail!("the scan ended early"),
    };
    let limit = if is_late {
        Some(late())
    } else {
        is_cut_short.then(|| {
            let bytes = options.max_bytes.unwrap_or_default();
            format!("it exceeds --max-bytes ({bytes} bytes)")
        })
    };
    plan.scan().learn_names(&mut outcome);
    Ok(HookResult {
        outcome: report::cleaned(outcome),
        limit,
        on_limit,
    })
}
