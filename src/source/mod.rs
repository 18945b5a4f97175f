//! Where blobs come from. A source knows nothing of rules.

mod git;
mod git_config;
mod repository;
mod stdin;
mod tree;

use std::ops::ControlFlow;

pub use git::{Lookup, LookupError, OpenError, head_commit};
pub use stdin::Stream;
pub use tree::{Tree, TreeError, TreeOptions};

use crate::model::{Blob, BlobPath, ItemError, LeftOut, LeftOutReason};

/// Something that hands out blobs, from several threads.
pub trait Source: Sync {
    /// Hands every blob, and everything that is no blob, to visitors. Each thread asks
    /// `new_visitor` for its own. Returns when all is handed out or a visitor breaks.
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>);
}

/// Makes the visitor of one thread.
pub type NewVisitor<'a> = dyn Fn() -> Box<dyn Visitor + 'a> + Sync + 'a;

/// What one thread of a source reports to.
pub trait Visitor: Send {
    /// A blob to scan. Reading its content to the end is the visitor's part. `Break` asks the
    /// source to stop.
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()>;

    /// Something left out by choice, which deserves its name in the report.
    fn left_out(&mut self, item: LeftOut);

    /// Something left out by choice, which is only counted.
    fn count_left_out(&mut self, reason: LeftOutReason);

    /// Something that could not be read.
    fn error(&mut self, error: ItemError);

    /// A repository was met.
    fn repository(&mut self, path: &BlobPath);
}
