//! Splits a pattern at its keyword, so that as little of the text around a hit as possible is searched.

use std::slice;

use regex_syntax::hir::literal::{Extractor, Literal};
use regex_syntax::hir::{Hir, HirKind};

use super::Keyword;

/// A pattern, cut at the keyword if it can be.
#[derive(Debug)]
pub(super) enum Shape {
    /// Every match is a match of `head`, if it is set, and a match of `tail`, which begins with
    /// a keyword.
    Keyed {
        /// The part before the keyword.
        head: Option<Hir>,
        /// The keyword and the rest.
        tail: Hir,
    },
    /// The keyword has no place of its own.
    Anywhere(Hir),
}

impl Shape {
    /// The first cut that leaves a keyword at the beginning of the rest. Alternatives that can only be
    /// cut each for itself are several shapes.
    pub(super) fn of(hir: Hir, keywords: &[String]) -> Vec<Self> {
        if let HirKind::Alternation(branches) = hir.kind()
            && !begins_with(&hir, keywords)
        {
            let shapes: Vec<Self> = branches
                .iter()
                .map(|branch| Self::one(branch.clone(), keywords))
                .collect();
            if shapes
                .iter()
                .all(|shape| matches!(shape, Self::Keyed { .. }))
            {
                return shapes;
            }
        }
        vec![Self::one(hir, keywords)]
    }

    fn one(hir: Hir, keywords: &[String]) -> Self {
        if begins_with(&hir, keywords) {
            return Self::Keyed {
                head: None,
                tail: hir,
            };
        }
        // The head is searched only in the text before the keyword, so an assertion at its end would see the end of
        // a text that continues.
        let is_keyed = |(head, tail): &(Hir, Hir)| {
            begins_with(tail, keywords) && head.properties().look_set_suffix_any().is_empty()
        };
        let keyed = cuts(&hir).find(is_keyed);
        match keyed {
            Some((head, tail)) => Self::Keyed {
                head: Some(head),
                tail,
            },
            None => Self::Anywhere(hir),
        }
    }
}

/// Returns the parts of a concatenation.
fn parts_of(hir: &Hir) -> &[Hir] {
    match hir.kind() {
        HirKind::Concat(parts) => parts,
        _ => slice::from_ref(hir),
    }
}

/// Returns the ways to cut a concatenation in two: before each part, and within literals, which absorb their neighbors.
fn cuts(hir: &Hir) -> impl Iterator<Item = (Hir, Hir)> {
    let parts = parts_of(hir);
    parts.iter().enumerate().flat_map(move |(index, part)| {
        let literal = match part.kind() {
            HirKind::Literal(literal) => &literal.0[..],
            _ => &[],
        };
        (0..literal.len().max(1)).map(move |at| {
            let (before, after) = literal.split_at(at);
            let first = match after {
                [] => part.clone(),
                after => Hir::literal(after),
            };
            let (front, rest) = (&parts[..index], &parts[index + 1..]);
            let head = Hir::concat([front, &[Hir::literal(before)]].concat());
            (head, Hir::concat([&[first], rest].concat()))
        })
    })
}

/// True if every match begins with one of the keywords.
fn begins_with(hir: &Hir, keywords: &[String]) -> bool {
    let known = || keywords.iter().map(String::as_bytes);
    let is_keyed = |literal: &Literal| known().any(|one| literal.as_bytes().starts_with(one));
    let is_open = |literal: &Literal| {
        is_keyed(literal) || known().any(|one| one.starts_with(literal.as_bytes()))
    };
    let mut extractor = Extractor::new();
    extractor.limit_total(Keyword::MAX_PER_RULE);
    let parts = parts_of(hir);
    // Uses as few parts as suffice, because each multiplies the literals of those before.
    for count in 1..=parts.len() {
        let prefixes = extractor.extract(&Hir::concat(parts[..count].to_vec()));
        let literals = prefixes.literals().unwrap_or_default();
        if !literals.is_empty() && literals.iter().all(is_keyed) {
            return true;
        }
        if !prefixes.is_exact() || !literals.iter().all(is_open) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `head | tail` as texts, or `anywhere`.
    fn shape(pattern: &str, keywords: &[&str]) -> String {
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap();
        let keywords: Vec<String> = keywords.iter().map(|&k| k.to_owned()).collect();
        let shapes = Shape::of(hir, &keywords)
            .into_iter()
            .map(|shape| match shape {
                Shape::Keyed { head: None, tail } => format!("{tail}"),
                Shape::Keyed {
                    head: Some(head),
                    tail,
                } => format!("{head} | {tail}"),
                Shape::Anywhere(_) => String::from("anywhere"),
            });
        shapes.collect::<Vec<String>>().join(" / ")
    }

    #[test]
    fn a_keyword_at_the_beginning_needs_no_head() {
        assert!(!shape("foo-[0-9]+", &["foo-"]).contains(" | "));
        assert!(!shape("(?<secret>foo-(?<body>[0-9]+))", &["foo-"]).contains(" | "));
        assert!(!shape("foo[ab]-x", &["fooa-", "foob-"]).contains(" | "));
        assert!(!shape(r"\bfoo-x", &["foo-"]).contains(" | "));
        assert!(!shape("(?:foo-|bar-)[0-9]", &["foo-", "bar-"]).contains(" | "));
    }

    #[test]
    fn a_keyword_further_on_is_cut_off() {
        assert_eq!(
            shape("[a-z]+://[a-z]+@", &["://"]),
            "(?-u:[a-z])+ | (?:(?:://)(?-u:[a-z])+@)"
        );
        assert_eq!(
            shape("my_foo-[0-9]", &["foo-"]),
            "(?:my_) | (?:(?:foo\\-)(?-u:[0-9]))"
        );
        assert_eq!(
            shape("[a-z]-foo-[0-9]", &["foo-"]),
            "(?:(?-u:[a-z])\\-) | (?:(?:foo\\-)(?-u:[0-9]))"
        );
        assert_eq!(
            shape("x?(?:foo|bar)y", &["foo", "bar"]),
            "x? | (?:(?:(?:foo)|(?:bar))y)"
        );
    }

    #[test]
    fn alternatives_are_cut_each_for_itself() {
        assert_eq!(
            shape(
                "[a-z]foo-(?<secret>[0-9])|bar(?<secret2>[0-9])",
                &["foo-", "bar"]
            ),
            "(?-u:[a-z]) | (?:(?:foo\\-)(?P<secret>(?-u:[0-9]))) / (?:(?:bar)(?P<secret2>(?-u:[0-9])))"
        );
        assert_eq!(shape("[a-z]foo-|[a-z]", &["foo-"]), "anywhere");
    }

    #[test]
    fn a_keyword_without_a_place_of_its_own_is_anywhere() {
        assert_eq!(shape("(?i:foo)-[0-9]", &["foo-"]), "anywhere");
        assert_eq!(shape("(?<secret>x[0-9]foo-y)", &["foo-"]), "anywhere");
        assert_eq!(shape("(?:foo|bar)-", &["foo-"]), "anywhere");
        assert_eq!(shape(r"(?:x\b)?foo", &["foo"]), "anywhere");
    }
}
