//! A bound on the bytes that a hook reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many bytes may be read, for all threads together.
#[derive(Debug)]
pub(super) struct ByteBudget {
    left: Option<AtomicU64>,
    is_exceeded: AtomicBool,
}

impl ByteBudget {
    /// Creates a budget of this many bytes, or an unlimited one.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        Self {
            left: bytes.map(AtomicU64::new),
            is_exceeded: AtomicBool::new(false),
        }
    }

    /// Takes bytes from the budget; returns false if not enough are left.
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

    /// Returns true if more bytes were asked for than were left.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}
