//! With which texts a pattern's matches begin, to tell at once that it has none.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, HirKind};

use super::firsts::Firsts;

/// The texts of which each match of a keyed tail begins with one, and what follows those that it begins with
/// for certain.
#[derive(Debug)]
pub(super) struct Starts {
    texts: Vec<Vec<u8>>,
    /// Whether a text begins with a byte: of forty forms of a pattern most are out with one look.
    first: [bool; 256],
    keyed: Option<Keyed>,
}

/// A tail whose first part is a few texts: keywords, which many a name in code begins with as well.
#[derive(Debug)]
struct Keyed {
    texts: Vec<Vec<u8>>,
    next: Firsts,
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
        let mut first = [false; 256];
        for text in &texts {
            match text.first() {
                Some(&byte) => first[usize::from(byte)] = true,
                None => first = [true; 256],
            }
        }
        Self {
            texts,
            first,
            keyed: Keyed::of(tail),
        }
    }

    /// Adds to `next` the bytes that may stand behind `keyword` in a match that begins with it. False if there is
    /// no such match.
    pub(super) fn follow(&self, keyword: &[u8], next: &mut [bool; 256]) -> bool {
        let mut is_one = false;
        for text in &self.texts {
            let is_longer = text.len() > keyword.len();
            if is_longer && text.starts_with(keyword) {
                next[usize::from(text[keyword.len()])] = true;
            } else if text == keyword
                && let Some(keyed) = &self.keyed
                && keyed.texts.contains(text)
            {
                (0..=u8::MAX)
                    .filter(|&byte| keyed.next.hold(byte))
                    .for_each(|byte| next[usize::from(byte)] = true);
            } else if keyword.starts_with(text) {
                next.fill(true);
            } else {
                continue;
            }
            is_one = true;
        }
        is_one
    }

    /// True if one of them is what `bytes` begin with.
    pub(super) fn begin(&self, bytes: &[u8]) -> bool {
        bytes
            .first()
            .is_none_or(|&byte| self.first[usize::from(byte)])
            && self.texts.iter().any(|start| bytes.starts_with(start))
            && self.keyed.as_ref().is_none_or(|keyed| keyed.fits(bytes))
    }
}

impl Keyed {
    fn of(tail: &Hir) -> Option<Self> {
        let HirKind::Concat(parts) = tail.kind() else {
            return None;
        };
        let (first, rest) = parts.split_first()?;
        Some(Self {
            texts: texts_of(first)?,
            next: Firsts::of_what_follows(rest),
        })
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        self.texts.iter().any(|text| {
            let next = bytes.get(text.len());
            bytes.starts_with(text) && next.is_none_or(|&next| self.next.hold(next))
        })
    }
}

/// The texts that `hir` is, if it is nothing else.
fn texts_of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => texts_of(&capture.sub),
        HirKind::Alternation(branches) => {
            let texts: Option<Vec<_>> = branches.iter().map(texts_of).collect();
            Some(texts?.concat())
        }
        _ => None,
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

    #[test]
    fn what_follows_the_keyword_is_looked_at() {
        let starts = starts(r"(TOKEN|Token)(_[a-z]{1,9}){0,2}\s?[=:]x");
        for text in [&b"Token=x"[..], b"TOKEN_a:x", b"Token =x", b"Token"] {
            assert!(starts.begin(text), "{text:?}");
        }
        for text in [&b"Tokens=x"[..], b"TOKENx", b"Token)"] {
            assert!(!starts.begin(text), "{text:?}");
        }
    }

    #[test]
    fn where_nothing_must_follow_anything_may() {
        for pattern in ["Token[a-z]{0,3}", "(Token|Tokens)"] {
            let starts = starts(pattern);
            assert!(
                starts.begin(b"Token") && starts.begin(b"Token)"),
                "{pattern}"
            );
        }
    }
}
