//! Asks the operator's instance about each distinct credential that a scan has found.

mod admin;
mod checks;
mod connection;
mod reach;

use std::collections::BTreeMap;
use std::sync::Arc;

use checks::{CHECKS, CheckSubject, KindCheck};
use connection::Connection;

use crate::gitlab::{Answer, ApiRequest, Client, RequestError};
use crate::model::{
    Finding, Liveness, Reach, RuleId, Secret, Severity, TokenDetails, TokenKind, Verification,
};

/// The requests that are allowed.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// Also make the requests that have side effects.
    pub with_side_effects: bool,
    /// Also ask which groups and projects a live credential reaches.
    pub blast_radius: bool,
    /// The operator's token. As an administrator's it is used for SSH keys, and with `with_side_effects` for the
    /// credentials that nothing else can be asked about.
    pub operator_token: Option<Secret>,
    /// The time: RFC 3339, UTC.
    pub checked_at: String,
}

/// Numbers of distinct credentials by answer, and errors.
#[derive(Debug, Default)]
pub struct VerifySummary {
    /// Number that the instance accepts.
    pub live: usize,
    /// Number that the instance rejects.
    pub dead: usize,
    /// Number of which nothing is known.
    pub unknown: usize,
    /// Number of distinct credentials whose request has no usable answer, by reason.
    pub failures: BTreeMap<String, usize>,
}

impl VerifySummary {
    /// Adds the numbers of other credentials.
    pub fn add(&mut self, other: Self) {
        self.live += other.live;
        self.dead += other.dead;
        self.unknown += other.unknown;
        for (reason, count) in other.failures {
            *self.failures.entry(reason).or_default() += count;
        }
    }
}

/// The result of a check.
struct LivenessVerdict {
    liveness: Liveness,
    reason: String,
    token: TokenDetails,
    is_failure: bool,
}

impl LivenessVerdict {
    fn unknown(reason: impl Into<String>) -> Self {
        Self {
            liveness: Liveness::Unknown,
            reason: reason.into(),
            token: TokenDetails::default(),
            is_failure: false,
        }
    }

    /// Returns true if another request may give a result.
    fn is_open(&self) -> bool {
        self.liveness == Liveness::Unknown && !self.is_failure
    }

    /// Returns true for a live token that may read itself.
    fn is_readable(&self) -> bool {
        self.liveness == Liveness::Live && self.token.id.is_some()
    }

    /// Makes the liveness of a key unknown if it has expired on the instance before `now`.
    fn end_at_expiry(&mut self, now: &String) {
        if self.token.expires_at.as_ref().is_some_and(|end| end < now) {
            self.liveness = Liveness::Unknown;
            self.reason = format!(
                "{}, and has expired there; it may open other servers",
                self.reason
            );
        }
    }
}

/// Asks about each distinct credential once, and records the answer in all of its findings. `kind_of` returns the
/// kind of the credentials that a rule finds. Credentials of other vendors, and those whose own expiry has
/// passed, are not asked about.
pub fn verify(
    findings: &mut [Finding],
    kind_of: impl Fn(&RuleId) -> Option<TokenKind>,
    client: &Client,
    options: &VerifyOptions,
) -> VerifySummary {
    let mut subjects: BTreeMap<(TokenKind, Secret), CheckSubject> = BTreeMap::new();
    for finding in findings.iter() {
        let Some(kind) = kind_of(&finding.rule_id) else {
            continue;
        };
        if finding.liveness == Liveness::Dead || finding.secret.is_empty() {
            continue;
        }
        subjects
            .entry((kind, finding.secret.clone()))
            .and_modify(|subject| subject.add_place(finding))
            .or_insert_with(|| CheckSubject::new(kind, finding));
    }
    let subjects: Vec<CheckSubject> = subjects.into_values().collect();
    let connection = Connection::new(client);
    let results = client.each(&subjects, |subject| ask(&connection, subject, options));
    let mut summary = VerifySummary::default();
    let mut known = BTreeMap::new();
    for (subject, (verdict, reach)) in subjects.into_iter().zip(results) {
        *match verdict.liveness {
            Liveness::Live => &mut summary.live,
            Liveness::Dead => &mut summary.dead,
            Liveness::Unknown => &mut summary.unknown,
        } += 1;
        if verdict.is_failure {
            *summary.failures.entry(verdict.reason.clone()).or_default() += 1;
        }
        let verification = Verification {
            instance: client.instance().to_string(),
            checked_at: options.checked_at.clone(),
            reason: verdict.reason,
            token: verdict.token,
            reach,
        };
        known.insert(
            (subject.kind, subject.secret),
            (verdict.liveness, Arc::new(verification)),
        );
    }
    for finding in findings {
        let Some(kind) = kind_of(&finding.rule_id) else {
            continue;
        };
        if let Some((liveness, verification)) = known.get(&(kind, finding.secret.clone())) {
            finding.liveness = *liveness;
            finding.verification = Some(Arc::clone(verification));
            finding.severity = severity(finding, verification);
        }
    }
    summary
}

/// The scopes with which a token has all permissions of its user.
const CRITICAL_SCOPES: [&str; 3] = ["api", "sudo", "admin_mode"];

/// A dead credential opens nothing, one with a powerful scope opens all.
fn severity(finding: &Finding, verification: &Verification) -> Severity {
    let is_critical = |scope: &String| CRITICAL_SCOPES.contains(&scope.as_str());
    match finding.liveness {
        Liveness::Dead => Severity::Info,
        Liveness::Live if verification.token.scopes.iter().any(is_critical) => Severity::Critical,
        Liveness::Live | Liveness::Unknown => finding.severity,
    }
}

/// The reason why an accepted request does not prove that its credential is live.
const PUBLIC: &str = "its project is public, so the instance answers without it too";

/// Asks about a credential, and about the places that it reaches if it is live.
fn ask(
    connection: &Connection<'_>,
    subject: &CheckSubject,
    options: &VerifyOptions,
) -> (LivenessVerdict, Option<Reach>) {
    let mut verdict = ask_by_kind(connection, subject, options);
    if verdict.is_open()
        && options.with_side_effects
        // A private key is not a token, and never leaves this machine.
        && subject.kind != TokenKind::SshKey
        && let Some(token) = &options.operator_token
    {
        let answer = connection.send(&admin::request(subject, token));
        verdict = judge(answer, admin::ANSWERS);
    }
    if subject.kind == TokenKind::SshKey {
        verdict.end_at_expiry(&options.checked_at);
    }
    let reach = if options.blast_radius
        && subject.kind == TokenKind::PersonalAccessToken
        && verdict.is_readable()
    {
        let username = reach::username(connection.client, &subject.secret);
        verdict.token.username = username.or(verdict.token.username);
        reach::reach(connection.client, &subject.secret)
    } else {
        None
    };
    if repeats(&verdict, reach.as_ref(), &subject.secret) {
        let hidden = "the instance repeats the credential in its answer, which is not shown";
        let verdict = LivenessVerdict {
            liveness: verdict.liveness,
            ..LivenessVerdict::unknown(hidden)
        };
        return (verdict, None);
    }
    (verdict, reach)
}

/// Makes the checks of the credential's kind until one gives a result.
fn ask_by_kind(
    connection: &Connection<'_>,
    subject: &CheckSubject,
    options: &VerifyOptions,
) -> LivenessVerdict {
    let mut has_asked = false;
    let mut verdict = LivenessVerdict::unknown("GitLab has no request that identifies it");
    for check in CHECKS.iter().filter(|check| check.kind == subject.kind) {
        match permitted_request(check, subject, options) {
            Ok(request) => {
                has_asked = true;
                verdict = send_check(connection, check, request);
                if !verdict.is_open() {
                    break;
                }
            }
            // The results of the checks before are more precise.
            Err(_) if has_asked => {}
            Err(reason) => verdict = LivenessVerdict::unknown(reason),
        }
    }
    verdict
}

/// Returns the request of a check, or why it is not made.
fn permitted_request(
    check: &KindCheck,
    subject: &CheckSubject,
    options: &VerifyOptions,
) -> Result<ApiRequest, String> {
    let request = check.request(subject, options.operator_token.as_ref())?;
    match check.side_effect {
        Some(effect) if !options.with_side_effects => {
            Err(format!("asked only with --verify=all: {effect}"))
        }
        _ => Ok(request),
    }
}

/// Makes a request, and if it is accepted and a control is needed, the same without the credential.
fn send_check(
    connection: &Connection<'_>,
    check: &KindCheck,
    request: ApiRequest,
) -> LivenessVerdict {
    let verdict = judge(connection.send(&request), check.answers);
    if verdict.liveness != Liveness::Live || !check.needs_control {
        return verdict;
    }
    match connection.send(&request.without_auth()) {
        Ok(answer) if !answer.is_success() => verdict,
        Ok(_) => LivenessVerdict::unknown(PUBLIC),
        Err(error) => judge(Err(error), &[]),
    }
}

/// True if a text of the instance contains the credential.
fn repeats(verdict: &LivenessVerdict, reach: Option<&Reach>, secret: &Secret) -> bool {
    let token = &verdict.token;
    let texts = [
        &token.name,
        &token.username,
        &token.expires_at,
        &token.last_used_at,
    ];
    let texts = texts.into_iter().flatten().chain(&token.scopes);
    let secret = String::from_utf8_lossy(secret.reveal());
    let reached = reach.map(|reach| reach.groups.iter().chain(&reach.projects));
    texts
        .chain(reached.into_iter().flatten())
        .chain([&verdict.reason])
        .any(|text| text.contains(&*secret))
}

/// An answer: status, a text that the JSON of the body contains, and their meaning. The first row that matches
/// counts.
type AnswerRow = (u16, &'static str, Liveness, &'static str);

/// The answer to a request with an operator's token that is not valid.
const OPERATOR_REJECTED: AnswerRow = (
    401,
    "",
    Liveness::Unknown,
    "the instance rejects the operator's token",
);

/// Judges an answer by a table. A body that is not JSON has no meaning: it may come from a proxy or a captive portal.
fn judge(answer: Result<Answer, RequestError>, table: &[AnswerRow]) -> LivenessVerdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return LivenessVerdict {
                is_failure: true,
                ..LivenessVerdict::unknown(error.to_string())
            };
        }
    };
    let Some(body) = &answer.body else {
        return LivenessVerdict {
            is_failure: true,
            ..LivenessVerdict::unknown(format!(
                "the answer ({}) is not JSON, so it may not come from GitLab",
                answer.status
            ))
        };
    };
    let text = body.to_string().to_ascii_lowercase();
    let row = table
        .iter()
        .find(|(status, marker, ..)| *status == answer.status && text.contains(marker));
    let Some((_, _, liveness, reason)) = row else {
        let said = answer.explanation().map(|text| format!(": {text}"));
        return LivenessVerdict::unknown(format!(
            "the instance answered {}{}",
            answer.status,
            said.unwrap_or_default()
        ));
    };
    LivenessVerdict {
        liveness: *liveness,
        reason: (*reason).to_owned(),
        token: if *liveness == Liveness::Live && answer.is_success() {
            checks::details(&answer)
        } else {
            TokenDetails::default()
        },
        is_failure: false,
    }
}
