//! Items of places, and counts for the notes of a report.

use serde::{Deserialize, Serialize};

use crate::model::{Protection, Visibility, plural};

/// A kind of item that is counted besides findings, for the notes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tally {
    /// Masked variables that contain a credential.
    MaskedVariables,
    /// Variables whose values the API does not return.
    HiddenVariables,
    /// Jobs with expired artifacts.
    ExpiredArtifacts,
    /// Jobs with an erased log.
    ErasedLogs,
    /// Files that are larger than the limit and were not downloaded.
    LargeFiles,
}

impl Tally {
    /// Returns the note about this number of items.
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

/// An item of a place, with its content.
#[derive(Clone, Debug, Default)]
pub struct RemoteItem<'a> {
    /// Its path below the subject, such as `-/jobs/42/log`. Its file name may select a parser.
    pub path: &'a str,
    /// Its page; empty for the page of the subject.
    pub url: String,
    /// True if the page has an anchor `#L1` for each line.
    pub has_line_anchors: bool,
    /// The common beginning of its entries' pages, if it is an archive whose entries the instance
    /// shows.
    pub entry_page: Option<String>,
    /// The visibility of the item, if not that of the subject. Confidential items are private.
    pub visibility: Option<Visibility>,
    /// The protection of the value, if it is a variable.
    pub protection: Option<Protection>,
    /// The time at which it appeared: RFC 3339.
    pub appeared: Option<String>,
}
