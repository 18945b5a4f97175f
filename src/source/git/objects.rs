//! Objects by id, from one or several stores, with a bound on their size.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::{Find as _, Kind};
use gix::odb::{Header as _, Store};

/// The largest object that is unpacked. Git itself holds an object in memory to unpack it.
const MAX_OBJECT: u64 = 1024 * 1024 * 1024;

/// Why an object cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// It is in no store.
    #[error("object {0} is missing")]
    Missing(ObjectId),
    /// It is there and cannot be unpacked, or is not what it should be.
    #[error("object {id} is damaged: {reason}")]
    Damaged {
        /// Its id.
        id: ObjectId,
        /// What is wrong.
        reason: String,
    },
    /// It says that it is larger than can be held.
    #[error("object {id} is too large to unpack: {size} bytes")]
    TooLarge {
        /// Its id.
        id: ObjectId,
        /// How large it says it is.
        size: u64,
    },
}

/// Where the objects of a repository are. Shared by all threads.
#[derive(Clone)]
pub(super) struct Stores {
    stores: Vec<Arc<Store>>,
    hash: gix::hash::Kind,
}

/// One thread's way to the objects of a repository.
pub(super) struct Objects {
    stores: Vec<gix::odb::store::Handle<Arc<Store>>>,
    hash: gix::hash::Kind,
}

impl Stores {
    /// Opens these folders of objects, each with the alternates that it names itself.
    pub(super) fn open(folders: &[PathBuf], hash: gix::hash::Kind) -> io::Result<Self> {
        let mut stores = Vec::with_capacity(folders.len());
        for (i, folder) in folders.iter().enumerate() {
            if i > 0 && !folder.is_dir() {
                // Git passes over an alternate that is gone, and so do we: what is in no store is
                // an error when it is needed.
                continue;
            }
            let options = gix::odb::store::init::Options {
                alloc_limit_bytes: usize::try_from(MAX_OBJECT).ok(),
                ..Default::default()
            };
            let store = Store::at_opts(folder.clone(), hash, &mut std::iter::empty(), options)?;
            stores.push(Arc::new(store));
        }
        Ok(Self { stores, hash })
    }

    /// A way to the objects for one thread.
    pub(super) fn objects(&self) -> Objects {
        let mut stores: Vec<_> = self.stores.iter().map(Store::to_handle_arc).collect();
        if let Some((_, others)) = stores.split_last_mut() {
            for store in others {
                // Looking again for what is in the next store would cost a listing each time.
                store.refresh_never();
            }
        }
        Objects {
            stores,
            hash: self.hash,
        }
    }
}

impl Objects {
    /// The hash by which objects are named.
    pub(super) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// An id in hexadecimal, in full, of this repository's hash.
    pub(super) fn parse_id(&self, hex: &[u8]) -> Option<ObjectId> {
        let id = ObjectId::from_hex(hex).ok()?;
        (id.kind() == self.hash).then_some(id)
    }

    /// Kind and size of an object.
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

    /// Unpacks an object into `buffer`.
    pub(super) fn read(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Kind, ObjectError> {
        let (kind, size) = self.header(id)?;
        if size > MAX_OBJECT {
            return Err(ObjectError::TooLarge { id, size });
        }
        buffer.clear();
        if size == 0 {
            return Ok(kind);
        }
        for store in &self.stores {
            match store.try_find(&id, buffer) {
                Ok(Some(data)) => {
                    let (kind, length, start) =
                        (data.kind, data.data.len(), data.data.as_ptr().addr());
                    // The object may stand behind its header in the buffer.
                    let skipped = start.saturating_sub(buffer.as_ptr().addr());
                    buffer.truncate(skipped + length);
                    buffer.drain(..skipped.min(buffer.len()));
                    return Ok(kind);
                }
                Ok(None) => {}
                Err(error) => return Err(damaged(id, &error)),
            }
        }
        Err(ObjectError::Missing(id))
    }

    /// Unpacks an object that must be of that kind.
    pub(super) fn read_kind(
        &self,
        id: ObjectId,
        kind: Kind,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ObjectError> {
        match self.read(id, buffer)? {
            found if found == kind => Ok(()),
            found => Err(ObjectError::Damaged {
                id,
                reason: format!("it is a {found}, not a {kind}"),
            }),
        }
    }
}

/// In words; `gix` has the reasons in a chain.
fn damaged(id: ObjectId, error: &gix::Error) -> ObjectError {
    ObjectError::Damaged {
        id,
        reason: error.to_string(),
    }
}
