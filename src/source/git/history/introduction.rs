//! Finds the introduction of each secret: the first commit, and the path.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::graph::CommitGraph;
use super::hit_paths::{HitPaths, MAX_DEPTH};

/// Maximum number of steps through folders: only folders that are made to exhaust a reader need more.
const MAX_STEPS: u64 = 20_000_000;

/// Maximum number of introductions that are recorded.
const MAX_INTRODUCTIONS: usize = 100_000;

/// Maximum number of paths of one secret that are recorded.
const MAX_PATHS: usize = 1000;

/// Maximum number of recorded commits that introduced the same secret at the same path.
const MAX_COMMITS: usize = 1000;

/// The number of a secret.
pub(crate) type SecretId = u32;

/// A path at which a secret was introduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Introduction {
    /// The blob that contains it.
    pub(crate) blob: u32,
    /// The numbers of the names in the path.
    pub(crate) names: Vec<u32>,
    /// All commits that introduced it, in order, by index. The first one is reported.
    pub(crate) commits: Vec<u32>,
    /// True if a ref contains the commits.
    pub(crate) is_reachable: bool,
}

/// Determines the secrets of a blob under a path.
pub(crate) trait BlobSecrets {
    /// Returns the secrets, sorted.
    fn secrets(&mut self, blob: u32, names: &[u32]) -> Rc<[SecretId]>;

    /// Returns true if the scan was stopped.
    fn is_stopped(&self) -> bool;
}

/// Compares the folders of commits with those of their parents, as far as they lead to blobs with secrets.
pub(crate) struct IntroductionTracer<'a> {
    graph: &'a CommitGraph,
    paths: &'a HitPaths,
    blobs: &'a mut dyn BlobSecrets,
    /// By secret and path.
    pub(crate) introductions: BTreeMap<(SecretId, Vec<u32>), Introduction>,
    /// True if a bound was reached.
    pub(crate) is_cut: bool,
    steps: u64,
    /// The path of the current folder.
    names: Vec<u32>,
    /// By secret: how many introductions it has.
    counts: HashMap<SecretId, usize>,
}

impl<'a> IntroductionTracer<'a> {
    /// Creates a tracer that has seen no commit.
    pub(crate) fn new(
        graph: &'a CommitGraph,
        paths: &'a HitPaths,
        blobs: &'a mut dyn BlobSecrets,
    ) -> Self {
        Self {
            graph,
            paths,
            blobs,
            introductions: BTreeMap::new(),
            is_cut: false,
            steps: 0,
            names: Vec::new(),
            counts: HashMap::new(),
        }
    }

    /// Records the secrets that a commit introduces. Commits must be passed in topological order, reachable ones first.
    pub(crate) fn add_commit(&mut self, commit: u32, is_reachable: bool) {
        let Some(tree) = self.graph.node(commit).tree else {
            return;
        };
        if !self.paths.is_folder(tree) || self.blobs.is_stopped() {
            return;
        }
        let parents = self.graph.parents(commit).iter();
        let parents: Vec<u32> = parents
            .filter_map(|&parent| self.graph.node(parent).tree)
            .collect();
        if !parents.contains(&tree) {
            self.compare_folder(tree, &parents, commit, is_reachable);
        }
    }

    /// Compares a folder with the folders at the same path in the parents.
    fn compare_folder(&mut self, folder: u32, parents: &[u32], commit: u32, is_reachable: bool) {
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
            let in_parents: Vec<u32> = parents
                .iter()
                .filter_map(|&parent| paths.entry(parent, name))
                .collect();
            if in_parents.contains(&child) {
                continue;
            }
            self.names.push(name);
            if paths.is_folder(child) {
                self.compare_folder(child, &in_parents, commit, is_reachable);
            } else {
                self.compare_blob(child, &in_parents, commit, is_reachable);
            }
            self.names.pop();
        }
    }

    fn compare_blob(&mut self, blob: u32, parents: &[u32], commit: u32, is_reachable: bool) {
        // Copying a path costs as much as it is deep.
        self.steps += self.names.len() as u64;
        let secrets = self.blobs.secrets(blob, &self.names);
        let known: Vec<_> = parents
            .iter()
            .map(|&blob| self.blobs.secrets(blob, &self.names))
            .collect();
        for &secret in secrets.iter() {
            if !known
                .iter()
                .any(|known| known.binary_search(&secret).is_ok())
            {
                self.add(secret, blob, commit, is_reachable);
            }
        }
    }

    fn add(&mut self, secret: SecretId, blob: u32, commit: u32, is_reachable: bool) {
        let key = (secret, self.names.clone());
        if let Some(known) = self.introductions.get_mut(&key) {
            if known.is_reachable == is_reachable && known.commits.len() < MAX_COMMITS {
                known.commits.push(commit);
            }
            return;
        }
        let count = self.counts.entry(secret).or_default();
        if self.introductions.len() >= MAX_INTRODUCTIONS || *count >= MAX_PATHS {
            self.is_cut = true;
            return;
        }
        *count += 1;
        let introduction = Introduction {
            blob,
            names: self.names.clone(),
            commits: vec![commit],
            is_reachable,
        };
        self.introductions.insert(key, introduction);
    }
}
