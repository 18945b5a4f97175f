//! Sources that read Git objects. Only [`open`] opens a repository with `gix`.

mod changes;
mod clean_content;
mod commit;
mod history;
mod hooks;
mod index;
mod location;
mod lookup;
mod objects;
mod open;
mod pack;
mod preflight;
mod range;
mod range_ends;
mod range_state;
mod recorded;
mod renames;
mod revision;
mod rewrite;
mod scratch;
mod shallow;
mod snapshot_scan;
mod staged;
mod tips;
mod topology;
mod tree;
mod versions;
mod walk;
mod workers;

pub use history::{History, HistoryOptions};
pub use hooks::{HooksFolder, hooks_folder};
pub use location::RepoLocation;
pub use lookup::{AmbiguousRevision, Lookup, LookupError};
pub use open::{OpenError, head_commit, remote_address};
#[doc(hidden)]
pub use pack::read_as_any_object;
pub use pack::{PackReceiver, UnindexedPack, UnreadObjects};
pub use range::{Range, RangeOptions};
pub use range_ends::{KnownRevisions, RangeError, Selection};
pub use rewrite::{PushTip, Retag, Rewrite, Rewrites, rewrites};
pub use scratch::ScratchRepository;
pub use staged::{Staged, StagedError};

/// The path that reports give to the texts of a commit.
const COMMIT_TEXTS: Texts = Texts {
    message: "commit message",
    header: "commit header",
};

/// The path that reports give to the texts of an annotated tag.
const TAG_TEXTS: Texts = Texts {
    message: "tag message",
    header: "tag header",
};

/// Names for the texts of an object that is not a file.
#[derive(Clone, Copy)]
struct Texts {
    message: &'static str,
    /// Names, addresses, signatures: an author may write anything there.
    header: &'static str,
}
