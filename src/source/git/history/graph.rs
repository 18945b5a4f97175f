//! The commit graph.

use super::super::pack::store::ObjectStore;
use super::super::topology;

/// A commit, by the numbers of the objects that it names.
#[derive(Debug)]
pub(crate) struct CommitNode {
    /// The commit.
    pub(crate) number: u32,
    /// Its top folder, unless that is missing.
    pub(crate) tree: Option<u32>,
    /// Time of the commit, in seconds since 1970.
    pub(crate) time: i64,
    /// Its parents, without missing ones.
    pub(crate) parents: Vec<u32>,
}

/// All commits, sorted by number and identified by their index there.
pub(crate) struct CommitGraph {
    nodes: Vec<CommitNode>,
    /// By index: the parents as indices.
    parents: Vec<Box<[u32]>>,
}

impl CommitGraph {
    /// Creates the graph of these commits.
    pub(crate) fn new(mut nodes: Vec<CommitNode>) -> Self {
        nodes.sort_unstable_by_key(|node| node.number);
        nodes.dedup_by_key(|node| node.number);
        let parents = nodes
            .iter()
            .map(|node| {
                let parents = node.parents.iter();
                parents.filter_map(|&parent| find(&nodes, parent)).collect()
            })
            .collect();
        Self { nodes, parents }
    }

    /// Returns the index of a commit.
    pub(crate) fn find(&self, number: u32) -> Option<u32> {
        find(&self.nodes, number)
    }

    /// Returns the commit at an index.
    pub(crate) fn node(&self, index: u32) -> &CommitNode {
        &self.nodes[index as usize]
    }

    /// Returns the parents of a commit, in order.
    pub(crate) fn parents(&self, index: u32) -> &[u32] {
        &self.parents[index as usize]
    }

    /// Returns the number of commits.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns by index: true for the commits that `tips` reach.
    pub(crate) fn reachable(&self, tips: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        let mut stack: Vec<u32> = tips.into_iter().collect();
        while let Some(index) = stack.pop() {
            if !std::mem::replace(&mut reached[index as usize], true) {
                stack.extend(self.parents(index));
            }
        }
        reached
    }

    /// Returns all commits in topological order; of several that could be next, the oldest by committer date, then
    /// the one with the smallest id.
    pub(crate) fn order(&self, store: &ObjectStore) -> Vec<u32> {
        topology::parents_first(&self.parents, |index| {
            let node = self.node(index);
            (node.time, store.id(node.number))
        })
    }
}

fn find(nodes: &[CommitNode], number: u32) -> Option<u32> {
    let index = nodes
        .binary_search_by_key(&number, |node| node.number)
        .ok()?;
    u32::try_from(index).ok()
}
