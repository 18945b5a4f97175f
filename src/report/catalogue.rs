//! The rules of a report, looked up by id.

use std::collections::BTreeMap;

use super::{RuleInfo, scrub};
use crate::model::{Finding, Outcome, RuleId};

/// The rules that ran, sorted by id, and with them every rule that a finding names: a result
/// whose rule is missing would be refused by GitLab.
#[derive(Debug)]
pub(super) struct Catalogue {
    rules: BTreeMap<RuleId, RuleInfo>,
}

impl Catalogue {
    /// Joins the rules that ran with what the findings of a clean outcome say of theirs.
    pub(super) fn new(rules: &[RuleInfo], outcome: &Outcome) -> Self {
        let mut known: BTreeMap<RuleId, RuleInfo> = rules
            .iter()
            .map(|rule| (rule.id.clone(), scrub::rule(rule)))
            .collect();
        let set_aside = outcome.suppressed.iter().map(|s| &s.finding);
        for finding in outcome.findings.iter().chain(set_aside) {
            if !known.contains_key(&finding.rule_id) {
                known.insert(finding.rule_id.clone(), from_finding(finding));
            }
        }
        Self { rules: known }
    }

    /// All rules, sorted by id.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &RuleInfo> {
        self.rules.values()
    }

    /// The rule of that id. Every rule that a finding of the outcome names is known.
    pub(super) fn get(&self, id: &RuleId) -> Option<&RuleInfo> {
        self.rules.get(id)
    }
}

fn from_finding(finding: &Finding) -> RuleInfo {
    RuleInfo {
        id: finding.rule_id.clone(),
        title: finding.title.clone(),
        description: finding.title.to_string(),
        severity: finding.severity,
        references: Vec::new(),
        remediations: finding.remediations.clone(),
        gitlab_rule_ids: Vec::new(),
    }
}
