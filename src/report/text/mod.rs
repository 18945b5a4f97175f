//! `text`: for people. Each secret once, with its locations and remediation; then the amount of
//! scanned content, and skipped items.

mod excerpt;
mod group;
mod paint;
mod summary;
mod suppressed;
mod width;

use std::io::{self, Write};

use super::wording::plural;
use super::{View, cut};
use paint::Paint;

/// Maximum number of secrets: more would fill the log of a job, and hide the verdict at its end.
const MAX_GROUPS: usize = 1_000;

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::new(view.options.color);
    let groups = group::groups(&view.outcome.findings);
    let order = cut::worst_first(&view.outcome.findings, MAX_GROUPS);
    let shown = group::shown(&groups, &order, MAX_GROUPS);
    let shown = groups.iter().zip(shown).filter(|(_, is_shown)| *is_shown);
    for (group, _) in shown {
        group.write(view, paint, out)?;
        writeln!(out)?;
    }
    if groups.len() > MAX_GROUPS {
        writeln!(
            out,
            "and {} that are not shown here; the json report has them all (--report json=FILE)\n",
            plural(groups.len() - MAX_GROUPS, "more secret", "more secrets")
        )?;
    }
    if view.options.list_suppressed {
        suppressed::write(view, paint, out)?;
    }
    if !view.options.quiet {
        summary::write(view, &groups, paint, out)?;
    }
    Ok(())
}
