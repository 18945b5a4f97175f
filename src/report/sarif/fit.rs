//! Keeps a SARIF report within GitLab's limits: as many results as fit.

use serde_sarif::sarif::{Result as Entry, Sarif as Log};

use super::notification;
use crate::report::wording::count;

/// Maximum number of results of a run that GitLab reads.
pub(super) const MAX_RESULTS: usize = 5_000;

/// Maximum size in bytes. GitLab accepts files of 10 MB (`ci_max_artifact_size_sarif`); a little
/// less, so that it is valid for either meaning of a megabyte.
const MAX_BYTES: usize = 9_900_000;

/// Size reserved for the note about omitted results, and for the line break at the end.
const NOTE_BYTES: usize = 1_000;

/// Adds the first results that fit to the only run of `log`, and a note if some do not.
///
/// # Errors
/// Never in practice: a result that cannot be written as JSON.
pub(super) fn add_results(
    log: &mut Log,
    results: impl ExactSizeIterator<Item = Entry>,
) -> serde_json::Result<()> {
    let mut size = serde_json::to_vec(log)?.len() + NOTE_BYTES;
    let all = results.len();
    let mut kept = Vec::with_capacity(all.min(MAX_RESULTS));
    for result in results.take(MAX_RESULTS) {
        size += serde_json::to_vec(&result)?.len() + 1;
        if size > MAX_BYTES {
            break;
        }
        kept.push(result);
    }
    let Some(run) = log.runs.first_mut() else {
        return Ok(());
    };
    if kept.len() < all {
        let note = format!(
            "This report lists the {} most severe of {} results, because GitLab reads at most {} \
             results and 10 MB. The json report has them all.",
            count(kept.len()),
            count(all),
            count(MAX_RESULTS),
        );
        if let Some(invocation) = run.invocations.as_mut().and_then(|i| i.first_mut()) {
            invocation
                .tool_execution_notifications
                .get_or_insert_default()
                .insert(0, notification("warning", &note));
        }
    }
    run.results = Some(kept);
    Ok(())
}
