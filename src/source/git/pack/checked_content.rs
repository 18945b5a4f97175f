//! Content that is compared with the id of its object.
//!
//! Git verifies ids when it receives objects, not when it reads them, so a file below `.git/objects` can contain another object
//! than the one that its name identifies.

use std::io::{self, Read};

use gix::hash::{Hasher, ObjectId, oid};
use gix::objs::Kind;

use super::damage::ObjectDamage;

/// Returns an error if the content of an object does not match its id.
pub(crate) fn verify(id: &oid, kind: Kind, bytes: &[u8]) -> Result<(), ObjectDamage> {
    let mut hasher = hasher_of(id, kind, bytes.len() as u64);
    hasher.update(bytes);
    check(id, hasher)
}

/// Reads content; its end is an error if all of it does not match the id.
pub(crate) struct VerifiedContent<R> {
    id: ObjectId,
    content: R,
    /// `None` after the end, and for content that is not verified.
    hasher: Option<Hasher>,
}

impl<R: Read> VerifiedContent<R> {
    /// Reads the content of an object with this id, kind and size.
    pub(crate) fn new(id: ObjectId, kind: Kind, size: u64, content: R) -> Self {
        Self {
            id,
            content,
            hasher: Some(hasher_of(&id, kind, size)),
        }
    }

    /// Reads the content of an object without verifying it.
    pub(crate) fn unverified(id: ObjectId, content: R) -> Self {
        Self {
            id,
            content,
            hasher: None,
        }
    }
}

impl<R: Read> Read for VerifiedContent<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        if count > 0 {
            let read = buffer.get(..count).unwrap_or_default();
            self.hasher
                .iter_mut()
                .for_each(|hasher| hasher.update(read));
        } else if !buffer.is_empty()
            && let Some(hasher) = self.hasher.take()
        {
            check(&self.id, hasher)?;
        }
        Ok(count)
    }
}

fn hasher_of(id: &oid, kind: Kind, size: u64) -> Hasher {
    let mut hasher = gix::hash::hasher(id.kind());
    hasher.update(&gix::objs::encode::loose_header(kind, size));
    hasher
}

fn check(id: &oid, hasher: Hasher) -> Result<(), ObjectDamage> {
    match hasher.try_finalize() {
        Ok(found) if found == id => Ok(()),
        Ok(found) => Err(ObjectDamage::Content(found)),
        Err(error) => Err(ObjectDamage::File(error.to_string())),
    }
}
