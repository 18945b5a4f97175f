//! From a hit to an assessed match: the pattern, its surroundings, and the validator.

use std::ops::Range;
use std::sync::Arc;

use super::boundary;
use super::candidate::Verdict;
use super::documents::KeyedCredential;
use super::prefilter::{KeywordHit, Prefilter};
use super::step_budget::StepBudget;
use super::validator::{self, MatchContext, Validator};
use crate::model::{Confidence, Context, Remediation};
use crate::rule::{Check, PatternMatch, Rule, RuleSet};
use crate::token::routable;

/// Steps for trying a pattern, besides those for the bytes that it matches.
const STEPS_OF_PATTERN: usize = 2000;

/// Steps for assessing a match.
const STEPS_OF_ASSESSMENT: usize = 8000;

/// Steps for each byte of a secret that is assessed: the model of placeholders tries all of its habits.
const STEPS_OF_SECRET_BYTE: usize = 128;

/// Returns the steps for assessing a secret of `length` bytes.
fn steps_of_assessment(length: usize) -> usize {
    STEPS_OF_ASSESSMENT + length * STEPS_OF_SECRET_BYTE
}

/// A match with the verdict on it, in the offsets of a window.
pub(super) struct AssessedMatch {
    pub(super) rule: usize,
    pub(super) named: bool,
    pub(super) secret: Vec<u8>,
    pub(super) span: Range<usize>,
    pub(super) shown: usize,
    pub(super) verdict: Verdict,
    pub(super) context: Context,
    pub(super) repair: Option<Remediation>,
    /// Length of the whole match in bytes, including the context of the secret.
    pub(super) matched: usize,
    pub(super) encoding: Vec<String>,
}

/// The rules with the search for their keywords and the validator of their matches.
#[derive(Debug)]
pub(super) struct RuleMatcher {
    pub(super) rules: Arc<RuleSet>,
    pub(super) prefilter: Prefilter,
    pub(super) validator: Validator,
}

impl RuleMatcher {
    /// Returns the rule of that index.
    pub(super) fn rule(&self, index: usize) -> &Rule {
        self.rules.at(index)
    }

    /// True if a match of the rule may begin before the keyword.
    pub(super) fn may_begin_before(&self, keyword: usize) -> bool {
        let mut rules = self.prefilter.rules_of(keyword).map(|rule| self.rule(rule));
        rules.any(|rule| {
            !rule.matchers.begin_with_keyword() || rule.checks.contains(&Check::AnyPrefix)
        })
    }

    /// Returns the match at a hit, if the rule's pattern and boundaries fit.
    pub(super) fn assess_hit(
        &self,
        bytes: &[u8],
        hit: KeywordHit,
        steps: &StepBudget,
    ) -> Option<AssessedMatch> {
        let emphasis = boundary::emphasis(bytes, hit.start).filter(|word| word.end >= hit.end);
        emphasis
            .and_then(|word| self.assess_within(&bytes[..word.end], hit, word.marks, steps))
            .or_else(|| self.assess_within(bytes, hit, 0, steps))
    }

    /// See [`RuleMatcher::assess_hit`], behind `marks` of emphasis.
    fn assess_within(
        &self,
        bytes: &[u8],
        hit: KeywordHit,
        marks: usize,
        steps: &StepBudget,
    ) -> Option<AssessedMatch> {
        let rule = self.rule(hit.rule);
        let may_prove = [Check::Routable, Check::Checksum]
            .iter()
            .any(|check| rule.checks.contains(check));
        let before = bytes[..hit.start].last();
        let may_touch = may_prove && before.is_some_and(u8::is_ascii_alphanumeric);
        // Before the pattern, where the pattern cannot begin elsewhere: this is the cheaper test.
        if rule.matchers.begin_with_keyword()
            && !may_touch
            && !boundary::may_have_length(bytes, hit.start)
        {
            boundary::left(rule, bytes, hit.start, marks)?;
        }
        let mut read = 0;
        let keyword = hit.start..hit.end;
        let matches = rule.matchers.find(bytes, hit.keyword, keyword, &mut read);
        steps.spend(STEPS_OF_PATTERN + read);
        matches
            .into_iter()
            .find_map(|matched| self.assess_match(bytes, hit, &matched, marks, steps))
    }

    /// Checks the surroundings of a candidate and assesses it.
    fn assess_match(
        &self,
        bytes: &[u8],
        hit: KeywordHit,
        matched: &PatternMatch,
        marks: usize,
        steps: &StepBudget,
    ) -> Option<AssessedMatch> {
        let rule = self.rule(hit.rule);
        let may_prove = rule.checks.contains(&Check::Routable);
        steps.spend(matched.whole.len());
        if rule.checks.contains(&Check::AnyPrefix) {
            return recover(hit.rule, bytes, matched.whole.end);
        }
        // The end of a comment may look like more of it.
        let end = matched.whole.end;
        if hit.end <= end && bytes[end..].starts_with(b">") && bytes[hit.end..end].ends_with(b"--")
        {
            return self.assess_within(&bytes[..end - 2], hit, marks, steps);
        }
        let left = boundary::after_length(bytes, &matched.whole)
            .or_else(|| boundary::left(rule, bytes, matched.whole.start, marks));
        let fits = left.is_some() && boundary::right(rule.right, bytes, end);
        // A valid checksum fixes the token's boundaries, also between other letters.
        let may_prove = may_prove && routable::shape(&bytes[matched.body.clone()], 0).is_some()
            || rule.checks.contains(&Check::Checksum);
        if !fits && !may_prove
            || rule.generic && validator::is_digest(bytes, matched.secret.clone())
        {
            return None;
        }
        let start = left.map_or(matched.whole.start, |left| left.start);
        steps.spend(steps_of_assessment(matched.secret.len()));
        let place = if matched.name.is_some() {
            MatchContext::Named
        } else {
            MatchContext::Text
        };
        let mut seen = self.assess(hit.rule, bytes, matched, start, place);
        if !fits && seen.verdict.confidence() != Some(Confidence::Proven) {
            return None;
        }
        if left.is_some_and(|left| left.is_doubtful && seen.span.start == left.start) {
            seen.verdict.doubt();
        }
        (seen.verdict != Verdict::Foreign).then_some(seen)
    }

    /// Judges a match. An instance prefix, from `start` to the match, becomes part of the secret
    /// where it is one.
    pub(super) fn assess(
        &self,
        index: usize,
        bytes: &[u8],
        matched: &PatternMatch,
        start: usize,
        place: MatchContext,
    ) -> AssessedMatch {
        let rule = self.rule(index);
        let mut secret = matched.secret.clone();
        if start < matched.whole.start && secret.start == matched.whole.start {
            secret.start = start;
        }
        let text = |range: &Option<Range<usize>>| {
            range
                .clone()
                .map(|range| String::from_utf8_lossy(&bytes[range]).into_owned())
        };
        let context = Context {
            key: None,
            user: text(&matched.user),
            host: text(&matched.host),
        };
        let (secret, verdict) =
            self.validator
                .assess(rule, bytes, secret, matched.body.clone(), &context, place);
        let shown = if rule.guessable {
            0
        } else {
            matched.body.start.saturating_sub(secret.start)
        };
        AssessedMatch {
            rule: index,
            named: false,
            secret: bytes[secret.clone()].to_vec(),
            span: secret,
            shown,
            verdict,
            context,
            repair: None,
            matched: match &matched.name {
                Some(name) => matched.whole.end.max(name.end) - matched.whole.start.min(name.start),
                None => matched.whole.len(),
            },
            encoding: Vec::new(),
        }
    }
    /// Returns the match that a value is which its location calls a credential.
    pub(super) fn assess_value(
        &self,
        value: KeyedCredential,
        steps: &StepBudget,
    ) -> Option<AssessedMatch> {
        Some(AssessedMatch {
            named: true,
            span: value.span.clone(),
            context: value.context.clone(),
            repair: value.repair.clone(),
            encoding: value.encoding.clone(),
            ..self.classify(&value, steps)?
        })
    }

    /// Assesses a value that its location calls a credential, by the rule whose pattern matches the whole value, or else by
    /// the rule of the location.
    fn classify(&self, value: &KeyedCredential, steps: &StepBudget) -> Option<AssessedMatch> {
        let bytes = &value.secret[..];
        steps.spend(steps_of_assessment(bytes.len()));
        let mut best: Option<AssessedMatch> = None;
        self.prefilter.hits(bytes, |hit| {
            let seen = self
                .assess_hit(bytes, hit, steps)
                .filter(|seen| seen.span == (0..bytes.len()));
            best = best.take().or(seen.filter(|seen| {
                !self.rule(seen.rule).generic
                    || seen.verdict.confidence() == Some(Confidence::Proven)
            }));
        });
        best.or_else(|| {
            let index = self
                .rules
                .iter()
                .position(|rule| rule.id.as_str() == value.rule_id())?;
            let all = 0..bytes.len();
            let matched = PatternMatch {
                whole: all.clone(),
                secret: all.clone(),
                body: all,
                user: None,
                host: None,
                name: None,
            };
            let place = if value.by_name {
                MatchContext::Named
            } else {
                MatchContext::Document
            };
            Some(self.assess(index, bytes, &matched, 0, place))
        })
    }
}

/// The routable token that ends at `end`, with the prefix that makes its checksum verify.
fn recover(rule: usize, bytes: &[u8], end: usize) -> Option<AssessedMatch> {
    let found = routable::recover_prefix(bytes, end)?;
    Some(AssessedMatch {
        rule,
        named: false,
        shown: found.routable.payload.start,
        span: found.span.clone(),
        verdict: validator::proven(&found.token, found.routable.owner),
        secret: found.token,
        context: Context::default(),
        repair: None,
        matched: found.span.len(),
        encoding: if found.percent_encoded {
            vec!["percent".to_owned()]
        } else {
            Vec::new()
        },
    })
}
