//! One secret, one finding: settles which candidate speaks where several overlap.

use super::candidate::{Candidate, Verdict};

/// Keeps, of candidates that overlap, the one that knows most; gives it what the others know of its
/// place; drops what was rejected. The result is sorted by place.
///
/// A rejected candidate of a rule that knows the credential also silences a rule that only knows
/// the place: `https://oauth2:glpat-xxxx…@host` is a placeholder, not a password.
pub(super) fn resolve(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| {
        a.span
            .start
            .cmp(&b.span.start)
            .then(b.span.end.cmp(&a.span.end))
    });
    let mut kept = Vec::with_capacity(candidates.len());
    let mut group: Vec<Candidate> = Vec::new();
    let mut group_end = 0;
    for candidate in candidates {
        if !group.is_empty() && candidate.span.start >= group_end {
            settle(&mut group, &mut kept);
            group_end = 0;
        }
        group_end = group_end.max(candidate.span.end);
        group.push(candidate);
    }
    settle(&mut group, &mut kept);
    kept.retain(|candidate| candidate.verdict != Verdict::Reject);
    kept.sort_by_key(|candidate| candidate.span.start);
    kept
}

/// Empties a group of candidates that hang together, best first; each that overlaps none kept so
/// far is kept.
fn settle(group: &mut Vec<Candidate>, kept: &mut Vec<Candidate>) {
    group.sort_by(|a, b| {
        (a.generic.cmp(&b.generic))
            // Of two that know only the place, the grammar knows it better.
            .then_with(|| (b.generic && b.named).cmp(&(a.generic && a.named)))
            .then_with(|| (b.span.end - b.span.start).cmp(&(a.span.end - a.span.start)))
            .then_with(|| b.verdict.confidence().cmp(&a.verdict.confidence()))
            .then_with(|| b.named.cmp(&a.named))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.span.start.cmp(&b.span.start))
    });
    let first = kept.len();
    for candidate in group.drain(..) {
        let winner = kept[first..].iter_mut().find(|winner| {
            winner.span.start < candidate.span.end && candidate.span.start < winner.span.end
        });
        match winner {
            Some(winner) => adopt(winner, candidate),
            None => kept.push(candidate),
        }
    }
}

/// Gives the winner what the loser knows of the place.
fn adopt(winner: &mut Candidate, loser: Candidate) {
    let context = &mut winner.context;
    context.key = context.key.take().or(loser.context.key);
    context.host = context.host.take().or(loser.context.host);
    context.user = context.user.take().or(loser.context.user);
    winner.repair = winner.repair.take().or(loser.repair);
}
