//! One secret, one finding: settles which candidate is reported where several overlap.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::candidate::Candidate;
use crate::model::Confidence;

/// The span of a match that a rule has rejected. It keeps weaker rules from reporting the place.
#[derive(Clone, Debug)]
pub(super) struct RejectedMatch {
    /// Position in the blob.
    pub(super) span: Range<u64>,
    /// Index of the rule.
    pub(super) rule: usize,
    /// True if the grammar of a document named it.
    pub(super) named: bool,
}

/// An accepted or a rejected match.
struct Match {
    span: Range<u64>,
    rule: usize,
    /// True for an accepted match of a generic rule. Such a rule rejects nothing.
    is_generic: bool,
    is_named: bool,
    /// Length of the whole match; 0 for a rejected one.
    matched: usize,
    confidence: Option<Confidence>,
    /// `None` for a rejected match.
    candidate: Option<Box<Candidate>>,
}

impl From<Candidate> for Match {
    fn from(candidate: Candidate) -> Self {
        Self {
            span: candidate.span.clone(),
            rule: candidate.rule,
            is_generic: candidate.generic,
            is_named: candidate.named,
            matched: candidate.matched,
            confidence: candidate.verdict.confidence(),
            candidate: Some(Box::new(candidate)),
        }
    }
}

impl From<RejectedMatch> for Match {
    fn from(rejected: RejectedMatch) -> Self {
        Self {
            span: rejected.span,
            rule: rejected.rule,
            is_generic: false,
            is_named: rejected.named,
            matched: 0,
            confidence: None,
            candidate: None,
        }
    }
}

/// Keeps the most specific of overlapping candidates and adds the context of the others; drops rejected matches. The result is
/// sorted by position.
///
/// A rejected match of a specific rule also suppresses a generic one: `https://oauth2:glpat-xxxx…@host` contains a placeholder,
/// not a password.
pub(super) fn resolve(candidates: Vec<Candidate>, rejected: Vec<RejectedMatch>) -> Vec<Candidate> {
    let accepted = candidates.into_iter().map(Match::from);
    let rejected = rejected.into_iter().map(Match::from);
    let mut matches: Vec<Match> = accepted.chain(rejected).collect();
    matches.sort_by_key(|found| (found.span.start, Reverse(found.span.end)));
    let mut kept = Vec::new();
    let mut group: Vec<Match> = Vec::new();
    let mut group_end = 0;
    for found in matches {
        if !group.is_empty() && found.span.start >= group_end {
            settle(&mut group, &mut kept);
            group_end = 0;
        }
        group_end = group_end.max(found.span.end);
        group.push(found);
    }
    settle(&mut group, &mut kept);
    kept.sort_by_key(|candidate| candidate.span.start);
    kept
}

/// Empties a group of matches that hang together, best first; each that overlaps none of those
/// before it is kept if it was accepted.
fn settle(group: &mut Vec<Match>, kept: &mut Vec<Candidate>) {
    group.sort_by_key(|found| {
        (
            found.is_generic,
            // Of two generic matches, that of a file format is more precise.
            Reverse(found.is_generic && found.is_named),
            Reverse(found.span.end - found.span.start),
            Reverse(found.confidence),
            // Prefers the pattern that matched more of the surroundings.
            Reverse(if found.is_generic { found.matched } else { 0 }),
            Reverse(found.is_named),
            found.rule,
            found.span.start,
        )
    });
    // The winners overlap none of each other, so the order of their starts is that of their ends.
    let mut winners: BTreeMap<u64, (usize, Match)> = BTreeMap::new();
    for (rank, found) in group.drain(..).enumerate() {
        let span = found.span.clone();
        let best = winners
            .range_mut(..span.end)
            .rev()
            .map(|(_, winner)| winner)
            .take_while(|(_, winner)| winner.span.end > span.start)
            .min_by_key(|(rank, _)| *rank);
        match best {
            Some((_, winner)) => adopt(winner, found),
            None => {
                winners.insert(span.start, (rank, found));
            }
        }
    }
    let winners = winners.into_values();
    kept.extend(winners.filter_map(|(_, winner)| winner.candidate.map(|candidate| *candidate)));
}

/// Adds the loser's context to the winner.
fn adopt(winner: &mut Match, loser: Match) {
    if let (Some(winner), Some(loser)) = (&mut winner.candidate, loser.candidate) {
        let context = &mut winner.context;
        context.key = context.key.take().or(loser.context.key);
        context.host = context.host.take().or(loser.context.host);
        context.user = context.user.take().or(loser.context.user);
        winner.repair = winner.repair.take().or(loser.repair);
    }
}
