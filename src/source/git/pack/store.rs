//! All objects of a repository, in packs and loose, each identified by one number.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gix::hash::{ObjectId, oid};
use gix::objs::Kind;

use super::alternates;
use super::checked_content::{self, VerifiedContent};
use super::copies::Copies;
use super::damage::ObjectDamage;
use super::forest::{NONE, PackForest};
use super::inflate::Inflater;
use super::loose;
use super::object::{ObjectAddress, ObjectContent, STREAM_THRESHOLD};
use crate::safe_file::open_regular;

/// Larger blobs that are read by themselves are kept in a file. Only one thread reads such blobs.
const SINGLE_LIMIT: usize = 24 * 1024 * 1024;

/// Maximum number of times that a folder is listed again because the repository is being repacked.
const MAX_LISTINGS: usize = 5;

/// Delay between two listings, in which a repack may finish.
const PAUSE: Duration = Duration::from_millis(80);

/// All packs and loose objects of some object folders.
///
/// The number of an object is its position in the first pack that has it, counted through all packs, or its place
/// among the loose objects, which follow.
pub(crate) struct ObjectStore {
    objects: PathBuf,
    hash: gix::hash::Kind,
    /// Number of threads that open a pack.
    threads: usize,
    folders: Vec<PathBuf>,
    packs: Vec<PackForest>,
    /// By pack: the number of its first object; then that of the first loose object.
    first_numbers: Vec<u32>,
    /// Sorted ids, each with the index of its folder.
    loose: Vec<(ObjectId, u16)>,
    copies: Copies,
    /// True if a pack is from a promisor remote, which has the missing objects.
    is_promised: bool,
    /// Number of times that the store was opened before.
    generation: usize,
    /// The same store, opened again when a loose object was gone.
    reopened: Mutex<Option<Arc<ObjectStore>>>,
}

impl ObjectStore {
    /// Lists and opens all packs and loose objects that `objects` leads to. Files that cannot be opened are
    /// added to `problems`.
    pub(crate) fn open(
        objects: &Path,
        hash: gix::hash::Kind,
        threads: usize,
        problems: &mut Vec<String>,
    ) -> Self {
        Self::open_generation(objects, hash, threads, 0, problems)
    }

    fn open_generation(
        objects: &Path,
        hash: gix::hash::Kind,
        threads: usize,
        generation: usize,
        problems: &mut Vec<String>,
    ) -> Self {
        let mut store = Self {
            objects: objects.to_owned(),
            hash,
            threads,
            folders: alternates::folders(objects, problems),
            packs: Vec::new(),
            first_numbers: Vec::new(),
            loose: Vec::new(),
            copies: Copies::default(),
            is_promised: false,
            generation,
            reopened: Mutex::default(),
        };
        let mut known = BTreeSet::new();
        let (mut failed, mut loose_problems) = (Vec::new(), Vec::new());
        // A repack writes the new copy of an object before it removes the old one. So packs are listed before and
        // after the loose objects, until no new one appears.
        for turn in 0..MAX_LISTINGS {
            let has_grown = store.list_packs(&mut known, &mut failed);
            if turn > 0 && !has_grown && failed.is_empty() {
                break;
            }
            if turn > 0 && !failed.is_empty() {
                // A pack appears before its index.
                std::thread::sleep(PAUSE);
            }
            loose_problems = store.list_loose();
        }
        problems.append(&mut failed);
        problems.append(&mut loose_problems);
        store.number_objects(problems);
        store
    }

    /// Opens the packs that are not in `known`; returns true if there are any.
    fn list_packs(&mut self, known: &mut BTreeSet<PathBuf>, failed: &mut Vec<String>) -> bool {
        failed.clear();
        let before = self.packs.len();
        for folder in &self.folders {
            let mut paths = list(&folder.join("pack"), failed);
            paths.sort();
            for path in &paths {
                let extension = path.extension().unwrap_or_default();
                self.is_promised |= extension == "promisor";
                let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                let is_pack = extension == "pack" && name.starts_with(b"pack-");
                if is_pack && !path.with_extension("idx").exists() && path.exists() {
                    let name = path.display();
                    failed.push(format!(
                        "the pack '{name}' has no index; `git index-pack` makes one"
                    ));
                }
                if extension != "idx" || known.contains(path) {
                    continue;
                }
                match PackForest::open(path, self.hash, self.threads) {
                    Ok(pack) => {
                        known.insert(path.clone());
                        self.packs.push(pack);
                    }
                    // Removed by a repack: its objects are in another pack.
                    Err(_) if !path.exists() => {}
                    Err(error) => {
                        failed.push(format!("the pack of '{}': {error}", path.display()));
                    }
                }
            }
        }
        self.packs.len() > before
    }

    /// Lists the loose objects; returns the unreadable folders.
    fn list_loose(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, folder) in (0u16..).zip(&self.folders) {
            for first in 0..=255u8 {
                let start = format!("{first:02x}");
                for path in list(&folder.join(&start), &mut problems) {
                    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                    if let Ok(id) = ObjectId::from_hex(&[start.as_bytes(), name].concat())
                        && id.kind() == self.hash
                    {
                        self.loose.push((id, index));
                    }
                }
            }
        }
        self.loose.sort_unstable();
        self.loose.dedup_by_key(|&mut (id, _)| id);
        problems
    }

    /// Numbers the objects. Packs whose objects exceed the range of numbers are closed and reported.
    fn number_objects(&mut self, problems: &mut Vec<String>) {
        let mut first = 0u32;
        for pack in std::mem::take(&mut self.packs) {
            match first.checked_add(pack.len()).filter(|&end| end < NONE / 2) {
                Some(end) => {
                    self.first_numbers.push(first);
                    first = end;
                    self.packs.push(pack);
                }
                None => problems.push(format!(
                    "the pack '{}' has more objects than can be counted",
                    pack.path().display()
                )),
            }
        }
        self.first_numbers.push(first);
        self.loose.truncate((NONE / 2) as usize);
        self.copies = Copies::find(&self.packs, &self.first_numbers, &self.loose);
    }

    /// Returns the packs.
    pub(crate) fn packs(&self) -> &[PackForest] {
        &self.packs
    }

    /// Returns the kind of the ids.
    pub(crate) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Returns true if a promisor remote has the objects that are missing.
    pub(crate) fn is_promised(&self) -> bool {
        self.is_promised
    }

    /// Returns how many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.first_loose() as usize + self.loose.len()
    }

    /// Returns how many loose objects there are.
    pub(crate) fn loose_len(&self) -> usize {
        self.loose.len()
    }

    fn first_loose(&self) -> u32 {
        self.first_numbers.last().copied().unwrap_or_default()
    }

    /// Returns the number of the object at an address; `None` if it has its number from another address.
    pub(crate) fn number_at(&self, address: ObjectAddress) -> Option<u32> {
        let slot = self.slot(address)?;
        (!self.copies.is_later(slot)).then_some(slot)
    }

    /// Returns the number that an address would have if it were the only one of its object.
    fn slot(&self, address: ObjectAddress) -> Option<u32> {
        match address {
            ObjectAddress::Packed { pack, position } => Some(self.first_numbers[pack] + position),
            ObjectAddress::Loose(index) => self.loose_number(index),
        }
    }

    /// Returns the id of the object at an address.
    pub(crate) fn id_at(&self, address: ObjectAddress) -> ObjectId {
        let slot = self.slot(address);
        slot.map_or_else(|| self.hash.null(), |slot| self.id(slot))
    }

    /// Returns true if the content at an address is compared with its id: that of a loose object, which has no other checksum, and
    /// of one with several copies, of which only one is scanned.
    fn is_verified(&self, address: ObjectAddress) -> bool {
        match address {
            ObjectAddress::Loose(_) => true,
            address => self.slot(address).is_some_and(|slot| self.copies.has(slot)),
        }
    }

    /// Returns the number of an object and its damage if its content does not match its id.
    pub(crate) fn mismatch(
        &self,
        address: ObjectAddress,
        kind: Kind,
        bytes: &[u8],
    ) -> Option<(u32, ObjectDamage)> {
        if !self.is_verified(address) {
            return None;
        }
        let id = self.id_at(address);
        let damage = checked_content::verify(&id, kind, bytes).err()?;
        Some((self.find(&id)?, damage))
    }

    /// Returns a reader of `content` whose end is an error if it does not match its id.
    pub(crate) fn verified<'c>(
        &self,
        address: ObjectAddress,
        kind: Kind,
        size: u64,
        content: &'c mut dyn Read,
    ) -> VerifiedContent<&'c mut dyn Read> {
        if self.is_verified(address) {
            VerifiedContent::new(self.id_at(address), kind, size, content)
        } else {
            VerifiedContent::unverified(self.id_at(address), content)
        }
    }

    fn loose_number(&self, index: usize) -> Option<u32> {
        self.first_loose().checked_add(u32::try_from(index).ok()?)
    }

    /// Returns the number of an object.
    pub(crate) fn find(&self, id: &oid) -> Option<u32> {
        for (pack, first) in self.packs.iter().zip(&self.first_numbers) {
            if let Some(position) = pack.find(id) {
                return Some(first + position);
            }
        }
        self.loose_number(self.find_loose(id)?)
    }

    fn find_loose(&self, id: &oid) -> Option<usize> {
        let found = self
            .loose
            .binary_search_by(|(other, _)| other.as_ref().cmp(id));
        found.ok()
    }

    /// Returns the id of a number.
    pub(crate) fn id(&self, number: u32) -> ObjectId {
        match self.address(number) {
            Some(ObjectAddress::Packed { pack, position }) => {
                self.packs[pack].id_at(position).to_owned()
            }
            Some(ObjectAddress::Loose(index)) => self.loose[index].0,
            None => self.hash.null(),
        }
    }

    /// Returns the address that a number is from.
    pub(crate) fn address(&self, number: u32) -> Option<ObjectAddress> {
        let after = self.first_numbers.partition_point(|&first| first <= number);
        let pack = after.checked_sub(1)?;
        let position = number - self.first_numbers[pack];
        if pack < self.packs.len() {
            return Some(ObjectAddress::Packed { pack, position });
        }
        let index = position as usize;
        (index < self.loose.len()).then_some(ObjectAddress::Loose(index))
    }

    /// Returns the path of the pack that an object has its number from.
    pub(crate) fn pack_path(&self, number: u32) -> Option<&Path> {
        match self.address(number)? {
            ObjectAddress::Packed { pack, .. } => Some(self.packs[pack].path()),
            ObjectAddress::Loose(_) => None,
        }
    }

    /// Reads an object and passes it to `take`.
    ///
    /// # Errors
    /// If the object is damaged.
    pub(crate) fn read<T>(
        &self,
        number: u32,
        inflater: &mut Inflater,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        match self.address(number) {
            Some(ObjectAddress::Packed { pack, position }) => {
                let pack = &self.packs[pack];
                let offset = pack.offset_at(position);
                let entry = pack.file().entry(offset, pack.file().end())?;
                let is_streamed = entry.header.is_base() && entry.size > STREAM_THRESHOLD;
                let limit = if is_streamed { 0 } else { SINGLE_LIMIT };
                pack.file().lend(offset, inflater, limit, take)
            }
            Some(ObjectAddress::Loose(index)) => self.read_loose(index, take),
            None => Err(ObjectDamage::Short),
        }
    }

    /// Reads another copy of an object than the one in the pack `except`, and passes it to `take`. Returns `None` if
    /// no copy can be read.
    pub(crate) fn read_copy<T>(
        &self,
        id: &oid,
        except: Option<&Path>,
        inflater: &mut Inflater,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Option<T> {
        for pack in self.packs.iter().filter(|pack| except != Some(pack.path())) {
            if let Some(position) = pack.find(id)
                && let offset = pack.offset_at(position)
                && let Ok((kind, buffer)) = pack.file().read(offset, inflater, SINGLE_LIMIT)
            {
                return buffer.lend(|content| take(kind, content)).ok();
            }
        }
        // A damaged loose object is tried again: it may have been written by now.
        self.read_loose(self.find_loose(id)?, take).ok()
    }

    /// Reads a loose object and passes it to `take`.
    ///
    /// # Errors
    /// If the object is damaged, or gone.
    pub(crate) fn read_loose<T>(
        &self,
        index: usize,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        let (id, folder) = self.loose.get(index).ok_or(ObjectDamage::Short)?;
        let hex = id.to_string();
        let (start, rest) = hex.split_at(2);
        let folder = &self.folders[usize::from(*folder)];
        match open_regular(&folder.join(start).join(rest)) {
            Ok(file) => loose::lend(file, take),
            Err(error) => {
                if !error.is_absent() || self.generation >= MAX_LISTINGS {
                    return Err(io::Error::from(error).into());
                }
                let store = self.reopen(id);
                let number = store.find(id).ok_or_else(|| io::Error::from(error))?;
                store.read(number, &mut Inflater::default(), take)
            }
        }
    }

    /// Returns the store as it is now, to read an object that was moved into a pack.
    fn reopen(&self, id: &oid) -> Arc<Self> {
        let mut reopened = self.reopened.lock().unwrap_or_else(PoisonError::into_inner);
        match &*reopened {
            Some(store) if store.find(id).is_some() => Arc::clone(store),
            _ => {
                let store = Self::open_generation(
                    &self.objects,
                    self.hash,
                    self.threads,
                    self.generation + 1,
                    &mut Vec::new(),
                );
                Arc::clone(reopened.insert(Arc::new(store)))
            }
        }
    }
}

/// Lists a folder, which need not exist. A failure is added to `problems`.
fn list(folder: &Path, problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let listed = fs::read_dir(folder).and_then(|entries| {
        for entry in entries {
            paths.push(entry?.path());
        }
        Ok(())
    });
    if let Err(error) = listed
        && error.kind() != io::ErrorKind::NotFound
    {
        problems.push(format!("'{}' cannot be read: {error}", folder.display()));
    }
    paths
}
