//! Content with random access: in memory, or in an unnamed temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::ops::Range;

use super::problem::Problem;

/// Maximum number of bytes in memory.
const MAX_MEMORY: usize = 8 << 20;

/// Number of bytes read at a time.
const CHUNK: usize = 64 << 10;

/// Content with random access.
pub(super) enum Spool {
    Memory(Vec<u8>),
    File { file: File, length: u64 },
}

impl Spool {
    /// Reads `content` to its end.
    ///
    /// Errors of `content`, and if a temporary file cannot be written.
    pub(super) fn read(content: &mut dyn Read) -> io::Result<Self> {
        let mut memory = Vec::new();
        content
            .take(MAX_MEMORY as u64 + 1)
            .read_to_end(&mut memory)?;
        if memory.len() <= MAX_MEMORY {
            return Ok(Self::Memory(memory));
        }
        let temporary = |error: io::Error| Problem::Temporary(error.to_string()).into_error();
        let mut file = tempfile::tempfile().map_err(temporary)?;
        let mut length = memory.len() as u64;
        file.write_all(&memory).map_err(temporary)?;
        memory.resize(CHUNK, 0);
        loop {
            let count = content.read(&mut memory[..CHUNK])?;
            if count == 0 {
                return Ok(Self::File { file, length });
            }
            file.write_all(&memory[..count]).map_err(temporary)?;
            length += count as u64;
        }
    }

    /// Returns the number of bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Returns a reader of a range, which is clipped to the content.
    pub(super) fn reader(&self, range: Range<u64>) -> SpoolReader<'_> {
        let end = range.end.min(self.len());
        SpoolReader {
            spool: self,
            at: range.start.min(end),
            end,
        }
    }

    /// Returns up to `count` bytes at a position.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn bytes(&self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let end = at.saturating_add(count as u64);
        self.reader(at..end).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads a part of a [`Spool`].
pub(super) struct SpoolReader<'s> {
    spool: &'s Spool,
    at: u64,
    end: u64,
}

impl Seek for SpoolReader<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let at = match position {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
        self.at = at.ok_or_else(invalid)?.min(self.end);
        Ok(self.at)
    }
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let buffer = &mut buffer[..room];
        let count = match self.spool {
            Spool::Memory(bytes) => {
                // The position is below the length.
                let at = self.at as usize;
                buffer.copy_from_slice(&bytes[at..at + room]);
                room
            }
            Spool::File { file, .. } => {
                let mut file = file;
                // Other readers move the position of the same file.
                file.seek(SeekFrom::Start(self.at))?;
                file.read(buffer)?
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}
