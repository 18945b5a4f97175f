//! With which texts a pattern's matches begin, to tell at once that it has none.

use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;

/// The texts of which each match of a keyed tail begins with one.
#[derive(Debug)]
pub(super) struct Starts {
    texts: Vec<Vec<u8>>,
    /// Whether a text begins with a byte: of forty forms of a pattern most are out with one look.
    first: Box<[bool; 256]>,
}

impl Starts {
    /// The starts of `tail`.
    pub(super) fn of(tail: &Hir) -> Self {
        let literals = Extractor::new().extract(tail);
        let literals = literals.literals().unwrap_or_default();
        let texts: Vec<Vec<u8>> = literals
            .iter()
            .map(|literal| literal.as_bytes().to_vec())
            .collect();
        let mut first = Box::new([false; 256]);
        for text in &texts {
            match text.first() {
                Some(&byte) => first[usize::from(byte)] = true,
                None => *first = [true; 256],
            }
        }
        Self { texts, first }
    }

    /// True if one of them is what `bytes` begin with.
    pub(super) fn begin(&self, bytes: &[u8]) -> bool {
        bytes
            .first()
            .is_none_or(|&byte| self.first[usize::from(byte)])
            && self.texts.iter().any(|start| bytes.starts_with(start))
    }
}
