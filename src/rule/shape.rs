//! Splits a pattern at its keyword, so that as little of the text around a hit as possible is searched.

use std::{iter, slice};

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, HirKind};

use super::firsts::Firsts;

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
        let HirKind::Concat(parts) = hir.kind() else {
            return Self::Anywhere(hir);
        };
        for (index, part) in parts.iter().enumerate() {
            let Some((before, after)) = cut(part, &parts[index + 1..], keywords) else {
                continue;
            };
            let mut head = parts[..index].to_vec();
            head.extend(before);
            let head = Hir::concat(head);
            // The head is searched only in the text before the keyword, so an
            // assertion at its end would see the end of a text that goes on.
            if head.properties().look_set_suffix_any().is_empty() {
                return Self::Keyed {
                    head: Some(head),
                    tail: after,
                };
            }
        }
        Self::Anywhere(hir)
    }
}

/// Cuts before or within `part`, which `rest` follows, so that the part behind the cut begins with a
/// keyword: the rest of `part` before it, and everything behind it.
fn cut(part: &Hir, rest: &[Hir], keywords: &[String]) -> Option<(Option<Hir>, Hir)> {
    let with_rest = |first: Hir| {
        let mut parts = vec![first];
        parts.extend_from_slice(rest);
        Hir::concat(parts)
    };
    let HirKind::Literal(literal) = part.kind() else {
        // Before the rest is copied: most parts are out at once.
        let firsts = Firsts::of(iter::once(part).chain(rest));
        if !firsts.are_of(keywords) {
            return None;
        }
        let tail = with_rest(part.clone());
        return begins_with(&tail, keywords).then_some((None, tail));
    };
    // A literal absorbs its neighbours, so the keyword may be within it or begin in it.
    (0..literal.0.len()).find_map(|at| {
        let (before, after) = literal.0.split_at(at);
        // Before the rest is copied: most places are out at once.
        if starts_keyword(after, keywords) == Some(false) {
            return None;
        }
        let tail = with_rest(Hir::literal(after));
        begins_with(&tail, keywords).then(|| {
            let before = (!before.is_empty()).then(|| Hir::literal(before));
            (before, tail)
        })
    })
}

/// True if every match begins with one of the keywords.
fn begins_with(hir: &Hir, keywords: &[String]) -> bool {
    let first = match hir.kind() {
        HirKind::Concat(parts) => parts.first().map(Hir::kind),
        kind => Some(kind),
    };
    if let Some(HirKind::Literal(literal)) = first
        && let Some(known) = starts_keyword(&literal.0, keywords)
    {
        return known;
    }
    // This is checked before the literals are listed one by one, which takes much longer.
    if !Firsts::of([hir]).are_of(keywords) {
        return false;
    }
    let parts = match hir.kind() {
        HirKind::Concat(parts) => &parts[..],
        _ => slice::from_ref(hir),
    };
    // Uses as few parts as suffice, because each multiplies the literals of those before.
    for count in 1..=parts.len() {
        let prefixes = Extractor::new().extract(&Hir::concat(parts[..count].to_vec()));
        let Some(literals) = prefixes.literals() else {
            return false;
        };
        let mut known = literals
            .iter()
            .map(|literal| starts_keyword(literal.as_bytes(), keywords));
        if known.clone().all(|known| known == Some(true)) {
            return true;
        }
        if known.any(|known| known == Some(false)) || !prefixes.is_exact() {
            return false;
        }
    }
    false
}

/// Returns whether a text that begins with `literal` begins with a keyword; `None` if that depends on the text after it.
fn starts_keyword(literal: &[u8], keywords: &[String]) -> Option<bool> {
    let mut keywords = keywords.iter().map(String::as_bytes);
    if keywords.clone().any(|keyword| literal.starts_with(keyword)) {
        return Some(true);
    }
    let may = keywords.any(|keyword| keyword.starts_with(literal));
    (!may).then_some(false)
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
