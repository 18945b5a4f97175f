//! What must be rewritten to take something out of commits and tags that were made already.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::{CommitObject, header};
use super::location::RepoLocation;
use super::objects::Objects;
use super::revision;
use super::tips;

/// The most commits that are looked at for one tip. A push with more is rewritten by other means.
const MAX_COMMITS: usize = 20_000;

/// An end of history that is pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushTip {
    /// Its revision.
    pub revision: String,
    /// The branch that it is the end of, without `refs/heads/`.
    pub branch: Option<String>,
}

impl PushTip {
    /// A revision, and the full name of its ref.
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
    /// The end of the branch, as a full id.
    pub tip: String,
    /// The name of the branch, if it has one.
    pub branch: Option<String>,
    /// The commits, parents first, as full ids.
    pub commits: Vec<String>,
    /// True if the first of them has no parent.
    pub starts_at_root: bool,
    /// True if the first of them or one that comes after it is a merge.
    pub has_merges: bool,
    /// True if one of them is a merge.
    pub edits_merge: bool,
}

/// An annotated tag whose text must be written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The full id of what it names.
    pub target: String,
}

/// What must be rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrites {
    /// One for each branch that has some of the commits; no commit is named twice.
    pub branches: Vec<Rewrite>,
    /// Tags, in order of their names.
    pub tags: Vec<Retag>,
}

/// Works out how the objects `ids`, commits and annotated tags, that the revisions `tips` reach are rewritten.
/// What cannot be read or is not reached is left out: this is advice, not a scan.
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
        // Objects of a push are not yet in the repository, so an id is not looked up in it.
        let tip = objects.parse_id(revision.as_bytes()).or_else(|| {
            let id = revision::resolve(&opened, &objects, revision).ok()?;
            Some(tips::peel(&objects, id).ok()?.id)
        });
        let Some(tip) = tip else { continue };
        let history = RecentHistory::read(&objects, tip, &wanted);
        let order = history.parents_first();
        let commits: Vec<ObjectId> = order
            .iter()
            .copied()
            .filter(|id| wanted.remove(id))
            .collect();
        let Some(first) = commits.first() else {
            continue;
        };
        let parents = |id: &ObjectId| history.parents.get(id).map_or(0, Vec::len);
        rewrites.branches.push(Rewrite {
            tip: tip.to_string(),
            branch: branch.clone(),
            edits_merge: commits.iter().any(|id| parents(id) > 1),
            starts_at_root: parents(first) == 0,
            has_merges: order
                .iter()
                .skip_while(|id| *id != first)
                .any(|id| parents(id) > 1),
            commits: commits.iter().map(ToString::to_string).collect(),
        });
    }
    rewrites
}

/// The name and the target of an annotated tag.
fn retag(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Option<Retag> {
    objects.read_kind(id, Kind::Tag, buffer).ok()?;
    let field = |name: &[u8]| {
        let value = header(buffer).find_map(|line| line.strip_prefix(name))?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    Some(Retag {
        name: field(b"tag ")?,
        target: field(b"object ")?,
    })
}

/// The commits between a tip and the oldest of those that are wanted, with their parents.
struct RecentHistory {
    parents: HashMap<ObjectId, Vec<ObjectId>>,
    tip: ObjectId,
}

impl RecentHistory {
    /// Reads from the tip on until all wanted commits were met or there are no more.
    fn read(objects: &Objects, tip: ObjectId, wanted: &BTreeSet<ObjectId>) -> Self {
        let mut parents = HashMap::new();
        let mut missing: HashSet<ObjectId> = wanted.iter().copied().collect();
        let mut queue = VecDeque::from([tip]);
        let mut buffer = Vec::new();
        while let Some(id) = queue.pop_front() {
            if missing.is_empty() || parents.len() >= MAX_COMMITS {
                break;
            }
            if parents.contains_key(&id) {
                continue;
            }
            let Ok(commit) = CommitObject::read(objects, id, &mut buffer) else {
                continue;
            };
            queue.extend(&commit.parents);
            missing.remove(&id);
            parents.insert(id, commit.parents);
        }
        Self { parents, tip }
    }

    /// Its commits, each after its parents.
    fn parents_first(&self) -> Vec<ObjectId> {
        let mut order = Vec::with_capacity(self.parents.len());
        let mut seen = HashSet::new();
        let mut stack = vec![(self.tip, false)];
        while let Some((id, is_done)) = stack.pop() {
            if is_done {
                order.push(id);
            } else if let Some(parents) = self.parents.get(&id)
                && seen.insert(id)
            {
                stack.push((id, true));
                stack.extend(parents.iter().rev().map(|&parent| (parent, false)));
            }
        }
        order
    }
}
