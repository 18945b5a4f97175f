//! Issues of projects and epics of groups, and merge requests: their titles and descriptions.

use serde::Deserialize;
use serde_json::Value;

use super::item_number;
use super::updated::{PER_PAGE, UpdateCursor, UpdatedItem};
use crate::gitlab::FetchError;
use crate::model::Visibility;
use crate::sweep::{
    Level, Part, PartEnd, Place, PlaceError, RemoteItem, Subject, Survey, Unreadable,
};

/// Number of pages of a listing that are read in one part.
const PAGES: usize = 10;

/// Issues, and epics, which are the issues of groups.
#[derive(Debug)]
pub(super) struct Issues;

/// Merge requests.
#[derive(Debug)]
pub(super) struct MergeRequests;

/// An issue, an epic or a merge request, in the answers of `/projects/:id/issues`, `/projects/:id/merge_requests` and
/// `/groups/:id/epics`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Issuable {
    /// The global id, which identifies an epic in the API of its notes.
    pub(super) id: u64,
    /// The number in the project or group.
    pub(super) iid: u64,
    title: String,
    description: Option<String>,
    updated_at: String,
    created_at: Option<String>,
    #[serde(default)]
    confidential: bool,
    /// Absent for epics.
    user_notes_count: Option<u64>,
}

impl UpdatedItem for Issuable {
    fn number(&self) -> u64 {
        self.iid
    }

    fn updated_at(&self) -> &str {
        &self.updated_at
    }
}

impl Issuable {
    /// Returns true if it has comments, or may have.
    pub(super) fn has_notes(&self) -> bool {
        self.user_notes_count != Some(0)
    }

    /// Returns its visibility, if it is lower than that of the project.
    pub(super) fn visibility(&self) -> Option<Visibility> {
        self.confidential.then_some(Visibility::Private)
    }
}

/// A listing of such items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IssuableList {
    Issues,
    Epics,
    MergeRequests,
}

impl IssuableList {
    /// Returns the listing of the issues of a project or the epics of a group.
    fn of(level: Level) -> Self {
        match level {
            Level::Group => Self::Epics,
            Level::Project | Level::Instance => Self::Issues,
        }
    }

    /// Returns the segment of addresses of the API and of pages.
    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::Epics => "epics",
            Self::MergeRequests => "merge_requests",
        }
    }

    /// Returns the issue, epic or merge request of an item, such as `-/issues/7` or `-/issues/7#note_42`.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub(super) fn find(self, part: &Part<'_>, item: &str) -> Result<Issuable, PlaceError> {
        let number = item_number(item, &format!("-/{}/", self.segment()));
        let number = number.ok_or_else(|| Unreadable::permanent("its path has no number"))?;
        part.fetch(format!(
            "{}/{}/{number}",
            part.subject().api(),
            self.segment()
        ))
    }

    /// Returns the path of the listing in the API.
    fn path(self, subject: &Subject) -> String {
        let filter = match self {
            Self::Issues => "scope=all",
            Self::MergeRequests => "scope=all&state=all",
            // Those of subgroups are read with the subgroups.
            Self::Epics => "state=all&include_descendant_groups=false",
        };
        format!("{}/{}?{filter}", subject.api(), self.segment())
    }

    /// Estimates from the first page the requests for the listing, and the number of new items with comments.
    ///
    /// # Errors
    /// If the request fails.
    pub(super) fn survey(
        self,
        survey: &Survey<'_>,
        mut cursor: UpdateCursor,
    ) -> Result<(u64, u64), PlaceError> {
        let url = cursor.url(survey.limits(), &self.path(survey.subject()));
        let sample = match survey.list(url) {
            Ok(sample) => sample,
            // Then the sweep is refused, too.
            Err(PlaceError::Unreadable(unreadable)) if unreadable.is_permanent => {
                return Ok((1, 0));
            }
            Err(error) => return Err(error),
        };
        let new: Vec<Issuable> = cursor.advance(sample.parse()?).items;
        let commented = new.iter().filter(|item| item.has_notes()).count();
        Ok((1 + sample.total / PER_PAGE as u64, sample.scale(commented)))
    }

    /// Returns the next items that were not read before, and true if they are the last ones.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub(super) fn next_page(
        self,
        part: &Part<'_>,
        cursor: &mut UpdateCursor,
    ) -> Result<(Vec<Issuable>, bool), PlaceError> {
        match cursor.next_page(part, &self.path(part.subject())) {
            Ok(page) => Ok((page.items, page.is_last)),
            // Instances and groups without Premium have no epics: 404 from the Community Edition, and 403 from
            // the Enterprise Edition.
            Err(FetchError::Refused {
                status: 403 | 404, ..
            }) if self == Self::Epics => Ok((Vec::new(), true)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Place for Issues {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        read(part, IssuableList::of(part.subject().level))
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        read_item(part, IssuableList::of(part.subject().level), item)
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        estimate(IssuableList::of(survey.subject().level), survey, cursor)
    }
}

impl Place for MergeRequests {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        read(part, IssuableList::MergeRequests)
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        read_item(part, IssuableList::MergeRequests, item)
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        estimate(IssuableList::MergeRequests, survey, cursor)
    }
}

fn read_item(part: &Part<'_>, list: IssuableList, item: &str) -> Result<(), PlaceError> {
    emit(part, list, &list.find(part, item)?)
}

fn estimate(
    list: IssuableList,
    survey: &Survey<'_>,
    cursor: Option<&Value>,
) -> Result<u64, PlaceError> {
    let cursor = cursor.and_then(|cursor| UpdateCursor::deserialize(cursor).ok());
    Ok(list.survey(survey, cursor.unwrap_or_default())?.0)
}

fn read(part: &Part<'_>, list: IssuableList) -> Result<PartEnd, PlaceError> {
    part.keep_records();
    let mut cursor: UpdateCursor = part.cursor().unwrap_or_default();
    for _ in 0..PAGES {
        let (items, is_last) = list.next_page(part, &mut cursor)?;
        for item in items {
            emit(part, list, &item)?;
        }
        part.set_cursor(&cursor);
        if is_last {
            return Ok(PartEnd::Done);
        }
    }
    Ok(PartEnd::More)
}

fn emit(part: &Part<'_>, list: IssuableList, issuable: &Issuable) -> Result<(), PlaceError> {
    let path = format!("-/{}/{}", list.segment(), issuable.iid);
    let item = RemoteItem {
        path: &path,
        url: part.subject().page(&path),
        visibility: issuable.visibility(),
        appeared: issuable.created_at.clone(),
        ..RemoteItem::default()
    };
    let description = issuable.description.as_deref().unwrap_or_default();
    part.emit_text(&item, &format!("{}\n\n{description}", issuable.title))
}
