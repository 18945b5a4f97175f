//! Snippets of projects and, for the whole instance, of users.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::item_number;
use super::updated::since;
use crate::gitlab::path_segment;
use crate::model::Visibility;
use crate::report::url_path;
use crate::sweep::{Level, Part, PartEnd, Place, PlaceError, RemoteItem, Survey, Unreadable};

/// Maximum size of a file of a snippet. GitLab's default limit is lower.
const MAX_SNIPPET: u64 = 64 << 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Snippets;

/// The cursor: changes until then are read.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct SnippetCursor {
    /// In milliseconds since 1970.
    updated_at: Option<i64>,
}

/// A snippet, in the answers of `/projects/:id/snippets` and `/snippets/all`.
#[derive(Clone, Debug, Deserialize)]
struct Snippet {
    id: u64,
    title: Option<String>,
    description: Option<String>,
    visibility: Option<Visibility>,
    created_at: Option<String>,
    updated_at: Option<String>,
    project_id: Option<u64>,
    file_name: Option<String>,
    #[serde(default)]
    files: Vec<SnippetFile>,
}

#[derive(Clone, Debug, Deserialize)]
struct SnippetFile {
    path: String,
    raw_url: Option<String>,
}

impl Snippet {
    /// Returns the time of the last change, in milliseconds since 1970.
    fn updated_at(&self) -> Option<i64> {
        let time: Timestamp = self.updated_at.as_deref()?.parse().ok()?;
        Some(time.as_millisecond())
    }
}

impl SnippetFile {
    /// Returns the branch in `…/raw/BRANCH/PATH`.
    fn branch(&self) -> Option<&str> {
        let (_, rest) = self.raw_url.as_deref()?.split_once("/raw/")?;
        let encoded = url_path(self.path.as_bytes());
        let branch = rest
            .strip_suffix(&encoded)
            .or(rest.strip_suffix(&self.path));
        let branch = branch?.strip_suffix('/')?;
        (!branch.is_empty()).then_some(branch)
    }
}

impl Place for Snippets {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let cursor: SnippetCursor = part.cursor().unwrap_or_default();
        let subject = part.subject();
        let list = match subject.level {
            Level::Instance => "/snippets/all",
            Level::Project | Level::Group => "/snippets",
        };
        let mut newest = cursor;
        let since = since(part).map(Timestamp::as_millisecond);
        let mut changed = Vec::new();
        for snippet in part.items::<Snippet>(format!("{}{list}?per_page=100", subject.api())) {
            let snippet = snippet?;
            // Those of projects are read with the projects.
            let belongs = subject.level == Level::Project || snippet.project_id.is_none();
            let updated_at = snippet.updated_at();
            let is_new = updated_at.is_none_or(|time| {
                cursor.updated_at.is_none_or(|read| time > read)
                    && since.is_none_or(|since| time >= since)
            });
            newest.updated_at = newest.updated_at.max(updated_at);
            if belongs && is_new {
                changed.push(snippet);
            }
        }
        part.each(&changed, |snippet| read_snippet(part, snippet))?;
        part.set_cursor(&newest);
        Ok(PartEnd::Done)
    }

    fn read_item(&self, part: &Part<'_>, item: &str) -> Result<(), PlaceError> {
        let id = item_number(item, "-/snippets/");
        let id = id.ok_or_else(|| Unreadable::permanent("its path does not name a snippet"))?;
        let snippet: Snippet = part.fetch(format!("{}/snippets/{id}", part.subject().api()))?;
        read_snippet(part, &snippet)
    }

    /// The list, and a file if the project has any.
    fn estimate(&self, survey: &Survey<'_>, _: Option<&Value>) -> Result<u64, PlaceError> {
        Ok(1 + u64::from(survey.subject().statistics.snippets_size > 0))
    }
}

fn read_snippet(part: &Part<'_>, snippet: &Snippet) -> Result<(), PlaceError> {
    let subject = part.subject();
    let page = format!("-/snippets/{}", snippet.id);
    let api = format!("{}/snippets/{}", subject.api(), snippet.id);
    let item = RemoteItem {
        url: subject.page(&page),
        visibility: snippet.visibility,
        appeared: snippet.created_at.clone(),
        ..RemoteItem::default()
    };
    let title = snippet.title.as_deref().unwrap_or_default();
    let description = snippet.description.as_deref().unwrap_or_default();
    let about = RemoteItem {
        path: &page,
        ..item.clone()
    };
    part.emit_text(&about, &format!("{title}\n\n{description}"))?;
    if let [] | [_] = &*snippet.files {
        let file = snippet.files.first().map(|file| &file.path);
        let name = file
            .or(snippet.file_name.as_ref())
            .filter(|name| !name.is_empty());
        let name = name.map_or("snippet", |name| name);
        let content = RemoteItem {
            path: &format!("{page}/{name}"),
            has_line_anchors: true,
            ..item
        };
        let request = part.request(format!("{api}/raw"));
        return part.emit_file(&content, &request, None, MAX_SNIPPET);
    }
    for file in &snippet.files {
        let branch = file.branch().unwrap_or("HEAD");
        let content = RemoteItem {
            path: &format!("{page}/{}", file.path),
            // The page shows all files, and its anchors count the lines of the first one.
            url: subject.page(&format!(
                "{page}/raw/{branch}/{}",
                url_path(file.path.as_bytes())
            )),
            ..item.clone()
        };
        let (branch, path) = (path_segment(branch), path_segment(&file.path));
        let request = part.request(format!("{api}/files/{branch}/{path}/raw"));
        part.emit_file(&content, &request, None, MAX_SNIPPET)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_branch_from_the_address() {
        let branch = |url: &str| {
            let file = SnippetFile {
                path: "a.rb".to_owned(),
                raw_url: Some(url.to_owned()),
            };
            file.branch().map(str::to_owned)
        };
        let url = |rest: &str| {
            branch(&format!(
                "https://gitlab.example/g/p/-/snippets/5/raw{rest}"
            ))
        };
        assert_eq!(url("/main/a.rb").as_deref(), Some("main"));
        assert_eq!(url("/topic/x/a.rb").as_deref(), Some("topic/x"));
        assert_eq!(url(""), None);
        assert_eq!(url("/a.rb"), None);
    }
}
