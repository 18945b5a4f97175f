//! The bytes of an object while others are made from them: in memory, or in a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Seek, Write};

use super::damage::ObjectDamage;
use super::inflate::{Exactly, InflateReader};
use super::object::ObjectContent;
use super::store;

/// The largest object that is kept in a file: the places that a delta names in its base have 32
/// bits (Git's `gitformat-pack`, "Deltified representation").
pub(super) const MAX_FILE: u64 = 1 << 32;

/// How much is moved at a time.
const BUFFER: usize = 128 * 1024;

/// The bytes of an object.
pub(crate) enum ObjectBuffer {
    /// In memory.
    Memory(Vec<u8>),
    /// In a file that has no name and goes with this value.
    File(SpooledObject),
}

/// A temporary file.
pub(crate) struct SpooledObject {
    file: File,
    size: u64,
}

impl ObjectBuffer {
    /// Takes in what `content` gives, which is `size` bytes or an error: up to `limit` bytes into
    /// memory, more into a file.
    ///
    /// # Errors
    /// If it cannot be read, is too large, or no temporary file can be written.
    pub(crate) fn of(
        content: &mut dyn Read,
        size: u64,
        limit: usize,
    ) -> Result<Self, ObjectDamage> {
        if size > limit as u64 {
            return SpooledObject::of(content, size).map(Self::File);
        }
        let mut bytes = Vec::new();
        bytes.reserve_exact(usize::try_from(size).map_err(|_| ObjectDamage::TooLarge(size))?);
        content
            .read_to_end(&mut bytes)
            .map_err(|error| store::damage_of(&error))?;
        Ok(Self::Memory(bytes))
    }

    /// Inflates an object of `size` bytes, as [`ObjectBuffer::of`].
    ///
    /// # Errors
    /// As [`ObjectBuffer::of`].
    pub(crate) fn inflated(stored: &[u8], size: u64, limit: usize) -> Result<Self, ObjectDamage> {
        let mut content = Exactly::new(InflateReader::new(stored), size);
        Self::of(&mut content, size, limit)
    }

    /// Its bytes, if they are in memory.
    pub(crate) fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Self::Memory(bytes) => Some(bytes),
            Self::File(_) => None,
        }
    }

    /// How many bytes are in memory.
    pub(crate) fn memory(&self) -> usize {
        self.in_memory().map_or(0, <[u8]>::len)
    }

    /// Lends it to `take`.
    ///
    /// # Errors
    /// If its file cannot be read from the start.
    pub(crate) fn lend<T>(
        &self,
        take: impl FnOnce(ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        match self {
            Self::Memory(bytes) => Ok(take(ObjectContent::Bytes(bytes))),
            Self::File(spilled) => {
                let mut file = spilled.rewind()?;
                Ok(take(ObjectContent::Stream(&mut file)))
            }
        }
    }
}

impl SpooledObject {
    fn of(content: &mut dyn Read, size: u64) -> Result<Self, ObjectDamage> {
        if size > MAX_FILE {
            return Err(ObjectDamage::TooLarge(size));
        }
        let told = |error: io::Error| ObjectDamage::Temporary(size, error.to_string());
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile().map_err(told)?);
        let mut buffer = vec![0; BUFFER];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => file.write_all(&buffer[..count]).map_err(told)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(store::damage_of(&error)),
            }
        }
        let file = file
            .into_inner()
            .map_err(|error| told(error.into_error()))?;
        Ok(Self { file, size })
    }

    /// Its length.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The file, to be read from its start. One reader at a time: all share one position.
    ///
    /// # Errors
    /// If it cannot be gone back to.
    pub(crate) fn rewind(&self) -> Result<&File, ObjectDamage> {
        let mut file = &self.file;
        file.rewind()
            .map_err(|error| ObjectDamage::Temporary(self.size, error.to_string()))?;
        Ok(file)
    }
}
