//! Topological order of commits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Returns the nodes in topological order, parents before children. Of the nodes whose parents have all been
/// returned, the one with the smallest key is next. Nodes of a cycle, which only a damaged index can contain, come
/// last.
///
/// `parents` has the parents of each node; a node may have the same parent twice.
pub(super) fn parents_first<P: AsRef<[u32]>, K: Ord>(
    parents: &[P],
    key: impl Fn(u32) -> K,
) -> Vec<u32> {
    let mut missing = Vec::with_capacity(parents.len());
    let mut children = Vec::new();
    let mut ready = BinaryHeap::new();
    for (node, parents) in (0u32..).zip(parents) {
        let parents = parents.as_ref();
        missing.push(parents.len());
        children.extend(parents.iter().map(|&parent| (parent, node)));
        if parents.is_empty() {
            ready.push(Reverse((key(node), node)));
        }
    }
    children.sort_unstable();
    let mut order = Vec::with_capacity(parents.len());
    while let Some(Reverse((_, node))) = ready.pop() {
        order.push(node);
        let first = children.partition_point(|&(parent, _)| parent < node);
        let own = children[first..].iter().take_while(|edge| edge.0 == node);
        for &(_, child) in own {
            missing[child as usize] -= 1;
            if missing[child as usize] == 0 {
                ready.push(Reverse((key(child), child)));
            }
        }
    }
    let cycle = (0u32..).zip(&missing).filter(|&(_, &missing)| missing > 0);
    order.extend(cycle.map(|(node, _)| node));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_key_where_parents_allow_it() {
        let parents: [&[u32]; 5] = [&[], &[0], &[0, 0], &[2, 1], &[]];
        assert_eq!(parents_first(&parents, |_| 0), [0, 1, 2, 3, 4]);
        assert_eq!(parents_first(&parents, Reverse), [4, 0, 2, 1, 3]);
    }

    #[test]
    fn appends_cycles() {
        assert_eq!(parents_first(&[&[1][..], &[0], &[]], |_| 0), [2, 0, 1]);
    }
}
