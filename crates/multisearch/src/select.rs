//! Which fragments of the literals are searched for.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::Literal;
use crate::fragment::Fragment;
use crate::frequency::TextModel;
use crate::vector::Classes;

/// What another fragment costs beside the positions that it passes, as a probability: it spoils its bucket for
/// others.
const FRAGMENT_COST: f32 = 2e-5;

/// For each fragment, the literals that are searched by it, and its offset in them.
pub(crate) type Uses = Vec<Vec<(u32, u8)>>;

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

/// How much more frequent words of three letters (`key`) are than pairs of bytes suggest.
const SHORT_WORDS: f32 = 8.0;

/// Returns the estimated frequency of a fragment.
fn frequency(model: &TextModel, fragment: Fragment) -> f32 {
    let is_short = fragment.bytes().len() == Fragment::MIN;
    model.probability(fragment) * if is_short { SHORT_WORDS } else { 1.0 }
}

/// Chooses a fragment of each literal: one that is rare or that others have in common.
///
/// This is the greedy approximation of a weighted set cover.
pub(crate) fn select(literals: &[Literal<'_>]) -> (Vec<Fragment>, Uses) {
    let model = TextModel::new(Classes::Sextet);
    let all = (0u32..).zip(literals).flat_map(|(literal, own)| {
        let fragments = own.fragments();
        fragments.map(move |(fragment, offset)| (fragment, literal, offset))
    });
    let mut all: Vec<(Fragment, u32, u8)> = all.collect();
    all.sort_unstable();
    // At its first offset.
    all.dedup_by_key(|&mut (fragment, literal, _)| (fragment, literal));
    let mut of_literal: Vec<Vec<u32>> = vec![Vec::new(); literals.len()];
    let mut choices: Vec<Choice<'_>> = Vec::new();
    for (index, uses) in (0u32..).zip(all.chunk_by(|a, b| a.0 == b.0)) {
        let fragment = uses[0].0;
        choices.push(Choice {
            fragment,
            cost: FRAGMENT_COST + frequency(&model, fragment),
            uses,
            open: uses.len() as u32,
        });
        for &(_, literal, _) in uses {
            of_literal[literal as usize].push(index);
        }
    }
    let mut fragments = Vec::new();
    let mut uses: Uses = Vec::new();
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
        let own = best
            .uses
            .iter()
            .map(|&(_, literal, offset)| (literal, offset));
        let is_open = |&(literal, _): &(u32, u8)| !of_literal[literal as usize].is_empty();
        let taken: Vec<_> = own.filter(is_open).collect();
        for &(literal, _) in &taken {
            for index in std::mem::take(&mut of_literal[literal as usize]) {
                choices[index as usize].open -= 1;
            }
        }
        uses.push(taken);
    }
}
