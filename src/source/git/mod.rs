//! Sources that read Git objects, through `gix`. Only [`open`] opens a repository.

mod lookup;
mod open;

pub use lookup::{Lookup, LookupError};
pub use open::{OpenError, head_commit};
