//! Detection for one thread of a scan, until the scan is stopped.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::memory::Memory;
use super::{Progress, Scan};
use crate::detect::{Detected, Scratch};
use crate::model::Blob;

/// Reads content and finds what it holds, for one thread.
pub(super) struct Engine<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) progress: &'a Progress,
    scratch: Scratch,
    pub(super) memory: Memory,
}

impl<'a> Engine<'a> {
    /// An engine that remembers nothing yet.
    pub(super) fn new(scan: &'a Scan<'a>, progress: &'a Progress) -> Self {
        Self {
            scan,
            progress,
            scratch: Scratch::default(),
            memory: Memory::default(),
        }
    }

    /// Scans a blob to its end, or as far as the scan was not stopped.
    pub(super) fn detect(&mut self, blob: &mut Blob<'_>) -> io::Result<Detected> {
        let mut content = UntilStopped {
            content: &mut *blob.content,
            progress: self.progress,
        };
        let mut blob = Blob {
            hint: blob.hint,
            content: &mut content,
            origin: blob.origin,
        };
        self.scan.detector.scan(&mut blob, &mut self.scratch)
    }

    /// True once the scan was asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }

    /// `Break` once the scan was asked to stop.
    pub(super) fn flow(&self) -> ControlFlow<()> {
        if self.is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Content that ends when the scan is stopped, so that what was found until then is reported.
struct UntilStopped<'a> {
    content: &'a mut dyn Read,
    progress: &'a Progress,
}

impl Read for UntilStopped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.stop.load(Ordering::Relaxed) {
            return Ok(0);
        }
        self.content.read(buffer)
    }
}
