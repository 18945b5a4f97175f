//! One thing to scan: bytes and where they come from.

use std::io::Read;

use super::{BlobKind, Origin};

/// One thing to scan, lent by a source for the time of one visit.
///
/// The bytes are a reader, so that a blob of any size is scanned in constant memory; the origin is
/// a function, so that a clean blob costs no allocation.
pub struct Blob<'a> {
    /// What is known about the content before it is read.
    pub hint: Hint<'a>,
    /// The bytes, to be read once, to the end.
    pub content: &'a mut dyn Read,
    /// Where they come from; called only for what is reported.
    pub origin: &'a dyn Fn() -> Origin,
}

/// What is known about a blob before it is read: enough to choose how to read it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint<'a> {
    /// Its path, `/`-separated, in any form that ends in the path as a person knows it.
    pub path: &'a [u8],
    /// What the source knows beyond the name.
    pub kind: BlobKind,
    /// The name of the character encoding that the source declares (the `encoding` header of a
    /// commit), as written; `None` if the content has to say.
    pub charset: Option<&'a [u8]>,
}

impl<'a> Hint<'a> {
    /// Of content of which nothing is known but its path.
    pub fn of_path(path: &'a [u8]) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// The part of the path after the last `/`.
    pub fn file_name(&self) -> &'a [u8] {
        self.path.rsplit(|&b| b == b'/').next().unwrap_or(self.path)
    }
}
