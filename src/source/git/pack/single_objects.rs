//! Reads single objects of any size in bounded memory, without a list of all objects.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use gix::hash::{ObjectId, oid};
use gix::odb::pack::{data, index};

use super::alternates;
use super::damage::ObjectDamage;
use super::entry::{self, Entry, Kind, Stored};
use super::inflate::{self, Exactly, InflateReader, Inflater};
use super::loose::loose_head;
use super::object::{ObjectContent, STREAM_THRESHOLD};
use super::pack;
use super::single::{self, Entries};
use super::store;

/// The objects of some folders, each of which can be read by itself.
pub(crate) struct SingleObjects {
    folders: Vec<PathBuf>,
    hash: gix::hash::Kind,
    /// Opened when the first object is not found among the loose ones.
    packs: OnceLock<Vec<PackFiles>>,
}

/// A pack and its index. An object is known by its offset.
struct PackFiles {
    data: data::File,
    index: index::File,
}

impl SingleObjects {
    /// The objects of these folders and of their alternates.
    pub(crate) fn new(folders: &[PathBuf], hash: gix::hash::Kind) -> Self {
        let mut all = Vec::new();
        for folder in folders {
            for folder in alternates::folders(folder, &mut Vec::new()) {
                if !all.contains(&folder) {
                    all.push(folder);
                }
            }
        }
        Self {
            folders: all,
            hash,
            packs: OnceLock::new(),
        }
    }

    /// Lends an object to `take`. A blob of more than `limit` bytes is streamed, and what it is made from is
    /// kept in temporary files. `None` if the object is not there.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn lend<T>(
        &self,
        id: &oid,
        limit: usize,
        take: impl FnOnce(gix::objs::Kind, ObjectContent<'_>) -> T,
    ) -> Option<Result<T, String>> {
        let take = |kind, content: ObjectContent<'_>| take(git_kind(kind), content);
        if let Some(file) = self.loose(id) {
            return Some(lend_loose(file, take).map_err(|damage| damage.to_string()));
        }
        let packs = self.packs.get_or_init(|| self.open());
        for pack in packs {
            if let Some(place) = pack.index.lookup(id) {
                let offset = pack.index.pack_offset_at_index(place);
                let inflater = &mut Inflater::default();
                let lent = single::lend(pack, offset, self.hash, inflater, limit, take);
                return Some(lent.map_err(|damage| damage.to_string()));
            }
        }
        None
    }

    fn loose(&self, id: &oid) -> Option<File> {
        let hex = id.to_string();
        let (folder, name) = hex.split_at(2);
        self.folders
            .iter()
            .find_map(|objects| File::open(objects.join(folder).join(name)).ok())
    }

    /// Opens all packs. One that cannot be opened has no objects.
    fn open(&self) -> Vec<PackFiles> {
        let mut packs = Vec::new();
        for folder in &self.folders {
            let Ok(entries) = std::fs::read_dir(folder.join("pack")) else {
                continue;
            };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                if path.extension() == Some("idx".as_ref())
                    && let Ok((data, index)) = pack::open_files(&path, self.hash)
                {
                    packs.push(PackFiles { data, index });
                }
            }
        }
        packs
    }
}

fn lend_loose<T>(
    file: File,
    take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
) -> Result<T, ObjectDamage> {
    let mut content = InflateReader::new(file);
    let (kind, size) = loose_head(&mut content)?;
    let mut content = Exactly::new(content, size);
    if kind == Kind::Blob && size > STREAM_THRESHOLD as u64 {
        return Ok(take(kind, ObjectContent::Stream(&mut content)));
    }
    store::room_for(size)?;
    let mut bytes = Vec::new();
    content
        .read_to_end(&mut bytes)
        .map_err(|error| store::damage_of(&error))?;
    Ok(take(kind, ObjectContent::Bytes(&bytes)))
}

impl Entries for PackFiles {
    type Place = u64;

    fn head(&self, offset: u64, hash: gix::hash::Kind) -> Result<(Entry, &[u8]), ObjectDamage> {
        let end = self.data.pack_end() as u64;
        let bytes = Some(offset)
            .filter(|&offset| offset < end)
            .and_then(|offset| self.data.entry_slice(offset..end))
            .ok_or(ObjectDamage::Short)?;
        let entry = entry::parse(bytes, hash)?;
        let stored = bytes.get(entry.head..).ok_or(ObjectDamage::Short)?;
        inflate::check_claim(stored.len() as u64, entry.size)?;
        Ok((entry, stored))
    }

    fn base(&self, offset: u64, entry: &Entry) -> Option<u64> {
        match &entry.stored {
            Stored::Whole(_) | Stored::Before(0) => None,
            Stored::Before(distance) => offset.checked_sub(*distance),
            Stored::Named(id) => self.offset(id),
        }
    }
}

impl PackFiles {
    fn offset(&self, id: &ObjectId) -> Option<u64> {
        let place = self.index.lookup(id)?;
        Some(self.index.pack_offset_at_index(place))
    }
}

fn git_kind(kind: Kind) -> gix::objs::Kind {
    match kind {
        Kind::Blob => gix::objs::Kind::Blob,
        Kind::Tree => gix::objs::Kind::Tree,
        Kind::Commit => gix::objs::Kind::Commit,
        Kind::Tag => gix::objs::Kind::Tag,
    }
}
