//! Settings of the command line or of a configuration file that keep findings out of the result.

use crate::model::{Confidence, RuleId, Severity};

/// A setting that excludes findings of every path from the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restriction {
    /// Its name, as in the configuration file; the name of the option has `--` in front of it.
    pub(super) name: String,
    /// Its values.
    pub(super) values: Vec<String>,
    /// True if the hidden findings are counted as below the threshold; false if rules do not run.
    pub(super) is_threshold: bool,
}

impl Restriction {
    /// Returns the restrictions among these settings.
    pub(super) fn of(
        disable: &[RuleId],
        only: &[String],
        min_severity: Option<Severity>,
        min_confidence: Option<Confidence>,
    ) -> Vec<Self> {
        let one = |name: &str, values: Vec<String>, is_threshold| Self {
            name: name.to_owned(),
            values,
            is_threshold,
        };
        let text = |value: Option<String>| value.into_iter().collect();
        let all = [
            one(
                "min-severity",
                text(min_severity.map(|level| level.to_string())),
                true,
            ),
            one(
                "min-confidence",
                text(min_confidence.map(|level| level.to_string())),
                true,
            ),
            one(
                "disable",
                disable.iter().map(ToString::to_string).collect(),
                false,
            ),
            one("only", only.to_vec(), false),
        ];
        all.into_iter()
            .filter(|setting| !setting.values.is_empty())
            .collect()
    }
}
