//! Readers for the content of entries.

use std::io::{self, Read};

use super::budget::Budget;
use super::format::ArchiveFormat;
use super::problem::Problem;

/// Counts the bytes read, and ends at the first error, which it passes to the budget.
pub(super) struct GuardedReader<'a> {
    inner: &'a mut dyn Read,
    budget: &'a Budget,
    what: &'static str,
    is_counted: bool,
    has_ended: bool,
    has_failed: bool,
}

impl<'a> GuardedReader<'a> {
    /// Reads `inner`; its errors mean that this format is damaged.
    pub(super) fn new(inner: &'a mut dyn Read, budget: &'a Budget, what: &'static str) -> Self {
        Self {
            inner,
            budget,
            what,
            is_counted: true,
            has_ended: false,
            has_failed: false,
        }
    }

    /// Reads the outermost archive, which is limited by its own size.
    pub(super) fn uncounted(inner: &'a mut dyn Read, budget: &'a Budget) -> Self {
        let mut reader = Self::new(inner, budget, "");
        reader.is_counted = false;
        reader
    }

    fn fail(&mut self, problem: Problem) {
        self.has_ended = true;
        self.has_failed = self.budget.begin_failure(problem);
    }
}

impl Drop for GuardedReader<'_> {
    fn drop(&mut self) {
        if self.has_failed {
            self.budget.end_failure();
        }
    }
}

impl Read for GuardedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Some decoders interpret an empty read as the end.
        if self.has_ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.inner.read(buffer) {
                Ok(0) => {
                    self.has_ended = true;
                    return Ok(0);
                }
                Ok(count) => {
                    if self.is_counted
                        && let Err(bound) = self.budget.add_bytes(count as u64)
                    {
                        self.fail(Problem::Bound(bound));
                        return Ok(0);
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.fail(Problem::of_error(&error, self.what));
                    return Ok(0);
                }
            }
        }
    }
}

/// A reader whose first bytes can be examined before they are read.
pub(super) struct PeekedReader<'a> {
    start: [u8; ArchiveFormat::START],
    filled: usize,
    given: usize,
    inner: &'a mut dyn Read,
}

impl<'a> PeekedReader<'a> {
    /// Reads the first bytes of `inner`.
    ///
    /// # Errors
    /// Those of `inner`.
    pub(super) fn new(inner: &'a mut dyn Read) -> io::Result<Self> {
        let mut start = [0; ArchiveFormat::START];
        let filled = read_full(inner, &mut start)?;
        Ok(Self {
            start,
            filled,
            given: 0,
            inner,
        })
    }

    /// Returns the first bytes.
    pub(super) fn start(&self) -> &[u8] {
        &self.start[..self.filled]
    }
}

impl Read for PeekedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.filled {
            return self.inner.read(buffer);
        }
        let rest = &self.start[self.given..self.filled];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// Reads exactly as many bytes as an archive declares.
pub(super) struct ExactReader<'a> {
    inner: &'a mut dyn Read,
    /// Number of remaining bytes.
    left: u64,
    /// True once the content has ended early, which was returned as an error.
    pub(super) is_truncated: bool,
}

impl<'a> ExactReader<'a> {
    pub(super) fn new(inner: &'a mut dyn Read, left: u64) -> Self {
        Self {
            inner,
            left,
            is_truncated: false,
        }
    }

    /// Reads the remaining bytes.
    ///
    /// # Errors
    /// If the content ends early.
    pub(super) fn skip_rest(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink()).map(drop)
    }
}

impl Read for ExactReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = buffer.len().min(most);
        if room == 0 {
            return Ok(0);
        }
        let count = self.inner.read(&mut buffer[..room])?;
        if count == 0 {
            self.is_truncated = true;
            return Err(Problem::Truncated.into_error());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Counts the bytes read of the outermost archive.
pub(super) struct PackedReader<'a> {
    pub(super) inner: &'a mut dyn Read,
    pub(super) budget: &'a Budget,
}

impl Read for PackedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.add_packed(count);
        Ok(count)
    }
}

/// Reads until `buffer` is full or the content ends; returns how many bytes were read.
///
/// # Errors
/// Those of `inner`.
pub(super) fn read_full(inner: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match inner.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
