//! Looks up commits, and files in commits, without a checkout.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::open::{self, OpenError};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// How many files of a folder are named.
const MAX_NAMES: usize = 10_000;

/// A repository, to ask what is in it.
pub struct Lookup {
    repository: gix::Repository,
}

/// Why a file of a commit cannot be had, although it may be there.
#[derive(Debug, thiserror::Error)]
#[error("'{path}' of commit {commit}: {reason}", path = .path.display())]
pub struct LookupError {
    /// The file.
    pub path: PathBuf,
    /// The commit.
    pub commit: String,
    /// What is wrong.
    pub reason: String,
}

impl Lookup {
    /// Opens the repository around `path`. Objects that are fetched later are seen too; where a
    /// shallow clone ends is read when it is asked for.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let repository = open::open(path)?;
        Ok(Self { repository })
    }

    /// The commit that a revision names, as a full object id; `None` if it names none that is here.
    pub fn commit(&self, revision: &str) -> Option<String> {
        let id = self.repository.rev_parse_single(revision).ok()?;
        let object = self.repository.find_object(id).ok()?;
        Some(object.peel_to_commit().ok()?.id.to_string())
    }

    /// True if older commits may be missing.
    pub fn is_shallow(&self) -> bool {
        self.repository.is_shallow().unwrap_or(true)
    }

    /// How many commits `head` reaches here, itself included; at most `limit`.
    pub fn count(&self, head: &str, limit: usize) -> usize {
        self.walk(head).map_or(0, |walk| walk.take(limit).count())
    }

    /// The youngest of `commits` that `head` reaches here, other than itself.
    pub fn nearest(&self, head: &str, commits: &HashSet<String>) -> Option<String> {
        let mut ids = self.walk(head)?.skip(1).map(|id| id.to_string());
        ids.find(|id| commits.contains(id))
    }

    /// The tags of this repository: the short name of each, and the commit it leads to.
    pub fn tags(&self) -> Vec<(String, String)> {
        let Ok(references) = self.repository.references() else {
            return Vec::new();
        };
        let Ok(tags) = references.tags() else {
            return Vec::new();
        };
        tags.filter_map(|tag| {
            let mut tag = tag.ok()?;
            let name = tag.name().shorten().to_string();
            let id = tag.peel_to_id().ok()?;
            let commit = self
                .repository
                .find_object(id)
                .ok()?
                .peel_to_commit()
                .ok()?;
            Some((name, commit.id.to_string()))
        })
        .collect()
    }

    /// The text of a file in a commit, `None` if it has no such file. A link is not followed.
    ///
    /// # Errors
    /// If the commit or the file cannot be read, or the file is no text or too large.
    pub fn text(&self, commit: &str, path: &Path) -> Result<Option<String>, LookupError> {
        let error = |reason: String| LookupError {
            path: path.to_owned(),
            commit: commit.to_owned(),
            reason,
        };
        let Some(entry) = self.entry(commit, path).map_err(error)? else {
            return Ok(None);
        };
        if !entry.mode().is_blob() {
            return Err(error("it is no plain file".to_owned()));
        }
        let id = entry.object_id();
        let header = self.repository.find_header(id);
        let header = header.map_err(|reason| error(reason.to_string()))?;
        if header.size() > MAX_FILE {
            return Err(error(format!(
                "{} bytes are more than the {MAX_FILE} that are read",
                header.size()
            )));
        }
        let object = self.repository.find_object(id);
        let mut object = object.map_err(|reason| error(reason.to_string()))?;
        let text = String::from_utf8(std::mem::take(&mut object.data));
        text.map(Some)
            .map_err(|_| error("it is no UTF-8".to_owned()))
    }

    /// The names of the plain files of a folder in a commit, sorted; `None` if the commit has no such
    /// folder.
    ///
    /// # Errors
    /// If the commit or the folder cannot be read, or the folder holds too much.
    pub fn files(&self, commit: &str, folder: &Path) -> Result<Option<Vec<String>>, LookupError> {
        let error = |reason: String| LookupError {
            path: folder.to_owned(),
            commit: commit.to_owned(),
            reason,
        };
        let Some(entry) = self.entry(commit, folder).map_err(error)? else {
            return Ok(None);
        };
        if !entry.mode().is_tree() {
            return Ok(None);
        }
        let object = entry.object().map_err(|reason| error(reason.to_string()))?;
        let tree = object
            .try_into_tree()
            .map_err(|reason| error(reason.to_string()))?;
        let mut names = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|reason| error(reason.to_string()))?;
            if entry.mode().is_blob() {
                names.push(entry.filename().to_str_lossy().into_owned());
            }
            if names.len() > MAX_NAMES {
                return Err(error(format!("it holds more than {MAX_NAMES} files")));
            }
        }
        names.sort();
        Ok(Some(names))
    }

    /// The object id of what lies at a path in a commit: the same content has the same id. `None` if
    /// nothing is there, or the commit cannot be read.
    pub fn content_id(&self, commit: &str, path: &Path) -> Option<String> {
        let entry = self.entry(commit, path).ok()??;
        Some(entry.object_id().to_string())
    }

    fn entry(
        &self,
        commit: &str,
        path: &Path,
    ) -> Result<Option<gix::object::tree::Entry<'_>>, String> {
        let id = ObjectId::from_hex(commit.as_bytes()).map_err(|error| error.to_string())?;
        let commit = self
            .repository
            .find_commit(id)
            .map_err(|error| error.to_string())?;
        let tree = commit.tree().map_err(|error| error.to_string())?;
        tree.lookup_entry_by_path(path)
            .map_err(|error| error.to_string())
    }

    /// The ids of the commits that `head` reaches, the youngest first; `None` if it is not here.
    fn walk(&self, head: &str) -> Option<impl Iterator<Item = ObjectId>> {
        let id = ObjectId::from_hex(head.as_bytes()).ok()?;
        let walk = self
            .repository
            .rev_walk([id])
            .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst))
            .all()
            .ok()?;
        Some(walk.map_while(|info| Some(info.ok()?.id)))
    }
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lookup")
            .field(&self.repository.git_dir())
            .finish()
    }
}
