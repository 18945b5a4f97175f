//! The rules that found something: the access that the credentials give, and all remediations.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::findings::remediations;
use super::text::{HtmlText, link, paragraphs};
use crate::model::RuleId;
use crate::report::{View, place};

/// Returns the anchor of a rule on the page.
pub(super) fn anchor(id: &RuleId) -> String {
    format!("rule-{id}")
}

/// Writes the rules that found something; closes the main part.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let found: BTreeSet<&RuleId> = view.outcome.findings.iter().map(|f| &f.rule_id).collect();
    if found.is_empty() {
        return writeln!(out, "</main>");
    }
    writeln!(
        out,
        "<section id=\"kinds\"><h2>What they give access to, and how to revoke them</h2>"
    )?;
    for rule in found.into_iter().filter_map(|id| view.rules.get(id)) {
        let severity = rule.severity;
        writeln!(
            out,
            "<details class=\"kind\" id=\"{}\"><summary><span class=\"badge {severity}\">{severity}</span> \
             <b>{}</b> <code>{}</code></summary>{}",
            anchor(&rule.id),
            HtmlText(&rule.title),
            rule.id,
            paragraphs(&rule.description),
        )?;
        if !rule.remediations.is_empty() {
            write!(out, "<h3>How to revoke it</h3>")?;
            remediations(rule.remediations.iter().map(|item| &**item), out)?;
        }
        let links: Vec<&str> = rule.links().filter(|url| place::is_web(url)).collect();
        if !links.is_empty() {
            write!(out, "<h3>References</h3><ul>")?;
            for url in links {
                write!(out, "<li>{}</li>", link(Some(url), url))?;
            }
            write!(out, "</ul>")?;
        }
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>\n</main>")
}
