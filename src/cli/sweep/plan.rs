//! `tokensweep sweep --plan`: estimates the cost of a sweep.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use indicatif::{HumanBytes, HumanCount};

use crate::cli::safe::safe;
use crate::exit::ExitStatus;
use crate::model::plural;
use crate::report::Format;
use crate::sweep::{SweepPlan, describe_time};

/// The projects that the text lists.
const MAX_LISTED: usize = 20;

/// Rejects formats in which a plan cannot be printed.
///
/// # Errors
/// If it is neither text nor JSON.
pub(super) fn check_format(format: Format) -> anyhow::Result<()> {
    match format {
        Format::Text | Format::Json => Ok(()),
        _ => bail!("--plan is printed as text or json"),
    }
}

/// Prints a plan as text or JSON.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(plan: &SweepPlan, format: Format) -> anyhow::Result<ExitStatus> {
    let plan = redacted(plan);
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&plan)? + "\n",
        _ => describe(&plan),
    };
    io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")?;
    let is_complete = plan.subjects.iter().all(|subject| subject.error.is_none());
    Ok(ExitStatus::new(is_complete, true))
}

/// Returns the plan without credentials in the names of subjects and in errors.
fn redacted(plan: &SweepPlan) -> SweepPlan {
    let mut plan = plan.clone();
    for subject in &mut plan.subjects {
        subject.path = safe(&subject.path);
        subject.error = subject.error.as_deref().map(safe);
    }
    plan
}

fn describe(plan: &SweepPlan) -> String {
    let mut text = format!(
        "{} and {} on {}\nplaces: {}\n",
        plural(plan.projects, "project", "projects"),
        plural(plan.groups, "group", "groups"),
        plan.instance,
        plan.places.join(", "),
    );
    let repositories = if plan.repository_bytes > 0 {
        format!("; repositories: {}", HumanBytes(plan.repository_bytes))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "jobs: {}; requests: about {}{repositories}",
        HumanCount(plan.jobs),
        HumanCount(plan.requests),
    );
    let _ = match (plan.requests_per_minute, plan.seconds) {
        (Some(limit), Some(seconds)) => writeln!(
            text,
            "time: at least {} at {} requests a minute",
            describe_time(seconds),
            HumanCount(limit),
        ),
        _ => writeln!(
            text,
            "time: the instance reports no limit of requests (see --requests-per-minute)"
        ),
    };
    let mut largest: Vec<_> = plan.subjects.iter().collect();
    largest.sort_by_key(|subject| (std::cmp::Reverse(subject.requests), &subject.path));
    text.push_str("\nrequests    jobs  path\n");
    for subject in largest.iter().take(MAX_LISTED) {
        let path = match subject.path.as_str() {
            "" => "(instance)",
            path => path,
        };
        let _ = writeln!(text, "{:>8} {:>7}  {path}", subject.requests, subject.jobs);
    }
    if largest.len() > MAX_LISTED {
        let more = largest.len() - MAX_LISTED;
        let _ = writeln!(text, "and {more} more; --format json lists all");
    }
    for subject in &plan.subjects {
        if let Some(error) = &subject.error {
            let _ = writeln!(text, "not counted: the jobs of {}: {error}", subject.path);
        }
    }
    text
}
