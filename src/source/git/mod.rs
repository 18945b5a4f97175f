//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod allowance;
mod changes;
mod commit;
mod comparison;
mod crew;
mod history;
mod hooks;
mod index;
mod lookup;
mod objects;
mod open;
mod place;
mod preflight;
mod range;
mod range_ends;
mod renames;
mod repeats;
mod revision;
mod rewrite;
mod scratch;
mod shallow;
mod staged;
mod state;
mod tips;
mod tree;
mod versions;
mod walk;

#[doc(hidden)]
pub use history::read_as_any_object;
pub use history::{History, HistoryOptions};
pub use hooks::{HooksPlace, hooks_place};
pub use lookup::{AmbiguousRevision, Lookup, LookupError};
pub use open::{OpenError, head_commit, remote_address};
pub use place::Place;
pub use range::{Range, RangeOptions};
pub use range_ends::{Known, RangeError, Selection};
pub use rewrite::{PushTip, Retag, Rewrite, Rewrites, rewrites};
pub use scratch::Scratch;
pub use staged::{Staged, StagedError};

/// What reports call the texts of a commit, in place of a path.
const COMMIT_TEXTS: Texts = Texts {
    message: "commit message",
    header: "commit header",
};

/// What reports call the texts of an annotated tag, in place of a path.
const TAG_TEXTS: Texts = Texts {
    message: "tag message",
    header: "tag header",
};

/// What the texts of an object that is no file are called.
#[derive(Clone, Copy)]
struct Texts {
    message: &'static str,
    /// Names, addresses, signatures: anybody may write there what they like.
    header: &'static str,
}
