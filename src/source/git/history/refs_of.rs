//! Which refs contain what was found.

use super::graph::Graph;
use super::refs::Tip;

/// How many refs are named with a finding.
pub(crate) const MAX_REFS: usize = 1000;

/// How many entries of reflogs are named with a finding that no ref contains.
pub(crate) const MAX_LOGS: usize = 10;

/// A name and the commit it leads to, by index.
pub(crate) type CommitTip<'a> = (&'a Tip, u32);

/// For each list of commits: the names out of `tips` that contain one of them, at most `most`, in
/// the order of `tips`. `order` has parents before children.
pub(crate) fn containing(
    graph: &Graph,
    order: &[u32],
    tips: &[CommitTip<'_>],
    wanted: &[&[u32]],
    most: usize,
) -> Vec<Vec<String>> {
    let mut names = vec![Vec::new(); wanted.len()];
    let mut masks = vec![0u64; graph.len()];
    // Sixty-four at a time: one bit each, handed down from parents to children.
    for (names, wanted) in names.chunks_mut(64).zip(wanted.chunks(64)) {
        masks.fill(0);
        for (bit, commits) in wanted.iter().enumerate() {
            for &commit in *commits {
                masks[commit as usize] |= 1 << bit;
            }
        }
        for &commit in order {
            let inherited = graph.parents(commit).iter();
            let inherited = inherited.fold(0, |mask, &parent| mask | masks[parent as usize]);
            masks[commit as usize] |= inherited;
        }
        for &(tip, commit) in tips {
            let mask = masks[commit as usize];
            for (bit, names) in names.iter_mut().enumerate() {
                if mask & (1 << bit) != 0 && names.len() < most {
                    names.push(tip.name.clone());
                }
            }
        }
    }
    names
}
