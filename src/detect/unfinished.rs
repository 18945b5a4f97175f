//! The reason why a blob was not examined to its end.

use std::collections::BTreeSet;
use std::fmt;

/// Number of candidates of one blob that are kept, so that a hostile blob cannot fill the memory.
pub(super) const MAX_CANDIDATES: usize = 10_000;

/// A bound that a blob has exceeded. Each one makes the scan incomplete (exit code 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfinished {
    /// The blob holds more candidates than are kept.
    Candidates,
    /// Matching and decoding took more steps than a blob of its size is allowed.
    Steps,
    /// The blob is a configuration file that is too large for the reader of its format.
    DocumentSize {
        /// The largest size that is read, in bytes.
        limit: usize,
    },
    /// The blob is a configuration file with more values or deeper nesting than are read.
    DocumentShape,
    /// The declared character encoding is not supported.
    Charset(String),
    /// Git attributes name a character encoding that is not supported.
    WorkTreeCharset(String),
}

/// The bounds that a blob has exceeded, each once.
pub type Exceeded = BTreeSet<Unfinished>;

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Candidates => write!(
                f,
                "has more than {MAX_CANDIDATES} candidates; the others are not reported"
            ),
            Self::Steps => write!(
                f,
                "takes too many steps to scan for its size; parts of it are not scanned"
            ),
            Self::DocumentSize { limit } => write!(
                f,
                "larger than {} MiB, the limit for configuration files: passwords in it that only \
                 their keys identify are not reported",
                limit >> 20
            ),
            Self::DocumentShape => write!(
                f,
                "has too many values or too many levels for a configuration file: passwords in it \
                 that only their keys identify may be missing"
            ),
            Self::Charset(name) => write!(
                f,
                "declares the character encoding '{name}', which is not supported: secrets in it \
                 may be missing"
            ),
            Self::WorkTreeCharset(name) => write!(
                f,
                "names files that Git checks out in the character encoding '{name}', which is not \
                 supported: secrets in them may be missing"
            ),
        }
    }
}
