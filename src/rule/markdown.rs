//! The rules as a page of documentation: `docs/rules.md`.

use std::fmt::{self, Write};

use super::{Keyword, Rule, RuleSet};
use crate::model::Remediation;

/// A Markdown page of all rules: a table, and a section for each.
pub fn markdown(set: &RuleSet) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, set);
    page
}

/// Describes a rule in Markdown that is readable on a terminal.
pub fn explain(rule: &Rule) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_rule(&mut text, rule);
    text.trim_start().to_owned()
}

fn write_page(out: &mut String, set: &RuleSet) -> fmt::Result {
    out.write_str(
        "# Rules\n\n\
         <!-- Made from rules/*.toml. To refresh: UPDATE_DOCS=1 cargo test --test it docs:: -->\n\n\
         The severity says what the credential opens if it is live. How sure a finding is depends\n\
         on the text that was found: a checksum that verifies is proof.\n\n\
         | Rule | Finds | Severity | GitLab's own rule | Looks for |\n\
         | --- | --- | --- | --- | --- |\n",
    )?;
    for rule in set.iter() {
        let ids = rule.gitlab_rule_ids.iter();
        let ids: Vec<String> = ids.map(|one| format!("`{}`", cell(&one.id))).collect();
        let gitlab = match ids.is_empty() {
            true => String::from("–"),
            false => ids.join(", "),
        };
        let keywords: Vec<String> = rule.matchers.keywords().iter().map(keyword).collect();
        writeln!(
            out,
            "| [{id}](#{id}) | {} | {} | {gitlab} | {} |",
            cell(&rule.title),
            rule.severity,
            keywords.join(", "),
            id = rule.id,
        )?;
    }
    for rule in set.iter() {
        write_rule(out, rule)?;
    }
    Ok(())
}

fn write_rule(out: &mut String, rule: &Rule) -> fmt::Result {
    write!(out, "\n## {}\n\n{}.", rule.id, rule.title)?;
    write!(
        out,
        " Severity {}, confidence {}.",
        rule.severity, rule.confidence
    )?;
    if !rule.enabled {
        write!(out, " Off by default: `--enable {}`.", rule.id)?;
    }
    writeln!(out, "\n\n{}", rule.description)?;
    if !rule.remediations.is_empty() {
        out.write_str("\nWhat to do, best first:\n\n")?;
    }
    for (index, remedy) in rule.remediations.iter().enumerate() {
        write_remedy(out, index + 1, remedy)?;
    }
    if !rule.references.is_empty() {
        out.write_str("\nRead on:\n\n")?;
    }
    for url in &rule.references {
        writeln!(out, "- <{url}>")?;
    }
    Ok(())
}

fn write_remedy(out: &mut String, number: usize, remedy: &Remediation) -> fmt::Result {
    write!(out, "{number}. {}", remedy.action)?;
    if let Some(who) = &remedy.who {
        write!(out, " *Who: {who}.*")?;
    }
    out.write_char('\n')?;
    let indent = " ".repeat(number.to_string().len() + 2);
    if let Some(command) = &remedy.command {
        write!(out, "\n{indent}```text\n")?;
        for line in command.trim().lines() {
            writeln!(out, "{indent}{line}")?;
        }
        writeln!(out, "{indent}```")?;
    }
    if let Some(caution) = &remedy.caution {
        writeln!(out, "\n{indent}**Careful:** {caution}")?;
    }
    Ok(())
}

fn keyword(keyword: &Keyword) -> String {
    let mut text = format!("`{}`", cell(&keyword.text));
    if let Some(then) = &keyword.then {
        let joined = if keyword.joined {
            "in one with"
        } else {
            "then"
        };
        text += &format!(" {joined} `{}`", cell(then));
        if let Some(end) = keyword.until {
            text += &format!(" before `{end}`");
        }
    }
    if let Some(least) = keyword.value {
        text += &format!(" (value of {least})");
    }
    text
}

/// Text that cannot break a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
