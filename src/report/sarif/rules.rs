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

/// Limit of a rule's name and short description, in characters.
const MAX_NAME: usize = 255;

/// Limit of a rule's help, which GitLab does not read, in characters.
const MAX_HELP: usize = 4_000;

/// Limit of an address, in characters.
const MAX_URI: usize = 2_048;

/// Beyond this number only rules with results are listed, so that a large set of the user's own
/// leaves room for results.
const MAX_RULES: usize = 1_000;

/// The index of each rule in the list.
pub(super) type Index = BTreeMap<RuleId, i64>;

/// The rules, sorted by id, and their places.
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

/// The severity each rule's findings have at worst.
///
/// GitLab reads a finding's severity from its rule, before it looks at the result, and the only
/// thing it reads earlier, `rank`, has changed its meaning between releases. A finding may differ
/// from its rule (an expired job token opens nothing), so the rule states the worst of its
/// findings in this file: exact where they agree, and never too low where they do not. The result
/// carries its own value for other readers.
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
                // GitLab takes the type of a finding from the first, and reads ten at most.
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

/// What the credential is and how to shut it off, for readers that show it beside a result.
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

/// A severity as the score GitLab and GitHub read: one decimal, well inside the band of the word
/// (9.0, 7.0, 4.0 and 1.0 are the edges; older readers left gaps just below them).
pub(super) fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.0",
    }
}

/// A severity as a SARIF level. `none` is for results that are no failure.
pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}
