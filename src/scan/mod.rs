//! The pipeline: source, detector, suppressor, outcome. It says how many threads may work; the source starts them
//! and calls a visitor of the pipeline on each.

mod collected;
mod engine;
mod entries;
mod known;
mod memory;
mod names;
mod path_names;
mod worker;

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use collected::Collected;
pub use entries::ArchiveOptions;
pub(crate) use entries::{EntryScanner, Scanned};
use worker::Worker;

use crate::detect::Detector;
use crate::model::{Confidence, Note, Outcome, Severity};
use crate::source::Source;
use crate::suppress::Suppressor;

/// What a scan is made of.
#[derive(Debug)]
pub struct Scan<'a> {
    /// The rules, ready to run.
    pub detector: &'a Detector,
    /// Suppresses findings.
    pub suppressor: &'a Suppressor,
    /// Findings below are only counted.
    pub min_confidence: Confidence,
    /// Findings below are only counted.
    pub min_severity: Severity,
    /// How many threads scan, at least one.
    pub threads: usize,
    /// All rules, also those that do not run: their secrets are not reported, and not shown either.
    pub all_rules: &'a Detector,
    /// How archives are opened; `None` if they are not.
    pub archives: Option<&'a ArchiveOptions>,
}

/// What can be seen of a running scan from outside, and the way to stop it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Blobs scanned so far.
    pub blobs: AtomicU64,
    /// Bytes scanned so far.
    pub bytes: AtomicU64,
    /// Findings so far.
    pub findings: AtomicU64,
    /// Set to stop soon.
    pub stop: Arc<AtomicBool>,
    /// What all threads have found so far.
    collected: Mutex<Collected>,
}

impl Progress {
    /// A scan that ends when `stop` is set.
    pub fn stopped_by(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            ..Self::default()
        }
    }

    /// What the scan has found so far, in the order of reports. The scan goes on.
    pub fn outcome_so_far(&self) -> Outcome {
        self.collected().clone().into_outcome(|_| {})
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scan<'_> {
    /// Scans everything `source` hands out. The outcome is sorted and does not depend on the number
    /// of threads.
    pub fn run(&self, source: &dyn Source, progress: &Progress) -> Outcome {
        source.visit(self.threads.max(1), &|| {
            Box::new(Worker::new(self, progress))
        });
        let collected = std::mem::take(&mut *progress.collected());
        let mut outcome = collected.into_outcome(|outcome| source.settle(outcome));
        self.suppressor.add_notes(&mut outcome);
        names::learn(self.all_rules, &mut outcome);
        if outcome.secrets_seen.is_cut() {
            outcome.notes.push(Note {
                message: "source lines are not shown, because the scan met more secrets than it can redact in them"
                    .to_owned(),
            });
            outcome.notes.sort();
        }
        outcome
    }
}
