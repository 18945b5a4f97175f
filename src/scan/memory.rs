//! The cache of one thread for versions that it has scanned, so that the same content at many paths is
//! scanned once.

use std::collections::HashMap;
use std::sync::Arc;

use super::known::Known;
use crate::detect::Detection;
use crate::source::ContentKey;

/// Maximum number of cached contents.
const MAX_CONTENTS: usize = 4096;

/// Maximum number of cached detections, in all contents.
const MAX_DETECTIONS: usize = 1024;

/// Maximum number of cached sets of known credentials.
const MAX_KNOWN: usize = 1024;

/// Maximum number of credentials in a cached set.
const MAX_CREDENTIALS: usize = 64;

/// The detections of content, which do not depend on its location.
#[derive(Clone)]
pub(super) struct Remembered {
    /// The detections, at the location where they were made.
    pub(super) detections: Arc<[Detection]>,
    /// The length of the content in bytes.
    pub(super) bytes: u64,
}

/// The cache of one thread.
#[derive(Default)]
pub(super) struct Memory {
    contents: HashMap<ContentKey, Remembered>,
    detections: usize,
    known: HashMap<(u64, ContentKey), Arc<Known>>,
}

impl Memory {
    /// Returns the cached detections of the content with this key.
    pub(super) fn get(&self, key: &ContentKey) -> Option<Remembered> {
        self.contents.get(key).cloned()
    }

    /// Caches the detections of content. Only for content that is read the same under every path:
    /// detections of a config format contain the path.
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

    /// Returns the cached findings of the parent versions that these versions share.
    pub(super) fn known(&self, shared: u64, key: &ContentKey) -> Option<Arc<Known>> {
        self.known.get(&(shared, key.clone())).cloned()
    }

    /// Caches the findings of parent versions.
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
