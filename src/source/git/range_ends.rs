//! From what was asked for to the commits of a range, or to what must be done to have them.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::Commit;
use super::objects::{ObjectError, Objects};
use super::open::OpenError;
use super::place::Opened;
use super::tips::{self, Tip};
use super::walk::{self, Limits, WalkError};
use crate::source::exclude::ExcludeError;

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
    NoRange(String),
    /// A revision names nothing, or nothing that is here.
    #[error("'{name}' is not in this repository{why}; {DEEPEN}")]
    Missing {
        /// The revision.
        name: String,
        /// What stands in the way, if it is something else.
        why: String,
    },
    /// A revision that is no commit.
    #[error("'{name}' is a {kind}, not a commit")]
    NoCommit {
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
pub struct Known {
    /// Objects, by id or any other revision. One that is not here is passed over.
    pub ids: Vec<String>,
    /// All refs whose names start like this (`refs/remotes/origin/`).
    pub refs: Vec<String>,
}

/// All that a range holds.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The commits, parents first.
    pub(super) commits: Vec<Commit>,
    /// Annotated tags.
    pub(super) tags: Vec<ObjectId>,
    /// Trees and blobs that an end names instead of a commit.
    pub(super) loose: Vec<(Kind, ObjectId)>,
}

/// The range that a person types: `BASE..HEAD` or `BASE...HEAD`.
pub(super) fn typed(opened: &Opened, objects: &Objects, spec: &str) -> Result<Ends, RangeError> {
    let (base, head, is_since_fork) = match (spec.split_once("..."), spec.split_once("..")) {
        (Some((base, head)), _) => (base, head, true),
        (None, Some((base, head))) => (base, head, false),
        (None, None) => return Err(RangeError::NoRange(spec.to_owned())),
    };
    let named = |name: &'static str, text: &str| {
        let text = if text.is_empty() { name } else { text };
        resolve(opened, objects, text).map(|tip| (text.to_owned(), tip))
    };
    let (base_name, base) = named("HEAD", base)?;
    let (head_name, head) = named("HEAD", head)?;
    for (name, tip) in [(&base_name, &base), (&head_name, &head)] {
        if tip.kind != Kind::Commit {
            return Err(RangeError::NoCommit {
                name: name.clone(),
                kind: tip.kind.to_string(),
            });
        }
    }
    let walked = walk::between(objects, &[head.id], &[base.id], &shallow(opened)?)?;
    if is_since_fork && !walked.is_connected {
        return Err(RangeError::Unrelated(base_name, head_name));
    }
    let ids: HashSet<ObjectId> = walked.commits.iter().map(|commit| commit.id).collect();
    let mut tags = head.tags;
    tags.extend(tags_of(opened, objects, &ids)?);
    tags.retain(|tag| !base.tags.contains(tag));
    tags.sort();
    tags.dedup();
    Ok(Ends {
        commits: walked.commits,
        tags,
        loose: Vec::new(),
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
    opened: &Opened,
    objects: &Objects,
    selection: &Selection,
) -> Result<Ends, RangeError> {
    let commit = |name: &str| match resolve(opened, objects, name) {
        Ok(tip) if tip.kind != Kind::Commit => Err(RangeError::NoCommit {
            name: name.to_owned(),
            kind: tip.kind.to_string(),
        }),
        other => other,
    };
    let shallow = shallow(opened)?;
    let head = commit(selection.head.as_deref().unwrap_or("HEAD"))?;
    let mut tips = vec![head.id];
    let within: Option<HashSet<ObjectId>> = match &selection.base {
        None => None,
        Some(base) => {
            let base = commit(base)?;
            let mut commits = walk::between(objects, &[head.id], &[base.id], &shallow)?.commits;
            if selection.is_symmetric {
                tips.push(base.id);
                let others = walk::between(objects, &[base.id], &[head.id], &shallow)?;
                commits.extend(others.commits);
            }
            Some(commits.into_iter().map(|commit| commit.id).collect())
        }
    };
    let limits = Limits {
        since: selection.since,
        max_count: selection.max_count,
        first_parent: selection.first_parent,
    };
    let commits = walk::limited(objects, &tips, within.as_ref(), &limits, &shallow)?;
    let ids: HashSet<ObjectId> = commits.iter().map(|commit| commit.id).collect();
    let mut tags = tags_of(opened, objects, &ids)?;
    if ids.contains(&head.id) {
        tags.extend(head.tags);
    }
    tags.sort();
    tags.dedup();
    Ok(Ends {
        commits,
        tags,
        loose: Vec::new(),
    })
}

/// The range that Git tells a hook: what these objects bring that is not known.
pub(super) fn told(
    opened: &Opened,
    objects: &Objects,
    new: &[String],
    known: &Known,
) -> Result<Ends, RangeError> {
    let mut ends = Ends::default();
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
    ends.commits = walk::between(objects, &commits, &known.commits, &shallow(opened)?)?.commits;
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
    fn collect(opened: &Opened, objects: &Objects, known: &Known) -> Result<Self, RangeError> {
        let mut collected = Self::default();
        for name in &known.ids {
            // One that is not here cannot be known either.
            if let Ok(tip) = resolve(opened, objects, name) {
                collected.add(tip);
            }
        }
        for prefix in &known.refs {
            for (id, _) in refs(opened, prefix)? {
                if !collected.all.contains(&id)
                    && let Ok(tip) = tips::peel(objects, id)
                {
                    collected.add(tip);
                }
            }
        }
        Ok(collected)
    }

    fn add(&mut self, tip: Tip) {
        self.all.extend(tip.tags);
        if self.all.insert(tip.id) && tip.kind == Kind::Commit {
            self.commits.push(tip.id);
        }
    }
}

/// The annotated tags of the repository that name one of these commits.
fn tags_of(
    opened: &Opened,
    objects: &Objects,
    commits: &HashSet<ObjectId>,
) -> Result<Vec<ObjectId>, RangeError> {
    let mut tags = Vec::new();
    for (id, peeled) in refs(opened, "refs/tags/")? {
        if commits.is_empty()
            || commits.contains(&id)
            || peeled.is_some_and(|id| !commits.contains(&id))
        {
            continue;
        }
        // A tag that cannot be read is no part of the range as far as anybody can tell.
        if let Ok(tip) = tips::peel(objects, id)
            && commits.contains(&tip.id)
        {
            tags.extend(tip.tags);
        }
    }
    Ok(tags)
}

/// What the refs with that prefix name, and, where it is on record, what is behind their tags.
fn refs(opened: &Opened, prefix: &str) -> Result<Vec<(ObjectId, Option<ObjectId>)>, RangeError> {
    let unreadable = |error: gix::Error| RangeError::Object(format!("the refs: {error}"));
    let platform = opened.repository.references().map_err(unreadable)?;
    let all = platform.prefixed(prefix).map_err(unreadable)?;
    let mut found = Vec::new();
    for reference in all {
        // Git passes over a broken ref with a warning. What it named counts as not known.
        let Ok(reference) = reference else { continue };
        if let Some(id) = reference.inner.target.try_id() {
            found.push((id.to_owned(), reference.inner.peeled));
        }
    }
    Ok(found)
}

/// The commits at which a shallow clone ends.
fn shallow(opened: &Opened) -> Result<HashSet<ObjectId>, RangeError> {
    let commits = opened
        .repository
        .shallow_commits()
        .map_err(|error| RangeError::Object(format!("the file 'shallow': {error}")))?;
    Ok(commits.iter().flat_map(|all| all.iter().copied()).collect())
}

/// What a revision as a person writes it leads to.
fn resolve(opened: &Opened, objects: &Objects, name: &str) -> Result<Tip, RangeError> {
    let missing = |why: String| RangeError::Missing {
        name: name.to_owned(),
        why,
    };
    let id = match objects.parse_id(name.as_bytes()) {
        Some(id) => id,
        None => opened
            .repository
            .rev_parse_single(name)
            .map_err(|_| missing(String::new()))?
            .detach(),
    };
    tips::peel(objects, id).map_err(|error| match error {
        ObjectError::Missing(missed) if missed == id => missing(String::new()),
        error => missing(format!(": {error}")),
    })
}
