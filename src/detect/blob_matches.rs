//! The matches found in a blob so far, within bounds.

use super::assess::AssessedMatch;
use super::candidate::{Candidate, Verdict};
use super::excerpt::LINE_REACH;
use super::locate::{self, Locator};
use super::resolve::RejectedMatch;
use super::step_budget::StepBudget;
use super::unfinished::{Exceeded, MAX_CANDIDATES, Unfinished};
use super::window::{self, Window};
use crate::model::Position;
use crate::rule::Pattern;

/// Number of rejected matches from which those that can silence nothing are dropped.
const MANY_REJECTED: usize = 1 << 14;

/// Maximum distance from a candidate at which a rejected match may overlap it or its line.
const NEAR: u64 = (Pattern::REACH + window::BEHIND + LINE_REACH) as u64;

/// The matches found in a blob so far.
pub(super) struct BlobMatches {
    /// The accepted candidates, at most [`MAX_CANDIDATES`].
    pub(super) candidates: Vec<Candidate>,
    /// Rejected matches. They do not count against the bound: a file of placeholders must not hide
    /// the token behind them.
    pub(super) rejected: Vec<RejectedMatch>,
    /// Counts lines for the candidates of the plain scan.
    pub(super) locator: Locator,
    /// The work done so far.
    pub(super) steps: StepBudget,
    /// The bounds that the blob has exceeded.
    pub(super) unfinished: Exceeded,
    prune_at: usize,
}

impl BlobMatches {
    pub(super) fn new() -> Self {
        Self {
            candidates: Vec::new(),
            rejected: Vec::new(),
            locator: Locator::new(),
            steps: StepBudget::default(),
            unfinished: Exceeded::new(),
            prune_at: MANY_REJECTED,
        }
    }

    /// Records a match in `window`. `generic` is true if its rule describes a context rather than a
    /// credential: a rejection by such a rule suppresses nothing. `locate` counts the lines before an
    /// offset of the blob.
    pub(super) fn add(
        &mut self,
        window: &Window<'_>,
        seen: AssessedMatch,
        generic: bool,
        locate: impl FnOnce(&Locator, [u64; 2]) -> [Position; 2],
    ) {
        let Window { bytes, base, .. } = *window;
        let span = base + seen.span.start as u64..base + seen.span.end as u64;
        if seen.verdict == Verdict::Reject {
            if !generic {
                let (rule, named) = (seen.rule, seen.named);
                self.rejected.push(RejectedMatch { span, rule, named });
                if self.rejected.len() >= self.prune_at {
                    self.prune(base + seen.span.start as u64);
                }
            }
            return;
        }
        if self.candidates.len() >= MAX_CANDIDATES {
            self.unfinished.insert(Unfinished::Candidates);
            return;
        }
        let line = locate::line_around(bytes, &seen.span, LINE_REACH);
        let [start, end] = locate(&self.locator, [span.start, span.end]);
        self.candidates.push(Candidate {
            rule: seen.rule,
            generic,
            named: seen.named,
            start,
            end,
            span,
            secret: seen.secret,
            shown: seen.shown,
            verdict: seen.verdict,
            context: seen.context,
            repair: seen.repair,
            matched: seen.matched,
            encoding: seen.encoding,
            line: bytes[line.clone()].to_vec(),
            line_start: base + line.start as u64,
        });
    }

    /// Drops the rejected matches that are far from every candidate and from `at`, where the plain
    /// scan is.
    fn prune(&mut self, at: u64) {
        let mut starts: Vec<u64> = self.candidates.iter().map(|c| c.span.start).collect();
        starts.sort_unstable();
        self.rejected.retain(|rejected| {
            let from = rejected.span.start.saturating_sub(NEAR);
            let until = rejected.span.end + NEAR;
            let first = starts.partition_point(|&start| start < from);
            until >= at || starts.get(first).is_some_and(|&start| start <= until)
        });
        self.prune_at = MANY_REJECTED.max(2 * self.rejected.len());
    }
}
