//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod history;
mod open;

#[doc(hidden)]
pub use history::read_as_any_object;
pub use history::{History, HistoryOptions};
pub use open::{OpenError, head_commit};
