//! The changes of a commit: the files whose content differs from every parent.

use std::collections::HashMap;
use std::ops::ControlFlow;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::objects::{ObjectError, Objects};
use super::pack::EntryKind;
use super::tips;
use super::tree::{self, ParentTree, TreeObject};

/// The deepest folder that is entered. No system can check out a path that deep.
const MAX_DEPTH: usize = 4096;

/// Maximum number of files of one commit that are compared: a few trees that contain each other many times must not
/// block a scan.
const MAX_CHANGES: usize = 10_000_000;

/// Maximum number of bytes of parents' folders that one folder is compared with.
const MAX_PARENT_BYTES: usize = 64 * 1024 * 1024;

/// Maximum number of submodules that are cached.
const MAX_SUBMODULES: usize = 100_000;

/// Maximum number of commits beside the history that are compared for one submodule.
pub(super) const MAX_OWN_COMMITS: usize = 1000;

/// A file whose content differs from every parent.
#[derive(Debug)]
pub(super) struct FileChange {
    /// Its path in the commit.
    pub(super) path: Vec<u8>,
    /// The object id of its content.
    pub(super) id: ObjectId,
    /// The kind that its object must have: a blob, or a tag or commit that a submodule names.
    pub(super) kind: Kind,
    /// Its content in each parent, in order; `None` if it does not exist there.
    pub(super) in_parents: Vec<Option<ObjectId>>,
}

/// The reason why a part of a commit cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompareError {
    /// A folder cannot be read.
    #[error("cannot read the folder: {0}")]
    TreeObject(#[from] ObjectError),
    /// It is too deep.
    #[error("folders are nested more than {MAX_DEPTH} deep; what is below is not scanned")]
    TooDeep,
    /// The folder is too large in all parents together.
    #[error(
        "the same folder has more than {MAX_PARENT_BYTES} bytes in the parents; old secrets in it may count as new"
    )]
    TooManyParents,
    /// A submodule names a commit of this repository with too many ancestors beside the history.
    #[error(
        "the submodule leads to more than {MAX_OWN_COMMITS} commits of this repository; its older commits are not scanned"
    )]
    TooManyCommits,
    /// The commit changes too many files.
    #[error("the commit changes more than {MAX_CHANGES} files; the others are not scanned")]
    TooMany,
}

/// Receives the result of a comparison.
pub(super) trait ChangeVisitor {
    /// Receives a file whose content differs from every parent.
    fn change(&mut self, change: FileChange) -> ControlFlow<()>;

    /// Receives a folder (empty for the top) that cannot be compared.
    fn broken(&mut self, path: &[u8], error: CompareError) -> ControlFlow<()>;

    /// Returns true if a folder that no parent has need not be compared.
    fn skips(&mut self, _tree: ObjectId) -> bool {
        false
    }

    /// Returns true if the changes of a commit were scanned or are known.
    fn is_known_commit(&mut self, commit: ObjectId) -> bool;

    /// Returns a commit that is not known and its ancestors that are not known and that none of `known` reaches; only the commit
    /// if its ancestors are not here.
    fn new_commits(
        &mut self,
        commit: ObjectId,
        known: &[ObjectId],
    ) -> Result<Vec<CommitObject>, CompareError>;

    /// Is called when all entries of a folder were compared, without those of its subfolders.
    fn compared(&mut self, _tree: ObjectId) {}

    /// Returns `Break` if the comparison should stop.
    fn proceed(&self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// A folder to compare.
pub(super) struct FolderComparison {
    /// Its path: empty for the top, otherwise with a `/` at the end.
    pub(super) path: Vec<u8>,
    /// The tree.
    pub(super) tree: ObjectId,
    /// The tree at the same path in each parent; `None` if it does not exist there.
    pub(super) parents: Vec<Option<ObjectId>>,
    /// Number of folders that it is in.
    pub(super) depth: usize,
}

/// The folders to compare, and how many files were compared.
#[derive(Default)]
pub(super) struct PendingFolders {
    folders: Vec<FolderComparison>,
    changes: usize,
    submodules: OwnSubmodules,
}

impl PendingFolders {
    /// Adds a folder, unless a parent has the same tree.
    pub(super) fn push(&mut self, folder: FolderComparison) {
        if !folder.parents.contains(&Some(folder.tree)) {
            self.folders.push(folder);
        }
    }

    /// Passes on an entry that is not a folder, or compares the submodule that it is.
    pub(super) fn add(
        &mut self,
        objects: &Objects,
        kind: EntryKind,
        change: FileChange,
        depth: usize,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<()> {
        match kind {
            EntryKind::Submodule => self.submodule(objects, change, depth, visitor),
            EntryKind::Blob | EntryKind::Tree => self.hand_out(change, visitor),
        }
    }

    /// Counts a change and passes it on, unless there are too many.
    fn hand_out(&mut self, change: FileChange, visitor: &mut dyn ChangeVisitor) -> ControlFlow<()> {
        self.changes += 1;
        if self.changes > MAX_CHANGES {
            let _ = visitor.broken(&change.path, CompareError::TooMany);
            return ControlFlow::Break(());
        }
        visitor.change(change)
    }

    /// Compares all folders and their subfolders.
    pub(super) fn run(
        mut self,
        objects: &Objects,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<()> {
        while let Some(folder) = self.folders.pop() {
            visitor.proceed()?;
            if folder.depth > MAX_DEPTH {
                visitor.broken(&folder.path, CompareError::TooDeep)?;
                continue;
            }
            let is_new = folder.parents.iter().all(Option::is_none);
            if !(is_new && visitor.skips(folder.tree)) {
                self.compare(objects, &folder, visitor)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn compare(
        &mut self,
        objects: &Objects,
        folder: &FolderComparison,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<()> {
        let tree = match TreeObject::read(objects, folder.tree) {
            Ok(tree) => tree,
            Err(error) => return visitor.broken(&folder.path, error.into()),
        };
        let mut parent_trees = open_parents(objects, &folder.path, &folder.parents, visitor)?;
        for entry in tree.entries() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return visitor.broken(&folder.path, error.into()),
            };
            let Some(id) = tree::id_of(&entry) else {
                continue;
            };
            let in_parents = in_parents(&mut parent_trees, entry.name, entry.kind);
            if in_parents.contains(&Some(id)) {
                continue;
            }
            let path = [folder.path.as_slice(), entry.name].concat();
            if entry.kind == EntryKind::Tree {
                self.push(FolderComparison {
                    path: [path.as_slice(), b"/"].concat(),
                    tree: id,
                    parents: in_parents,
                    depth: folder.depth + 1,
                });
                continue;
            }
            let change = FileChange {
                path,
                id,
                kind: Kind::Blob,
                in_parents,
            };
            self.add(objects, entry.kind, change, folder.depth, visitor)?;
        }
        visitor.compared(folder.tree);
        ControlFlow::Continue(())
    }

    /// Compares a submodule. Its commit is usually in another repository; if the object is in this one, something
    /// may be hidden in it.
    fn submodule(
        &mut self,
        objects: &Objects,
        change: FileChange,
        depth: usize,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<()> {
        match self.submodules.of(objects, change.id, visitor) {
            None => ControlFlow::Continue(()),
            Some(OwnObject::Blob) => self.hand_out(change, visitor),
            Some(OwnObject::Tag) => {
                let tip = match tips::peel(objects, change.id) {
                    Ok(tip) => tip,
                    Err(error) => return visitor.broken(&change.path, error.into()),
                };
                for id in tip.tags {
                    let text = FileChange {
                        path: change.path.clone(),
                        id,
                        kind: Kind::Tag,
                        in_parents: Vec::new(),
                    };
                    self.hand_out(text, visitor)?;
                }
                let target = FileChange {
                    id: tip.id,
                    ..change
                };
                self.submodule(objects, target, depth, visitor)
            }
            Some(own @ (OwnObject::Folder(tree) | OwnObject::Commit(tree))) => {
                let mut parent = |id| match self.submodules.of(objects, id, visitor)? {
                    OwnObject::Folder(tree) | OwnObject::Commit(tree) => Some(tree),
                    OwnObject::Blob | OwnObject::Tag => None,
                };
                let in_parents = change.in_parents.iter();
                let mut parents: Vec<_> = in_parents.map(|id| parent((*id)?)).collect();
                if let OwnObject::Commit(_) = own {
                    parents.extend(self.own_commits(objects, &change, depth, visitor)?);
                }
                self.push(FolderComparison {
                    path: [change.path.as_slice(), b"/"].concat(),
                    tree,
                    parents,
                    depth: depth + 1,
                });
                ControlFlow::Continue(())
            }
        }
    }

    /// Passes on the texts of the commit that a submodule names and of its ancestors, as far as neither is known, and compares the
    /// ancestors. Returns the folders of the commit's parents.
    fn own_commits(
        &mut self,
        objects: &Objects,
        change: &FileChange,
        depth: usize,
        visitor: &mut dyn ChangeVisitor,
    ) -> ControlFlow<(), Vec<Option<ObjectId>>> {
        let known: Vec<ObjectId> = change.in_parents.iter().copied().flatten().collect();
        let commits = match visitor.new_commits(change.id, &known) {
            Ok(commits) => commits,
            Err(error) => {
                visitor.broken(&change.path, error)?;
                return ControlFlow::Continue(Vec::new());
            }
        };
        let mut buffer = Vec::new();
        let mut tree_of = |id: &ObjectId| {
            let commit = CommitObject::read(objects, *id, &mut buffer);
            commit.ok().map(|commit| commit.tree)
        };
        let mut own_parents = Vec::new();
        for commit in commits {
            let text = FileChange {
                path: change.path.clone(),
                id: commit.id,
                kind: Kind::Commit,
                in_parents: Vec::new(),
            };
            self.hand_out(text, visitor)?;
            let parents = commit.parents.iter().map(&mut tree_of).collect();
            if commit.id == change.id {
                own_parents = parents;
                continue;
            }
            self.push(FolderComparison {
                path: [change.path.as_slice(), b"/"].concat(),
                tree: commit.tree,
                parents,
                depth: depth + 1,
            });
        }
        ControlFlow::Continue(own_parents)
    }
}

/// By id: the objects of this repository that submodules name.
#[derive(Default)]
struct OwnSubmodules(HashMap<ObjectId, Option<OwnObject>>);

/// An object of this repository that a submodule names.
#[derive(Clone, Copy)]
enum OwnObject {
    Blob,
    Tag,
    /// A tree.
    Folder(ObjectId),
    /// A commit with this tree.
    Commit(ObjectId),
}

impl OwnSubmodules {
    /// Returns the object, unless it is missing or was scanned as a commit of the history.
    fn of(
        &mut self,
        objects: &Objects,
        id: ObjectId,
        visitor: &mut dyn ChangeVisitor,
    ) -> Option<OwnObject> {
        if let Some(own) = self.0.get(&id) {
            return *own;
        }
        let own = match objects.header(id) {
            Ok((Kind::Blob, _)) => Some(OwnObject::Blob),
            Ok((Kind::Tree, _)) => Some(OwnObject::Folder(id)),
            Ok((Kind::Commit, _)) if visitor.is_known_commit(id) => None,
            Ok((Kind::Commit, _)) => CommitObject::read(objects, id, &mut Vec::new())
                .ok()
                .map(|commit| OwnObject::Commit(commit.tree)),
            Ok((Kind::Tag, _)) => Some(OwnObject::Tag),
            Err(_) => None,
        };
        if self.0.len() < MAX_SUBMODULES {
            self.0.insert(id, own);
        }
        own
    }
}

/// Opens a folder in each parent. One that cannot be read is reported and counts as missing, so that more is new.
pub(super) fn open_parents(
    objects: &Objects,
    path: &[u8],
    parents: &[Option<ObjectId>],
    visitor: &mut dyn ChangeVisitor,
) -> ControlFlow<(), Vec<ParentTree>> {
    let mut parent_trees = Vec::with_capacity(parents.len());
    let mut bytes = 0;
    for parent in parents {
        let parent_tree = match ParentTree::open(objects, *parent) {
            // A single folder is always compared; its size is bounded.
            Ok(parent_tree) if bytes > 0 && bytes + parent_tree.bytes() > MAX_PARENT_BYTES => {
                visitor.broken(path, CompareError::TooManyParents)?;
                ParentTree::absent()
            }
            Ok(parent_tree) => parent_tree,
            Err(error) => {
                visitor.broken(path, error.into())?;
                ParentTree::absent()
            }
        };
        bytes += parent_tree.bytes();
        parent_trees.push(parent_tree);
    }
    ControlFlow::Continue(parent_trees)
}

/// Returns the object with this name and kind in each parent.
pub(super) fn in_parents(
    parent_trees: &mut [ParentTree],
    name: &[u8],
    kind: EntryKind,
) -> Vec<Option<ObjectId>> {
    parent_trees
        .iter_mut()
        .map(|parent_tree| parent_tree.find(name, kind))
        .collect()
}

/// Compares a commit's tree with those of its parents.
pub(super) fn of_tree(
    objects: &Objects,
    tree: ObjectId,
    parents: &[ObjectId],
    visitor: &mut dyn ChangeVisitor,
) -> ControlFlow<()> {
    let mut pending = PendingFolders::default();
    pending.push(FolderComparison {
        path: Vec::new(),
        tree,
        parents: parents.iter().copied().map(Some).collect(),
        depth: 0,
    });
    pending.run(objects, visitor)
}
