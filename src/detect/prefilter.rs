//! The first look at every byte: one automaton over the keywords of all rules.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input, MatchKind};

use crate::rule::{Keyword, RuleSet};

/// Finds every place where a keyword stands. Most blobs hold none and end here.
#[derive(Debug)]
pub(super) struct Prefilter {
    automaton: Option<AhoCorasick>,
    /// For each text of the automaton: the keywords found with it.
    entries: Vec<Entry>,
}

/// What one text of the automaton stands for.
#[derive(Debug, Default)]
struct Entry {
    /// The keywords that are this text: which rule, and what must follow.
    uses: Vec<Use>,
    /// Other texts that this one begins with, which are therefore found with it.
    prefixes: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Use {
    rule: usize,
    length: usize,
    then: Option<Vec<u8>>,
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

impl Prefilter {
    /// An automaton over the keywords of `rules`, whose indices the hits carry.
    ///
    /// # Errors
    /// If the keywords are too many for an automaton.
    pub(super) fn new(rules: &RuleSet) -> Result<Self, aho_corasick::BuildError> {
        let mut texts: Vec<&str> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (rule, Keyword { text, then }) in rules
            .iter()
            .enumerate()
            .flat_map(|(i, r)| r.keywords.iter().map(move |k| (i, k)))
        {
            let index = texts
                .iter()
                .position(|known| known == text)
                .unwrap_or_else(|| {
                    texts.push(text);
                    entries.push(Entry::default());
                    texts.len() - 1
                });
            let then = then.as_ref().map(|then| then.clone().into_bytes());
            entries[index].uses.push(Use {
                rule,
                length: text.len(),
                then,
            });
        }
        for (index, entry) in entries.iter_mut().enumerate() {
            entry.prefixes = (0..texts.len())
                .filter(|&other| other != index && texts[index].starts_with(texts[other]))
                .collect();
        }
        let automaton = if texts.is_empty() {
            None
        } else {
            let kind = MatchKind::LeftmostLongest;
            Some(AhoCorasickBuilder::new().match_kind(kind).build(&texts)?)
        };
        Ok(Self { automaton, entries })
    }

    /// Calls `found` for every keyword of every rule that starts in `bytes[from..until]`, by
    /// start. A keyword may end after `until`; overlapping keywords are all found.
    pub(super) fn hits(&self, bytes: &[u8], from: usize, until: usize, mut found: impl FnMut(Hit)) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        let mut at = from;
        while let Some(hit) = automaton.find(Input::new(bytes).range(at..)) {
            let start = hit.start();
            if start >= until {
                break;
            }
            let entry = &self.entries[hit.pattern().as_usize()];
            let prefixes = entry.prefixes.iter().map(|&other| &self.entries[other]);
            for used in std::iter::once(entry)
                .chain(prefixes)
                .flat_map(|entry| &entry.uses)
            {
                let end = start + used.length;
                if used
                    .then
                    .as_ref()
                    .is_none_or(|then| follows(bytes, end, then))
                {
                    found(Hit {
                        rule: used.rule,
                        start,
                        end,
                    });
                }
            }
            at = start + 1;
        }
    }
}

/// True if `then` stands in the bytes after `end`, as far as a keyword may ask for.
fn follows(bytes: &[u8], end: usize, then: &[u8]) -> bool {
    let reach = &bytes[end..bytes.len().min(end + Keyword::REQUIRED_WITHIN)];
    memchr::memmem::find(reach, then).is_some()
}
