//! Exclusions: settings of a job or a file that remove findings from the result, and who can have set them.

use crate::cli::args::ScanOptions;
use crate::cli::restriction::{Limit, Restriction};
use crate::model::{
    AllowEntry, Exclusion, ExclusionSource, Outcome, RuleId, SkipReason, Suppressed,
    SuppressionKind,
};

/// Returns the allowlist entry for a comma-separated list of patterns; `None` if the list is empty. `source` names the
/// list in reports.
///
/// GitLab's analyzer filters its output by globs, files and folders, where a folder includes everything in it.
/// Patterns of a `.gitignore` file express the same.
pub(super) fn allow_entry(list: &str, source: &str) -> Option<AllowEntry> {
    let paths: Vec<String> = patterns(list)
        .iter()
        .map(|pattern| as_ignore_pattern(pattern))
        .collect();
    (!paths.is_empty()).then(|| AllowEntry {
        paths,
        reason: reason(source),
        ..AllowEntry::default()
    })
}

/// Returns the justification of findings that a list suppresses.
fn reason(source: &str) -> String {
    format!("excluded by {source}")
}

/// Returns the options that keep findings out of the result.
pub(super) fn options(options: &ScanOptions) -> Vec<Restriction> {
    let all = Restriction::of(
        &options.disable,
        &options.only,
        options
            .rules
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        options.min_severity,
        options.min_confidence,
    );
    all.into_iter()
        .map(|option| Restriction {
            name: format!("--{}", option.name),
            ..option
        })
        .collect()
}

/// Settings that remove findings from the result; their effect is counted at the end of the scan.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    /// Variables and options with patterns of paths.
    pub(super) lists: Vec<(ExclusionSource, &'static str, String)>,
    /// See [`options`].
    pub(super) options: Vec<Restriction>,
    /// The same in the configuration, and in the ruleset of GitLab's analyzer.
    pub(super) configured: Vec<Restriction>,
    /// The variable that selects the commits, and its value.
    pub(super) commits: Option<(&'static str, String)>,
    /// The configuration file and its excluded paths.
    pub(super) configuration: Option<(String, Vec<String>)>,
    /// True if the scanned change cannot set the variables and options of its own job.
    pub(super) is_job_trusted: bool,
    /// True if the scanned change cannot set inline markers.
    pub(super) is_checkout_trusted: bool,
    /// The same for the configuration.
    pub(super) is_configuration_trusted: bool,
    /// The same for the baseline.
    pub(super) is_baseline_trusted: bool,
}

impl Exclusions {
    /// Returns the number of findings that a setting has hidden. Two settings that hide the same ones count them both.
    fn hidden_by(&self, setting: &Restriction, outcome: &Outcome) -> u64 {
        let stats = &outcome.stats;
        let names = |setting: &Restriction, rule: &RuleId| {
            setting.values.iter().any(|value| value == rule.as_str())
        };
        let count = |is_hidden: &dyn Fn(&RuleId) -> bool| {
            let disabled = stats.disabled.iter();
            disabled
                .filter(|(rule, _)| is_hidden(rule))
                .map(|(_, count)| count)
                .sum()
        };
        match setting.limit {
            Limit::Threshold => stats.below_threshold,
            Limit::Definitions => 0,
            Limit::Rules => count(&|rule| names(setting, rule)),
            // The rules of other services are those that no other setting disables by name.
            Limit::Services => {
                let others = self.options.iter().chain(&self.configured);
                count(&|rule| {
                    let mut others = others.clone();
                    !others.any(|other| other.limit == Limit::Rules && names(other, rule))
                })
            }
        }
    }

    /// Returns the exclusions, each with the number of findings that it has hidden.
    pub(super) fn count(&self, outcome: &Outcome) -> Vec<Exclusion> {
        let exclusion = |by, name: &str, patterns, trusted| Exclusion {
            by,
            name: name.to_owned(),
            patterns,
            trusted,
            findings: 0,
            files: 0,
            limits_commits: false,
            limits_rules: false,
        };
        let count = |is_counted: &dyn Fn(&Suppressed) -> bool| {
            let suppressed = outcome.suppressed.iter();
            suppressed.filter(|item| is_counted(item)).count() as u64
        };
        let is_by = |item: &Suppressed, name| item.justification == Some(reason(name));
        let mut all = Vec::new();
        for (by, name, list) in &self.lists {
            all.push(Exclusion {
                findings: count(&|item| is_by(item, name)),
                ..exclusion(*by, name, patterns(list), self.is_job_trusted)
            });
        }
        for (by, restrictions, trusted) in [
            (ExclusionSource::Option, &self.options, self.is_job_trusted),
            (
                ExclusionSource::Configuration,
                &self.configured,
                self.is_configuration_trusted,
            ),
        ] {
            // New definitions hide something only if they are made to.
            let is_listed =
                |setting: &&Restriction| !(trusted && setting.limit == Limit::Definitions);
            for setting in restrictions.iter().filter(is_listed) {
                all.push(Exclusion {
                    findings: self.hidden_by(setting, outcome),
                    limits_rules: setting.limit != Limit::Threshold,
                    ..exclusion(by, &setting.name, setting.values.clone(), trusted)
                });
            }
        }
        if let Some((name, value)) = &self.commits {
            let by = ExclusionSource::Variable;
            all.push(Exclusion {
                limits_commits: true,
                ..exclusion(by, name, vec![value.clone()], self.is_job_trusted)
            });
        }
        let by = ExclusionSource::Configuration;
        if let Some((name, patterns)) = &self.configuration {
            let files = outcome.stats.skipped.get(&SkipReason::Excluded);
            let is_listed =
                |item: &Suppressed| self.lists.iter().any(|(_, name, _)| is_by(item, name));
            let findings =
                count(&|item| item.kind == SuppressionKind::Allowlist && !is_listed(item));
            if findings > 0 || !patterns.is_empty() {
                all.push(Exclusion {
                    findings,
                    files: files.copied().unwrap_or_default(),
                    ..exclusion(by, name, patterns.clone(), self.is_configuration_trusted)
                });
            }
        }
        for (kind, name, trusted) in [
            (
                SuppressionKind::Inline,
                "inline markers",
                self.is_checkout_trusted,
            ),
            (
                SuppressionKind::Baseline,
                "baseline",
                self.is_baseline_trusted,
            ),
        ] {
            let findings = count(&|item| item.kind == kind);
            if findings > 0 {
                all.push(Exclusion {
                    findings,
                    ..exclusion(by, name, Vec::new(), trusted)
                });
            }
        }
        all
    }
}

/// Splits a comma-separated list of patterns.
fn patterns(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Escapes characters that have a meaning in a `.gitignore` file only.
fn as_ignore_pattern(pattern: &str) -> String {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    if pattern.starts_with(['!', '#']) {
        format!("\\{pattern}")
    } else {
        pattern.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translates_lists_to_patterns() {
        let entry = allow_entry(" spec, docs/**/*.md,, ./a/b ,!x,#y", "a variable").unwrap();
        assert_eq!(entry.paths, ["spec", "docs/**/*.md", "a/b", "\\!x", "\\#y"]);
        assert_eq!(entry.reason, "excluded by a variable");
        assert!(allow_entry(" , ", "a variable").is_none());
    }
}
