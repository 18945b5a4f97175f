//! Reads secrets again from their places: a report contains none.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use super::{Leak, RemoteReader};
use crate::detect::{Detector, LazyDetector, Scratch};
use crate::model::{Blob, Confidence, Finding, Hint, Origin, Outcome, Severity};
use crate::report::json::{JsonFinding, JsonLocation};
use crate::scan::{ArchiveOptions, EntryScanner, Progress, Scan, Scanned};
use crate::source::{History, HistoryOptions, RecordedPlace, RecordedReader, Source};
use crate::suppress::Suppressor;

/// Reads secrets again from the places of a report, and checks each against its fingerprint.
#[derive(Debug)]
pub struct SecretReader<'a> {
    detector: &'a Detector,
    recorded: RecordedReader,
    root: &'a Path,
    /// Reads places of the instance; `None` without a token of the operator.
    remote: Option<RemoteReader<'a>>,
    /// Path and commit of the place that was read last, and its findings.
    last: RefCell<Option<LastPlace>>,
}

/// Path and commit of a place, and its findings.
type LastPlace = ((String, Option<String>), PlaceFindings);

/// The findings of a place, or why it cannot be read.
pub(super) type PlaceFindings = Result<Rc<Vec<Finding>>, String>;

impl<'a> SecretReader<'a> {
    /// Reads below `root`, the folder of the scan, and with `remote` from the instance.
    ///
    /// # Errors
    /// If `root` does not exist.
    pub fn new(
        detector: &'a Detector,
        root: &'a Path,
        remote: Option<RemoteReader<'a>>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            detector,
            recorded: RecordedReader::new(root)?,
            root,
            remote,
            last: RefCell::default(),
        })
    }

    /// Returns the finding with its secret for each leak, or the reason why no location contains the secret.
    pub fn read(&self, leaks: &[Leak<'_>]) -> Vec<Result<Finding, String>> {
        let mut found: Vec<_> = leaks.iter().map(|leak| self.read_leak(leak)).collect();
        let is_lost = |leak: &Leak<'_>| {
            let mut places = leak.findings.iter().map(|finding| &finding.location);
            leak.kind.is_some()
                && places.any(|place| {
                    place.commit.is_none() && place.on_disk.is_none() && place.remote.is_none()
                })
        };
        let missing = found.iter().zip(leaks);
        if missing
            .clone()
            .any(|(found, leak)| found.is_err() && is_lost(leak))
        {
            let lost = self.read_unreachable();
            for (found, leak) in found.iter_mut().zip(leaks) {
                if found.is_err()
                    && let Some(finding) = lost.get(leak.secret_id())
                {
                    *found = Ok(finding.clone());
                }
            }
        }
        found
    }

    fn read_leak(&self, leak: &Leak<'_>) -> Result<Finding, String> {
        let mut reason = None;
        for finding in &leak.findings {
            match self.read_place(finding) {
                Ok(found) => return Ok(found),
                Err(error) => reason = reason.or(Some(error)),
            }
        }
        Err(reason.unwrap_or_default())
    }

    fn read_place(&self, recorded: &JsonFinding) -> Result<Finding, String> {
        let location = &recorded.location;
        let findings = match (&location.remote, &self.remote) {
            (None, _) => self.findings_at(location)?,
            (Some(place), Some(remote)) => {
                remote.findings_at(location, place, |source| self.scan(source))?
            }
            (Some(place), None) => {
                return Err(format!(
                    "its place is a page of the instance, and reading it again takes your token \
                     (TOKENSWEEP_GITLAB_TOKEN or --token-file): {}",
                    place.url
                ));
            }
        };
        let found = findings.iter().find(|finding| is_same(finding, recorded));
        let changed =
            || "it changed since the report and no longer contains the credential".to_owned();
        found.cloned().ok_or_else(changed)
    }

    /// All findings of a place. Remembers those of the last one, because a report is in the order of places.
    fn findings_at(&self, location: &JsonLocation) -> PlaceFindings {
        let path = match &location.entry {
            Some(_) => format!("{}!", location.blob_path().openable()),
            None => location.path.clone(),
        };
        let key = (path, location.commit.clone());
        if let Some((known, found)) = &*self.last.borrow()
            && *known == key
        {
            return found.clone();
        }
        let found = self.scan_place(location).map(Rc::new);
        self.last.replace(Some((key, found.clone())));
        found
    }

    fn scan_place(&self, location: &JsonLocation) -> Result<Vec<Finding>, String> {
        let full_path = location.blob_path();
        let archives = full_path.archive().map(|_| ArchiveOptions::default());
        let scanner = EntryScanner {
            detector: self.detector,
            archives: archives.as_ref(),
            stop: &AtomicBool::new(false),
        };
        let path = full_path.openable();
        let place = RecordedPlace {
            path: &path,
            on_disk: location.on_disk.as_deref().map(Path::new),
            commit: location.commit.as_deref(),
        };
        let mut findings = Vec::new();
        self.recorded.read(&place, &mut |hint: Hint<'_>, content| {
            let origin = || Origin {
                path: path.clone(),
                kind: hint.kind,
                ..Origin::default()
            };
            let mut blob = Blob {
                hint,
                content,
                origin: &origin,
            };
            // Content that cannot be read to its end counts as changed.
            let scanned = scanner.scan(&mut blob, &mut Scratch::default());
            let Scanned { detected, .. } = scanned.unwrap_or_default();
            let detections = detected.detections;
            findings.extend(detections.into_iter().map(|detection| detection.finding));
        })?;
        Ok(findings)
    }

    /// The secrets of the repository by their ids. Only a scan of all objects finds those that no commit contains.
    fn read_unreachable(&self) -> HashMap<String, Finding> {
        let Ok(history) = History::new(self.root, HistoryOptions::default()) else {
            return HashMap::new();
        };
        let outcome = self.scan(&history);
        let findings = outcome.findings.into_iter();
        findings
            .filter_map(|finding| Some((finding.secret.id()?, finding)))
            .collect()
    }

    /// Scans a source with the rules of the report, for findings of any confidence.
    fn scan(&self, source: &dyn Source) -> Outcome {
        let scan = Scan {
            detector: self.detector,
            suppressor: &Suppressor::default().ignoring_inline_markers(true),
            min_confidence: Confidence::Low,
            min_severity: Severity::Info,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            disabled: &LazyDetector::default(),
            archives: Some(&ArchiveOptions::default()),
        };
        scan.run(source, &Progress::default())
    }
}

/// Returns true if a finding is the one of the report: by its fingerprint, or by the id of its secret if a merge of
/// reports gave it another path.
fn is_same(finding: &Finding, recorded: &JsonFinding) -> bool {
    finding.fingerprint == recorded.fingerprint
        || finding.rule_id == recorded.rule_id
            && finding.secret.id().is_some()
            && finding.secret.id() == recorded.secret_id
}
