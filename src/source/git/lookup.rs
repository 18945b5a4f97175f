//! Looks up commits, and files of commits, without a checkout.
//!
//! These contents decide about findings: the configuration of a target branch, its rules, its baseline. So
//! `refs/replace` has no effect, and each object is verified against its id.

use std::collections::{BinaryHeap, HashSet};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::objs::{Kind, TreeRefIter};

use super::commit::CommitObject;
use super::location::{OpenRepository, RepoLocation};
use super::objects::{ObjectError, Objects};
use super::open::OpenError;
use super::revision::{self, RevisionError};
use super::tips;

/// The largest folder that is read, in bytes.
const MAX_FOLDER: u64 = 64 * 1024 * 1024;

/// Maximum number of files of a folder that are listed.
const MAX_NAMES: usize = 10_000;

/// Answers questions about a repository.
pub struct Lookup {
    pub(super) opened: OpenRepository,
    pub(super) objects: Objects,
}

/// A file of a commit cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("'{path}' of commit {commit}: {reason}", path = .path.display())]
pub struct LookupError {
    /// The file.
    pub path: PathBuf,
    /// The commit.
    pub commit: String,
    /// The reason.
    pub reason: String,
}

impl LookupError {
    fn at(commit: &str, path: &Path) -> impl Fn(String) -> Self {
        move |reason| Self {
            path: path.to_owned(),
            commit: commit.to_owned(),
            reason,
        }
    }
}

/// A revision matches more than one ref or object.
#[derive(Debug, thiserror::Error)]
#[error("'{name}' is ambiguous: it matches {}; use the full name of the one that you mean", meanings.join(", "))]
pub struct AmbiguousRevision {
    /// The revision.
    pub name: String,
    /// The full names that it matches.
    pub meanings: Vec<String>,
}

impl Lookup {
    /// Opens a repository. Objects that are fetched later are found as well.
    ///
    /// # Errors
    /// If the repository is missing or cannot be read.
    pub fn open(place: &RepoLocation) -> Result<Self, OpenError> {
        let opened = place.open()?;
        let objects = opened.stores.objects();
        Ok(Self { opened, objects })
    }

    /// Resolves a revision to the full id of a commit; `None` if the repository does not contain it.
    ///
    /// # Errors
    /// If the revision is ambiguous.
    pub fn commit(&self, revision: &str) -> Result<Option<String>, AmbiguousRevision> {
        match revision::resolve(&self.opened, &self.objects, revision) {
            Ok(id) => Ok(self.peeled(id)),
            Err(RevisionError::Ambiguous(meanings)) => Err(AmbiguousRevision {
                name: revision.to_owned(),
                meanings,
            }),
            Err(RevisionError::Unknown | RevisionError::Unreadable(_)) => Ok(None),
        }
    }

    /// Resolves the ref with exactly this name (`refs/heads/main`) to a commit.
    pub fn commit_of_ref(&self, full_name: &str) -> Option<String> {
        let id = revision::of_full_name(&self.opened, full_name).ok()??;
        self.peeled(id)
    }

    /// Returns the id of the object that the ref with exactly this name names: a commit, or an annotated tag.
    pub fn id_of_ref(&self, full_name: &str) -> Option<String> {
        let id = revision::of_full_name(&self.opened, full_name).ok()??;
        Some(id.to_string())
    }

    fn peeled(&self, id: ObjectId) -> Option<String> {
        let tip = tips::peel(&self.objects, id).ok()?;
        if tip.kind != Kind::Commit {
            return None;
        }
        self.read_commit(tip.id).ok()?;
        Some(tip.id.to_string())
    }

    /// Returns true if older commits may be missing.
    pub fn is_shallow(&self) -> bool {
        !self.opened.shallow.is_empty()
    }

    /// Returns how many commits `head` reaches, including itself; at most `limit`.
    pub fn count(&self, head: &str, limit: usize) -> usize {
        self.walk(head).take(limit).count()
    }

    /// Returns the newest of `commits` that `head` reaches, other than itself.
    pub fn nearest(&self, head: &str, commits: &HashSet<String>) -> Option<String> {
        let mut ids = self.walk(head).skip(1).map(|id| id.to_string());
        ids.find(|id| commits.contains(id))
    }

    /// Returns the tags: the short name of each, and its commit.
    pub fn tags(&self) -> Vec<(String, String)> {
        let prefix = "refs/tags/";
        let tags = self
            .opened
            .refs(prefix, &mut Vec::new())
            .unwrap_or_default();
        tags.into_iter()
            .filter_map(|tag| {
                Some((
                    tag.name.strip_prefix(prefix)?.to_owned(),
                    self.peeled(tag.id)?,
                ))
            })
            .collect()
    }

    /// Returns the text of a file of at most `max` bytes in a commit; `None` if the commit has no such file. Links are
    /// not followed.
    ///
    /// # Errors
    /// If the commit or the file cannot be read, or the file is too large or not UTF-8.
    pub fn text(&self, commit: &str, path: &Path, max: u64) -> Result<Option<String>, LookupError> {
        let error = LookupError::at(commit, path);
        let Some((mode, id)) = self.entry(commit, path).map_err(&error)? else {
            return Ok(None);
        };
        if !mode.is_blob() {
            return Err(error("it is not a plain file".to_owned()));
        }
        let bytes = self.read(id, Kind::Blob, max).map_err(&error)?;
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| error("it is not UTF-8".to_owned()))
    }

    /// Returns the sorted names of the regular files of a folder in a commit; `None` if the commit has no such folder.
    ///
    /// # Errors
    /// If the commit or the folder cannot be read, or the folder has too many files.
    pub fn files(&self, commit: &str, folder: &Path) -> Result<Option<Vec<String>>, LookupError> {
        let error = LookupError::at(commit, folder);
        let Some((mode, id)) = self.entry(commit, folder).map_err(&error)? else {
            return Ok(None);
        };
        if !mode.is_tree() {
            return Ok(None);
        }
        let bytes = self.read(id, Kind::Tree, MAX_FOLDER).map_err(&error)?;
        let mut names = Vec::new();
        for entry in TreeRefIter::from_bytes(&bytes, self.objects.hash()) {
            let entry = entry.map_err(|reason| error(reason.to_string()))?;
            if entry.mode.is_blob() {
                names.push(String::from_utf8_lossy(entry.filename).into_owned());
            }
            if names.len() > MAX_NAMES {
                return Err(error(format!("it holds more than {MAX_NAMES} files")));
            }
        }
        names.sort();
        Ok(Some(names))
    }

    /// Returns the object id at a path in a commit; `None` if the path does not exist, or the commit cannot be read.
    pub fn content_id(&self, commit: &str, path: &Path) -> Option<String> {
        let (_, id) = self.entry(commit, path).ok()??;
        Some(id.to_string())
    }

    /// Returns mode and id of the entry at a path of a commit.
    pub(super) fn entry(
        &self,
        commit: &str,
        path: &Path,
    ) -> Result<Option<(EntryMode, ObjectId)>, String> {
        let id = self
            .objects
            .parse_id(commit.as_bytes())
            .ok_or("it is not named by its full id")?;
        let commit = self.read_commit(id).map_err(|error| error.to_string())?;
        let mut entry = (EntryMode::from(EntryKind::Tree), commit.tree);
        for name in path.components() {
            if !entry.0.is_tree() {
                return Ok(None);
            }
            let name = name.as_os_str().as_encoded_bytes();
            let bytes = self.read(entry.1, Kind::Tree, MAX_FOLDER)?;
            let mut entries = TreeRefIter::from_bytes(&bytes, self.objects.hash());
            let found = entries.find(|entry| entry.as_ref().map_or(true, |e| e.filename == name));
            match found.transpose().map_err(|error| error.to_string())? {
                Some(found) => entry = (found.mode, found.oid.to_owned()),
                None => return Ok(None),
            }
        }
        Ok(Some(entry))
    }

    fn read(&self, id: ObjectId, kind: Kind, most: u64) -> Result<Vec<u8>, String> {
        let (_, size) = self.objects.header(id).map_err(|error| error.to_string())?;
        if size > most {
            return Err(format!(
                "{size} bytes are more than the {most} that are read"
            ));
        }
        let mut bytes = Vec::new();
        self.objects
            .read_kind(id, kind, &mut bytes)
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn read_commit(&self, id: ObjectId) -> Result<CommitObject, ObjectError> {
        CommitObject::read(&self.objects, id, &mut Vec::new())
    }

    /// Iterates over the ids of the commits that `head` reaches, newest first.
    fn walk(&self, head: &str) -> impl Iterator<Item = ObjectId> {
        let mut visited = HashSet::new();
        let mut queue = BinaryHeap::new();
        let mut next: Vec<ObjectId> = self.objects.parse_id(head.as_bytes()).into_iter().collect();
        std::iter::from_fn(move || {
            for id in next.drain(..) {
                if visited.insert(id)
                    && let Ok(commit) = self.read_commit(id)
                {
                    queue.push((commit.time, id, commit.parents));
                }
            }
            let (_, id, parents) = queue.pop()?;
            if !self.opened.shallow.contains(&id) {
                next = parents;
            }
            Some(id)
        })
    }
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lookup")
            .field(&self.opened.repository.git_dir())
            .finish()
    }
}
