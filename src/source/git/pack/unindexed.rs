//! A pack without an index, as a bundle contains one: its objects are read in their order.

use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::ZlibDecoder;
use gix::objs::Kind;
use gix::odb::pack::data;
use gix::odb::pack::data::entry::Header;

use super::delta::Delta;
use super::pack_file::MAX_CHAIN;

/// The largest object that is made from a delta.
const MAX_OBJECT: u64 = 64 << 20;

/// Maximum number of bytes of delta bases that are kept.
const MAX_BASES: usize = 48 << 20;

/// Size of the header of a pack.
const PACK_HEADER: u64 = 12;

/// A pack without an index.
pub struct UnindexedPack {
    data: data::File,
    hash: gix::hash::Kind,
}

/// The unreadable objects of a pack.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UnreadObjects {
    /// Objects whose delta base is not in the pack.
    pub without_base: u64,
    /// True if the pack is damaged; the objects behind the damage are not read.
    pub is_damaged: bool,
    /// Objects that are too large to be made from a delta.
    pub too_large: u64,
}

/// Receives the objects of a pack.
pub trait PackReceiver {
    /// Counts an object of this size before it is inflated. `Break` ends the reading.
    fn spend(&mut self, size: u64) -> ControlFlow<()>;

    /// Receives a blob, a commit or a tag.
    fn object(&mut self, id: &str, content: &mut dyn Read) -> ControlFlow<()>;
}

/// An entry of the pack.
struct UnindexedEntry {
    offset: u64,
    /// Offset of the zlib stream.
    stored_at: u64,
    size: u64,
    header: Header,
}

/// An object in memory.
type MadeObject = (Kind, Rc<Vec<u8>>);

impl UnindexedPack {
    /// Opens a pack. `is_sha256` is true for repositories with such object ids.
    ///
    /// # Errors
    /// In words, if the file cannot be opened or is not a pack.
    pub fn open(path: &Path, is_sha256: bool) -> Result<Self, String> {
        let hash = if is_sha256 {
            gix::hash::Kind::Sha256
        } else {
            gix::hash::Kind::Sha1
        };
        let data = data::File::at(path, hash).map_err(|error| error.to_string())?;
        Ok(Self { data, hash })
    }

    /// Hands out every blob, commit and tag.
    pub fn read(&self, receiver: &mut dyn PackReceiver) -> ControlFlow<(), UnreadObjects> {
        let mut reading = PackReading {
            pack: self,
            entries: Vec::new(),
            by_offset: HashMap::new(),
            by_id: HashMap::new(),
            bases: HashMap::new(),
            kept: 0,
            unread: UnreadObjects::default(),
        };
        reading.read_whole_objects(receiver)?;
        reading.read_deltas(receiver)?;
        ControlFlow::Continue(reading.unread)
    }

    fn stored(&self, at: u64) -> &[u8] {
        let end = self.data.pack_end() as u64;
        let bytes = (at < end).then(|| self.data.entry_slice(at..end));
        bytes.flatten().unwrap_or_default()
    }

    /// Reads the header of the entry at an offset.
    fn entry(&self, offset: u64) -> Option<UnindexedEntry> {
        let entry = data::Entry::from_bytes(self.stored(offset), 0, self.hash).ok()?;
        Some(UnindexedEntry {
            offset,
            stored_at: offset + entry.data_offset,
            size: entry.decompressed_size,
            header: entry.header,
        })
    }

    /// Returns the id of an object whose content is read to its end.
    fn id(&self, kind: Kind, size: u64, content: &mut dyn Read) -> io::Result<gix::ObjectId> {
        let mut hasher = gix::hash::hasher(self.hash);
        hasher.update(format!("{kind} {size}\0").as_bytes());
        let mut buffer = vec![0; 64 << 10];
        loop {
            match content.read(&mut buffer)? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
        hasher.try_finalize().map_err(io::Error::other)
    }
}

/// One reading of a pack.
struct PackReading<'p> {
    pack: &'p UnindexedPack,
    entries: Vec<UnindexedEntry>,
    /// By offset of an entry: its index.
    by_offset: HashMap<u64, usize>,
    by_id: HashMap<gix::ObjectId, usize>,
    /// Objects that others are made from, by index.
    bases: HashMap<usize, MadeObject>,
    kept: usize,
    unread: UnreadObjects,
}

impl PackReading<'_> {
    /// Reads all entries in order, and passes on those that are not deltas.
    fn read_whole_objects(&mut self, receiver: &mut dyn PackReceiver) -> ControlFlow<()> {
        let mut offset = PACK_HEADER;
        for _ in 0..self.pack.data.num_objects() {
            let Some(entry) = self.pack.entry(offset) else {
                self.unread.is_damaged = true;
                break;
            };
            receiver.spend(entry.size)?;
            let Some(length) = self.read_entry(&entry, receiver)? else {
                self.unread.is_damaged = true;
                break;
            };
            let next = entry.stored_at + length;
            self.by_offset.insert(offset, self.entries.len());
            self.entries.push(entry);
            offset = next;
        }
        ControlFlow::Continue(())
    }

    /// Returns the length of the zlib stream of an entry; `None` if it is damaged.
    fn read_entry(
        &mut self,
        entry: &UnindexedEntry,
        receiver: &mut dyn PackReceiver,
    ) -> ControlFlow<(), Option<u64>> {
        let stored = self.pack.stored(entry.stored_at);
        // One byte more, to notice a longer stream.
        let mut content = ZlibDecoder::new(stored).take(entry.size.saturating_add(1));
        let Some(kind) = entry.header.as_kind() else {
            let copied = io::copy(&mut content, &mut io::sink());
            let is_whole = copied.is_ok_and(|copied| copied == entry.size);
            return ControlFlow::Continue(is_whole.then(|| content.into_inner().total_in()));
        };
        let id = self.pack.id(kind, entry.size, &mut content);
        let decoder = content.into_inner();
        let id = match id {
            Ok(id) if decoder.total_out() == entry.size => id,
            _ => return ControlFlow::Continue(None),
        };
        self.by_id.insert(id, self.entries.len());
        if kind != Kind::Tree {
            receiver.object(&id.to_string(), &mut ZlibDecoder::new(stored))?;
        }
        ControlFlow::Continue(Some(decoder.total_in()))
    }

    /// Hands out the objects that are stored as deltas, bases first.
    fn read_deltas(&mut self, receiver: &mut dyn PackReceiver) -> ControlFlow<()> {
        let is_delta = |&index: &usize| self.entries[index].header.as_kind().is_none();
        let mut waiting: Vec<usize> = (0..self.entries.len()).filter(is_delta).collect();
        loop {
            let before = waiting.len();
            let mut later = Vec::new();
            for index in waiting {
                // The id of a base may become known later.
                if !self.read_delta(index, receiver)? {
                    later.push(index);
                }
            }
            waiting = later;
            if waiting.is_empty() || waiting.len() == before {
                self.unread.without_base = waiting.len() as u64;
                return ControlFlow::Continue(());
            }
        }
    }

    /// Returns false if a base is not known.
    fn read_delta(
        &mut self,
        index: usize,
        receiver: &mut dyn PackReceiver,
    ) -> ControlFlow<(), bool> {
        let Some(chain) = self.chain(index) else {
            return ControlFlow::Continue(false);
        };
        let Some((kind, content)) = self.make(&chain, receiver)? else {
            return ControlFlow::Continue(true);
        };
        let size = content.len() as u64;
        if let Ok(id) = self.pack.id(kind, size, &mut &content[..]) {
            self.by_id.insert(id, index);
            if kind != Kind::Tree {
                receiver.object(&id.to_string(), &mut &content[..])?;
            }
        }
        ControlFlow::Continue(true)
    }

    /// Returns an entry and its bases, up to one that is in memory or is not a delta.
    fn chain(&self, index: usize) -> Option<Vec<usize>> {
        let mut chain = vec![index];
        let mut at = index;
        while !self.bases.contains_key(&at) {
            let entry = &self.entries[at];
            let base = match entry.header {
                Header::OfsDelta { base_distance } => {
                    let offset = entry.offset.checked_sub(base_distance)?;
                    self.by_offset.get(&offset)
                }
                Header::RefDelta { base_id } => self.by_id.get(&base_id),
                _ => break,
            };
            at = *base?;
            if chain.len() > MAX_CHAIN {
                return None;
            }
            chain.push(at);
        }
        Some(chain)
    }

    /// Makes the first object of a chain from the others; `None` if that is not possible, which is counted.
    fn make(
        &mut self,
        chain: &[usize],
        receiver: &mut dyn PackReceiver,
    ) -> ControlFlow<(), Option<MadeObject>> {
        let mut made: Option<MadeObject> = None;
        for &index in chain.iter().rev() {
            let next = match (self.bases.get(&index), made) {
                (Some(base), _) => Some(base.clone()),
                (None, base) => self.make_one(index, base, receiver)?,
            };
            let Some(object) = next else {
                return ControlFlow::Continue(None);
            };
            self.keep(index, &object);
            made = Some(object);
        }
        ControlFlow::Continue(made)
    }

    fn make_one(
        &mut self,
        index: usize,
        base: Option<MadeObject>,
        receiver: &mut dyn PackReceiver,
    ) -> ControlFlow<(), Option<MadeObject>> {
        let entry = &self.entries[index];
        if entry.size > MAX_OBJECT {
            self.unread.too_large += 1;
            return ControlFlow::Continue(None);
        }
        receiver.spend(entry.size)?;
        let mut stored = Vec::new();
        let content = ZlibDecoder::new(self.pack.stored(entry.stored_at));
        let read = content.take(entry.size).read_to_end(&mut stored);
        let kind = entry.header.as_kind();
        let (Ok(_), Some((kind, base))) = (read, base) else {
            let object = kind.map(|kind| (kind, Rc::new(stored)));
            self.unread.is_damaged |= object.is_none();
            return ControlFlow::Continue(object);
        };
        let delta = Delta::new(&base, &stored);
        let size = delta.as_ref().map_or(0, |delta| delta.size());
        if size > MAX_OBJECT {
            self.unread.too_large += 1;
            return ControlFlow::Continue(None);
        }
        receiver.spend(size)?;
        let mut content = Vec::new();
        let is_made = delta.is_ok_and(|delta| delta.apply(&mut content).is_ok());
        self.unread.is_damaged |= !is_made;
        ControlFlow::Continue(is_made.then(|| (kind, Rc::new(content))))
    }

    fn keep(&mut self, index: usize, object: &MadeObject) {
        if self.kept > MAX_BASES {
            self.bases.clear();
            self.kept = 0;
        }
        if self.bases.insert(index, object.clone()).is_none() {
            self.kept += object.1.len();
        }
    }
}
