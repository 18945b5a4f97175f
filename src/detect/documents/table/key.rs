//! One line of a table: which key, under which condition, holds what.

use super::account::From;
use super::holds::Holds;
use super::{Group, path};
use crate::syntax::tree::{NodeId, Tree};

/// Keys whose values hold a credential.
#[derive(Clone, Copy)]
pub(in crate::detect::documents) struct Key {
    path: &'static [&'static str],
    when: Option<(From, &'static str)>,
    pub(super) holds: Holds,
    pub(super) host: From,
    pub(super) user: From,
    pub(super) name: From,
    pub(super) inside: Option<Inside>,
}

/// A file within a value: how it is read, and which of its keys hold credentials.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    pub(super) read: for<'a> fn(&'a [u8]) -> Tree<'a>,
    pub(super) group: &'static Group,
}

impl Key {
    /// Keys at a path from the root, `**` in front for any beginning, and what their values are.
    pub(in crate::detect::documents) const fn at(
        path: &'static [&'static str],
        holds: Holds,
    ) -> Self {
        Self {
            path,
            when: None,
            holds,
            host: From::Nowhere,
            user: From::Nowhere,
            name: From::Nowhere,
            inside: None,
        }
    }

    /// Keys whose values are files themselves, read by `read`, with the keys of `group`. What such a
    /// file holds within a value of its own is not looked at.
    pub(in crate::detect::documents) const fn file(
        path: &'static [&'static str],
        read: for<'a> fn(&'a [u8]) -> Tree<'a>,
        group: &'static Group,
    ) -> Self {
        let mut key = Self::at(path, Holds::File);
        key.inside = Some(Inside { read, group });
        key
    }

    /// Only where something around it says `pattern`.
    pub(in crate::detect::documents) const fn when(
        mut self,
        from: From,
        pattern: &'static str,
    ) -> Self {
        self.when = Some((from, pattern));
        self
    }

    /// Where the host is written.
    pub(in crate::detect::documents) const fn host(mut self, from: From) -> Self {
        self.host = from;
        self
    }

    /// Where the user is written.
    pub(in crate::detect::documents) const fn user(mut self, from: From) -> Self {
        self.user = from;
        self
    }

    /// Where the name is written that says what the value is, if that is not its key.
    pub(in crate::detect::documents) const fn named_by(mut self, from: From) -> Self {
        self.name = from;
        self
    }

    /// True if the value at `node` is one of these.
    pub(super) fn fits(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        path::is_at(tree, node, self.path)
            && self.when.is_none_or(|(from, pattern)| {
                from.read(tree, node)
                    .is_some_and(|text| path::fits(&text, pattern.as_bytes()))
            })
    }
}
