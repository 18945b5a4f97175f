//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod open;

pub use open::{OpenError, head_commit};
