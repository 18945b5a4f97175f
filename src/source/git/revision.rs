//! Resolves revisions without guessing.
//!
//! Git takes the first of several refs that a short name matches, and prefers a ref to an abbreviated object id. So
//! anyone who may push a tag could replace the commit that is meant. Here a full object id always is that object, a
//! full ref name always is that ref, and an ambiguous name is an error.

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::location::OpenRepository;
use super::objects::Objects;
use super::tips;
use super::tree::{TreeObject, id_of};

/// The shortest abbreviated object id, as in Git.
const MIN_ABBREVIATION: usize = 4;

/// The name that Git gives to the remote of a clone.
const DEFAULT_REMOTE: &str = "origin";

/// Folders of refs in which Git searches a short name, and the suffix of the name there. See [`is_exact`].
const FOLDERS: [(&str, &str); 5] = [
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// A revision does not resolve.
#[derive(Debug, thiserror::Error)]
pub(super) enum RevisionError {
    /// No ref or object has that name.
    #[error("no such revision")]
    Unknown,
    /// It matches several refs or objects; their full names.
    #[error("ambiguous: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// It leads to something that is missing or damaged.
    #[error("{0}")]
    Unreadable(String),
}

impl RevisionError {
    fn unreadable(error: impl std::fmt::Display) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Resolves a revision to an object id. The object of a full id may be missing.
pub(super) fn resolve(
    opened: &OpenRepository,
    objects: &Objects,
    revision: &str,
) -> Result<ObjectId, RevisionError> {
    let steps_from = |text: &str| text.find(['~', '^']).unwrap_or(text.len());
    if let Some(at) = revision.find("@{") {
        let close = revision[at..].find('}').ok_or(RevisionError::Unknown)?;
        let (reflog, steps) = revision.split_at(at + close + 1);
        let id = reflog_entry(opened, objects, &reflog[..at], &reflog[at..])?;
        return follow(objects, id, steps);
    }
    let (revision, path) = match revision.split_once(':') {
        Some((revision, path)) if !revision.is_empty() => (revision, Some(path)),
        Some(_) => return Err(RevisionError::Unknown),
        None => (revision, None),
    };
    let (name, steps) = revision.split_at(steps_from(revision));
    let id = follow(objects, named(opened, objects, name)?, steps)?;
    match path {
        None => Ok(id),
        // A file or folder is not a commit; the error of the caller names its kind.
        Some(path) => entry_at(objects, id, path),
    }
}

/// Resolves the ref with exactly this name; `None` if the ref does not exist.
pub(super) fn of_full_name(
    opened: &OpenRepository,
    full: &str,
) -> Result<Option<ObjectId>, RevisionError> {
    // An invalid ref name does not exist.
    if gix::validate::reference::name(full.into()).is_err() {
        return Ok(None);
    }
    let found = opened.repository.try_find_reference(full);
    let found = found.map_err(|error| {
        RevisionError::Unreadable(format!("the ref '{full}' cannot be read: {error}"))
    })?;
    // `gix` searches other folders too.
    let Some(mut reference) = found.filter(|found| found.name().as_bstr() == full) else {
        return Ok(None);
    };
    match reference.follow_to_object() {
        Ok(id) => Ok(Some(id.detach())),
        Err(error) => Err(RevisionError::Unreadable(format!(
            "the ref '{full}' cannot be read: {error}"
        ))),
    }
}

/// Resolves the part of a revision before any `~`, `^`, `@{` or `:`.
fn named(
    opened: &OpenRepository,
    objects: &Objects,
    name: &str,
) -> Result<ObjectId, RevisionError> {
    if let Some(id) = objects.parse_id(name.as_bytes()) {
        return Ok(id);
    }
    let refs = full_names(opened, name)?;
    let is_exact = refs.iter().all(|(full, _)| is_exact(opened, name, full));
    let (mut meanings, mut ids): (Vec<String>, Vec<ObjectId>) = refs.into_iter().unzip();
    let abbreviated = match (name.rsplit_once("-g"), ids.is_empty()) {
        // The output of `git describe`.
        (Some((_, hex)), true) => hex,
        _ => name,
    };
    for id in abbreviation(objects, abbreviated)? {
        meanings.push(id.to_string());
        ids.push(id);
    }
    match ids.as_slice() {
        [] => Err(RevisionError::Unknown),
        [id] if is_exact => Ok(*id),
        _ => Err(RevisionError::Ambiguous(meanings)),
    }
}

/// Returns true if a short name means this ref in every repository. Git also accepts refs that take the place of a
/// missing one: the branch `origin/main`, which anyone may push, for the remote-tracking branch of that name.
fn is_exact(opened: &OpenRepository, name: &str, full: &str) -> bool {
    if full == name || name == "@" {
        return true;
    }
    let Some((folder, _)) = name.split_once('/') else {
        return name == "stash"
            || ["refs/heads/", "refs/tags/"]
                .iter()
                .any(|prefix| full.strip_prefix(prefix) == Some(name));
    };
    match folder {
        "heads" | "tags" | "remotes" => full.strip_prefix("refs/") == Some(name),
        folder if remotes(opened).contains(folder) => {
            full.strip_prefix("refs/remotes/") == Some(name)
        }
        _ => full.ends_with(name) && full.strip_prefix("refs/") != Some(name),
    }
}

/// Returns the names of remotes, whose branches are below `refs/remotes/`.
fn remotes(opened: &OpenRepository) -> BTreeSet<String> {
    let names = opened.repository.remote_names();
    let names = names.iter().map(ToString::to_string);
    names.chain([DEFAULT_REMOTE.to_owned()]).collect()
}

/// Returns the refs that a name matches, and their objects.
fn full_names(
    opened: &OpenRepository,
    name: &str,
) -> Result<Vec<(String, ObjectId)>, RevisionError> {
    let name = if name == "@" { "HEAD" } else { name };
    // `HEAD`, `FETCH_HEAD` and the like are files of the repository; nobody can push them.
    let is_pseudo = name
        .rsplit('/')
        .next()
        .is_some_and(|last| last == "HEAD" || last.ends_with("_HEAD"))
        && !name.starts_with("refs/");
    if name.starts_with("refs/") || is_pseudo {
        let found = of_full_name(opened, name)?.map(|id| (name.to_owned(), id));
        // `origin/HEAD` is short for a ref, `HEAD` is not.
        if found.is_some() || !name.contains('/') || !is_pseudo {
            return Ok(found.into_iter().collect());
        }
    }
    let mut found = Vec::new();
    for (folder, rest) in FOLDERS {
        let full = format!("{folder}{name}{rest}");
        if let Some(id) = of_full_name(opened, &full)? {
            found.push((full, id));
        }
    }
    // A tag that anyone may push does not replace a branch that only the remote has.
    if let [(tag, _)] = found.as_slice()
        && tag.starts_with("refs/tags/")
    {
        for remote in remotes(opened) {
            let full = format!("refs/remotes/{remote}/{name}");
            if let Some(id) = of_full_name(opened, &full)? {
                found.push((full, id));
            }
        }
    }
    Ok(found)
}

/// Returns the objects that an abbreviated id matches: commits and tags, if there are any among them.
fn abbreviation(objects: &Objects, hex: &str) -> Result<Vec<ObjectId>, RevisionError> {
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(MIN_ABBREVIATION..=objects.hash().len_in_hex()).contains(&hex.len()) {
        return Ok(Vec::new());
    }
    let all = objects
        .abbreviated(hex)
        .map_err(RevisionError::unreadable)?;
    let commits: Vec<ObjectId> = all
        .iter()
        .copied()
        .filter(|id| {
            objects
                .header(*id)
                .is_ok_and(|(kind, _)| matches!(kind, Kind::Commit | Kind::Tag))
        })
        .collect();
    Ok(if commits.is_empty() { all } else { commits })
}

/// Resolves `NAME@{...}`; an empty name is the checkout.
fn reflog_entry(
    opened: &OpenRepository,
    objects: &Objects,
    name: &str,
    entry: &str,
) -> Result<ObjectId, RevisionError> {
    let mut full = String::new();
    if !name.is_empty() {
        named(opened, objects, name)?;
        full = full_names(opened, name)?
            .into_iter()
            .next()
            .ok_or(RevisionError::Unknown)?
            .0;
    }
    opened
        .repository
        .rev_parse_single(format!("{full}{entry}").as_str())
        .map(|found| found.detach())
        .map_err(|_| RevisionError::Unknown)
}

/// Follows `~N`, `^N` and `^{...}`.
fn follow(objects: &Objects, mut id: ObjectId, mut steps: &str) -> Result<ObjectId, RevisionError> {
    while let Some(step) = steps.chars().next() {
        steps = &steps[1..];
        if let Some(rest) = steps
            .strip_prefix("{commit}")
            .or_else(|| steps.strip_prefix("{}"))
        {
            if step == '~' {
                return Err(RevisionError::Unknown);
            }
            id = commit_of(objects, id)?;
            steps = rest;
            continue;
        }
        if step == '^'
            && let Some(close) = steps.strip_prefix('{').and_then(|rest| rest.find('}'))
        {
            // The caller checks the kind of a tree or blob.
            let (kind, rest) = steps.split_at(close + 2);
            id = peel_to(objects, id, kind)?;
            steps = rest;
            continue;
        }
        let digits = steps.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = steps.split_at(digits);
        let number: usize = match number {
            "" => 1,
            number => number.parse().map_err(|_| RevisionError::Unknown)?,
        };
        steps = rest;
        id = commit_of(objects, id)?;
        match step {
            '^' if number == 0 => {}
            '^' => id = parent(objects, id, number)?,
            '~' => {
                for _ in 0..number {
                    id = parent(objects, id, 1)?;
                }
            }
            _ => return Err(RevisionError::Unknown),
        }
    }
    Ok(id)
}

/// Follows `^{tree}`, `^{blob}`, `^{tag}` and `^{object}`. Messages cannot be searched.
fn peel_to(objects: &Objects, id: ObjectId, kind: &str) -> Result<ObjectId, RevisionError> {
    let (found, _) = objects.header(id).map_err(RevisionError::unreadable)?;
    match (kind, found) {
        ("{object}", _) | ("{tag}", Kind::Tag) => Ok(id),
        ("{tree}", _) => tree_of(objects, id),
        ("{blob}", _) => {
            let tip = tips::peel(objects, id).map_err(RevisionError::unreadable)?;
            match tip.kind {
                Kind::Blob => Ok(tip.id),
                _ => Err(RevisionError::Unknown),
            }
        }
        _ => Err(RevisionError::Unknown),
    }
}

/// Returns the folder that an object is or leads to.
fn tree_of(objects: &Objects, id: ObjectId) -> Result<ObjectId, RevisionError> {
    let tip = tips::peel(objects, id).map_err(RevisionError::unreadable)?;
    match tip.kind {
        Kind::Tree => Ok(tip.id),
        _ => {
            let commit = commit_of(objects, tip.id)?;
            let commit = CommitObject::read(objects, commit, &mut Vec::new());
            Ok(commit.map_err(RevisionError::unreadable)?.tree)
        }
    }
}

/// Returns the object at a path in a commit or folder.
fn entry_at(objects: &Objects, id: ObjectId, path: &str) -> Result<ObjectId, RevisionError> {
    let mut id = tree_of(objects, id)?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let tree = TreeObject::read(objects, id).map_err(RevisionError::unreadable)?;
        let entry = tree.entries().find(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.name == name.as_bytes())
        });
        id = match entry {
            Some(Ok(entry)) => id_of(&entry).ok_or(RevisionError::Unknown)?,
            _ => return Err(RevisionError::Unknown),
        };
    }
    Ok(id)
}

fn commit_of(objects: &Objects, id: ObjectId) -> Result<ObjectId, RevisionError> {
    let tip = tips::peel(objects, id).map_err(RevisionError::unreadable)?;
    match tip.kind {
        Kind::Commit => Ok(tip.id),
        kind => Err(RevisionError::Unreadable(format!(
            "{} is a {kind}, not a commit",
            tip.id
        ))),
    }
}

fn parent(objects: &Objects, id: ObjectId, number: usize) -> Result<ObjectId, RevisionError> {
    let commit =
        CommitObject::read(objects, id, &mut Vec::new()).map_err(RevisionError::unreadable)?;
    let parent = number.checked_sub(1).and_then(|at| commit.parents.get(at));
    parent.copied().ok_or_else(|| {
        let parents = commit.parents.len();
        RevisionError::Unreadable(format!(
            "commit {id} has {parents} {}",
            if parents == 1 { "parent" } else { "parents" }
        ))
    })
}
