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
        let texts: Vec<Vec<u8>> = match literals.literals() {
            Some(literals) => {
                let texts = literals.iter().map(|literal| literal.as_bytes());
                texts.map(<[u8]>::to_vec).collect()
            }
            // Too many to be told.
            None => vec![Vec::new()],
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(pattern: &str) -> Starts {
        let mut parser = regex_syntax::ParserBuilder::new().utf8(false).build();
        Starts::of(&parser.parse(pattern).unwrap())
    }

    #[test]
    fn only_what_begins_with_a_text_is_tried() {
        let starts = starts("gl(pat|dt)-[0-9a-z]+");
        assert!(starts.begin(b"gldt-1"));
        assert!(!starts.begin(b"glrt-1"));
        assert!(!starts.begin(b"pat-1"));
    }

    #[test]
    fn a_pattern_that_begins_with_too_much_to_tell_may_begin_anywhere() {
        for pattern in ["[a-z]{20}[0-9]", r"(?s-u:.)+x", "a*b"] {
            assert!(starts(pattern).begin(b"abc"), "{pattern}");
        }
    }
}
