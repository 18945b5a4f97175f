//! From a place where a keyword may be hidden to what stands there.

use std::cell::Cell;
use std::ops::Range;

use super::escape::{Family, MAX_LENGTH};
use super::step::{MAX_DEPTH, Step};
use super::view::View;
use super::{base64, hex, text, utf16};
use crate::detect::excerpt::LINE_REACH;
use crate::detect::prefilter::{Sight, What};
use crate::detect::{Detector, Seen, window};
use crate::model::Confidence;
use crate::rule::{Check, Keyword};

/// How many bytes before the place of a keyword may be decoded: what a window has there, but for the
/// keyword's own length (it may begin before what gave it away) and the line of the excerpt.
const BACK: usize = window::BEHIND - LINE_REACH - Keyword::MAX_LEN;

/// How many bytes before and behind the place of a keyword are decoded: each attempt only if the one
/// before has seen something, or the beginning of something longer. The last is enough for a JSON
/// Web Token or a key of 4096 bits.
const ATTEMPTS: [(usize, usize); 3] = [(32, 160), (BACK, 1024), (BACK, FAR)];
const FAR: usize = 8 * 1024;

/// How many bytes spell the beginning of a keyword, and how many all of it, in two layers of escapes.
const SHORT: usize = 48;
const LONG: usize = 12 * Keyword::MAX_LEN;

/// How far into the body of a token a keyword that belongs to it begins at most.
const OWN_HEADER: usize = 8;

/// How many bytes at the front of what was decoded may be the rest of an escape that was cut.
const MAX_REST: usize = 12;

/// How many places where an encoded text may have ended are tried.
const MAX_ENDS: usize = 8;

/// One attempt.
struct Attempt {
    /// See [`ATTEMPTS`].
    back: usize,
    ahead: usize,
    /// Set if what was decoded ends in what may be a longer token.
    is_short: Cell<bool>,
    /// True if the place stands at an even offset of the blob.
    is_even: bool,
    seen: Vec<Seen>,
}

/// What the rules of a keyword have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tried {
    /// Nothing that ends.
    Nothing,
    /// Something that reaches the end of what was decoded.
    Cut,
    /// Something whole.
    Whole,
}

/// The layers undone so far, innermost first.
struct Layer<'a> {
    view: &'a View,
    /// What findings call it.
    name: &'static str,
    /// True if what comes out of it may be noise, so that it must be text around a token.
    must_be_text: bool,
    outer: Option<&'a Layer<'a>>,
}

impl Layer<'_> {
    fn depth(&self) -> usize {
        1 + self.outer.map_or(0, Layer::depth)
    }

    /// Where `range` of this layer's text stands in the blob's bytes.
    fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let range = self.view.origin(range);
        self.outer
            .map_or(range.clone(), |outer| outer.origin(&range))
    }

    /// The names, outermost first.
    fn names(&self) -> Vec<String> {
        let mut names = self.outer.map(Layer::names).unwrap_or_default();
        names.push(self.name.to_owned());
        names
    }

    /// True if a layer ends before what it encodes.
    fn is_cut(&self) -> bool {
        self.view.is_cut || self.outer.is_some_and(Layer::is_cut)
    }

    /// True if every layer gives text around `range` of this one's.
    fn is_clean(&self, range: &Range<usize>) -> bool {
        let text = &self.view.text;
        let ends_before = |noise: usize| {
            let mut ends = self.view.ends_from(range.end);
            ends.next().is_some_and(|end| end <= noise)
        };
        let clean = !self.must_be_text
            || text::noise_before(text, range.start).is_none()
                && text::noise_after(text, range.end).is_none_or(ends_before);
        clean
            && self
                .outer
                .is_none_or(|outer| outer.is_clean(&self.view.origin(range)))
    }
}

impl Detector {
    /// What is hidden at `sight`, in the offsets of `bytes`, which begin at `base` of the blob.
    pub(in crate::detect) fn uncover(&self, bytes: &[u8], base: u64, sight: Sight) -> Vec<Seen> {
        let is_even = base.is_multiple_of(2) == sight.at.is_multiple_of(2);
        let mut seen = Vec::new();
        for (back, ahead) in ATTEMPTS {
            let is_short = Cell::new(false);
            let mut attempt = Attempt {
                back,
                ahead,
                is_short,
                is_even,
                seen: Vec::new(),
            };
            let steps = sight.steps.as_slice();
            self.unwrap(bytes, None, sight.what, steps, sight.at, &mut attempt);
            seen = attempt.seen;
            if !attempt.is_short.get() && (seen.is_empty() || back == BACK) {
                break;
            }
        }
        // Only what names it was escaped.
        for seen in &mut seen {
            if bytes[seen.span.clone()] == seen.secret[..] {
                seen.encoding.clear();
            }
        }
        seen
    }

    /// Undoes `steps` from `at` on, then looks at what stands there.
    fn unwrap(
        &self,
        bytes: &[u8],
        outer: Option<&Layer<'_>>,
        what: What,
        steps: &[Step],
        at: usize,
        attempt: &mut Attempt,
    ) {
        let Some((step, rest)) = steps.split_first() else {
            match (what, outer) {
                (What::Word(word), Some(layer)) => self.try_word(layer, word, at, attempt),
                (What::Word(word) | What::Broken(word), _) => {
                    self.unescape(bytes, outer, word, at, attempt);
                }
                (What::Escape, _) => {
                    for (word, start) in self.spelled(bytes, at) {
                        self.unescape(bytes, outer, word, start, attempt);
                    }
                }
            }
            return;
        };
        // The layer around it may have ended before.
        if at >= bytes.len() {
            return;
        }
        let Attempt { back, ahead, .. } = *attempt;
        let is_wide_inside = rest.first() == Some(&Step::Utf16);
        let is_even = if outer.is_some() {
            at.is_multiple_of(2)
        } else {
            attempt.is_even
        };
        let opened = match *step {
            Step::Base64(phase) => base64::open(bytes, at, phase, back, ahead, !is_wide_inside)
                .map(|(view, at, is_url)| (view, at, if is_url { "base64url" } else { "base64" })),
            Step::Hex => hex::open(bytes, at, back, ahead).map(|(view, at)| (view, at, "hex")),
            Step::Utf16 => utf16::open(bytes, at, back, ahead, is_even)
                .map(|(view, at, is_big)| (view, at, if is_big { "utf-16be" } else { "utf-16le" })),
        };
        let Some((view, at, name)) = opened else {
            return;
        };
        let must_be_text = !is_wide_inside && *step != Step::Utf16;
        let layer = Layer {
            view: &view,
            name,
            must_be_text,
            outer,
        };
        self.unwrap(&view.text, Some(&layer), what, rest, at, attempt);
    }

    /// Looks for the keyword `word` at `at` of the layer's text, as it is or with escapes in it.
    fn try_word(&self, layer: &Layer<'_>, word: usize, at: usize, attempt: &mut Attempt) {
        let text = &layer.view.text[..];
        let known = &self.prefilter.words()[word].text;
        let Some(here) = text.get(at..) else { return };
        if here.starts_with(known) {
            let body = at + known.len();
            let mut tried = self.try_hits(layer, text, word, at, attempt);
            // A longer token may go on beyond. It does not hold other keywords, so that a row of
            // keywords costs no more than its length.
            let is_block = self.tells_block(word);
            let is_longer = tried == Tried::Cut
                || layer.is_cut()
                    && (is_block
                        || text[body..]
                            .iter()
                            .all(|byte| may_be_token(*byte) || *byte == b'='));
            // One that begins before its keyword may begin before what was decoded.
            let front = text[..at].iter().rev();
            let front = front.take_while(|byte| may_be_token(**byte)).count();
            let is_headless = tried == Tried::Nothing
                && attempt.back != BACK
                && (front + MAX_REST >= at || is_block && may_be_label(&text[..at], known))
                && self.may_begin_before(word)
                // A row of keywords is none.
                && memchr::memmem::find(&text[..at], known).is_none();
            attempt.is_short.set(attempt.is_short.get() || is_headless);
            if tried != Tried::Whole && is_longer && !self.holds_others(word, &text[body..]) {
                attempt.is_short.set(true);
                // What ends before the cut may be the front of that token.
                if attempt.ahead < FAR {
                    return;
                }
            }
            let mut ends = layer.view.ends_from(body).take(MAX_ENDS);
            while tried != Tried::Whole
                && let Some(end) = ends.next()
            {
                tried = self.try_hits(layer, &text[..end], word, at, attempt);
            }
            if tried == Tried::Whole {
                return;
            }
        }
        self.unescape(text, Some(layer), word, at, attempt);
    }

    /// True if the keywords of other credentials, or its own again, stand in `text`, the body of one with the
    /// keyword `own`. What stands at its beginning is its own: the header of a JSON Web Token in that of a job.
    /// One may stand in it by chance.
    fn holds_others(&self, own: usize, text: &[u8]) -> bool {
        let mut others = 0;
        self.prefilter.look(text, 0, text.len(), |sight| {
            if let What::Word(word) = sight.what
                && sight.steps.as_slice().is_empty()
                && sight.at > OWN_HEADER
            {
                let known = &self.prefilter.words()[word];
                let is_telling = word == own || known.text.iter().any(u8::is_ascii_alphabetic);
                others += usize::from(known.is_hidden() && is_telling);
            }
        });
        others > 1
    }

    /// True if a rule of the keyword finds blocks of lines.
    fn tells_block(&self, word: usize) -> bool {
        let mut rules = self.prefilter.words()[word].rules();
        rules.any(|rule| self.rule(rule).checks.contains(&Check::PrivateKey))
    }

    /// True if what a rule finds by the keyword may begin before it.
    fn may_begin_before(&self, word: usize) -> bool {
        let mut rules = self.prefilter.words()[word].rules();
        rules.any(|rule| {
            let rule = self.rule(rule);
            !rule.pattern.begins_with_keyword() || rule.checks.contains(&Check::AnyPrefix)
        })
    }

    /// Tries the rules of a keyword that stands in `text`, the text of a layer or the front of it.
    fn try_hits(
        &self,
        layer: &Layer<'_>,
        text: &[u8],
        word: usize,
        at: usize,
        attempt: &mut Attempt,
    ) -> Tried {
        let mut tried = Tried::Nothing;
        for hit in self.hits_of(word, text, at) {
            let Some(mut seen) = self.examine(text, hit) else {
                continue;
            };
            // A longer alternative of the pattern may only fit with what comes.
            let tail = &layer.view.text[seen.span.end..];
            let may_go_on = attempt.ahead < FAR && tail.iter().all(|byte| may_be_token(*byte));
            let is_cut = layer.is_cut() && (tail.is_empty() || may_go_on);
            let is_proven = seen.verdict.confidence() == Some(Confidence::Proven);
            if is_cut {
                tried = tried.max(Tried::Cut);
                continue;
            }
            if seen.span.is_empty() || !(is_proven || layer.is_clean(&seen.span)) {
                continue;
            }
            if !goes_on(text, seen.span.end) {
                tried = Tried::Whole;
            }
            seen.span = layer.origin(&seen.span);
            seen.encoding = layer.names();
            attempt.seen.push(seen);
        }
        tried
    }

    /// Undoes the escapes around a keyword that stands at `at` with an escape in it or behind it.
    fn unescape(
        &self,
        text: &[u8],
        outer: Option<&Layer<'_>>,
        word: usize,
        at: usize,
        attempt: &mut Attempt,
    ) {
        if outer.is_some_and(|outer| outer.depth() >= MAX_DEPTH) {
            return;
        }
        let until = text.len().min(at + attempt.ahead);
        let Some(family) = self.family_in(&text[..until], word, at, true) else {
            // That of a long one may stand beyond, once: a row of keywords is none.
            let known = &self.prefilter.words()[word].text;
            let body = &text[until.min(at + known.len())..until];
            let is_long = attempt.ahead == ATTEMPTS[0].1
                && until < text.len()
                && body.iter().all(|byte| may_be_token(*byte) || *byte == b'=')
                && memchr::memmem::find(body, known).is_none();
            if is_long {
                attempt.is_short.set(true);
            }
            return;
        };
        let seen = attempt.seen.len();
        self.undo(text, outer, family, word, at, attempt);
        // `=` and two digits that stand between a name and its value, or begin it.
        if family == Family::QuotedPrintable
            && attempt.seen.len() == seen
            && let Some(family) = self.family_in(&text[..until], word, at, false)
        {
            self.undo(text, outer, family, word, at, attempt);
        }
    }

    /// Undoes the escapes of a family around a keyword that stands at `at`.
    fn undo(
        &self,
        text: &[u8],
        outer: Option<&Layer<'_>>,
        family: Family,
        word: usize,
        at: usize,
        attempt: &mut Attempt,
    ) {
        let until = text.len().min(at + attempt.ahead);
        let from = at.saturating_sub(attempt.back);
        let mut view = View::with_room(until - from);
        family.decode(text, from, at, false, &mut view);
        let place = view.text.len();
        view.is_cut = until < text.len();
        let is_cut = view.is_cut || outer.is_some_and(Layer::is_cut);
        family.decode(text, at, until, is_cut, &mut view);
        let layer = Layer {
            view: &view,
            name: family.name(),
            must_be_text: false,
            outer,
        };
        self.try_word(&layer, word, place, attempt);
    }

    /// True if an escape stands in the keyword `word` at `at` or in the run of token characters behind
    /// it, or if `reach` bytes do not say.
    pub(in crate::detect) fn may_be_escaped(
        &self,
        bytes: &[u8],
        word: usize,
        at: usize,
        reach: usize,
    ) -> bool {
        let until = bytes.len().min(at + reach);
        let near = &bytes[..until];
        let body = (at + self.prefilter.words()[word].text.len()).min(until);
        let goes_on = until < bytes.len()
            && near[body..]
                .iter()
                .all(|byte| may_be_token(*byte) || *byte == b'=');
        goes_on || self.family_in(near, word, at, true).is_some()
    }

    /// The family of the first escape in the keyword `word`, which begins at `at`, or in the run of
    /// token characters behind it, or in the line of a block. Only if it `may_be_mail` does `=` begin one.
    fn family_in(&self, text: &[u8], word: usize, at: usize, may_be_mail: bool) -> Option<Family> {
        let known = &self.prefilter.words()[word].text;
        let here = text.get(at..)?;
        let same = known.iter().zip(here).take_while(|(a, b)| a == b).count();
        let mut rest = &here[same..];
        if known.get(same) == Some(&b' ') && rest.first() == Some(&b'+') {
            return Some(Family::Form);
        }
        if same == known.len() {
            let is_block = self.tells_block(word);
            // `=` stands between a name and its value, or begins an escape of mail.
            while let [byte, after @ ..] = rest
                && (may_be_token(*byte)
                    || *byte == b'=' && !(may_be_mail && Family::of(rest).is_some())
                    || *byte == b' ' && is_block)
            {
                rest = after;
            }
        }
        // A blank behind a colon, as forms write it.
        if rest.starts_with(b"%3A+") {
            return Some(Family::Form);
        }
        Family::of(rest)
    }

    /// The keywords that an escape at `at` spells a byte of, the first that is escaped, and where
    /// each begins.
    fn spelled(&self, bytes: &[u8], at: usize) -> Vec<(usize, usize)> {
        // The backslashes before it belong to it in pairs: `\\u0067` is an escape escaped.
        let slashes = if bytes[at] == b'\\' {
            bytes[at.saturating_sub(8)..at]
                .iter()
                .rev()
                .take_while(|b| **b == b'\\')
                .count()
        } else {
            0
        };
        let at = at - slashes;
        let spelling = self.prefilter.spelling();
        let plain = |length: usize| {
            let until = bytes.len().min(at + length);
            let is_cut = until < bytes.len();
            let mut text = bytes[at..until].to_vec();
            for _ in 0..MAX_DEPTH {
                let Some(family) = Family::of(&text) else {
                    break;
                };
                text = family.plain(&text, is_cut);
            }
            text
        };
        let words = |text: &[u8], is_whole: bool| {
            let rests = spelling.rests(text.first().copied());
            let fitting = rests.iter().filter(|&&(word, k)| {
                let word = &self.prefilter.words()[word].text;
                let rest = &word[k..];
                let known = rest.len().min(text.len());
                (known == rest.len() || !is_whole)
                    && rest[..known] == text[..known]
                    && bytes[..at].ends_with(&word[..k])
            });
            fitting.map(|&(word, k)| (word, at - k)).collect::<Vec<_>>()
        };
        // A few bytes are enough to tell most of what only looks like it.
        let first = plain(SHORT);
        if !first.is_empty() && words(&first, false).is_empty() {
            return Vec::new();
        }
        words(&plain(LONG), true)
    }
}

/// True if `text`, which stands before the keyword `known`, may be the rest of a line that begins a block
/// (`-----BEGIN RSA `), behind an escape that was cut.
fn may_be_label(text: &[u8], known: &[u8]) -> bool {
    let is_label = |byte: &&u8| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'-');
    let label = text.iter().rev().take_while(is_label).count();
    text.len() - label < MAX_LENGTH && memchr::memmem::find(text, known).is_none()
}

/// True for a byte that a token, a URL or the text of a key may hold unescaped. `=` may begin an
/// escape of mail.
fn may_be_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.:/@+~".contains(&byte)
}

/// True if an escape that stands for part of a token follows at `at`.
pub(in crate::detect) fn goes_on(text: &[u8], at: usize) -> bool {
    let Some(rest) = text.get(at..) else {
        return false;
    };
    let Some(unit) = Family::of(rest).and_then(|family| family.read(rest)) else {
        return false;
    };
    match unit.content() {
        [byte] => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        // A line broken by a backslash.
        [] => rest[0] == b'\\',
        _ => false,
    }
}
