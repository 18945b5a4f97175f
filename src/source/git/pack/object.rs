//! Objects as the traversal of a pack passes them on.

use std::io::Read;
use std::ops::ControlFlow;

use gix::objs::Kind;

use super::damage::ObjectDamage;
use super::delta::Delta;

/// Larger objects, in bytes, that are the base of no other are not held in memory.
pub(crate) const STREAM_THRESHOLD: u64 = 4 * 1024 * 1024;

/// The storage location of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ObjectAddress {
    /// In a pack: its number among the packs, and the position of the object in the index.
    Packed { pack: usize, position: u32 },
    /// Among the loose objects.
    Loose(usize),
}

impl ObjectAddress {
    /// Returns an address in a pack.
    pub(crate) fn packed(pack: usize, position: u32) -> Self {
        Self::Packed { pack, position }
    }
}

/// One object, for the time of one visit.
pub(crate) struct StoredObject<'a> {
    /// Its storage location.
    pub(crate) address: ObjectAddress,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its content.
    pub(crate) content: ObjectContent<'a>,
    /// The object that it was made from.
    pub(crate) base: Option<DeltaBase<'a>>,
}

/// The content of an object.
pub(crate) enum ObjectContent<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// A reader, to be read once, and its size. Its errors are [`ObjectDamage`]s.
    Stream(&'a mut dyn Read, u64),
}

/// The object that another was made from.
pub(crate) struct DeltaBase<'a> {
    /// Its storage location.
    pub(crate) address: ObjectAddress,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// The delta between both.
    pub(crate) delta: &'a Delta<'a>,
    /// The visitor's result for it.
    pub(crate) state: ScanState,
}

/// A visitor's result for an object. It is passed back with each object that is made from this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanState {
    /// Nothing.
    Unknown,
    /// No candidate begins in it.
    Clean,
    /// It was scanned; the index of its findings, if any.
    Scanned(Option<usize>),
}

/// Receives objects, on one thread.
pub(crate) trait ObjectVisitor {
    /// Receives an object.
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState>;

    /// Receives the address of an object that is damaged.
    fn damaged(&mut self, address: ObjectAddress, damage: &ObjectDamage);
}
