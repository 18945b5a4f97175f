//! Detection for one thread of a scan, until the scan is stopped.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::entries::{EntryScanner, Scanned};
use super::memory::Memory;
use super::{Progress, Scan};
use crate::detect::{Detection, Scratch};
use crate::model::{Blob, CredentialId};

/// Reads content and detects credentials, for one thread.
pub(super) struct Engine<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) progress: &'a Progress,
    scratch: Scratch,
    pub(super) memory: Memory,
}

impl<'a> Engine<'a> {
    /// Creates an engine with an empty memory.
    pub(super) fn new(scan: &'a Scan<'a>, progress: &'a Progress) -> Self {
        Self {
            scan,
            progress,
            scratch: Scratch::default(),
            memory: Memory::default(),
        }
    }

    /// Scans a blob to its end, or until the scan is stopped.
    pub(super) fn detect(&mut self, blob: &mut Blob<'_>) -> io::Result<Scanned> {
        self.entry_scanner().scan(blob, &mut self.scratch)
    }

    /// Returns a scanner for blobs and the archives among them.
    pub(super) fn entry_scanner(&self) -> EntryScanner<'a> {
        EntryScanner {
            detector: self.scan.detector,
            archives: self.scan.archives,
            stop: &self.progress.stop,
        }
    }

    /// Returns the identity whose introduction a history reports. A later version without the inline marker of an earlier
    /// one is an introduction of its own.
    pub(super) fn identity(&self, Detection { finding, line, .. }: &Detection) -> CredentialId {
        let id = finding.credential_id();
        if self.scan.suppressor.is_marked(line) {
            id.marked()
        } else {
            id
        }
    }

    /// Returns true once a stop was requested.
    pub(super) fn is_stopped(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }

    /// Returns `Break` once a stop was requested.
    pub(super) fn flow(&self) -> ControlFlow<()> {
        if self.is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
