//! Comments on issues, merge requests and epics.
//!
//! REST lists the comments of one item at a time, so there is a request only for items that have comments and have
//! changed since the last sweep. GraphQL could read those of several items at once, but its limit on the complexity
//! of a query makes the saving small (<https://docs.gitlab.com/api/graphql/#limits>).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::issues::{Issuable, IssuableList};
use super::updated::UpdateCursor;
use crate::model::Visibility;
use crate::sweep::{Level, Part, PartEnd, Place, PlaceError, RemoteItem, Survey};

/// See the module.
#[derive(Debug)]
pub(super) struct Comments;

/// The cursors of the listings of commented items.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct CommentCursor {
    /// The cursor of issues or epics.
    #[serde(default)]
    issues: UpdateCursor,
    #[serde(default)]
    merge_requests: UpdateCursor,
}

/// A comment, in the answers of `…/notes`.
#[derive(Deserialize)]
struct Comment {
    id: u64,
    body: String,
    /// True for entries that GitLab writes about activity.
    #[serde(default)]
    system: bool,
    /// True for internal notes.
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    confidential: bool,
    created_at: Option<String>,
}

impl Place for Comments {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let mut cursor: CommentCursor = part.cursor().unwrap_or_default();
        let mut is_done = true;
        for list in lists(part.subject().level) {
            let position = cursor.of(*list);
            // If one of the features is disabled, the other one is read.
            match list.next_page(part, position) {
                Ok((items, is_last)) => {
                    part.each(&items, |item| read_comments(part, *list, item))?;
                    is_done &= is_last;
                }
                Err(PlaceError::Unreadable(unreadable)) => {
                    part.unreadable(unreadable.of_item(format!("-/{}", list.segment())));
                }
                Err(interrupted) => return Err(interrupted),
            }
        }
        part.set_cursor(&cursor);
        Ok(if is_done {
            PartEnd::Done
        } else {
            PartEnd::More
        })
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        let is_of = |list: &&IssuableList| item.starts_with(&format!("-/{}/", list.segment()));
        let lists = lists(part.subject().level);
        let list = *lists.iter().find(is_of).unwrap_or(&IssuableList::Issues);
        read_comments(part, list, &list.find(part, item)?)
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let cursor = cursor.and_then(|cursor| CommentCursor::deserialize(cursor).ok());
        let mut cursor = cursor.unwrap_or_default();
        let mut requests = 0;
        for list in lists(survey.subject().level) {
            let (listing, commented) = list.survey(survey, cursor.of(*list).clone())?;
            requests += listing + commented;
        }
        Ok(requests)
    }
}

/// Returns the listings whose items have comments.
fn lists(level: Level) -> &'static [IssuableList] {
    match level {
        Level::Group => &[IssuableList::Epics],
        Level::Project | Level::Instance => &[IssuableList::Issues, IssuableList::MergeRequests],
    }
}

impl CommentCursor {
    /// Returns the cursor of a listing.
    fn of(&mut self, list: IssuableList) -> &mut UpdateCursor {
        match list {
            IssuableList::MergeRequests => &mut self.merge_requests,
            IssuableList::Issues | IssuableList::Epics => &mut self.issues,
        }
    }
}

/// Reads the comments of one item.
fn read_comments(
    part: &Part<'_>,
    list: IssuableList,
    issuable: &Issuable,
) -> Result<(), PlaceError> {
    if !issuable.has_notes() {
        return Ok(());
    }
    let subject = part.subject();
    let page = format!("-/{}/{}", list.segment(), issuable.iid);
    let id = match list {
        IssuableList::Epics => issuable.id,
        IssuableList::Issues | IssuableList::MergeRequests => issuable.iid,
    };
    let notes = format!(
        "{}/{}/{id}/notes?activity_filter=only_comments&per_page=100",
        subject.api(),
        list.segment()
    );
    for comment in part.items::<Comment>(notes) {
        let comment = comment.map_err(|error| error.of_item(page.clone()))?;
        if comment.system {
            continue;
        }
        let path = format!("{page}#note_{}", comment.id);
        let is_internal = comment.internal || comment.confidential;
        let visibility = is_internal.then_some(Visibility::Private);
        let item = RemoteItem {
            path: &path,
            url: subject.page(&path),
            visibility: visibility.or(issuable.visibility()),
            appeared: comment.created_at,
            ..RemoteItem::default()
        };
        part.emit_text(&item, &comment.body)?;
    }
    Ok(())
}
