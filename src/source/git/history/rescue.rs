//! Damaged and missing objects: other copies are read, and the remaining ones are reported.

use gix::objs::Kind;

use super::super::pack::checked_content::{VerifiedContent, verify};
use super::super::pack::damage::ObjectDamage;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::{ObjectAddress, ObjectContent};
use super::super::pack::store::ObjectStore;
use super::blob_pass::{BlobPass, BlobPassResult};
use super::tree_pass::{NameTable, TreePass, TreePassResult, WantedBlobs};
use super::{History, Reporter};
use crate::source::NewVisitor;

/// Maximum number of damaged or missing objects that are reported one by one.
const MAX_REPORTED: usize = 100;

/// Reads other copies of damaged objects.
pub(super) struct Rescue<'a, 'v> {
    pub(super) history: &'a History,
    pub(super) store: &'a ObjectStore,
    pub(super) threads: usize,
    pub(super) new_visitor: &'a NewVisitor<'v>,
}

impl Rescue<'_, '_> {
    /// Scans other copies of the objects that the first pass could not read, and reports those without a copy.
    /// Returns the folders among them.
    pub(super) fn blobs(
        &self,
        shallow: &[gix::ObjectId],
        result: &mut BlobPassResult,
        reporter: &mut Reporter<'_>,
    ) -> Vec<gix::ObjectId> {
        let mut damaged = std::mem::take(&mut result.problems.damaged);
        for (number, pack) in self.store.packs().iter().enumerate() {
            pack.for_each_broken(|position, damage| {
                damaged.push((ObjectAddress::packed(number, position), damage));
            });
        }
        let mut folders = Vec::new();
        let mut visitor = (self.new_visitor)();
        let mut pass = BlobPass::new(self.store, shallow, visitor.as_mut());
        self.for_each_copy(damaged, reporter, |number, kind, content| {
            if kind == Kind::Tree {
                folders.push(self.store.id(number));
            } else {
                pass.scan(number, kind, content, None);
            }
        });
        result.append(pass.result);
        folders
    }

    /// Reads other copies of the folders that the second pass could not read, and of the `lost` ones.
    pub(super) fn folders(
        &self,
        wanted: &WantedBlobs,
        names: &NameTable,
        result: &mut TreePassResult,
        lost: &[gix::ObjectId],
        reporter: &mut Reporter<'_>,
    ) {
        let mut damaged = std::mem::take(&mut result.problems.damaged);
        for (number, pack) in self.store.packs().iter().enumerate() {
            damaged.extend(lost.iter().filter_map(|id| {
                let address = ObjectAddress::packed(number, pack.find(id)?);
                Some((address, ObjectDamage::NoBase))
            }));
        }
        let visitor = (self.new_visitor)();
        let mut pass = TreePass::new(self.store, wanted, names, visitor.as_ref());
        self.for_each_copy(damaged, reporter, |number, kind, content| {
            if let (Kind::Tree, ObjectContent::Bytes(bytes)) = (kind, content) {
                pass.read(number, bytes, None);
            }
        });
        result.append(pass.result);
    }

    /// Passes another copy of each damaged object to `take`, and reports the objects without a copy.
    fn for_each_copy(
        &self,
        mut damaged: Vec<(ObjectAddress, ObjectDamage)>,
        reporter: &mut Reporter<'_>,
        mut take: impl FnMut(u32, Kind, ObjectContent<'_>),
    ) {
        if damaged.is_empty() {
            return;
        }
        // An unreadable object is a more precise error than a wrong checksum.
        damaged.sort_by_key(|(address, damage)| (*address, *damage == ObjectDamage::Checksum));
        damaged.dedup_by_key(|(address, _)| *address);
        // After a repack, a loose object is in a pack.
        let objects = self.history.layout.objects();
        let fresh = ObjectStore::open(&objects, self.store.hash(), self.threads, &mut Vec::new());
        let mut inflater = Inflater::default();
        let mut messages = Vec::new();
        for (address, damage) in damaged {
            let Some(number) = self.store.number_at(address) else {
                continue;
            };
            let id = self.store.id(number);
            let pack = self.store.pack_path(number);
            let copy = fresh.read_copy(&id, pack, &mut inflater, |kind, content| {
                match content {
                    ObjectContent::Bytes(bytes) => {
                        verify(&id, kind, bytes).ok()?;
                        take(number, kind, ObjectContent::Bytes(bytes));
                    }
                    ObjectContent::Stream(content, size) => {
                        let mut content = VerifiedContent::new(id, kind, size, content);
                        take(number, kind, ObjectContent::Stream(&mut content, size));
                    }
                }
                Some(())
            });
            if copy.flatten().is_none() {
                let place = pack.map_or_else(
                    || "loose object".to_owned(),
                    |pack| format!("in the pack '{}'", pack.display()),
                );
                messages.push(format!("the object {id} ({place}): {damage}"));
            }
        }
        report_some(reporter, messages, "objects that cannot be read");
    }

    /// Reports objects with invalid content.
    pub(super) fn report_invalid(
        &self,
        mut invalid: Vec<(u32, ObjectDamage)>,
        reporter: &mut Reporter<'_>,
    ) {
        invalid.sort_by_key(|entry| entry.0);
        invalid.dedup();
        let messages = invalid.into_iter();
        let messages = messages
            .map(|(number, damage)| format!("the object {}: {damage}", self.store.id(number)))
            .collect();
        report_some(reporter, messages, "objects with invalid content");
    }

    /// Reports missing objects.
    pub(super) fn report_missing(
        &self,
        mut missing: Vec<(gix::ObjectId, u32)>,
        reporter: &mut Reporter<'_>,
    ) {
        missing.sort_unstable();
        missing.dedup_by_key(|entry| entry.0);
        let is_partial = self.store.is_promised() || self.history.layout.is_partial;
        let is_allowed = self.history.options.allow_missing;
        if missing.is_empty() || !is_partial && !is_allowed {
            let messages = missing.into_iter();
            let messages = messages
                .map(|(id, by)| {
                    let by = self.store.id(by);
                    format!("the object {id} is not in the repository, but {by} names it")
                })
                .collect();
            return report_some(reporter, messages, "missing objects");
        }
        let why = if is_partial {
            "the repository is a partial clone: "
        } else {
            ""
        };
        let message = match missing.len() {
            1 => format!("{why}1 object is not here and was not scanned"),
            count => format!("{why}{count} objects are not here and were not scanned"),
        };
        if is_allowed {
            reporter.note(message);
        } else {
            let advice =
                "`git fetch --refetch --no-filter` gets all, --allow-missing scans without";
            reporter.error(None, format!("{message}; {advice}"));
        }
    }
}

/// Reports the first messages as errors, and how many more there are.
fn report_some(reporter: &mut Reporter<'_>, messages: Vec<String>, what: &str) {
    let more = messages.len().saturating_sub(MAX_REPORTED);
    for message in messages.into_iter().take(MAX_REPORTED) {
        reporter.error(None, message);
    }
    if more > 0 {
        reporter.error(None, format!("{more} more {what}"));
    }
}
