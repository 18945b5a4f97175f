//! What a place is to a sweep: how it is read, and what is known about it.

use std::fmt;
use std::path::PathBuf;

use super::{Part, Subject};
use crate::gitlab::{FetchError, RequestError};
use crate::model::PlaceKind;

/// Reads one kind of place.
pub trait Place: Sync {
    /// Reads the next part of the place of one subject: from the part's cursor on, passes content to
    /// [`Part::emit`], and sets the cursor.
    ///
    /// # Errors
    /// If the place as a whole cannot be read. Items that cannot be read are recorded with [`Part::unreadable`].
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError>;
}

/// What follows a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEnd {
    /// Another part, from the new cursor on.
    More,
    /// Nothing: the place is read.
    Done,
}

/// Why reading ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// The user stops the program. The part is discarded.
    Interrupted,
    /// The place or an item of it cannot be read.
    Unreadable(Unreadable),
}

/// Something that cannot be read, which a report lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The path of the item below the subject, such as `-/jobs/42/log`; `None` for the place as a whole.
    pub item: Option<String>,
    /// The reason, and what would help.
    pub reason: String,
    /// True if asking again gives the same answer: no permission, expired, too large. False for failures: the
    /// next sweep reads the part again.
    pub is_permanent: bool,
    /// True if the token may not be allowed to read it: the message then names the role that is.
    pub needs_role: bool,
}

impl Unreadable {
    /// The place as a whole, until something changes.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self {
            item: None,
            reason: reason.into(),
            is_permanent: true,
            needs_role: false,
        }
    }

    /// The place as a whole, this time.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self {
            is_permanent: false,
            ..Self::permanent(reason)
        }
    }

    /// The same of one item.
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
    /// The same error of one item of the place.
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

/// What has places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The instance.
    Instance,
    /// A group.
    Group,
    /// A project.
    Project,
}

/// When a place that was read before is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// In each sweep: GitLab's record of a project's activity does not cover it.
    Always,
    /// If GitLab has recorded activity since.
    OnActivity,
    /// If it was read more than 20 hours ago: settings, whose changes leave no record of activity.
    Daily,
}

/// What is known about a place: a row of the table [`super::places::PLACES`].
pub struct PlaceRow {
    /// Its kind.
    pub kind: PlaceKind,
    /// Reads it.
    pub place: &'static dyn Place,
    /// What has such a place.
    pub levels: &'static [Level],
    /// True if it is read unless the operator chooses otherwise.
    pub is_default: bool,
    /// The least role that can read it, for messages.
    pub role: &'static str,
    /// The scope that a token needs, for messages.
    pub scope: &'static str,
    /// When it is read again.
    pub refresh: Refresh,
    /// Requests of a first sweep for a project, beside those for each of its jobs.
    pub requests: u64,
    /// Requests for each of its jobs.
    pub requests_per_job: u64,
    /// True if it is a Git repository, which is fetched.
    pub is_mirrored: bool,
}

impl PlaceRow {
    /// True if the subject has such a place.
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.levels.contains(&subject.level) && !subject.disabled.contains(&self.kind)
    }
}

impl fmt::Debug for PlaceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlaceRow({})", self.kind)
    }
}

/// How much is read.
#[derive(Clone, Debug)]
pub struct SweepLimits {
    /// The newest jobs of a project whose logs and artifacts are read.
    pub jobs: u64,
    /// Read only what was created or changed at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// The largest artifact, package file or image layer that is read, in bytes.
    pub max_file: u64,
    /// The largest log that is read, in bytes.
    pub max_log: u64,
    /// Bytes on disk for repositories that are being scanned.
    pub disk: u64,
    /// The folder in which mirrors of repositories are kept.
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
