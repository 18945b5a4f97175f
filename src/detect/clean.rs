//! Decides which parts need no second scan when a blob has changed elsewhere.

use std::ops::Range;

use super::candidate::Verdict;
use super::prefilter::{self, KeywordHit, PrefilterHit};
use super::step_budget::StepBudget;
use super::{BlobMatches, Detected, Detector, boundary, decode, window};
use crate::model::{Hint, Origin};
use crate::rule::KnownRuns;

/// The maximum length of a short match in bytes: text further away does not affect it.
const SHORT: usize = 2048;

impl Detector {
    /// True if no finding can begin in `bytes[part]`, except those that a document's grammar names. Bytes
    /// further away than [`Detector::reach`] do not affect the result, so that parts that have not changed
    /// between two versions of a blob need not be scanned twice.
    pub fn is_clean(&self, bytes: &[u8], part: Range<usize>) -> bool {
        // The content of such a file is only visible after conversion.
        let mut is_clean = !decode::is_coded(bytes);
        let known = KnownRuns::default();
        self.matcher.prefilter.scan(bytes, part, true, |hit| {
            is_clean = is_clean && self.is_idle(bytes, hit, &known);
        });
        is_clean
    }

    /// Returns the detections whose keyword begins in `parts` of a blob, in order. Bytes further away than
    /// [`Detector::context`] do not affect them. `None` for a blob that must be read from its beginning.
    pub fn scan_parts(
        &self,
        bytes: &[u8],
        parts: &[Range<usize>],
        origin: &Origin,
    ) -> Option<Detected> {
        if !decode::is_plain(bytes) {
            return None;
        }
        let mut found = BlobMatches::new();
        for part in parts {
            let window = window::Window {
                bytes,
                base: 0,
                from: part.start,
                until: part.end,
                is_whole: true,
                is_document: false,
                may_be_recoded: true,
            };
            self.scan_window(&window, &mut found);
        }
        Some(Detected {
            detections: self.detections(found.candidates, found.rejected, origin),
            bytes: bytes.len() as u64,
            steps: found.steps.used(),
            unfinished: found.unfinished,
        })
    }

    /// False if the name of a blob does not affect its findings.
    pub fn is_read_by_name(&self, hint: Hint<'_>, bytes: &[u8]) -> bool {
        let may_hold = self
            .formats
            .document(hint)
            .is_some_and(|document| !decode::is_plain(bytes) || document.may_hold(bytes));
        may_hold
            || decode::is_attributes_file(hint.path)
                && !decode::opaque_encodings(bytes, 0..bytes.len()).is_empty()
    }

    /// True if the hit leads to no finding with any bytes further away than [`Detector::reach`]: a
    /// keyword from which no rule makes a candidate, without an escape in or behind it.
    fn is_idle(&self, bytes: &[u8], hit: PrefilterHit, known: &KnownRuns) -> bool {
        let Some((word, at)) = hit.plain_keyword() else {
            return false;
        };
        if self.matcher.prefilter.keywords()[word].is_signature && self.formats.may_embed(bytes, at)
        {
            return false;
        }
        let mut hits = self.matcher.prefilter.hits_of(word, bytes, at, known);
        hits.all(|hit| self.is_without_match(bytes, hit))
            && !(self.matcher.prefilter.may_be_hidden(hit)
                && decode::may_be_escaped(
                    &self.matcher.prefilter.keywords()[word],
                    bytes,
                    at,
                    prefilter::REACH,
                ))
    }

    /// True if a rule whose matches are short makes nothing of a hit.
    fn is_without_match(&self, bytes: &[u8], hit: KeywordHit) -> bool {
        let rule = self.matcher.rule(hit.rule);
        rule.matchers.longest().is_some_and(|most| most <= SHORT)
            && self
                .matcher
                .assess_hit(bytes, hit, &StepBudget::default())
                .is_none_or(|seen| rule.generic && seen.verdict == Verdict::Reject)
    }

    /// See [`Detector::is_clean`]: the number of bytes before and behind a position that affect it.
    pub fn reach(&self) -> Range<usize> {
        window::BEHIND..prefilter::REACH.max(SHORT + boundary::LOOK_BEHIND)
    }

    /// Returns the context before and behind a candidate, in bytes, that decides over every detection that begins there.
    pub fn context(&self) -> Range<usize> {
        window::BEHIND..window::AHEAD
    }
}
