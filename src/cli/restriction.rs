//! Settings of the command line or of a configuration file that keep findings out of the result.

use crate::model::{Confidence, RuleId, Severity};

/// A setting that excludes findings of every path from the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restriction {
    /// Its name, as in the configuration file; the name of the option has `--` in front of it.
    pub(super) name: String,
    /// Its values.
    pub(super) values: Vec<String>,
    /// The way in which it hides them.
    pub(super) limit: Limit,
}

/// The way in which a setting excludes findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// They are below the threshold.
    Threshold,
    /// The named rules are disabled.
    Rules,
    /// The rules of all services but the named ones are disabled.
    Services,
    /// Rules or file formats are redefined, which may take credentials from the built-in ones.
    Definitions,
}

impl Restriction {
    /// Returns the restrictions among these settings.
    pub(super) fn of(
        disable: &[RuleId],
        only: &[String],
        rules: Vec<String>,
        min_severity: Option<Severity>,
        min_confidence: Option<Confidence>,
    ) -> Vec<Self> {
        let one = |name: &str, values: Vec<String>, limit| Self {
            name: name.to_owned(),
            values,
            limit,
        };
        let text = |value: Option<String>| value.into_iter().collect();
        let all = [
            one(
                "min-severity",
                text(min_severity.map(|level| level.to_string())),
                Limit::Threshold,
            ),
            one(
                "min-confidence",
                text(min_confidence.map(|level| level.to_string())),
                Limit::Threshold,
            ),
            one(
                "disable",
                disable.iter().map(ToString::to_string).collect(),
                Limit::Rules,
            ),
            one("only", only.to_vec(), Limit::Services),
            one("rules", rules, Limit::Definitions),
        ];
        all.into_iter()
            .filter(|setting| !setting.values.is_empty())
            .collect()
    }
}
