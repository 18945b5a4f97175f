//! Selects the fragments of the literals that are searched for.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::Literal;
use crate::fragment::Fragment;
use crate::frequency;

/// Cost of another fragment in addition to the positions that it passes, as a probability: it makes its bucket less
/// selective for others, and enough of them need another pass.
const FRAGMENT_COST: f32 = 2e-4;

/// Cost factor of a fragment of three bytes: its bucket passes any fourth byte.
const SHORT_FRAGMENT: f32 = 2.0;

/// A literal that is searched by a fragment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// Its index.
    pub(crate) literal: u32,
    /// The offset of the fragment in it.
    pub(crate) offset: u8,
    /// Its first bytes, as many as `mask` has.
    start: u64,
    mask: u64,
}

impl Use {
    fn new(literal: u32, offset: u8, bytes: &[u8]) -> Self {
        let length = bytes.len().min(size_of::<u64>());
        let mask = u64::MAX >> (64 - 8 * length);
        Self {
            literal,
            offset,
            start: word(bytes) & mask,
            mask,
        }
    }

    /// True if `bytes` begin with the first bytes of the literal.
    #[inline]
    pub(crate) fn may_begin(&self, bytes: &[u8]) -> bool {
        word(bytes) & self.mask == self.start
    }
}

/// Returns the first eight bytes, or fewer and zeros.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// For each fragment, the literals that are searched by it.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    all: Vec<Use>,
    /// The end of each fragment's part of `all`.
    ends: Vec<u32>,
}

impl Uses {
    fn push(&mut self, uses: impl Iterator<Item = Use>) {
        self.all.extend(uses);
        self.ends.push(self.all.len() as u32);
    }

    /// Returns the literals of a fragment.
    #[inline]
    pub(crate) fn of(&self, fragment: u16) -> &[Use] {
        let index = usize::from(fragment);
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[index] as usize]
    }

    /// Returns the largest offset of a fragment in its literal.
    pub(crate) fn max_offset(&self) -> usize {
        let offsets = self.all.iter().map(|used| usize::from(used.offset));
        offsets.max().unwrap_or(0)
    }
}

/// A fragment that some literals contain.
struct Choice<'a> {
    fragment: Fragment,
    cost: f32,
    /// The literals that contain it, with its offset.
    uses: &'a [(Fragment, u32, u8)],
    /// The literals among `uses` for which no fragment is chosen yet.
    open: u32,
}

/// A price in the order of numbers.
#[derive(PartialEq)]
struct Price(f32);

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Returns the cost of a fragment besides the positions that it passes.
fn fragment_cost(fragment: Fragment) -> f32 {
    let is_short = fragment.bytes().len() == Fragment::MIN;
    FRAGMENT_COST * if is_short { SHORT_FRAGMENT } else { 1.0 }
}

/// Chooses a fragment of each literal: one that is rare or that others have in common.
///
/// This is the greedy approximation of a weighted set cover.
pub(crate) fn select(literals: &[Literal<'_>]) -> (Vec<Fragment>, Uses) {
    let all = (0u32..).zip(literals).flat_map(|(literal, own)| {
        let fragments = own.fragments();
        fragments.map(move |(fragment, offset)| (fragment, literal, offset))
    });
    let mut all: Vec<(Fragment, u32, u8)> = all.collect();
    all.sort_by_key(|(fragment, ..)| fragment.key());
    // At its first offset.
    all.dedup_by_key(|&mut (fragment, literal, _)| (fragment, literal));
    let mut of_literal: Vec<Vec<u32>> = vec![Vec::new(); literals.len()];
    let mut choices: Vec<Choice<'_>> = Vec::new();
    for (index, uses) in (0u32..).zip(all.chunk_by(|a, b| a.0 == b.0)) {
        let fragment = uses[0].0;
        choices.push(Choice {
            fragment,
            cost: fragment_cost(fragment) + frequency::of_fragment(fragment),
            uses,
            open: uses.len() as u32,
        });
        for &(_, literal, _) in uses {
            of_literal[literal as usize].push(index);
        }
    }
    // The fragments of literals without a choice come first: other literals that contain one need no other fragment.
    let has_choice =
        |&(_, literal, _): &(Fragment, u32, u8)| of_literal[literal as usize].len() > 1;
    for choice in &mut choices {
        if !choice.uses.iter().all(has_choice) {
            choice.cost = 0.0;
        }
    }
    let mut fragments = Vec::new();
    let mut uses = Uses::default();
    // Prices only rise, so an entry whose price is current is the cheapest. Of equal prices the first in the order of
    // fragments is taken, so that the result is reproducible.
    let price = |choice: &Choice<'_>| choice.cost / choice.open as f32;
    let entry =
        |index: usize, choice: &Choice<'_>| Reverse((Price(price(choice)), index, choice.open));
    let mut queue: BinaryHeap<_> = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| entry(index, choice))
        .collect();
    loop {
        let Some(Reverse((_, index, open))) = queue.pop() else {
            return (fragments, uses);
        };
        let best = &choices[index];
        if best.open != open {
            if best.open > 0 {
                queue.push(entry(index, best));
            }
            continue;
        }
        fragments.push(best.fragment);
        let is_open = |literal: u32| !of_literal[literal as usize].is_empty();
        let own = best
            .uses
            .iter()
            .filter(|&&(_, literal, _)| is_open(literal));
        let own: Vec<Use> = own
            .map(|&(_, literal, offset)| {
                Use::new(literal, offset, literals[literal as usize].bytes)
            })
            .collect();
        for used in &own {
            for index in std::mem::take(&mut of_literal[used.literal as usize]) {
                choices[index as usize].open -= 1;
            }
        }
        uses.push(own.into_iter());
    }
}
