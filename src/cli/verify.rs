//! `--verify`: asks the operator's GitLab about the credentials that a scan has found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::instance::InstanceOptions;
use super::operator_token::OperatorTokenArgs;
use crate::gitlab::Client;
use crate::model::{Finding, ItemError, Liveness, Outcome, RuleId, Severity, plural};
use crate::rule::RuleSet;
use crate::verify::{self, VerifyOptions, VerifySummary};

/// The options of every command that verifies.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "GitLab instance")]
pub(super) struct VerifyLevelArgs {
    /// Ask the GitLab instance whether each GitLab credential is live; --verify=all: also with side effects
    ///
    /// Each distinct credential is sent to the instance once, and nowhere else. The findings are then marked `live`, `dead` or
    /// `unknown`, with the reason. Dead ones have the severity `info`, live ones with the scope `api`, `sudo` or
    /// `admin_mode` are `critical`. Private keys are not sent: an administrator's token asks for the fingerprint of
    /// their public half.
    ///
    /// --verify=all also makes the requests that change something: the check of a runner token before GitLab 18.7
    /// counts as a contact of the runner and creates a record of a runner manager; the check of a trigger token asks
    /// for a pipeline of a branch that cannot exist; the check of an OAuth access token revokes the refresh token that it
    /// replaced; and, with an administrator's token in TOKENSWEEP_GITLAB_TOKEN
    /// or GITLAB_TOKEN, the administrators' token API is asked about the others, which writes audit events.
    #[arg(long, value_name = "all", num_args = 0..=1, require_equals = true, default_missing_value = "harmless", hide_possible_values = true)]
    verify: Option<VerifyLevel>,

    /// With --verify: also ask which groups and projects each live access token reaches, at most 100 of each
    #[arg(long, requires = "verify")]
    blast_radius: bool,

    #[command(flatten)]
    pub(super) instance: InstanceOptions,

    #[command(flatten)]
    pub(super) token: OperatorTokenArgs,
}

/// The options of commands that scan.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "GitLab instance")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) level: VerifyLevelArgs,

    /// With --verify: report live credentials only
    ///
    /// If a request fails, so that a credential may be live, the scan counts as incomplete.
    #[arg(long, requires = "verify")]
    pub(super) only_live: bool,
}

/// Which requests are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VerifyLevel {
    /// Requests without side effects
    Harmless,
    /// All requests
    All,
}

/// A prepared verification. Created before the scan, so that an invalid option fails early.
#[derive(Debug)]
pub(super) struct Verifier {
    client: Arc<Client>,
    options: VerifyOptions,
    stop: Arc<AtomicBool>,
}

impl VerifyLevelArgs {
    /// True with `--verify`.
    pub(super) fn is_asked(&self) -> bool {
        self.verify.is_some()
    }

    /// The verifier; `None` without `--verify`.
    ///
    /// # Errors
    /// If no instance is named, or certificates cannot be read.
    pub(super) fn verifier(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<Option<Verifier>> {
        self.token.check()?;
        if self.verify.is_none() {
            return Ok(None);
        }
        self.verifier_with(&Arc::new(self.instance.client(stop)?), stop)
    }

    /// The same with a client that has other work too, so that a limit of requests is that of both.
    ///
    /// # Errors
    /// If the operator's token cannot be read.
    pub(super) fn verifier_with(
        &self,
        client: &Arc<Client>,
        stop: &Arc<AtomicBool>,
    ) -> anyhow::Result<Option<Verifier>> {
        let Some(level) = self.verify else {
            return Ok(None);
        };
        let with_side_effects = level == VerifyLevel::All;
        Ok(Some(Verifier {
            client: Arc::clone(client),
            options: VerifyOptions {
                with_side_effects,
                blast_radius: self.blast_radius,
                operator_token: self.token.load()?,
                checked_at: String::new(),
            },
            stop: Arc::clone(stop),
        }))
    }
}

impl Verifier {
    /// Asks about the findings and records the answers in them.
    pub(super) fn ask(&self, findings: &mut [Finding], rules: &RuleSet) -> VerifySummary {
        let now = std::time::SystemTime::now();
        let now = jiff::Timestamp::try_from(now).unwrap_or_default();
        let options = VerifyOptions {
            checked_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ..self.options.clone()
        };
        let kind_of = |id: &RuleId| rules.get(id.as_str()).and_then(|rule| rule.token_kind);
        verify::verify(findings, kind_of, &self.client, &options)
    }

    /// The line of progress.
    pub(super) fn describe(&self, elapsed: Duration) -> String {
        let host = self.client.instance().host();
        format!(
            "Asking {host} about the credentials ({} s)",
            elapsed.as_secs()
        )
    }

    /// True if the user stopped the program.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Verifies the findings of an outcome. Findings that have become less severe than `min_severity`, or
    /// are not live if `only_live` is set, are removed from the list and counted.
    pub(super) fn verify(
        &self,
        outcome: &mut Outcome,
        rules: &RuleSet,
        min_severity: Severity,
        only_live: bool,
    ) {
        let summary = self.ask(&mut outcome.findings, rules);
        self.record(summary, outcome, min_severity, only_live);
    }

    /// Records the numbers of answers in an outcome, and removes findings that are less severe or not live.
    pub(super) fn record(
        &self,
        summary: VerifySummary,
        outcome: &mut Outcome,
        min_severity: Severity,
        only_live: bool,
    ) {
        let before = outcome.findings.len();
        outcome
            .findings
            .retain(|finding| finding.severity >= min_severity);
        outcome.stats.below_threshold += (before - outcome.findings.len()) as u64;
        for (reason, count) in summary.failures {
            let count = plural(count, "credential", "credentials");
            let message = format!("verification of {count} failed: {reason}");
            if only_live {
                // Left out without an answer, a live credential would look like none.
                outcome.errors.push(ItemError::new(None, message));
            } else {
                outcome.add_note(message);
            }
        }
        let counts = [
            (summary.live, "live"),
            (summary.dead, "dead"),
            (summary.unknown, "unknown"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let counts = if counts.is_empty() {
            "no GitLab credential to ask about".to_owned()
        } else {
            counts.join(", ")
        };
        let mut message = format!("verification on {}: {counts}", self.client.instance());
        if only_live {
            let before = outcome.findings.len();
            outcome
                .findings
                .retain(|finding| finding.liveness == Liveness::Live);
            let hidden = plural(before - outcome.findings.len(), "finding", "findings");
            message.push_str(&format!("; {hidden} not listed (--only-live)"));
        }
        outcome.add_note(message);
        outcome.errors.sort();
    }
}
