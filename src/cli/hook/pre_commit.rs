//! `tokensweep hook pre-commit`.

use std::sync::Arc;

use super::{HookOptions, messages, run as runner};
use crate::cli::git_env;
use crate::cli::plan::Plan;
use crate::exit::ExitStatus;
use crate::source::{Staged, head_commit};

/// Stops a commit that would record a secret.
pub(super) fn run(options: &HookOptions) -> anyhow::Result<ExitStatus> {
    let plan = Arc::new(Plan::new(&options.scan)?);
    let location = git_env::location(None);
    let at = location.clone();
    let result = runner::scan(&plan, options, None, Staged::is_cut_short, move |options| {
        Ok(Staged::new(&at, options)?)
    })?;
    let outcome = &result.outcome;
    messages::print_findings(&plan, &result)?;
    messages::print_limit(&result, "the commit was stopped", &messages::print);
    if !outcome.findings.is_empty() {
        let take_out = if head_commit(&location.path).is_some() {
            "restore --staged"
        } else {
            "rm --cached"
        };
        messages::print(&format!(
            "The commit contains {}. Nothing was committed.",
            messages::count_secrets(outcome)
        ));
        let advice = "Remove it from the file and stage the file again, or unstage the file";
        match messages::command_for_files(take_out, outcome) {
            Some(command) => messages::print(&format!("{advice}:\n    {command}")),
            None => messages::print(&format!("{advice}. Its name contains a secret.")),
        }
        messages::print(&messages::allow_advice());
    }
    Ok(result.status())
}
