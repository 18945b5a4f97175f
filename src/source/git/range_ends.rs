//! The commits of a range, or the steps to get them.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::location::{OpenRepository, RefEntry};
use super::lookup::AmbiguousRevision;
use super::objects::{ObjectError, Objects};
use super::open::OpenError;
use super::revision::{self, RevisionError};
use super::tips::{self, PeeledTip};
use super::walk::{self, CommitLimits, WalkError};
use crate::model::BlobPath;
use crate::source::exclude::ExcludeError;

/// Advice for an unknown name.
const LIST_NAMES: &str = "'git branch --all' and 'git tag' list the names that exist";

/// Advice for a full object id that is not here.
const FETCH_IT: &str = "fetch it: 'git fetch origin ID'";

/// Advice for commits that a shallow clone does not have.
const DEEPEN: &str = "get more of the history: 'git fetch --deepen=50' (again if that is not enough) \
                      or 'git fetch --unshallow'; in GitLab CI/CD: GIT_DEPTH: 0";

/// A range cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// The repository cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An exclusion is not a valid pattern.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
    /// The text is not a range.
    #[error(
        "invalid commit range '{0}': expected BASE..HEAD, or BASE...HEAD for what HEAD adds since the merge base"
    )]
    InvalidRange(String),
    /// A revision does not exist, or its commit is not here.
    #[error("'{name}' is not in this repository{why}; {advice}")]
    Missing {
        /// The revision.
        name: String,
        /// The reason, if there is another one.
        why: String,
        /// The advice to the user.
        advice: &'static str,
    },
    /// A revision is ambiguous.
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousRevision),
    /// A revision is not a commit.
    #[error("'{name}' is a {kind}, not a commit")]
    NotACommit {
        /// The revision.
        name: String,
        /// Its kind.
        kind: String,
    },
    /// The clone ends within the range.
    #[error(
        "the clone is shallow and ends within the range, at commit {0}: what it adds is unknown; {DEEPEN}"
    )]
    Cut(String),
    /// The commits have no merge base.
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

/// The objects that the receiver of a push already has.
#[derive(Clone, Debug, Default)]
pub struct KnownRevisions {
    /// Object ids or other revisions. Those that are not here are ignored.
    pub ids: Vec<String>,
    /// Prefixes of the full names of refs (`refs/remotes/origin/`).
    pub refs: Vec<String>,
}

/// Commits as `git log` selects them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The commit that reaches them; `None`: the checkout.
    pub head: Option<String>,
    /// The commit that does not reach them, if there is one.
    pub base: Option<String>,
    /// Also those that the base reaches and the head does not: `BASE...HEAD`.
    pub is_symmetric: bool,
    /// Only those committed at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only this many, the newest first.
    pub max_count: Option<usize>,
    /// Only those that first parents reach; a merge is compared with its first parent.
    pub first_parent: bool,
}

/// The contents of a range.
#[derive(Debug, Default)]
pub(super) struct RangeEnds {
    /// The commits, in topological order.
    pub(super) commits: Vec<CommitObject>,
    /// Annotated tags.
    pub(super) tags: Vec<ObjectId>,
    /// Trees and blobs that an end names instead of a commit.
    pub(super) loose: Vec<(Kind, ObjectId)>,
    /// Unreadable objects that may belong to the range.
    pub(super) problems: Vec<String>,
    /// The refs of Git notes, which no range contains.
    pub(super) git_notes: Vec<String>,
}

/// An open repository and its objects, to resolve revisions in.
pub(super) struct RangeReader<'a> {
    opened: &'a OpenRepository,
    objects: Objects,
}

impl<'a> RangeReader<'a> {
    /// Creates a reader of a repository.
    pub(super) fn new(opened: &'a OpenRepository) -> Self {
        let objects = opened.stores.objects();
        Self { opened, objects }
    }

    /// Parses `BASE..HEAD`, or `BASE...HEAD` for what HEAD adds since the merge base, which must exist.
    pub(super) fn parse(&self, range: &str) -> Result<RangeEnds, RangeError> {
        let (base, head, needs_merge_base) = match (range.split_once("..."), range.split_once(".."))
        {
            (Some((base, head)), _) => (base, head, true),
            (None, Some((base, head))) => (base, head, false),
            (None, None) => return Err(RangeError::InvalidRange(range.to_owned())),
        };
        let named = |name: &str| Some(if name.is_empty() { "HEAD" } else { name }.to_owned());
        let selection = Selection {
            base: named(base),
            head: named(head),
            ..Selection::default()
        };
        self.select(&selection, needs_merge_base)
    }

    /// Returns the commits of a selection, and the annotated tags that name one of them.
    pub(super) fn selected(&self, selection: &Selection) -> Result<RangeEnds, RangeError> {
        self.select(selection, false)
    }

    fn select(
        &self,
        selection: &Selection,
        needs_merge_base: bool,
    ) -> Result<RangeEnds, RangeError> {
        let (objects, shallow) = (&self.objects, &self.opened.shallow);
        let limits = CommitLimits {
            since: selection.since,
            max_count: selection.max_count,
            first_parent: selection.first_parent,
        };
        let base = selection.base.as_deref();
        let base = base
            .map(|name| Ok::<_, RangeError>((name, self.commit(name)?)))
            .transpose()?;
        let head_name = selection.head.as_deref().unwrap_or("HEAD");
        let head = self.commit(head_name)?;
        let commits = match &base {
            None => walk::limited(objects, &[head.id], None, &limits, shallow)?,
            Some((base_name, base)) => {
                let walked = walk::between(objects, &[head.id], &[base.id], shallow)?;
                if needs_merge_base && !walked.is_connected {
                    let (base, head) = ((*base_name).to_owned(), head_name.to_owned());
                    return Err(RangeError::Unrelated(base, head));
                }
                let (mut commits, mut tips) = (walked.commits, vec![head.id]);
                if selection.is_symmetric {
                    tips.push(base.id);
                    let others = walk::between(objects, &[base.id], &[head.id], shallow)?;
                    commits.extend(others.commits);
                }
                if selection.is_symmetric || !limits.is_unlimited() {
                    let within = commits.iter().map(|commit| commit.id).collect();
                    commits = walk::limited(objects, &tips, Some(&within), &limits, shallow)?;
                }
                commits
            }
        };
        let ids: HashSet<ObjectId> = commits.iter().map(|commit| commit.id).collect();
        let mut ends = RangeEnds {
            commits,
            tags: head.tags,
            git_notes: self.git_notes()?,
            ..RangeEnds::default()
        };
        self.add_tags(&ids, &mut ends)?;
        let known = base.map(|(_, base)| base.tags).unwrap_or_default();
        ends.tags.retain(|tag| !known.contains(tag));
        ends.tags.sort();
        ends.tags.dedup();
        Ok(ends)
    }

    /// Returns the commits that these objects add to known ones.
    pub(super) fn pushed(
        &self,
        new: &[String],
        known: &KnownRevisions,
    ) -> Result<RangeEnds, RangeError> {
        let mut ends = RangeEnds::default();
        let known = self.known_objects(known)?;
        let mut commits = Vec::new();
        for name in new {
            let tip = self.resolve(name)?;
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
        let shallow = &self.opened.shallow;
        ends.commits = walk::between(&self.objects, &commits, &known.commits, shallow)?.commits;
        Ok(ends)
    }

    /// Returns the objects that known revisions lead to. Revisions that are missing or damaged lead to nothing.
    fn known_objects(&self, known: &KnownRevisions) -> Result<KnownObjects, RangeError> {
        let mut found = KnownObjects::default();
        for name in &known.ids {
            if let Ok(tip) = self.resolve(name) {
                found.add(tip);
            }
        }
        for prefix in &known.refs {
            for RefEntry { id, .. } in self.refs(prefix, &mut Vec::new())? {
                if !found.all.contains(&id)
                    && let Ok(tip) = tips::peel(&self.objects, id)
                {
                    found.add(tip);
                }
            }
        }
        Ok(found)
    }

    /// Adds the annotated tags that name one of these commits. Tags that cannot be read may be among them, so they
    /// are problems.
    fn add_tags(
        &self,
        commits: &HashSet<ObjectId>,
        ends: &mut RangeEnds,
    ) -> Result<(), RangeError> {
        for RefEntry { name, id, peeled } in self.refs("refs/tags/", &mut ends.problems)? {
            let is_other = commits.contains(&id) || peeled.is_some_and(|id| !commits.contains(&id));
            if commits.is_empty() || is_other {
                continue;
            }
            match tips::peel(&self.objects, id) {
                Ok(tip) if commits.contains(&tip.id) => ends.tags.extend(tip.tags),
                Ok(_) => {}
                // Such clones may not have the target of a tag that is not a commit.
                Err(ObjectError::Missing(_)) if self.is_incomplete() => {}
                Err(error) => ends.problems.push(format!(
                    "the tag '{}' cannot be read: {error}",
                    displayed(&name)
                )),
            }
        }
        Ok(())
    }

    /// Returns the names of the refs of Git notes.
    fn git_notes(&self) -> Result<Vec<String>, RangeError> {
        let notes = self.refs("refs/notes/", &mut Vec::new())?;
        Ok(notes.iter().map(|entry| displayed(&entry.name)).collect())
    }

    fn refs(&self, prefix: &str, problems: &mut Vec<String>) -> Result<Vec<RefEntry>, RangeError> {
        self.opened
            .refs(prefix, problems)
            .map_err(RangeError::Object)
    }

    /// Resolves a revision to a commit.
    fn commit(&self, name: &str) -> Result<PeeledTip, RangeError> {
        let tip = self.resolve(name)?;
        if tip.kind != Kind::Commit {
            return Err(RangeError::NotACommit {
                name: name.to_owned(),
                kind: tip.kind.to_string(),
            });
        }
        Ok(tip)
    }

    /// Resolves a revision.
    fn resolve(&self, name: &str) -> Result<PeeledTip, RangeError> {
        let missing = |why: String| RangeError::Missing {
            name: name.to_owned(),
            why,
            advice: match self.objects.parse_id(name.as_bytes()) {
                _ if self.is_incomplete() => DEEPEN,
                Some(_) => FETCH_IT,
                None => LIST_NAMES,
            },
        };
        let id =
            revision::resolve(self.opened, &self.objects, name).map_err(|error| match error {
                RevisionError::Unknown => missing(String::new()),
                RevisionError::Ambiguous(meanings) => RangeError::Ambiguous(AmbiguousRevision {
                    name: name.to_owned(),
                    meanings,
                }),
                RevisionError::Unreadable(why) => missing(format!(": {why}")),
            })?;
        tips::peel(&self.objects, id).map_err(|error| match error {
            ObjectError::Missing(missed) if missed == id => missing(String::new()),
            error => missing(format!(": {error}")),
        })
    }

    /// Returns true for a partial or shallow clone.
    fn is_incomplete(&self) -> bool {
        self.opened.is_partial || !self.opened.shallow.is_empty()
    }
}

/// The objects that known revisions lead to.
#[derive(Default)]
struct KnownObjects {
    /// All of them, including tags.
    all: HashSet<ObjectId>,
    /// The commits among them.
    commits: Vec<ObjectId>,
}

impl KnownObjects {
    fn add(&mut self, tip: PeeledTip) {
        self.all.extend(tip.tags);
        if self.all.insert(tip.id) && tip.kind == Kind::Commit {
            self.commits.push(tip.id);
        }
    }
}

/// Returns the name of a ref with control characters escaped.
fn displayed(name: &str) -> String {
    BlobPath::from_bytes(name).to_string()
}
