//! Reads what a repository stores: packs, loose objects and the objects in them, as far as they are not damaged.

pub(super) mod alternates;
mod any_object;
pub(super) mod buffer;
pub(super) mod damage;
pub(super) mod delta;
mod delta_stream;
pub(super) mod entry;
mod fanout;
pub(super) mod inflate;
mod loose;
pub(super) mod object;
pub(super) mod pack;
pub(super) mod parse;
mod single;
mod single_objects;
pub(super) mod store;
pub(super) mod traversal;
mod traversal_large;

pub use any_object::read_as_any_object;
pub(super) use object::ObjectContent;
pub(super) use parse::{EntryKind, TreeEntries, TreeEntry, encoding, has_readable_names};
pub(super) use single_objects::SingleObjects;
