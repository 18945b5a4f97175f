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

use super::{Document, Values};
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

/// True if a letter of a key may be written as an escape, which hides it from a search: `\u0061uths`.
fn may_escape_letters(bytes: &[u8]) -> bool {
    const ESCAPES: [&[u8]; 4] = [b"\\u00", b"\\U0000", b"\\x", b"&#"];
    ESCAPES
        .iter()
        .any(|escape| memmem::find(bytes, escape).is_some())
}

impl Document for Table {
    fn applies(&self, hint: Hint<'_>) -> bool {
        self.files
            .iter()
            .any(|file| path::is_named(hint.path, file.as_bytes()))
    }

    fn may_hold(&self, bytes: &[u8]) -> bool {
        self.groups.iter().any(|group| group.may_speak(bytes)) || may_escape_letters(bytes)
    }

    fn values(&self, hint: Hint<'_>, bytes: &[u8], out: &mut Values<'_>) {
        let is_escaped = may_escape_letters(bytes);
        let groups = self.groups.iter();
        let groups = groups.filter(|group| is_escaped || group.may_speak(bytes));
        let keys: Vec<&Key> = groups.flat_map(|group| group.keys).collect();
        if !keys.is_empty() {
            emit::emit(hint, &(self.read)(bytes), &keys, out);
        }
    }
}
