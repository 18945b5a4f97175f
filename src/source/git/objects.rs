//! Objects by id, from one or several stores, in bounded memory.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::{Find as _, Kind};
use gix::odb::{Header as _, Store};

use super::pack::{ObjectContent, SingleObjects, VerifiedContent, checked_content};
use super::preflight;

/// The largest object, and delta base, that `gix` unpacks in memory. [`SingleObjects`] reads larger ones.
const MAX_UNPACKED: u64 = 2 * 1024 * 1024;

/// The largest folder, commit or tag; these are held in memory.
const MAX_HELD: u64 = 128 * 1024 * 1024;

/// Maximum number of bytes of large objects that all threads together hold in memory.
const BUDGET: usize = 48 * 1024 * 1024;

/// Each thread may hold objects of this many bytes in memory, even if there are many threads.
const MIN_LIMIT: usize = 1024 * 1024;

/// An object cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// No store has it.
    #[error("object {0} is missing")]
    Missing(ObjectId),
    /// It cannot be unpacked, or does not match its id.
    #[error("object {id} is damaged: {reason}")]
    Damaged {
        /// Its id.
        id: ObjectId,
        /// The reason.
        reason: String,
    },
    /// It is too large to be held in memory.
    #[error("object {id} is too large to unpack: {size} bytes")]
    TooLarge {
        /// Its id.
        id: ObjectId,
        /// Its size, according to its header.
        size: u64,
    },
}

impl ObjectError {
    /// An object does not have the expected kind.
    pub(super) fn wrong_kind(id: ObjectId, found: Kind, expected: Kind) -> Self {
        Self::Damaged {
            id,
            reason: format!("it is a {found}, not a {expected}"),
        }
    }
}

/// The object stores of a repository, shared by all threads.
#[derive(Clone)]
pub(super) struct Stores {
    stores: Vec<Arc<Store>>,
    single: Arc<SingleObjects>,
    hash: gix::hash::Kind,
}

/// The objects of a repository, for one thread.
pub(super) struct Objects {
    stores: Vec<gix::odb::store::Handle<Arc<Store>>>,
    single: Arc<SingleObjects>,
    hash: gix::hash::Kind,
    /// Larger blobs are streamed.
    limit: usize,
}

impl Stores {
    /// Opens these object folders, each with its alternates.
    pub(super) fn open(folders: &[PathBuf], hash: gix::hash::Kind) -> io::Result<Self> {
        let mut stores = Vec::with_capacity(folders.len());
        for (i, folder) in folders.iter().enumerate() {
            if i > 0 && !folder.is_dir() {
                // Git ignores an alternate that does not exist. A missing object is an error when it is needed.
                continue;
            }
            preflight::check_objects(folder).map_err(io::Error::other)?;
            let options = gix::odb::store::init::Options {
                alloc_limit_bytes: usize::try_from(MAX_UNPACKED).ok(),
                ..Default::default()
            };
            let store = Store::at_opts(folder.clone(), hash, &mut std::iter::empty(), options)?;
            stores.push(Arc::new(store));
        }
        Ok(Self {
            stores,
            single: Arc::new(SingleObjects::new(folders, hash)),
            hash,
        })
    }

    /// Returns the objects, for the only thread that reads large ones.
    pub(super) fn objects(&self) -> Objects {
        self.objects_of(1)
    }

    /// Returns the objects for one of `threads` threads.
    pub(super) fn objects_of(&self, threads: usize) -> Objects {
        let mut stores: Vec<_> = self.stores.iter().map(Store::to_handle_arc).collect();
        if let Some((_, others)) = stores.split_last_mut() {
            for store in others {
                // Refreshing a store for an object that the next one has would list a folder each time.
                store.refresh_never();
            }
        }
        Objects {
            stores,
            single: Arc::clone(&self.single),
            hash: self.hash,
            // An object, its base and its delta may be in memory at once.
            limit: (BUDGET / 3 / threads.max(1)).max(MIN_LIMIT),
        }
    }
}

impl Objects {
    /// Returns the hash of the object ids.
    pub(super) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Parses a full id of this repository's hash.
    pub(super) fn parse_id(&self, hex: &[u8]) -> Option<ObjectId> {
        let id = ObjectId::from_hex(hex).ok()?;
        (id.kind() == self.hash).then_some(id)
    }

    /// Returns the objects whose ids begin with these hexadecimal digits, sorted.
    pub(super) fn abbreviated(&self, hex: &str) -> Result<Vec<ObjectId>, gix::Error> {
        let prefix = gix::hash::Prefix::from_hex(hex)?;
        let mut found = HashSet::new();
        for store in &self.stores {
            store.lookup_prefix(prefix, Some(&mut found))?;
        }
        let mut found: Vec<ObjectId> = found.into_iter().collect();
        found.sort();
        Ok(found)
    }

    /// Returns kind and size of an object.
    pub(super) fn header(&self, id: ObjectId) -> Result<(Kind, u64), ObjectError> {
        if id == ObjectId::empty_blob(self.hash) {
            return Ok((Kind::Blob, 0));
        }
        for store in &self.stores {
            match store.try_header(&id) {
                Ok(Some(header)) => return Ok((header.kind(), header.size())),
                Ok(None) => {}
                Err(error) => return Err(damaged(id, &error)),
            }
        }
        Err(ObjectError::Missing(id))
    }

    /// Reads an object and passes its kind and content to `take`. A large blob is streamed; the reader returns an
    /// error if the object turns out to be damaged. Content that does not match the id is damage: it is not what Git
    /// would show.
    pub(super) fn lend<T>(
        &self,
        id: ObjectId,
        buffer: &mut Vec<u8>,
        take: impl FnOnce(Kind, &mut dyn Read) -> T,
    ) -> Result<T, ObjectError> {
        let (kind, size) = self.header(id)?;
        if kind != Kind::Blob && size > MAX_HELD {
            return Err(ObjectError::TooLarge { id, size });
        }
        if size == 0 {
            verify(id, kind, &[])?;
            return Ok(take(kind, &mut io::empty()));
        }
        let failure = match self.unpack(id, size, buffer) {
            Ok(Some(kind)) => {
                verify(id, kind, buffer)?;
                return Ok(take(kind, &mut buffer.as_slice()));
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        buffer.clear();
        buffer.shrink_to(MIN_LIMIT);
        self.lend_single(id, failure, |kind, content| match content {
            ObjectContent::Bytes(mut bytes) => {
                verify(id, kind, bytes)?;
                Ok(take(kind, &mut bytes))
            }
            ObjectContent::Stream(content, size) => {
                let content = VerifiedContent::new(id, kind, size, content);
                Ok(take(kind, &mut Named { id, content }))
            }
        })?
    }

    /// Reads an object that `gix` could not unpack: a large one, one with a large delta base, or one whose first
    /// copy is damaged.
    fn lend_single<T>(
        &self,
        id: ObjectId,
        failure: Option<ObjectError>,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectError> {
        match self.single.lend(&id, self.limit, take) {
            Some(Ok(taken)) => Ok(taken),
            Some(Err(reason)) => Err(failure.unwrap_or(damaged(id, &reason))),
            None => Err(failure.unwrap_or(ObjectError::Missing(id))),
        }
    }

    /// Unpacks an object into `buffer`; `None` if it is large, or no store has it.
    fn unpack(
        &self,
        id: ObjectId,
        size: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Kind>, ObjectError> {
        buffer.clear();
        if size > MAX_UNPACKED {
            return Ok(None);
        }
        for store in &self.stores {
            match store.try_find(&id, buffer) {
                Ok(Some(data)) => {
                    let (kind, length, start) =
                        (data.kind, data.data.len(), data.data.as_ptr().addr());
                    // The object may follow its header in the buffer.
                    let skipped = start.saturating_sub(buffer.as_ptr().addr());
                    buffer.truncate(skipped + length);
                    buffer.drain(..skipped.min(buffer.len()));
                    return Ok(Some(kind));
                }
                Ok(None) => {}
                Err(error) => return Err(damaged(id, &error)),
            }
        }
        Ok(None)
    }

    /// Reads an object of at most `most` bytes into `buffer`, and verifies that its content matches its id.
    pub(super) fn read(
        &self,
        id: ObjectId,
        most: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Kind, ObjectError> {
        let (kind, size) = self.header(id)?;
        if size > most {
            return Err(ObjectError::TooLarge { id, size });
        }
        buffer.clear();
        if size == 0 {
            return verify(id, kind, &[]).map(|()| kind);
        }
        let failure = match self.unpack(id, size, buffer) {
            Ok(Some(kind)) => return verify(id, kind, buffer).map(|()| kind),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let read = self.lend_single(id, failure, |kind, content| {
            buffer.clear();
            match content {
                ObjectContent::Bytes(bytes) => buffer.extend_from_slice(bytes),
                ObjectContent::Stream(stream, _) => {
                    stream.read_to_end(buffer)?;
                }
            }
            io::Result::Ok(kind)
        });
        let kind = read?.map_err(|error| damaged(id, &error))?;
        verify(id, kind, buffer).map(|()| kind)
    }

    /// Reads a folder, commit or tag, and verifies that its content matches its id.
    pub(super) fn read_kind(
        &self,
        id: ObjectId,
        kind: Kind,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ObjectError> {
        match self.read(id, MAX_HELD, buffer)? {
            found if found == kind => Ok(()),
            found => Err(ObjectError::wrong_kind(id, found, kind)),
        }
    }
}

/// Content whose read errors name the object.
struct Named<R> {
    id: ObjectId,
    content: R,
}

impl<R: Read> Read for Named<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer).map_err(|error| {
            io::Error::other(ObjectError::Damaged {
                id: self.id,
                reason: error.to_string(),
            })
        })
    }
}

/// Returns an error if the content of an object does not match its id.
fn verify(id: ObjectId, kind: Kind, bytes: &[u8]) -> Result<(), ObjectError> {
    checked_content::verify(&id, kind, bytes).map_err(|damage| damaged(id, &damage))
}

fn damaged(id: ObjectId, error: &dyn std::fmt::Display) -> ObjectError {
    ObjectError::Damaged {
        id,
        reason: error.to_string(),
    }
}
