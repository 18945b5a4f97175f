//! Everything a repository has stored: its packs and loose objects, each object under one number.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gix::hash::{ObjectId, oid};

use super::alternates;
use super::damage::ObjectDamage;
use super::entry::Kind;
use super::inflate::{Exactly, InflateReader, Inflater};
use super::loose::loose_head;
use super::object::{ObjectContent, STREAM_THRESHOLD};
use super::pack::{NONE, Pack};
use super::single;

/// The largest commit, tag or folder that is held as a whole: what Git itself would still store as
/// a delta (`core.bigFileThreshold`).
const MAX_HELD: u64 = 512 * 1024 * 1024;

/// Larger blobs are read by way of a file. Only one thread reads single objects.
const ALONE: usize = 24 * 1024 * 1024;

/// How often a folder is listed anew because somebody repacks.
const MAX_LISTINGS: usize = 5;

/// How long somebody who repacks is given between two listings.
const PAUSE: Duration = Duration::from_millis(80);

/// An error if an object of this size is too large to be held.
pub(crate) fn room_for(size: u64) -> Result<(), ObjectDamage> {
    if size > MAX_HELD {
        return Err(ObjectDamage::TooLarge(size));
    }
    Ok(())
}

/// All packs and loose objects of some object folders.
///
/// An object's number is its place in the first pack that has it, counted through all packs, or its
/// place among the loose objects behind them.
pub(crate) struct ObjectStore {
    objects: PathBuf,
    hash: gix::hash::Kind,
    /// How many threads open a pack.
    threads: usize,
    folders: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// By pack: the number of its first object. One more for the loose objects.
    firsts: Vec<u32>,
    /// Sorted: an id and the folder it lies in.
    loose: Vec<(ObjectId, u16)>,
    /// True if a pack came from a promisor, who may hold objects that are not here.
    is_promised: bool,
    /// How many times the same was opened before.
    age: usize,
    /// The same, opened anew for loose objects that somebody has put into a pack since.
    later: Mutex<Option<Arc<ObjectStore>>>,
}

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ObjectAddress {
    Packed { pack: usize, place: u32 },
    Loose(usize),
}

impl ObjectStore {
    /// Lists and opens all that `objects` leads to, on so many threads. What cannot be opened is told in
    /// `problems`.
    pub(crate) fn open(
        objects: &Path,
        hash: gix::hash::Kind,
        threads: usize,
        problems: &mut Vec<String>,
    ) -> Self {
        Self::open_again(objects, hash, threads, 0, problems)
    }

    fn open_again(
        objects: &Path,
        hash: gix::hash::Kind,
        threads: usize,
        age: usize,
        problems: &mut Vec<String>,
    ) -> Self {
        let folders = alternates::folders(objects, problems);
        let mut store = Self {
            objects: objects.to_owned(),
            hash,
            threads,
            folders,
            packs: Vec::new(),
            firsts: Vec::new(),
            loose: Vec::new(),
            is_promised: false,
            age,
            later: Mutex::default(),
        };
        let mut known = BTreeSet::new();
        let mut failed = Vec::new();
        let mut loose_problems = Vec::new();
        // Whoever repacks writes the new place of an object before the old one goes. So packs are
        // listed before and after the loose objects, until nothing new turns up.
        for turn in 0..MAX_LISTINGS {
            let grown = store.list_packs(&mut known, &mut failed);
            if turn > 0 && !grown && failed.is_empty() {
                break;
            }
            if turn > 0 && !failed.is_empty() {
                // A pack appears before its index does.
                std::thread::sleep(PAUSE);
            }
            loose_problems.clear();
            store.list_loose(&mut loose_problems);
        }
        problems.append(&mut failed);
        problems.append(&mut loose_problems);
        store.number(problems);
        store
    }

    /// Opens the packs that are not yet known; true if there are any.
    fn list_packs(&mut self, known: &mut BTreeSet<PathBuf>, failed: &mut Vec<String>) -> bool {
        failed.clear();
        let before = self.packs.len();
        for folder in &self.folders {
            let folder = folder.join("pack");
            let mut names: Vec<PathBuf> = match fs::read_dir(&folder) {
                Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    failed.push(format!("'{}' cannot be read: {error}", folder.display()));
                    continue;
                }
            };
            names.sort();
            for path in &names {
                let extension = path.extension().unwrap_or_default();
                if extension == "promisor" {
                    self.is_promised = true;
                }
                let is_pack = extension == "pack"
                    && path
                        .file_name()
                        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"pack-"));
                if is_pack && !path.with_extension("idx").exists() && path.exists() {
                    let name = path.display();
                    failed.push(format!(
                        "the pack '{name}' has no index; `git index-pack` makes one"
                    ));
                }
                if extension != "idx" || known.contains(path) {
                    continue;
                }
                match Pack::open(path, self.hash, self.threads) {
                    Ok(pack) => {
                        known.insert(path.clone());
                        self.packs.push(pack);
                    }
                    // Gone in the meantime: its objects are in another pack by now.
                    Err(_) if !path.exists() => {}
                    Err(error) => {
                        failed.push(format!("the pack of '{}': {error}", path.display()));
                    }
                }
            }
        }
        self.packs.len() > before
    }

    fn list_loose(&mut self, problems: &mut Vec<String>) {
        for (index, folder) in self.folders.iter().enumerate() {
            let Ok(index) = u16::try_from(index) else {
                continue;
            };
            for first in 0..=255u8 {
                let name = format!("{first:02x}");
                let entries = match fs::read_dir(folder.join(&name)) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => {
                        let path = folder.join(&name);
                        problems.push(format!("'{}' cannot be read: {error}", path.display()));
                        continue;
                    }
                };
                for entry in entries.flatten() {
                    let file = entry.file_name();
                    let hex = [name.as_bytes(), file.as_encoded_bytes()].concat();
                    if let Ok(id) = ObjectId::from_hex(&hex)
                        && id.kind() == self.hash
                    {
                        self.loose.push((id, index));
                    }
                }
            }
        }
        self.loose.sort_unstable();
        self.loose.dedup_by_key(|&mut (id, _)| id);
    }

    /// Numbers the objects. Packs that would not fit are closed and told.
    fn number(&mut self, problems: &mut Vec<String>) {
        let mut first = 0u32;
        let mut kept = Vec::new();
        for pack in std::mem::take(&mut self.packs) {
            match first.checked_add(pack.len()).filter(|&end| end < NONE / 2) {
                Some(end) => {
                    self.firsts.push(first);
                    first = end;
                    kept.push(pack);
                }
                None => problems.push(format!(
                    "the pack '{}' has more objects than can be counted",
                    pack.path().display()
                )),
            }
        }
        self.packs = kept;
        self.firsts.push(first);
        self.loose.truncate((NONE / 2) as usize);
    }

    /// The packs.
    pub(crate) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The kind of its ids.
    pub(crate) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// True if somebody has promised to have what is missing here.
    pub(crate) fn is_promised(&self) -> bool {
        self.is_promised
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.firsts.last().map_or(0, |&first| first as usize) + self.loose.len()
    }

    /// How many loose objects there are.
    pub(crate) fn loose_len(&self) -> usize {
        self.loose.len()
    }

    /// The number of what has a place in a pack, if it has none in an earlier pack.
    pub(crate) fn number_in(&self, pack: usize, place: u32) -> Option<u32> {
        let id = self.packs[pack].id_at(place);
        let earlier = self.packs[..pack]
            .iter()
            .any(|pack| pack.find(id).is_some());
        (!earlier).then(|| self.firsts[pack] + place)
    }

    /// The number of a loose object, if it has none in a pack.
    pub(crate) fn number_of_loose(&self, place: usize) -> Option<u32> {
        let (id, _) = self.loose.get(place)?;
        if self.packs.iter().any(|pack| pack.find(id).is_some()) {
            return None;
        }
        self.loose_number(place)
    }

    fn loose_number(&self, place: usize) -> Option<u32> {
        let first = self.firsts.last().copied().unwrap_or_default();
        first.checked_add(u32::try_from(place).ok()?)
    }

    /// The number of an object.
    pub(crate) fn find(&self, id: &oid) -> Option<u32> {
        for (pack, first) in self.packs.iter().zip(&self.firsts) {
            if let Some(place) = pack.find(id) {
                return Some(first + place);
            }
        }
        let place = self
            .loose
            .binary_search_by(|(other, _)| other.as_ref().cmp(id))
            .ok()?;
        self.loose_number(place)
    }

    /// The id of a number.
    pub(crate) fn id(&self, number: u32) -> ObjectId {
        match self.place(number) {
            Some(ObjectAddress::Packed { pack, place }) => self.packs[pack].id_at(place).to_owned(),
            Some(ObjectAddress::Loose(place)) => self.loose[place].0,
            None => self.hash.null(),
        }
    }

    fn place(&self, number: u32) -> Option<ObjectAddress> {
        let after = self.firsts.partition_point(|&first| first <= number);
        let index = after.checked_sub(1)?;
        let place = number - self.firsts[index];
        if index == self.packs.len() {
            let place = place as usize;
            return (place < self.loose.len()).then_some(ObjectAddress::Loose(place));
        }
        Some(ObjectAddress::Packed { pack: index, place })
    }

    /// Lends an object to `take`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read<T>(
        &self,
        number: u32,
        inflater: &mut Inflater,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        match self.place(number) {
            Some(ObjectAddress::Packed { pack, place }) => {
                self.read_packed(pack, place, inflater, take)
            }
            Some(ObjectAddress::Loose(place)) => self.read_loose(place, take),
            None => Err(ObjectDamage::Short),
        }
    }

    /// Lends an object to `take`, from any place but the one it has by its number.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(crate) fn read_elsewhere<T>(
        &self,
        id: &oid,
        not_in: Option<&Path>,
        inflater: &mut Inflater,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Option<T> {
        let mut take = Some(take);
        for (index, pack) in self.packs.iter().enumerate() {
            if not_in == Some(pack.path()) {
                continue;
            }
            if let Some(place) = pack.find(id)
                && let Some(rank) = pack.rank_of_place(place)
                && let Ok((kind, held)) =
                    single::read(&self.packs[index], rank, self.hash, inflater, ALONE)
            {
                let take = take.take()?;
                return held.lend(|content| take(kind, content)).ok();
            }
        }
        let place = self
            .loose
            .binary_search_by(|(other, _)| other.as_ref().cmp(id))
            .ok()?;
        // A loose object that is broken itself is tried again: it may have been written by now.
        self.read_loose(place, take.take()?).ok()
    }

    /// The place in a pack of an object that has its number from there.
    pub(crate) fn place_in(&self, pack: usize, number: u32) -> Option<u32> {
        match self.place(number)? {
            ObjectAddress::Packed { pack: own, place } if own == pack => Some(place),
            _ => None,
        }
    }

    /// The pack that an object has its number from.
    pub(crate) fn pack_of(&self, number: u32) -> Option<&Path> {
        match self.place(number)? {
            ObjectAddress::Packed { pack, .. } => Some(self.packs[pack].path()),
            ObjectAddress::Loose(_) => None,
        }
    }

    fn read_packed<T>(
        &self,
        pack: usize,
        place: u32,
        inflater: &mut Inflater,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        let pack = &self.packs[pack];
        let rank = pack.rank_of_place(place).ok_or(ObjectDamage::Short)?;
        let (entry, stored) = pack.head(rank, self.hash)?;
        if let super::entry::Stored::Whole(kind) = entry.stored
            && entry.size > STREAM_THRESHOLD as u64
        {
            let mut content = Exactly::new(InflateReader::new(stored), entry.size);
            return Ok(take(kind, ObjectContent::Stream(&mut content)));
        }
        let (kind, held) = single::read(pack, rank, self.hash, inflater, ALONE)?;
        held.lend(|content| take(kind, content))
    }

    /// Lends a loose object to `take`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read_loose<T>(
        &self,
        place: usize,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Result<T, ObjectDamage> {
        let (id, folder) = self.loose.get(place).ok_or(ObjectDamage::Short)?;
        let hex = id.to_string();
        let path = self.folders[usize::from(*folder)]
            .join(&hex[..2])
            .join(&hex[2..]);
        let told = |error: std::io::Error| ObjectDamage::File(error.to_string());
        let file = match File::open(path) {
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && self.age < MAX_LISTINGS =>
            {
                let later = self.opened_later(id);
                let number = later.find(id).ok_or_else(|| told(error))?;
                return later.read(number, &mut Inflater::default(), take);
            }
            other => other.map_err(told)?,
        };
        let mut content = InflateReader::new(file);
        let (kind, size) = loose_head(&mut content)?;
        let mut content = Exactly::new(content, size);
        if size > STREAM_THRESHOLD as u64 {
            return Ok(take(kind, ObjectContent::Stream(&mut content)));
        }
        let mut bytes = Vec::new();
        content
            .read_to_end(&mut bytes)
            .map_err(|error| damage_of(&error))?;
        Ok(take(kind, ObjectContent::Bytes(&bytes)))
    }
}

impl ObjectStore {
    /// The same store as it is now, with an object that is no longer where it was.
    fn opened_later(&self, id: &oid) -> Arc<Self> {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        match &*later {
            Some(store) if store.find(id).is_some() => Arc::clone(store),
            _ => {
                let mut problems = Vec::new();
                let (age, threads) = (self.age + 1, self.threads);
                let store = Self::open_again(&self.objects, self.hash, threads, age, &mut problems);
                Arc::clone(later.insert(Arc::new(store)))
            }
        }
    }
}

/// What a failed read of an object says.
pub(crate) fn damage_of(error: &std::io::Error) -> ObjectDamage {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ObjectDamage>())
        .cloned()
        .unwrap_or_else(|| ObjectDamage::File(error.to_string()))
}
