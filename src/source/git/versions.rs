//! Hands out the files that a commit, or the index, has and no parent has.

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use gix::ObjectId;
use gix::objs::Kind;

use super::allowance::Allowance;
use super::changes::{Change, ChangesError};
use super::objects::{ObjectError, Objects};
use super::renames::{self, Deleted};
use crate::model::{Blob, BlobKind, BlobPath, Commit, Hint, ItemError, LeftOutReason, Origin};
use crate::source::exclude::Exclude;
use crate::source::{TakeVersion, Visitor};

/// What files are compared with, and what is said of them.
pub(super) struct Snapshot<'a> {
    /// The top folder of each parent.
    pub(super) parents: &'a [ObjectId],
    /// The top folder of the commit; `None` for the index.
    pub(super) tree: Option<ObjectId>,
    /// True for the path of a file that the snapshot does not have.
    pub(super) is_gone: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// What a report says of the commit.
    pub(super) commit: Option<Commit>,
    /// Of each parent, the files that the snapshot has no more; filled when first asked for.
    pub(super) deleted: Vec<OnceLock<Vec<Deleted>>>,
}

impl Snapshot<'_> {
    /// One [`Snapshot::deleted`] for each parent.
    pub(super) fn not_looked_at(parents: &[ObjectId]) -> Vec<OnceLock<Vec<Deleted>>> {
        parents.iter().map(|_| OnceLock::new()).collect()
    }

    fn deleted(&self, objects: &Objects, parent: usize) -> &[Deleted] {
        let (Some(deleted), Some(id)) = (self.deleted.get(parent), self.parents.get(parent)) else {
            return &[];
        };
        deleted.get_or_init(|| renames::deleted(objects, *id, self.tree, self.is_gone))
    }

    fn origin(&self, path: &[u8]) -> Origin {
        Origin {
            path: BlobPath::from_bytes(path),
            on_disk: None,
            kind: BlobKind::Content,
            commit: self.commit.clone(),
        }
    }

    /// Says what of it could not be read.
    fn complain(&self, path: &[u8], error: &dyn std::fmt::Display) -> ItemError {
        let of = match &self.commit {
            Some(commit) => Cow::from(format!("commit {}: ", commit.id)),
            None => Cow::from(""),
        };
        ItemError {
            path: Some(BlobPath::from_bytes(path)).filter(|path| !path.as_bytes().is_empty()),
            message: format!("{of}{error}"),
        }
    }
}

/// One thread's tools.
pub(super) struct Hand<'a> {
    /// Its own way to objects.
    pub(super) objects: Objects,
    /// Where things go.
    pub(super) visitor: Box<dyn Visitor + 'a>,
    buffer: Vec<u8>,
}

impl<'a> Hand<'a> {
    /// Tools for one more thread.
    pub(super) fn new(objects: Objects, visitor: Box<dyn Visitor + 'a>) -> Self {
        Self {
            objects,
            visitor,
            buffer: Vec::new(),
        }
    }

    /// Hands out a file that changed.
    pub(super) fn change(
        &mut self,
        snapshot: &Snapshot<'_>,
        change: &Change,
        exclude: &Exclude,
        allowance: &Allowance,
    ) -> ControlFlow<()> {
        if exclude.has(&change.path) {
            self.visitor.count_left_out(LeftOutReason::Excluded);
            return ControlFlow::Continue(());
        }
        let read = self.objects.header(change.id).and_then(|(_, size)| {
            if !allowance.take(size) {
                return Ok(false);
            }
            self.objects
                .read_kind(change.id, Kind::Blob, &mut self.buffer)
                .map(|()| true)
        });
        match read {
            Ok(true) => {}
            Ok(false) => return ControlFlow::Break(()),
            Err(error) => {
                self.visitor.error(snapshot.complain(&change.path, &error));
                return ControlFlow::Continue(());
            }
        }
        let objects = &self.objects;
        let origin = || snapshot.origin(&change.path);
        let blob = Blob {
            hint: hint(&change.path),
            content: &mut self.buffer.as_slice(),
            origin: &origin,
        };
        self.visitor.version(blob, &|take| {
            hand_out_earlier(objects, snapshot, change, take)
        })
    }

    /// Tells of a folder that could not be compared.
    pub(super) fn broken(&mut self, snapshot: &Snapshot<'_>, path: &[u8], error: &ChangesError) {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        self.visitor.error(snapshot.complain(path, error));
    }

    /// Hands out a text that is no file, under a name in place of a path.
    pub(super) fn text(
        &mut self,
        name: &str,
        mut text: &[u8],
        commit: Option<&Commit>,
    ) -> ControlFlow<()> {
        let origin = || Origin {
            path: BlobPath::from_bytes(name),
            on_disk: None,
            kind: BlobKind::Content,
            commit: commit.cloned(),
        };
        self.visitor.blob(Blob {
            hint: hint(name.as_bytes()),
            content: &mut text,
            origin: &origin,
        })
    }
}

/// The versions of a file in all parents: the same path, or what was moved to it.
fn hand_out_earlier(
    objects: &Objects,
    snapshot: &Snapshot<'_>,
    change: &Change,
    take: &mut TakeVersion<'_>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    for (parent, earlier) in change.earlier.iter().enumerate() {
        let versions: Vec<(&[u8], ObjectId)> = match earlier {
            Some(id) => vec![(&change.path, *id)],
            None => {
                let deleted = snapshot.deleted(objects, parent);
                renames::sources(objects, change.id, deleted)
                    .into_iter()
                    .map(|file| (file.path.as_slice(), file.id))
                    .collect()
            }
        };
        for (path, id) in versions {
            objects
                .read_kind(id, Kind::Blob, &mut buffer)
                .map_err(|error: ObjectError| io::Error::other(error.to_string()))?;
            take(hint(path), &mut buffer.as_slice().by_ref())?;
        }
    }
    Ok(())
}

fn hint(path: &[u8]) -> Hint<'_> {
    Hint::of_path(path)
}
