//! The configuration file as plain data.

use serde::Deserialize;

use crate::model::{AllowEntry, Confidence, RuleId, Severity, TextError};

/// The name of the file, in the folder that the program starts in or at the top of its repository.
pub const FILE_NAME: &str = ".tokensweep.toml";

/// The configuration file. Options override it; it overrides the defaults. Unknown keys are errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Ids of rules to disable.
    pub disable: Vec<RuleId>,
    /// Ids of rules to enable that are off by default.
    pub enable: Vec<RuleId>,
    /// Services to which the rules are limited.
    pub only: Vec<String>,
    /// Rule files or folders of them to add, relative to the configuration file.
    pub rules: Vec<String>,
    /// Prefixes of the instance for personal access tokens, besides `glpat-`.
    pub token_prefixes: Vec<String>,
    /// Minimum confidence of listed findings; the others are only counted.
    pub min_confidence: Option<Confidence>,
    /// Minimum severity of listed findings; the others are only counted.
    pub min_severity: Option<Severity>,
    /// A baseline, relative to the configuration file.
    pub baseline: Option<String>,
    /// Paths that are not scanned, as patterns of a `.gitignore` file.
    pub exclude: Vec<String>,
    /// The key under which fingerprints of guessable secrets are computed. Everyone who shares a
    /// baseline needs the same.
    pub fingerprint_key: Option<String>,
    /// Findings that are not leaks.
    pub allow: Vec<AllowEntry>,
}

impl Config {
    /// Maximum size of the file in bytes. A byte takes up to 70 when it is read.
    pub const MAX_FILE: u64 = 1 << 20;

    /// Reads the file's text.
    ///
    /// # Errors
    /// With line and column, if the text is not a valid configuration. The error quotes nothing of
    /// the text.
    pub fn from_toml(text: &str) -> Result<Self, TextError> {
        toml::from_str(text).map_err(|error| TextError::from_toml(text, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_unknown_keys() {
        let error = Config::from_toml("disabled = []\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("disabled") && error.contains("line 1"),
            "{error}"
        );
        let error = Config::from_toml("[[allow]]\npaths = ['x']\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("reason"), "{error}");
    }

    #[test]
    fn reads_every_key() {
        let config = Config::from_toml(
            "disable = ['a-rule']\nenable = ['b-rule']\nonly = ['gitlab']\nrules = ['r.toml']\ntoken-prefixes = ['corp-']\nmin-confidence = 'high'\n\
             min-severity = 'low'\nbaseline = 'b.json'\nexclude = ['/vendor/']\n\
             fingerprint-key = 'ours'\n\
             [[allow]]\npaths = ['tests/']\nrules = ['a-rule']\nreason = 'test data'\n",
        )
        .unwrap();
        assert_eq!((config.disable.len(), config.enable.len()), (1, 1));
        assert_eq!(config.only, ["gitlab"]);
        assert_eq!(config.min_confidence, Some(Confidence::High));
        assert_eq!(config.allow[0].reason, "test data");
    }
}
