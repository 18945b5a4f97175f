//! The location of a finding: lines and columns.

use std::sync::Arc;

use super::{BlobPath, Commit};

/// A position between two characters. Lines and columns count from 1; a column counts characters
/// (in text that is not UTF-8: bytes that are not continuation bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

/// A range of text in a blob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Relative to the root of the scan.
    pub path: BlobPath,
    /// The first character.
    pub start: Position,
    /// Just after the last character.
    pub end: Position,
    /// The commit that contains the text; `None` for files on disk only.
    pub commit: Option<Arc<Commit>>,
}
