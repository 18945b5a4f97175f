//! Holds an object while others are made from it: in memory, or in a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _};

use super::damage::{ObjectDamage, check_size};
use super::inflate::{InflateReader, Inflater};
use super::object::ObjectContent;

use gix::objs::Kind;

/// The largest object that is kept in a file: offsets that a delta has into its base have 32 bits.
pub(super) const MAX_SPOOLED: u64 = 1 << 32;

/// Number of bytes that are written to a temporary file at a time.
const BUFFER: usize = 128 * 1024;

/// The bytes of an object.
pub(crate) enum ObjectBuffer {
    /// In memory.
    Memory(Vec<u8>),
    /// In a temporary file without a name, with the size of the object.
    File(File, u64),
}

impl ObjectBuffer {
    /// Reads an object of `size` bytes, of which `content` returns as many or an error. Objects of up to `limit`
    /// bytes are kept in memory.
    ///
    /// # Errors
    /// If the object cannot be read, is too large, or no temporary file can be written.
    pub(crate) fn read(
        content: &mut dyn Read,
        size: u64,
        limit: usize,
    ) -> Result<Self, ObjectDamage> {
        if size > limit as u64 {
            return Self::spool(content, size);
        }
        let mut bytes = Vec::new();
        bytes.reserve_exact(usize::try_from(size).map_err(|_| ObjectDamage::TooLarge(size))?);
        content.read_to_end(&mut bytes)?;
        Ok(Self::Memory(bytes))
    }

    /// Inflates an object of `size` bytes. Blobs of more than `limit` bytes are kept in a file, other objects in
    /// memory, in `buffer`.
    ///
    /// # Errors
    /// As [`ObjectBuffer::read`].
    pub(crate) fn inflate(
        kind: Kind,
        stored: &[u8],
        size: u64,
        limit: usize,
        inflater: &mut Inflater,
        mut buffer: Vec<u8>,
    ) -> Result<Self, ObjectDamage> {
        if is_large(kind, size, limit) {
            return Self::spool(&mut InflateReader::new(stored).exactly(size), size);
        }
        check_size(size)?;
        inflater.inflate(stored, size, &mut buffer)?;
        Ok(Self::Memory(buffer))
    }

    fn spool(content: &mut dyn Read, size: u64) -> Result<Self, ObjectDamage> {
        if size > MAX_SPOOLED {
            return Err(ObjectDamage::TooLarge(size));
        }
        let written = tempfile::tempfile().and_then(|file| {
            let mut writer = BufWriter::with_capacity(BUFFER, file);
            io::copy(content, &mut writer)?;
            writer.into_inner().map_err(io::IntoInnerError::into_error)
        });
        match written.map_err(ObjectDamage::from) {
            Ok(file) => Ok(Self::File(file, size)),
            // All readers of objects wrap their errors, so this one comes from writing.
            Err(ObjectDamage::File(reason)) => Err(ObjectDamage::Temporary(size, reason)),
            Err(damage) => Err(damage),
        }
    }

    /// Returns the bytes, if they are in memory.
    pub(crate) fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Self::Memory(bytes) => Some(bytes),
            Self::File(..) => None,
        }
    }

    /// Returns how many bytes are in memory.
    pub(crate) fn memory(&self) -> usize {
        self.in_memory().map_or(0, <[u8]>::len)
    }

    /// Passes the content to `take`.
    ///
    /// # Errors
    /// If the file cannot be read from its start.
    pub(crate) fn lend<T>(
        &self,
        take: impl FnOnce(ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        match self {
            Self::Memory(bytes) => Ok(take(ObjectContent::Bytes(bytes))),
            Self::File(file, size) => {
                let mut file = Self::rewind(file, *size)?;
                Ok(take(ObjectContent::Stream(&mut file, *size)))
            }
        }
    }

    /// Sets a file back to its start. All readers share its position, so only one may read at a time.
    pub(super) fn rewind(mut file: &File, size: u64) -> Result<&File, ObjectDamage> {
        file.rewind()
            .map_err(|error| ObjectDamage::Temporary(size, error.to_string()))?;
        Ok(file)
    }
}

/// Returns true for blobs that are not held in memory. Other objects always are, because they are parsed.
pub(crate) fn is_large(kind: Kind, size: u64, limit: usize) -> bool {
    kind == Kind::Blob && size > limit as u64
}
