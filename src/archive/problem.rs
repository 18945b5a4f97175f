//! Problems of an archive.

use std::io;

/// Maximum memory of a decoder: more than the largest presets of `xz` and `zstd` need.
pub(super) const MAX_MEMORY: u64 = 256 << 20;

/// A limit that an archive exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveBound {
    /// Number of bytes in all entries together.
    #[error("it unpacks to more than {}", size(*.0))]
    Bytes(u64),
    /// Ratio of unpacked to packed bytes.
    #[error("it unpacks to more than {0} times its size")]
    Ratio(u64),
    /// Number of entries.
    #[error("it has more than {0} entries")]
    Entries(u64),
}

/// A problem of an archive or an entry. The messages do not contain its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The content is encrypted.
    #[error("encrypted, not scanned")]
    Encrypted,
    /// The compression method is not supported.
    #[error("compressed by a method that is not supported ({0}), not scanned")]
    Method(String),
    /// The content ends too early.
    #[error("truncated archive: only the part that is left was scanned")]
    Truncated,
    /// The content does not conform to the format.
    #[error("damaged archive ({0}): parts of it were not scanned")]
    Damaged(&'static str),
    /// The content does not have the checksum or the size that the archive records.
    #[error("damaged archive: the content does not have the recorded checksum or size")]
    Checksum,
    /// Unpacking needs more memory than the limit.
    #[error("needs more than {} of memory to unpack, not scanned", size(*.0))]
    Memory(u64),
    /// A temporary file cannot be written.
    #[error("cannot write a temporary file to unpack it: {0}")]
    Temporary(String),
    /// The source of the archive cannot be read.
    #[error("cannot read the archive to its end: {0}")]
    Read(String),
    /// The archive is nested too deep. Its bytes are scanned as they are.
    #[error("nested deeper than {0} archives, not opened")]
    Depth(usize),
    /// A limit is exceeded; the rest of the outermost archive is not scanned.
    #[error("{0}; the rest of the archive was not scanned")]
    Bound(ArchiveBound),
    /// The Git bundle requires objects that it does not contain.
    #[error(
        "the bundle needs objects that it does not contain; {0} of its objects were not scanned"
    )]
    Prerequisites(u64),
    /// The directory of a ZIP file does not list everything in the file. Everything is scanned.
    #[error("the archive contains entries that its directory does not list; they were scanned")]
    Unlisted,
    /// Entries of a ZIP file share bytes. Everything is scanned.
    #[error("entries of the archive overlap; each was scanned")]
    Overlap,
}

impl Problem {
    /// Returns true if a part of the content was not scanned.
    pub fn is_loss(&self) -> bool {
        !matches!(self, Self::Unlisted | Self::Overlap)
    }

    /// Returns the problem that an error of a reader contains; `what` names the format.
    pub(super) fn of_error(error: &io::Error, what: &'static str) -> Self {
        if let Some(problem) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Self>())
        {
            return problem.clone();
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::OutOfMemory => Self::Memory(MAX_MEMORY),
            _ if error.raw_os_error().is_some() => Self::Read(error.to_string()),
            _ => Self::Damaged(what),
        }
    }

    /// Returns an error that carries the problem through readers.
    pub(super) fn into_error(self) -> io::Error {
        let kind = match self {
            Self::Truncated => io::ErrorKind::UnexpectedEof,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, self)
    }
}

/// Formats a number of bytes.
fn size(bytes: u64) -> String {
    if bytes >= 1 << 30 {
        format!("{} GiB", bytes >> 30)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}
