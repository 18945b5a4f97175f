//! An item to scan: bytes and their origin.

use std::io::Read;

use super::{BlobKind, Origin};

/// An item to scan, lent by a source for one visit.
///
/// The bytes are a reader, so that a blob of any size is scanned in constant memory; the origin is
/// a function, so that a clean blob costs no allocation.
pub struct Blob<'a> {
    /// Facts about the content that are known before it is read.
    pub hint: Hint<'a>,
    /// The bytes, to be read once, to the end.
    pub content: &'a mut dyn Read,
    /// Returns the origin of the bytes; called only for reported findings.
    pub origin: &'a dyn Fn() -> Origin,
}

/// Facts about a blob that are known before it is read: enough to choose a way to read it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint<'a> {
    /// The path, `/`-separated. Only its end must be the path of reports.
    pub path: &'a [u8],
    /// The kind, if the source has more information than the name.
    pub kind: BlobKind,
    /// The character encoding that the source declares; `None` to detect it from the content.
    pub charset: Option<DeclaredCharset<'a>>,
    /// True for a file of a directory tree. Content from elsewhere may be stored by Git, which writes text to the work tree
    /// in the encoding that an attribute names.
    pub is_checked_out: bool,
}

/// A declared character encoding: the `encoding` header of a commit or tag, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredCharset<'a> {
    /// The encoding of all bytes.
    Text(&'a [u8]),
    /// The encoding of the values in a header. Each line begins with the name of a field, in ASCII, and a blank.
    HeaderValues(&'a [u8]),
}

impl<'a> DeclaredCharset<'a> {
    /// Returns the name of the encoding.
    pub fn name(self) -> &'a [u8] {
        match self {
            Self::Text(name) | Self::HeaderValues(name) => name,
        }
    }
}

impl<'a> Hint<'a> {
    /// Returns the hint for content with a known path only.
    pub fn of_path(path: &'a [u8]) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// Returns the part of the path after the last `/`.
    pub fn file_name(&self) -> &'a [u8] {
        self.path.rsplit(|&b| b == b'/').next().unwrap_or(self.path)
    }
}
