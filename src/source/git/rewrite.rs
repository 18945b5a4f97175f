//! The commits and tags that must be rewritten to remove a secret.

use std::collections::{BTreeSet, HashMap, VecDeque};

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::CommitObject;
use super::location::RepoLocation;
use super::objects::Objects;
use super::revision;
use super::{pack::parse, tips, walk};

/// Maximum number of commits that are read for one tip. Longer pushes need other tools.
const MAX_COMMITS: usize = 20_000;

/// A tip that is pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushTip {
    /// Its revision.
    pub revision: String,
    /// The branch with this tip, without `refs/heads/`.
    pub branch: Option<String>,
}

impl PushTip {
    /// Creates a tip from a revision and the full name of its ref.
    pub fn new(revision: &str, name: &str) -> Self {
        Self {
            revision: revision.to_owned(),
            branch: name.strip_prefix("refs/heads/").map(str::to_owned),
        }
    }
}

/// Commits of one branch that must be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The tip of the branch, as a full id.
    pub tip: String,
    /// The name of the branch, if it has one.
    pub branch: Option<String>,
    /// The full ids of the commits, in topological order.
    pub commits: Vec<String>,
    /// True if the first one has no parent.
    pub starts_at_root: bool,
    /// True if the first one or a later commit is a merge.
    pub has_merges: bool,
    /// True if one of them is a merge.
    pub edits_merge: bool,
}

/// An annotated tag whose message must be rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The full id of its target.
    pub target: String,
}

/// The branches and tags that must be rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrites {
    /// The branches with some of the commits; each commit is listed once.
    pub branches: Vec<Rewrite>,
    /// The tags, sorted by name.
    pub tags: Vec<Retag>,
}

/// Returns how to rewrite the commits and annotated tags `ids` that the revisions `tips` reach. Objects that are
/// unreadable or unreachable are omitted: this is advice, not a scan.
pub fn rewrites(place: &RepoLocation, tips: &[PushTip], ids: &[String]) -> Rewrites {
    let mut rewrites = Rewrites::default();
    let Ok(opened) = place.open() else {
        return rewrites;
    };
    let objects = opened.stores.objects();
    let mut buffer = Vec::new();
    let mut wanted: BTreeSet<ObjectId> = BTreeSet::new();
    for id in ids.iter().filter_map(|id| objects.parse_id(id.as_bytes())) {
        match objects.header(id) {
            Ok((Kind::Commit, _)) => {
                wanted.insert(id);
            }
            Ok((Kind::Tag, _)) => rewrites.tags.extend(retag(&objects, id, &mut buffer)),
            _ => {}
        }
    }
    rewrites.tags.sort_by(|a, b| a.name.cmp(&b.name));
    rewrites.tags.dedup();
    for PushTip { revision, branch } in tips {
        // The objects of a push are not in the repository yet, so an id is not resolved.
        let tip = objects.parse_id(revision.as_bytes()).or_else(|| {
            let id = revision::resolve(&opened, &objects, revision).ok()?;
            Some(tips::peel(&objects, id).ok()?.id)
        });
        let Some(tip) = tip else { continue };
        let history = read_history(&objects, tip, &wanted);
        let is_wanted = |commit: &&CommitObject| wanted.contains(&commit.id);
        let commits: Vec<&CommitObject> = history.iter().filter(is_wanted).collect();
        let Some(first) = commits.first() else {
            continue;
        };
        let is_merge = |commit: &CommitObject| commit.parents.len() > 1;
        let mut later = history.iter().skip_while(|commit| commit.id != first.id);
        rewrites.branches.push(Rewrite {
            tip: tip.to_string(),
            branch: branch.clone(),
            edits_merge: commits.iter().any(|commit| is_merge(commit)),
            starts_at_root: first.parents.is_empty(),
            has_merges: later.any(is_merge),
            commits: commits.iter().map(|commit| commit.id.to_string()).collect(),
        });
        for commit in history {
            wanted.remove(&commit.id);
        }
    }
    rewrites
}

/// Returns the name and the target of an annotated tag.
fn retag(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Option<Retag> {
    objects.read_kind(id, Kind::Tag, buffer).ok()?;
    let field = |name: &[u8]| {
        let value = parse::field(buffer, name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    Some(Retag {
        name: field(b"tag")?,
        target: field(b"object")?,
    })
}

/// Reads the commits from a tip to the oldest wanted one, in topological order.
fn read_history(
    objects: &Objects,
    tip: ObjectId,
    wanted: &BTreeSet<ObjectId>,
) -> Vec<CommitObject> {
    let mut commits = HashMap::new();
    let mut missing = wanted.clone();
    let mut queue = VecDeque::from([tip]);
    let mut buffer = Vec::new();
    while let Some(id) = queue.pop_front() {
        if missing.is_empty() || commits.len() >= MAX_COMMITS {
            break;
        }
        if !commits.contains_key(&id)
            && let Ok(commit) = CommitObject::read(objects, id, &mut buffer)
        {
            queue.extend(&commit.parents);
            missing.remove(&id);
            commits.insert(id, commit);
        }
    }
    walk::parents_first(commits)
}
