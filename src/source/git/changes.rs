//! What a commit changes: the files whose content is that of no parent.

use std::ops::ControlFlow;

use gix::ObjectId;

use super::objects::{ObjectError, Objects};
use super::tree::{self, Side, Tree};

/// The deepest folder that is entered. A path that deep is longer than any system can check out.
const MAX_DEPTH: usize = 4096;

/// How many files of one commit are compared, so that a few trees that name each other many times
/// over cannot keep a scan busy for ever.
const MAX_CHANGES: usize = 10_000_000;

/// A file whose content is that of no parent.
#[derive(Debug)]
pub(super) struct Change {
    /// Its path in the commit.
    pub(super) path: Vec<u8>,
    /// Its content.
    pub(super) id: ObjectId,
    /// The content of the same path in each parent, in their order; `None` where it is not there.
    pub(super) earlier: Vec<Option<ObjectId>>,
}

/// Why a part of a commit cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChangesError {
    /// A folder cannot be read.
    #[error("cannot read the folder: {0}")]
    Tree(#[from] ObjectError),
    /// It is deeper than any folder should be.
    #[error("folders are nested more than {MAX_DEPTH} deep; what is below is not scanned")]
    TooDeep,
    /// There are more files than any commit should have.
    #[error("the commit changes more than {MAX_CHANGES} files; the others are not scanned")]
    TooMany,
}

/// What a comparison gives: a change, or a folder (empty for the top) that could not be compared.
pub(super) type Item = Result<Change, (Vec<u8>, ChangesError)>;

/// A folder to compare.
pub(super) struct Folder {
    /// Its path, empty for the top, else with a `/` at its end.
    pub(super) path: Vec<u8>,
    /// The tree.
    pub(super) tree: ObjectId,
    /// The tree of the same path in each parent; `None` where it is not there.
    pub(super) parents: Vec<Option<ObjectId>>,
    /// How many folders it lies in.
    pub(super) depth: usize,
}

/// The folders that are still to be compared, and how many files were.
#[derive(Default)]
pub(super) struct Pending {
    folders: Vec<Folder>,
    changes: usize,
}

impl Pending {
    /// Puts a folder on the list, unless a parent has the very same.
    pub(super) fn push(&mut self, folder: Folder) {
        if !folder.parents.contains(&Some(folder.tree)) {
            self.folders.push(folder);
        }
    }

    /// Counts a change and hands it out, unless there were too many.
    pub(super) fn hand_out(
        &mut self,
        change: Change,
        each: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.changes += 1;
        if self.changes > MAX_CHANGES {
            let _ = each(Err((change.path, ChangesError::TooMany)));
            return ControlFlow::Break(());
        }
        each(Ok(change))
    }

    /// Compares all folders of the list and those below them.
    pub(super) fn run(
        mut self,
        objects: &Objects,
        each: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        while let Some(folder) = self.folders.pop() {
            if folder.depth > MAX_DEPTH {
                each(Err((folder.path, ChangesError::TooDeep)))?;
                continue;
            }
            self.compare(objects, &folder, each)?;
        }
        ControlFlow::Continue(())
    }

    fn compare(
        &mut self,
        objects: &Objects,
        folder: &Folder,
        each: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let tree = match Tree::read(objects, folder.tree) {
            Ok(tree) => tree,
            Err(error) => return each(Err((folder.path.clone(), error.into()))),
        };
        let mut sides = open_sides(objects, &folder.path, &folder.parents, each)?;
        for (entry, name) in tree.entries() {
            let is_folder = tree::is_tree(entry.kind);
            if !is_folder && !tree::is_content(entry.kind) {
                continue;
            }
            let earlier = earlier(&mut sides, name, is_folder);
            if earlier.contains(&Some(entry.id)) {
                continue;
            }
            let path = [folder.path.as_slice(), name].concat();
            if is_folder {
                self.push(Folder {
                    path: [path.as_slice(), b"/"].concat(),
                    tree: entry.id,
                    parents: earlier,
                    depth: folder.depth + 1,
                });
            } else {
                let change = Change {
                    path,
                    id: entry.id,
                    earlier,
                };
                self.hand_out(change, each)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Opens the parents' side of a folder. One that cannot be read is told, and counts as not there:
/// rather too much is new than too little.
pub(super) fn open_sides(
    objects: &Objects,
    path: &[u8],
    parents: &[Option<ObjectId>],
    each: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> ControlFlow<(), Vec<Side>> {
    let mut sides = Vec::with_capacity(parents.len());
    for parent in parents {
        sides.push(match Side::open(objects, *parent) {
            Ok(side) => side,
            Err(error) => {
                each(Err((path.to_owned(), error.into())))?;
                Side::absent()
            }
        });
    }
    ControlFlow::Continue(sides)
}

/// The entry of that name in each parent: a folder if `is_folder`, else a file or link.
pub(super) fn earlier(sides: &mut [Side], name: &[u8], is_folder: bool) -> Vec<Option<ObjectId>> {
    sides
        .iter_mut()
        .map(|side| {
            side.find(name, is_folder)
                .filter(|entry| is_folder || tree::is_content(entry.kind))
                .map(|entry| entry.id)
        })
        .collect()
}

/// Compares a commit's tree with those of its parents.
pub(super) fn of_tree(
    objects: &Objects,
    tree: ObjectId,
    parents: &[ObjectId],
    each: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut pending = Pending::default();
    pending.push(Folder {
        path: Vec::new(),
        tree,
        parents: parents.iter().copied().map(Some).collect(),
        depth: 0,
    });
    pending.run(objects, each)
}
