//! Which fragments of the literals are searched for.

use std::collections::HashMap;

use crate::Literal;
use crate::fragment::Fragment;
use crate::frequency::TextModel;
use crate::vector::Classes;

/// What another fragment costs beside the positions that it passes, as a probability: it spoils its bucket for
/// others.
const FRAGMENT_COST: f32 = 5e-6;

/// For each fragment, the literals that are searched by it, and its offset in them.
pub(crate) type Uses = Vec<Vec<(u32, u8)>>;

/// A fragment that some literals contain.
struct Choice {
    fragment: Fragment,
    cost: f32,
    uses: Vec<(u32, u8)>,
    /// The literals among `uses` for which no fragment is chosen yet.
    open: u32,
}

/// Chooses a fragment of each literal: one that is rare or that others have in common.
///
/// This is the greedy approximation of a weighted set cover.
pub(crate) fn select(literals: &[Literal<'_>]) -> (Vec<Fragment>, Uses) {
    let model = TextModel::new(Classes::Sextet);
    let mut choices: Vec<Choice> = Vec::new();
    let mut by_fragment: HashMap<Fragment, usize> = HashMap::new();
    let mut of_literal: Vec<Vec<usize>> = vec![Vec::new(); literals.len()];
    for (literal, own) in (0u32..).zip(literals) {
        for (fragment, offset) in own.fragments() {
            let index = *by_fragment.entry(fragment).or_insert_with(|| {
                choices.push(Choice {
                    fragment,
                    cost: FRAGMENT_COST + model.probability(fragment),
                    uses: Vec::new(),
                    open: 0,
                });
                choices.len() - 1
            });
            // At its first offset.
            let choice = &mut choices[index];
            if choice.uses.last().is_none_or(|&(last, _)| last != literal) {
                choice.uses.push((literal, offset));
                choice.open += 1;
                of_literal[literal as usize].push(index);
            }
        }
    }
    let mut fragments = Vec::new();
    let mut uses: Uses = Vec::new();
    loop {
        // In the order of the literals, so that the result is reproducible.
        let open = choices.iter().filter(|choice| choice.open > 0);
        let price = |choice: &&Choice| choice.cost / choice.open as f32;
        let Some(best) = open.min_by(|a, b| price(a).total_cmp(&price(b))) else {
            return (fragments, uses);
        };
        fragments.push(best.fragment);
        let is_open = |&(literal, _): &(u32, u8)| !of_literal[literal as usize].is_empty();
        let taken: Vec<_> = best.uses.iter().copied().filter(is_open).collect();
        for &(literal, _) in &taken {
            for index in std::mem::take(&mut of_literal[literal as usize]) {
                choices[index].open -= 1;
            }
        }
        uses.push(taken);
    }
}
