//! Plans an action for each credential of a report.

use crate::model::{Confidence, Finding, Liveness, Remediation};
use crate::report::json::JsonDocument;
use crate::revoke::{
    Leak, Means, Obstacle, RevocationLog, RevocationMethod, SecretReader, leaks_of, methods, select,
};
use crate::rule::RuleSet;

use std::sync::Arc;

/// A credential of the report and the action for it.
pub(super) struct Planned<'a> {
    pub(super) leak: Leak<'a>,
    /// The title of its rule.
    pub(super) title: Arc<str>,
    /// The effect of its revocation on users.
    pub(super) stops: Option<String>,
    /// The finding with its secret, or the reason why the secret could not be read.
    pub(super) finding: Result<Finding, String>,
    /// Manual remediations.
    pub(super) remediations: Vec<Arc<Remediation>>,
    /// The reason why further methods cannot be used.
    pub(super) obstacles: Option<String>,
    pub(super) decision: Decision,
}

/// An action on a credential, planned or done.
#[derive(Debug)]
pub(super) enum Decision {
    /// It is to be revoked by the first of these that succeeds.
    Revoke(Vec<RevocationMethod>),
    /// It is revoked.
    Revoked,
    /// It does not work any more.
    Dead(String),
    /// A person must do it.
    ByHand(String),
    /// The file does not contain the secret at the location in the report.
    Refused(String),
    /// The instance could not be asked.
    Failed,
}

/// The selected credentials of the report, and their locations.
pub(super) struct RevokeSelection<'a> {
    pub(super) only: &'a [String],
    pub(super) min_confidence: Confidence,
    /// The host name of the instance.
    pub(super) host: &'a str,
    /// The URL of the instance.
    pub(super) instance: &'a str,
    pub(super) log: Option<&'a RevocationLog>,
}

/// The actions for all credentials of a report.
pub(super) struct RevocationPlan<'a> {
    pub(super) credentials: Vec<Planned<'a>>,
    /// The number of credentials below the minimum confidence.
    pub(super) below: usize,
}

impl<'a> RevocationPlan<'a> {
    /// Groups the findings, reads their secrets again, and removes those that need no request.
    ///
    /// # Errors
    /// If an id of the selection selects nothing.
    pub(super) fn new(
        document: &'a JsonDocument,
        rules: &RuleSet,
        reader: &SecretReader<'_>,
        selection: &RevokeSelection<'_>,
    ) -> anyhow::Result<Self> {
        let mut leaks = select(leaks_of(document, rules), selection.only)?;
        let total = leaks.len();
        if selection.only.is_empty() {
            leaks.retain(|leak| leak.confidence() >= selection.min_confidence);
        }
        let below = total - leaks.len();
        let findings = reader.read(&leaks);
        let credentials = leaks.into_iter().zip(findings).map(|(leak, finding)| {
            let rule = rules.get(leak.findings[0].rule_id.as_str());
            // The texts of a report are not used: commands that people paste come from the rules.
            let remediations = match (&finding, rule) {
                (Ok(finding), _) => finding.remediations.clone(),
                (Err(_), Some(rule)) => rule.remediations.clone(),
                (Err(_), None) => Vec::new(),
            };
            let title =
                rule.map_or_else(|| leak.findings[0].title.clone(), |rule| rule.title.clone());
            Planned {
                decision: decide(&leak, &finding, selection),
                stops: rule.and_then(|rule| rule.revocation_stops.clone()),
                title,
                obstacles: None,
                finding,
                remediations,
                leak,
            }
        });
        Ok(Self {
            credentials: credentials.collect(),
            below,
        })
    }

    /// Returns true if a method would be possible with a token of the operator.
    pub(super) fn needs_operator(&self, without: Means<'_>) -> bool {
        self.credentials.iter().any(|planned| {
            let Ok(finding) = &planned.finding else {
                return false;
            };
            let (methods, obstacles) = methods(planned.leak.kind, finding, without);
            let is_open = matches!(planned.decision, Decision::Revoke(_));
            is_open && methods.is_empty() && obstacles.contains(&Obstacle::NoOperatorToken)
        })
    }

    /// Chooses methods for the credentials to revoke; one without a method is left to a person.
    pub(super) fn choose_methods(&mut self, means: Means<'_>) {
        for planned in &mut self.credentials {
            if !matches!(planned.decision, Decision::Revoke(_)) {
                continue;
            }
            let Ok(finding) = &planned.finding else {
                continue;
            };
            let (methods, obstacles) = methods(planned.leak.kind, finding, means);
            let reasons: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
            let reasons = reasons.join("; ");
            if methods.is_empty() {
                planned.decision = Decision::ByHand(reasons);
            } else {
                planned.decision = Decision::Revoke(methods);
                planned.obstacles = (!reasons.is_empty()).then_some(reasons);
            }
        }
    }

    /// The number of credentials that are to be revoked.
    pub(super) fn chosen(&self) -> usize {
        self.count(|decision| matches!(decision, Decision::Revoke(_)))
    }

    /// The number of credentials with such a decision.
    pub(super) fn count(&self, is_counted: impl Fn(&Decision) -> bool) -> usize {
        let decisions = self.credentials.iter().map(|planned| &planned.decision);
        decisions.filter(|decision| is_counted(decision)).count()
    }

    /// Returns true if nothing is left to do; in a dry run, if nothing would be left.
    pub(super) fn is_done(&self, dry_run: bool) -> bool {
        self.count(|decision| match decision {
            Decision::Revoked | Decision::Dead(_) => false,
            Decision::Revoke(_) => !dry_run,
            _ => true,
        }) == 0
    }
}

/// Decides about a credential as far as no method matters.
fn decide(
    leak: &Leak<'_>,
    finding: &Result<Finding, String>,
    selection: &RevokeSelection<'_>,
) -> Decision {
    let done = selection
        .log
        .and_then(|log| log.done_at(selection.instance, leak.secret_id()));
    if let Some(time) = done {
        return Decision::Dead(format!("revoked at {time}, according to the log"));
    }
    if leak.kind.is_none() {
        return Decision::ByHand("it is not a token that GitLab's API revokes".to_owned());
    }
    let finding = match finding {
        Ok(finding) => finding,
        Err(reason) => return Decision::Refused(reason.clone()),
    };
    if finding.liveness == Liveness::Dead {
        let end = finding.expires_at.as_deref().unwrap_or("before the scan");
        return Decision::Dead(format!("it expired: {end}"));
    }
    if let Some(issuer) = &finding.owner.instance
        && !is_same_host(issuer, selection.host)
    {
        return Decision::ByHand(format!(
            "it was issued by {issuer}, not by {}",
            selection.host
        ));
    }
    // Another instance would reject the token as unknown, which would look like a dead token.
    if let Some(host) = &finding.context.host
        && !is_related(host, selection.host)
        && selection.only.is_empty()
    {
        return Decision::ByHand(format!(
            "it is used with {host}; if it belongs to {}, select it: --only {}",
            selection.host, leak.id
        ));
    }
    Decision::Revoke(Vec::new())
}

fn is_same_host(a: &str, b: &str) -> bool {
    without_port(a).eq_ignore_ascii_case(without_port(b))
}

/// Returns true for the same host and for hosts of the same domain, such as a registry.
fn is_related(a: &str, b: &str) -> bool {
    let domain = |host: &str| {
        let host = without_port(host).to_ascii_lowercase();
        match host.split_once('.') {
            Some((_, rest)) if rest.contains('.') => rest.to_owned(),
            _ => host,
        }
    };
    is_same_host(a, b)
        || domain(a) == domain(b)
        || without_port(a).ends_with(&format!(".{}", without_port(b)))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_domain_belong_together() {
        assert!(is_related("gitlab.example.com", "GitLab.example.com:8443"));
        assert!(is_related(
            "registry.example.com:5050",
            "gitlab.example.com"
        ));
        assert!(is_related("registry.gitlab.com", "gitlab.com"));
        assert!(!is_related("gitlab.com", "gitlab.example.com"));
        assert!(!is_related("127.0.0.1", "127.0.0.2"));
        assert!(!is_related("evilgitlab.com", "gitlab.com"));
    }
}
