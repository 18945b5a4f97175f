//! The findings that the parent versions of a file report already.

use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::engine::Engine;
use crate::detect::Detection;
use crate::model::{Blob, BlobPath, Confidence, Credential, Finding, Hint, Origin, Severity};
use crate::source::{ContentKey, ParentVisitor};

/// Credentials of parent versions.
///
/// A credential that is reported counts as known only if a parent version reports it too, with at least the same
/// confidence and severity. Credentials that were excluded, suppressed or below the threshold at their old path
/// were never reported, so they do not count.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<Credential, Vec<KnownCertainty>>);

/// The assessment of a credential in a parent version.
#[derive(Debug)]
struct KnownCertainty {
    confidence: Confidence,
    severity: Severity,
    is_suppressed: bool,
}

impl Known {
    /// Returns the number of credentials.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if a parent version reports the credential of a finding with at least the same confidence
    /// and severity. For a finding that is not suppressed, only those count that are not suppressed there.
    pub(super) fn has(&self, finding: &Finding, is_suppressed: bool) -> bool {
        let verdicts = self.0.get(&finding.credential());
        verdicts.into_iter().flatten().any(|verdict| {
            verdict.confidence >= finding.confidence
                && verdict.severity >= finding.severity
                && (is_suppressed || !verdict.is_suppressed)
        })
    }

    fn add(&mut self, finding: &Finding, is_suppressed: bool) {
        if !self.has(finding, is_suppressed) {
            let verdicts = self.0.entry(finding.credential()).or_default();
            verdicts.push(KnownCertainty {
                confidence: finding.confidence,
                severity: finding.severity,
                is_suppressed,
            });
        }
    }
}

/// Collects the findings of parent versions.
pub(super) struct KnownReader<'w, 'a> {
    pub(super) engine: &'w mut Engine<'a>,
    pub(super) known: Known,
}

impl KnownReader<'_, '_> {
    fn add(&mut self, detections: &[Detection]) {
        let suppressor = self.engine.scan.suppressor;
        for Detection {
            finding,
            line,
            is_disabled,
        } in detections
        {
            let is_suppressed =
                *is_disabled || suppressor.may_set_aside(finding, line, self.engine.is_stopped());
            self.known.add(finding, is_suppressed);
        }
    }
}

impl ParentVisitor for KnownReader<'_, '_> {
    fn is_document(&self, path: &[u8]) -> bool {
        self.engine.scan.detector.is_document(path)
    }

    fn known_parent(&mut self, path: &BlobPath, key: &ContentKey) -> bool {
        let Some(remembered) = self.engine.memory.get(key) else {
            return false;
        };
        if !remembered.detections.is_empty() {
            self.add(&at(&remembered.detections, &origin(path)));
        }
        true
    }

    fn parent(
        &mut self,
        path: &BlobPath,
        key: &ContentKey,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let mut blob = Blob {
            hint: Hint::of_path(path.as_bytes()),
            content,
            origin: &|| origin(path),
        };
        let scanned = self.engine.detect(&mut blob)?;
        let detections = &scanned.detected.detections;
        if scanned.is_whole() && !self.engine.is_stopped() {
            let bytes = scanned.detected.bytes;
            self.engine.memory.keep(key, detections, bytes);
        }
        self.add(detections);
        Ok(())
    }

    fn proceed(&self) -> ControlFlow<()> {
        self.engine.flow()
    }
}

/// Returns the origin of a parent version.
fn origin(path: &BlobPath) -> Origin {
    Origin {
        path: path.clone(),
        ..Origin::default()
    }
}

/// Returns the detections of the same content at another location.
pub(super) fn at(detections: &[Detection], origin: &Origin) -> Vec<Detection> {
    let mut moved = detections.to_vec();
    for Detection { finding, .. } in &mut moved {
        let path = match finding.location.path.entry() {
            Some(entry) => origin.path.in_archive(entry),
            None => origin.path.clone(),
        };
        if finding.location.path != path {
            finding.fingerprint = finding.fingerprint_at(&path);
            finding.location.path = path;
        }
        finding.location.commit.clone_from(&origin.commit);
        finding.on_disk.clone_from(&origin.on_disk);
        let line = finding.location.start.line;
        let remote = origin.remote.as_ref();
        finding.remote = remote.map(|place| place.at(&origin.path, line).into());
    }
    moved
}
