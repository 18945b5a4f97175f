//! Named values: credentials that only their name identifies.

use std::ops::Range;

use super::value::ValueShape;
use super::words::NamePattern;
use super::{Keyword, Near, PatternMatch};
use crate::syntax::named_value::{visit_values, words_of};
use crate::vocabulary::{compound, join_compounds};

/// Finds values of one shape under names of one pattern, in any notation.
#[derive(Debug)]
pub(super) struct NamedMatcher {
    pub(super) name: NamePattern,
    pub(super) value: ValueShape,
    pub(super) near: Near,
}

impl NamedMatcher {
    /// Returns the keywords by which names are found: words that every name holds, in the usual spellings.
    pub(super) fn keywords(&self) -> Vec<Keyword> {
        let run = self.value.run();
        self.name
            .anchors()
            .iter()
            .flat_map(|word| spellings(word))
            .map(|text| Keyword::near_value(text, run))
            .collect()
    }

    /// Adds the candidates for the name that holds the keyword at `hit`, at most one of each matcher. Adds to
    /// `steps` the bytes that the values may have been read for.
    pub(super) fn find_all<'a>(
        matchers: impl Iterator<Item = &'a Self> + Clone,
        bytes: &[u8],
        hit: &Range<usize>,
        found: &mut Vec<PatternMatch>,
        steps: &mut usize,
    ) {
        if matchers.clone().next().is_none() {
            return;
        }
        let mut done = 0_u64;
        let mut known: Option<(Range<usize>, String)> = None;
        visit_values(bytes, hit.start, &mut |value| {
            if value.name.end < hit.end {
                return false;
            }
            let mut is_pending = false;
            for (index, matcher) in matchers.clone().enumerate().take(64) {
                if done & 1 << index != 0 {
                    continue;
                }
                is_pending = true;
                let range = value.start..value.limit;
                let Some(one) = matcher.value.match_at(bytes, range, steps) else {
                    continue;
                };
                if known.as_ref().is_none_or(|(name, _)| *name != value.name) {
                    let words = join_compounds(words_of(&bytes[value.name.clone()]));
                    known = Some((value.name.clone(), words));
                }
                let is_meant = known
                    .as_ref()
                    .is_some_and(|(_, words)| matcher.name.matches(words));
                if is_meant && matcher.near.is_met(bytes, &value.name, &one.whole) {
                    done |= 1 << index;
                    found.push(PatternMatch {
                        name: Some(value.name.clone()),
                        ..one
                    });
                }
            }
            !is_pending
        });
    }
}

/// Returns a word as it is written in names: `token`, `Token`, `TOKEN`; `GitLab` if it is two words.
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned(), title(word), word.to_ascii_uppercase()];
    all.extend(compound(word).map(|words| words.split(' ').map(title).collect::<String>()));
    all
}

/// Returns a word with a capital letter.
fn title(word: &str) -> String {
    let mut title = word.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}
