//! The source of `staged` and of the commit hook: the content that `git commit` would record.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::location::{OpenRepository, RepoLocation};
use super::objects::{ObjectError, Objects, Stores};
use super::open::OpenError;
use super::range::RangeOptions;
use super::range_state::RangeState;
use super::snapshot_scan::SnapshotScan;
use super::versions::Snapshot;
use super::workers::GitWorkers;
use super::{index, tips};
use crate::model::{BlobPath, ItemError};
use crate::safe_file::read_regular;
use crate::source::exclude::ExcludeError;
use crate::source::{NewVisitor, Source};

/// The largest list of the commits that are being merged, in bytes.
const MAX_MERGE_HEAD: u64 = 64 * 1024 * 1024;

/// The index cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum StagedError {
    /// The repository cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An exclusion is not a valid pattern.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
    /// The index cannot be read.
    #[error("cannot read the index '{path}': {reason}", path = .path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The checked-out commit cannot be read.
    #[error("cannot read the commit that is checked out: {0}")]
    Head(String),
}

impl From<ObjectError> for StagedError {
    fn from(error: ObjectError) -> Self {
        Self::Head(error.to_string())
    }
}

/// Files of the index whose content differs from every parent of the next commit: from `HEAD`, and during a merge
/// from the merged commits.
///
/// The content is that of the index, not of the disk. Both sides of a conflict are scanned.
pub struct Staged {
    stores: Stores,
    index: gix::index::State,
    index_path: PathBuf,
    parents: Vec<ObjectId>,
    history: Vec<ObjectId>,
    state: RangeState,
}

impl Staged {
    /// Reads the index and the parents.
    ///
    /// # Errors
    /// If either cannot be read.
    pub fn new(place: &RepoLocation, options: &RangeOptions) -> Result<Self, StagedError> {
        let opened = place.open()?;
        let index_path = match &place.index {
            Some(path) => path.clone(),
            None => opened.repository.index_path(),
        };
        let index =
            index::read(&index_path, opened.repository.object_hash()).map_err(|reason| {
                let path = index_path.clone();
                StagedError::Index { path, reason }
            })?;
        let (parents, history) = parents(&opened)?;
        Ok(Self {
            index,
            index_path,
            parents,
            history,
            stores: opened.stores,
            state: RangeState::new(options)?,
        })
    }

    /// Returns true if the scan stopped because there was more to read than allowed.
    pub fn is_cut_short(&self) -> bool {
        self.state.byte_budget.is_exceeded()
    }
}

impl Source for Staged {
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let workers = GitWorkers::new(&self.stores, threads, new_visitor);
        let objects = self.stores.objects();
        let is_gone = |path: &[u8]| !index::contains_path(&self.index, path);
        let snapshot = Snapshot::new(&self.state, &self.parents, None, &is_gone, None)
            .with_history(&self.history);
        let mut comparison = SnapshotScan::new(&workers, &objects, &snapshot);
        let compared = index::compare(&self.index, &objects, &self.parents, &mut comparison);
        let flow = comparison.flush();
        if compared.is_break() && flow.is_continue() {
            workers.with_worker(|worker| {
                worker.visitor.error(ItemError {
                    path: Some(BlobPath::from_path(&self.index_path)),
                    message: "the index could not be compared to its end".to_owned(),
                });
                ControlFlow::Continue(())
            });
        }
    }
}

/// Returns the trees and the ids of the parents that the next commit would have.
fn parents(opened: &OpenRepository) -> Result<(Vec<ObjectId>, Vec<ObjectId>), StagedError> {
    let mut commits = Vec::new();
    let head = opened.repository.head();
    let head = head.map_err(|error| StagedError::Head(error.to_string()))?;
    if !head.is_unborn() {
        let id = head.id().map(gix::Id::detach);
        commits.push(id.ok_or_else(|| StagedError::Head("HEAD names nothing".to_owned()))?);
    }
    let objects = opened.stores.objects();
    commits.extend(merge_heads(&objects, opened.repository.git_dir())?);
    let mut buffer = Vec::new();
    let mut trees = Vec::with_capacity(commits.len());
    let mut history = Vec::with_capacity(commits.len());
    for id in commits {
        let tip = tips::peel(&objects, id)?;
        if tip.kind == Kind::Commit {
            trees.push(CommitObject::read(&objects, tip.id, &mut buffer)?.tree);
            history.push(tip.id);
        }
    }
    Ok((trees, history))
}

/// Returns the commits that are being merged.
fn merge_heads(objects: &Objects, git_dir: &Path) -> Result<Vec<ObjectId>, StagedError> {
    let text = match read_regular(&git_dir.join("MERGE_HEAD"), MAX_MERGE_HEAD) {
        Ok(text) => text,
        Err(error) if error.is_absent() => return Ok(Vec::new()),
        Err(error) => return Err(StagedError::Head(format!("MERGE_HEAD: {error}"))),
    };
    text.split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let id = objects.parse_id(line);
            id.ok_or_else(|| StagedError::Head("MERGE_HEAD names no commit".to_owned()))
        })
        .collect()
}
