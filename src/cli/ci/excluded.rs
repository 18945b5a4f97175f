//! Exclusions: settings of a job or a file that remove findings from the result, and who can have set them.

use crate::cli::args::ScanOptions;
use crate::model::{
    AllowEntry, Exclusion, ExclusionSource, Outcome, SkipReason, Suppressed, SuppressionKind,
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

/// Returns the options that keep findings out of the result: their names and values, and whether the hidden findings are
/// counted as below the threshold.
pub(super) fn options(options: &ScanOptions) -> Vec<(&'static str, Vec<String>, bool)> {
    let text = |value: Option<String>| value.into_iter().collect();
    let all: [(&str, Vec<String>, bool); 3] = [
        (
            "--min-severity",
            text(options.min_severity.map(|level| level.to_string())),
            true,
        ),
        (
            "--min-confidence",
            text(options.min_confidence.map(|level| level.to_string())),
            true,
        ),
        (
            "--disable",
            options.disable.iter().map(ToString::to_string).collect(),
            false,
        ),
    ];
    let set = all.into_iter().filter(|(_, values, _)| !values.is_empty());
    set.collect()
}

/// Settings that remove findings from the result; their effect is counted at the end of the scan.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    /// Variables and options with patterns of paths.
    pub(super) lists: Vec<(ExclusionSource, &'static str, String)>,
    /// See [`options`].
    pub(super) options: Vec<(&'static str, Vec<String>, bool)>,
    /// The variable that selects the commits, and its value.
    pub(super) commits: Option<(&'static str, String)>,
    /// The configuration file and its excluded paths.
    pub(super) configuration: Option<(String, Vec<String>)>,
    /// True if the scanned change cannot set the variables and options of its own job.
    pub(super) is_job_trusted: bool,
    /// True if the scanned change cannot set the configuration, the baseline and inline markers.
    pub(super) is_checkout_trusted: bool,
}

impl Exclusions {
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
        for (name, values, is_threshold) in &self.options {
            let by = ExclusionSource::Option;
            let below = outcome.stats.below_threshold;
            all.push(Exclusion {
                findings: if *is_threshold { below } else { 0 },
                ..exclusion(by, name, values.clone(), self.is_job_trusted)
            });
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
                    ..exclusion(by, name, patterns.clone(), self.is_checkout_trusted)
                });
            }
        }
        for (kind, name) in [
            (SuppressionKind::Inline, "inline markers"),
            (SuppressionKind::Baseline, "baseline"),
        ] {
            let findings = count(&|item| item.kind == kind);
            if findings > 0 {
                all.push(Exclusion {
                    findings,
                    ..exclusion(by, name, Vec::new(), self.is_checkout_trusted)
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
