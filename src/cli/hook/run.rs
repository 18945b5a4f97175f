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
use crate::source::Source;

/// How long a scan may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(1);

/// A source that can say that it ended because of a limit.
pub(super) trait Limited: Source {
    /// True if there was more to read than allowed.
    fn is_cut_short(&self) -> bool;
}

impl Limited for crate::source::Range {
    fn is_cut_short(&self) -> bool {
        self.is_cut_short()
    }
}

impl Limited for crate::source::Staged {
    fn is_cut_short(&self) -> bool {
        self.is_cut_short()
    }
}

/// What a hook's scan gave.
pub(super) struct Verdict {
    /// What was found until the end, or until the limit; safe to show.
    pub(super) outcome: Outcome,
    /// The limit that ended the scan, in words.
    pub(super) limit: Option<String>,
    /// What to do about it.
    pub(super) on_limit: OnLimit,
}

impl Verdict {
    /// How the hook ends: what was found counts most, then what could not be read, then a limit.
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

/// Opens a source and scans it. Opening counts as well: a push of a long history is not known before
/// its commits are read.
pub(super) fn scan<S: Limited + 'static>(
    plan: &Arc<Plan>,
    options: &HookOptions,
    default_timeout: Option<u64>,
    open: impl FnOnce(&Plan) -> anyhow::Result<S> + Send + 'static,
) -> anyhow::Result<Verdict> {
    let on_limit = options.on_limit;
    let seconds = options.timeout.or(default_timeout);
    let progress = Arc::new(Progress::default());
    let (done, wait) = mpsc::channel();
    let (plan, shared) = (Arc::clone(plan), Arc::clone(&progress));
    // A thread of its own, so that the hook ends in time whatever the scan is busy with.
    thread::spawn(move || {
        let result = open(&plan).map(|source| {
            let outcome = plan.scan().run(&source, &shared);
            (outcome, source.is_cut_short())
        });
        // Nobody waits any more if the time was up.
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
    let (outcome, is_cut_short) = match result {
        Ok(result) => result?,
        // The scan is still busy; what it has found until now counts.
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
    Ok(Verdict {
        outcome: report::cleaned(outcome),
        limit,
        on_limit,
    })
}
