//! Where blobs come from. A source knows nothing of rules.

mod exclude;
mod git;
mod git_config;
mod lfs;
mod pool;
mod repository;
mod stdin;
mod tracked;
mod tree;
mod version;

use std::io::{self, Read};
use std::ops::{self, ControlFlow};

pub use exclude::ExcludeError;
#[doc(hidden)]
pub use git::read_as_any_object;
pub use git::{
    AmbiguousRevision, History, HistoryOptions, KnownRevisions, Lookup, LookupError, OpenError,
    Range, RangeError, RangeOptions, RepoLocation, ScratchRepository, Selection, Staged,
    StagedError, head_commit, remote_address,
};
pub use git::{HooksFolder, hooks_folder};
pub use git::{PushTip, Retag, Rewrite, Rewrites, rewrites};
pub(crate) use git_config::lexical;
pub use stdin::Stream;
pub use tree::{GitConfiguration, Tree, TreeError, TreeOptions, worktree_top};

pub use version::{ContentKey, ParentVersions, ParentVisitor, Version, VersionResult};

use crate::model::{
    Blob, BlobPath, CredentialId, Hint, ItemError, Note, Origin, Outcome, SkipReason, SkippedItem,
};

/// Something that hands out blobs, from several threads.
pub trait Source: Sync {
    /// Hands every blob, and everything that is no blob, to visitors. Each thread asks
    /// `new_visitor` for its own. Returns when all is handed out or a visitor breaks.
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>);

    /// Puts right what only the whole shows, once all is handed out: where the same secret comes
    /// from several commits, which one brought it.
    fn settle(&self, _outcome: &mut Outcome) {}
}

/// What [`Visitor::probe`] returns.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// What would be reported, each once: the fingerprints under an empty path.
    pub found: Vec<CredentialId>,
    /// Why the content was not examined to its end; empty if it was.
    pub unfinished: Vec<String>,
}

/// Makes the visitor of one thread.
pub type NewVisitor<'a> = dyn Fn() -> Box<dyn Visitor + 'a> + Sync + 'a;

/// What one thread of a source reports to.
pub trait Visitor: Send {
    /// A blob to scan. Reading its content to the end is the visitor's part. `Break` asks the
    /// source to stop.
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()>;

    /// A version of a file. Reports only what no parent version of it reports.
    ///
    /// # Errors
    /// `Break` asks the source to stop.
    fn version(&mut self, blob: Blob<'_>, _version: Version<'_>) -> ControlFlow<(), VersionResult> {
        self.blob(blob).map_continue(|()| VersionResult::Other)
    }

    /// The same for content that this visitor has had before: `None` if it does not remember it, and
    /// needs the content.
    fn known_version(
        &mut self,
        _origin: &dyn Fn() -> Origin,
        _version: Version<'_>,
    ) -> Option<ControlFlow<(), VersionResult>> {
        None
    }

    /// Counts files whose content was reported at so many paths already that no more are listed.
    fn count_unlisted(&mut self, _files: u64) {}

    /// Something left out by choice, which deserves its name in the report.
    fn skipped(&mut self, item: SkippedItem);

    /// Something left out by choice, which is only counted.
    fn count_skipped(&mut self, reason: SkipReason);

    /// Something that could not be read.
    fn error(&mut self, error: ItemError);

    /// A repository was met.
    fn repository(&mut self, path: &BlobPath);

    /// Something the reader should know that is no failure.
    fn note(&mut self, _note: Note) {}

    /// `Break` where the source should stop.
    fn proceed(&self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    // What follows is for sources that learn only afterwards where content belongs: they look at
    // all of it, and hand out what holds something once its place is known.

    /// True if nothing can begin in `bytes[part]`, whatever the rest of `bytes` is. Bytes further
    /// away than [`Visitor::reach`] have no say in it.
    fn is_clean(&self, _bytes: &[u8], _part: ops::Range<usize>) -> bool {
        false
    }

    /// See [`Visitor::is_clean`]: how far before a place and behind it bytes may have a say.
    fn reach(&self) -> ops::Range<usize> {
        usize::MAX..usize::MAX
    }

    /// How many bytes before a place and behind it decide over all that may begin there, even where
    /// [`Visitor::is_clean`] says no.
    fn context(&self) -> ops::Range<usize> {
        usize::MAX..usize::MAX
    }

    /// Counts content of `bytes` bytes as scanned.
    fn count(&mut self, bytes: u64) {
        self.count_all(1, bytes);
    }

    /// Counts `files` contents of `bytes` bytes altogether as scanned.
    fn count_all(&mut self, _files: u64, _bytes: u64) {}

    /// Reads content to its end and returns what would be reported. Counts it as scanned, and reports
    /// nothing.
    ///
    /// # Errors
    /// What reading gives.
    fn probe(&mut self, _hint: Hint<'_>, _content: &mut dyn Read) -> io::Result<Probed> {
        Ok(Probed::default())
    }

    /// What of [`Visitor::probe`] comes of keywords in `parts` of `bytes`, in order. Bytes further away than
    /// [`Visitor::context`] have no say in it. `None` for content that must be read from its beginning,
    /// and where a bound would cut the detection. Counts nothing.
    fn probe_parts(
        &mut self,
        _bytes: &[u8],
        _parts: &[ops::Range<usize>],
    ) -> Option<Vec<CredentialId>> {
        None
    }

    /// A path under which content with this file name is read by a grammar of its own, if there is
    /// one.
    fn document_path(&self, _name: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// True if content under this path is read by a grammar of its own.
    fn is_document(&self, _path: &[u8]) -> bool {
        false
    }

    /// False if under this path the same is found in `bytes` as under one that means nothing.
    fn is_read_by_name(&self, hint: Hint<'_>, _bytes: &[u8]) -> bool {
        self.is_document(hint.path)
    }

    /// A blob to scan, of which only what `counts` says of its fingerprint under an empty path is
    /// reported; `remark` is added to the message of each. Not counted as scanned.
    fn placed(
        &mut self,
        _blob: Blob<'_>,
        _counts: &dyn Fn(&CredentialId) -> bool,
        _remark: &str,
    ) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
