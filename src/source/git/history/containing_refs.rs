//! Finds the refs that contain a commit.

use std::collections::HashMap;

use super::graph::CommitGraph;
use super::refs::RefTip;
use crate::model::Refs;

/// Maximum number of refs that are named with a finding. The others are counted.
pub(crate) const MAX_REFS: usize = 20;

/// Maximum number of reflog entries that are named with a finding that no ref contains.
pub(crate) const MAX_LOGS: usize = 10;

/// A name and the commit that it leads to, by index.
pub(crate) type CommitTip<'a> = (&'a RefTip, u32);

/// Returns for each list of commits the names of the tips that contain one of them: at most `most` names, in the
/// order of `tips`, and how many more there are. Equal results share their memory. `order` is topological.
pub(crate) fn containing(
    graph: &CommitGraph,
    order: &[u32],
    tips: &[CommitTip<'_>],
    wanted: &[&[u32]],
    most: usize,
) -> Vec<Refs> {
    let mut numbers: HashMap<&[u32], usize> = HashMap::new();
    let mut lists: Vec<&[u32]> = Vec::new();
    for list in wanted {
        numbers.entry(list).or_insert_with(|| {
            lists.push(list);
            lists.len() - 1
        });
    }
    let mut shared: HashMap<Refs, Refs> = HashMap::new();
    let mut refs: Vec<Refs> = Vec::with_capacity(lists.len());
    let mut masks = vec![0u64; graph.len()];
    // Sixty-four lists at a time: one bit each, inherited from parents.
    for lists in lists.chunks(64) {
        masks.fill(0);
        for (bit, commits) in lists.iter().enumerate() {
            for &commit in *commits {
                masks[commit as usize] |= 1 << bit;
            }
        }
        for &commit in order {
            let inherited = graph.parents(commit).iter();
            let inherited = inherited.fold(0, |mask, &parent| mask | masks[parent as usize]);
            masks[commit as usize] |= inherited;
        }
        let mut named = vec![(Vec::new(), 0u64); lists.len()];
        for &(tip, commit) in tips {
            let mut mask = masks[commit as usize];
            while mask != 0 {
                let (names, unnamed) = &mut named[mask.trailing_zeros() as usize];
                mask &= mask - 1;
                if names.len() < most {
                    names.push(tip.name.clone());
                } else {
                    *unnamed += 1;
                }
            }
        }
        refs.extend(named.into_iter().map(|(names, unnamed)| {
            let new = Refs::new(names, unnamed);
            shared.entry(new.clone()).or_insert(new).clone()
        }));
    }
    wanted
        .iter()
        .map(|list| numbers.get(list).map(|&number| refs[number].clone()))
        .map(Option::unwrap_or_default)
        .collect()
}
