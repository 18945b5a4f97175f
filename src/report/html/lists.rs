//! Suppressed findings, skipped items, errors and notes.

use std::io::{self, Write};

use super::text::HtmlText;
use crate::model::SuppressionKind;
use crate::report::View;
use crate::report::wording::{count, sentence};

/// Maximum number of rows of a list. The json report is complete.
const MAX_ROWS: usize = 2_000;

/// Writes the sections that are not empty.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &view.outcome;
    let errors = outcome.errors.iter().map(|error| {
        let place = error
            .path
            .as_ref()
            .map_or_else(|| "—".to_owned(), ToString::to_string);
        vec![place, sentence(&error.message)]
    });
    section("errors", "Not read", &["File", "Reason"], errors, true, out)?;
    let suppressed = outcome.suppressed.iter().map(|item| {
        let finding = &item.finding;
        let by = match item.kind {
            SuppressionKind::Inline => "a marker on the line",
            SuppressionKind::Allowlist => "the allowlist",
            SuppressionKind::Baseline => "the baseline",
            SuppressionKind::OwnJobToken => "it is the running job's own token",
        };
        let place = format!("{}:{}", finding.location.path, finding.location.start.line);
        vec![
            finding.severity.to_string(),
            format!("{} {}", finding.title, finding.secret),
            place,
            by.to_owned(),
            item.justification.clone().unwrap_or_default(),
        ]
    });
    let columns = ["Severity", "Credential", "Place", "By", "Reason"];
    section("suppressed", "Suppressed", &columns, suppressed, false, out)?;
    let skipped = outcome
        .skipped
        .iter()
        .map(|item| vec![item.path.to_string(), item.reason.describe().to_owned()]);
    section(
        "skipped",
        "Skipped, by name",
        &["File", "Reason"],
        skipped,
        false,
        out,
    )?;
    let counted = outcome
        .stats
        .skipped
        .iter()
        .map(|(reason, n)| vec![reason.describe().to_owned(), count(*n)]);
    section(
        "left-out",
        "Skipped, in total",
        &["Reason", "Number"],
        counted,
        false,
        out,
    )?;
    let notes = outcome
        .notes
        .iter()
        .map(|note| vec![sentence(&note.message)]);
    section("notes", "Notes", &["Note"], notes, false, out)
}

fn section(
    id: &str,
    title: &str,
    columns: &[&str],
    rows: impl ExactSizeIterator<Item = Vec<String>>,
    open: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = rows.len();
    if all == 0 {
        return Ok(());
    }
    let open = if open { " open" } else { "" };
    writeln!(
        out,
        "<section id=\"{id}\"><details class=\"list\"{open}><summary><h2>{title} <small>{}</small></h2></summary>\n\
         <table class=\"plain\"><caption>{title}</caption><thead><tr>",
        count(all)
    )?;
    for column in columns {
        write!(out, "<th scope=\"col\">{column}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for row in rows.take(MAX_ROWS) {
        write!(out, "<tr>")?;
        for (column, cell) in columns.iter().zip(row) {
            write!(out, "<td data-label=\"{column}\">{}</td>", HtmlText(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table>")?;
    if all > MAX_ROWS {
        writeln!(
            out,
            "<p>And {} more; the json report has them all.</p>",
            count(all - MAX_ROWS)
        )?;
    }
    writeln!(out, "</details></section>")
}
