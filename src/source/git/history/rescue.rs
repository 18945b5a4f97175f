//! What is broken or missing: other copies are tried, and the rest is told.

use std::collections::HashMap;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::entry::Kind;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::{ObjectContent, StoredObject};
use super::super::pack::store::ObjectStore;
use super::blob_pass::{BlobPass, BlobPassResult};
use super::scan::HistoryScan;
use super::tree_pass::{NameTable, TreePass, TreePassResult, WantedBlobs};

/// How many broken or missing objects are told one by one.
const MAX_TOLD: usize = 100;

impl HistoryScan<'_> {
    /// Tries other copies of what could not be read, and tells what is left. Gives the folders
    /// that were found so.
    pub(super) fn rescue(
        &mut self,
        store: &ObjectStore,
        shallow: &[gix::ObjectId],
        seen: &mut BlobPassResult,
    ) -> Vec<gix::ObjectId> {
        let mut broken = std::mem::take(&mut seen.broken);
        for (index, pack) in store.packs().iter().enumerate() {
            for (rank, damage) in pack.broken() {
                broken.push((Some(index), pack.place(*rank), damage.clone()));
                if *damage == ObjectDamage::Cycle {
                    // Each of them is in the list.
                    continue;
                }
                let below = ObjectDamage::Base(pack.id_at(pack.place(*rank)).to_string());
                pack.descendants(*rank, |rank| {
                    broken.push((Some(index), pack.place(rank), below.clone()));
                });
            }
        }
        let mut folders = Vec::new();
        let mut visitor = (self.new_visitor)();
        let mut contents = BlobPass::new(store, shallow, visitor.as_mut());
        self.each_copy(store, broken, |number, kind, content| {
            if kind == Kind::Tree {
                folders.push(store.id(number));
                return;
            }
            let object = StoredObject {
                place: 0,
                kind,
                content,
                base: None,
            };
            contents.take(number, object);
        });
        let rescued = contents.seen;
        seen.append(rescued);
        folders
    }

    pub(super) fn rescue_folders(
        &mut self,
        store: &ObjectStore,
        wanted: &WantedBlobs,
        names: &NameTable,
        folders: &mut TreePassResult,
        lost: Vec<gix::ObjectId>,
    ) {
        let mut broken = std::mem::take(&mut folders.broken);
        for (index, pack) in store.packs().iter().enumerate() {
            for id in &lost {
                let place = pack
                    .find(id)
                    .map(|place| (Some(index), place, ObjectDamage::NoBase));
                broken.extend(place);
            }
        }
        let visitor = (self.new_visitor)();
        let mut reader = TreePass {
            store,
            wanted,
            names,
            visitor: visitor.as_ref(),
            pack: None,
            seen: TreePassResult::default(),
            documents: HashMap::new(),
            known: HashMap::new(),
        };
        self.each_copy(store, broken, |number, kind, content| {
            if let (Kind::Tree, ObjectContent::Bytes(bytes)) = (kind, content) {
                reader.take(number, bytes, None);
            }
        });
        let rescued = reader.seen;
        folders.append(rescued);
        folders.folders.sort_by_key(|folder| folder.number);
        folders.folders.dedup_by_key(|folder| folder.number);
    }

    /// Lends another copy of each broken object to `take`; tells those that have none.
    fn each_copy(
        &mut self,
        store: &ObjectStore,
        mut broken: Vec<(Option<usize>, u32, ObjectDamage)>,
        mut take: impl FnMut(u32, Kind, ObjectContent<'_>),
    ) {
        if broken.is_empty() {
            return;
        }
        // What cannot be read at all says more than what is not as it was.
        broken.sort_by_key(|entry| (entry.0, entry.1, entry.2 == ObjectDamage::Checksum));
        broken.dedup_by_key(|entry| (entry.0, entry.1));
        // Somebody may have repacked: what was a loose object then is in a pack now.
        let fresh = ObjectStore::open(
            &self.history.layout.objects(),
            store.hash(),
            self.threads,
            &mut Vec::new(),
        );
        let mut inflater = Inflater::default();
        let mut told = BoundedReport::default();
        for (pack, place, damage) in broken {
            let number = match pack {
                Some(pack) => store.number_in(pack, place),
                None => store.number_of_loose(place as usize),
            };
            let Some(number) = number else {
                continue;
            };
            let id = store.id(number);
            let pack = store.pack_of(number);
            let copied = fresh.read_elsewhere(&id, pack, &mut inflater, |kind, content| {
                take(number, kind, content);
            });
            if copied.is_some() {
                continue;
            }
            let place = pack.map_or_else(
                || "loose object".to_owned(),
                |pack| format!("in the pack '{}'", pack.display()),
            );
            told.add(self, format!("the object {id} ({place}): {damage}"));
        }
        told.finish(self, "objects that cannot be read");
    }

    /// Tells what is not what it should be.
    pub(super) fn unsound(&mut self, store: &ObjectStore, mut unsound: Vec<(u32, ObjectDamage)>) {
        unsound.sort_by_key(|entry| entry.0);
        unsound.dedup();
        let mut told = BoundedReport::default();
        for (number, damage) in unsound {
            let message = format!("the object {}: {damage}", store.id(number));
            told.add(self, message);
        }
        told.finish(self, "objects that are not what they should be");
    }

    /// Tells what is not there.
    pub(super) fn missing(&mut self, store: &ObjectStore, mut missing: Vec<(gix::ObjectId, u32)>) {
        missing.sort_unstable();
        missing.dedup_by_key(|entry| entry.0);
        if missing.is_empty() {
            return;
        }
        let is_promised = store.is_promised() || self.history.layout.is_partial;
        let allowed = self.history.options.allow_missing;
        if is_promised || allowed {
            let count = missing.len();
            let why = if is_promised {
                "the repository is a partial clone: "
            } else {
                ""
            };
            let message = format!(
                "{why}{count} {} not here and {} not scanned",
                if count == 1 {
                    "object is"
                } else {
                    "objects are"
                },
                if count == 1 { "was" } else { "were" },
            );
            if allowed {
                self.note(message);
            } else {
                self.error(
                    None,
                    format!(
                        "{message}; `git fetch --refetch --no-filter` gets all, --allow-missing \
                         scans without"
                    ),
                );
            }
            return;
        }
        let mut told = BoundedReport::default();
        for (id, by) in missing {
            let by = store.id(by);
            let message = format!("the object {id} is not in the repository, but {by} names it");
            told.add(self, message);
        }
        told.finish(self, "objects that are not there");
    }
}

/// Counts what is told, and stops at some point.
#[derive(Default)]
struct BoundedReport {
    count: usize,
}

impl BoundedReport {
    fn add(&mut self, run: &mut HistoryScan<'_>, message: String) {
        self.count += 1;
        if self.count <= MAX_TOLD {
            run.error(None, message);
        }
    }

    fn finish(&self, run: &mut HistoryScan<'_>, what: &str) {
        if self.count > MAX_TOLD {
            let more = self.count - MAX_TOLD;
            run.error(None, format!("{more} more {what}"));
        }
    }
}
