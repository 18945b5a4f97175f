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

    /// Returns the bytes that may follow the keyword of an expression that begins with one; `None` if any byte may, or
    /// if it begins with other texts than keywords.
    pub(super) fn after_keyword(hir: &Hir, keywords: &[String]) -> Option<Self> {
        let mut firsts = Self([false; 256]);
        firsts.add_after_keyword(hir, keywords).then_some(firsts)
    }

    fn add_after_keyword(&mut self, hir: &Hir, keywords: &[String]) -> bool {
        match hir.kind() {
            HirKind::Capture(capture) => self.add_after_keyword(&capture.sub, keywords),
            HirKind::Alternation(branches) => branches
                .iter()
                .all(|branch| self.add_after_keyword(branch, keywords)),
            HirKind::Concat(parts) => parts.split_first().is_some_and(|(first, rest)| {
                are_texts_of(first, keywords) && rest.iter().any(|part| self.add(part))
            }),
            _ => false,
        }
    }

    /// Returns true if `byte` is one of them.
    pub(super) fn contains(&self, byte: u8) -> bool {
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

/// Returns true if an expression matches nothing but keywords.
fn are_texts_of(hir: &Hir, keywords: &[String]) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => keywords.iter().any(|text| text.as_bytes() == &*literal.0),
        HirKind::Capture(capture) => are_texts_of(&capture.sub, keywords),
        HirKind::Alternation(branches) => branches.iter().all(|hir| are_texts_of(hir, keywords)),
        _ => false,
    }
}
