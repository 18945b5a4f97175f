//! Reads single objects of any size in bounded memory, without listing all objects.

use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;

use gix::hash::oid;
use gix::objs::Kind;

use super::alternates;
use super::damage::ObjectDamage;
use super::inflate::Inflater;
use super::loose;
use super::object::ObjectContent;
use super::pack_file::PackFile;
use crate::safe_file::open_regular;

/// The objects of some folders.
pub(crate) struct SingleObjects {
    folders: Vec<PathBuf>,
    hash: gix::hash::Kind,
    /// Opened when the first object is not among the loose ones.
    packs: OnceLock<Vec<PackFile>>,
}

impl SingleObjects {
    /// Creates a reader for the objects of these folders and of their alternates.
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

    /// Reads an object and passes it to `take`. A blob of more than `limit` bytes is streamed, and its delta bases
    /// are kept in temporary files. Returns `None` if the object does not exist.
    ///
    /// # Errors
    /// If the object is damaged.
    pub(crate) fn lend<T>(
        &self,
        id: &oid,
        limit: usize,
        take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
    ) -> Option<Result<T, ObjectDamage>> {
        if let Some(file) = self.open_loose(id) {
            return Some(loose::lend(file, take));
        }
        self.packs
            .get_or_init(|| self.open_packs())
            .iter()
            .find_map(|pack| Some((pack, pack.offset_of(id)?)))
            .map(|(pack, offset)| pack.lend(offset, &mut Inflater::default(), limit, take))
    }

    fn open_loose(&self, id: &oid) -> Option<File> {
        let hex = id.to_string();
        let (folder, name) = hex.split_at(2);
        self.folders
            .iter()
            .find_map(|objects| open_regular(&objects.join(folder).join(name)).ok())
    }

    /// Opens all packs. A pack that cannot be opened has no objects.
    fn open_packs(&self) -> Vec<PackFile> {
        let mut packs = Vec::new();
        for folder in &self.folders {
            let entries = std::fs::read_dir(folder.join("pack"));
            let entries = entries.into_iter().flatten().flatten();
            let mut paths: Vec<PathBuf> = entries
                .map(|entry| entry.path())
                .filter(|path| path.extension() == Some("idx".as_ref()))
                .collect();
            paths.sort();
            packs.extend(
                paths
                    .iter()
                    .filter_map(|path| PackFile::open(path, self.hash).ok()),
            );
        }
        packs
    }
}
