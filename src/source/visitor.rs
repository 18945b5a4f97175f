//! The receivers of blobs: one trait for all sources, and one for each kind of source that needs more.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use super::version::{Version, VersionResult};
use crate::model::{
    Blob, BlobPath, CredentialId, Hint, ItemError, Note, Origin, SkipReason, SkippedItem,
};

/// Creates the visitor of one thread.
pub type NewVisitor<'a> = dyn Fn() -> Box<dyn ScanVisitor + 'a> + Sync + 'a;

/// A visitor that any source can be passed.
pub trait ScanVisitor: VersionVisitor + HistoryVisitor {}

impl<T: VersionVisitor + HistoryVisitor> ScanVisitor for T {}

/// Receives the items of a source, on one thread.
pub trait Visitor: Send {
    /// Scans a blob: reads its content to the end. `Break` asks the source to stop.
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()>;

    /// Records something that is skipped by choice and listed in reports.
    fn skipped(&mut self, item: SkippedItem);

    /// Counts something that is skipped by choice.
    fn count_skipped(&mut self, reason: SkipReason);

    /// Counts `files` contents of `bytes` bytes altogether as scanned.
    fn count(&mut self, _files: u64, _bytes: u64) {}

    /// Records something that cannot be read.
    fn error(&mut self, error: ItemError);

    /// Records a repository.
    fn repository(&mut self, path: &BlobPath);

    /// Records a fact that matters to a reader of the report and is not an error.
    fn note(&mut self, _note: Note) {}

    /// Returns `Break` if the source should stop.
    fn proceed(&self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Returns true if the path selects a parser for the content.
    fn is_document(&self, _path: &[u8]) -> bool {
        false
    }

    /// Returns a path that ends in this file name and selects a parser, if there is one.
    fn document_path(&self, _name: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// Receives versions of files, from sources that compare them with parent versions. The defaults treat a version
/// as an ordinary blob.
pub trait VersionVisitor: Visitor {
    /// Searches the names of a path that no parent has. They do not depend on the content of its file.
    fn new_path(&mut self, _path: &[u8], _origin: &dyn Fn() -> Origin) {}

    /// Scans a version of a file, and reports findings that no parent version contains. `Break` asks the source to stop.
    fn version(&mut self, blob: Blob<'_>, _version: Version<'_>) -> ControlFlow<(), VersionResult> {
        self.blob(blob).map_continue(|()| VersionResult::Other)
    }

    /// Does the same with content that was scanned before. Returns `None` if the content is needed again.
    fn known_version(
        &mut self,
        _origin: &dyn Fn() -> Origin,
        _version: Version<'_>,
    ) -> Option<ControlFlow<(), VersionResult>> {
        None
    }

    /// Counts files whose content is listed at so many paths that no further path is.
    fn count_unlisted(&mut self, _files: u64) {}
}

/// The result of [`HistoryVisitor::probe`].
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// The credentials that would be reported, each once, for an empty path.
    pub found: Vec<CredentialId>,
    /// The reason why the content was not examined to its end; empty if it was.
    pub unfinished: Vec<String>,
}

/// Examines content whose path is not known yet, for a source that reads every stored object once and learns
/// afterwards where an object belongs. The defaults find nothing.
pub trait HistoryVisitor: Visitor {
    /// Returns true for an archive that is opened: it must be scanned as a whole, not by its differences.
    fn is_archive(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Returns true if no candidate begins in `bytes[part]`. Bytes further away than [`HistoryVisitor::reach`] do
    /// not matter.
    fn is_clean(&self, _bytes: &[u8], _part: Range<usize>) -> bool {
        false
    }

    /// Returns how many bytes before and after a position [`HistoryVisitor::is_clean`] depends on.
    fn reach(&self) -> Range<usize> {
        usize::MAX..usize::MAX
    }

    /// Returns how many bytes before and after a position decide about every candidate there.
    fn context(&self) -> Range<usize> {
        usize::MAX..usize::MAX
    }

    /// Reads content to its end and returns the findings. Counts the content as scanned and reports
    /// nothing.
    ///
    /// # Errors
    /// If the content cannot be read.
    fn probe(&mut self, _hint: Hint<'_>, _content: &mut dyn Read) -> io::Result<Probed> {
        Ok(Probed::default())
    }

    /// Returns what [`HistoryVisitor::probe`] would find for keywords in `parts` of `bytes`, which are in order. Bytes
    /// further away than [`HistoryVisitor::context`] do not matter. Counts nothing. Returns `None` for content that
    /// must be read from its start, and if a bound would cut the detection.
    fn probe_parts(&mut self, _bytes: &[u8], _parts: &[Range<usize>]) -> Option<Vec<CredentialId>> {
        None
    }

    /// Returns false if `bytes` yield the same findings under this path as under an empty path.
    fn is_read_by_name(&self, hint: Hint<'_>, _bytes: &[u8]) -> bool {
        self.is_document(hint.path)
    }

    /// Scans a blob, and reports those findings whose fingerprint for an empty path `is_introduced` accepts, with
    /// `remark` added to their messages. Does not count the blob as scanned.
    fn placed(
        &mut self,
        _blob: Blob<'_>,
        _is_introduced: &dyn Fn(&CredentialId) -> bool,
        _remark: &str,
    ) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
