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
    write!(out, "<dl class=\"facts\">")?;
    for (label, value) in facts(view) {
        if let Some(value) = value {
            write!(out, "<div><dt>{label}</dt><dd>{value}</dd></div>")?;
        }
    }
    writeln!(out, "</dl>")?;
    if !outcome.is_complete() {
        writeln!(
            out,
            "<p class=\"alarm\"><b>The scan is not complete.</b> {} could not be read: \
             <a href=\"#errors\">list</a>.</p>",
            plural(outcome.errors.len(), "item", "items")
        )?;
    }
    if !outcome.findings.is_empty() {
        tiles(view, out)?;
    }
    writeln!(out, "</header>\n<main id=\"main\">")
}

/// Returns the facts about the scan, as HTML.
fn facts(view: &View<'_>) -> [(&'static str, Option<String>); 8] {
    let View { outcome, scan, .. } = view;
    let stats = &outcome.stats;
    let project = scan.project_url.as_deref().filter(|url| place::is_web(url));
    let name = |url: &'_ str| {
        url.split_once("://")
            .map_or(url, |(_, name)| name)
            .to_owned()
    };
    let commit = scan.commit.as_ref().map(|commit| {
        let short: String = commit.chars().take(12).collect();
        format!("<code>{}</code>", HtmlText(short))
    });
    let files = plural(stats.blobs, "file", "files");
    let some = |number: u64| (number > 0).then(|| count(number));
    [
        ("Project", project.map(|url| link(Some(url), name(url)))),
        ("Commit", commit),
        ("Scanned", Some(format!("{files}, {}", size(stats.bytes)))),
        ("Repositories", some(stats.repositories)),
        ("Rules", Some(count(stats.rules.len()))),
        ("Below the threshold", some(stats.below_threshold)),
        ("Suppressed", some(outcome.suppressed.len() as u64)),
        ("Skipped", some(stats.skipped.values().sum())),
    ]
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
