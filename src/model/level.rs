//! Severity and confidence of a finding.

use std::fmt;
use std::str::FromStr;

use super::words::words;

words! {
    /// The access that a live credential gives. `Info` is the lowest level.
    pub enum Severity {
        /// Gives no access (an expired job token), but shows a leak path.
        Info = "info",
        /// Reads something of little value.
        Low = "low",
        /// Reads or forges something bounded.
        Medium = "medium",
        /// Reads or writes source, packages or pipelines.
        High = "high",
        /// Takes over an account, a group or an instance.
        Critical = "critical",
    }
}

words! {
    /// The certainty that a finding is a real credential. `Low` is the lowest level.
    pub enum Confidence {
        /// Has the form of a credential, but is damaged, a placeholder or a public example. Not
        /// shown by default.
        Low = "low",
        /// Has the form of a credential, with an unusual property.
        Medium = "medium",
        /// Passes every check except for a checksum.
        High = "high",
        /// A checksum or signature inside the token is valid.
        Proven = "proven",
    }
}

/// A word that is not a level of the scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is not one of {expected}")]
pub struct UnknownLevel {
    word: String,
    expected: String,
}

impl Severity {
    /// All levels, highest first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];
}

impl Confidence {
    /// All levels, highest first.
    pub const ALL: [Self; 4] = [Self::Proven, Self::High, Self::Medium, Self::Low];
}

/// Parses a level.
fn parse<L: Copy + fmt::Display>(word: &str, all: &[L]) -> Result<L, UnknownLevel> {
    let level = all.iter().copied().find(|level| level.to_string() == word);
    level.ok_or_else(|| UnknownLevel {
        word: word.to_owned(),
        expected: all.iter().map(L::to_string).collect::<Vec<_>>().join(", "),
    })
}

impl FromStr for Severity {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        parse(word, &Self::ALL)
    }
}

impl FromStr for Confidence {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        parse(word, &Self::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_words_of_all_levels() {
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
