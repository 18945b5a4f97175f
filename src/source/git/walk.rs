//! The commits of a range: those that the new tips reach and the known ones do not.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;

use super::commit::CommitObject;
use super::objects::{ObjectError, Objects};
use super::topology;

/// Number of known commits that are read after the last one that matters if all clocks were right. Git's margin is 5.
const MARGIN: usize = 32;

/// The commits of a range cannot be determined.
#[derive(Debug, thiserror::Error)]
pub(super) enum WalkError {
    /// A commit of it cannot be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// A shallow clone ends at this commit, so that its parents are unknown.
    #[error("the clone is shallow and ends at commit {0}")]
    Cut(ObjectId),
}

/// The commits of a range, in topological order.
pub(super) struct WalkedCommits {
    /// The commits.
    pub(super) commits: Vec<CommitObject>,
    /// True if the range begins at a known commit or is known entirely.
    pub(super) is_connected: bool,
}

/// Returns the commits that `new` reaches and `known` does not. A clone ends at the commits `shallow`. Reads little
/// more than these commits, however long the history is.
pub(super) fn between(
    objects: &Objects,
    new: &[ObjectId],
    known: &[ObjectId],
    shallow: &HashSet<ObjectId>,
) -> Result<WalkedCommits, WalkError> {
    let mut walk = CommitWalk {
        objects,
        nodes: HashMap::new(),
        queue: BinaryHeap::new(),
        new_in_queue: 0,
        buffer: Vec::new(),
    };
    for &id in known {
        walk.visit(id, true)?;
    }
    for &id in new {
        walk.visit(id, false)?;
    }
    walk.run(shallow)?;
    let nodes = walk.nodes;
    let is_known = |id: &ObjectId| nodes.get(id).is_none_or(|node| node.is_known);
    let is_connected = new.iter().any(is_known)
        || nodes
            .values()
            .any(|node| !node.is_known && node.commit.parents.iter().any(is_known));
    let commits: HashMap<ObjectId, CommitObject> = nodes
        .into_iter()
        .filter(|(_, node)| !node.is_known)
        .map(|(id, node)| (id, node.commit))
        .collect();
    if let Some(id) = commits.keys().filter(|id| shallow.contains(*id)).min() {
        return Err(WalkError::Cut(*id));
    }
    Ok(WalkedCommits {
        commits: parents_first(commits),
        is_connected,
    })
}

/// Limits on the commits, as in the options of Git with these names.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommitLimits {
    /// Committed at this time or later, in seconds since 1970, or a descendant of such a commit: a committer may
    /// choose any date.
    pub(super) since: Option<i64>,
    /// This many commits, the newest first.
    pub(super) max_count: Option<usize>,
    /// Only the first parent of a merge is followed.
    pub(super) first_parent: bool,
}

impl CommitLimits {
    /// Returns true without a limit.
    pub(super) fn is_unlimited(&self) -> bool {
        self.since.is_none() && self.max_count.is_none() && !self.first_parent
    }
}

/// Returns the commits that `tips` reach, within `limits` and among those of `within`, in the order of [`between`].
/// Reads no more of the history than the limits need; a time needs all of it.
pub(super) fn limited(
    objects: &Objects,
    tips: &[ObjectId],
    within: Option<&HashSet<ObjectId>>,
    limits: &CommitLimits,
    shallow: &HashSet<ObjectId>,
) -> Result<Vec<CommitObject>, WalkError> {
    let recent = match limits.since {
        Some(since) => Some(recent(objects, tips, since, shallow)?),
        None => None,
    };
    let is_meant = |id: &ObjectId| {
        within.is_none_or(|ids| ids.contains(id))
            && recent.as_ref().is_none_or(|ids| ids.contains(id))
    };
    let mut chosen = HashMap::new();
    let mut waiting = HashMap::new();
    let mut visited = HashSet::new();
    let mut queue = BinaryHeap::new();
    let mut buffer = Vec::new();
    let mut next = tips.to_vec();
    while chosen.len() < limits.max_count.unwrap_or(usize::MAX) {
        for id in next.drain(..) {
            if is_meant(&id) && visited.insert(id) {
                let commit = CommitObject::read(objects, id, &mut buffer)?;
                queue.push((commit.time, id));
                waiting.insert(id, commit);
            }
        }
        let Some((_, id)) = queue.pop() else { break };
        let Some(mut commit) = waiting.remove(&id) else {
            continue;
        };
        if limits.first_parent {
            commit.parents.truncate(1);
        }
        if shallow.contains(&id) {
            return Err(WalkError::Cut(id));
        }
        next.extend_from_slice(&commit.parents);
        chosen.insert(id, commit);
    }
    Ok(parents_first(chosen))
}

/// Returns the commits that `tips` reach of that time or later, and their descendants.
fn recent(
    objects: &Objects,
    tips: &[ObjectId],
    since: i64,
    shallow: &HashSet<ObjectId>,
) -> Result<HashSet<ObjectId>, WalkError> {
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut visited: HashSet<ObjectId> = HashSet::new();
    let mut recent = HashSet::new();
    let mut stack = tips.to_vec();
    let mut dated = Vec::new();
    let mut buffer = Vec::new();
    while let Some(id) = stack.pop() {
        if !visited.insert(id) {
            continue;
        }
        if shallow.contains(&id) {
            // Its ancestors are unknown.
            return Err(WalkError::Cut(id));
        }
        let commit = CommitObject::read(objects, id, &mut buffer)?;
        if commit.time >= since {
            dated.push(id);
        }
        for parent in commit.parents {
            children.entry(parent).or_default().push(id);
            stack.push(parent);
        }
    }
    while let Some(id) = dated.pop() {
        if recent.insert(id) {
            dated.extend(children.get(&id).into_iter().flatten());
        }
    }
    Ok(recent)
}

struct WalkNode {
    commit: CommitObject,
    is_known: bool,
    is_queued: bool,
}

struct CommitWalk<'a> {
    objects: &'a Objects,
    nodes: HashMap<ObjectId, WalkNode>,
    /// The commits to follow, the newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// Number of new commits in the queue.
    new_in_queue: usize,
    buffer: Vec<u8>,
}

impl CommitWalk<'_> {
    /// Visits a commit.
    fn visit(&mut self, id: ObjectId, is_known: bool) -> Result<(), ObjectError> {
        if self.nodes.contains_key(&id) {
            if is_known {
                self.mark_known(id);
            }
            return Ok(());
        }
        let commit = match CommitObject::read(self.objects, id, &mut self.buffer) {
            Ok(commit) => commit,
            // A known commit may be missing.
            Err(ObjectError::Missing(_)) if is_known => return Ok(()),
            Err(error) => return Err(error),
        };
        self.queue.push((commit.time, id));
        self.new_in_queue += usize::from(!is_known);
        let node = WalkNode {
            commit,
            is_known,
            is_queued: true,
        };
        self.nodes.insert(id, node);
        Ok(())
    }

    /// Marks a visited commit as known, and all visited commits that it reaches.
    fn mark_known(&mut self, id: ObjectId) {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            let Some(node) = self.nodes.get_mut(&id).filter(|node| !node.is_known) else {
                continue;
            };
            node.is_known = true;
            self.new_in_queue -= usize::from(node.is_queued);
            pending.extend_from_slice(&node.commit.parents);
        }
    }

    fn run(&mut self, shallow: &HashSet<ObjectId>) -> Result<(), ObjectError> {
        let mut oldest_new = i64::MAX;
        let mut margin = MARGIN;
        while let Some((time, id)) = self.queue.pop() {
            if self.new_in_queue == 0 && time < oldest_new {
                // Only known commits are left; with a wrong clock they may still lead to new ones.
                if margin == 0 || oldest_new == i64::MAX {
                    break;
                }
                margin -= 1;
            }
            let Some(node) = self.nodes.get_mut(&id) else {
                continue;
            };
            node.is_queued = false;
            let is_known = node.is_known;
            if !is_known {
                self.new_in_queue -= 1;
                oldest_new = oldest_new.min(time);
            }
            if shallow.contains(&id) {
                continue;
            }
            for parent in node.commit.parents.clone() {
                self.visit(parent, is_known)?;
            }
        }
        Ok(())
    }
}

/// Sorts commits topologically; of several that could be next, the oldest, then the one with the smallest id.
pub(super) fn parents_first(commits: HashMap<ObjectId, CommitObject>) -> Vec<CommitObject> {
    let mut commits: Vec<Option<CommitObject>> = commits.into_values().map(Some).collect();
    let nodes = || (0u32..).zip(commits.iter().flatten());
    let indices: HashMap<ObjectId, u32> =
        nodes().map(|(index, commit)| (commit.id, index)).collect();
    let parents: Vec<Vec<u32>> = nodes()
        .map(|(_, commit)| {
            let parents = commit.parents.iter();
            parents.filter_map(|id| indices.get(id).copied()).collect()
        })
        .collect();
    let keys: Vec<_> = nodes()
        .map(|(_, commit)| (commit.time, commit.id))
        .collect();
    topology::parents_first(&parents, |index| keys.get(index as usize).copied())
        .into_iter()
        .filter_map(|index| commits.get_mut(index as usize)?.take())
        .collect()
}
