//! The two scales of a finding: what it opens, and how sure we are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a credential opens if it is live. Ordered: `Info` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Opens nothing (an expired job token), but shows a leak path.
    Info,
    /// Reads something of little value.
    Low,
    /// Reads or forges something bounded.
    Medium,
    /// Reads or writes source, packages or pipelines.
    High,
    /// Takes over an account, a group or an instance.
    Critical,
}

/// How sure we are that a finding is a real credential. Ordered: `Low` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Shaped like one, but damaged, a placeholder or a public example. Not shown by default.
    Low,
    /// Shaped like one, with something unusual about it.
    Medium,
    /// Everything that can be checked without a checksum fits.
    High,
    /// A checksum or signature inside the token verifies.
    Proven,
}

/// A word that is no level of the scale it was read for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is not one of {expected}")]
pub struct UnknownLevel {
    word: String,
    expected: &'static str,
}

impl Severity {
    /// Every level, worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// The lower-case word used in options, rules and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// Every level, surest first.
    pub const ALL: [Self; 4] = [Self::Proven, Self::High, Self::Medium, Self::Low];

    /// The lower-case word used in options, rules and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Proven => "proven",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| UnknownLevel {
                word: word.to_owned(),
                expected: "critical, high, medium, low, info",
            })
    }
}

impl FromStr for Confidence {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| UnknownLevel {
                word: word.to_owned(),
                expected: "proven, high, medium, low",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_levels_agree() {
        for level in Severity::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        for level in Confidence::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        assert!("urgent".parse::<Severity>().is_err());
        assert!(Severity::ALL.is_sorted_by(|a, b| a > b));
        assert!(Confidence::ALL.is_sorted_by(|a, b| a > b));
    }
}
