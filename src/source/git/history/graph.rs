//! How commits hang together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::pack::store::ObjectStore;

/// A commit, by the numbers of what it names.
#[derive(Debug)]
pub(crate) struct CommitNode {
    /// The commit.
    pub(crate) number: u32,
    /// Its folder, if that is there.
    pub(crate) tree: Option<u32>,
    /// When it was committed, in seconds since 1970.
    pub(crate) time: i64,
    /// Its parents, as far as they are there.
    pub(crate) parents: Vec<u32>,
}

/// All commits, sorted by number and known by their index there.
pub(crate) struct CommitGraph {
    links: Vec<CommitNode>,
    /// The same as `Link::parents`, as indices.
    parents: Vec<Box<[u32]>>,
}

impl CommitGraph {
    /// A graph of these commits.
    pub(crate) fn new(mut links: Vec<CommitNode>) -> Self {
        links.sort_unstable_by_key(|link| link.number);
        links.dedup_by_key(|link| link.number);
        let parents = links
            .iter()
            .map(|link| {
                let parents = link.parents.iter();
                parents.filter_map(|&parent| find(&links, parent)).collect()
            })
            .collect();
        Self { links, parents }
    }

    /// The index of a commit.
    pub(crate) fn find(&self, number: u32) -> Option<u32> {
        find(&self.links, number)
    }

    /// The commit at an index.
    pub(crate) fn link(&self, index: u32) -> &CommitNode {
        &self.links[index as usize]
    }

    /// The parents of a commit, in order.
    pub(crate) fn parents(&self, index: u32) -> &[u32] {
        &self.parents[index as usize]
    }

    /// How many commits there are.
    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// By index: true for what can be reached from `tips`.
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

    /// All commits, parents before children; of those whose parents are all named, the oldest by
    /// its committer's date first, then the one with the smaller id.
    pub(crate) fn order(&self, store: &ObjectStore) -> Vec<u32> {
        let mut waits: Vec<u32> = Vec::with_capacity(self.len());
        let mut children: Vec<(u32, u32)> = Vec::new();
        let mut ready = BinaryHeap::new();
        let key = |index: u32| {
            let link = self.link(index);
            Reverse((link.time, store.id(link.number), index))
        };
        for (index, parents) in (0u32..).zip(&self.parents) {
            let mut parents = parents.to_vec();
            parents.sort_unstable();
            parents.dedup();
            waits.push(u32::try_from(parents.len()).unwrap_or(u32::MAX));
            children.extend(parents.iter().map(|&parent| (parent, index)));
            if parents.is_empty() {
                ready.push(key(index));
            }
        }
        children.sort_unstable();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse((_, _, index))) = ready.pop() {
            order.push(index);
            let first = children.partition_point(|&(parent, _)| parent < index);
            let mine = children[first..].iter().take_while(|c| c.0 == index);
            for &(_, child) in mine {
                waits[child as usize] -= 1;
                if waits[child as usize] == 0 {
                    ready.push(key(child));
                }
            }
        }
        // A circle needs a lie in a pack's index; its commits come last.
        let circle = (0u32..).zip(&waits).filter(|&(_, &wait)| wait > 0);
        order.extend(circle.map(|(index, _)| index));
        order
    }
}

fn find(links: &[CommitNode], number: u32) -> Option<u32> {
    let index = links
        .binary_search_by_key(&number, |link| link.number)
        .ok()?;
    u32::try_from(index).ok()
}
