//! Files whose grammar is read into a tree, and which of their keys hold credentials: one small
//! table for each family of files.
//!
//! A [`Table`] says which files it is for and how they are read. Its [`Group`]s say which keys hold
//! what; a group speaks only where one of its needles stands in the file, so that a file which holds
//! nothing is not even parsed.

mod account;
mod emit;
mod holds;
mod key;
mod path;

use memchr::memmem;

use super::{Document, NamedValue};
use crate::model::Hint;
use crate::syntax::tree::Tree;

pub(super) use account::From;
pub(super) use holds::Holds;
pub(super) use key::Key;

/// A family of files.
pub(super) struct Table {
    /// Names: `name`, `folder/name`, or with one `*` at the beginning of the name (`*.tfvars`).
    pub(super) files: &'static [&'static str],
    /// How they are read.
    pub(super) read: for<'a> fn(&'a [u8]) -> Tree<'a>,
    /// What their keys hold.
    pub(super) groups: &'static [&'static Group],
}

/// Keys that belong together.
pub(super) struct Group {
    /// Texts of which one stands in every file that has such keys; none if the name of the file says
    /// enough.
    pub(super) needles: &'static [&'static str],
    /// The keys; of those that fit a value, the first counts.
    pub(super) keys: &'static [Key],
}

impl Group {
    fn may_speak(&self, bytes: &[u8]) -> bool {
        let stands = |needle: &&str| memmem::find(bytes, needle.as_bytes()).is_some();
        self.needles.is_empty() || self.needles.iter().any(stands)
    }
}

impl Document for Table {
    fn applies(&self, hint: Hint<'_>) -> bool {
        self.files
            .iter()
            .any(|file| path::is_named(hint.path, file.as_bytes()))
    }

    fn may_hold(&self, bytes: &[u8]) -> bool {
        self.groups.iter().any(|group| group.may_speak(bytes))
    }

    fn values(&self, hint: Hint<'_>, bytes: &[u8], out: &mut Vec<NamedValue>) {
        let groups = self.groups.iter().filter(|group| group.may_speak(bytes));
        let keys: Vec<&Key> = groups.flat_map(|group| group.keys).collect();
        if !keys.is_empty() {
            emit::emit(hint, bytes, &(self.read)(bytes), &keys, out);
        }
    }
}
