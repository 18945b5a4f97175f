//! Sources: directory trees, streams, Git configuration, the index, commit ranges and the object store. A source
//! passes blobs to visitors and does not depend on rules.

mod exclude;
mod git;
mod git_config;
mod lfs;
mod pool;
mod recorded;
mod repository;
mod stdin;
mod tracked;
mod tree;
mod version;
mod visitor;

pub use exclude::ExcludeError;
#[doc(hidden)]
pub use git::read_as_any_object;
pub use git::{
    AmbiguousRevision, History, HistoryOptions, HooksFolder, KnownRevisions, Lookup, LookupError,
    OpenError, PushTip, Range, RangeError, RangeOptions, RepoLocation, Retag, Rewrite, Rewrites,
    ScratchRepository, Selection, Staged, StagedError, head_commit, hooks_folder, remote_address,
    rewrites,
};
pub use git::{PackReceiver, UnindexedPack, UnreadObjects};
pub(crate) use git_config::lexical;
pub use recorded::{RecordedPlace, RecordedReader, TakeRecorded};
pub use stdin::Stream;
pub use tree::{FileTree, GitConfiguration, TreeError, TreeOptions, worktree_top};
pub use version::{ContentKey, ParentVersions, ParentVisitor, Version, VersionResult};
pub use visitor::{HistoryVisitor, NewVisitor, Probed, ScanVisitor, VersionVisitor, Visitor};

use crate::model::Outcome;

/// Passes blobs to visitors, on several threads.
pub trait Source: Sync {
    /// Passes every blob, and everything else that a report mentions, to visitors. Each thread gets its own from
    /// `new_visitor`. Returns when everything is passed on or a visitor asks to stop.
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>);

    /// Completes the outcome at the end: determines which of several commits introduced a secret.
    fn settle(&self, _outcome: &mut Outcome) {}
}
