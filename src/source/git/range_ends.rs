//! From what was asked for to the commits of a range, or to what must be done to have them.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::location::OpenRepository;
use super::objects::{ObjectError, Objects};
use super::open::OpenError;
use super::revision::{self, RevisionError};
use super::tips::{self, PeeledTip};
use super::walk::{self, CommitLimits, WalkError};
use crate::model::BlobPath;
use crate::source::exclude::ExcludeError;

/// What to do about a name that nothing has.
const LIST_NAMES: &str = "'git branch --all' and 'git tag' list the names that exist";

/// What to do about a full object id that is not here.
const FETCH_IT: &str = "fetch it: 'git fetch origin ID'";

/// What to do to have the commits that a shallow clone lacks.
const DEEPEN: &str = "get more of the history: 'git fetch --deepen=50' (again if that is not enough) \
                      or 'git fetch --unshallow'; in GitLab CI/CD: GIT_DEPTH: 0";

/// Why a range cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// The repository cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An exclusion is no pattern.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
    /// What was asked for is no range.
    #[error(
        "'{0}' is no range: write BASE..HEAD, or BASE...HEAD for what HEAD adds since it left BASE"
    )]
    InvalidRange(String),
    /// A revision names nothing, or nothing that is here.
    #[error("'{name}' is not in this repository{why}; {advice}")]
    Missing {
        /// The revision.
        name: String,
        /// What stands in the way, if it is something else.
        why: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// A revision has more than one meaning.
    #[error(
        "'{name}' is ambiguous: it matches {}; use the full name of the one that you mean",
        meanings.join(", ")
    )]
    Ambiguous {
        /// The revision.
        name: String,
        /// The full names that it matches.
        meanings: Vec<String>,
    },
    /// A revision that is no commit.
    #[error("'{name}' is a {kind}, not a commit")]
    NotACommit {
        /// The revision.
        name: String,
        /// What it is.
        kind: String,
    },
    /// The clone ends within the range.
    #[error(
        "the clone is shallow and ends within the range, at commit {0}: what it adds cannot be told; {DEEPEN}"
    )]
    Cut(String),
    /// Three dots, and no commit in common.
    #[error("'{0}' and '{1}' have no commit in common here; if they should: {DEEPEN}")]
    Unrelated(String, String),
    /// A commit cannot be read.
    #[error("cannot read the commits of the range: {0}")]
    Object(String),
}

impl From<ObjectError> for RangeError {
    fn from(error: ObjectError) -> Self {
        Self::Object(error.to_string())
    }
}

impl From<WalkError> for RangeError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Object(error) => error.into(),
            WalkError::Cut(id) => Self::Cut(id.to_string()),
        }
    }
}

/// What is known already, for a range that is not typed but told by Git.
#[derive(Clone, Debug, Default)]
pub struct KnownRevisions {
    /// Objects, by id or any other revision. One that is not here is passed over.
    pub ids: Vec<String>,
    /// All refs whose names start like this (`refs/remotes/origin/`).
    pub refs: Vec<String>,
}

/// All that a range holds.
#[derive(Debug, Default)]
pub(super) struct RangeEnds {
    /// The commits, parents first.
    pub(super) commits: Vec<CommitObject>,
    /// Annotated tags.
    pub(super) tags: Vec<ObjectId>,
    /// Trees and blobs that an end names instead of a commit.
    pub(super) loose: Vec<(Kind, ObjectId)>,
    /// What may belong to the range and cannot be read.
    pub(super) problems: Vec<String>,
    /// What does not belong to it, and the reader should know of.
    pub(super) notes: Vec<String>,
}

/// The range that a person types: `BASE..HEAD` or `BASE...HEAD`.
pub(super) fn parse(
    opened: &OpenRepository,
    objects: &Objects,
    spec: &str,
) -> Result<RangeEnds, RangeError> {
    let (base, head, is_since_fork) = match (spec.split_once("..."), spec.split_once("..")) {
        (Some((base, head)), _) => (base, head, true),
        (None, Some((base, head))) => (base, head, false),
        (None, None) => return Err(RangeError::InvalidRange(spec.to_owned())),
    };
    let named = |name: &'static str, text: &str| {
        let text = if text.is_empty() { name } else { text };
        resolve(opened, objects, text).map(|tip| (text.to_owned(), tip))
    };
    let (base_name, base) = named("HEAD", base)?;
    let (head_name, head) = named("HEAD", head)?;
    for (name, tip) in [(&base_name, &base), (&head_name, &head)] {
        if tip.kind != Kind::Commit {
            return Err(RangeError::NotACommit {
                name: name.clone(),
                kind: tip.kind.to_string(),
            });
        }
    }
    let walked = walk::between(objects, &[head.id], &[base.id], &opened.shallow)?;
    if is_since_fork && !walked.is_connected {
        return Err(RangeError::Unrelated(base_name, head_name));
    }
    let ids: HashSet<ObjectId> = walked.commits.iter().map(|commit| commit.id).collect();
    let mut problems = Vec::new();
    let mut tags = head.tags;
    tags.extend(tags_of(opened, objects, &ids, &mut problems)?);
    tags.retain(|tag| !base.tags.contains(tag));
    tags.sort();
    tags.dedup();
    Ok(RangeEnds {
        commits: walked.commits,
        tags,
        problems,
        notes: git_notes(opened)?,
        ..RangeEnds::default()
    })
}

/// Commits as `git log` selects them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// What reaches them; `None`: what is checked out.
    pub head: Option<String>,
    /// What does not reach them, if there is such a limit.
    pub base: Option<String>,
    /// Those that the base reaches and the head does not, too: `BASE...HEAD`.
    pub is_symmetric: bool,
    /// Only those that were committed at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only the youngest so many.
    pub max_count: Option<usize>,
    /// Only what is reached by first parents; a merge is compared with its first parent alone.
    pub first_parent: bool,
}

/// The commits of a selection, and the annotated tags that name one of them.
pub(super) fn selected(
    opened: &OpenRepository,
    objects: &Objects,
    selection: &Selection,
) -> Result<RangeEnds, RangeError> {
    let commit = |name: &str| match resolve(opened, objects, name) {
        Ok(tip) if tip.kind != Kind::Commit => Err(RangeError::NotACommit {
            name: name.to_owned(),
            kind: tip.kind.to_string(),
        }),
        other => other,
    };
    let shallow = &opened.shallow;
    let head = commit(selection.head.as_deref().unwrap_or("HEAD"))?;
    let mut tips = vec![head.id];
    let within: Option<HashSet<ObjectId>> = match &selection.base {
        None => None,
        Some(base) => {
            let base = commit(base)?;
            let mut commits = walk::between(objects, &[head.id], &[base.id], shallow)?.commits;
            if selection.is_symmetric {
                tips.push(base.id);
                let others = walk::between(objects, &[base.id], &[head.id], shallow)?;
                commits.extend(others.commits);
            }
            Some(commits.into_iter().map(|commit| commit.id).collect())
        }
    };
    let limits = CommitLimits {
        since: selection.since,
        max_count: selection.max_count,
        first_parent: selection.first_parent,
    };
    let commits = walk::limited(objects, &tips, within.as_ref(), &limits, shallow)?;
    let ids: HashSet<ObjectId> = commits.iter().map(|commit| commit.id).collect();
    let mut problems = Vec::new();
    let mut tags = tags_of(opened, objects, &ids, &mut problems)?;
    if ids.contains(&head.id) {
        tags.extend(head.tags);
    }
    tags.sort();
    tags.dedup();
    Ok(RangeEnds {
        commits,
        tags,
        problems,
        notes: git_notes(opened)?,
        ..RangeEnds::default()
    })
}

/// The ends of the range of a push: what these objects add to those that are known.
pub(super) fn from_push(
    opened: &OpenRepository,
    objects: &Objects,
    new: &[String],
    known: &KnownRevisions,
) -> Result<RangeEnds, RangeError> {
    let mut ends = RangeEnds::default();
    let known = KnownObjects::collect(opened, objects, known)?;
    let mut commits = Vec::new();
    for name in new {
        let tip = resolve(opened, objects, name)?;
        ends.tags.extend(tip.tags);
        match tip.kind {
            Kind::Commit => commits.push(tip.id),
            kind => ends.loose.push((kind, tip.id)),
        }
    }
    ends.tags.retain(|tag| !known.all.contains(tag));
    ends.loose.retain(|(_, id)| !known.all.contains(id));
    ends.tags.sort();
    ends.tags.dedup();
    ends.loose.sort();
    ends.loose.dedup();
    ends.commits = walk::between(objects, &commits, &known.commits, &opened.shallow)?.commits;
    Ok(ends)
}

/// What known ends lead to.
#[derive(Default)]
struct KnownObjects {
    /// All of it, the tags on the way too.
    all: HashSet<ObjectId>,
    /// The commits of it.
    commits: Vec<ObjectId>,
}

impl KnownObjects {
    fn collect(
        opened: &OpenRepository,
        objects: &Objects,
        known: &KnownRevisions,
    ) -> Result<Self, RangeError> {
        let mut collected = Self::default();
        for name in &known.ids {
            // One that is not here cannot be known either.
            if let Ok(tip) = resolve(opened, objects, name) {
                collected.add(tip);
            }
        }
        for prefix in &known.refs {
            // A broken ref leads to nothing that could be known.
            for (_, id, _) in refs(opened, prefix, &mut Vec::new())? {
                if !collected.all.contains(&id)
                    && let Ok(tip) = tips::peel(objects, id)
                {
                    collected.add(tip);
                }
            }
        }
        Ok(collected)
    }

    fn add(&mut self, tip: PeeledTip) {
        self.all.extend(tip.tags);
        if self.all.insert(tip.id) && tip.kind == Kind::Commit {
            self.commits.push(tip.id);
        }
    }
}

/// The annotated tags of the repository that name one of these commits. Tags that cannot be read, and
/// so may be among them, are added to `problems`.
fn tags_of(
    opened: &OpenRepository,
    objects: &Objects,
    commits: &HashSet<ObjectId>,
    problems: &mut Vec<String>,
) -> Result<Vec<ObjectId>, RangeError> {
    let mut tags = Vec::new();
    for (name, id, peeled) in refs(opened, "refs/tags/", problems)? {
        if commits.is_empty()
            || commits.contains(&id)
            || peeled.is_some_and(|id| !commits.contains(&id))
        {
            continue;
        }
        match tips::peel(objects, id) {
            Ok(tip) if commits.contains(&tip.id) => tags.extend(tip.tags),
            Ok(_) => {}
            // Clones may leave out what a tag of something else than a commit names.
            Err(ObjectError::Missing(_)) if opened.is_partial || !opened.shallow.is_empty() => {}
            Err(error) => problems.push(format!(
                "the tag '{}' cannot be read: {error}",
                shown(&name)
            )),
        }
    }
    Ok(tags)
}

/// A sentence for the reader if the repository has Git notes, which no range contains.
fn git_notes(opened: &OpenRepository) -> Result<Vec<String>, RangeError> {
    let notes = refs(opened, "refs/notes/", &mut Vec::new())?;
    let Some((name, ..)) = notes.first() else {
        return Ok(Vec::new());
    };
    let more = match notes.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    Ok(vec![format!(
        "Git notes ({}{more}) are not part of a range and were not scanned; \
         'tokensweep history --refs \"refs/notes/*\"' scans them",
        shown(name)
    )])
}

/// The name of a ref as it can be shown.
fn shown(name: &str) -> String {
    BlobPath::from_bytes(name).to_string()
}

/// The refs with that prefix: name, what each names, and, where it is on record, what is behind a tag.
/// Those that cannot be read are added to `problems`.
fn refs(
    opened: &OpenRepository,
    prefix: &str,
    problems: &mut Vec<String>,
) -> Result<Vec<(String, ObjectId, Option<ObjectId>)>, RangeError> {
    let unreadable = |error: gix::Error| RangeError::Object(format!("the refs: {error}"));
    let platform = opened.repository.references().map_err(unreadable)?;
    let all = platform.prefixed(prefix).map_err(unreadable)?;
    let mut found = Vec::new();
    for reference in all {
        match reference {
            Ok(reference) => {
                if let Some(id) = reference.inner.target.try_id() {
                    let name = reference.inner.name.as_bstr().to_string();
                    found.push((name, id.to_owned(), reference.inner.peeled));
                }
            }
            Err(error) => problems.push(format!("a ref below '{prefix}' cannot be read: {error}")),
        }
    }
    Ok(found)
}

/// What a revision as a person writes it leads to.
fn resolve(
    opened: &OpenRepository,
    objects: &Objects,
    name: &str,
) -> Result<PeeledTip, RangeError> {
    let missing = |why: String| RangeError::Missing {
        name: name.to_owned(),
        why,
        advice: match objects.parse_id(name.as_bytes()) {
            _ if opened.is_partial || !opened.shallow.is_empty() => DEEPEN,
            Some(_) => FETCH_IT,
            None => LIST_NAMES,
        },
    };
    let id = revision::resolve(opened, objects, name).map_err(|error| match error {
        RevisionError::Unknown => missing(String::new()),
        RevisionError::Ambiguous(meanings) => RangeError::Ambiguous {
            name: name.to_owned(),
            meanings,
        },
        RevisionError::Unreadable(why) => missing(format!(": {why}")),
    })?;
    tips::peel(objects, id).map_err(|error| match error {
        ObjectError::Missing(missed) if missed == id => missing(String::new()),
        error => missing(format!(": {error}")),
    })
}
