//! A text that every match of a pattern holds, to tell at once that there is none.

use memchr::memmem::Finder;
use regex_syntax::hir::{Hir, HirKind};

/// Shorter texts stand near too many hits to be worth the look.
const MIN_LEN: usize = 3;

/// A text that stands in every match of a keyed tail, behind its beginning.
#[derive(Debug)]
pub(super) struct Required {
    finder: Finder<'static>,
    /// The most bytes of a match.
    longest: usize,
}

impl Required {
    /// The longest such text of `tail`; `None` if it has none that is worth the look.
    pub(super) fn of(tail: &Hir) -> Option<Self> {
        let mut texts = Vec::new();
        collect(tail, &mut texts);
        // Of the beginning more is known than one text.
        let begins = |text: &[u8]| matches!(first(tail), Some(first) if first == text);
        let behind = texts.into_iter().filter(|text| !begins(text));
        let text = behind.max_by_key(|text| text.len())?;
        (text.len() >= MIN_LEN).then(|| Self {
            finder: Finder::new(text).into_owned(),
            longest: tail.properties().maximum_len().unwrap_or(usize::MAX),
        })
    }

    /// True if it stands in `bytes` where a match that begins with them may hold it.
    pub(super) fn stands_in(&self, bytes: &[u8]) -> bool {
        let near = &bytes[..bytes.len().min(self.longest)];
        self.finder.find(near).is_some()
    }
}

/// The texts that every match of `hir` holds.
fn collect<'h>(hir: &'h Hir, texts: &mut Vec<&'h [u8]>) {
    match hir.kind() {
        HirKind::Literal(literal) => texts.push(&literal.0),
        HirKind::Capture(capture) => collect(&capture.sub, texts),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect(&repetition.sub, texts),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, texts)),
        _ => {}
    }
}

/// The text that a match begins with, if it begins with one.
fn first(hir: &Hir) -> Option<&[u8]> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(&literal.0),
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Concat(parts) => parts.first().and_then(first),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(pattern: &str) -> Option<Required> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        Required::of(&parser.parse(pattern).unwrap())
    }

    #[test]
    fn the_longest_text_behind_the_beginning_is_required() {
        let required = required(r"gitlab[^\n]{0,20}\s--(?:[a-z]-)?(password[ =])x").unwrap();
        assert!(required.stands_in(b"gitlab login --password=x"));
        assert!(!required.stands_in(b"gitlab login --token=x"));
        // No match is so long.
        assert!(!required.stands_in(b"gitlab a text that goes on for too long and has password"));
    }

    #[test]
    fn what_a_match_can_do_without_is_not_required() {
        for pattern in [
            "keyword-[a-z]{20}",
            "keyword(?:one|two)",
            "keyword(?:password)?x",
            "keyword(?:password){0,3}x",
            "keyword[ab]xy",
        ] {
            assert!(required(pattern).is_none(), "{pattern}");
        }
        assert!(required("keyword[ab](?:password){2}").is_some());
    }
}
