//! One secret, one finding: settles which candidate is reported where several overlap.

use std::cmp::Ordering;
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

/// A match with a verdict.
enum Match {
    Accepted(Box<Candidate>),
    Rejected(RejectedMatch),
}

impl Match {
    fn span(&self) -> &Range<u64> {
        match self {
            Self::Accepted(candidate) => &candidate.span,
            Self::Rejected(rejected) => &rejected.span,
        }
    }

    fn rule(&self) -> usize {
        match self {
            Self::Accepted(candidate) => candidate.rule,
            Self::Rejected(rejected) => rejected.rule,
        }
    }

    /// True if its rule is generic. Such a rule rejects nothing.
    fn is_generic(&self) -> bool {
        matches!(self, Self::Accepted(candidate) if candidate.generic)
    }

    fn is_named(&self) -> bool {
        match self {
            Self::Accepted(candidate) => candidate.named,
            Self::Rejected(rejected) => rejected.named,
        }
    }

    fn matched(&self) -> usize {
        match self {
            Self::Accepted(candidate) => candidate.matched,
            Self::Rejected(_) => 0,
        }
    }

    fn confidence(&self) -> Option<Confidence> {
        match self {
            Self::Accepted(candidate) => candidate.verdict.confidence(),
            Self::Rejected(_) => None,
        }
    }
}

/// Keeps the most specific of overlapping candidates and adds the context of the others; drops rejected matches. The result is
/// sorted by position.
///
/// A rejected match of a specific rule also suppresses a generic one: `https://oauth2:glpat-xxxx…@host` contains a placeholder,
/// not a password.
pub(super) fn resolve(candidates: Vec<Candidate>, rejected: Vec<RejectedMatch>) -> Vec<Candidate> {
    let accepted = candidates
        .into_iter()
        .map(|candidate| Match::Accepted(Box::new(candidate)));
    let mut matches: Vec<Match> = accepted
        .chain(rejected.into_iter().map(Match::Rejected))
        .collect();
    matches.sort_by(|a, b| {
        let (a, b) = (a.span(), b.span());
        a.start.cmp(&b.start).then(b.end.cmp(&a.end))
    });
    let mut kept = Vec::new();
    let mut group: Vec<Match> = Vec::new();
    let mut group_end = 0;
    for found in matches {
        if !group.is_empty() && found.span().start >= group_end {
            settle(&mut group, &mut kept);
            group_end = 0;
        }
        group_end = group_end.max(found.span().end);
        group.push(found);
    }
    settle(&mut group, &mut kept);
    kept.sort_by_key(|candidate| candidate.span.start);
    kept
}

/// Empties a group of matches that hang together, best first; each that overlaps none of those
/// before it is kept if it was accepted.
fn settle(group: &mut Vec<Match>, kept: &mut Vec<Candidate>) {
    group.sort_by(|a, b| {
        let length = |found: &Match| found.span().end - found.span().start;
        (a.is_generic().cmp(&b.is_generic()))
            // Of two generic matches, that of a file format is more precise.
            .then_with(|| (b.is_generic() && b.is_named()).cmp(&(a.is_generic() && a.is_named())))
            .then_with(|| length(b).cmp(&length(a)))
            .then_with(|| b.confidence().cmp(&a.confidence()))
            // Prefers the pattern that matched more of the surroundings.
            .then_with(|| {
                let are_generic = a.is_generic() && b.is_generic();
                if are_generic {
                    b.matched().cmp(&a.matched())
                } else {
                    Ordering::Equal
                }
            })
            .then_with(|| b.is_named().cmp(&a.is_named()))
            .then_with(|| a.rule().cmp(&b.rule()))
            .then_with(|| a.span().start.cmp(&b.span().start))
    });
    // The winners overlap none of each other, so the order of their starts is that of their ends.
    let mut winners: BTreeMap<u64, (usize, Match)> = BTreeMap::new();
    for (rank, found) in group.drain(..).enumerate() {
        let span = found.span().clone();
        let best = winners
            .range_mut(..span.end)
            .rev()
            .map(|(_, winner)| winner)
            .take_while(|(_, winner)| winner.span().end > span.start)
            .min_by_key(|(rank, _)| *rank);
        match best {
            Some((_, winner)) => adopt(winner, found),
            None => {
                winners.insert(span.start, (rank, found));
            }
        }
    }
    kept.extend(
        winners
            .into_values()
            .filter_map(|(_, winner)| match winner {
                Match::Accepted(candidate) => Some(*candidate),
                Match::Rejected(_) => None,
            }),
    );
}

/// Adds the loser's context to the winner.
fn adopt(winner: &mut Match, loser: Match) {
    if let (Match::Accepted(winner), Match::Accepted(loser)) = (winner, loser) {
        let context = &mut winner.context;
        context.key = context.key.take().or(loser.context.key);
        context.host = context.host.take().or(loser.context.host);
        context.user = context.user.take().or(loser.context.user);
        winner.repair = winner.repair.take().or(loser.repair);
    }
}
