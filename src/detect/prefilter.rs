//! The first look at every byte: one search for the keywords of all rules and for the texts that
//! give an encoded keyword away.

use super::decode::{Spelling, Trigger, escapes, least, of, stem};
use super::sieve::{self, Sieve, Sought};
use crate::rule::{Keyword, RuleSet};

/// How far the bytes that decide over a place are from it: what must follow a keyword, or the longest
/// text in base64 broken into short lines.
pub(super) const REACH: usize = Keyword::REQUIRED_WITHIN + sieve::MAX_TEXT;

/// How many letters stand before the escape in the text of one.
const MAX_BEFORE_MARK: usize = 3;

/// Finds every place where a keyword stands or may be hidden. Most blobs hold none and end here.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Seeks words, then triggers, then escapes.
    sieve: Sieve,
    words: Vec<Word>,
    triggers: Vec<Trigger>,
    spelling: Spelling,
}

/// A text that is a keyword of some rules.
#[derive(Debug)]
pub(super) struct Word {
    /// The text.
    pub(super) text: Vec<u8>,
    /// How many of its first bytes are sought.
    stem: usize,
    /// How many of its first bytes say enough where an escape follows; `None` for a word that is not
    /// looked for where it is hidden.
    least: Option<usize>,
    uses: Vec<Use>,
}

/// A rule that has the keyword, and what must stand near it.
#[derive(Clone, Debug)]
struct Use {
    rule: usize,
    keyword: Keyword,
}

/// A keyword of a rule, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Index of the rule in its set.
    pub(super) rule: usize,
    /// First byte of the keyword.
    pub(super) start: usize,
    /// Just after its last byte.
    pub(super) end: usize,
}

/// What the first look gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// A keyword as it is: its index, where it begins.
    Word(usize, usize),
    /// The stem of a keyword with an escape behind it that may stand for the rest.
    Broken(usize, usize),
    /// An escape that may stand for a byte of a keyword.
    Escape(usize),
    /// The text of a trigger: its index, where it begins.
    Wrapped(usize, usize),
}

impl Sight {
    /// Where it begins.
    pub(super) fn start(self) -> usize {
        let (Self::Word(_, at) | Self::Broken(_, at) | Self::Wrapped(_, at) | Self::Escape(at)) =
            self;
        at
    }
}

impl Word {
    /// True if rules look for it also where it is encoded.
    pub(super) fn is_hidden(&self) -> bool {
        self.least.is_some()
    }

    /// True if `bytes` begin with enough of it and an escape behind that.
    fn is_broken_at(&self, bytes: &[u8]) -> bool {
        let same = self.text.iter().zip(bytes).take_while(|(a, b)| a == b);
        let same = same.count();
        self.least.is_some_and(|least| same >= least)
            && matches!(bytes.get(same), Some(b'\\' | b'%' | b'&' | b'='))
    }
}

/// What to look for: words, then triggers, then escapes.
fn sought<'t>(
    words: &'t [Word],
    triggers: &'t [Trigger],
    escapes: &'t [Vec<u8>],
) -> Vec<Sought<'t>> {
    let plain = words.iter().map(|word| Sought {
        text: &word.text[..word.least.unwrap_or(word.stem).min(word.stem)],
        any: true,
    });
    let wrapped = triggers.iter().map(|trigger| Sought {
        text: &trigger.text,
        any: true,
    });
    let escaped = escapes.iter().map(|text| Sought { text, any: false });
    plain.chain(wrapped).chain(escaped).collect()
}

impl Prefilter {
    /// Prepares the search for the keywords of `rules`, whose indices the hits carry.
    ///
    /// # Errors
    /// If the keywords are too many for an automaton.
    pub(super) fn new(rules: &RuleSet) -> Result<Self, aho_corasick::BuildError> {
        let mut words: Vec<Word> = Vec::new();
        for (rule, keyword) in rules
            .iter()
            .enumerate()
            .flat_map(|(i, r)| r.keywords.iter().map(move |k| (i, k)))
        {
            let index = words
                .iter()
                .position(|known| known.text == keyword.text.as_bytes())
                .unwrap_or_else(|| {
                    words.push(Word {
                        text: keyword.text.clone().into_bytes(),
                        stem: keyword.text.len(),
                        least: None,
                        uses: Vec::new(),
                    });
                    words.len() - 1
                });
            words[index].uses.push(Use {
                rule,
                keyword: keyword.clone(),
            });
        }
        for word in &mut words {
            if word.uses.iter().any(|used| rules.at(used.rule).encoded) {
                word.stem = stem(&word.text).len();
                word.least = Some(least(&word.text));
            }
        }
        let hidden = || words.iter().enumerate().filter(|(_, w)| w.is_hidden());
        let mut triggers: Vec<Trigger> = Trigger::texts().collect();
        for (index, word) in hidden() {
            of(index, &word.text, &mut triggers);
        }
        let escapes = escapes(hidden().map(|(_, word)| &word.text[..]));
        Ok(Self {
            sieve: Sieve::new(&sought(&words, &triggers, &escapes))?,
            spelling: Spelling::new(words.iter().map(|word| (&word.text[..], word.is_hidden()))),
            words,
            triggers,
        })
    }

    /// Calls `found` for everything that begins in `bytes[from..until]`, in order of place. A keyword
    /// may end after `until`; overlapping ones are all found.
    pub(super) fn look(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        mut found: impl FnMut(Sight),
    ) {
        let mut sights: Vec<(usize, usize, Sight)> = Vec::new();
        self.sieve.places(bytes, from, until, |text, at| {
            if let Some(sight) = self.sight(bytes, text, at) {
                sights.push((at, text, sight));
            }
        });
        sights.sort_unstable_by_key(|&(at, text, _)| (at, text));
        for (_, _, sight) in sights {
            found(sight);
        }
    }

    /// What stands at a place where a text may.
    fn sight(&self, bytes: &[u8], text: usize, at: usize) -> Option<Sight> {
        let here = &bytes[at..];
        if let Some(word) = self.words.get(text) {
            // Most words are sought by what stands further on in them.
            if here.first() != word.text.first() {
                return None;
            }
            return if here.starts_with(&word.text) {
                Some(Sight::Word(text, at))
            } else {
                word.is_broken_at(here).then_some(Sight::Broken(text, at))
            };
        }
        let trigger = text - self.words.len();
        if let Some(known) = self.triggers.get(trigger) {
            return known.stands_at(here).then_some(Sight::Wrapped(trigger, at));
        }
        let mark = here
            .iter()
            .take(MAX_BEFORE_MARK + 1)
            .position(|byte| b"\\%&".contains(byte));
        let at = at + mark?;
        self.spelling
            .may_spell(bytes, at)
            .then_some(Sight::Escape(at))
    }

    /// The hits of the rules that have the keyword `word`, which begins at `start`, but for those that are out
    /// already by their index and the end of the keyword.
    pub(super) fn hits_of<'a>(
        &'a self,
        word: usize,
        bytes: &'a [u8],
        start: usize,
        is_out: impl Fn(usize, usize) -> bool + 'a,
    ) -> impl Iterator<Item = Hit> + 'a {
        let end = start + self.words[word].text.len();
        self.words[word]
            .uses
            .iter()
            .filter(move |used| !is_out(used.rule, end) && used.keyword.fits(bytes, start, end))
            .map(move |used| Hit {
                rule: used.rule,
                start,
                end,
            })
    }

    /// Calls `found` for every keyword of every rule in `bytes`, as it is.
    pub(super) fn hits(&self, bytes: &[u8], mut found: impl FnMut(Hit)) {
        self.look(bytes, 0, bytes.len(), |sight| {
            if let Sight::Word(word, start) = sight {
                self.hits_of(word, bytes, start, |_, _| false)
                    .for_each(&mut found);
            }
        });
    }

    /// True if something may be encoded at `sight`.
    pub(super) fn may_be_hidden(&self, sight: Sight) -> bool {
        match sight {
            Sight::Word(word, _) => self.words[word].is_hidden(),
            _ => true,
        }
    }

    /// All keywords.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// What the keywords are made of.
    pub(super) fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// The trigger of that index.
    pub(super) fn trigger(&self, index: usize) -> &Trigger {
        &self.triggers[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many buckets the plan has: four passes of the search.
    const BUCKETS: usize = 32;

    /// With `PLAN_TEXT=FILE`, a file of some megabytes of ordinary text (programs, configuration, logs
    /// of many kinds), works the plan out anew.
    #[test]
    fn the_plan_fits_the_rules() {
        let prefilter = Prefilter::new(&RuleSet::builtin()).unwrap();
        let hidden = prefilter.words.iter().filter(|word| word.is_hidden());
        let escapes = escapes(hidden.map(|word| &word.text[..]));
        let texts = sought(&prefilter.words, &prefilter.triggers, &escapes);
        if let Some(file) = std::env::var_os("PLAN_TEXT") {
            let plan = sieve::work_out(&texts, BUCKETS, &std::fs::read(file).unwrap());
            std::fs::write("src/detect/sieve/plan.txt", plan).unwrap();
        } else {
            assert!(
                sieve::is_planned(&texts),
                "rules have keywords that the plan of the search does not know, or no longer those it \
                 does; `PLAN_TEXT=FILE cargo test --release --lib the_plan_fits_the_rules` makes it anew"
            );
        }
    }
}
