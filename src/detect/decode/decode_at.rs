//! Undoes the encodings around a hit and matches the rules there.

use super::decode_layer::DecodeLayer;
use super::decoded_text::DecodedText;
use super::encoding::{Encoding, MAX_DEPTH};
use super::escaped_keyword::{continues_at, escape_in, may_be_token, spelled_keywords};
use super::{base64, hex, recoded, utf16};
use crate::detect::assess::{AssessedMatch, RuleMatcher};
use crate::detect::candidate::Verdict;
use crate::detect::excerpt::LINE_REACH;
use crate::detect::prefilter::{HitKind, PrefilterHit};
use crate::detect::step_budget::StepBudget;
use crate::detect::window;
use crate::model::Confidence;
use crate::rule::{Keyword, KnownRuns};
use crate::syntax::escape::{EscapeSyntax, MAX_LENGTH};

/// Maximum number of bytes that are decoded before the position of a hit: the bytes that a window has there, without the
/// length of a keyword (which may begin before the hit) and the line of the excerpt.
const BACK: usize = window::BEHIND - LINE_REACH - Keyword::MAX_LEN;

/// Numbers of bytes before and behind the position of a keyword that are decoded. A further attempt is made only if the
/// one before has found something, or the beginning of something longer. The last is enough for a JSON Web Token or
/// a key of 4096 bits.
const ATTEMPTS: [(usize, usize); 3] = [(32, 160), (BACK, 1024), (BACK, FAR)];
const FAR: usize = 8 * 1024;

/// Maximum offset within the body of a token at which a keyword that belongs to the token begins.
const OWN_HEADER: usize = 8;

/// Maximum number of possible ends of an encoded text that are tried.
const MAX_ENDS: usize = 8;

/// Steps for each byte that is decoded and searched.
const STEPS_OF_BYTE: usize = 8;

/// One attempt.
struct DecodeAttempt<'s> {
    matcher: &'s RuleMatcher,
    /// Counts the work.
    steps: &'s StepBudget,
    /// See [`ATTEMPTS`].
    back: usize,
    ahead: usize,
    /// Set if a token at the end of the decoded text may continue.
    is_short: bool,
    /// True if the hit is at an even offset of the blob.
    is_even: bool,
    seen: Vec<AssessedMatch>,
}

/// The result of trying the rules of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchOutcome {
    /// Nothing that ends.
    Nothing,
    /// A match that reaches the end of the decoded text.
    Cut,
    /// Something whole.
    Whole,
}

/// Returns the matches that are hidden at `hit`, in the offsets of `bytes`, which begin at `base` of the blob.
pub(in crate::detect) fn decode_at(
    matcher: &RuleMatcher,
    bytes: &[u8],
    base: u64,
    hit: PrefilterHit,
    budget: &StepBudget,
) -> Vec<AssessedMatch> {
    let mut seen = Vec::new();
    for (back, ahead) in ATTEMPTS {
        let mut attempt = DecodeAttempt {
            matcher,
            steps: budget,
            back,
            ahead,
            is_short: false,
            is_even: base.is_multiple_of(2) == hit.at.is_multiple_of(2),
            seen: Vec::new(),
        };
        attempt.decode_layers(bytes, None, hit.what, hit.steps.as_slice(), hit.at);
        seen = attempt.seen;
        let is_idle = |seen: &AssessedMatch| {
            matcher.rule(seen.rule).generic && seen.verdict == Verdict::Reject
        };
        if !attempt.is_short && (seen.iter().all(is_idle) || back == BACK) {
            break;
        }
    }
    // If only the name of a value is escaped, the value is not encoded.
    for seen in &mut seen {
        if bytes[seen.span.clone()] == seen.secret[..] {
            seen.encoding.clear();
        }
    }
    seen
}

impl DecodeAttempt<'_> {
    /// Undoes the encodings `steps` from `at` on, then tries the keyword there.
    fn decode_layers(
        &mut self,
        bytes: &[u8],
        outer: Option<&DecodeLayer<'_>>,
        what: HitKind,
        steps: &[Encoding],
        at: usize,
    ) {
        let Some((step, rest)) = steps.split_first() else {
            match (what, outer) {
                (HitKind::Keyword(word), Some(layer)) => self.try_keyword(layer, word, at),
                (HitKind::Keyword(word) | HitKind::EscapedKeyword(word), _) => {
                    self.unescape(bytes, outer, word, at);
                }
                (HitKind::Escape, _) => {
                    for (word, start) in spelled_keywords(&self.matcher.prefilter, bytes, at) {
                        self.unescape(bytes, outer, word, start);
                    }
                }
            }
            return;
        };
        // The layer around it may have ended before.
        if at >= bytes.len() {
            return;
        }
        let DecodeAttempt { back, ahead, .. } = *self;
        let is_wide_inside = rest.first() == Some(&Encoding::Utf16);
        let is_even = if outer.is_some() {
            at.is_multiple_of(2)
        } else {
            self.is_even
        };
        let opened = match *step {
            Encoding::Base64(phase) => base64::open(bytes, at, phase, back, ahead, !is_wide_inside)
                .map(|(view, at, is_url)| (view, at, if is_url { "base64url" } else { "base64" })),
            Encoding::Hex => hex::open(bytes, at, back, ahead).map(|(view, at)| (view, at, "hex")),
            Encoding::Utf16 => utf16::open(bytes, at, back, ahead, is_even)
                .map(|(view, at, is_big)| (view, at, if is_big { "utf-16be" } else { "utf-16le" })),
            Encoding::Recoded(recoding, phase) => recoded::open(bytes, at, back, ahead, recoding)
                .map(|(view, at)| (view, at + phase, recoding.name())),
        };
        let Some((view, at, name)) = opened else {
            self.steps.spend(back.min(at));
            return;
        };
        self.steps.spend(view.bytes().len() * STEPS_OF_BYTE);
        let is_text = matches!(step, Encoding::Utf16 | Encoding::Recoded(..));
        let must_be_text = !is_wide_inside && !is_text;
        let layer = DecodeLayer {
            view: &view,
            name,
            must_be_text,
            outer,
        };
        self.decode_layers(view.bytes(), Some(&layer), what, rest, at);
    }

    /// Looks for the keyword `word` at `at` of the layer's text, as it is or with escapes in it.
    fn try_keyword(&mut self, layer: &DecodeLayer<'_>, word: usize, at: usize) {
        let text = layer.view.bytes();
        let known = &self.matcher.prefilter.keywords()[word].text;
        let Some(here) = text.get(at..) else { return };
        if here.starts_with(known) {
            let body = at + known.len();
            let mut tried = self.try_hits(layer, text, word, at);
            // A longer token may go on beyond. It does not hold other keywords, so that a row of
            // keywords costs no more than its length.
            let is_block = self.matcher.prefilter.keywords()[word].finds_blocks;
            let is_longer = tried == MatchOutcome::Cut
                || layer.is_cut()
                    && (is_block
                        || text[body..]
                            .iter()
                            .all(|byte| may_be_token(*byte) || *byte == b'='));
            // A match that begins before its keyword may begin before the decoded text, which may begin in the
            // middle of an escape.
            let front = text[..at].iter().rev();
            let front = front.take_while(|byte| may_be_token(**byte)).count();
            let is_headless = tried == MatchOutcome::Nothing
                && self.back != BACK
                && (front + MAX_LENGTH >= at || is_block && may_be_label(&text[..at]))
                && self.matcher.may_begin_before(word)
                // A row of keywords is not a token.
                && memchr::memmem::find(&text[..at], known).is_none();
            self.is_short |= is_headless;
            if tried != MatchOutcome::Whole
                && is_longer
                && !self.contains_other_keywords(word, &text[body..])
            {
                self.is_short = true;
                // A match that ends before the cut may be the front of that token.
                if self.ahead < FAR {
                    return;
                }
            }
            let mut ends = layer.view.ends_from(body).take(MAX_ENDS);
            while tried != MatchOutcome::Whole
                && let Some(end) = ends.next()
            {
                tried = self.try_hits(layer, &text[..end], word, at);
            }
            if tried == MatchOutcome::Whole {
                return;
            }
        }
        self.unescape(text, Some(layer), word, at);
    }

    /// True if the keywords of other credentials, or its own again, are in `text`, the body of one with the
    /// keyword `own`. A keyword at its beginning is its own: the header of a JSON Web Token in a job token.
    /// One keyword may occur by chance.
    fn contains_other_keywords(&mut self, own: usize, text: &[u8]) -> bool {
        let mut others = 0;
        self.matcher.prefilter.plain_keywords(text, |word, at| {
            if at > OWN_HEADER {
                let known = &self.matcher.prefilter.keywords()[word];
                let is_telling = known.text.iter().any(u8::is_ascii_alphabetic);
                others += usize::from(word == own || known.is_hidden() && is_telling);
            }
        });
        others > 1
    }

    /// Tries the rules of a keyword in `text`, the text of a layer or the front of it.
    fn try_hits(
        &mut self,
        layer: &DecodeLayer<'_>,
        text: &[u8],
        word: usize,
        at: usize,
    ) -> MatchOutcome {
        let mut tried = MatchOutcome::Nothing;
        let known = KnownRuns::default();
        for hit in self.matcher.prefilter.hits_of(word, text, at, &known) {
            let Some(mut seen) = self.matcher.assess_hit(text, hit, self.steps) else {
                continue;
            };
            // A longer alternative of the pattern may only fit with later bytes.
            let tail = &layer.view.bytes()[seen.span.end..];
            let may_go_on = self.ahead < FAR && tail.iter().all(|byte| may_be_token(*byte));
            let is_cut = layer.is_cut() && (tail.is_empty() || may_go_on);
            let is_proven = seen.verdict.confidence() == Some(Confidence::Proven);
            if is_cut {
                tried = tried.max(MatchOutcome::Cut);
                continue;
            }
            if seen.span.is_empty() || !(is_proven || layer.is_clean(&seen.span)) {
                continue;
            }
            if !continues_at(text, seen.span.end) {
                tried = MatchOutcome::Whole;
            }
            seen.span = layer.origin(&seen.span);
            seen.encoding = layer.names();
            self.seen.push(seen);
        }
        tried
    }

    /// Undoes the escapes around a keyword at `at` with an escape in it or behind it.
    fn unescape(&mut self, text: &[u8], outer: Option<&DecodeLayer<'_>>, word: usize, at: usize) {
        if outer.is_some_and(|outer| outer.depth() >= MAX_DEPTH) {
            return;
        }
        let until = text.len().min(at + self.ahead);
        let Some(family) = escape_in(
            &self.matcher.prefilter.keywords()[word],
            &text[..until],
            at,
            true,
        ) else {
            // The escape of a long token may be further on, once: a row of keywords is not a token.
            let known = &self.matcher.prefilter.keywords()[word].text;
            let body = &text[until.min(at + known.len())..until];
            let is_long = self.ahead == ATTEMPTS[0].1
                && until < text.len()
                && body.iter().all(|byte| may_be_token(*byte) || *byte == b'=')
                && memchr::memmem::find(body, known).is_none();
            if is_long {
                self.is_short = true;
            }
            return;
        };
        let seen = self.seen.len();
        self.undo(text, outer, family, word, at);
        // `=` and two digits are between a name and its value, or begin the value.
        if family == EscapeSyntax::QuotedPrintable
            && self.seen.len() == seen
            && let Some(family) = escape_in(
                &self.matcher.prefilter.keywords()[word],
                &text[..until],
                at,
                false,
            )
        {
            self.undo(text, outer, family, word, at);
        }
    }

    /// Undoes the escapes of one syntax around a keyword at `at`.
    fn undo(
        &mut self,
        text: &[u8],
        outer: Option<&DecodeLayer<'_>>,
        family: EscapeSyntax,
        word: usize,
        at: usize,
    ) {
        let until = text.len().min(at + self.ahead);
        let from = at.saturating_sub(self.back);
        self.steps.spend((until - from) * STEPS_OF_BYTE);
        let mut view = DecodedText::with_room(until - from);
        family.decode(text, from, at, false, &mut view.text);
        let place = view.bytes().len();
        view.is_cut = until < text.len();
        let is_cut = view.is_cut || outer.is_some_and(DecodeLayer::is_cut);
        family.decode(text, at, until, is_cut, &mut view.text);
        let layer = DecodeLayer {
            view: &view,
            name: family.name(),
            must_be_text: false,
            outer,
        };
        self.try_keyword(&layer, word, place);
    }
}

/// True if `text`, which precedes a keyword, may be the rest of a line that begins a block
/// (`-----BEGIN RSA `), behind an escape that was cut.
fn may_be_label(text: &[u8]) -> bool {
    let is_label = |byte: &&u8| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'-');
    let label = text.iter().rev().take_while(is_label).count();
    text.len() - label < MAX_LENGTH
}
