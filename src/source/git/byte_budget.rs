//! A bound on what is read in all, for hooks that must not keep anybody waiting.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many bytes may be read. Shared by all threads.
#[derive(Debug)]
pub(super) struct ByteBudget {
    left: Option<AtomicU64>,
    is_exceeded: AtomicBool,
}

impl ByteBudget {
    /// So many bytes, or any number.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        Self {
            left: bytes.map(AtomicU64::new),
            is_exceeded: AtomicBool::new(false),
        }
    }

    /// Takes so many bytes; false if there are not enough left.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let Some(left) = &self.left else {
            return true;
        };
        let took = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(bytes)
        });
        if took.is_err() {
            self.is_exceeded.store(true, Ordering::Relaxed);
        }
        took.is_ok()
    }

    /// True if something was asked for that was not left.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}
