//! The bytes with which matches of a part of a pattern may begin.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// The bytes that a match may have at each of its first offsets. They reject most candidates before an expression is
/// compiled.
#[derive(Debug)]
pub(super) struct Firsts {
    /// For each byte, the offsets at which it may occur, one bit each.
    offsets: Box<[u64; 256]>,
}

impl Firsts {
    /// Returns the first bytes of matches of `hir` and of any text behind them.
    pub(super) fn of(hir: &Hir) -> Self {
        let offsets = Box::new([0; 256]);
        let mut firsts = Self { offsets };
        let ends = firsts.add(hir, 1);
        if ends != 0 {
            let following = u64::MAX << ends.trailing_zeros();
            firsts.offsets.iter_mut().for_each(|set| *set |= following);
        }
        firsts
    }

    /// False if no match begins with `bytes`.
    pub(super) fn allow(&self, bytes: &[u8]) -> bool {
        let mut offsets = (0..u64::BITS).zip(bytes);
        offsets.all(|(offset, byte)| self.offsets[usize::from(*byte)] >> offset & 1 == 1)
    }

    /// Adds the bytes of `hir` that begins at one of the offsets `starts`, and returns the offsets where it ends.
    fn add(&mut self, hir: &Hir, starts: u64) -> u64 {
        match hir.kind() {
            // Nothing follows the end.
            HirKind::Look(Look::End) => 0,
            HirKind::Empty | HirKind::Look(_) => starts,
            HirKind::Literal(literal) => literal.0.iter().fold(starts, |at, byte| {
                self.offsets[usize::from(*byte)] |= at;
                at << 1
            }),
            HirKind::Class(Class::Bytes(class)) => {
                for range in class.ranges() {
                    self.allow_at(range.start(), range.end(), starts);
                }
                starts << 1
            }
            HirKind::Class(Class::Unicode(class)) => {
                // The first byte of a character grows with it.
                let first = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes()[0];
                for range in class.ranges() {
                    self.allow_at(first(range.start()), first(range.end()), starts);
                }
                if class.is_ascii() {
                    return starts << 1;
                }
                // The others differ in length.
                let others = (starts | starts.wrapping_neg()) << 1;
                self.allow_at(u8::MIN, u8::MAX, others);
                others
            }
            HirKind::Repetition(repetition) => {
                let mut ends = starts;
                for _ in 0..repetition.min {
                    let next = self.add(&repetition.sub, ends);
                    // An optional part, or nothing behind the last offset.
                    if next == ends {
                        break;
                    }
                    ends = next;
                }
                let more = repetition.max.map(|max| max - repetition.min);
                let (mut all, mut last) = (ends, ends);
                for _ in 0..more.unwrap_or(u32::MAX) {
                    last = self.add(&repetition.sub, last) & !all;
                    if last == 0 {
                        break;
                    }
                    all |= last;
                }
                all
            }
            HirKind::Capture(capture) => self.add(&capture.sub, starts),
            HirKind::Concat(parts) => parts.iter().fold(starts, |at, part| self.add(part, at)),
            HirKind::Alternation(branches) => branches
                .iter()
                .fold(0, |ends, branch| ends | self.add(branch, starts)),
        }
    }

    /// Allows a range of bytes at `offsets`.
    fn allow_at(&mut self, first: u8, last: u8, offsets: u64) {
        let range = &mut self.offsets[usize::from(first)..=usize::from(last)];
        range.iter_mut().for_each(|set| *set |= offsets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::pattern::parse;

    /// The offset at which the bytes of `text` are rejected.
    fn rejects(pattern: &str, text: &str) -> Option<usize> {
        let firsts = Firsts::of(&parse(pattern).unwrap());
        (0..=text.len()).find(|end| !firsts.allow(&text.as_bytes()[..*end]))
    }

    #[test]
    fn rejects_bytes_that_begin_no_match() {
        for (pattern, text, expected) in [
            ("ab[0-9]{3}", "ab123x", None),
            ("ab[0-9]{3}", "ab12x", Some(5)),
            ("(?m)ab[0-9]{3}$", "ab123x", None),
            (r"ab[0-9]{3}(?:;|\z)", "ab123x", Some(6)),
            ("ab?c*d+e", "ace", None),
            ("ab?c*d+e", "ax", Some(2)),
            ("(?:foo|ba)r", "baxr", Some(3)),
            ("(?:foo|ba)r", "foax", Some(3)),
            ("x[a-c]{2,60}y", "xabcabcabcy", None),
            ("x[a-c]{2,60}y", "xabcaby0", None),
            ("x[a-c]{2,60}y", "xabd", Some(4)),
            ("(?:a?){90}b", "c", Some(1)),
            (r"(?u:[é-ü])x", "éx", None),
            (r"(?u:[é-ü])x", "ab", Some(1)),
        ] {
            assert_eq!(rejects(pattern, text), expected, "{pattern} {text}");
        }
    }
}
