//! The two scales of a finding: what it opens, and how sure we are.

use std::fmt;
use std::str::FromStr;

use super::words::words;

words! {
    /// What a credential opens if it is live. Ordered: `Info` is the least.
    pub enum Severity {
        /// Opens nothing (an expired job token), but shows a leak path.
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
    /// How sure we are that a finding is a real credential. Ordered: `Low` is the least.
    pub enum Confidence {
        /// Shaped like one, but damaged, a placeholder or a public example. Not shown by default.
        Low = "low",
        /// Shaped like one, with something unusual about it.
        Medium = "medium",
        /// Everything that can be checked without a checksum fits.
        High = "high",
        /// A checksum or signature inside the token verifies.
        Proven = "proven",
    }
}

/// A word that is no level of the scale it was read for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is not one of {expected}")]
pub struct UnknownLevel {
    word: String,
    expected: String,
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
}

impl Confidence {
    /// Every level, surest first.
    pub const ALL: [Self; 4] = [Self::Proven, Self::High, Self::Medium, Self::Low];
}

/// Returns the level with this word.
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
