//! Passes on the files that a commit, or the index, has and no parent has.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use gix::ObjectId;
use gix::objs::Kind;

use super::changes::{CompareError, FileChange};
use super::clean_content::ReportedContent;
use super::objects::{ObjectError, Objects};
use super::pack::parse::EncodedText;
use super::range_state::RangeState;
use super::renames::{Deleted, DeletedFiles};
use crate::model::{
    Blob, BlobKind, BlobPath, Commit, Hint, ItemError, Origin, SkipReason, SkippedItem,
};
use crate::source::lfs::{self, MAX_POINTER};
use crate::source::{
    ContentKey, ParentVersions, ParentVisitor, ScanVisitor, Version, VersionResult,
};

/// The parent versions of files, and their description in reports.
pub(super) struct Snapshot<'a> {
    /// The top folder of each parent.
    pub(super) parents: &'a [ObjectId],
    /// The top folder of the commit; `None` for the index.
    pub(super) tree: Option<ObjectId>,
    /// Returns true for the path of a file that the snapshot does not have.
    pub(super) is_gone: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// The description of the commit in reports.
    pub(super) commit: Option<Commit>,
    /// State that is shared with other snapshots.
    pub(super) state: &'a RangeState,
    /// Content whose findings were all reported at a path.
    pub(super) reported: ReportedContent,
    /// By parent: the files that the snapshot does not have; filled on first use.
    deleted: Vec<OnceLock<DeletedFiles>>,
    /// The parent commits.
    pub(super) history: Vec<ObjectId>,
    /// Its number in the run.
    number: u64,
}

impl<'a> Snapshot<'a> {
    /// Creates a snapshot of a commit's tree, or of the index, and the trees of its parents.
    pub(super) fn new(
        state: &'a RangeState,
        parents: &'a [ObjectId],
        tree: Option<ObjectId>,
        is_gone: &'a (dyn Fn(&[u8]) -> bool + Sync),
        commit: Option<Commit>,
    ) -> Self {
        Self {
            parents,
            tree,
            is_gone,
            commit,
            state,
            reported: ReportedContent::default(),
            deleted: parents.iter().map(|_| OnceLock::new()).collect(),
            history: Vec::new(),
            number: state.next_snapshot(),
        }
    }

    /// Sets the parent commits, whose changes were scanned or are known.
    pub(super) fn with_history(mut self, commits: &[ObjectId]) -> Self {
        self.history = commits.to_vec();
        self
    }

    fn deleted(
        &self,
        objects: &Objects,
        parent: usize,
        proceed: &dyn Fn() -> ControlFlow<()>,
    ) -> Option<&DeletedFiles> {
        let (deleted, id) = (self.deleted.get(parent)?, self.parents.get(parent)?);
        let fill = || DeletedFiles::of(objects, *id, self.tree, self.is_gone, proceed);
        Some(deleted.get_or_init(fill))
    }

    fn origin(&self, path: &[u8]) -> Origin {
        Origin {
            path: BlobPath::from_bytes(path),
            on_disk: None,
            kind: BlobKind::Content,
            commit: self.commit.clone().map(Into::into),
            remote: None,
        }
    }

    /// Returns an error for a path of the snapshot.
    fn report_error(&self, path: &[u8], error: &dyn std::fmt::Display) -> ItemError {
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

/// The state of one thread.
pub(super) struct VersionWorker<'a> {
    /// The objects.
    pub(super) objects: Objects,
    /// Receives the files.
    pub(super) visitor: Box<dyn ScanVisitor + 'a>,
    buffer: Vec<u8>,
}

impl<'a> VersionWorker<'a> {
    /// Creates the state of another thread.
    pub(super) fn new(objects: Objects, visitor: Box<dyn ScanVisitor + 'a>) -> Self {
        Self {
            objects,
            visitor,
            buffer: Vec::new(),
        }
    }

    /// Returns the key of a file's content.
    pub(super) fn key(&self, id: ObjectId, path: &[u8]) -> ContentKey {
        key(id, path, self.visitor.is_document(path))
    }

    /// Passes on a changed file.
    pub(super) fn change(
        &mut self,
        snapshot: &Snapshot<'_>,
        change: &FileChange,
    ) -> ControlFlow<()> {
        let state = snapshot.state;
        if state.exclude.has(&change.path) {
            self.visitor.count_skipped(SkipReason::Excluded);
            return ControlFlow::Continue(());
        }
        let key = self.key(change.id, &change.path);
        let origin = || snapshot.origin(&change.path);
        if change.in_parents.iter().all(Option::is_none) {
            self.visitor.new_path(&change.path, &origin);
        }
        if let Some(bytes) = state.clean.bytes(&key) {
            self.visitor.count(1, bytes);
            return self.visitor.proceed();
        }
        let parents = ChangeParents {
            objects: &self.objects,
            snapshot,
            change,
        };
        let version = Version {
            key: &key,
            parents: &parents,
        };
        if let Some(result) = self.visitor.known_version(&origin, version) {
            if result? == VersionResult::Reported {
                snapshot.reported.add(&key);
            }
            return ControlFlow::Continue(());
        }
        let visitor = &mut self.visitor;
        let mut size = 0;
        let mut is_pointer = false;
        let read = self.objects.header(change.id).and_then(|(kind, length)| {
            size = length;
            if !state.byte_budget.take(size) {
                return Ok(ControlFlow::Break(()));
            }
            if kind != change.kind {
                return Err(ObjectError::wrong_kind(change.id, kind, change.kind));
            }
            self.objects
                .lend(change.id, &mut self.buffer, |_, content| {
                    let mut small = Vec::new();
                    if size < MAX_POINTER as u64 {
                        // If this fails, the reader returns the error again.
                        let _ = content.read_to_end(&mut small);
                        is_pointer = lfs::is_lfs_pointer(&small);
                    }
                    let content = &mut small.as_slice().chain(content);
                    let blob = Blob {
                        hint: Hint::of_path(&change.path),
                        content,
                        origin: &origin,
                    };
                    visitor.version(blob, version)
                })
        });
        if is_pointer {
            self.visitor.skipped(SkippedItem {
                path: BlobPath::from_bytes(change.path.as_slice()),
                reason: SkipReason::LfsPointer,
            });
        }
        match read {
            Ok(result) => match result? {
                // Pointers are listed at each path.
                VersionResult::Clean if is_pointer => {}
                VersionResult::Clean => state.clean.add(&key, size),
                VersionResult::Reported => snapshot.reported.add(&key),
                VersionResult::Other => {}
            },
            Err(error) => self
                .visitor
                .error(snapshot.report_error(&change.path, &error)),
        }
        ControlFlow::Continue(())
    }

    /// Reports a folder that cannot be compared.
    pub(super) fn broken(&mut self, snapshot: &Snapshot<'_>, path: &[u8], error: &CompareError) {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        self.visitor.error(snapshot.report_error(path, error));
    }

    /// Passes on a text that is not a file, with a name in place of a path.
    pub(super) fn text(
        &mut self,
        name: &str,
        mut text: EncodedText<'_>,
        commit: &Commit,
    ) -> ControlFlow<()> {
        let origin = || Origin {
            path: BlobPath::from_bytes(name),
            on_disk: None,
            kind: BlobKind::Content,
            commit: Some(commit.clone().into()),
            remote: None,
        };
        self.visitor.blob(Blob {
            hint: Hint {
                charset: text.charset,
                ..Hint::of_path(name.as_bytes())
            },
            content: &mut text.bytes,
            origin: &origin,
        })
    }
}

/// Returns the key of content under a path. The last two names select the parser.
fn key(id: ObjectId, path: &[u8], is_document: bool) -> ContentKey {
    let grammar = is_document.then(|| {
        let slashes = memchr::memrchr_iter(b'/', path);
        let start = slashes.map(|slash| slash + 1).nth(1).unwrap_or_default();
        path.get(start..).unwrap_or(path)
    });
    ContentKey::new(id, grammar)
}

/// The versions of a file in all parents: at the same path, or at the path that it was moved from.
struct ChangeParents<'a> {
    objects: &'a Objects,
    snapshot: &'a Snapshot<'a>,
    change: &'a FileChange,
}

impl ParentVersions for ChangeParents<'_> {
    fn each(&self, visitor: &mut dyn ParentVisitor) -> io::Result<()> {
        for (parent, in_parents) in self.change.in_parents.iter().enumerate() {
            if let Some(id) = in_parents {
                self.hand_out(&self.change.path, *id, visitor)?;
                continue;
            }
            let proceed = || visitor.proceed();
            let deleted = self.snapshot.deleted(self.objects, parent, &proceed);
            let sources: Vec<&Deleted> = deleted
                .into_iter()
                .flat_map(|deleted| deleted.sources(self.objects, self.change.id, &proceed))
                .collect();
            for file in sources {
                if visitor.proceed().is_break() {
                    return Ok(());
                }
                self.hand_out(&file.path, file.id, visitor)?;
            }
        }
        Ok(())
    }

    fn shared(&self) -> Option<u64> {
        let is_moved = self.change.in_parents.iter().all(Option::is_none);
        is_moved.then_some(self.snapshot.number)
    }
}

impl ChangeParents<'_> {
    /// Nothing was reported at an excluded path.
    fn hand_out(
        &self,
        path: &[u8],
        id: ObjectId,
        visitor: &mut dyn ParentVisitor,
    ) -> io::Result<()> {
        if self.snapshot.state.exclude.has(path) {
            return Ok(());
        }
        let key = key(id, path, visitor.is_document(path));
        let path = BlobPath::from_bytes(path);
        if self.snapshot.state.clean.bytes(&key).is_some() || visitor.known_parent(&path, &key) {
            return Ok(());
        }
        let mut buffer = Vec::new();
        let taken = self
            .objects
            .lend(id, &mut buffer, |kind, content: &mut dyn Read| match kind {
                Kind::Blob => visitor.parent(&path, &key, content),
                kind => Err(io::Error::other(ObjectError::wrong_kind(
                    id,
                    kind,
                    Kind::Blob,
                ))),
            });
        taken.map_err(|error| io::Error::other(error.to_string()))?
    }
}
