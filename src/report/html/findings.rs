//! The table of findings, and the form that filters it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, Write};

use super::rules::anchor;
use super::text::{HtmlText, link};
use crate::model::{BlobPath, Confidence, Finding, Liveness, Remediation, Severity};
use crate::report::wording::{self, count, plural};
use crate::report::{View, cut, place};

/// Maximum number of rows: more than a user reads, and as many as a browser can handle.
const MAX_ROWS: usize = 10_000;

/// Number of rows of a group, which a browser lays out together when they become visible.
const GROUP: usize = 50;

/// The columns: the class of their cells, and their names.
const COLUMNS: [(&str, &str); 7] = [
    ("severity", "Severity"),
    ("what", "Credential"),
    ("place", "Place"),
    ("owner", "Owner"),
    ("expires", "Expires"),
    ("confidence", "Confidence"),
    (LIVENESS, "Liveness"),
];

/// The column that is present only if findings were verified.
const LIVENESS: &str = "liveness";

/// Returns the columns of a table.
fn columns(is_verified: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_shown = move |(class, _): &(&str, &str)| is_verified || *class != LIVENESS;
    COLUMNS.into_iter().filter(is_shown)
}

/// Writes the section.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = view.outcome.findings.len();
    if all == 0 {
        return Ok(());
    }
    let order = cut::worst_first(&view.outcome.findings, MAX_ROWS);
    let findings: Vec<&Finding> = order
        .into_iter()
        .take(MAX_ROWS)
        .map(|index| &view.outcome.findings[index])
        .collect();
    writeln!(
        out,
        "<section id=\"findings\" aria-labelledby=\"findings-title\">"
    )?;
    writeln!(out, "<h2 id=\"findings-title\">Findings</h2>")?;
    if findings.len() < all {
        writeln!(
            out,
            "<p class=\"alarm\">The {} most severe of {} are listed. The json report has them all.</p>",
            count(findings.len()),
            count(all)
        )?;
    }
    let is_verified = findings.iter().any(|found| found.verification.is_some());
    form(&findings, is_verified, out)?;
    let class = is_verified.then_some(" class=\"verified\"");
    let class = class.unwrap_or_default();
    writeln!(
        out,
        "<table role=\"table\" id=\"table\"{class} aria-labelledby=\"findings-title\" aria-describedby=\"shown\">\n\
         <thead role=\"rowgroup\"><tr role=\"row\">"
    )?;
    for (class, name) in columns(is_verified) {
        let sort = (class == "severity").then_some(" aria-sort=\"descending\"");
        let sort = sort.unwrap_or_default();
        write!(
            out,
            "<th role=\"columnheader\" scope=\"col\" class=\"{class}\" data-key=\"{class}\"{sort}>{name}</th>"
        )?;
    }
    writeln!(out, "</tr></thead>")?;
    let mut ids = BTreeMap::<String, usize>::new();
    for group in findings.chunks(GROUP) {
        writeln!(out, "<tbody role=\"rowgroup\">")?;
        for finding in group {
            let id: String = finding.fingerprint.digest().chars().take(12).collect();
            let seen = ids.entry(id.clone()).or_default();
            *seen += 1;
            let id = match *seen {
                1 => format!("f-{id}"),
                n => format!("f-{id}-{n}"),
            };
            row(&id, finding, is_verified, view, out)?;
        }
        writeln!(out, "</tbody>")?;
    }
    writeln!(out, "</table>\n</section>")
}

/// Writes the form, which needs the script and is hidden without it.
fn form(findings: &[&Finding], is_verified: bool, out: &mut dyn Write) -> io::Result<()> {
    let severities = Severity::ALL.into_iter().map(|severity| {
        match findings.iter().filter(|f| f.severity == severity).count() {
            0 => String::new(),
            n => format!(
                "<label class=\"chip {severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" \
                 checked><span>{severity} <small>{}</small></span></label>\n",
                count(n)
            ),
        }
    });
    let confidences = Confidence::ALL.iter().rev().map(|level| {
        let name = match level {
            Confidence::Low => "any",
            Confidence::Medium => "medium and above",
            Confidence::High => "high and above",
            Confidence::Proven => "proven",
        };
        option(*level as u8, name)
    });
    let rules: BTreeSet<_> = findings.iter().map(|f| (&f.title, &f.rule_id)).collect();
    let rules = rules
        .into_iter()
        .map(|(title, id)| option(id, HtmlText(title)));
    let liveness = if is_verified {
        let words = [Liveness::Live, Liveness::Unknown, Liveness::Dead];
        let options = words.map(|word| option(word, word)).concat();
        format!(
            "</select></label>\n<label><span>Liveness</span><select id=\"liveness\"><option value=\"\">any</option>\n\
             {options}"
        )
    } else {
        String::new()
    };
    let columns = columns(is_verified).map(|(class, name)| option(class, name));
    write!(
        out,
        include_str!("filter.html"),
        severities = severities.collect::<String>(),
        confidences = confidences.collect::<String>(),
        rules = rules.collect::<String>(),
        liveness = liveness,
        columns = columns.collect::<String>(),
        count = plural(findings.len(), "finding", "findings"),
    )
}

fn option(value: impl Display, name: impl Display) -> String {
    format!("<option value=\"{value}\">{name}</option>\n")
}

fn row(
    id: &str,
    finding: &Finding,
    is_verified: bool,
    view: &View<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Finding {
        severity,
        confidence,
        liveness,
        ..
    } = finding;
    let (data, liveness) = if is_verified {
        (
            format!(" data-liveness=\"{liveness}\""),
            format!(
                "<td role=\"cell\" class=\"{LIVENESS}\"><span class=\"{liveness}\">{liveness}</span></td>"
            ),
        )
    } else {
        Default::default()
    };
    write!(
        out,
        "<tr role=\"row\" id=\"{id}\" data-severity=\"{}\" data-confidence=\"{}\" data-rule=\"{}\"{data}>\
         <td role=\"cell\" class=\"severity\"><span class=\"badge {severity}\">{severity}</span></td>\
         <td role=\"cell\" class=\"what\">",
        *severity as u8, *confidence as u8, finding.rule_id,
    )?;
    details(id, finding, view, out)?;
    write!(out, "</td><td role=\"cell\" class=\"place\">")?;
    where_it_is(finding, view, out)?;
    writeln!(
        out,
        "</td><td role=\"cell\" class=\"owner\">{}</td><td role=\"cell\" class=\"expires\">{}</td>\
         <td role=\"cell\" class=\"confidence\">{confidence}</td>{liveness}</tr>",
        HtmlText(owner(finding)),
        expiry(finding),
    )
}

/// Returns the owner of a credential, by the token, by the instance, or by its context.
fn owner(finding: &Finding) -> String {
    let account = finding.verification.as_ref().and_then(|said| {
        let id = said.token.user_id.map(|id| format!("user {id}"));
        said.token.username.clone().or(id)
    });
    match (&finding.context.user, &finding.context.host) {
        _ if !finding.owner.is_empty() => finding.owner.to_string(),
        _ if account.is_some() => account.unwrap_or_default(),
        (Some(user), Some(host)) => format!("{user} on {host}"),
        (Some(user), None) => user.clone(),
        (None, Some(host)) => format!("on {host}"),
        (None, None) => String::new(),
    }
}

/// Returns the expiry of a credential, as HTML.
fn expiry(finding: &Finding) -> String {
    let dead = finding.liveness == Liveness::Dead && finding.verification.is_none();
    let Some(end) = wording::end(finding) else {
        let word = dead.then_some("<span class=\"dead\">no longer valid</span>");
        return word.unwrap_or_default().to_owned();
    };
    let day = end.split('T').next().unwrap_or(end);
    let word = dead.then_some(" <span class=\"dead\">expired</span>");
    format!(
        "<time datetime=\"{}\">{}</time>{}",
        HtmlText(end),
        HtmlText(day),
        word.unwrap_or_default()
    )
}

fn where_it_is(finding: &Finding, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let location = &finding.location;
    let at = format!("{}:{}", location.path, location.start.line);
    write!(out, "{}", link(place::url(finding, view).as_deref(), at))?;
    if let Some(commit) = &location.commit {
        let short: String = commit.id.chars().take(12).collect();
        let url = place::commit_url(finding, view);
        write!(out, "<small>commit {}</small>", link(url.as_deref(), short))?;
    }
    Ok(())
}

/// Writes the details of a row.
fn details(id: &str, finding: &Finding, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<details><summary><b>{}</b> <code>{}</code></summary><p>{}</p>\
         <pre class=\"excerpt\">{}<mark>{}</mark>{}</pre><dl>",
        HtmlText(&finding.title),
        HtmlText(&finding.secret),
        HtmlText(wording::capitalised(&wording::sentence(&finding.message))),
        HtmlText(finding.excerpt.before()),
        HtmlText(&finding.secret),
        HtmlText(finding.excerpt.after()),
    )?;
    let (start, end) = (finding.location.start, finding.location.end);
    let lines = if end.line > start.line {
        format!(" to line {}", end.line)
    } else {
        String::new()
    };
    let mut facts = vec![(
        "place",
        format!("line {}, column {}{lines}", start.line, start.column),
    )];
    if let Some(path) = &finding.on_disk {
        facts.push(("file", BlobPath::from_path(path).to_string()));
    }
    facts.extend(wording::facts(finding));
    facts.push(("fingerprint", finding.fingerprint.to_string()));
    for (label, value) in facts {
        write!(
            out,
            "<dt>{}</dt><dd>{}</dd>",
            wording::capitalised(label),
            HtmlText(value)
        )?;
    }
    write!(out, "</dl>")?;
    let rule = view.rules.get(&finding.rule_id);
    let all = wording::remediations(finding, rule);
    // The other remediations are the same for every finding of a rule, so they are listed with the
    // rule.
    let own = wording::place_remedies(finding, rule).count();
    let shown = (own + 1).min(all.len());
    if shown > 0 {
        write!(out, "<h3>What to do now</h3>")?;
    }
    remediations(all.iter().take(shown).copied(), out)?;
    let more = match all.len() - shown {
        0 => "All about this kind of credential".to_owned(),
        n => format!("{} to revoke it", plural(n, "more way", "more ways")),
    };
    write!(
        out,
        "<p class=\"more\"><a href=\"#{}\">{more}</a> <a href=\"#{id}\">Link to this finding</a></p></details>",
        anchor(&finding.rule_id)
    )
}

/// Writes ways to revoke or disable a credential, in the recommended order.
pub(super) fn remediations<'a>(
    remediations: impl Iterator<Item = &'a Remediation>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "<ol class=\"fixes\">")?;
    for remedy in remediations {
        write!(out, "<li>{}", HtmlText(wording::sentence(&remedy.action)))?;
        if let Some(who) = &remedy.who {
            write!(
                out,
                " <span class=\"who\">By: {}</span>",
                HtmlText(wording::sentence(who))
            )?;
        }
        if let Some(command) = &remedy.command {
            write!(
                out,
                "<pre tabindex=\"0\">{}</pre>",
                HtmlText(command.trim())
            )?;
        }
        if let Some(caution) = &remedy.caution {
            let caution = HtmlText(wording::sentence(caution));
            write!(out, "<p class=\"careful\"><b>Careful:</b> {caution}</p>")?;
        }
        write!(out, "</li>")?;
    }
    write!(out, "</ol>")
}
