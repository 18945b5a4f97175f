//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod history;
mod open;

pub use history::{History, HistoryOptions};
pub use open::{OpenError, head_commit};
