//! Inflates what is stored, within what its length allows.

use std::io::{self, Read};

use gix::zlib::{Decompress, FlushDecompress, Inflate, Status};

use super::damage::ObjectDamage;

/// Deflate makes at most 1032 bytes of one; the rest is for its frame.
const MOST_PER_BYTE: u64 = 1032;

/// Inflates streams that lie in memory, with a state that is used again and again.
#[derive(Default)]
pub(crate) struct Inflater {
    state: Inflate,
}

impl Inflater {
    /// Inflates the stream at the start of `stored`, which must give exactly `size` bytes, into
    /// `out`.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn whole(
        &mut self,
        stored: &[u8],
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), ObjectDamage> {
        check_claim(stored.len() as u64, size)?;
        let length = usize::try_from(size).map_err(|_| ObjectDamage::Claim(size))?;
        out.clear();
        // One more, to see if the stream goes on.
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

/// An error if no stream of `stored` bytes can give `size`.
pub(crate) fn check_claim(stored: u64, size: u64) -> Result<(), ObjectDamage> {
    if size > stored.saturating_mul(MOST_PER_BYTE) {
        return Err(ObjectDamage::Claim(size));
    }
    Ok(())
}

/// Inflates a stream bit by bit.
pub(crate) struct InflateReader<R> {
    state: Decompress,
    stored: R,
    buffer: Box<[u8]>,
    filled: std::ops::Range<usize>,
    ended: bool,
}

impl<R: Read> InflateReader<R> {
    /// A reader of what is stored in `stored`.
    pub(crate) fn new(stored: R) -> Self {
        Self {
            state: Decompress::new(),
            stored,
            buffer: vec![0; 32 * 1024].into_boxed_slice(),
            filled: 0..0,
            ended: false,
        }
    }
}

impl<R: Read> Read for InflateReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.filled.is_empty() {
                let count = self.stored.read(&mut self.buffer)?;
                self.filled = 0..count;
            }
            let dry = self.filled.is_empty();
            let before = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(
                    &self.buffer[self.filled.clone()],
                    out,
                    FlushDecompress::None,
                )
                .map_err(|_| io::Error::other(ObjectDamage::Zlib))?;
            let taken = usize::try_from(self.state.total_in() - before.0).unwrap_or(usize::MAX);
            let given = usize::try_from(self.state.total_out() - before.1).unwrap_or(usize::MAX);
            self.filled.start = (self.filled.start + taken).min(self.filled.end);
            if status == Status::StreamEnd {
                self.ended = true;
                return Ok(given);
            }
            if given > 0 {
                return Ok(given);
            }
            if dry || taken == 0 && !self.filled.is_empty() {
                return Err(io::Error::other(ObjectDamage::Short));
            }
        }
    }
}

/// Passes on exactly the claimed number of bytes, or an error where there are less or more.
pub(crate) struct Exactly<R> {
    content: R,
    left: u64,
}

impl<R: Read> Exactly<R> {
    /// A reader of `size` bytes.
    pub(crate) fn new(content: R, size: u64) -> Self {
        Self {
            content,
            left: size,
        }
    }
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let count = self.content.read(out)?;
        match self.left.checked_sub(count as u64) {
            Some(left) if count > 0 || left == 0 => {
                self.left = left;
                Ok(count)
            }
            _ => Err(io::Error::other(ObjectDamage::Length)),
        }
    }
}
