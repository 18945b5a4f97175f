//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod allowance;
mod changes;
mod commit;
mod crew;
mod history;
mod hooks;
mod index;
mod lookup;
mod objects;
mod open;
mod place;
mod range;
mod range_ends;
mod renames;
mod staged;
mod tips;
mod tree;
mod versions;
mod walk;

pub use history::{History, HistoryOptions};
pub use hooks::{HooksPlace, hooks_place};
pub use lookup::{Lookup, LookupError};
pub use open::{OpenError, head_commit};
pub use place::Place;
pub use range::{Range, RangeOptions};
pub use range_ends::{Known, RangeError};
pub use staged::{Staged, StagedError};

/// What reports call the message of a commit, in place of a path.
pub(crate) const COMMIT_MESSAGE: &str = "commit message";

/// What reports call the annotation of a tag, in place of a path.
pub(crate) const TAG_ANNOTATION: &str = "tag annotation";
