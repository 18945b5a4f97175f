//! What one thread remembers of the versions it has scanned, so that the same content at many paths is
//! scanned once.

use std::collections::HashMap;
use std::sync::Arc;

use super::known::Known;
use crate::detect::Detection;
use crate::source::ContentKey;

/// How many contents are remembered.
const MAX_CONTENTS: usize = 4096;

/// How many detections are remembered, in all contents.
const MAX_DETECTIONS: usize = 1024;

/// How many sets of known credentials are remembered.
const MAX_KNOWN: usize = 1024;

/// How many credentials a set has at most that is remembered.
const MAX_CREDENTIALS: usize = 64;

/// What content holds, wherever it is.
#[derive(Clone)]
pub(super) struct Remembered {
    /// The detections, at the place where they were made.
    pub(super) detections: Arc<[Detection]>,
    /// The length of the content in bytes.
    pub(super) bytes: u64,
}

/// What one thread remembers.
#[derive(Default)]
pub(super) struct Memory {
    contents: HashMap<ContentKey, Remembered>,
    detections: usize,
    known: HashMap<(u64, ContentKey), Arc<Known>>,
}

impl Memory {
    /// What content of this key holds, if it is remembered.
    pub(super) fn get(&self, key: &ContentKey) -> Option<Remembered> {
        self.contents.get(key).cloned()
    }

    /// Remembers what content holds. Only for content that is read the same under every path: what a
    /// grammar says about a finding names the path.
    pub(super) fn keep(&mut self, key: &ContentKey, detections: &[Detection], bytes: u64) {
        if !key.is_plain() || detections.len() > MAX_DETECTIONS {
            return;
        }
        if self.contents.len() >= MAX_CONTENTS
            || self.detections + detections.len() > MAX_DETECTIONS
        {
            self.contents.clear();
            self.detections = 0;
        }
        self.detections += detections.len();
        let remembered = Remembered {
            detections: detections.into(),
            bytes,
        };
        self.contents.insert(key.clone(), remembered);
    }

    /// What the parent versions report that these versions share.
    pub(super) fn known(&self, shared: u64, key: &ContentKey) -> Option<Arc<Known>> {
        self.known.get(&(shared, key.clone())).cloned()
    }

    /// Remembers what parent versions report.
    pub(super) fn keep_known(&mut self, shared: u64, key: &ContentKey, known: &Arc<Known>) {
        if known.len() > MAX_CREDENTIALS {
            return;
        }
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert((shared, key.clone()), Arc::clone(known));
    }
}
