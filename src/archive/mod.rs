//! Archives and compressed files: passes their entries to a visitor, nested and within limits. Writes nothing to disk
//! except for unnamed temporary files.
//!
//! Archives are untrusted input. Every byte is either passed to the visitor or reported as a [`Problem`]; sizes that
//! an archive declares are never trusted; and all work is counted against a [`Budget`].

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
    /// The part of `path` after the innermost archive, which determines the file format.
    pub name: &'a [u8],
    /// True for bytes that belong to no entry, but to the archive at `path`: headers, comments, data in between.
    pub is_outside: bool,
    /// The bytes, to be read to the end. Reading never fails: errors are passed to [`EntryVisitor::problem`].
    pub content: &'a mut dyn Read,
}

/// Receives the entries of an archive.
pub trait EntryVisitor {
    /// Reads an entry to its end. `Break` ends the walk.
    fn entry(&mut self, entry: Entry<'_>) -> ControlFlow<()>;

    /// Receives the name of each entry, folders and links included, before its content. `name` is the part of `path`
    /// after the innermost archive.
    fn name(&mut self, _path: &[u8], _name: &[u8]) {}

    /// Receives a problem of the entry at a path, or of the archive as a whole if the path is empty.
    fn problem(&mut self, path: &[u8], problem: &Problem);

    /// Returns true to skip an entry, or a nested archive.
    fn is_excluded(&mut self, _path: &[u8]) -> bool {
        false
    }
}

/// Passes everything in an archive to a visitor: entries in the order of the archive, those of nested archives in
/// place of the archive.
///
/// `name` is the name of the archive, from which the name of the content of a compressed file is derived. `content` is
/// not necessarily read to its end.
pub fn walk(
    format: ArchiveFormat,
    name: &[u8],
    content: &mut dyn Read,
    budget: &Budget,
    visitor: &mut dyn EntryVisitor,
) -> ControlFlow<()> {
    walker::Walker::new(budget, visitor).outermost(format, name, content)
}
