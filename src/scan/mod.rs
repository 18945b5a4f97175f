//! The pipeline: source, detector, suppressor, outcome. It determines the number of threads; the source starts
//! them and calls a visitor of the pipeline on each.

mod appended;
mod collected;
mod engine;
mod entries;
mod known;
mod memory;
mod names;
mod path_names;
mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use collected::Collected;
pub use entries::ArchiveOptions;
pub(crate) use entries::{EntryScanner, Scanned};
pub use names::learn_names;
use parking_lot::{Mutex, MutexGuard};
use worker::Worker;

use crate::detect::{Detector, LazyDetector};
use crate::model::{BlobPath, Confidence, Outcome, Severity};
use crate::source::Source;
use crate::suppress::Suppressor;

/// The parts of a scan.
#[derive(Debug)]
pub struct Scan<'a> {
    /// The compiled rules.
    pub detector: &'a Detector,
    /// Suppresses findings.
    pub suppressor: &'a Suppressor,
    /// Minimum confidence of listed findings; the others are only counted.
    pub min_confidence: Confidence,
    /// Minimum severity of listed findings; the others are only counted.
    pub min_severity: Severity,
    /// Number of threads, at least one.
    pub threads: usize,
    /// The disabled rules: their secrets are neither reported nor shown.
    pub disabled: &'a LazyDetector,
    /// Options for archives; `None` if they are not opened.
    pub archives: Option<&'a ArchiveOptions>,
}

/// The progress of a running scan, and a flag to stop it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Blobs scanned so far.
    pub blobs: AtomicU64,
    /// Bytes scanned so far.
    pub bytes: AtomicU64,
    /// Findings so far.
    pub findings: AtomicU64,
    /// Set to stop the scan soon.
    pub stop: Arc<AtomicBool>,
    /// The paths of the blobs so far, as reports show them; `None` if they are not recorded.
    paths: Option<Mutex<BTreeSet<String>>>,
    /// The results of all threads so far.
    collected: Mutex<Collected>,
}

impl Progress {
    /// Creates a progress for a scan that ends when `stop` is set.
    pub fn stopped_by(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            ..Self::default()
        }
    }

    /// Creates a progress that records the paths of the blobs.
    pub fn recording_paths() -> Self {
        Self {
            paths: Some(Mutex::default()),
            ..Self::default()
        }
    }

    /// Returns the recorded paths, as reports show them.
    pub fn into_paths(self) -> BTreeSet<String> {
        let paths = self.paths.unwrap_or_default();
        paths.into_inner()
    }

    /// Records the path of a blob, if that was asked for.
    fn record_path(&self, path: impl FnOnce() -> BlobPath) {
        if let Some(paths) = &self.paths {
            let mut paths = paths.lock();
            paths.insert(path().to_string());
        }
    }

    /// Returns the results so far, in the order of reports. The scan continues.
    pub fn outcome_so_far(&self) -> Outcome {
        self.collected().clone().into_outcome(|_| {})
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock()
    }
}

impl Scan<'_> {
    /// Scans all content of `source`. The outcome is sorted and does not depend on the number of threads. Its texts may
    /// contain secrets until [`Scan::learn_names`] is called.
    pub fn run(&self, source: &dyn Source, progress: &Progress) -> Outcome {
        source.visit(self.threads.max(1), &|| {
            Box::new(Worker::new(self, progress))
        });
        let collected = std::mem::take(&mut *progress.collected());
        let mut outcome = collected.into_outcome(|outcome| source.settle(outcome));
        self.suppressor.add_notes(&mut outcome);
        outcome
    }

    /// Adds the secrets in the texts of an outcome to those that its reports must not show. A scan reads the content of
    /// files; names of files, authors and the like, and texts that are added later, can contain a token too.
    pub fn learn_names(&self, outcome: &mut Outcome) {
        learn_names(self.detector, self.disabled, outcome);
        if outcome.secrets_seen.is_cut() {
            outcome.add_note(
                "source lines are not shown, because the scan met more secrets than it can redact in them",
            );
        }
    }
}
