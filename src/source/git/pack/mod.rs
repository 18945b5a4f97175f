//! Reads the objects of a repository, packed and loose, as far as it is not damaged.
//!
//! `gix` stops at the first damaged object and holds objects of any size in memory, so it maps packs and indexes
//! and parses entry headers here, and nothing else.

pub(super) mod alternates;
mod any_object;
mod buffer;
pub(super) mod checked_content;
mod copies;
pub(super) mod damage;
pub(super) mod delta;
mod delta_stream;
mod fanout;
pub(super) mod forest;
pub(super) mod inflate;
mod loose;
pub(super) mod object;
mod pack_file;
pub(super) mod parse;
mod single_objects;
pub(super) mod store;
pub(super) mod traversal;
pub(super) mod tree_entries;
mod unindexed;

pub use any_object::read_as_any_object;
pub(super) use checked_content::VerifiedContent;
pub(super) use object::ObjectContent;
pub(super) use single_objects::SingleObjects;
pub(super) use tree_entries::{EntryKind, TreeEntries, TreeEntry};
pub use unindexed::{PackReceiver, UnindexedPack, UnreadObjects};
