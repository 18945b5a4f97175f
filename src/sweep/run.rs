//! Runs a sweep: each thread processes subjects, and each part of each of their places is scanned and recorded.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::job_page::SubjectCache;
use super::part::{PartRecord, SweepContext};
use super::state::{PlaceState, StoredError, SweepState};
use super::state_file::StateError;
use super::state_store::StateStore;
use super::step::{StepEnd, StepSource};
use super::{PartEnd, PlaceError, PlaceRow, Subject, Tally, Unreadable, scratch};
use crate::model::{BlobPath, Finding, ItemError, Note, Outcome, PlaceKind, Stats};
use crate::report::cleaned;
use crate::report::json::{self, JsonFinding, JsonSuppressed, RestoreError};
use crate::source::Source;

/// The note about a state whose content was scanned with other rules or thresholds.
const OTHER_SCANNER: &str = "content that earlier sweeps have read was scanned with other rules or thresholds and \
     is not read again; use a new state file to sweep everything";

/// Scans sources. Its outcomes have the fingerprints of reports.
pub trait SourceScanner: Sync {
    /// Scans all content of the source. The outcome has the secrets that it must not show.
    fn scan(&self, source: &dyn Source) -> Outcome;

    /// Returns a text without credentials that can be recognized by themselves. The same text has the same result.
    fn redact(&self, text: &str) -> String;
}

/// The progress of a running sweep.
#[derive(Debug, Default)]
pub struct SweepProgress {
    /// Number of subjects.
    pub subjects: AtomicUsize,
    /// Number of completed subjects.
    pub done: AtomicUsize,
    /// Findings so far.
    pub findings: AtomicU64,
}

/// A sweep of subjects.
pub struct Sweep<'a> {
    /// The context of places.
    pub context: SweepContext<'a>,
    /// The places to read.
    pub places: Vec<&'static PlaceRow>,
    /// Places whose unreadable content is accepted.
    pub allowed: Vec<PlaceKind>,
    /// Number of subjects that are read at a time.
    pub threads: usize,
    /// Identifies the rules and thresholds of the scanner.
    pub scanner: String,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// The progress, for other threads.
    pub progress: &'a SweepProgress,
}

/// The data that all threads of a sweep change.
struct Shared {
    state: SweepState,
    store: Option<StateStore>,
    /// The results, without a state to keep.
    outcome: Outcome,
    /// The error of writing the state.
    problem: Option<StateError>,
}

impl Sweep<'_> {
    /// Reads the places of all subjects and returns all results up to then, unsorted. `state` is that of earlier
    /// sweeps, and `store` is where it is kept.
    ///
    /// Stopping it leaves a state from which it can be continued.
    ///
    /// # Errors
    /// If the state contains findings that cannot be restored.
    pub fn run(
        &self,
        subjects: &[Subject],
        mut state: SweepState,
        store: Option<StateStore>,
        scanner: &dyn SourceScanner,
    ) -> Result<Outcome, RestoreError> {
        state.begin();
        state.note_scanner(&self.scanner);
        let has_mirrors =
            |row: &&PlaceRow| matches!(row.kind, PlaceKind::Repository | PlaceKind::Wiki);
        if self.places.iter().any(has_mirrors) {
            scratch::remove_abandoned();
        }
        let threads = self.threads.clamp(1, subjects.len().max(1));
        self.progress
            .subjects
            .store(subjects.len(), Ordering::Relaxed);
        let idle = &self.context.idle_threads;
        idle.store(self.threads.saturating_sub(threads), Ordering::Relaxed);
        let shared = Mutex::new(Shared {
            state,
            store,
            outcome: Outcome::default(),
            problem: None,
        });
        let next = AtomicUsize::new(0);
        let work = || {
            while !self.is_stopped()
                && let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed))
            {
                self.read_subject(subject, &shared, scanner);
                self.progress.done.fetch_add(1, Ordering::Relaxed);
            }
            idle.fetch_add(1, Ordering::Relaxed);
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // If the system starts no more threads, this one does the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let mut shared = shared.into_inner();
        shared.state.is_finished = !self.is_stopped();
        if let Some(store) = &mut shared.store
            && let Err(error) = store.write(&shared.state)
        {
            shared.problem = Some(error);
        }
        // The results are reported nevertheless.
        let problem = shared.problem.take().map(|error| ItemError {
            path: None,
            message: error.to_string(),
        });
        let mut outcome = self.outcome(shared)?;
        outcome.errors.extend(problem);
        Ok(outcome)
    }

    fn is_stopped(&self) -> bool {
        self.context.stop.load(Ordering::Relaxed)
    }

    fn read_subject(&self, subject: &Subject, shared: &Mutex<Shared>, scanner: &dyn SourceScanner) {
        let cache = SubjectCache::default();
        for &row in &self.places {
            if !row.is_of(subject) {
                continue;
            }
            while !self.is_stopped() {
                let (cursor, has_unread) = {
                    let mut shared = shared.lock();
                    let sweep = shared.state.sweep;
                    let place = shared.state.place(subject, row.kind);
                    if !place.is_due(row.refresh, subject, sweep, self.now) {
                        break;
                    }
                    (place.cursor.clone(), !place.unreadable.is_empty())
                };
                let source = StepSource {
                    context: &self.context,
                    subject,
                    row,
                    cache: &cache,
                    cursor,
                    has_unread,
                    item: None,
                    end: Mutex::default(),
                };
                let outcome = scanner.scan(&source);
                let end = source.end.lock().take();
                let Some(end) = end
                    .filter(|end| !self.is_stopped() && end.result != Err(PlaceError::Interrupted))
                else {
                    return;
                };
                self.record(subject, row, outcome, end, shared, scanner);
            }
        }
    }

    /// Records a part.
    fn record(
        &self,
        subject: &Subject,
        row: &PlaceRow,
        mut outcome: Outcome,
        mut end: StepEnd,
        shared: &Mutex<Shared>,
        scanner: &dyn SourceScanner,
    ) {
        redact_records(&mut outcome, &mut end.record, scanner);
        let found = outcome.findings.len() as u64;
        self.progress.findings.fetch_add(found, Ordering::Relaxed);
        let shared = &mut *shared.lock();
        let label = format!("{}/{}/{}", shared.state.sweep, subject.key(), row.kind);
        let sweep = shared.state.sweep;
        let place = shared.state.place(subject, row.kind);
        if place.sweep != sweep {
            place.begin(sweep, end.record.keeps_records);
        }
        let keeps_known = end.record.changes.is_some();
        self.record_place(place, subject, row, &outcome, end, scanner);
        let seen = &mut shared.outcome.secrets_seen;
        if shared.store.is_some() {
            let found = outcome.all_findings();
            found.for_each(|finding| seen.insert(finding.secret.clone()));
            seen.append(outcome.secrets_seen.clone());
            if !outcome.findings.is_empty() || !outcome.suppressed.is_empty() {
                let (mut findings, mut suppressed) = json::findings(outcome, &label);
                if keeps_known {
                    findings.retain(|finding| !shared.state.is_known(finding));
                    suppressed.retain(|item| !shared.state.is_known(&item.finding));
                }
                shared.state.record(findings, suppressed);
            }
        } else {
            let whole = &mut shared.outcome;
            whole.findings.extend(outcome.findings);
            whole.suppressed.extend(outcome.suppressed);
            whole.secrets_seen.append(outcome.secrets_seen);
        }
        if let Some(store) = shared.store.as_mut().filter(|store| store.is_due())
            && let Err(error) = store.write(&shared.state)
        {
            shared.problem.get_or_insert(error);
        }
    }

    fn record_place(
        &self,
        place: &mut PlaceState,
        subject: &Subject,
        row: &PlaceRow,
        outcome: &Outcome,
        end: StepEnd,
        scanner: &dyn SourceScanner,
    ) {
        let StepEnd { result, mut record } = end;
        let whole = subject.below(&format!("-/{}", row.kind));
        place
            .unreadable
            .retain(|error| error.path != whole && !record.recovered.contains(&error.path));
        if let Err(PlaceError::Unreadable(unreadable)) = &result {
            record.unreadable.push(unreadable.clone());
        }
        let is_failed = record.is_broken || record.unreadable.iter().any(|item| !item.is_permanent);
        for item in record.unreadable {
            let is_permanent = item.is_permanent;
            let error = stored_error(subject, row, item, scanner);
            if is_permanent {
                place.unreadable.insert(error);
            } else {
                place.failures.insert(error);
            }
        }
        for error in &outcome.errors {
            let path = error.path.as_ref().map(ToString::to_string);
            let error = StoredError {
                path: path.unwrap_or_else(|| subject.below(&format!("-/{}", row.kind))),
                message: error.message.clone(),
            };
            if record.is_broken {
                place.failures.insert(error);
            } else {
                place.unreadable.insert(error);
            }
        }
        let notes = outcome.notes.iter().map(|note| note.message.clone());
        place.notes.extend(notes);
        for (tally, count) in record.tallies {
            *place.tallies.entry(tally).or_default() += count;
        }
        place.scanned.add(&outcome.stats);
        if !is_failed {
            place.cursor = record.cursor;
        }
        if is_failed || result != Ok(PartEnd::More) {
            place.is_done = true;
            place.read_at = self.now;
            place.activity.clone_from(&subject.last_activity_at);
        }
    }

    /// Returns all results. With a state they are all from there, so that an interrupted sweep has the same result.
    fn outcome(&self, shared: Shared) -> Result<Outcome, RestoreError> {
        let mut outcome = shared.outcome;
        if shared.store.is_some() {
            let findings = shared.state.findings.iter().cloned();
            outcome.findings = findings
                .map(JsonFinding::restore)
                .collect::<Result<_, _>>()?;
            let suppressed = shared.state.suppressed.iter().cloned();
            outcome.suppressed = suppressed
                .map(JsonSuppressed::restore)
                .collect::<Result<_, _>>()?;
        }
        self.add_places(&shared.state, &mut outcome);
        if !shared.state.is_of_scanner(&self.scanner) {
            outcome.notes.push(Note {
                message: OTHER_SCANNER.to_owned(),
            });
        }
        outcome.findings.sort_by(Finding::output_order);
        outcome
            .suppressed
            .sort_by(|a, b| a.finding.output_order(&b.finding));
        outcome.errors.sort();
        outcome.notes.sort();
        outcome.notes.dedup();
        Ok(outcome)
    }

    /// Adds further records of places.
    fn add_places(&self, state: &SweepState, outcome: &mut Outcome) {
        let mut tallies = BTreeMap::<Tally, u64>::new();
        let mut accepted = BTreeMap::<PlaceKind, u64>::new();
        let mut stats = Stats::default();
        for subject in state.subjects.values() {
            for (&kind, place) in &subject.places {
                if !self.places.iter().any(|row| row.kind == kind) {
                    continue;
                }
                for (&tally, count) in &place.tallies {
                    *tallies.entry(tally).or_default() += count;
                }
                if place.sweep == state.sweep {
                    place.scanned.add_to(&mut stats);
                }
                let notes = place.notes.iter().cloned();
                outcome.notes.extend(notes.map(|message| Note { message }));
                let errors = place.unreadable.iter().chain(&place.failures);
                if self.allowed.contains(&kind) {
                    *accepted.entry(kind).or_default() += errors.count() as u64;
                    continue;
                }
                outcome.errors.extend(errors.map(|error| ItemError {
                    path: Some(BlobPath::from_shown(&error.path)),
                    message: error.message.clone(),
                }));
            }
        }
        outcome.stats = stats;
        let tallies = tallies.into_iter().filter(|(_, count)| *count > 0);
        let tallies = tallies.map(|(tally, count)| tally.describe(count));
        let accepted = accepted.into_iter().filter(|(_, count)| *count > 0);
        let accepted = accepted.map(|(kind, count)| {
            let items = crate::model::plural(count, "item", "items");
            format!("{kind}: {items} could not be read, which --allow-unreadable accepts")
        });
        let messages = tallies.chain(accepted);
        outcome
            .notes
            .extend(messages.map(|message| Note { message }));
    }
}

/// Removes the secrets from the texts of a part that the state stores.
fn redact_records(outcome: &mut Outcome, record: &mut PartRecord, scanner: &dyn SourceScanner) {
    for path in &mut record.recovered {
        *path = scanner.redact(path);
    }
    if outcome.errors.is_empty() && outcome.notes.is_empty() {
        return;
    }
    // Paths are compared with those of later sweeps, so they do not depend on the secrets of this part.
    let paths: Vec<_> = outcome
        .errors
        .iter_mut()
        .map(|error| error.path.take())
        .collect();
    let mut texts = Outcome {
        errors: std::mem::take(&mut outcome.errors),
        notes: std::mem::take(&mut outcome.notes),
        secrets_seen: outcome.secrets_seen.clone(),
        ..Outcome::default()
    };
    let suppressed = outcome.suppressed.iter().map(|item| &item.finding);
    for finding in outcome.findings.iter().chain(suppressed) {
        texts.secrets_seen.insert(finding.secret.clone());
    }
    let texts = cleaned(texts);
    outcome.notes = texts.notes;
    outcome.errors = texts.errors;
    for (error, path) in outcome.errors.iter_mut().zip(paths) {
        error.path = path.map(|path| BlobPath::from_shown(&scanner.redact(&path.to_string())));
    }
}

fn stored_error(
    subject: &Subject,
    row: &PlaceRow,
    item: Unreadable,
    scanner: &dyn SourceScanner,
) -> StoredError {
    let path = item.item.unwrap_or_else(|| format!("-/{}", row.kind));
    let path = BlobPath::from_bytes(subject.below(&path));
    let role = if item.needs_role {
        format!(
            "; it takes the role {} and a token with the scope {}",
            row.role, row.scope
        )
    } else {
        String::new()
    };
    StoredError {
        path: scanner.redact(&path.to_string()),
        message: scanner.redact(&format!("{}{role}", item.reason)),
    }
}
