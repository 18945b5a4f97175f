//! Objects that a repository stores more than once.

use gix::ObjectId;

use super::forest::PackForest;

/// The addresses of objects with several copies, as numbers counted through all packs and loose objects.
#[derive(Default)]
pub(crate) struct Copies {
    /// Sorted: addresses of packed objects with another copy.
    packed: Vec<u32>,
    /// Sorted: addresses of objects that have their number from an earlier one.
    later: Vec<u32>,
}

impl Copies {
    /// Finds the objects that several packs, or a pack and the loose objects, have. `first_numbers` has the number of the first
    /// object of each pack, and then of the loose ones.
    pub(crate) fn find(
        packs: &[PackForest],
        first_numbers: &[u32],
        loose: &[(ObjectId, u16)],
    ) -> Self {
        let mut copies = Self::default();
        let packs: Vec<(&PackForest, u32)> =
            packs.iter().zip(first_numbers.iter().copied()).collect();
        for (index, &(pack, first)) in packs.iter().enumerate() {
            for &(earlier, earlier_first) in packs.get(..index).unwrap_or_default() {
                let mut add = |position: u32, earlier_position: u32| {
                    copies.later.push(first + position);
                    copies.packed.push(first + position);
                    copies.packed.push(earlier_first + earlier_position);
                };
                // The smaller one is searched for in the larger one.
                if pack.len() <= earlier.len() {
                    for position in 0..pack.len() {
                        if let Some(found) = earlier.find(pack.id_at(position)) {
                            add(position, found);
                        }
                    }
                } else {
                    for position in 0..earlier.len() {
                        if let Some(found) = pack.find(earlier.id_at(position)) {
                            add(found, position);
                        }
                    }
                }
            }
        }
        let first_loose = first_numbers.last().copied().unwrap_or_default();
        for (number, (id, _)) in (first_loose..).zip(loose) {
            let found = packs
                .iter()
                .filter_map(|(pack, first)| Some(first + pack.find(id)?));
            let before = copies.packed.len();
            copies.packed.extend(found);
            if copies.packed.len() > before {
                copies.later.push(number);
            }
        }
        for list in [&mut copies.packed, &mut copies.later] {
            list.sort_unstable();
            list.dedup();
        }
        copies
    }

    /// Returns true for the address of a packed object with another copy.
    pub(crate) fn has(&self, address: u32) -> bool {
        self.packed.binary_search(&address).is_ok()
    }

    /// Returns true for an address whose object has its number from an earlier one.
    pub(crate) fn is_later(&self, address: u32) -> bool {
        self.later.binary_search(&address).is_ok()
    }
}
