//! The state of a sweep: cursors of places, and findings.
//!
//! It contains no secrets: findings have the form of the JSON report.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Refresh, Subject, Tally};
use crate::model::{Fingerprint, PlaceKind, SkipReason, Stats};
use crate::report::json::{JsonFinding, JsonSuppressed};

/// The version of the file format.
pub(super) const VERSION: u32 = 1;

/// Maximum age of a reading of settings in seconds: less than a day, so that a daily sweep reads them each
/// time.
const DAY: i64 = 20 * 3600;

/// GitLab records the activity of a project at most once an hour
/// (`RESET_PROJECT_ACTIVITY_INTERVAL` in `app/models/event.rs`), and a clock may be off by a few minutes.
const ACTIVITY_RESOLUTION: i64 = 3600 + 300;

/// The state of a sweep: cursors of places, and findings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SweepState {
    pub(super) version: u32,
    /// The address of the instance.
    pub(super) instance: String,
    /// Identifies the rules and thresholds of the first sweep.
    #[serde(default)]
    pub(super) scanner: String,
    /// The number of the sweep, from 1.
    pub(super) sweep: u64,
    /// False while the sweep runs, and after an interruption.
    pub(super) is_finished: bool,
    /// The subjects, by [`Subject::key`].
    pub(super) subjects: BTreeMap<String, SubjectState>,
    /// The findings so far.
    #[serde(default)]
    pub(super) findings: Vec<JsonFinding>,
    /// The suppressed findings so far.
    #[serde(default)]
    pub(super) suppressed: Vec<JsonSuppressed>,
    /// The fingerprints of both.
    #[serde(skip)]
    fingerprints: HashSet<Fingerprint>,
}

/// A project or group in a state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SubjectState {
    pub(super) path: String,
    pub(super) places: BTreeMap<PlaceKind, PlaceState>,
}

/// A place of a subject in a state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PlaceState {
    /// The last sweep that read it.
    pub(super) sweep: u64,
    /// True if that sweep has read it to the end.
    pub(super) is_done: bool,
    /// The time of the reading, in seconds since 1970.
    pub(super) read_at: i64,
    /// The activity of the subject that GitLab had recorded at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) activity: Option<String>,
    /// The cursor, in the form of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Value>,
    /// Permanently unreadable items.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) unreadable: BTreeSet<StoredError>,
    /// Items that could not be read this time. If there are any, the next sweep reads the place again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) failures: BTreeSet<StoredError>,
    /// Further notes for a report.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) notes: BTreeSet<String>,
    /// Counts for the notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tallies: BTreeMap<Tally, u64>,
    /// The amount of scanned content.
    #[serde(default)]
    pub(super) scanned: ScanTotals,
}

/// An unreadable item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct StoredError {
    pub(super) path: String,
    pub(super) message: String,
}

/// The amount of scanned content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ScanTotals {
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    pub(super) repositories: u64,
    pub(super) below_threshold: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) skipped: BTreeMap<SkipReason, u64>,
}

impl ScanTotals {
    /// Adds the counts of a scan.
    pub(super) fn add(&mut self, stats: &Stats) {
        self.blobs += stats.blobs;
        self.bytes += stats.bytes;
        self.repositories += stats.repositories;
        self.below_threshold += stats.below_threshold;
        for (reason, count) in &stats.skipped {
            *self.skipped.entry(*reason).or_default() += count;
        }
    }

    /// Adds these counts to those of a report.
    pub(super) fn add_to(&self, stats: &mut Stats) {
        stats.blobs += self.blobs;
        stats.bytes += self.bytes;
        stats.repositories += self.repositories;
        stats.below_threshold += self.below_threshold;
        for (reason, count) in &self.skipped {
            *stats.skipped.entry(*reason).or_default() += count;
        }
    }
}

impl PlaceState {
    /// Begins a sweep. With `keeps_records`, the records of earlier sweeps are still valid.
    pub(super) fn begin(&mut self, sweep: u64, keeps_records: bool) {
        let before = std::mem::take(self);
        self.sweep = sweep;
        self.cursor = before.cursor;
        if keeps_records {
            self.unreadable = before.unreadable;
            self.notes = before.notes;
            self.tallies = before.tallies;
        }
    }

    /// Returns true if the sweep with this number, at the time `now`, has to read the place of the subject
    /// (again).
    pub(super) fn is_due(&self, refresh: Refresh, subject: &Subject, sweep: u64, now: i64) -> bool {
        if self.sweep == sweep {
            return !self.is_done;
        }
        if !self.is_done || !self.failures.is_empty() || refresh == Refresh::Always {
            return true;
        }
        let age = now - self.read_at;
        match (refresh, &subject.last_activity_at) {
            (Refresh::OnActivity, Some(activity)) => {
                // GitLab does not record further activity within an hour after a recorded one.
                let recorded = seconds(activity).unwrap_or(now);
                self.activity.as_ref() != Some(activity)
                    || self.read_at < recorded + ACTIVITY_RESOLUTION && age > ACTIVITY_RESOLUTION
            }
            _ => age > DAY,
        }
    }
}

/// Converts one of GitLab's times to seconds since 1970.
fn seconds(time: &str) -> Option<i64> {
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(time.as_second())
}

impl SweepState {
    /// Creates the state before the first sweep of an instance.
    pub fn new(instance: &str) -> Self {
        Self {
            version: VERSION,
            instance: instance.to_owned(),
            sweep: 1,
            ..Self::default()
        }
    }

    /// Begins the next sweep, or continues an interrupted one. Findings of completed sweeps are marked as
    /// known.
    pub fn begin(&mut self) {
        let of_suppressed = self.suppressed.iter().map(|item| &item.finding);
        let known = self.findings.iter().chain(of_suppressed);
        self.fingerprints = known.map(|finding| finding.fingerprint.clone()).collect();
        if !self.is_finished {
            return;
        }
        self.sweep += 1;
        self.is_finished = false;
        let suppressed = self.suppressed.iter_mut().map(|item| &mut item.finding);
        for finding in self.findings.iter_mut().chain(suppressed) {
            if let Some(place) = &mut finding.location.remote {
                place.known = true;
            }
        }
    }

    /// Records the scanner of the first sweep.
    pub(super) fn note_scanner(&mut self, scanner: &str) {
        if self.scanner.is_empty() {
            scanner.clone_into(&mut self.scanner);
        }
    }

    /// Returns true if everything was scanned by this scanner.
    pub(super) fn is_of_scanner(&self, scanner: &str) -> bool {
        self.scanner == scanner
    }

    /// Returns the state of a place of a subject.
    pub(super) fn place(&mut self, subject: &Subject, kind: PlaceKind) -> &mut PlaceState {
        let known = self.subjects.entry(subject.key()).or_default();
        if known.path != subject.path {
            known.path.clone_from(&subject.path);
        }
        known.places.entry(kind).or_default()
    }

    /// Returns true if the state contains the finding.
    pub(super) fn is_known(&self, finding: &JsonFinding) -> bool {
        self.fingerprints.contains(&finding.fingerprint)
    }

    /// Adds findings and suppressed findings. They replace those with the same fingerprints.
    pub(super) fn record(
        &mut self,
        mut findings: Vec<JsonFinding>,
        mut suppressed: Vec<JsonSuppressed>,
    ) {
        let of_suppressed = suppressed.iter_mut().map(|item| &mut item.finding);
        let new: Vec<&mut JsonFinding> = findings.iter_mut().chain(of_suppressed).collect();
        let again: HashSet<Fingerprint> = new
            .iter()
            .map(|finding| &finding.fingerprint)
            .filter(|fingerprint| self.fingerprints.contains(fingerprint))
            .cloned()
            .collect();
        if !again.is_empty() {
            let known = self.take(&again);
            for finding in new {
                let is_known = known.get(&finding.fingerprint) == Some(&true);
                if let Some(place) = &mut finding.location.remote {
                    place.known = is_known;
                }
            }
        }
        let of_suppressed = suppressed.iter().map(|item| &item.finding);
        let fingerprints = findings.iter().chain(of_suppressed);
        let fingerprints = fingerprints.map(|finding| finding.fingerprint.clone());
        self.fingerprints.extend(fingerprints);
        self.findings.extend(findings);
        self.suppressed.extend(suppressed);
    }

    /// Removes the findings with these fingerprints. Returns for each whether an earlier sweep has found it.
    fn take(&mut self, fingerprints: &HashSet<Fingerprint>) -> HashMap<Fingerprint, bool> {
        let mut known = HashMap::new();
        let mut is_other = |finding: &JsonFinding| {
            let is_again = fingerprints.contains(&finding.fingerprint);
            if is_again {
                let place = finding.location.remote.as_ref();
                let entry: &mut bool = known.entry(finding.fingerprint.clone()).or_default();
                *entry |= place.is_some_and(|place| place.known);
            }
            !is_again
        };
        self.findings.retain(|finding| is_other(finding));
        self.suppressed.retain(|item| is_other(&item.finding));
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Level;

    const HOUR: i64 = 3_600;

    fn project(last_activity_at: i64) -> Subject {
        let time = jiff::Timestamp::from_second(last_activity_at).unwrap();
        Subject {
            level: Level::Project,
            last_activity_at: Some(time.to_string()),
            ..Subject::instance("https://gitlab.example")
        }
    }

    fn read(at: i64, activity: &Subject) -> PlaceState {
        PlaceState {
            sweep: 1,
            is_done: true,
            read_at: at,
            activity: activity.last_activity_at.clone(),
            ..PlaceState::default()
        }
    }

    #[test]
    fn reads_a_place_once_in_a_sweep() {
        let project = project(0);
        let mut place = read(100 * HOUR, &project);
        for refresh in [Refresh::Always, Refresh::OnActivity, Refresh::Daily] {
            assert!(!place.is_due(refresh, &project, 1, 100 * HOUR));
        }
        place.is_done = false;
        assert!(place.is_due(Refresh::Daily, &project, 1, 100 * HOUR));
        // An interrupted or failed reading is repeated in the next sweep.
        assert!(place.is_due(Refresh::Daily, &project, 2, 100 * HOUR));
        place = read(100 * HOUR, &project);
        place.failures.insert(StoredError {
            path: "a".to_owned(),
            message: "b".to_owned(),
        });
        assert!(place.is_due(Refresh::OnActivity, &project, 2, 100 * HOUR));
    }

    #[test]
    fn reads_a_place_again_if_something_may_have_changed() {
        let quiet = project(0);
        let place = read(100 * HOUR, &quiet);
        let is_due = |refresh, subject: &Subject, now| place.is_due(refresh, subject, 2, now);
        assert!(is_due(Refresh::Always, &quiet, 100 * HOUR));
        assert!(!is_due(Refresh::OnActivity, &quiet, 200 * HOUR));
        assert!(is_due(
            Refresh::OnActivity,
            &project(101 * HOUR),
            102 * HOUR
        ));
        assert!(!is_due(Refresh::Daily, &quiet, 119 * HOUR));
        assert!(is_due(Refresh::Daily, &quiet, 121 * HOUR));
    }

    #[test]
    fn reads_again_what_gitlab_does_not_record_within_an_hour_of_an_activity() {
        let busy = project(100 * HOUR);
        let place = read(100 * HOUR + 60, &busy);
        assert!(!place.is_due(Refresh::OnActivity, &busy, 2, 100 * HOUR + 120));
        assert!(place.is_due(Refresh::OnActivity, &busy, 2, 102 * HOUR));
        let later = read(102 * HOUR, &busy);
        assert!(!later.is_due(Refresh::OnActivity, &busy, 2, 200 * HOUR));
    }
}
