//! Fingerprints of guessable secrets. Each costs milliseconds and megabytes, so that they are computed only if
//! they are compared or published, each once, and up to a limit.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::{Reason, Suppressor};
use crate::model::{
    Finding, Fingerprint, FingerprintVersion, Outcome, SlowHasher, SuppressionKind, plural,
};

/// Maximum number of different slow fingerprints that one outcome publishes: some seconds of work.
const MAX_PUBLISHED: usize = 1000;

/// Maximum number that is computed during a scan to compare findings with a baseline or an allowlist.
const MAX_COMPARED: usize = 2000;

/// Maximum number of threads that compute published fingerprints; each needs the memory of one hash.
const MAX_THREADS: usize = 8;

/// The input of a slow fingerprint: rule, path, account, secret.
type SlowHashInput = (String, Vec<u8>, [Option<String>; 3], Vec<u8>);

fn parts(finding: &Finding) -> SlowHashInput {
    let context = &finding.context;
    (
        finding.rule_id.to_string(),
        finding.location.path.as_bytes().to_vec(),
        [&context.key, &context.host, &context.user].map(Clone::clone),
        finding.secret.reveal().to_vec(),
    )
}

/// The computed slow fingerprints. `Debug` shows nothing of their input.
#[derive(Default)]
pub(super) struct SlowFingerprints {
    known: Mutex<HashMap<SlowHashInput, Fingerprint>>,
    /// True if a password was not compared because of the limit.
    has_skipped: AtomicBool,
}

impl fmt::Debug for SlowFingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlowFingerprints(..)")
    }
}

impl SlowFingerprints {
    fn get(&self, parts: &SlowHashInput) -> Option<Fingerprint> {
        let known = self.known.lock();
        known.get(parts).cloned()
    }

    fn insert(&self, parts: SlowHashInput, fingerprint: &Fingerprint) {
        let mut known = self.known.lock();
        known.insert(parts, fingerprint.clone());
    }

    fn is_full(&self) -> bool {
        let known = self.known.lock();
        known.len() >= MAX_COMPARED
    }
}

/// Returns true for a finding whose fingerprint does not contain its value yet.
fn is_open(finding: &Finding) -> bool {
    finding.fingerprint.version() == FingerprintVersion::WithoutValue && !finding.secret.is_empty()
}

impl Suppressor {
    /// Returns why a slow fingerprint suppresses a guessable secret. Once the scan `is_stopped`, no fingerprint is
    /// computed, so that the findings so far are reported in time.
    pub(super) fn accepted_slowly(&self, finding: &Finding, is_stopped: bool) -> Option<Reason> {
        if !self.may_be_accepted_slowly(finding) {
            return None;
        }
        let parts = parts(finding);
        let known = self.slow.get(&parts);
        if known.is_none() && self.slow.is_full() {
            self.slow.has_skipped.store(true, Ordering::Relaxed);
            return None;
        }
        if known.is_none() && is_stopped {
            return None;
        }
        let mut finding = finding.clone();
        finding.fingerprint = known.unwrap_or_else(|| {
            let fingerprint = SlowHasher::new(&self.fingerprint_key).fingerprint(&finding);
            self.slow.insert(parts, &fingerprint);
            fingerprint
        });
        self.accepted(&finding)
    }

    /// Returns true if a baseline or an allowlist may contain a slow fingerprint of the finding.
    fn may_be_accepted_slowly(&self, finding: &Finding) -> bool {
        let path = || finding.location.path.to_string();
        is_open(finding)
            && (self.allowlist.has_slow_fingerprints()
                || self.baseline.may_accept_slowly(&finding.rule_id, &path()))
    }

    /// Returns true if `finding` is suppressed, or was not compared because of the limit or the stop: a finding counts as
    /// known only if its earlier location was certainly reported.
    pub fn may_set_aside(&self, finding: &Finding, line: &[u8], is_stopped: bool) -> bool {
        self.reason(finding, line, is_stopped).is_some()
            || self.may_be_accepted_slowly(finding)
                && (is_stopped || self.slow.is_full())
                && self.slow.get(&parts(finding)).is_none()
    }

    /// Adds notes about entries of the baseline that hide more than they accept, and about passwords that were not
    /// compared with it.
    pub fn add_notes(&self, outcome: &mut Outcome) {
        self.note_earlier_entries(outcome);
        if self.slow.has_skipped.load(Ordering::Relaxed) {
            outcome.add_note(format!(
                "only {MAX_COMPARED} distinct passwords were compared with the baseline and the allowlist; the others \
                 are reported as new"
            ));
        }
    }

    fn note_earlier_entries(&self, outcome: &mut Outcome) {
        let hidden = outcome.suppressed.iter().filter(|item| {
            item.kind == SuppressionKind::Baseline
                && is_open(&item.finding)
                && self.baseline.accepts_as_before(&item.finding)
        });
        let hidden = hidden.count();
        if hidden == 0 {
            return;
        }
        let passwords = plural(hidden, "password is", "passwords are");
        outcome.add_note(format!(
            "{passwords} accepted by an entry of an earlier version of the baseline, which also accepts \
             later passwords of the same account; run `tokensweep baseline create` to replace it"
        ));
    }

    /// Sets the fingerprints of guessable secrets in reports and baselines: the first `MAX_PUBLISHED` in the order
    /// of the outcome. The others keep one without their value, and a note is added.
    pub fn publish_fingerprints(&self, outcome: &mut Outcome, threads: usize) {
        let open = outcome.all_findings().filter(|finding| is_open(finding));
        let mut chosen = HashSet::new();
        let mut missing = Vec::new();
        for finding in open {
            let parts = parts(finding);
            if chosen.len() < MAX_PUBLISHED && !chosen.contains(&parts) {
                if self.slow.get(&parts).is_none() {
                    missing.push(finding);
                }
                chosen.insert(parts);
            }
        }
        self.compute(&missing, threads);
        let mut without = 0u64;
        let all = outcome.all_findings_mut();
        for finding in all.filter(|finding| is_open(finding)) {
            let parts = parts(finding);
            let known = chosen.contains(&parts).then(|| self.slow.get(&parts));
            match known.flatten() {
                Some(fingerprint) => finding.fingerprint = fingerprint,
                None => without += 1,
            }
        }
        if without > 0 {
            outcome.add_note(format!(
                "{without} of the passwords found have a fingerprint without their value, because \
                 it is computed for the first {MAX_PUBLISHED} only; a baseline cannot accept the others"
            ));
        }
    }

    /// Computes slow fingerprints on several threads.
    fn compute(&self, findings: &[&Finding], threads: usize) {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut hasher = SlowHasher::new(&self.fingerprint_key);
            while let Some(finding) = findings.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.slow
                    .insert(parts(finding), &hasher.fingerprint(finding));
            }
        };
        let threads = threads.clamp(1, MAX_THREADS).min(findings.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // If the system allows no more threads, this one does the work.
                drop(std::thread::Builder::new().spawn_scoped(scope, work));
            }
            if threads > 0 {
                work();
            }
        });
    }
}
