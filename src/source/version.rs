//! Versions of files: the identity of their content, and their parent versions.

use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::model::BlobPath;

/// Identifies content together with the parser that its name selects. The same key yields the same findings at
/// another path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentKey {
    /// The object id.
    id: gix::ObjectId,
    /// The names that select a parser, if they do.
    grammar: Option<Box<[u8]>>,
}

impl ContentKey {
    /// Creates the key of an object. `grammar` contains the last names of its path if they select a parser.
    pub(super) fn new(id: gix::ObjectId, grammar: Option<&[u8]>) -> Self {
        Self {
            id,
            grammar: grammar.map(Into::into),
        }
    }

    /// Returns true if findings do not depend on the path.
    pub fn is_plain(&self) -> bool {
        self.grammar.is_none()
    }
}

/// A version of a file, without its content.
#[derive(Clone, Copy)]
pub struct Version<'a> {
    /// Identifies the content.
    pub key: &'a ContentKey,
    /// The parent versions.
    pub parents: &'a dyn ParentVersions,
}

/// The versions of a file in the parents of its commit.
pub trait ParentVersions {
    /// Passes every parent version to `visitor`, except those at excluded paths. Stops at the first error and when
    /// the visitor asks to stop.
    ///
    /// # Errors
    /// If a parent version cannot be read.
    fn each(&self, visitor: &mut dyn ParentVisitor) -> io::Result<()>;

    /// Returns a number that all versions with the same parent versions share, if there may be several.
    fn shared(&self) -> Option<u64>;
}

/// Receives parent versions.
pub trait ParentVisitor {
    /// Returns true if the path selects a parser for the content.
    fn is_document(&self, path: &[u8]) -> bool;

    /// Receives a parent version whose content may have been scanned before. Returns false if the content is
    /// needed.
    fn known_parent(&mut self, path: &BlobPath, key: &ContentKey) -> bool;

    /// Receives a parent version: its path, key and content.
    ///
    /// # Errors
    /// If the content cannot be read.
    fn parent(
        &mut self,
        path: &BlobPath,
        key: &ContentKey,
        content: &mut dyn Read,
    ) -> io::Result<()>;

    /// Returns `Break` if the source should stop.
    fn proceed(&self) -> ControlFlow<()>;
}

/// The result of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionResult {
    /// The content has no findings.
    Clean,
    /// All findings of the content were reported at this path.
    Reported,
    /// Any other result.
    Other,
}
