//! One thread of a scan.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::engine::Engine;
use super::entries::{self, Scanned};
use super::known::{self, Known, KnownReader};
use super::path_names::SearchedNames;
use super::{Progress, Scan, names};
use crate::archive::{Problem, content_name};
use crate::detect::{Detection, Exceeded};
use crate::model::{
    Blob, BlobPath, CredentialId, Finding, Hint, ItemError, Note, Origin, Secret, SkipReason,
    SkippedItem, Stats, Suppressed,
};
use crate::source::{HistoryVisitor, Probed, Version, VersionResult, VersionVisitor, Visitor};

/// Minimum number of blobs and bytes that a thread adds to the progress at once: all threads write to the same
/// two numbers, which would be contended if they did so for each file.
const UNREPORTED_BLOBS: u64 = 64;
const UNREPORTED_BYTES: u64 = 1 << 20;

/// One thread of a scan.
pub(super) struct Worker<'a> {
    engine: Engine<'a>,
    /// The counts of this thread; added to the others when the thread ends.
    stats: Stats,
    /// The numbers of blobs and bytes of `stats` that are in `progress`.
    reported: (u64, u64),
    pub(super) searched_names: SearchedNames,
}

impl<'a> Worker<'a> {
    /// Creates the worker of a thread.
    pub(super) fn new(scan: &'a Scan<'a>, progress: &'a Progress) -> Self {
        Self {
            engine: Engine::new(scan, progress),
            stats: Stats::default(),
            reported: (0, 0),
            searched_names: SearchedNames::default(),
        }
    }

    pub(super) fn scan(&self) -> &'a Scan<'a> {
        self.engine.scan
    }

    pub(super) fn progress(&self) -> &'a Progress {
        self.engine.progress
    }

    /// Reports a detection, or suppresses it. Other threads and hooks see it at once. Returns true if it is
    /// reported.
    pub(super) fn take(&mut self, detection: Detection) -> bool {
        let Detection {
            finding,
            line,
            is_disabled,
        } = detection;
        let suppressor = self.scan().suppressor;
        if is_disabled {
            self.progress().collected().count_disabled(&finding);
            self.learn([finding.secret]);
            return false;
        }
        self.learn_disabled(&line);
        if !self.is_wanted(&finding) {
            self.stats.below_threshold += 1;
            self.learn([finding.secret]);
            return false;
        }
        if let Some(reason) = suppressor.reason(&finding, &line, self.engine.is_stopped()) {
            let suppressed = Suppressed {
                finding,
                kind: reason.kind,
                justification: reason.justification,
            };
            self.progress().collected().suppress(suppressed);
            return false;
        }
        self.progress().findings.fetch_add(1, Ordering::Relaxed);
        self.progress().collected().report(finding);
        true
    }

    /// Records secrets that are not reported, so that no report shows them.
    fn learn(&self, secrets: impl IntoIterator<Item = Secret>) {
        for secret in secrets {
            let mut collected = self.progress().collected();
            collected.outcome.secrets_seen.insert(secret);
        }
    }

    /// Records the secrets that disabled rules find on the line of a finding.
    fn learn_disabled(&self, line: &[u8]) {
        let mut seen = Vec::new();
        if !names::disabled_secrets_in(self.scan().disabled, line, &mut seen) {
            self.progress().collected().outcome.secrets_seen.cut();
        }
        self.learn(seen);
    }

    /// Scans a blob. Returns `None` if it could not be read to its end, and reports that.
    fn detect(&mut self, blob: &mut Blob<'_>) -> Option<Scanned> {
        match self.engine.detect(blob) {
            Ok(scanned) => {
                self.report_unfinished(&scanned.detected.unfinished, blob.origin);
                self.report_problems(&scanned, blob.origin);
                Some(scanned)
            }
            Err(error) => {
                self.error(ItemError::new(
                    (blob.origin)().path,
                    format!("cannot read the file to its end: {error}"),
                ));
                None
            }
        }
    }

    /// Reports the findings of a version that no parent version reports.
    fn report_version(
        &mut self,
        mut detections: Vec<Detection>,
        origin: &dyn Fn() -> Origin,
        version: Version<'_>,
    ) -> VersionResult {
        if detections.is_empty() {
            return VersionResult::Clean;
        }
        let held = detections.len();
        let known = self.known(origin, version);
        if known.len() > 0 {
            let mut old = Vec::new();
            detections.retain(|found| {
                let is_suppressed = found.is_disabled
                    || !self.is_wanted(&found.finding)
                    || self
                        .scan()
                        .suppressor
                        .reason(&found.finding, &found.line, self.engine.is_stopped())
                        .is_some();
                let is_known = known.has(&found.finding, is_suppressed);
                if is_known {
                    old.push(found.finding.secret.clone());
                }
                !is_known
            });
            self.learn(old);
        }
        let mut reported = 0;
        for detection in detections {
            reported += usize::from(self.take(detection));
        }
        if reported == held {
            VersionResult::Reported
        } else {
            VersionResult::Other
        }
    }

    /// Returns the findings of the parent versions. Findings that cannot be compared count as new.
    fn known(&mut self, origin: &dyn Fn() -> Origin, version: Version<'_>) -> Arc<Known> {
        let shared = version.parents.shared();
        if let Some(shared) = shared
            && let Some(known) = self.engine.memory.known(shared, version.key)
        {
            return known;
        }
        let mut reader = KnownReader {
            engine: &mut self.engine,
            known: Known::default(),
        };
        let compared = version.parents.each(&mut reader);
        let known = Arc::new(reader.known);
        match compared {
            Ok(()) => {
                if let Some(shared) = shared
                    && !self.engine.is_stopped()
                {
                    self.engine.memory.keep_known(shared, version.key, &known);
                }
            }
            Err(error) => {
                let message = format!(
                    "cannot read an earlier version, so that old secrets may count as new: {error}"
                );
                self.error(ItemError::new(origin().path, message));
            }
        }
        known
    }

    /// Returns the identities of credentials that reach the threshold, each once, sorted; the others are only
    /// counted.
    fn wanted(&mut self, detections: Vec<Detection>) -> Vec<CredentialId> {
        let mut found = BTreeSet::new();
        let mut below = Vec::new();
        let mut secrets = Vec::new();
        for detection in detections {
            let finding = &detection.finding;
            if detection.is_disabled {
                self.progress().collected().count_disabled(finding);
            } else if self.is_wanted(finding) {
                found.insert(self.engine.identity(&detection));
            } else {
                below.push(finding.credential_id());
            }
            // The provenance may exclude findings that reach the threshold.
            secrets.push(detection.finding.secret);
        }
        if !secrets.is_empty() {
            self.learn(secrets);
            self.progress().collected().below.extend(below);
        }
        found.into_iter().collect()
    }

    /// Adds the content that was scanned since the last call to the progress.
    fn publish_progress(&mut self) {
        let stats = &self.stats;
        let (blobs, bytes) = (stats.blobs - self.reported.0, stats.bytes - self.reported.1);
        self.progress().blobs.fetch_add(blobs, Ordering::Relaxed);
        self.progress().bytes.fetch_add(bytes, Ordering::Relaxed);
        self.reported = (self.stats.blobs, self.stats.bytes);
    }

    /// Returns true for a compressed file that is opened and whose name selects a parser for its content:
    /// `.netrc.gz`.
    fn is_packed_document(&self, path: &[u8]) -> bool {
        let is_opened = self.scan().archives.is_some();
        is_opened && self.scan().detector.is_document(&content_name(path))
    }

    /// Returns true if a finding reaches the minimum confidence and severity.
    fn is_wanted(&self, finding: &Finding) -> bool {
        finding.confidence >= self.scan().min_confidence
            && finding.severity >= self.scan().min_severity
    }

    /// Reports the problems of an archive.
    fn report_problems(&mut self, scanned: &Scanned, origin: &dyn Fn() -> Origin) {
        for _ in 0..scanned.excluded {
            self.count_skipped(SkipReason::Excluded);
        }
        if scanned.problems.is_empty() {
            return;
        }
        let archive = origin().path;
        for (entry, problem) in &scanned.problems {
            let path = entries::path_in(&archive, entry);
            let message = problem.to_string();
            if problem.is_loss() {
                self.error(ItemError::new(path, message));
            } else {
                self.note(Note {
                    message: format!("{path}: {message}"),
                });
            }
        }
        if let Some(message) = more_problems(scanned.more_problems) {
            self.error(ItemError::new(archive, message));
        }
    }

    /// Reports a blob that was not examined to its end.
    fn report_unfinished(&mut self, unfinished: &Exceeded, origin: &dyn Fn() -> Origin) {
        for reason in unfinished {
            self.error(ItemError::new(origin().path, reason.to_string()));
        }
    }
}

/// Returns a problem in words, with the path of the entry after that of the archive.
fn in_words(entry: &[u8], problem: &Problem) -> String {
    if entry.is_empty() {
        return format!("is an archive: {problem}");
    }
    let entry = BlobPath::from_bytes(entry);
    format!("is an archive, entry '{entry}': {problem}")
}

/// Returns the message about problems of an archive that are not reported one by one.
fn more_problems(count: u64) -> Option<String> {
    let problems = if count == 1 { "problem" } else { "problems" };
    (count > 0).then(|| format!("{count} more {problems} in this archive"))
}

impl Visitor for Worker<'_> {
    fn blob(&mut self, mut blob: Blob<'_>) -> ControlFlow<()> {
        self.progress().record_path(|| (blob.origin)().path);
        self.scan_names(blob.hint.path, blob.origin);
        if let Some(scanned) = self.detect(&mut blob) {
            self.count(scanned.files, scanned.detected.bytes);
            if scanned.is_unopened {
                self.count_skipped(SkipReason::Archive);
            }
            for detection in scanned.detected.detections {
                self.take(detection);
            }
        }
        self.engine.flow()
    }

    fn skipped(&mut self, item: SkippedItem) {
        self.count_skipped(item.reason);
        self.progress().collected().outcome.skipped.push(item);
    }

    fn count_skipped(&mut self, reason: SkipReason) {
        *self.stats.skipped.entry(reason).or_default() += 1;
    }

    fn count(&mut self, files: u64, bytes: u64) {
        let stats = &mut self.stats;
        stats.blobs += files;
        stats.bytes += bytes;
        if stats.blobs >= self.reported.0 + UNREPORTED_BLOBS
            || stats.bytes >= self.reported.1 + UNREPORTED_BYTES
        {
            self.publish_progress();
        }
    }

    fn error(&mut self, error: ItemError) {
        self.progress().collected().outcome.errors.push(error);
    }

    fn repository(&mut self, _path: &BlobPath) {
        self.stats.repositories += 1;
    }

    fn note(&mut self, note: Note) {
        self.progress().collected().outcome.notes.push(note);
    }

    fn proceed(&self) -> ControlFlow<()> {
        self.engine.flow()
    }

    fn is_document(&self, path: &[u8]) -> bool {
        self.scan().detector.is_document(path) || self.is_packed_document(path)
    }

    fn document_path(&self, name: &[u8]) -> Option<Vec<u8>> {
        let path = self.scan().detector.document_path(name);
        path.or_else(|| self.is_packed_document(name).then(|| name.to_vec()))
    }
}

impl VersionVisitor for Worker<'_> {
    fn new_path(&mut self, path: &[u8], origin: &dyn Fn() -> Origin) {
        self.scan_names(path, origin);
    }

    fn version(
        &mut self,
        mut blob: Blob<'_>,
        version: Version<'_>,
    ) -> ControlFlow<(), VersionResult> {
        let mut result = VersionResult::Other;
        if let Some(scanned) = self.detect(&mut blob) {
            let is_whole = scanned.is_whole() && !self.engine.is_stopped();
            let Scanned {
                detected, files, ..
            } = scanned;
            self.count(files, detected.bytes);
            if is_whole {
                let (detections, bytes) = (&detected.detections, detected.bytes);
                self.engine.memory.keep(version.key, detections, bytes);
            }
            let reported = self.report_version(detected.detections, blob.origin, version);
            if is_whole {
                result = reported;
            }
        }
        self.engine.flow()?;
        ControlFlow::Continue(result)
    }

    fn known_version(
        &mut self,
        origin: &dyn Fn() -> Origin,
        version: Version<'_>,
    ) -> Option<ControlFlow<(), VersionResult>> {
        let remembered = self.engine.memory.get(version.key)?;
        self.count(1, remembered.bytes);
        let detections = if remembered.detections.is_empty() {
            Vec::new()
        } else {
            known::at(&remembered.detections, &origin())
        };
        let result = self.report_version(detections, origin, version);
        Some(self.engine.flow().map_continue(|()| result))
    }

    fn count_unlisted(&mut self, files: u64) {
        if files > 0 {
            self.progress().collected().unlisted += files;
        }
    }
}

impl HistoryVisitor for Worker<'_> {
    fn is_archive(&self, bytes: &[u8]) -> bool {
        self.engine.entry_scanner().is_archive(bytes)
    }

    fn is_clean(&self, bytes: &[u8], part: Range<usize>) -> bool {
        self.scan().detector.is_clean(bytes, part)
    }

    fn reach(&self) -> Range<usize> {
        self.scan().detector.reach()
    }

    fn context(&self) -> Range<usize> {
        self.scan().detector.context()
    }

    fn probe(&mut self, hint: Hint<'_>, content: &mut dyn Read) -> io::Result<Probed> {
        let mut blob = Blob {
            hint,
            content,
            origin: &Origin::default,
        };
        let scanned = self.engine.detect(&mut blob)?;
        self.count(scanned.files, scanned.detected.bytes);
        let reasons = scanned.detected.unfinished.iter();
        let mut unfinished: Vec<String> = reasons.map(ToString::to_string).collect();
        let problems = scanned.problems.iter();
        let problems = problems.filter(|(_, problem)| problem.is_loss());
        unfinished.extend(problems.map(|(entry, problem)| in_words(entry, problem)));
        unfinished.extend(more_problems(scanned.more_problems));
        Ok(Probed {
            found: self.wanted(scanned.detected.detections),
            unfinished,
        })
    }

    fn probe_parts(&mut self, bytes: &[u8], parts: &[Range<usize>]) -> Option<Vec<CredentialId>> {
        let detector = self.scan().detector;
        let detected = detector.scan_parts(bytes, parts, &Origin::default())?;
        // Content that was not examined is searched from the beginning, which reports the limit.
        let is_whole = detected.unfinished.is_empty();
        is_whole.then(|| self.wanted(detected.detections))
    }

    fn is_read_by_name(&self, hint: Hint<'_>, bytes: &[u8]) -> bool {
        self.is_archive(bytes) || self.scan().detector.is_read_by_name(hint, bytes)
    }

    fn placed(
        &mut self,
        mut blob: Blob<'_>,
        counts: &dyn Fn(&CredentialId) -> bool,
        remark: &str,
    ) -> ControlFlow<()> {
        let scanned = self.detect(&mut blob).unwrap_or_default();
        for mut detection in scanned.detected.detections {
            let is_introduced = !detection.is_disabled && counts(&self.engine.identity(&detection));
            let finding = &mut detection.finding;
            if is_introduced && self.is_wanted(finding) {
                finding.message = format!("{} {remark}", finding.message).into();
                self.take(detection);
            } else {
                self.learn([detection.finding.secret]);
            }
        }
        self.engine.flow()
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.publish_progress();
        let own = std::mem::take(&mut self.stats);
        let mut collected = self.progress().collected();
        let total = &mut collected.outcome.stats;
        total.blobs += own.blobs;
        total.bytes += own.bytes;
        total.repositories += own.repositories;
        total.below_threshold += own.below_threshold;
        for (reason, count) in own.skipped {
            *total.skipped.entry(reason).or_default() += count;
        }
    }
}
