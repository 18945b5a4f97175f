//! Where each secret came in: the first commit, and the path.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::graph::CommitGraph;
use super::hit_paths::{HitPaths, MAX_DEPTH};

/// After so many steps no more paths are followed: only folders made to keep a reader busy need more.
const MAX_STEPS: u64 = 20_000_000;

/// How many places are told.
const MAX_PLACES: usize = 100_000;

/// How many places of one secret are told.
const MAX_PATHS: usize = 1000;

/// How many of the commits that brought the same to the same path are kept.
const MAX_ORIGINS: usize = 1000;

/// A secret, by its number.
pub(crate) type SecretId = u32;

/// A place where a secret came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Introduction {
    /// The object that holds it there.
    pub(crate) object: u32,
    /// Numbers of the names that lead there, from the top folder on.
    pub(crate) names: Vec<u32>,
    /// All commits that brought it there, in order, by index; the first is the one that is told.
    pub(crate) origins: Vec<u32>,
    /// False if only commits that no ref contains did.
    pub(crate) is_reachable: bool,
}

/// Tells what a blob holds under a path.
pub(crate) trait BlobSecrets {
    /// The secrets, sorted.
    fn secrets(&mut self, blob: u32, names: &[u32]) -> Rc<[SecretId]>;

    /// True if the scan was stopped.
    fn is_stopped(&self) -> bool;
}

/// Follows the wanted blobs through the commits.
pub(crate) struct IntroductionTracer<'a> {
    pub(crate) graph: &'a CommitGraph,
    pub(crate) paths: &'a HitPaths,
    pub(crate) holds: &'a mut dyn BlobSecrets,
    /// By secret and names: where it came in.
    pub(crate) places: BTreeMap<(SecretId, Vec<u32>), Introduction>,
    /// True if not all paths could be followed.
    pub(crate) is_cut: bool,
    steps: u64,
    names: Vec<u32>,
    /// By secret: how many places it has.
    paths_of: HashMap<SecretId, usize>,
}

impl<'a> IntroductionTracer<'a> {
    /// A tracer that has seen nothing yet.
    pub(crate) fn new(
        graph: &'a CommitGraph,
        paths: &'a HitPaths,
        holds: &'a mut dyn BlobSecrets,
    ) -> Self {
        Self {
            graph,
            paths,
            holds,
            places: BTreeMap::new(),
            is_cut: false,
            steps: 0,
            names: Vec::new(),
            paths_of: HashMap::new(),
        }
    }

    /// Looks at a commit. Commits come in their order; those that refs contain come first.
    pub(crate) fn commit(&mut self, commit: u32, is_reachable: bool) {
        let Some(tree) = self.graph.link(commit).tree else {
            return;
        };
        if !self.paths.is_folder(tree) || self.holds.is_stopped() {
            return;
        }
        let parents = self.graph.parents(commit).iter();
        let parents: Vec<u32> = parents
            .filter_map(|&parent| self.graph.link(parent).tree)
            .collect();
        if !parents.contains(&tree) {
            self.folder(tree, &parents, commit, is_reachable);
        }
    }

    /// What `folder` holds that the folders at the same place in the parents do not.
    fn folder(&mut self, folder: u32, parents: &[u32], commit: u32, is_reachable: bool) {
        if self.names.len() >= MAX_DEPTH {
            self.is_cut = true;
            return;
        }
        let paths = self.paths;
        for &(name, child) in paths.entries(folder) {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                self.is_cut = true;
                return;
            }
            let before = parents
                .iter()
                .filter_map(|&parent| paths.entry(parent, name));
            let before: Vec<u32> = before.collect();
            if before.contains(&child) {
                continue;
            }
            self.names.push(name);
            if paths.is_folder(child) {
                self.folder(child, &before, commit, is_reachable);
            } else {
                self.blob(child, &before, commit, is_reachable);
            }
            self.names.pop();
        }
    }

    fn blob(&mut self, blob: u32, before: &[u32], commit: u32, is_reachable: bool) {
        // Naming a path costs as much as it is deep.
        self.steps += self.names.len() as u64;
        let secrets = self.holds.secrets(blob, &self.names);
        let old: Vec<_> = before
            .iter()
            .map(|&blob| self.holds.secrets(blob, &self.names))
            .collect();
        for &secret in secrets.iter() {
            if old.iter().any(|old| old.binary_search(&secret).is_ok()) {
                continue;
            }
            self.add(secret, blob, commit, is_reachable);
        }
    }

    fn add(&mut self, secret: SecretId, object: u32, commit: u32, is_reachable: bool) {
        let key = (secret, self.names.clone());
        if let Some(place) = self.places.get_mut(&key) {
            if place.is_reachable == is_reachable && place.origins.len() < MAX_ORIGINS {
                place.origins.push(commit);
            }
            return;
        }
        let paths = self.paths_of.entry(secret).or_default();
        if self.places.len() >= MAX_PLACES || *paths >= MAX_PATHS {
            self.is_cut = true;
            return;
        }
        *paths += 1;
        let names = self.names.clone();
        let place = Introduction {
            object,
            names,
            origins: vec![commit],
            is_reachable,
        };
        self.places.insert(key, place);
    }
}
