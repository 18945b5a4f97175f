//! Suppressed findings, each with the reason.

use std::io::{self, Write};

use super::group::clickable;
use super::paint::Paint;
use crate::report::View;
use crate::report::wording::count;

/// Maximum number of listed findings. The `json` report lists all of them.
const MAX_LISTED: usize = 1000;

/// Writes a line for each finding.
pub(super) fn write(view: &View<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let suppressed = &view.outcome.suppressed;
    for item in suppressed.iter().take(MAX_LISTED) {
        let label = paint.strong("suppressed:");
        let finding = &item.finding;
        write!(
            out,
            "{label} {} {} ({}",
            clickable(finding),
            finding.rule_id,
            item.kind.describe()
        )?;
        match &item.justification {
            Some(reason) => writeln!(out, ": {reason})")?,
            None => writeln!(out, ")")?,
        }
    }
    if suppressed.len() > MAX_LISTED {
        writeln!(
            out,
            "and {} more suppressed",
            count(suppressed.len() - MAX_LISTED)
        )?;
    }
    if !suppressed.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
