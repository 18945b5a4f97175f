//! The index: files whose content differs from every parent of the next commit.

use std::collections::HashMap;
use std::io::Read as _;
use std::ops::{ControlFlow, Range};
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as Cached;
use gix::index::{Entry, File, State};
use gix::objs::Kind;

use super::changes::{self, ChangeVisitor, FileChange, FolderComparison, PendingFolders};
use super::objects::Objects;
use super::pack::EntryKind;
use crate::safe_file::open_regular;

/// The first bytes of an index.
const SIGNATURE: &[u8] = b"DIRC";

/// From this size on, extensions of the index are read by a thread of their own.
const WORTH_A_THREAD: usize = 100_000;

/// Reads an index. A missing one is empty, as before the first `git add`.
///
/// # Errors
/// In words, if it cannot be read.
pub(super) fn read(path: &Path, hash: gix::hash::Kind) -> Result<State, String> {
    let mut file = match open_regular(path) {
        Ok(file) => file,
        Err(error) if error.is_absent() && !path.is_symlink() => return Ok(State::new(hash)),
        Err(error) => return Err(error.to_string()),
    };
    let mut data = Vec::new();
    let read = (&mut file)
        .take(SIGNATURE.len() as u64)
        .read_to_end(&mut data);
    read.map_err(|error| error.to_string())?;
    // Other files are not read whole: a sparse one of any size takes no space on the disk.
    if data != SIGNATURE {
        return Err("it is damaged: it does not begin with the signature of an index".to_owned());
    }
    file.read_to_end(&mut data)
        .map_err(|error| error.to_string())?;
    let options = gix::index::decode::Options {
        min_extension_block_in_bytes_for_threading: WORTH_A_THREAD,
        ..Default::default()
    };
    // The time of writing matters only for comparisons with the disk.
    let written = State::new(hash).timestamp();
    let (state, _) =
        State::from_bytes(&data, written, hash, options).map_err(|error| error.to_string())?;
    match state.link() {
        None => Ok(state),
        Some(link) if link.bitmaps.is_none() => Err(
            "it is split in a way that is not understood; write it whole: \
                 'git update-index --no-split-index'"
                .to_owned(),
        ),
        // The checksum of the whole index costs as much as reading it; Git does not verify it either.
        Some(_) => File::at(path, hash, true, options)
            .map(Into::into)
            .map_err(|error| format!("its shared part: {error}")),
    }
}

/// Returns true if the index contains a file with this path, in any stage, or may contain it in a folder that is
/// not checked out.
pub(super) fn contains_path(index: &State, path: &[u8]) -> bool {
    if let Some(entries) = index.entry_range(path.as_bstr()) {
        let mut entries = index.entries().get(entries).unwrap_or_default().iter();
        return entries.any(|entry| !entry.flags.contains(Flags::INTENT_TO_ADD));
    }
    let folders = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    index.is_sparse()
        && folders.into_iter().any(|(slash, _)| {
            let folder = path.get(..=slash).unwrap_or_default();
            index.entry_by_path(folder.as_bstr()).is_some()
        })
}

/// Compares the index with the trees of the parents of the next commit.
///
/// A folder whose cached tree is that of a parent is skipped.
pub(super) fn compare(
    index: &State,
    objects: &Objects,
    parents: &[ObjectId],
    visitor: &mut dyn ChangeVisitor,
) -> ControlFlow<()> {
    let mut comparison = IndexComparison {
        index,
        parts: vec![IndexFolder {
            entries: 0..index.entries().len(),
            prefix: 0,
            parents: parents.iter().copied().map(Some).collect(),
            cached: index.tree(),
        }],
        unpacked: PendingFolders::default(),
    };
    while let Some(part) = comparison.parts.pop() {
        if !part.is_known() {
            comparison.compare(objects, &part, visitor)?;
        }
    }
    comparison.unpacked.run(objects, visitor)
}

/// A folder of the index.
struct IndexFolder<'a> {
    entries: Range<usize>,
    /// The length of its path with a `/` at the end; 0 for the top.
    prefix: usize,
    /// The tree at the same path in each parent; `None` if it does not exist there.
    parents: Vec<Option<ObjectId>>,
    /// The cached tree, if there is one.
    cached: Option<&'a Cached>,
}

impl IndexFolder<'_> {
    /// Returns true if a parent has the same folder.
    fn is_known(&self) -> bool {
        self.cached.is_some_and(|cached| {
            let count = cached
                .num_entries
                .and_then(|count| usize::try_from(count).ok());
            count == Some(self.entries.len()) && self.parents.contains(&Some(cached.id))
        })
    }
}

struct IndexComparison<'a> {
    index: &'a State,
    parts: Vec<IndexFolder<'a>>,
    /// Folders that are trees in the index, because they are not checked out.
    unpacked: PendingFolders,
}

impl<'a> IndexComparison<'a> {
    fn compare(
        &mut self,
        objects: &Objects,
        part: &IndexFolder<'a>,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<()> {
        let index = self.index;
        let path_of = |entry: &'a Entry| -> &'a [u8] { entry.path(index) };
        let entries = index
            .entries()
            .get(part.entries.clone())
            .unwrap_or_default();
        let folder = entries.first().map_or(&[][..], path_of);
        let folder = folder.get(..part.prefix).unwrap_or_default();
        let mut parent_trees = changes::open_parents(objects, folder, &part.parents, visitor)?;
        let cached: HashMap<&[u8], &Cached> = part
            .cached
            .iter()
            .flat_map(|cached| &cached.children)
            .map(|child| (child.name.as_slice(), child))
            .collect();
        let mut at = 0;
        while let Some(entry) = entries.get(at) {
            let path = path_of(entry);
            let rest = path.get(part.prefix..).unwrap_or_default();
            let Some(slash) = memchr::memchr(b'/', rest) else {
                at += 1;
                if let Some(kind) = recorded(entry) {
                    let change = FileChange {
                        path: path.to_vec(),
                        id: entry.id,
                        kind: Kind::Blob,
                        in_parents: changes::in_parents(&mut parent_trees, rest, kind),
                    };
                    if !change.in_parents.contains(&Some(entry.id)) {
                        self.unpacked.add(objects, kind, change, 0, visitor)?;
                    }
                }
                continue;
            };
            let name = rest.get(..slash).unwrap_or_default();
            let parents = changes::in_parents(&mut parent_trees, name, EntryKind::Tree);
            let prefix = part.prefix + slash + 1;
            if prefix == path.len() {
                at += 1;
                self.unpacked.push(FolderComparison {
                    path: path.to_vec(),
                    tree: entry.id,
                    parents,
                    depth: 0,
                });
                continue;
            }
            let folder = path.get(..prefix).unwrap_or_default();
            let rest = entries.get(at..).unwrap_or_default();
            let count = rest.partition_point(|entry| entry.path(index).starts_with(folder));
            // In an unsorted index the next entry may belong elsewhere; it is compared in any case.
            let count = count.max(1);
            let start = part.entries.start + at;
            self.parts.push(IndexFolder {
                entries: start..start + count,
                prefix,
                parents,
                cached: cached.get(name).copied(),
            });
            at += count;
        }
        ControlFlow::Continue(())
    }
}

/// Returns the kind of entry that a commit would record; `None` for `git add --intent-to-add` and for the merge base
/// of a conflict.
fn recorded(entry: &Entry) -> Option<EntryKind> {
    if entry.flags.contains(Flags::INTENT_TO_ADD) || entry.stage() == Stage::Base {
        return None;
    }
    Some(match entry.mode {
        Mode::COMMIT => EntryKind::Submodule,
        _ => EntryKind::Blob,
    })
}
