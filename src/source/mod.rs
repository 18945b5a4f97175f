//! Where blobs come from. A source knows nothing of rules.

mod exclude;
mod git;
mod git_config;
mod repository;
mod stdin;
mod tree;

use std::io::{self, Read};
use std::ops::ControlFlow;

pub use exclude::ExcludeError;
pub use git::{
    Known, Lookup, LookupError, OpenError, Place, Range, RangeError, RangeOptions, Staged, StagedError, head_commit,
};
pub use stdin::Stream;
pub use tree::{GitConfiguration, Tree, TreeError, TreeOptions};

use crate::model::{Blob, BlobPath, Hint, ItemError, LeftOut, LeftOutReason, Outcome};

/// Something that hands out blobs, from several threads.
pub trait Source: Sync {
    /// Hands every blob, and everything that is no blob, to visitors. Each thread asks
    /// `new_visitor` for its own. Returns when all is handed out or a visitor breaks.
    fn visit<'a>(&'a self, threads: usize, new_visitor: &'a NewVisitor<'a>);

    /// Puts right what only the whole shows, once all is handed out: where the same secret comes
    /// from several commits, which one brought it.
    fn settle(&self, _outcome: &mut Outcome) {}
}

/// Hands every earlier version of a blob to a function, and stops at its first error. Called only for
/// blobs in which something was found.
pub type Earlier<'a> = dyn Fn(&mut TakeVersion<'_>) -> io::Result<()> + 'a;

/// Takes one earlier version: what is known about it, and its bytes.
pub type TakeVersion<'a> = dyn FnMut(Hint<'_>, &mut dyn Read) -> io::Result<()> + 'a;

/// Makes the visitor of one thread.
pub type NewVisitor<'a> = dyn Fn() -> Box<dyn Visitor + 'a> + Sync + 'a;

/// What one thread of a source reports to.
pub trait Visitor: Send {
    /// A blob to scan. Reading its content to the end is the visitor's part. `Break` asks the
    /// source to stop.
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()>;

    /// A blob of which only that counts which no earlier version of it holds. Who makes no
    /// difference takes it as any other.
    fn version(&mut self, blob: Blob<'_>, earlier: &Earlier<'_>) -> ControlFlow<()> {
        let _ = earlier;
        self.blob(blob)
    }

    /// Something left out by choice, which deserves its name in the report.
    fn left_out(&mut self, item: LeftOut);

    /// Something left out by choice, which is only counted.
    fn count_left_out(&mut self, reason: LeftOutReason);

    /// Something that could not be read.
    fn error(&mut self, error: ItemError);

    /// A repository was met.
    fn repository(&mut self, path: &BlobPath);
}
