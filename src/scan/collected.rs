//! The results of all threads of a scan, with a limit on the locations of each credential.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, RandomState};

use rayon::slice::ParallelSliceMut as _;

use crate::model::{
    BlobPath, Context, CredentialId, Finding, Outcome, RuleId, SharedParts, Suppressed,
};

/// Minimum number of findings for a parallel sort: with fewer, starting the threads costs more than it
/// saves.
const WORTH_ALL_CORES: usize = 20_000;

/// Maximum number of listed locations for each credential. A few folders that contain each other many times
/// over can have the same file at millions of paths.
const MAX_PLACES: usize = 1000;

/// The results of all threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    /// Everything except for the findings.
    pub(super) outcome: Outcome,
    /// Credentials below the threshold, of objects that were scanned before their location was known.
    pub(super) below: HashSet<CredentialId>,
    /// Credentials that were found in the names of files and folders.
    pub(super) names: HashSet<(BlobPath, CredentialId)>,
    /// Number of files whose locations are not listed, because enough of the same content are.
    pub(super) unlisted: u64,
    findings: Places<Finding>,
    suppressed: Places<Suppressed>,
    /// Hashes of the findings of each disabled rule.
    disabled: HashMap<RuleId, HashSet<u64>>,
    hasher: RandomState,
    parts: SharedParts,
}

impl Collected {
    /// Adds a finding that is reported.
    pub(super) fn report(&mut self, mut finding: Finding) {
        self.parts.share(&mut finding);
        self.findings.add(finding);
    }

    /// Adds a suppressed finding.
    pub(super) fn suppress(&mut self, mut suppressed: Suppressed) {
        self.parts.share(&mut suppressed.finding);
        self.suppressed.add(suppressed);
    }

    /// Counts a finding of a disabled rule, once for each credential at a path.
    pub(super) fn count_disabled(&mut self, finding: &Finding) {
        let place = (identity(finding), &finding.location.path);
        let hash = self.hasher.hash_one(place);
        let rule = self.disabled.entry(finding.rule_id.clone()).or_default();
        rule.insert(hash);
    }

    /// Returns the outcome, in the order of reports. `settle` makes corrections that need all results.
    pub(super) fn into_outcome(self, settle: impl FnOnce(&mut Outcome)) -> Outcome {
        let Self {
            mut outcome,
            below,
            names: _,
            unlisted,
            mut findings,
            mut suppressed,
            disabled,
            hasher: _,
            parts: _,
        } = self;
        outcome.findings = std::mem::take(&mut findings.items);
        outcome.suppressed = std::mem::take(&mut suppressed.items);
        outcome.stats.below_threshold += below.len() as u64;
        let disabled = disabled.into_iter();
        outcome.stats.disabled = disabled
            .map(|(rule, findings)| (rule, findings.len() as u64))
            .collect();
        settle(&mut outcome);
        sort(&mut outcome);
        let unlisted = unlisted
            + findings.trim_all(&mut outcome.findings)
            + suppressed.trim_all(&mut outcome.suppressed);
        if unlisted > 0 {
            let places = if unlisted == 1 { "place" } else { "places" };
            outcome.add_note(format!(
                "{unlisted} more {places} of credentials that are listed at {MAX_PLACES} places are not listed"
            ));
        }
        outcome
    }
}

/// A type that contains a finding.
trait HasFinding {
    fn finding(&self) -> &Finding;
}

impl HasFinding for Finding {
    fn finding(&self) -> &Finding {
        self
    }
}

impl HasFinding for Suppressed {
    fn finding(&self) -> &Finding {
        &self.finding
    }
}

/// Findings, limited for each credential to the first locations in the order of reports.
#[derive(Clone, Debug)]
struct Places<T> {
    items: Vec<T>,
    /// The number of locations in `items`, by hash of a credential.
    counts: HashMap<u64, usize>,
    /// Hashes of the locations that were dropped.
    dropped: HashSet<u64>,
    hasher: RandomState,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            counts: HashMap::new(),
            dropped: HashSet::new(),
            hasher: RandomState::new(),
        }
    }
}

impl<T: HasFinding> Places<T> {
    fn add(&mut self, item: T) {
        let credential = self.credential(item.finding());
        self.items.push(item);
        let count = self.counts.entry(credential).or_default();
        *count += 1;
        // Trimming costs as much as iterating over all items, so it waits for as many new ones.
        if *count < 2 * MAX_PLACES {
            return;
        }
        *count = MAX_PLACES;
        let items = std::mem::take(&mut self.items);
        let (mut places, others): (Vec<T>, Vec<T>) = items
            .into_iter()
            .partition(|item| self.credential(item.finding()) == credential);
        places.sort_by(|a, b| a.finding().output_order(b.finding()));
        let rest = places.split_off(MAX_PLACES.min(places.len()));
        for item in &rest {
            let place = self.place(item.finding());
            self.dropped.insert(place);
        }
        self.items = others;
        self.items.extend(places);
    }

    /// Keeps the first locations of each credential in `items`, which is sorted. Returns how many locations
    /// were dropped here and before.
    fn trim_all(&mut self, items: &mut Vec<T>) -> u64 {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        let mut dropped = std::mem::take(&mut self.dropped);
        if dropped.is_empty() && items.len() <= MAX_PLACES {
            return 0;
        }
        items.retain(|item| {
            let count = counts.entry(self.credential(item.finding())).or_default();
            *count += 1;
            if *count > MAX_PLACES {
                dropped.insert(self.place(item.finding()));
            }
            *count <= MAX_PLACES
        });
        if !dropped.is_empty() {
            for item in items.iter() {
                dropped.remove(&self.place(item.finding()));
            }
        }
        dropped.len() as u64
    }

    fn credential(&self, finding: &Finding) -> u64 {
        self.hasher.hash_one(identity(finding))
    }

    /// Returns a hash of the location, which is the same in every commit that contains it.
    fn place(&self, finding: &Finding) -> u64 {
        let location = &finding.location;
        self.hasher
            .hash_one((identity(finding), &location.path, location.start))
    }
}

/// Returns the parts of [`Finding::credential`] without a copy.
fn identity(finding: &Finding) -> impl Hash {
    let Context { user, host, .. } = &finding.context;
    let account = finding.secret.is_guessable().then_some((host, user));
    (&finding.secret, account)
}

/// Sorts everything in its total order, and removes duplicates of findings: of two overlapping paths, or of
/// a configuration file that is also a file of the tree. The finding with the key of its secret is kept.
fn sort(outcome: &mut Outcome) {
    let keyed = |finding: &Finding| finding.context.key.is_some();
    let order = |a: &Finding, b: &Finding| a.output_order(b).then_with(|| keyed(b).cmp(&keyed(a)));
    let start = || rayon::ThreadPoolBuilder::new().build().ok();
    let pool = (outcome.findings.len() > WORTH_ALL_CORES).then(start);
    match pool.flatten() {
        Some(pool) => pool.install(|| outcome.findings.par_sort_unstable_by(order)),
        // Also if the system allows no more threads.
        None => outcome.findings.sort_unstable_by(order),
    }
    outcome.findings.dedup_by(|a, b| a.output_order(b).is_eq());
    outcome
        .suppressed
        .sort_by(|a, b| a.finding.output_order(&b.finding));
    outcome
        .suppressed
        .dedup_by(|a, b| a.finding.output_order(&b.finding).is_eq());
    outcome.skipped.sort();
    outcome.skipped.dedup();
    outcome.errors.sort();
    outcome.errors.dedup();
    outcome.notes.sort();
    outcome.notes.dedup();
}
