//! The end of the text report: the amount of scanned content, skipped items, and the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::group::Group;
use super::paint::Paint;
use crate::model::{Exclusion, ExclusionSource, Severity, SkipReason, Stats, SuppressionKind};
use crate::report::View;
use crate::report::wording::{count, plural, sentence, size};

/// Maximum number of items of one kind that are listed by name. The `json` report lists all of
/// them.
const MAX_NAMED: usize = 50;

/// Writes the summary; the verdict comes last, next to the prompt.
pub(super) fn write(
    view: &View<'_>,
    secrets: &[Group<'_>],
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_lists(view, paint, out)?;
    let outcome = &view.outcome;
    let stats = &outcome.stats;
    let rules = plural(stats.rules.len(), "rule", "rules");
    let scanned = format!("{} with {rules}.", scanned(stats));
    let aside = [
        skipped(&stats.skipped),
        suppressed(view),
        below(stats.below_threshold),
    ];
    let aside = aside.into_iter().flatten();

    // One line if nothing is to do.
    if outcome.findings.is_empty() && outcome.is_complete() {
        let aside: String = aside.map(|line| format!(" {line}.")).collect();
        let verdict = paint.good("No credentials found.");
        return writeln!(out, "{verdict} {scanned}{aside}");
    }
    writeln!(out, "{scanned}")?;
    for line in aside {
        writeln!(out, "{line}.")?;
    }
    if !outcome.is_complete() {
        let items = plural(outcome.errors.len(), "item", "items");
        let text = format!("The scan is not complete: {items} could not be read.");
        writeln!(out, "{}", paint.error(&text))?;
    }
    if outcome.findings.is_empty() {
        return writeln!(out, "No credentials found in what could be read.");
    }
    writeln!(out, "{}", verdict(view, secrets, paint))
}

/// Writes the notes, and the skipped, excluded and unreadable items.
fn write_lists(view: &View<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &view.outcome;
    for note in outcome.notes.iter().take(MAX_NAMED) {
        writeln!(out, "{} {}", paint.strong("note:"), sentence(&note.message))?;
    }
    for item in outcome.skipped.iter().take(MAX_NAMED) {
        let label = paint.strong("skipped:");
        writeln!(out, "{label} {} ({})", item.path, item.reason.describe())?;
    }
    more(outcome.skipped.len(), "skipped", out)?;
    for item in &outcome.exclusions {
        let label = paint.strong("excluded:");
        writeln!(out, "{label} {}", exclusion(item))?;
    }
    for error in outcome.errors.iter().take(MAX_NAMED) {
        let label = paint.error("not read:");
        match &error.path {
            Some(at) => writeln!(out, "{label} {at}: {}", error.message)?,
            None => writeln!(out, "{label} {}", error.message)?,
        }
    }
    more(outcome.errors.len(), "not read", out)
}

/// Returns the amount of scanned content: `Scanned 3 files (1.2 kB) in 1 repository`.
fn scanned(stats: &Stats) -> String {
    let mut scanned = format!(
        "Scanned {} ({})",
        plural(stats.blobs, "file", "files"),
        size(stats.bytes)
    );
    if stats.repositories > 0 {
        let repositories = plural(stats.repositories, "repository", "repositories");
        scanned.push_str(&format!(" in {repositories}"));
    }
    scanned
}

/// Returns the verdict: `Found 2 secrets in 3 places: 1 critical, 2 high.`
fn verdict(view: &View<'_>, secrets: &[Group<'_>], paint: Paint) -> String {
    let findings = &view.outcome.findings;
    let mut by_severity = BTreeMap::<Severity, u64>::new();
    for secret in secrets {
        *by_severity.entry(secret.severity()).or_default() += 1;
    }
    let levels: Vec<String> = by_severity
        .into_iter()
        .rev()
        .map(|(severity, n)| paint.severity(severity, &format!("{} {severity}", count(n))))
        .collect();
    let files: BTreeSet<_> = findings.iter().map(|f| &f.location.path).collect();
    let found = format!(
        "Found {} in {} ({}):",
        plural(secrets.len(), "secret", "secrets"),
        plural(findings.len(), "place", "places"),
        plural(files.len(), "file", "files"),
    );
    format!("{} {}.", paint.strong(&found), levels.join(", "))
}

fn more(all: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if all > MAX_NAMED {
        writeln!(out, "and {} more {what}", count(all - MAX_NAMED))?;
    }
    Ok(())
}

/// Describes an exclusion: its source, its patterns, and the number of hidden findings and files.
fn exclusion(item: &Exclusion) -> String {
    let by = match item.by {
        ExclusionSource::Variable => "the variable ",
        ExclusionSource::Option => "the option ",
        ExclusionSource::Configuration => "",
    };
    let mut text = format!(
        "{} by {by}{}",
        plural(item.findings, "finding", "findings"),
        item.name
    );
    if item.files > 0 {
        let files = plural(item.files, "file", "files");
        text.push_str(&format!(", {files} not scanned"));
    }
    if item.limits_commits {
        text.push_str(", it chose the commits");
    }
    if item.limits_rules {
        text.push_str(", it chose the rules");
    }
    if !item.patterns.is_empty() {
        text.push_str(&format!(" ({})", item.patterns.join(", ")));
    }
    if !item.trusted {
        text.push_str("; the change that is scanned could have set this itself");
    }
    text
}

fn skipped(by_reason: &BTreeMap<SkipReason, u64>) -> Option<String> {
    let reasons: Vec<String> = by_reason
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(reason, n)| format!("{} {}", count(*n), reason.describe()))
        .collect();
    (!reasons.is_empty()).then(|| format!("Skipped: {}", reasons.join(", ")))
}

fn suppressed(view: &View<'_>) -> Option<String> {
    let mut by_kind = BTreeMap::<SuppressionKind, u64>::new();
    for suppressed in &view.outcome.suppressed {
        *by_kind.entry(suppressed.kind).or_default() += 1;
    }
    let kinds: Vec<String> = by_kind
        .into_iter()
        .map(|(kind, n)| format!("{} {}", count(n), kind.describe()))
        .collect();
    (!kinds.is_empty()).then(|| format!("Suppressed: {}", kinds.join(", ")))
}

fn below(findings: u64) -> Option<String> {
    (findings > 0).then(|| {
        let findings = plural(findings, "finding", "findings");
        format!("Not shown: {findings} below the minimum confidence or severity")
    })
}
