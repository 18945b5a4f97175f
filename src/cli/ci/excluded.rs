//! `SECRET_DETECTION_EXCLUDED_PATHS`: paths whose findings are set aside; and what else a job or a file
//! keeps out of the result, by whose choice.

use crate::model::{Exclusion, ExclusionSource, Outcome, SkipReason, Suppressed, SuppressionKind};
use crate::suppress::AllowEntry;

/// An entry of the allowlist for a list of patterns that are separated by commas; `None` if the list is
/// empty. `source` names the list for the reader of a report.
///
/// GitLab's analyzer filters its output with it, by globs, files and folders, in which a folder stands for
/// all below it; the same is said here by patterns of a `.gitignore` file.
pub(super) fn entry(list: &str, source: &str) -> Option<AllowEntry> {
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

/// The justification of findings that a list sets aside.
fn reason(source: &str) -> String {
    format!("excluded by {source}")
}

/// What keeps findings out of a result, to be counted when the scan has ended.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    /// Variables and options with patterns of paths.
    pub(super) lists: Vec<(ExclusionSource, &'static str, String)>,
    /// The variable that chose the commits, and its value.
    pub(super) commits: Option<(&'static str, String)>,
    /// The configuration file and its excluded paths.
    pub(super) configuration: Option<(String, Vec<String>)>,
    /// True if the change that is scanned cannot set the variables and options of its own job.
    pub(super) is_job_trusted: bool,
    /// True if the configuration, the baseline and inline markers are out of its reach.
    pub(super) is_checkout_trusted: bool,
}

impl Exclusions {
    /// What they are, and how much each of them hid.
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
        let of = |is_meant: &dyn Fn(&Suppressed) -> bool| {
            outcome
                .suppressed
                .iter()
                .filter(|item| is_meant(item))
                .count() as u64
        };
        let reasons: Vec<String> = self.lists.iter().map(|(_, name, _)| reason(name)).collect();
        let is_listed = |item: &Suppressed| {
            item.justification
                .as_ref()
                .is_some_and(|reason| reasons.contains(reason))
        };
        let mut all = Vec::new();
        for ((by, name, list), reason) in self.lists.iter().zip(&reasons) {
            all.push(Exclusion {
                findings: of(&|item| item.justification.as_ref() == Some(reason)),
                ..exclusion(*by, name, patterns(list), self.is_job_trusted)
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
            let findings = of(&|item| item.kind == SuppressionKind::Allowlist && !is_listed(item));
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
            let findings = of(&|item| item.kind == kind);
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

/// The patterns of a list.
fn patterns(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What has a meaning in a `.gitignore` file only stands for itself.
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
    fn lists_become_patterns() {
        let entry = entry(" spec, docs/**/*.md,, ./a/b ,!x,#y", "a variable").unwrap();
        assert_eq!(entry.paths, ["spec", "docs/**/*.md", "a/b", "\\!x", "\\#y"]);
        assert_eq!(entry.reason, "excluded by a variable");
        assert!(super::entry(" , ", "a variable").is_none());
    }
}
