//! What can be wrong with a stored object.

/// Why an object cannot be read. The words go behind the object's name; they never hold content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectDamage {
    /// The bytes end too soon.
    #[error("it is cut short")]
    Short,
    /// Not the start of an object.
    #[error("its header is none that Git writes")]
    Header,
    /// More claimed than the stored bytes can hold.
    #[error("it claims {0} bytes, more than what is stored can hold")]
    Claim(u64),
    /// The compressed stream is broken.
    #[error("its compressed bytes are broken")]
    Zlib,
    /// The stream holds more or less than it claims.
    #[error("it does not have the length it claims")]
    Length,
    /// A delta whose instructions do not fit.
    #[error("its delta does not fit its base")]
    Delta,
    /// A delta without its base.
    #[error("the base of its delta is not in the pack")]
    NoBase,
    /// A delta whose base is broken.
    #[error("it builds on {0}, which cannot be read")]
    Base(String),
    /// Deltas that build on each other.
    #[error("its deltas build on each other in a circle")]
    Cycle,
    /// A longer chain of deltas than Git makes (`pack.depth` is at most 4095).
    #[error("its chain of deltas is longer than any that Git writes")]
    Deep,
    /// A folder with something that is no entry.
    #[error("it holds something that is no entry of a folder; what comes after is not read")]
    Entries,
    /// The stored bytes are not those that the pack's index was made for.
    #[error("its stored bytes do not have the checksum in the pack's index")]
    Checksum,
    /// It is larger than can be held, and others build on it.
    #[error("it has {0} bytes, more than can be held")]
    TooLarge(u64),
    /// It is kept in a temporary file, and there is none.
    #[error("it has {0} bytes, for which a temporary file is needed: {1}")]
    Temporary(u64, String),
    /// The file is gone or cannot be opened.
    #[error("{0}")]
    File(String),
}
