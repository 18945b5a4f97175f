//! Named values in any text: pairs of a name and its value in all notations.
//!
//! A file whose grammar is known is read by that grammar. This reader serves all other text: scripts,
//! logs, documentation, programs in any language. It starts at a byte of a name, reads at most
//! [`MAX_NAME`] bytes of name and [`MAX_GAP`] bytes behind it, and so takes constant time for each start.

mod name;
mod operator;
mod pair;
mod shell;

pub(crate) use name::words_of;
pub(crate) use shell::{CommandWord, ShellCommand};

use std::ops::Range;

/// The longest name, in bytes.
pub(crate) const MAX_NAME: usize = 128;

/// The longest value, in bytes.
pub(crate) const MAX_VALUE: usize = 1024;

/// The most bytes between a name and the beginning of its value, other keys of the same record included.
pub(crate) const MAX_GAP: usize = 256;

/// A name and a place where its value may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedValue {
    /// The name as it is written, without quotes.
    pub(crate) name: Range<usize>,
    /// Start of the value.
    pub(crate) start: usize,
    /// Maximum end of the value.
    pub(crate) limit: usize,
}

/// Calls `visit` for every place where a value of the name around `at` may begin, the likeliest first,
/// until it returns true.
///
/// `at` is an offset of a byte of the name. Each place is a candidate only: the caller checks whether
/// a value of the expected form begins there.
pub(crate) fn visit_values(
    bytes: &[u8],
    at: usize,
    visit: &mut dyn FnMut(&NamedValue) -> bool,
) -> bool {
    name::candidates(bytes, at).any(|name| {
        let mut emit = |range: Range<usize>| {
            visit(&NamedValue {
                name: name.clone(),
                start: range.start,
                limit: range.end,
            })
        };
        operator::visit_after(bytes, name.end, &mut emit) || pair::visit(bytes, &name, &mut emit)
    })
}

#[cfg(test)]
mod tests;
