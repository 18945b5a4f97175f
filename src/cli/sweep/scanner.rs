//! Scans the parts of a sweep, and verifies the findings at the instance.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;

use crate::cli::plan::Plan;
use crate::cli::safe::safe;
use crate::cli::verify::Verifier;
use crate::model::{Finding, Liveness, Outcome, RuleId, Secret, Severity, Verification};
use crate::scan::Progress;
use crate::source::Source;
use crate::sweep::SourceScanner;
use crate::verify::VerifySummary;

/// Scans the parts of a sweep, and verifies the findings.
pub(super) struct StepScanner<'a> {
    plan: &'a Plan,
    stop: &'a Arc<AtomicBool>,
    verifier: Option<&'a Verifier>,
    verified: Mutex<Verified>,
}

/// The answers about credentials that were asked about.
#[derive(Default)]
struct Verified {
    answers: HashMap<(RuleId, Secret), KnownAnswer>,
    summary: VerifySummary,
}

/// The answer about a credential.
struct KnownAnswer {
    liveness: Liveness,
    verification: Option<Arc<Verification>>,
    severity: Severity,
}

impl<'a> StepScanner<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        verifier: Option<&'a Verifier>,
        stop: &'a Arc<AtomicBool>,
    ) -> Self {
        Self {
            plan,
            stop,
            verifier,
            verified: Mutex::default(),
        }
    }

    /// Asks about each credential once in the whole sweep.
    fn verify(&self, verifier: &Verifier, findings: &mut [Finding]) {
        let mut verified = self.verified.lock();
        let key = |finding: &Finding| (finding.rule_id.clone(), finding.secret.clone());
        let mut new: Vec<Finding> = findings
            .iter()
            .filter(|finding| !verified.answers.contains_key(&key(finding)))
            .cloned()
            .collect();
        if !new.is_empty() {
            verified
                .summary
                .add(verifier.ask(&mut new, &self.plan.rules));
        }
        for finding in new {
            let answer = KnownAnswer {
                liveness: finding.liveness,
                verification: finding.verification.clone(),
                severity: finding.severity,
            };
            verified.answers.insert(key(&finding), answer);
        }
        for finding in findings {
            if let Some(answer) = verified.answers.get(&key(finding)) {
                finding.liveness = answer.liveness;
                finding.verification.clone_from(&answer.verification);
                finding.severity = answer.severity;
            }
        }
    }

    /// Records the numbers of answers in the outcome of a sweep.
    pub(super) fn record(self, outcome: &mut Outcome, only_live: bool) {
        if let Some(verifier) = self.verifier {
            let summary = self.verified.into_inner().summary;
            verifier.record(summary, outcome, self.plan.min_severity, only_live);
        }
    }
}

impl SourceScanner for StepScanner<'_> {
    fn scan(&self, source: &dyn Source) -> Outcome {
        let progress = Progress::stopped_by(Arc::clone(self.stop));
        let mut outcome = self.plan.scan().run(source, &progress);
        if let Some(verifier) = self.verifier {
            self.verify(verifier, &mut outcome.findings);
        }
        let suppressor = &self.plan.suppressor;
        suppressor.publish_fingerprints(&mut outcome, self.plan.threads);
        self.plan.scan().learn_names(&mut outcome);
        outcome
    }

    fn redact(&self, text: &str) -> String {
        safe(text)
    }
}
