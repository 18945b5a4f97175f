//! The rules of a SARIF report.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ResultLevel,
};

use super::{MAX_TEXT, multiformat};
use crate::model::{RuleId, Severity};
use crate::report::rule_info::CWE;
use crate::report::{RuleInfo, View, wording};

/// Maximum length of a rule's name and short description in characters.
const MAX_NAME: usize = 255;

/// Maximum length of a rule's help in characters; GitLab does not read it.
const MAX_HELP: usize = 4_000;

/// Maximum length of an address in characters.
const MAX_URI: usize = 2_048;

/// Number of rules beyond which only those with results are listed, so that many custom rules leave
/// room for results.
const MAX_RULES: usize = 1_000;

/// The index of each rule in the list.
pub(super) type Index = BTreeMap<RuleId, i64>;

/// Returns the rules, sorted by id, and their indexes.
pub(super) fn rules(view: &View<'_>) -> (Vec<ReportingDescriptor>, Index) {
    let worst = worst(view);
    let aside: BTreeSet<&RuleId> = view
        .outcome
        .suppressed
        .iter()
        .map(|suppressed| &suppressed.finding.rule_id)
        .collect();
    let all = view.rules.len() <= MAX_RULES;
    let mut index = Index::new();
    let rules = view
        .rules
        .values()
        .filter(|rule| all || worst.contains_key(&rule.id) || aside.contains(&rule.id))
        .enumerate()
        .map(|(i, rule)| {
            index.insert(rule.id.clone(), i64::try_from(i).unwrap_or(i64::MAX));
            let severity = worst.get(&rule.id).copied().unwrap_or(rule.severity);
            descriptor(rule, severity)
        })
        .collect();
    (rules, index)
}

/// Returns the highest severity of each rule's findings.
///
/// GitLab reads a finding's severity from its rule, before the result, and the only field that it
/// reads earlier, `rank`, has changed its meaning between releases. A finding may have another
/// severity than its rule (an expired job token gives no access), so the rule has the highest of
/// its findings in this file: exact if they agree, and never too low if they do not. The result
/// contains its own value for other readers.
fn worst<'v>(view: &'v View<'_>) -> BTreeMap<&'v RuleId, Severity> {
    let mut worst = BTreeMap::new();
    for finding in &view.outcome.findings {
        let severity = worst.entry(&finding.rule_id).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    worst
}

fn descriptor(rule: &RuleInfo, severity: Severity) -> ReportingDescriptor {
    let mut descriptor = ReportingDescriptor::builder()
        .id(rule.id.as_str())
        // GitLab shows it as the name of the identifier.
        .name(wording::truncate(&rule.title, MAX_NAME))
        .short_description(multiformat(wording::truncate(
            &wording::sentence(&rule.title),
            MAX_NAME,
        )))
        .full_description(multiformat(wording::truncate(
            &wording::sentence(&rule.description),
            MAX_TEXT,
        )))
        .help(help(rule))
        .default_configuration(
            ReportingConfiguration::builder()
                .level(level(severity).to_string())
                .build(),
        )
        .properties(
            PropertyBag::builder()
                // GitLab derives the type of a finding from the first, and reads at most ten.
                .tags(vec![
                    CWE.to_owned(),
                    "security".to_owned(),
                    "secret".to_owned(),
                ])
                .additional_properties(BTreeMap::from([(
                    "security-severity".to_owned(),
                    Value::from(score(severity)),
                )]))
                .build(),
        )
        .build();
    let uri = rule.help_url();
    if uri.chars().count() <= MAX_URI {
        descriptor.help_uri = Some(uri.to_owned());
    }
    descriptor
}

/// Returns a description of the credential and its remediations, for tools that show it beside a
/// result.
fn help(rule: &RuleInfo) -> MultiformatMessageString {
    let mut markdown = rule.description.trim().to_owned();
    for remedy in &rule.remediations {
        markdown.push_str(&format!("\n\n- {}", wording::action(remedy)));
        for line in remedy.command.iter().flat_map(|command| command.lines()) {
            markdown.push_str(&format!("\n\n      {line}"));
        }
        if let Some(caution) = &remedy.caution {
            markdown.push_str(&format!("\n\n  {}", wording::sentence(caution)));
        }
    }
    let markdown = wording::truncate(&markdown, MAX_HELP);
    MultiformatMessageString::builder()
        .text(markdown.clone())
        .markdown(markdown)
        .build()
}

/// Returns a severity as the score that GitLab and GitHub read: one decimal, well inside the range
/// of the word (its limits are 9.0, 7.0, 4.0 and 1.0; older parsers left gaps just below them).
pub(super) fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.0",
    }
}

/// Returns a severity as a SARIF level. `none` is for results that are not failures.
pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}
