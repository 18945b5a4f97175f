//! Places: the trait that reads one, and its properties.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use super::{Part, Subject, Survey};
use crate::gitlab::{FetchError, RequestError};
use crate::model::PlaceKind;

/// Reads a kind of place.
pub trait Place: Sync {
    /// Reads the next part of the place of one subject: starts at the part's cursor, passes content to
    /// [`Part::emit`], and sets the cursor.
    ///
    /// # Errors
    /// If the place as a whole cannot be read. Unreadable items are recorded with [`Part::unreadable`].
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError>;

    /// Reads one item again: that with this path below the subject. By default the whole place is read.
    ///
    /// # Errors
    /// If the item cannot be read.
    fn read_item(&self, part: &Part<'_>, _item: &str) -> Result<(), PlaceError> {
        while self.read(part)? == PartEnd::More {}
        Ok(())
    }

    /// Estimates the requests of the next reading, which begins at `cursor`; by default one, for a listing. The first
    /// page of a project's jobs, which places share, is not included.
    ///
    /// # Errors
    /// If a request fails or is refused.
    fn estimate(&self, _survey: &Survey<'_>, _cursor: Option<&Value>) -> Result<u64, PlaceError> {
        Ok(1)
    }
}

/// The continuation after a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEnd {
    /// Another part, from the new cursor on.
    More,
    /// The place is complete.
    Done,
}

/// The reason why reading ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// The user stopped the program. The part is discarded.
    Interrupted,
    /// The place or an item of it cannot be read.
    Unreadable(Unreadable),
}

/// An unreadable place or item, for the list of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The path of the item below the subject, such as `-/jobs/42/log`; `None` for the place as a whole.
    pub item: Option<String>,
    /// The reason, with the remedy.
    pub reason: String,
    /// True if another attempt would give the same answer: no permission, expired, too large. False for
    /// failures: the next sweep reads the part again.
    pub is_permanent: bool,
    /// True if the token may lack permission: the message then contains the necessary role.
    pub needs_role: bool,
}

impl Unreadable {
    /// Creates a record about the place as a whole that is permanent.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self {
            item: None,
            reason: reason.into(),
            is_permanent: true,
            needs_role: false,
        }
    }

    /// Creates a record about the place as a whole that is temporary.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self {
            is_permanent: false,
            ..Self::permanent(reason)
        }
    }

    /// Returns the same for one item.
    #[must_use]
    pub fn of_item(mut self, path: impl Into<String>) -> Self {
        self.item = Some(path.into());
        self
    }
}

impl From<Unreadable> for PlaceError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl From<RequestError> for PlaceError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Interrupted => Self::Interrupted,
            RequestError::TooLarge(_) => Unreadable::permanent(error.to_string()).into(),
            error => Unreadable::transient(error.to_string()).into(),
        }
    }
}

impl From<FetchError> for PlaceError {
    fn from(error: FetchError) -> Self {
        let error = match error {
            FetchError::Request(error) => return error.into(),
            error => error,
        };
        let status = error.status();
        Unreadable {
            is_permanent: matches!(status, Some(400 | 403 | 404 | 405 | 410)),
            needs_role: matches!(status, Some(403 | 404)),
            ..Unreadable::transient(error.to_string())
        }
        .into()
    }
}

impl PlaceError {
    /// Returns the same error for one item of the place.
    #[must_use]
    pub fn of_item(self, path: impl Into<String>) -> Self {
        match self {
            Self::Unreadable(unreadable) if unreadable.item.is_none() => {
                Self::Unreadable(unreadable.of_item(path))
            }
            other => other,
        }
    }
}

/// The level of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The instance.
    Instance,
    /// A group.
    Group,
    /// A project.
    Project,
}

/// The condition for reading a place again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// In each sweep: GitLab's record of a project's activity does not include it.
    Always,
    /// If GitLab has recorded activity since the last reading.
    OnActivity,
    /// If the last reading is more than 20 hours ago: for settings, whose changes are not recorded as activity.
    Daily,
}

/// The properties of a place: a row of the table [`super::places::PLACES`].
pub struct PlaceRow {
    /// Its kind.
    pub kind: PlaceKind,
    /// Reads it.
    pub place: &'static dyn Place,
    /// The levels of subjects that have such a place.
    pub levels: &'static [Level],
    /// True if it is read unless the operator chooses otherwise.
    pub is_default: bool,
    /// The minimum role that can read it, for messages.
    pub role: &'static str,
    /// The scope that a token needs, for messages.
    pub scope: &'static str,
    /// The condition for reading it again.
    pub refresh: Refresh,
}

impl PlaceRow {
    /// Returns true if the subject has such a place.
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.levels.contains(&subject.level) && !subject.disabled.contains(&self.kind)
    }
}

impl fmt::Debug for PlaceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlaceRow({})", self.kind)
    }
}

/// Limits on the content of a sweep.
#[derive(Clone, Debug)]
pub struct SweepLimits {
    /// Maximum number of jobs of a project whose logs and artifacts are read, newest first.
    pub jobs: u64,
    /// Read only content that was created or changed at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Maximum size of an artifact, package file or image layer in bytes.
    pub max_file: u64,
    /// Maximum size of a log in bytes.
    pub max_log: u64,
    /// Maximum disk space for repositories that are being scanned, in bytes.
    pub disk: u64,
    /// The folder of the mirrors of repositories, if they are kept.
    pub mirrors: Option<PathBuf>,
}

impl Default for SweepLimits {
    fn default() -> Self {
        Self {
            jobs: 100,
            since: None,
            max_file: 20 << 20,
            max_log: 1 << 30,
            disk: 10 << 30,
            mirrors: None,
        }
    }
}
