//! Versions of files: what identifies their content, and which versions came before them.

use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::model::BlobPath;

/// Identifies content together with the grammar that its name selects: the same key gives the same
/// findings, except for their place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentKey {
    /// The id of the object.
    id: gix::ObjectId,
    /// For content that is read by a grammar of its own: the names that select it.
    grammar: Option<Box<[u8]>>,
}

impl ContentKey {
    /// The key of an object. `grammar` holds the last names of its path if these say how to read it.
    pub(super) fn new(id: gix::ObjectId, grammar: Option<&[u8]>) -> Self {
        Self {
            id,
            grammar: grammar.map(Into::into),
        }
    }

    /// True if findings do not depend on the path at all.
    pub fn is_plain(&self) -> bool {
        self.grammar.is_none()
    }
}

/// A version of a file, next to its content.
#[derive(Clone, Copy)]
pub struct Version<'a> {
    /// Identifies the content.
    pub key: &'a ContentKey,
    /// The versions before this one.
    pub parents: &'a dyn ParentVersions,
}

/// The versions of a file in the parents of its commit.
pub trait ParentVersions {
    /// Hands every parent version to `visitor`, except those at excluded paths. Stops at the first error
    /// of the visitor and when it asks to stop.
    ///
    /// # Errors
    /// If a parent version cannot be read.
    fn each(&self, visitor: &mut dyn ParentVisitor) -> io::Result<()>;

    /// A number that all versions share that have the same parent versions, if there may be several.
    fn shared(&self) -> Option<u64>;
}

/// Takes parent versions.
pub trait ParentVisitor {
    /// True if content under this path is read by a grammar of its own.
    fn is_document(&self, path: &[u8]) -> bool;

    /// A parent version whose content may have been handed over before. False if it is needed again.
    fn known_parent(&mut self, path: &BlobPath, key: &ContentKey) -> bool;

    /// A parent version: its path, the key of its content, and the content.
    ///
    /// # Errors
    /// What reading gives.
    fn parent(
        &mut self,
        path: &BlobPath,
        key: &ContentKey,
        content: &mut dyn Read,
    ) -> io::Result<()>;

    /// `Break` where the source should stop.
    fn proceed(&self) -> ControlFlow<()>;
}

/// What a visitor did with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionResult {
    /// The content holds nothing.
    Clean,
    /// Everything that the content holds was reported at this path.
    Reported,
    /// Anything else.
    Other,
}
