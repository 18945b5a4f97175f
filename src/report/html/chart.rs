//! Charts of the findings: stacked bars by folder and by kind, as SVG beside their numbers.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::text::HtmlText;
use crate::model::{Finding, Severity};
use crate::report::wording::count;
use crate::report::{View, wording};

/// Maximum number of bars of a chart; the others are combined into one.
const MAX_BARS: usize = 10;

/// Maximum depth of the folders by which findings are grouped.
const MAX_DEPTH: usize = 6;

/// Width of the longest bar in SVG units.
const WIDTH: u64 = 1_000;

/// Number of findings by severity, worst first.
type Counts = [u64; Severity::ALL.len()];

/// Writes both charts, if there are findings.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = &view.outcome.findings;
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"charts\" aria-label=\"Findings by folder and by kind\">"
    )?;
    chart("By folder", &folders(findings), out)?;
    chart(
        "By kind",
        &tally(findings, |finding| finding.title.to_string()),
        out,
    )?;
    writeln!(out, "</section>")
}

fn tally(findings: &[Finding], label: impl Fn(&Finding) -> String) -> BTreeMap<String, Counts> {
    let mut bars = BTreeMap::<String, Counts>::new();
    for finding in findings {
        let counts = bars.entry(label(finding)).or_default();
        let index = Severity::ALL
            .iter()
            .position(|level| *level == finding.severity);
        counts[index.unwrap_or(0)] += 1;
    }
    bars
}

/// Counts findings by the first folders in which their paths differ.
fn folders(findings: &[Finding]) -> BTreeMap<String, Counts> {
    let mut bars = BTreeMap::new();
    for depth in 1..=MAX_DEPTH {
        bars = tally(findings, |finding| {
            folder(&finding.location.path.to_string(), depth)
        });
        if bars.len() > 1 {
            break;
        }
    }
    bars
}

/// Returns the first `depth` folders of a path.
fn folder(path: &str, depth: usize) -> String {
    let end = path.match_indices('/').take(depth).last().map(|(at, _)| at);
    match end {
        // An absolute path begins with its first folder.
        Some(0) => "/".to_owned(),
        Some(at) => path[..=at].to_owned(),
        None => "top folder".to_owned(),
    }
}

fn chart(title: &str, bars: &BTreeMap<String, Counts>, out: &mut dyn Write) -> io::Result<()> {
    // Worst first, then longest.
    let mut bars: Vec<(&String, Counts)> = bars
        .iter()
        .map(|(label, counts)| (label, *counts))
        .collect();
    bars.sort_by(|(_, a), (_, b)| b.cmp(a));
    let others = format!("{} more", bars.len().saturating_sub(MAX_BARS - 1));
    if bars.len() > MAX_BARS {
        let mut rest = Counts::default();
        for (_, counts) in bars.drain(MAX_BARS - 1..) {
            rest.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
        bars.push((&others, rest));
    }
    let longest = bars
        .iter()
        .map(|(_, counts)| counts.iter().sum())
        .max()
        .unwrap_or(1)
        .max(1);
    writeln!(
        out,
        "<figure>\n<figcaption>{title}</figcaption>\n<ol class=\"bars\">"
    )?;
    for (label, counts) in bars {
        bar(label, &counts, longest, out)?;
    }
    writeln!(out, "</ol>\n</figure>")
}

fn bar(label: &str, counts: &Counts, longest: u64, out: &mut dyn Write) -> io::Result<()> {
    let total: u64 = counts.iter().sum();
    let words: Vec<String> = Severity::ALL
        .iter()
        .zip(counts)
        .filter(|(_, n)| **n > 0)
        .map(|(severity, n)| format!("{} {severity}", count(*n)))
        .collect();
    let words = words.join(", ");
    write!(
        out,
        "<li><span class=\"label\">{}</span><svg viewBox=\"0 0 {WIDTH} 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><title>{words}</title>",
        HtmlText(wording::truncate(label, 120))
    )?;
    let mut before = 0;
    for (severity, n) in Severity::ALL.iter().zip(counts).filter(|(_, n)| **n > 0) {
        // In u128, since a count may come from a report that was edited by hand.
        let at = |n: u64| u128::from(n) * u128::from(WIDTH) / u128::from(longest);
        let (from, to) = (at(before), at(before + n));
        before += n;
        write!(
            out,
            "<rect class=\"{severity}\" x=\"{from}\" width=\"{}\" height=\"10\"/>",
            (to - from).max(4)
        )?;
    }
    writeln!(
        out,
        "</svg><span class=\"count\">{}<span class=\"words\"> ({words})</span></span></li>",
        count(total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_by_top_folders() {
        assert_eq!(folder("a/b/c.txt", 1), "a/");
        assert_eq!(folder("a/b/c.txt", 2), "a/b/");
        assert_eq!(folder("a/b/c.txt", 6), "a/b/");
        assert_eq!(folder("c.txt", 1), "top folder");
        assert_eq!(folder("/etc/x", 1), "/");
        assert_eq!(folder("/etc/x", 2), "/etc/");
    }
}
