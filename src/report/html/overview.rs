//! The top of the page: the verdict, the amount of scanned content, and the number of findings by
//! severity.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::text::{HtmlText, link};
use crate::model::Severity;
use crate::report::wording::{count, plural, size};
use crate::report::{View, place};

/// Returns the verdict in a few words.
pub(super) fn title(view: &View<'_>) -> String {
    let outcome = &view.outcome;
    let found = if outcome.findings.is_empty() {
        "No credentials found".to_owned()
    } else {
        let secrets: BTreeSet<_> = outcome
            .findings
            .iter()
            .map(|f| (&f.rule_id, &f.secret))
            .collect();
        let places = plural(outcome.findings.len(), "place", "places");
        format!("{} in {places}", plural(secrets.len(), "secret", "secrets"))
    };
    match (outcome.is_complete(), outcome.findings.is_empty()) {
        (true, _) => found,
        (false, true) => format!("{found} in what could be read"),
        (false, false) => format!("{found}, scan incomplete"),
    }
}

/// Writes the header.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &view.outcome;
    let state = match (outcome.findings.is_empty(), outcome.is_complete()) {
        (true, true) => "clean",
        (true, false) => "unsure",
        (false, _) => "leaks",
    };
    writeln!(
        out,
        "<header class=\"{state}\">\n<p class=\"brand\">Tokensweep</p>\n<h1>{}</h1>",
        HtmlText(title(view))
    )?;
    let stats = &outcome.stats;
    let mut facts = vec![(
        "Scanned",
        format!(
            "{}, {}",
            plural(stats.blobs, "file", "files"),
            size(stats.bytes)
        ),
    )];
    if stats.repositories > 0 {
        facts.push(("Repositories", count(stats.repositories)));
    }
    facts.push(("Rules", count(stats.rules.len())));
    if stats.below_threshold > 0 {
        facts.push(("Below the threshold", count(stats.below_threshold)));
    }
    if !outcome.suppressed.is_empty() {
        facts.push(("Set aside", count(outcome.suppressed.len())));
    }
    let skipped: u64 = stats.skipped.values().sum();
    if skipped > 0 {
        facts.push(("Left out", count(skipped)));
    }
    write!(out, "<dl class=\"facts\">")?;
    if let Some(url) = view
        .scan
        .project_url
        .as_deref()
        .filter(|url| place::is_web(url))
    {
        let name = url.split_once("://").map_or(url, |(_, name)| name);
        write!(
            out,
            "<div><dt>Project</dt><dd>{}</dd></div>",
            link(Some(url), name)
        )?;
    }
    if let Some(commit) = &view.scan.commit {
        let short: String = commit.chars().take(12).collect();
        write!(
            out,
            "<div><dt>Commit</dt><dd><code>{}</code></dd></div>",
            HtmlText(short)
        )?;
    }
    for (label, value) in facts {
        write!(
            out,
            "<div><dt>{label}</dt><dd>{}</dd></div>",
            HtmlText(value)
        )?;
    }
    writeln!(out, "</dl>")?;
    if !outcome.is_complete() {
        writeln!(
            out,
            "<p class=\"alarm\"><b>The scan is not complete.</b> {} could not be read: \
             <a href=\"#errors\">what and why</a>.</p>",
            plural(outcome.errors.len(), "item", "items")
        )?;
    }
    if !outcome.findings.is_empty() {
        tiles(view, out)?;
    }
    writeln!(out, "</header>\n<main id=\"main\">")
}

/// Writes the number of findings of each severity.
fn tiles(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut by_severity = BTreeMap::<Severity, u64>::new();
    for finding in &view.outcome.findings {
        *by_severity.entry(finding.severity).or_default() += 1;
    }
    writeln!(
        out,
        "<ul class=\"tiles\" aria-label=\"Findings by severity\">"
    )?;
    for severity in Severity::ALL {
        let n = by_severity.get(&severity).copied().unwrap_or(0);
        let none = if n == 0 { " none" } else { "" };
        writeln!(
            out,
            "<li class=\"{severity}{none}\"><b>{}</b> {severity}</li>",
            count(n)
        )?;
    }
    writeln!(out, "</ul>")
}
