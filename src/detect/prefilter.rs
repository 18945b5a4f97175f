//! The first look at every byte: one search for the keywords of all rules, for escapes that may break
//! them, and for encoded text, in which the same is sought again.

use std::cell::Cell;
use std::ops::Range;

use multisearch::{BuildError, Literal, Match, MultiSearch, SimdLevel};

use super::decode::{
    Layout, MAX_DEPTH, Spelling, Steps, Stretch, escape_before, escapes, is_escape, least, stem,
};
use crate::rule::{Keyword, RuleSet};

/// How far the bytes that decide over a keyword are from where it begins: what must follow it, behind its own.
pub(super) const REACH: usize = Keyword::REQUIRED_WITHIN + Keyword::MAX_LEN;

/// How many letters stand before the escape in the text of one.
const MAX_BEFORE_MARK: usize = 3;

/// Finds every place where a keyword stands or may be hidden. Most blobs hold none and end here.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Seeks words, then escapes.
    search: MultiSearch,
    words: Vec<Word>,
    spelling: Spelling,
}

/// A text that is a keyword of some rules.
#[derive(Debug)]
pub(super) struct Word {
    /// The text.
    pub(super) text: Vec<u8>,
    /// Which of its bytes are sought.
    stem: Range<usize>,
    /// How many of its first bytes say enough where an escape follows; `None` for a word that is not
    /// looked for where it is hidden.
    least: Option<usize>,
    /// True for the signature of a file format.
    pub(super) is_signature: bool,
    uses: Vec<Use>,
}

/// A rule that has the keyword, and what must stand near it.
#[derive(Clone, Debug)]
struct Use {
    rule: usize,
    /// Index of the keyword among those of the rule.
    index: usize,
    keyword: Keyword,
}

/// A keyword of a rule, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Index of the rule in its set.
    pub(super) rule: usize,
    /// Index of the keyword among those of the rule.
    pub(super) keyword: usize,
    /// First byte of the keyword.
    pub(super) start: usize,
    /// Just after its last byte.
    pub(super) end: usize,
}

/// What the first look gives: where something stands that may come of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sight {
    /// Where it begins.
    pub(super) at: usize,
    /// What it is, with the encodings undone.
    pub(super) what: What,
    /// The encodings it is wrapped in.
    pub(super) steps: Steps,
}

/// See [`Sight`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// The keyword of that index as it is.
    Word(usize),
    /// The stem of a keyword with an escape behind it that may stand for the rest, or one that is all
    /// escapes.
    Broken(usize),
    /// An escape that may stand for a byte of a keyword.
    Escape,
}

impl Sight {
    fn plain(what: What, at: usize) -> Self {
        let steps = Steps::NONE;
        Self { at, what, steps }
    }

    /// The keyword that stands there as it is, and where it begins.
    pub(super) fn plain_word(&self) -> Option<(usize, usize)> {
        match self.what {
            What::Word(word) if self.steps == Steps::NONE => Some((word, self.at)),
            _ => None,
        }
    }
}

impl Word {
    /// True if rules look for it also where it is encoded.
    pub(super) fn is_hidden(&self) -> bool {
        self.least.is_some()
    }

    /// The indices of the rules that have it.
    pub(super) fn rules(&self) -> impl Iterator<Item = usize> + '_ {
        self.uses.iter().map(|used| used.rule)
    }

    /// What stands where its stem may begin at `at`. `index` is its own.
    fn sight(&self, index: usize, bytes: &[u8], at: usize) -> Option<Sight> {
        let (sign, stem) = self.text.split_at(self.stem.start);
        // Most words are sought by what stands further on in them.
        if bytes[at..].first() != stem.first() {
            return None;
        }
        let (start, is_escaped) = match *sign {
            [sign] if bytes[..at].last() == Some(&sign) => (at - 1, false),
            [sign] => {
                self.least?;
                let is_here = bytes[at..].starts_with(&self.text[self.stem.clone()]);
                (is_here.then(|| escape_before(bytes, at, sign))??, true)
            }
            _ => (at, false),
        };
        let here = &bytes[start..];
        if here.starts_with(&self.text) {
            Some(Sight::plain(What::Word(index), start))
        } else {
            let is_broken = is_escaped || self.is_broken_at(here);
            is_broken.then(|| Sight::plain(What::Broken(index), start))
        }
    }

    /// True if `bytes` begin with enough of it and an escape behind that.
    fn is_broken_at(&self, bytes: &[u8]) -> bool {
        let same = self.text.iter().zip(bytes).take_while(|(a, b)| a == b);
        let same = same.count();
        self.least.is_some_and(|least| same >= least)
            && match bytes.get(same) {
                Some(b'\\' | b'%' | b'&' | b'=') => true,
                // A blank, as forms write it, or UTF-7.
                Some(b'+') => self.text.get(same) == Some(&b' ') || is_escape(&bytes[same..]),
                _ => false,
            }
    }
}

/// Returns the index of `text` among the words, to which it is added if need be.
fn position(words: &mut Vec<Word>, text: &str) -> usize {
    let known = words.iter().position(|known| known.text == text.as_bytes());
    known.unwrap_or_else(|| {
        words.push(Word {
            text: text.as_bytes().to_vec(),
            stem: 0..text.len(),
            least: None,
            is_signature: false,
            uses: Vec::new(),
        });
        words.len() - 1
    })
}

/// What to look for: words, then escapes.
fn literals<'t>(words: &'t [Word], escapes: &'t [Vec<u8>]) -> Vec<Literal<'t>> {
    let plain = words.iter().map(|word| Literal {
        bytes: &word.text[word.stem.clone()],
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
        rules: &RuleSet,
        signatures: impl Iterator<Item = &'s str>,
        level: SimdLevel,
    ) -> Result<Self, BuildError> {
        let mut words: Vec<Word> = Vec::new();
        let all = rules.iter().enumerate().flat_map(|(rule, one)| {
            let keywords = one.matchers.keywords().iter().enumerate();
            keywords.map(move |(index, keyword)| (rule, index, keyword))
        });
        for (rule, own, keyword) in all {
            let index = position(&mut words, &keyword.text);
            words[index].uses.push(Use {
                rule,
                index: own,
                keyword: keyword.clone(),
            });
        }
        for signature in signatures {
            let index = position(&mut words, signature);
            words[index].is_signature = true;
        }
        for word in &mut words {
            // Where nothing of a length stands, nothing longer does.
            word.uses.sort_by_key(|used| used.keyword.value);
            if word.uses.iter().any(|used| rules.at(used.rule).encoded) {
                let least = least(&word.text);
                word.stem = stem(&word.text);
                word.stem.end = word.stem.end.min(least);
                word.least = Some(least);
            }
        }
        let hidden = words.iter().filter(|word| word.is_hidden());
        let escapes = escapes(hidden.map(|word| &word.text[..]));
        Ok(Self {
            search: MultiSearch::new(&literals(&words, &escapes), level)?,
            spelling: Spelling::new(words.iter().map(|word| (&word.text[..], word.is_hidden()))),
            words,
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
        let mut sights = Vec::new();
        self.look_into(bytes, from, until, MAX_DEPTH, &mut sights);
        sights.sort_unstable();
        // What stands near the ends of two stretches is seen twice.
        sights.dedup();
        for sight in sights {
            found(sight);
        }
    }

    /// See [`Prefilter::look`]; in no order. Of encodings one in another, `depth` are undone.
    fn look_into(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        depth: usize,
        sights: &mut Vec<Sight>,
    ) {
        let mut ends = [0; Layout::COUNT];
        self.search.scan(bytes, from, until, |found| match found {
            Match::Literal(text, at) => sights.extend(self.sight(bytes, text, at)),
            Match::Signature(at, shapes) if depth > 0 => {
                for (layout, end) in Layout::of(shapes).zip(&mut ends) {
                    let Some(layout) = layout.filter(|_| at >= *end) else {
                        continue;
                    };
                    if let Some(stretch) = Stretch::around(bytes, layout, at, until) {
                        *end = stretch.end;
                        self.look_within(bytes, &stretch, from..until, depth - 1, sights);
                    }
                }
            }
            Match::Signature(..) => {}
        });
    }

    /// What stands encoded in a stretch and begins in `bytes[part]`.
    fn look_within(
        &self,
        bytes: &[u8],
        stretch: &Stretch,
        part: Range<usize>,
        depth: usize,
        sights: &mut Vec<Sight>,
    ) {
        let Some(opened) = stretch.open(bytes, part.start) else {
            return;
        };
        let text = opened.text();
        let mut inner = Vec::new();
        self.look_into(text, 0, text.len(), depth, &mut inner);
        for sight in inner {
            let (at, step) = opened.origin(sight.at);
            if !part.contains(&at) {
                continue;
            }
            sights.extend(match (step, sight.plain_word()) {
                (Some(step), _) => sight.steps.within(step).map(|steps| Sight {
                    at,
                    what: sight.what,
                    steps,
                }),
                (None, Some((word, _))) => Some(Sight::plain(What::Broken(word), at)),
                (None, None) => None,
            });
        }
    }

    /// What stands at a place where a text may.
    fn sight(&self, bytes: &[u8], text: usize, at: usize) -> Option<Sight> {
        if let Some(word) = self.words.get(text) {
            return word.sight(text, bytes, at);
        }
        let here = &bytes[at..];
        let mark = here
            .iter()
            .take(MAX_BEFORE_MARK + 1)
            .position(|byte| b"\\%&=".contains(byte));
        let at = at + mark?;
        self.spelling
            .may_spell(bytes, at)
            .then(|| Sight::plain(What::Escape, at))
    }

    /// The hits of the rules that have the keyword `word`, which begins at `start`.
    pub(super) fn hits_of<'a>(
        &'a self,
        word: usize,
        bytes: &'a [u8],
        start: usize,
    ) -> impl Iterator<Item = Hit> + 'a {
        let end = start + self.words[word].text.len();
        let nothing = Cell::new([usize::MAX; 2]);
        self.words[word]
            .uses
            .iter()
            .map(move |used| {
                let hit = Hit {
                    rule: used.rule,
                    keyword: used.index,
                    start,
                    end,
                };
                (hit, &used.keyword)
            })
            .filter(move |(_, keyword)| keyword.fits_beside(bytes, start, end, &nothing))
            .map(|(hit, _)| hit)
    }

    /// Calls `found` for every keyword in `bytes` as it is, with its index and place, in order of place. What
    /// is encoded is not looked into.
    pub(super) fn plain_words(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut sights = Vec::new();
        self.look_into(bytes, 0, bytes.len(), 0, &mut sights);
        sights.sort_unstable();
        for (word, at) in sights.iter().filter_map(Sight::plain_word) {
            found(word, at);
        }
    }

    /// Calls `found` for every keyword of every rule in `bytes`, as it is.
    pub(super) fn hits(&self, bytes: &[u8], mut found: impl FnMut(Hit)) {
        self.plain_words(bytes, |word, start| {
            self.hits_of(word, bytes, start).for_each(&mut found);
        });
    }

    /// True if something may be encoded at `sight`.
    pub(super) fn may_be_hidden(&self, sight: Sight) -> bool {
        sight
            .plain_word()
            .is_none_or(|(word, _)| self.words[word].is_hidden())
    }

    /// All keywords.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// What the keywords are made of.
    pub(super) fn spelling(&self) -> &Spelling {
        &self.spelling
    }
}
