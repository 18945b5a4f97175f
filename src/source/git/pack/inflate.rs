//! Inflates stored objects, no further than their size allows.

use std::io::{self, BufRead as _, BufReader, Read};

use gix::zlib::{Decompress, FlushDecompress, Inflate, Status};

use super::damage::ObjectDamage;

/// Deflate makes at most 1032 bytes of one; the rest is for the frame of the stream.
const MAX_RATIO: u64 = 1032;

/// Number of stored bytes that are read at a time.
const BUFFER: usize = 32 * 1024;

/// Inflates streams in memory and reuses its state.
#[derive(Default)]
pub(crate) struct Inflater {
    state: Inflate,
}

impl Inflater {
    /// Inflates the stream at the start of `stored` into `out`.
    ///
    /// # Errors
    /// If the stream is damaged or does not have exactly `size` bytes.
    pub(crate) fn inflate(
        &mut self,
        stored: &[u8],
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), ObjectDamage> {
        check_claimed_size(stored.len(), size)?;
        let length = usize::try_from(size).map_err(|_| ObjectDamage::Claim(size))?;
        out.clear();
        // One byte more, to notice a longer stream.
        out.resize(length + 1, 0);
        self.state.reset();
        let (status, _, written) = self
            .state
            .once(stored, out)
            .map_err(|_| ObjectDamage::Zlib)?;
        out.truncate(length);
        match status {
            Status::StreamEnd if written == length => Ok(()),
            Status::StreamEnd => Err(ObjectDamage::Length),
            _ if written > length => Err(ObjectDamage::Length),
            _ => Err(ObjectDamage::Short),
        }
    }
}

/// Returns an error if no stream of `stored` bytes can inflate to `size` bytes.
pub(crate) fn check_claimed_size(stored: usize, size: u64) -> Result<(), ObjectDamage> {
    if size > (stored as u64).saturating_mul(MAX_RATIO) {
        return Err(ObjectDamage::Claim(size));
    }
    Ok(())
}

/// Inflates a stream in constant memory. Its errors are [`ObjectDamage`]s or those of `R`.
pub(crate) struct InflateReader<R> {
    state: Decompress,
    stored: BufReader<R>,
    has_ended: bool,
    /// Number of remaining bytes, once it is known.
    left: Option<u64>,
}

impl<R: Read> InflateReader<R> {
    /// Inflates `stored`, whose length is not known yet.
    pub(crate) fn new(stored: R) -> Self {
        Self {
            state: Decompress::new(),
            stored: BufReader::with_capacity(BUFFER, stored),
            has_ended: false,
            left: None,
        }
    }

    /// Makes it an error if the rest of the stream does not have exactly `size` bytes.
    pub(crate) fn exactly(mut self, size: u64) -> Self {
        self.left = Some(size);
        self
    }

    fn inflate(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended {
            let stored = self.stored.fill_buf()?;
            let is_exhausted = stored.is_empty();
            let before = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(stored, out, FlushDecompress::None);
            let consumed = usize::try_from(self.state.total_in() - before.0).unwrap_or(usize::MAX);
            let written = usize::try_from(self.state.total_out() - before.1).unwrap_or(usize::MAX);
            self.stored.consume(consumed);
            self.has_ended = status.map_err(|_| ObjectDamage::Zlib)? == Status::StreamEnd;
            if written > 0 {
                return Ok(written);
            }
            if !self.has_ended && (is_exhausted || consumed == 0) {
                return Err(ObjectDamage::Short.into());
            }
        }
        Ok(0)
    }
}

impl<R: Read> Read for InflateReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let count = self.inflate(out)?;
        if let Some(left) = &mut self.left {
            let rest = left.checked_sub(count as u64);
            *left = rest
                .filter(|rest| count > 0 || *rest == 0)
                .ok_or(ObjectDamage::Length)?;
        }
        Ok(count)
    }
}
