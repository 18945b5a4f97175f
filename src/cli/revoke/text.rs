//! Text output: the plan, the results and the remaining manual steps.

use super::plan::{Decision, Planned, RevocationPlan};
use crate::gitlab::Instance;
use crate::model::{BlobPath, plural};
use crate::report::json::JsonFinding;
use crate::revoke::{Means, Revocation};

/// The variable of the instance in a command.
const INSTANCE: &str = "${GITLAB_URL:?}";

/// The variable of the project in a command.
const PROJECT: &str = "${PROJECT_ID:?}";

/// The places of a credential that are named.
const MAX_PLACES: usize = 3;

/// The groups and projects within reach that are named.
const MAX_REACHED: usize = 5;

/// The credentials to revoke, with method and effect.
pub(super) fn plan(plan: &RevocationPlan<'_>, instance: &Instance, means: Means<'_>) -> String {
    let mut text = String::new();
    let chosen = plan.chosen();
    if chosen > 0 {
        let what = plural(chosen, "credential", "credentials");
        text.push_str(&format!("{what} to revoke on {}\n", instance.host()));
    }
    for planned in &plan.credentials {
        let (Decision::Revoke(methods), Ok(finding)) = (&planned.decision, &planned.finding) else {
            continue;
        };
        let how: Vec<String> = methods
            .iter()
            .map(|method| method.describe(finding, means))
            .collect();
        text.push_str(&head(planned));
        text.push_str(&verified(planned, instance));
        text.push_str(&row("how", &how.join("; else ")));
        if let Some(stops) = &planned.stops {
            text.push_str(&row("stops", stops));
        }
    }
    text
}

/// The credentials that will not be revoked, with the reason.
pub(super) fn not_planned(plan: &RevocationPlan<'_>) -> String {
    let mut text = String::new();
    for planned in &plan.credentials {
        let (title, reason) = match &planned.decision {
            Decision::Dead(reason) => ("already dead", reason),
            Decision::Refused(reason) => ("refused", reason),
            _ => continue,
        };
        text.push_str(&head(planned));
        text.push_str(&row(title, reason));
    }
    if !text.is_empty() {
        text.insert_str(0, "Not to be revoked\n");
    }
    if plan.below > 0 {
        let what = plural(plan.below, "credential", "credentials");
        let line = format!("{what} below the minimum confidence (--min-confidence)\n");
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(&line);
    }
    text
}

/// The result for one credential.
pub(super) fn result(planned: &Planned<'_>, result: &Revocation) -> String {
    let (word, reason) = match result {
        Revocation::Revoked => ("revoked", ""),
        Revocation::AlreadyDead(reason) => ("already dead", reason.as_str()),
        Revocation::Left(reason) => ("not revoked", reason.as_str()),
        Revocation::Failed(reason) => ("failed", reason.as_str()),
    };
    let reason = if reason.is_empty() {
        String::new()
    } else {
        format!(" ({reason})")
    };
    format!(
        "{word:<12}  #{}  {}{reason}\n",
        planned.leak.id, planned.title
    )
}

/// The manual steps.
pub(super) fn by_hand(plan: &RevocationPlan<'_>, instance: &str, project: Option<u64>) -> String {
    let fill = |command: &str| {
        let command = command.replace(INSTANCE, instance);
        project.map_or(command.clone(), |id| {
            command.replace(PROJECT, &id.to_string())
        })
    };
    let mut text = String::new();
    for planned in &plan.credentials {
        let Decision::ByHand(reason) = &planned.decision else {
            continue;
        };
        if text.is_empty() {
            text.push_str("Left to do by hand\n");
        }
        text.push_str(&head(planned));
        text.push_str(&row("why", reason));
        for remediation in &planned.remediations {
            let who = remediation.who.as_ref().map(|who| format!(" ({who})"));
            text.push_str(&format!(
                "  - {}{}\n",
                remediation.action,
                who.unwrap_or_default()
            ));
            let command = remediation.command.as_deref().unwrap_or_default();
            for line in fill(command).lines() {
                text.push_str(&format!("      {line}\n"));
            }
            if let Some(caution) = &remediation.caution {
                text.push_str(&format!("    Careful: {caution}\n"));
            }
        }
    }
    text
}

/// The counts, in one line.
pub(super) fn summary(plan: &RevocationPlan<'_>, dry_run: bool) -> String {
    let counts = [
        (
            plan.count(|d| matches!(d, Decision::Revoke(_))),
            if dry_run {
                "would be revoked"
            } else {
                "not revoked"
            },
        ),
        (plan.count(|d| matches!(d, Decision::Revoked)), "revoked"),
        (
            plan.count(|d| matches!(d, Decision::Dead(_))),
            "already dead",
        ),
        (
            plan.count(|d| matches!(d, Decision::ByHand(_))),
            "left to do by hand",
        ),
        (plan.count(|d| matches!(d, Decision::Refused(_))), "refused"),
        (plan.count(|d| matches!(d, Decision::Failed)), "failed"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() {
        return "the report has no credentials to revoke\n".to_owned();
    }
    format!("{}\n", counts.join(", "))
}

/// The first lines about a credential: its kind, locations and owner.
fn head(planned: &Planned<'_>) -> String {
    let mut text = format!("\n  #{}  {}\n", planned.leak.id, planned.title);
    let places: Vec<String> = planned
        .leak
        .findings
        .iter()
        .take(MAX_PLACES)
        .map(|finding| place(finding))
        .collect();
    let more = planned.leak.findings.len().saturating_sub(MAX_PLACES);
    let more = match more {
        0 => String::new(),
        more => format!(" and {}", plural(more, "more place", "more places")),
    };
    text.push_str(&row("found in", &format!("{}{more}", places.join(", "))));
    if let Ok(finding) = &planned.finding {
        if !finding.owner.is_empty() {
            text.push_str(&row("owner", &finding.owner.to_string()));
        }
        if let Some(user) = &finding.context.user {
            text.push_str(&row("user name", user));
        }
    }
    text
}

/// The verification result that the report contains, if any.
fn verified(planned: &Planned<'_>, instance: &Instance) -> String {
    let Some(said) = planned.leak.verification(&instance.to_string()) else {
        return String::new();
    };
    let token = &said.token;
    let name = token.name.as_ref().map(|name| format!("'{name}'"));
    let user = token.username.as_ref().map(|user| format!("user {user}"));
    let scopes = (!token.scopes.is_empty()).then(|| format!("scopes {}", token.scopes.join(", ")));
    let used = token
        .last_used_at
        .as_ref()
        .map(|time| format!("last used {time}"));
    let known: Vec<String> = [name, user, scopes, used].into_iter().flatten().collect();
    let mut text = String::new();
    if !known.is_empty() {
        text.push_str(&row("token", &known.join(", ")));
    }
    if let Some(reach) = &said.reach {
        let all: Vec<&str> = reach
            .groups
            .iter()
            .chain(&reach.projects)
            .map(String::as_str)
            .collect();
        let shown = all
            .iter()
            .take(MAX_REACHED)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let more = all.len() > MAX_REACHED || !reach.complete;
        text.push_str(&row(
            "reaches",
            &format!("{shown}{}", if more { " and more" } else { "" }),
        ));
    }
    text
}

fn row(name: &str, value: &str) -> String {
    format!("    {name:<13}{value}\n")
}

fn place(finding: &JsonFinding) -> String {
    let location = &finding.location;
    let path = BlobPath::from_shown(&location.path);
    let commit = location.commit.as_deref().unwrap_or_default();
    let commit = commit.get(..10).map(|id| format!(" in {id}"));
    format!(
        "{path}:{}{}",
        location.start_line,
        commit.unwrap_or_default()
    )
}
