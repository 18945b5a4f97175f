//! The refs that contain a commit.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The refs that contain a commit: the names of the first, and their number. Copies share the names,
/// since all findings of a commit have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refs {
    names: Arc<[String]>,
    unnamed: u64,
}

impl Refs {
    /// Creates the list from some names and the number of further refs.
    pub fn new(names: Vec<String>, unnamed: u64) -> Self {
        Self {
            names: names.into(),
            unnamed,
        }
    }

    /// Returns the number of refs, named or not.
    pub fn total(&self) -> u64 {
        self.names.len() as u64 + self.unnamed
    }

    /// Returns the number of refs that are not named.
    pub fn unnamed(&self) -> u64 {
        self.unnamed
    }

    /// Returns true without refs.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

impl Deref for Refs {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.names
    }
}

impl From<Vec<String>> for Refs {
    fn from(names: Vec<String>) -> Self {
        Self::new(names, 0)
    }
}

impl FromIterator<String> for Refs {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self::new(names.into_iter().collect(), 0)
    }
}

/// Serialises only the names.
impl Serialize for Refs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Refs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
