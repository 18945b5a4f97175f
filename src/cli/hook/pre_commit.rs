//! `tokensweep hook pre-commit`.

use std::sync::Arc;

use clap::Args;

use super::{HookOptions, run as runner, tell};
use crate::cli::git_env;
use crate::cli::plan::Plan;
use crate::exit::ExitStatus;
use crate::source::{RangeOptions, Staged, head_commit};

/// Arguments of `hook pre-commit`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PreCommitArgs {
    #[command(flatten)]
    options: HookOptions,
}

/// Stops a commit that would record a secret.
pub(super) fn run(args: &PreCommitArgs) -> anyhow::Result<ExitStatus> {
    let plan = Arc::new(Plan::new(&args.options.scan)?);
    let place = git_env::place(None);
    let max_bytes = args.options.max_bytes;
    let at = place.clone();
    let verdict = runner::scan(&plan, &args.options, None, move |plan| {
        let options = RangeOptions {
            exclude: plan.exclude.clone(),
            max_bytes,
        };
        Ok(Staged::new(&at, &options)?)
    })?;
    let outcome = &verdict.outcome;
    tell::findings(&plan, &verdict)?;
    tell::limit(&verdict, "the commit was stopped", &tell::plain);
    if !outcome.findings.is_empty() {
        let take_out = if head_commit(&place.path).is_some() {
            "restore --staged"
        } else {
            "rm --cached"
        };
        tell::plain(&format!(
            "The commit contains {}. Nothing was committed.",
            tell::count(outcome)
        ));
        tell::plain("Remove it from the file and stage the file again, or unstage the file:");
        tell::plain(&format!("    {}", tell::for_files(take_out, outcome)));
        tell::plain(&tell::how_to_mark());
    }
    Ok(verdict.status())
}
