//! What places hand out and count.

use serde::{Deserialize, Serialize};

use crate::model::{Protection, Visibility, plural};

/// What is counted besides findings, for the notes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tally {
    /// Masked variables that contain a credential.
    MaskedVariables,
    /// Variables whose values the API does not return.
    HiddenVariables,
    /// Jobs whose artifacts have expired.
    ExpiredArtifacts,
    /// Jobs whose log was erased.
    ErasedLogs,
    /// Files that are larger than the bound and were not asked for.
    LargeFiles,
}

impl Tally {
    /// The note about this many.
    pub(super) fn describe(self, count: u64) -> String {
        match self {
            Self::MaskedVariables => format!(
                "{} a credential and {} masked in job logs; not reported",
                plural(count, "CI/CD variable contains", "CI/CD variables contain"),
                if count == 1 { "is" } else { "are" },
            ),
            Self::HiddenVariables => format!(
                "{} hidden: the API does not return the value",
                plural(count, "CI/CD variable is", "CI/CD variables are"),
            ),
            Self::ExpiredArtifacts => format!(
                "{} expired artifacts, which no longer exist",
                plural(count, "job has", "jobs have"),
            ),
            Self::ErasedLogs => format!(
                "{} no log: it was erased, or the job did not run",
                plural(count, "job has", "jobs have"),
            ),
            Self::LargeFiles => format!(
                "{} not read, because of the size (--max-file-size)",
                plural(count, "file was", "files were"),
            ),
        }
    }
}

/// One content of a place.
#[derive(Clone, Debug, Default)]
pub struct RemoteItem<'a> {
    /// Its path below the subject, such as `-/jobs/42/log`. Its file name may select a parser.
    pub path: &'a str,
    /// Its page; empty for the page of the subject.
    pub url: String,
    /// True if the page has an anchor `#L1` for each line.
    pub has_line_anchors: bool,
    /// What its entries' pages begin with, if it is an archive of which the instance shows entries.
    pub entry_page: Option<String>,
    /// Who can see it, if not everyone who sees the subject. Confidential items are private.
    pub visibility: Option<Visibility>,
    /// How its value is protected, if it is a variable.
    pub protection: Option<Protection>,
    /// When it appeared: RFC 3339.
    pub appeared: Option<String>,
}
