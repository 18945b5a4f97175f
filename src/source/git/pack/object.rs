//! What a walk hands out.

use std::io::Read;
use std::ops::ControlFlow;

use super::damage::ObjectDamage;
use super::delta::Delta;
use super::entry::Kind;

/// Objects of more bytes than this, on which nothing builds, are never held as a whole.
pub(crate) const STREAM_THRESHOLD: usize = 4 * 1024 * 1024;

/// One object, lent for the time of one visit.
pub(crate) struct StoredObject<'a> {
    /// Its place in the index of its pack, or among the loose objects.
    pub(crate) place: u32,
    /// What it is.
    pub(crate) kind: Kind,
    /// Its bytes.
    pub(crate) content: ObjectContent<'a>,
    /// What it was made from.
    pub(crate) base: Option<DeltaBase<'a>>,
}

/// The bytes of an object.
pub(crate) enum ObjectContent<'a> {
    /// All of them.
    Bytes(&'a [u8]),
    /// To be read once. An error on the way is a [`ObjectDamage`].
    Stream(&'a mut dyn Read),
}

/// What an object was made from.
pub(crate) struct DeltaBase<'a> {
    /// Its place in the index of the pack.
    pub(crate) place: u32,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// How the object was made from it.
    pub(crate) delta: &'a Delta<'a>,
    /// What the visitor knows of it.
    pub(crate) state: ScanState,
}

/// What a visitor knows of an object; it comes back with each object that builds on this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanState {
    /// Nothing.
    Unknown,
    /// Nothing could begin in it.
    Clean,
    /// What it holds: the index of that among what was found, if it holds something.
    Holds(Option<usize>),
}

/// What objects are handed to, by one thread.
pub(crate) trait ObjectVisitor {
    /// An object.
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState>;

    /// An object that cannot be read, or not as it should be.
    fn broken(&mut self, place: u32, damage: &ObjectDamage);
}
