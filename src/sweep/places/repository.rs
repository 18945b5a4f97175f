//! Git repositories: those of projects, and wikis.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Origin;
use crate::report::url_path;
use crate::source::{History, HistoryOptions, KnownRevisions, Range, RangeOptions, RepoLocation};
use crate::sweep::mirror::RemoteRepository;
use crate::sweep::{Part, PartEnd, Place, PlaceError, SourcePage, Survey, Unreadable};

/// The repository of a project.
#[derive(Debug)]
pub(super) struct ProjectRepository;

/// The wiki of a project or a group.
#[derive(Debug)]
pub(super) struct Wiki;

/// Maximum number of tips in a state.
const MAX_TIPS: usize = 2_000;

/// The state of a repository when it was read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct RepositoryCursor {
    /// The hash of its refs.
    refs: String,
    /// The objects that refs named: they and their ancestors are scanned.
    #[serde(default)]
    tips: Vec<String>,
}

impl Place for ProjectRepository {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        if part.subject().has_empty_repository {
            return Ok(PartEnd::Done);
        }
        let page = |origin: &Origin| blob_page(&part.subject().web_url, origin);
        read(part, "", &page)
    }

    /// Git over HTTP does not count towards the limit of requests to the API.
    fn estimate(&self, _: &Survey<'_>, _: Option<&Value>) -> Result<u64, PlaceError> {
        Ok(0)
    }
}

impl Place for Wiki {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        let page = |origin: &Origin| wiki_page(&part.subject().web_url, origin);
        read(part, ".wiki", &page)
    }

    /// Git over HTTP does not count towards the limit of requests to the API.
    fn estimate(&self, _: &Survey<'_>, _: Option<&Value>) -> Result<u64, PlaceError> {
        Ok(0)
    }
}

fn read(
    part: &Part<'_>,
    suffix: &str,
    page: &(dyn Fn(&Origin) -> SourcePage + Sync),
) -> Result<PartEnd, PlaceError> {
    let subject = part.subject();
    let remote = RemoteRepository {
        part,
        address: format!("{}/{}{suffix}.git", part.client().instance(), subject.path),
        name: format!("{}{suffix}", subject.key().replace('/', "-")),
    };
    let refs = match remote.refs()? {
        Some(refs) if !refs.is_empty => refs,
        None if suffix.is_empty() => {
            let reason = "the instance answers that the repository does not exist";
            return Err(Unreadable {
                needs_role: true,
                ..Unreadable::permanent(reason)
            }
            .into());
        }
        // A wiki without pages has no repository.
        _ => return Ok(PartEnd::Done),
    };
    let known: RepositoryCursor = part.cursor().unwrap_or_default();
    let known_tips: HashSet<&String> = known.tips.iter().collect();
    let mut new = refs.tips.clone();
    new.retain(|tip| !known_tips.contains(tip));
    let is_known = known.refs == refs.digest || !known.tips.is_empty() && new.is_empty();
    if is_known {
        part.keep_records();
    } else {
        remote.with_mirror(&refs, |folder| {
            let is_first = known.tips.is_empty();
            match (!is_first).then(|| new_commits(folder, &new, &known.tips)) {
                Some(Some(range)) => {
                    part.keep_records();
                    part.emit_changes(range, suffix, page);
                    Ok(())
                }
                _ => scan_history(part, folder, suffix, page),
            }
        })??;
    }
    // Tips that are not recorded are scanned again when something changes.
    let mut tips = refs.tips;
    tips.truncate(MAX_TIPS);
    part.set_cursor(&RepositoryCursor {
        refs: refs.digest,
        tips,
    });
    Ok(PartEnd::Done)
}

/// Scans everything that a mirror contains.
fn scan_history(
    part: &Part<'_>,
    folder: &Path,
    suffix: &str,
    page: &(dyn Fn(&Origin) -> SourcePage + Sync),
) -> Result<(), PlaceError> {
    let options = HistoryOptions {
        since: part.limits().since,
        ..HistoryOptions::default()
    };
    let history = History::new(folder, options)
        .map_err(|error| Unreadable::transient(format!("cannot open the mirror: {error}")))?;
    part.emit_source(&history, suffix, page);
    Ok(())
}

/// Returns the commits of a mirror that these tips add to known ones. `None` if they cannot be selected; everything
/// is scanned then.
fn new_commits(folder: &Path, new: &[String], known: &[String]) -> Option<Range> {
    let place = RepoLocation {
        git_dir: Some(folder.to_owned()),
        ..RepoLocation::at(folder)
    };
    // Tips of deleted branches may be missing here: what only they contained is scanned again.
    let known = KnownRevisions {
        ids: known.to_vec(),
        refs: Vec::new(),
    };
    Range::from_push(&place, new, &known, &RangeOptions::default()).ok()
}

/// Returns false for the names that a history scan uses for content without a path in a commit.
fn is_file(path: &[u8]) -> bool {
    let is_object = [
        &b"commit message"[..],
        b"commit header",
        b"tag message",
        b"tag header",
    ];
    !is_object.contains(&path) && !path.starts_with(b"blob ")
}

/// Returns the page of a file of a commit, or of the commit.
fn blob_page(project: &str, origin: &Origin) -> SourcePage {
    let Some(commit) = &origin.commit else {
        return SourcePage::without_lines(project.to_owned());
    };
    let path = origin.path.as_bytes();
    if !is_file(path) {
        return SourcePage::without_lines(format!("{project}/-/commit/{}", commit.id));
    }
    // GitLab shows Markdown as text only on request.
    let plain = if path.ends_with(b".md") {
        "?plain=1"
    } else {
        ""
    };
    SourcePage {
        url: format!("{project}/-/blob/{}/{}{plain}", commit.id, url_path(path)),
        has_line_anchors: true,
    }
}

/// Returns the page of a wiki at a version.
fn wiki_page(owner: &str, origin: &Origin) -> SourcePage {
    let wikis = format!("{owner}/-/wikis");
    let path = origin.path.as_bytes();
    let Some(commit) = origin.commit.as_ref().filter(|_| is_file(path)) else {
        return SourcePage::without_lines(wikis);
    };
    let name = std::str::from_utf8(path).ok();
    let name = name.and_then(|name| {
        [".md", ".markdown", ".asciidoc", ".adoc", ".org", ".rdoc"]
            .iter()
            .find_map(|extension| name.strip_suffix(extension))
    });
    let path = url_path(name.map_or(path, str::as_bytes));
    SourcePage::without_lines(format!("{wikis}/{path}?version_id={}", commit.id))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{BlobKind, BlobPath, Commit, Refs};

    fn origin(path: &str, commit: Option<&str>) -> Origin {
        let commit = commit.map(|id| {
            Arc::new(Commit {
                id: id.to_owned(),
                author: None,
                date: None,
                refs: Refs::default(),
            })
        });
        Origin {
            path: BlobPath::from_bytes(path),
            on_disk: None,
            kind: BlobKind::Content,
            commit,
            remote: None,
        }
    }

    #[test]
    fn links_to_pages_of_files_commits_and_wikis() {
        let project = "https://gitlab.example/a/b";
        let blob = |path: &str, commit| blob_page(project, &origin(path, commit)).url;
        assert_eq!(
            blob("src/a b.rs", Some("c0")),
            "https://gitlab.example/a/b/-/blob/c0/src/a%20b.rs"
        );
        assert_eq!(
            blob("README.md", Some("c0")),
            "https://gitlab.example/a/b/-/blob/c0/README.md?plain=1"
        );
        assert_eq!(
            blob("commit message", Some("c0")),
            "https://gitlab.example/a/b/-/commit/c0"
        );
        assert_eq!(blob("blob 12ab", None), project);
        let wiki = |path: &str, commit| wiki_page(project, &origin(path, commit)).url;
        assert_eq!(
            wiki("ops/Set-up.md", Some("c0")),
            "https://gitlab.example/a/b/-/wikis/ops/Set-up?version_id=c0"
        );
        assert_eq!(
            wiki("commit message", Some("c0")),
            "https://gitlab.example/a/b/-/wikis"
        );
    }
}
