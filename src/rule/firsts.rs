//! The bytes with which a part of a pattern may begin.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The bytes with which matches may begin; a match that is empty has none.
#[derive(Debug)]
pub(super) struct Firsts([bool; 256]);

impl Firsts {
    /// Of `parts`, one behind the other.
    pub(super) fn of<'h>(parts: impl IntoIterator<Item = &'h Hir>) -> Self {
        let mut firsts = Self([false; 256]);
        for part in parts {
            if firsts.add(part) {
                break;
            }
        }
        firsts
    }

    /// Those of `parts`, one behind the other; all bytes if nothing must follow.
    pub(super) fn of_what_follows(parts: &[Hir]) -> Self {
        let mut firsts = Self([false; 256]);
        if !parts.iter().any(|part| firsts.add(part)) {
            firsts.0 = [true; 256];
        }
        firsts
    }

    /// True if `byte` is one of them.
    pub(super) fn hold(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Adds those of `hir`. False if it may match the empty text, so that what follows it adds its own.
    fn add(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => false,
            HirKind::Literal(literal) => {
                let first = literal.0.first();
                first.inspect(|&&byte| self.0[usize::from(byte)] = true);
                first.is_some()
            }
            HirKind::Class(class) => {
                match class {
                    Class::Bytes(class) => class.ranges().iter().for_each(|range| {
                        let range = usize::from(range.start())..=usize::from(range.end());
                        self.0[range].fill(true);
                    }),
                    // The first byte of a character grows with it.
                    Class::Unicode(class) => class.ranges().iter().for_each(|range| {
                        let first = |c: char| usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0]);
                        self.0[first(range.start())..=first(range.end())].fill(true);
                    }),
                }
                true
            }
            HirKind::Repetition(repetition) => self.add(&repetition.sub) && repetition.min > 0,
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Concat(parts) => parts.iter().any(|part| self.add(part)),
            HirKind::Alternation(branches) => {
                let mut all = true;
                for branch in branches {
                    all &= self.add(branch);
                }
                all
            }
        }
    }

    /// True if keywords begin with each of them.
    pub(super) fn are_of(&self, keywords: &[String]) -> bool {
        let begins = |first: usize| {
            keywords
                .iter()
                .any(|keyword| keyword.bytes().next().map(usize::from) == Some(first))
        };
        (0..self.0.len()).all(|first| !self.0[first] || begins(first))
    }
}
