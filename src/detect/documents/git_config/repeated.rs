//! Keys that have several values in one file.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::syntax::git_config::{ConfigItem, Section, items};

/// The keys of a file that have more than one value, by their hashes.
pub(super) struct RepeatedKeys {
    state: RandomState,
    keys: HashSet<u64>,
}

impl RepeatedKeys {
    /// Reads a whole file.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let state = RandomState::new();
        let mut section = hash_section(&state, &Section::default());
        let (mut seen, mut keys) = (HashSet::new(), HashSet::new());
        for item in items(bytes) {
            match item {
                // Once a section: its name may be as long as the file.
                ConfigItem::Section(next) => section = hash_section(&state, &next),
                ConfigItem::Value(entry) => {
                    let hash = hash_key(&state, section, &entry.key);
                    if !seen.insert(hash) {
                        keys.insert(hash);
                    }
                }
            }
        }
        Self { state, keys }
    }

    /// True if the key of the section has more than one value.
    pub(super) fn contains(&self, section: &Section, key: &[u8]) -> bool {
        let section = hash_section(&self.state, section);
        self.keys.contains(&hash_key(&self.state, section, key))
    }
}

fn hash_section(state: &RandomState, section: &Section) -> u64 {
    let subsection = section.subsection.as_ref().map(|text| text.bytes());
    state.hash_one((&section.name, subsection))
}

fn hash_key(state: &RandomState, section: u64, key: &[u8]) -> u64 {
    state.hash_one((section, key.to_ascii_lowercase()))
}
