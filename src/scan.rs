//! The pipeline: source, detector, suppressor, outcome. It says how many threads may work; the source starts them
//! and calls a visitor of the pipeline on each.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::slice::ParallelSliceMut as _;

use crate::detect::{Detection, Detector, Exceeded, Scratch};
use crate::model::{
    Blob, BlobKind, BlobPath, Confidence, Context, Finding, Fingerprint, Hint, ItemError, LeftOut,
    LeftOutReason, Note, Origin, Outcome, Secret, Severity, Suppressed,
};
use crate::source::{Earlier, Source, Visitor};
use crate::suppress::Suppressor;

/// From how many findings on the sorting is shared by all cores: below, starting their threads costs
/// more than it saves.
const WORTH_ALL_CORES: usize = 20_000;

/// From how many blobs and bytes on a thread tells what it has scanned: all write to the same two numbers,
/// and would wait for each other if they did so for each file.
const UNTOLD_BLOBS: u64 = 64;
const UNTOLD_BYTES: u64 = 1 << 20;

/// What a scan is made of.
#[derive(Debug)]
pub struct Scan<'a> {
    /// The rules, ready to run.
    pub detector: &'a Detector,
    /// What is set aside.
    pub suppressor: &'a Suppressor,
    /// Findings below are only counted.
    pub min_confidence: Confidence,
    /// Findings below are only counted.
    pub min_severity: Severity,
    /// How many threads scan, at least one.
    pub threads: usize,
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
    pub stop: AtomicBool,
}

impl Scan<'_> {
    /// Scans everything `source` hands out. The outcome is sorted and does not depend on the number
    /// of threads.
    pub fn run(&self, source: &dyn Source, progress: &Progress) -> Outcome {
        let total = Mutex::new(Total::default());
        source.visit(self.threads.max(1), &|| {
            Box::new(Worker {
                scan: self,
                progress,
                scratch: Scratch::default(),
                own: Outcome::default(),
                told: (0, 0),
                below: HashSet::new(),
                total: &total,
            })
        });
        let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut outcome = total.outcome;
        outcome.stats.below_threshold += total.below.len() as u64;
        source.settle(&mut outcome);
        sort(&mut outcome);
        outcome
    }
}

/// One thread of a scan.
struct Worker<'a> {
    scan: &'a Scan<'a>,
    progress: &'a Progress,
    scratch: Scratch,
    /// What this thread has seen; joins `total` when the thread ends.
    own: Outcome,
    /// How many blobs and bytes of it are told in `progress`.
    told: (u64, u64),
    /// What it has seen of an object in passing, and did not want.
    below: HashSet<Fingerprint>,
    total: &'a Mutex<Total>,
}

/// What all threads have seen.
#[derive(Default)]
struct Total {
    outcome: Outcome,
    below: HashSet<Fingerprint>,
}

impl Worker<'_> {
    /// Puts a detection where it belongs.
    fn take(&mut self, Detection { finding, line }: Detection) {
        let suppressor = self.scan.suppressor;
        if !self.is_wanted(&finding) {
            self.own.stats.below_threshold += 1;
        } else if let Some(reason) = suppressor.reason(&finding, &line) {
            let suppressed = Suppressed {
                finding,
                kind: reason.kind,
                justification: reason.justification,
            };
            self.own.suppressed.push(suppressed);
        } else {
            self.progress.findings.fetch_add(1, Ordering::Relaxed);
            self.own.findings.push(finding);
        }
    }
}

impl Worker<'_> {
    fn scan_blob(&mut self, mut blob: Blob<'_>, earlier: Option<&Earlier<'_>>) -> ControlFlow<()> {
        let mut detected = match self.scan.detector.scan(&mut blob, &mut self.scratch) {
            Ok(detected) => detected,
            Err(error) => {
                let path = Some((blob.origin)().path);
                let message = format!("cannot read the file to its end: {error}");
                self.own.errors.push(ItemError { path, message });
                return self.flow();
            }
        };
        self.count(detected.bytes);
        self.report_unfinished(&detected.unfinished, blob.origin);
        if let Some(earlier) = earlier
            && !detected.detections.is_empty()
        {
            self.drop_known(&mut detected.detections, blob.origin, earlier);
        }
        for detection in detected.detections {
            self.take(detection);
        }
        self.flow()
    }

    /// Drops what an earlier version holds. What cannot be compared counts as new.
    fn drop_known(
        &mut self,
        detections: &mut Vec<Detection>,
        origin: &dyn Fn() -> Origin,
        earlier: &Earlier<'_>,
    ) {
        let mut known = HashSet::new();
        let compared = earlier(&mut |hint, content| {
            let mut version = Blob {
                hint,
                content,
                origin,
            };
            let detected = self.scan.detector.scan(&mut version, &mut self.scratch)?;
            let findings = detected.detections.iter().map(|found| &found.finding);
            known.extend(findings.map(credential));
            Ok(())
        });
        if let Err(error) = compared {
            let path = Some(origin().path);
            let message = format!(
                "cannot read an earlier version, so that old secrets may count as new: {error}"
            );
            self.own.errors.push(ItemError { path, message });
        }
        detections.retain(|found| !known.contains(&credential(&found.finding)));
    }
}

/// The place of content whose place is not known yet.
fn nowhere() -> Origin {
    Origin {
        path: BlobPath::default(),
        on_disk: None,
        kind: BlobKind::Content,
        commit: None,
    }
}

/// What makes two findings the same credential. The same password opens another door elsewhere.
fn credential(finding: &Finding) -> (Secret, Option<String>, Option<String>) {
    let secret = finding.secret.clone();
    if secret.is_guessable() {
        let Context { host, user, .. } = finding.context.clone();
        (secret, host, user)
    } else {
        (secret, None, None)
    }
}

impl Visitor for Worker<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        self.scan_blob(blob, None)
    }

    fn version(&mut self, blob: Blob<'_>, earlier: &Earlier<'_>) -> ControlFlow<()> {
        self.scan_blob(blob, Some(earlier))
    }

    fn left_out(&mut self, item: LeftOut) {
        self.count_left_out(item.reason);
        self.own.left_out.push(item);
    }

    fn count_left_out(&mut self, reason: LeftOutReason) {
        *self.own.stats.left_out.entry(reason).or_default() += 1;
    }

    fn error(&mut self, error: ItemError) {
        self.own.errors.push(error);
    }

    fn repository(&mut self, _path: &BlobPath) {
        self.own.stats.repositories += 1;
    }

    fn note(&mut self, note: Note) {
        self.own.notes.push(note);
    }

    fn proceed(&self) -> ControlFlow<()> {
        self.flow()
    }

    fn is_clean(&self, bytes: &[u8], part: Range<usize>) -> bool {
        self.scan.detector.is_clean(bytes, part)
    }

    fn reach(&self) -> Range<usize> {
        self.scan.detector.reach()
    }

    fn context(&self) -> Range<usize> {
        self.scan.detector.context()
    }

    fn count(&mut self, bytes: u64) {
        let stats = &mut self.own.stats;
        stats.blobs += 1;
        stats.bytes += bytes;
        if stats.blobs >= self.told.0 + UNTOLD_BLOBS || stats.bytes >= self.told.1 + UNTOLD_BYTES {
            self.tell();
        }
    }

    fn probe(&mut self, hint: Hint<'_>, content: &mut dyn Read) -> io::Result<Vec<Fingerprint>> {
        let mut blob = Blob {
            hint,
            content,
            origin: &nowhere,
        };
        let detected = self.scan.detector.scan(&mut blob, &mut self.scratch)?;
        self.count(detected.bytes);
        Ok(self.wanted(detected.detections))
    }

    fn probe_parts(&mut self, bytes: &[u8], parts: &[Range<usize>]) -> Option<Vec<Fingerprint>> {
        let detector = self.scan.detector;
        let detected = detector.scan_parts(bytes, parts, &nowhere())?;
        Some(self.wanted(detected.detections))
    }

    fn is_read_by_name(&self, hint: Hint<'_>, bytes: &[u8]) -> bool {
        self.scan.detector.is_read_by_name(hint, bytes)
    }

    fn document_path(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.scan.detector.document_path(name)
    }

    fn is_document(&self, path: &[u8]) -> bool {
        self.scan.detector.is_document(path)
    }

    fn placed(
        &mut self,
        mut blob: Blob<'_>,
        counts: &dyn Fn(&Fingerprint) -> bool,
        remark: &str,
    ) -> ControlFlow<()> {
        let detected = match self.scan.detector.scan(&mut blob, &mut self.scratch) {
            Ok(detected) => detected,
            Err(error) => {
                let path = Some((blob.origin)().path);
                let message = format!("cannot be read to its end: {error}");
                self.own.errors.push(ItemError { path, message });
                return self.flow();
            }
        };
        self.report_unfinished(&detected.unfinished, blob.origin);
        for mut detection in detected.detections {
            let finding = &mut detection.finding;
            let nowhere = finding.fingerprint_at(&BlobPath::default());
            if counts(&nowhere) && self.is_wanted(finding) {
                finding.message.push(' ');
                finding.message.push_str(remark);
                self.take(detection);
            }
        }
        self.flow()
    }
}

impl Worker<'_> {
    /// The fingerprints of what is sure and grave enough, each once, sorted; what is not is only counted.
    fn wanted(&mut self, detections: Vec<Detection>) -> Vec<Fingerprint> {
        let mut found = BTreeSet::new();
        for Detection { finding, .. } in detections {
            if self.is_wanted(&finding) {
                found.insert(finding.fingerprint);
            } else {
                self.below.insert(finding.fingerprint);
            }
        }
        found.into_iter().collect()
    }

    /// Tells in `progress` what was scanned since it was last told.
    fn tell(&mut self) {
        let stats = &self.own.stats;
        let (blobs, bytes) = (stats.blobs - self.told.0, stats.bytes - self.told.1);
        self.progress.blobs.fetch_add(blobs, Ordering::Relaxed);
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.told = (stats.blobs, stats.bytes);
    }

    /// True if a finding is sure and grave enough.
    fn is_wanted(&self, finding: &Finding) -> bool {
        finding.confidence >= self.scan.min_confidence && finding.severity >= self.scan.min_severity
    }

    /// Reports a blob that was not examined to its end.
    fn report_unfinished(&mut self, unfinished: &Exceeded, origin: &dyn Fn() -> Origin) {
        let errors = unfinished.iter().map(|reason| ItemError {
            path: Some(origin().path),
            message: reason.to_string(),
        });
        self.own.errors.extend(errors);
    }

    fn flow(&self) -> ControlFlow<()> {
        if self.progress.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.tell();
        let own = std::mem::take(&mut self.own);
        let mut shared = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        shared.below.extend(self.below.drain());
        let total = &mut shared.outcome;
        total.findings.extend(own.findings);
        total.suppressed.extend(own.suppressed);
        total.left_out.extend(own.left_out);
        total.errors.extend(own.errors);
        total.notes.extend(own.notes);
        total.stats.blobs += own.stats.blobs;
        total.stats.bytes += own.stats.bytes;
        total.stats.repositories += own.stats.repositories;
        total.stats.below_threshold += own.stats.below_threshold;
        for (reason, count) in own.stats.left_out {
            *total.stats.left_out.entry(reason).or_default() += count;
        }
    }
}

/// Puts everything in its total order, and a finding that was met twice once: through two paths
/// given, or a configuration file as such and as a file of the tree. The one that knows the key of
/// its secret is kept.
fn sort(outcome: &mut Outcome) {
    let keyed = |finding: &Finding| finding.context.key.is_some();
    let order = |a: &Finding, b: &Finding| a.output_order(b).then_with(|| keyed(b).cmp(&keyed(a)));
    let start = || rayon::ThreadPoolBuilder::new().build().ok();
    let pool = (outcome.findings.len() > WORTH_ALL_CORES).then(start);
    match pool.flatten() {
        Some(pool) => pool.install(|| outcome.findings.par_sort_by(order)),
        // Also where the system allows no more threads.
        None => outcome.findings.sort_by(order),
    }
    outcome.findings.dedup_by(|a, b| a.output_order(b).is_eq());
    outcome
        .suppressed
        .sort_by(|a, b| a.finding.output_order(&b.finding));
    outcome
        .suppressed
        .dedup_by(|a, b| a.finding.output_order(&b.finding).is_eq());
    outcome.left_out.sort();
    outcome.left_out.dedup();
    outcome.errors.sort();
    outcome.errors.dedup();
    outcome.notes.sort();
    outcome.notes.dedup();
}
