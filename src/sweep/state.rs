//! What a sweep remembers: how far each place was read, and what was found.
//!
//! The file contains no secrets: findings are kept as in the JSON report. It is replaced atomically.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Refresh, Subject, Tally};
use crate::model::{Fingerprint, PlaceKind, SkipReason, Stats};
use crate::report::json::{JsonFinding, JsonSuppressed};

/// The version of the file's form.
const VERSION: u32 = 1;

/// The shortest time between two writes, unless the sweep ends.
const MIN_INTERVAL: Duration = Duration::from_millis(500);

/// Writing takes at most this part of the time.
const SHARE_OF_TIME: u32 = 20;

/// How old a reading of settings may be, in seconds: so that a daily sweep reads them each time.
const DAY: i64 = 20 * 3600;

/// GitLab records the activity of a project at most once an hour
/// (`RESET_PROJECT_ACTIVITY_INTERVAL` in `app/models/event.rs`), and a clock may be off by a few minutes.
const ACTIVITY_RESOLUTION: i64 = 3600 + 300;

/// Why a state cannot be used. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("cannot use the state file '{}': {reason}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// It is not a state, or not a whole one.
    #[error(
        "the state file '{}' is damaged ({reason}); restore it from a copy, or delete it to sweep everything again",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It was written by a later version.
    #[error(
        "the state file '{}' has version {version}, and this program reads version {VERSION}; use a newer tokensweep, or another file",
        .path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It is the state of another instance.
    #[error(
        "the state file '{}' belongs to {instance}; use a state file for each instance",
        .path.display()
    )]
    OtherInstance {
        /// The file.
        path: PathBuf,
        /// Its instance.
        instance: String,
    },
}

/// What a sweep remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SweepState {
    version: u32,
    /// The address of the instance.
    instance: String,
    /// The number of the sweep, from 1.
    pub(super) sweep: u64,
    /// False while the sweep runs, and after it was interrupted.
    pub(super) is_finished: bool,
    /// By [`Subject::key`].
    pub(super) subjects: BTreeMap<String, SubjectState>,
    /// Everything that was found so far.
    #[serde(default)]
    pub(super) findings: Vec<JsonFinding>,
    /// What was suppressed so far.
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
    /// True if that sweep has read it to its end.
    pub(super) is_done: bool,
    /// When it was read, in seconds since 1970.
    pub(super) read_at: i64,
    /// The activity of the subject that GitLab had recorded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) activity: Option<String>,
    /// How far it is read, in the form of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Value>,
    /// What cannot be read, until something changes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) unreadable: BTreeSet<StoredError>,
    /// What could not be read this time. Not empty: the next sweep reads the place again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) failures: BTreeSet<StoredError>,
    /// What a report says besides.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) notes: BTreeSet<String>,
    /// Counts for the notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tallies: BTreeMap<Tally, u64>,
    /// What the sweep has scanned of it.
    #[serde(default)]
    pub(super) scanned: Scanned,
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct StoredError {
    pub(super) path: String,
    pub(super) message: String,
}

/// How much was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scanned {
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    pub(super) repositories: u64,
    pub(super) below_threshold: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) skipped: BTreeMap<SkipReason, u64>,
}

impl Scanned {
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
    /// Begins a sweep. `keeps_records`: what earlier sweeps have recorded still holds.
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

    /// True if the sweep with this number, at the time `now`, has to read the place of the subject (again).
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
                // What happened within an hour after a recorded activity is not recorded.
                let recorded = seconds(activity).unwrap_or(now);
                self.activity.as_ref() != Some(activity)
                    || self.read_at < recorded + ACTIVITY_RESOLUTION && age > ACTIVITY_RESOLUTION
            }
            _ => age > DAY,
        }
    }
}

/// Seconds since 1970 of a time that GitLab names.
fn seconds(time: &str) -> Option<i64> {
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(time.as_second())
}

impl SweepState {
    /// The state before the first sweep of an instance.
    pub fn new(instance: &str) -> Self {
        Self {
            version: VERSION,
            instance: instance.to_owned(),
            sweep: 1,
            ..Self::default()
        }
    }

    /// Begins the next sweep, or continues one that was interrupted. What finished sweeps have found is known.
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

    /// The place of a subject.
    pub(super) fn place(&mut self, subject: &Subject, kind: PlaceKind) -> &mut PlaceState {
        let known = self.subjects.entry(subject.key()).or_default();
        if known.path != subject.path {
            known.path.clone_from(&subject.path);
        }
        known.places.entry(kind).or_default()
    }

    /// Adds findings and suppressed findings. They replace what was known under the same fingerprints.
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

    /// Removes the findings with these fingerprints. Returns whether an earlier sweep has found them.
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

/// A state in a file.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    written: Option<Instant>,
    /// How long the last write took.
    cost: Duration,
}

impl StateFile {
    /// Reads the state of an instance; a new one if the file does not exist.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged, or its folder cannot be written.
    pub fn open(path: &Path, instance: &str) -> Result<(Self, SweepState), StateError> {
        let io_error = |error: io::Error| StateError::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let file = Self {
            path: path.to_owned(),
            written: None,
            cost: Duration::ZERO,
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Before the sweep: a path that cannot be written must not cost one.
                tempfile::NamedTempFile::new_in(file.folder()).map_err(io_error)?;
                return Ok((file, SweepState::new(instance)));
            }
            Err(error) => return Err(io_error(error)),
        };
        let state = parse(&bytes).map_err(|problem| problem.at(path))?;
        if state.instance != instance {
            return Err(StateError::OtherInstance {
                path: path.to_owned(),
                instance: state.instance,
            });
        }
        Ok((file, state))
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// True if a write is due.
    pub(super) fn is_due(&self) -> bool {
        let interval = MIN_INTERVAL.max(self.cost * SHARE_OF_TIME);
        self.written
            .is_none_or(|written| written.elapsed() >= interval)
    }

    /// Writes the state.
    ///
    /// # Errors
    /// If the file cannot be replaced.
    pub fn write(&mut self, state: &SweepState) -> Result<(), StateError> {
        let started = Instant::now();
        let written = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            {
                let mut out = io::BufWriter::new(file.as_file_mut());
                serde_json::to_writer(&mut out, state)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        written().map_err(|error| StateError::Io {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        self.cost = started.elapsed();
        self.written = Some(Instant::now());
        Ok(())
    }
}

/// Why the bytes of a file are not a state.
enum Problem {
    Damaged(String),
    Version(u32),
}

impl Problem {
    fn at(self, path: &Path) -> StateError {
        let path = path.to_owned();
        match self {
            Self::Damaged(reason) => StateError::Damaged { path, reason },
            Self::Version(version) => StateError::Version { path, version },
        }
    }
}

fn parse(bytes: &[u8]) -> Result<SweepState, Problem> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    // The position only: the message of the parser quotes the file.
    let damaged = |error: serde_json::Error| {
        Problem::Damaged(format!("line {}, column {}", error.line(), error.column()))
    };
    let Versioned { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(Problem::Version(version));
    }
    serde_json::from_slice(bytes).map_err(damaged)
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

    #[test]
    fn rejects_damaged_states_and_those_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut file, mut state) = StateFile::open(&path, "https://a.example").unwrap();
        state.begin();
        state.place(&project(0), PlaceKind::Logs).read_at = 7;
        file.write(&state).unwrap();
        let (_, again) = StateFile::open(&path, "https://a.example").unwrap();
        assert_eq!(
            again.subjects["project/0"].places[&PlaceKind::Logs].read_at,
            7
        );
        let error = StateFile::open(&path, "https://b.example").unwrap_err();
        assert!(matches!(error, StateError::OtherInstance { .. }), "{error}");
        let text = fs::read_to_string(&path).unwrap();
        for (damage, expected) in [
            (text[..text.len() / 2].to_owned(), "is damaged (line 1"),
            (String::new(), "is damaged (line 1"),
            (
                text.replacen("\"version\":1", "\"version\":9", 1),
                "has version 9",
            ),
        ] {
            fs::write(&path, damage).unwrap();
            let error = StateFile::open(&path, "https://a.example").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(StateFile::open(&folder.path().join("none/state"), "https://a.example").is_err());
    }
}
