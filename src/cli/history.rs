//! `tokensweep history`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueHint};

use super::args::{OutputOptions, ScanOptions};
use super::plan::{self, Plan};
use super::scan;
use crate::exit::ExitStatus;
use crate::source::{History, HistoryOptions, head_commit};

/// Arguments of `history`.
#[derive(Clone, Debug, Args)]
pub(super) struct HistoryArgs {
    /// A repository, or a folder in it
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    path: PathBuf,

    /// Report what no ref contains as well; this is the default
    #[arg(long, help_heading = "Input", conflicts_with_all = ["reachable", "refs"])]
    all: bool,

    /// Report only what a ref contains
    #[arg(long, help_heading = "Input")]
    reachable: bool,

    /// Report only what these refs contain: a name or a pattern (main, refs/tags/v1.*); repeatable
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    refs: Vec<String>,

    /// Report only what came in since then: 2026-01-31, 2026-01-31T12:00:00Z, 90d, 2w
    #[arg(long, value_name = "TIME", help_heading = "Input")]
    since: Option<String>,

    /// Do not mind objects that are not there, as in a partial clone
    #[arg(long, help_heading = "Input")]
    allow_missing: bool,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Scans everything a repository has ever stored.
pub(super) fn run(args: &HistoryArgs) -> anyhow::Result<ExitStatus> {
    let plan = Plan::new(&args.options)?;
    let options = HistoryOptions {
        since: args.since.as_deref().map(since).transpose()?,
        refs: args.refs.clone(),
        reachable: args.reachable,
        allow_missing: args.allow_missing,
    };
    let history = History::new(&args.path, options)?;
    scan::report(&plan, &history, &args.output, || head_commit(&args.path))
}

/// Seconds since 1970 of a day, a time, or an age in days or weeks.
fn since(text: &str) -> anyhow::Result<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_second());
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return Ok(date
            .to_zoned(jiff::tz::TimeZone::UTC)?
            .timestamp()
            .as_second());
    }
    let days = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((count, "d")) => count.parse::<u32>().ok(),
        Some((count, "w")) => count
            .parse::<u32>()
            .ok()
            .and_then(|weeks| weeks.checked_mul(7)),
        _ => None,
    };
    match (days, plan::now()) {
        (Some(days), Some(now)) => Ok(now - i64::from(days) * 86_400),
        _ => {
            bail!("--since: '{text}' is no time; write 2026-01-31, 2026-01-31T12:00:00Z, 90d or 2w")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ages() {
        assert_eq!(since("1970-01-02").unwrap(), 86_400);
        assert_eq!(since("1970-01-02T00:00:01Z").unwrap(), 86_401);
        let now = plan::now().unwrap();
        assert!((now - 14 * 86_400 - since("2w").unwrap()).abs() < 5);
        for wrong in ["", "d", "-1d", "yesterday", "99999999999w", "é"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
