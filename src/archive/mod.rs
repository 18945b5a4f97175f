//! Archives and compressed files: hands out what they contain, nested and within bounds, and writes nothing to disk but
//! temporary files without a name.
//!
//! An archive is hostile input. Every byte of it is either handed to the visitor or reported as a [`Problem`]; sizes that
//! an archive claims are never trusted; and all work is counted against a [`Budget`].

mod budget;
mod bundle;
mod compressed;
mod format;
mod problem;
mod reader;
mod seven_zip;
mod spool;
mod tar;
mod tar_header;
mod walker;
mod zip;

use std::io::Read;
use std::ops::ControlFlow;

pub use budget::{ArchiveLimits, Budget};
pub use format::{ArchiveFormat, content_name};
pub use problem::{ArchiveBound, Problem};

/// Content in an archive: a file, the target of a link, or bytes that belong to no entry.
pub struct Entry<'a> {
    /// The path in the outermost archive; `!` separates nested archives (`b.zip!c.env`). Empty for bytes of the outermost
    /// archive that belong to no entry.
    pub path: &'a [u8],
    /// The part of `path` after the innermost archive, by which file formats are recognized.
    pub name: &'a [u8],
    /// The bytes, to be read to the end. Never fails: what cannot be read is passed to [`EntryVisitor::problem`].
    pub content: &'a mut dyn Read,
}

/// Receives what an archive contains.
pub trait EntryVisitor {
    /// Reads an entry to its end. `Break` ends the walk.
    fn entry(&mut self, entry: Entry<'_>) -> ControlFlow<()>;

    /// Receives something that is wrong with the entry at a path, or with the archive as a whole if the path is empty.
    fn problem(&mut self, path: &[u8], problem: &Problem);

    /// Returns true for an entry, or an archive in the archive, that is to be skipped.
    fn is_excluded(&mut self, _path: &[u8]) -> bool {
        false
    }
}

/// Hands out everything in an archive: entries in the order in which the archive lists them, those of nested archives in
/// the place of the archive.
///
/// `name` is the name of the archive, from which the name of the content of a compressed file is derived. `content` may
/// not be read to its end.
pub fn walk(
    format: ArchiveFormat,
    name: &[u8],
    content: &mut dyn Read,
    budget: &Budget,
    visitor: &mut dyn EntryVisitor,
) -> ControlFlow<()> {
    walker::Walker::new(budget, visitor).outermost(format, name, content)
}
