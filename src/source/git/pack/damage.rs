//! Damage of stored objects.

use std::io;

/// The largest commit, tag or folder that is held in memory: up to this size Git itself stores objects as deltas
/// (`core.bigFileThreshold`).
const MAX_IN_MEMORY: u64 = 512 * 1024 * 1024;

/// The reason why an object cannot be read. The text follows the name of the object and never contains content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectDamage {
    /// The stored bytes end too early.
    #[error("it is cut short")]
    Short,
    /// The header of the object or of its pack entry is invalid.
    #[error("its header is invalid")]
    Header,
    /// The claimed size is larger than the stored bytes can inflate to.
    #[error("it claims {0} bytes, more than what is stored can hold")]
    Claim(u64),
    /// The zlib stream is invalid.
    #[error("its compressed bytes are broken")]
    Zlib,
    /// The length of the zlib stream differs from the header.
    #[error("it does not have the length it claims")]
    Length,
    /// An instruction of the delta is invalid or exceeds the base.
    #[error("its delta does not fit its base")]
    Delta,
    /// The base of the delta is not in the pack.
    #[error("the base of its delta is not in the pack")]
    NoBase,
    /// The base of the delta cannot be read.
    #[error("it builds on {0}, which cannot be read")]
    Base(String),
    /// The deltas build on each other.
    #[error("its deltas build on each other in a circle")]
    Cycle,
    /// The chain of deltas is longer than Git allows (`pack.depth` is at most 4095).
    #[error("its chain of deltas is longer than any that Git writes")]
    Deep,
    /// A folder has an invalid entry.
    #[error("it has an invalid entry; the entries after it are not read")]
    Entries,
    /// The stored bytes differ from those that were indexed.
    #[error("its stored bytes do not have the checksum in the pack's index")]
    Checksum,
    /// The content does not match the id.
    #[error("its content is that of {0}")]
    Content(gix::ObjectId),
    /// The object is too large to be held in memory or in a temporary file.
    #[error("it has {0} bytes, more than can be held")]
    TooLarge(u64),
    /// The temporary file for the object cannot be used.
    #[error("it has {0} bytes, for which a temporary file is needed: {1}")]
    Temporary(u64, String),
    /// The file of the object cannot be read.
    #[error("{0}")]
    File(String),
}

impl From<io::Error> for ObjectDamage {
    /// Returns the damage that a reader of this module has wrapped, or the message of the system.
    fn from(error: io::Error) -> Self {
        error
            .downcast::<Self>()
            .unwrap_or_else(|error| Self::File(error.to_string()))
    }
}

impl From<ObjectDamage> for io::Error {
    fn from(damage: ObjectDamage) -> Self {
        Self::other(damage)
    }
}

/// Returns an error if an object of this size must not be held in memory.
pub(crate) fn check_size(size: u64) -> Result<(), ObjectDamage> {
    if size > MAX_IN_MEMORY {
        return Err(ObjectDamage::TooLarge(size));
    }
    Ok(())
}
