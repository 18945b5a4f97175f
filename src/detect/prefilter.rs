//! The prefilter: one search of every byte for the keywords of all rules, for escapes that may interrupt
//! them, and for encoded text, which is searched again after decoding.

use std::collections::HashMap;
use std::ops::Range;

use multisearch::{BuildError, Literal, Match, MultiSearch, SimdLevel};

use super::decode::{
    EncodedRun, Encoding, EncodingChain, KeywordBytes, MAX_DEPTH, RunFormat, core, escapes,
    find_escape_before, is_escape, min_prefix_len, open_recoded, recoded_runs,
};
use crate::rule::{Check, Keyword, KnownRuns, RuleSet};

/// Maximum distance from the start of a keyword of bytes that decide over it: [`Keyword::then`], behind the keyword.
pub(super) const REACH: usize = Keyword::REQUIRED_WITHIN + Keyword::MAX_LEN;

/// The maximum number of letters before the escape in a literal for an escape.
const MAX_BEFORE_MARK: usize = 3;

/// Finds every position of a plain or hidden keyword. Most blobs have none and end here.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Seeks entries, then escapes.
    search: MultiSearch,
    entries: Vec<KeywordEntry>,
    keyword_bytes: KeywordBytes,
}

/// A text that is a keyword of some rules.
#[derive(Debug)]
pub(super) struct KeywordEntry {
    /// The text.
    pub(super) text: Vec<u8>,
    /// The offsets of the bytes that are searched for.
    core: Range<usize>,
    /// The number of first bytes that are enough if an escape follows; `None` for a keyword that is not searched in encoded text.
    min_prefix_len: Option<usize>,
    /// True for the signature of a file format.
    pub(super) is_signature: bool,
    /// True if a rule finds blocks of lines by it.
    pub(super) finds_blocks: bool,
    uses: Vec<KeywordUse>,
}

/// A rule with the keyword, and its conditions on the surroundings.
#[derive(Clone, Debug)]
struct KeywordUse {
    rule: usize,
    /// Index of the keyword among those of the rule.
    index: usize,
    keyword: Keyword,
}

/// A keyword of a rule, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeywordHit {
    /// Index of the rule in its set.
    pub(super) rule: usize,
    /// Index of the keyword among those of the rule.
    pub(super) keyword: usize,
    /// First byte of the keyword.
    pub(super) start: usize,
    /// Just after its last byte.
    pub(super) end: usize,
}

/// A position that may belong to a credential, as the first pass finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PrefilterHit {
    /// Offset at which it begins.
    pub(super) at: usize,
    /// The kind of hit, after decoding.
    pub(super) what: HitKind,
    /// The encodings it is wrapped in.
    pub(super) steps: EncodingChain,
}

/// See [`PrefilterHit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HitKind {
    /// The keyword of that index as it is.
    Keyword(usize),
    /// The core of a keyword with an escape behind it that may encode the rest, or a keyword that consists of escapes.
    EscapedKeyword(usize),
    /// An escape that may encode a byte of a keyword.
    Escape,
}

impl PrefilterHit {
    fn plain(what: HitKind, at: usize) -> Self {
        let steps = EncodingChain::NONE;
        Self { at, what, steps }
    }

    /// Returns the plain keyword of the hit and its start.
    pub(super) fn plain_keyword(&self) -> Option<(usize, usize)> {
        match self.what {
            HitKind::Keyword(entry) if self.steps == EncodingChain::NONE => Some((entry, self.at)),
            _ => None,
        }
    }
}

impl KeywordEntry {
    /// True if rules look for it also where it is encoded.
    pub(super) fn is_hidden(&self) -> bool {
        self.min_prefix_len.is_some()
    }

    /// Returns the hit of this keyword, of index `index`, if its core begins at `at`.
    fn hit_at(&self, index: usize, bytes: &[u8], at: usize) -> Option<PrefilterHit> {
        let (sign, core) = self.text.split_at(self.core.start);
        // The search finds most keywords by bytes further on.
        if bytes[at..].first() != core.first() {
            return None;
        }
        let (start, is_escaped) = match *sign {
            [sign] if bytes[..at].last() == Some(&sign) => (at - 1, false),
            [sign] => {
                self.min_prefix_len?;
                let is_here = bytes[at..].starts_with(&self.text[self.core.clone()]);
                (is_here.then(|| find_escape_before(bytes, at, sign))??, true)
            }
            _ => (at, false),
        };
        let here = &bytes[start..];
        if here.starts_with(&self.text) {
            Some(PrefilterHit::plain(HitKind::Keyword(index), start))
        } else {
            let is_escaped_keyword = is_escaped || self.is_escaped_at(here);
            is_escaped_keyword.then(|| PrefilterHit::plain(HitKind::EscapedKeyword(index), start))
        }
    }

    /// True if `bytes` begin with enough of it and an escape behind that.
    fn is_escaped_at(&self, bytes: &[u8]) -> bool {
        let same = self.text.iter().zip(bytes).take_while(|(a, b)| a == b);
        let same = same.count();
        self.min_prefix_len
            .is_some_and(|min_prefix_len| same >= min_prefix_len)
            && match bytes.get(same) {
                Some(b'\\' | b'%' | b'&' | b'=') => true,
                // A blank, as forms write it, or UTF-7.
                Some(b'+') => self.text.get(same) == Some(&b' ') || is_escape(&bytes[same..]),
                _ => false,
            }
    }
}

/// Returns the index of `text` among the entries, to which it is added if need be. `known` has the indices of all.
fn position<'t>(
    entries: &mut Vec<KeywordEntry>,
    known: &mut HashMap<&'t str, usize>,
    text: &'t str,
) -> usize {
    *known.entry(text).or_insert_with(|| {
        entries.push(KeywordEntry {
            text: text.as_bytes().to_vec(),
            core: 0..text.len(),
            min_prefix_len: None,
            is_signature: false,
            finds_blocks: false,
            uses: Vec::new(),
        });
        entries.len() - 1
    })
}

/// Returns the literals of the search: keywords, then escapes.
fn literals<'t>(entries: &'t [KeywordEntry], escapes: &'t [Vec<u8>]) -> Vec<Literal<'t>> {
    let plain = entries.iter().map(|entry| Literal {
        bytes: &entry.text[entry.core.clone()],
        any_fragment: true,
    });
    let escaped = escapes.iter().map(|text| Literal {
        bytes: text,
        any_fragment: false,
    });
    plain.chain(escaped).collect()
}

impl Prefilter {
    /// Prepares the search for the keywords of `rules`, whose indices the hits carry, and for `signatures` of file formats.
    ///
    /// # Errors
    /// If the keywords are too many or too short.
    pub(super) fn new<'s>(
        rules: &'s RuleSet,
        signatures: impl Iterator<Item = &'s str>,
        level: SimdLevel,
    ) -> Result<Self, BuildError> {
        let mut entries: Vec<KeywordEntry> = Vec::new();
        let mut known = HashMap::new();
        let all = rules.iter().enumerate().flat_map(|(rule, one)| {
            let keywords = one.matchers.keywords().iter().enumerate();
            keywords.map(move |(index, keyword)| (rule, index, keyword))
        });
        for (rule, own, keyword) in all {
            let index = position(&mut entries, &mut known, &keyword.text);
            entries[index].uses.push(KeywordUse {
                rule,
                index: own,
                keyword: keyword.clone(),
            });
        }
        for entry in &mut entries {
            let mut used = entry.uses.iter().map(|used| rules.at(used.rule));
            entry.finds_blocks = used.any(|rule| rule.checks.contains(&Check::PrivateKey));
        }
        for signature in signatures {
            let index = position(&mut entries, &mut known, signature);
            entries[index].is_signature = true;
        }
        for entry in &mut entries {
            // If no value of this length is nearby, no longer one is.
            entry.uses.sort_by_key(|used| used.keyword.value);
            if entry.uses.iter().any(|used| rules.at(used.rule).encoded) {
                let min_prefix_len = min_prefix_len(&entry.text);
                entry.core = core(&entry.text);
                entry.core.end = entry.core.end.min(min_prefix_len);
                entry.min_prefix_len = Some(min_prefix_len);
            }
        }
        let hidden = entries.iter().filter(|entry| entry.is_hidden());
        let escapes = escapes(hidden.map(|entry| &entry.text[..]));
        Ok(Self {
            search: MultiSearch::new(&literals(&entries, &escapes), level)?,
            keyword_bytes: KeywordBytes::new(
                entries
                    .iter()
                    .map(|entry| (&entry.text[..], entry.is_hidden())),
            ),
            entries,
        })
    }

    /// Calls `found` for everything that begins in `bytes[part]`, in order of place. A keyword may end after it;
    /// overlapping ones are all found. Text that Git writes in another encoding is found if it `may_be_recoded`.
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        part: Range<usize>,
        may_be_recoded: bool,
        mut found: impl FnMut(PrefilterHit),
    ) {
        let mut hits = Vec::new();
        self.scan_depth(bytes, part.start, part.end, MAX_DEPTH, &mut hits);
        if may_be_recoded {
            self.scan_recoded(bytes, part, &mut hits);
        }
        hits.sort_unstable();
        // Near the ends of two runs, hits are found twice.
        hits.dedup();
        for hit in hits {
            found(hit);
        }
    }

    /// See [`Prefilter::scan`]; in no order. Of encodings one in another, `depth` are undone.
    fn scan_depth(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        depth: usize,
        hits: &mut Vec<PrefilterHit>,
    ) {
        let mut ends = [0; RunFormat::COUNT];
        self.search.scan(bytes, from, until, |found| match found {
            Match::Literal(text, at) => hits.extend(self.hit_at(bytes, text, at)),
            Match::Signature(at, shapes) if depth > 0 => {
                for (layout, end) in RunFormat::of(shapes).zip(&mut ends) {
                    let Some(layout) = layout.filter(|_| at >= *end) else {
                        continue;
                    };
                    if let Some(stretch) = EncodedRun::around(bytes, layout, at, until) {
                        *end = stretch.end;
                        self.scan_run(bytes, &stretch, from..until, depth - 1, hits);
                    }
                }
            }
            Match::Signature(..) => {}
        });
    }

    /// Finds text in `bytes[part]` that Git writes as ASCII when it checks it out.
    fn scan_recoded(&self, bytes: &[u8], part: Range<usize>, hits: &mut Vec<PrefilterHit>) {
        recoded_runs(bytes, part.start, part.end, |run| {
            let length = run.span.len() + 3;
            let Some((view, _)) = open_recoded(bytes, run.span.start, 3, length, run.recoding)
            else {
                return;
            };
            let text = view.bytes();
            let mut inner = Vec::new();
            self.scan_depth(text, 0, text.len(), MAX_DEPTH - 1, &mut inner);
            for hit in inner {
                let at = view.origin(&(hit.at..hit.at + 1)).start;
                let step = Encoding::Recoded(run.recoding, hit.at % run.recoding.width());
                if part.contains(&at)
                    && let Some(steps) = hit.steps.within(step)
                {
                    let what = hit.what;
                    hits.push(PrefilterHit { at, what, steps });
                }
            }
        });
    }

    /// Finds encoded text in a run that begins in `bytes[part]`.
    fn scan_run(
        &self,
        bytes: &[u8],
        stretch: &EncodedRun,
        part: Range<usize>,
        depth: usize,
        hits: &mut Vec<PrefilterHit>,
    ) {
        let Some(opened) = stretch.open(bytes, part.start) else {
            return;
        };
        let text = opened.text();
        let mut inner = Vec::new();
        self.scan_depth(text, 0, text.len(), depth, &mut inner);
        for hit in inner {
            let (at, step) = opened.origin(hit.at);
            if !part.contains(&at) {
                continue;
            }
            hits.extend(match (step, hit.plain_keyword()) {
                (Some(step), _) => hit.steps.within(step).map(|steps| PrefilterHit {
                    at,
                    what: hit.what,
                    steps,
                }),
                (None, Some((entry, _))) => {
                    Some(PrefilterHit::plain(HitKind::EscapedKeyword(entry), at))
                }
                (None, None) => None,
            });
        }
    }

    /// Verifies a candidate position of the literal `text`.
    fn hit_at(&self, bytes: &[u8], text: usize, at: usize) -> Option<PrefilterHit> {
        if let Some(entry) = self.entries.get(text) {
            return entry.hit_at(text, bytes, at);
        }
        let here = &bytes[at..];
        let mark = here
            .iter()
            .take(MAX_BEFORE_MARK + 1)
            .position(|byte| b"\\%&=".contains(byte));
        let at = at + mark?;
        self.keyword_bytes
            .may_spell(bytes, at)
            .then(|| PrefilterHit::plain(HitKind::Escape, at))
    }

    /// Returns the indices of the rules that have the keyword `entry`.
    pub(super) fn rules_of(&self, entry: usize) -> impl Iterator<Item = usize> {
        self.entries[entry].uses.iter().map(|used| used.rule)
    }

    /// The hits of the rules that have the keyword `entry`, which begins at `start`. Runs of value bytes in `bytes` are `known`
    /// from earlier hits.
    pub(super) fn hits_of<'a>(
        &'a self,
        entry: usize,
        bytes: &'a [u8],
        start: usize,
        known: &'a KnownRuns,
    ) -> impl Iterator<Item = KeywordHit> + 'a {
        let end = start + self.entries[entry].text.len();
        self.entries[entry]
            .uses
            .iter()
            .map(move |used| {
                let hit = KeywordHit {
                    rule: used.rule,
                    keyword: used.index,
                    start,
                    end,
                };
                (hit, &used.keyword)
            })
            .filter(move |(_, keyword)| keyword.fits_beside(bytes, start, end, known))
            .map(|(hit, _)| hit)
    }

    /// Calls `found` for every keyword in `bytes` as it is, with its index and place, in order of position. Encoded
    /// text is not decoded.
    pub(super) fn plain_keywords(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut hits = Vec::new();
        self.scan_depth(bytes, 0, bytes.len(), 0, &mut hits);
        hits.sort_unstable();
        for (entry, at) in hits.iter().filter_map(PrefilterHit::plain_keyword) {
            found(entry, at);
        }
    }

    /// Calls `found` for every keyword of every rule in `bytes`, as it is.
    pub(super) fn hits(&self, bytes: &[u8], mut found: impl FnMut(KeywordHit)) {
        let known = KnownRuns::default();
        self.plain_keywords(bytes, |entry, start| {
            let hits = self.hits_of(entry, bytes, start, &known);
            hits.for_each(&mut found);
        });
    }

    /// True if something may be encoded at `hit`.
    pub(super) fn may_be_hidden(&self, hit: PrefilterHit) -> bool {
        hit.plain_keyword()
            .is_none_or(|(entry, _)| self.entries[entry].is_hidden())
    }

    /// All keywords.
    pub(super) fn keywords(&self) -> &[KeywordEntry] {
        &self.entries
    }

    /// Returns the bytes that keywords consist of.
    pub(super) fn keyword_bytes(&self) -> &KeywordBytes {
        &self.keyword_bytes
    }
}
