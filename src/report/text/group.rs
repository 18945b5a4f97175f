//! One secret in the text report, with all its locations.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::excerpt;
use super::paint::Paint;
use crate::model::{BlobPath, Finding, Remediation, RuleId, Secret, Severity};
use crate::report::{View, wording};

/// Maximum number of locations besides the first. The other formats list all of them.
const MAX_PLACES: usize = 20;

/// Maximum number of remediations that belong to locations.
const MAX_PLACE_REMEDIES: usize = 5;

/// The findings of one rule with one secret, in the order of the report.
pub(super) struct Group<'a> {
    findings: Vec<&'a Finding>,
    /// The index of the first finding in the outcome.
    first: usize,
}

/// Groups findings by secret; a group takes the position of its first finding.
pub(super) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(&RuleId, &Secret), usize> = BTreeMap::new();
    for (first, finding) in findings.iter().enumerate() {
        let index = *known
            .entry((&finding.rule_id, &finding.secret))
            .or_insert_with(|| {
                groups.push(Group {
                    findings: Vec::new(),
                    first,
                });
                groups.len() - 1
            });
        groups[index].findings.push(finding);
    }
    groups
}

/// Returns which groups are shown if there is room for `room` of them: those whose first findings
/// come first in `order`.
pub(super) fn shown(groups: &[Group<'_>], order: &[usize], room: usize) -> Vec<bool> {
    if groups.len() <= room {
        return vec![true; groups.len()];
    }
    let mut shown = vec![false; groups.len()];
    let by_first: BTreeMap<usize, usize> = groups
        .iter()
        .enumerate()
        .map(|(index, group)| (group.first, index))
        .collect();
    let first = order.iter().filter_map(|found| by_first.get(found));
    for &index in first.take(room) {
        shown[index] = true;
    }
    shown
}

/// Formats a location so that terminals and editors make it a link: `path:line:column`.
pub(super) fn clickable(finding: &Finding) -> String {
    let start = finding.location.start;
    let path = match &finding.on_disk {
        Some(path) => {
            let path = BlobPath::from_path(path);
            let entry = finding.location.path.entry();
            entry
                .map_or(path.clone(), |entry| path.in_archive(entry))
                .to_string()
        }
        None => finding.location.path.to_string(),
    };
    format!("{path}:{}:{}", start.line, start.column)
}

impl Group<'_> {
    /// Returns the highest severity of its findings.
    pub(super) fn severity(&self) -> Severity {
        let severities = self.findings.iter().map(|finding| finding.severity);
        severities.max().unwrap_or(Severity::Info)
    }

    /// Writes the group, without a blank line at its end.
    pub(super) fn write(
        &self,
        view: &View<'_>,
        paint: Paint,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some((first, others)) = self.findings.split_first() else {
            return Ok(());
        };
        let number = first.location.start.line.to_string();
        let gutter = " ".repeat(number.len());
        self.write_head(first, &number, &gutter, view, paint, out)?;
        let mut notes = Notes {
            gutter: &gutter,
            paint,
            out,
        };
        write_facts(first, &mut notes)?;
        for (i, other) in others.iter().take(MAX_PLACES).enumerate() {
            notes.place(i == 0, &place(other))?;
        }
        if others.len() > MAX_PLACES {
            let more = wording::plural(others.len() - MAX_PLACES, "more place", "more places");
            notes.place(false, &format!("and {more}; the json report has them all"))?;
        }
        self.write_remedies(view, &mut notes)
    }

    /// Writes the heading, the location and the line with the secret.
    fn write_head(
        &self,
        first: &Finding,
        number: &str,
        gutter: &str,
        view: &View<'_>,
        paint: Paint,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let severity = self.severity();
        writeln!(
            out,
            "{}{}",
            paint.severity(severity, &format!("{severity}[{}]", first.rule_id)),
            paint.strong(&format!(
                ": {} (confidence: {})",
                first.title, first.confidence
            )),
        )?;

        let (start, end) = (first.location.start, first.location.end);
        let to_line = if end.line > start.line {
            format!(" (to line {})", end.line)
        } else {
            String::new()
        };
        let arrow = paint.frame("-->");
        writeln!(out, "{gutter}{arrow} {}{to_line}", clickable(first))?;
        let bar = paint.frame("|");
        let secret = excerpt::shown_secret(&first.secret, view.options.show_secrets);
        let [line, mark] = excerpt::lines(&first.excerpt, &secret, severity, paint);
        writeln!(out, "{gutter} {bar}")?;
        writeln!(out, "{} {bar} {line}", paint.frame(number))?;
        writeln!(out, "{gutter} {bar} {mark}")?;
        writeln!(out, "{gutter} {bar}")
    }

    /// Writes the first remediation of the secret, and how to remove it from each of its locations.
    fn write_remedies(&self, view: &View<'_>, notes: &mut Notes<'_>) -> io::Result<()> {
        let Some(first) = self.findings.first() else {
            return Ok(());
        };
        let rule = view.rules.get(&first.rule_id);
        let mut place: Vec<&Remediation> = Vec::new();
        for finding in &self.findings {
            for remedy in wording::place_remedies(finding, rule) {
                if place.len() <= MAX_PLACE_REMEDIES && !place.contains(&remedy) {
                    place.push(remedy);
                }
            }
        }
        let shut_off = wording::remediations(first, rule);
        let shut_off = shut_off.first().filter(|remedy| !place.contains(remedy));
        for remedy in shut_off
            .into_iter()
            .chain(place.iter().take(MAX_PLACE_REMEDIES))
        {
            notes.remedy(remedy)?;
        }
        if place.len() > MAX_PLACE_REMEDIES {
            notes.text("fix", "Do the same in the other places.")?;
        }
        Ok(())
    }
}

/// Writes the evidence, the facts about the credential, and its context in one line.
fn write_facts(finding: &Finding, notes: &mut Notes<'_>) -> io::Result<()> {
    // The heading contains the title already.
    let message = &finding.message;
    let why = message.strip_prefix(&*finding.title).unwrap_or(message);
    let why = wording::sentence(why.trim_start_matches([':', ' ']));
    notes.text("", &wording::capitalised(&why))?;
    let (context, facts): (Vec<_>, Vec<_>) = wording::facts(finding)
        .into_iter()
        .partition(|(label, _)| matches!(*label, "key" | "host" | "user"));
    for (label, value) in facts {
        notes.text(label, &value)?;
    }
    if let Some(((label, value), more)) = context.split_first() {
        let more: String = more.iter().map(|(l, v)| format!(", {l}: {v}")).collect();
        notes.text(label, &format!("{value}{more}"))?;
    }
    Ok(())
}

/// Returns another location of the same secret, with its differences from the first.
fn place(finding: &Finding) -> String {
    let mut text = clickable(finding);
    let facts: Vec<String> = wording::facts(finding)
        .into_iter()
        .filter(|(label, _)| matches!(*label, "key" | "commit" | "encoding"))
        .map(|(label, value)| format!("{label}: {value}"))
        .collect();
    if !facts.is_empty() {
        text.push_str(&format!(" ({})", facts.join("; ")));
    }
    text
}

/// The lines below the excerpt.
struct Notes<'a> {
    gutter: &'a str,
    paint: Paint,
    out: &'a mut dyn Write,
}

impl Notes<'_> {
    /// Writes a labelled text.
    fn text(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("{} ", self.paint.strong(&format!("{label}:")))
        };
        writeln!(
            self.out,
            "{} {} {label}{text}",
            self.gutter,
            self.paint.frame("=")
        )
    }

    /// Writes a line that continues the text above it, after `indent` blanks.
    fn continued(&mut self, indent: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}   {:indent$}{text}", self.gutter, "")
    }

    /// Writes a location in the list of further locations.
    fn place(&mut self, first: bool, text: &str) -> io::Result<()> {
        if first {
            self.text("also", text)
        } else {
            self.continued("also: ".len(), text)
        }
    }

    fn remedy(&mut self, remedy: &Remediation) -> io::Result<()> {
        self.text("fix", &wording::action(remedy))?;
        for command in remedy.command.iter().flat_map(|c| c.lines()) {
            let command = self.paint.command(command);
            self.continued(7, &command)?;
        }
        match &remedy.caution {
            Some(caution) => self.text("careful", &wording::sentence(caution)),
            None => Ok(()),
        }
    }
}
