//! Which refs contain what was found.

use std::collections::HashMap;

use super::graph::CommitGraph;
use super::refs::RefTip;
use crate::model::Refs;

/// How many refs are named with a finding. The others are counted.
pub(crate) const MAX_REFS: usize = 20;

/// How many entries of reflogs are named with a finding that no ref contains.
pub(crate) const MAX_LOGS: usize = 10;

/// How many bits a number of refs has.
const PLANES: usize = 32;

/// A name and the commit it leads to, by index.
pub(crate) type CommitTip<'a> = (&'a RefTip, u32);

/// Counts for sixty-four lists at a time: plane `i` has bit `i` of each count.
struct Counts([u64; PLANES]);

impl Counts {
    /// Adds one to the counts that the mask has.
    fn add(&mut self, mut mask: u64) {
        for plane in &mut self.0 {
            if mask == 0 {
                return;
            }
            let carry = *plane & mask;
            *plane ^= mask;
            mask = carry;
        }
    }

    fn of(&self, bit: usize) -> u64 {
        let planes = self.0.iter().enumerate();
        planes.fold(0, |count, (place, plane)| {
            count | (plane >> bit & 1) << place
        })
    }
}

/// For each list of commits: the names out of `tips` that contain one of them, at most `most`, in
/// the order of `tips`, and how many there are beside them. Lists that are the same share the names. `order`
/// has parents before children.
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
    // Sixty-four at a time: one bit each, handed down from parents to children.
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
        let mut names = vec![Vec::new(); lists.len()];
        let mut counts = Counts([0; PLANES]);
        let mut unfilled = if most == 0 { 0 } else { u64::MAX };
        for &(tip, commit) in tips {
            let mask = masks[commit as usize];
            counts.add(mask);
            let mut named = mask & unfilled;
            while named != 0 {
                let bit = named.trailing_zeros() as usize;
                named &= named - 1;
                names[bit].push(tip.name.clone());
                if names[bit].len() >= most {
                    unfilled &= !(1 << bit);
                }
            }
        }
        for (bit, names) in names.into_iter().enumerate() {
            let unnamed = counts.of(bit) - names.len() as u64;
            let new = Refs::new(names, unnamed);
            refs.push(shared.entry(new.clone()).or_insert(new).clone());
        }
    }
    wanted
        .iter()
        .map(|list| numbers.get(list).map(|&number| refs[number].clone()))
        .map(Option::unwrap_or_default)
        .collect()
}
