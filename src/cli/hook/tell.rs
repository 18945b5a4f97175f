//! What a stopped developer reads: what, where, why it is sure, and what to do. One finding fits on a
//! screen of 24 lines.

use std::io::Write as _;

use super::OnLimit;
use super::run::Verdict;
use crate::cli::plan::Plan;
use crate::cli::terminal;
use crate::model::{BlobPath, Finding, Outcome};
use crate::report::{Format, Input, Options, RuleInfo, ScanInfo};

/// How many findings are shown in full.
const MAX_SHOWN: usize = 10;

/// How much of a commit's id is shown, as in the text report.
const SHORT_ID: usize = 12;

/// What stands on a finding's line to let it through.
const MARK: &str = "tokensweep:allow";

/// Prints what was found, and what could not be read.
pub(super) fn findings(plan: &Plan, verdict: &Verdict) -> anyhow::Result<()> {
    let found = &verdict.outcome.findings;
    let shown = Outcome {
        findings: found.iter().take(MAX_SHOWN).cloned().collect(),
        ..Outcome::default()
    };
    let rules: Vec<RuleInfo> = plan.rules.iter().map(RuleInfo::from).collect();
    let input = Input {
        outcome: &shown,
        rules: &rules,
        scan: &ScanInfo::default(),
        options: &Options {
            quiet: true,
            ..Options::default()
        },
    };
    let mut stderr = anstream::stderr().lock();
    Format::Text.write(&input, &mut stderr)?;
    if found.len() > MAX_SHOWN {
        writeln!(stderr, "... and {} more\n", found.len() - MAX_SHOWN)?;
    }
    for error in &verdict.outcome.errors {
        let path = error.path.as_ref().map(|path| format!("{path}: "));
        let path = path.unwrap_or_default();
        writeln!(stderr, "error: {path}{}", error.message)?;
    }
    Ok(())
}

/// Prints that a limit was reached, and what comes of it.
pub(super) fn limit(verdict: &Verdict, say: &dyn Fn(&str)) {
    if let Some(limit) = &verdict.limit {
        let then = match verdict.on_limit {
            OnLimit::Refuse => "it is stopped",
            OnLimit::Allow => "what was not scanned goes through",
        };
        say(&format!("Not everything was scanned: {limit}; {then}."));
    }
}

/// Prints a line.
pub(super) fn plain(line: &str) {
    terminal::say(line);
}

/// `1 secret` or `2 secrets`: places of the same secret count once.
pub(super) fn count(outcome: &Outcome) -> String {
    let mut secrets: Vec<_> = outcome.findings.iter().map(|f| &f.secret).collect();
    secrets.sort();
    secrets.dedup();
    match secrets.len() {
        1 => "1 secret".to_owned(),
        n => format!("{n} secrets"),
    }
}

/// How to say that a finding is none.
pub(super) fn how_to_mark() -> String {
    format!("If it is no secret, say so in a comment on its line: {MARK}")
}

/// The same, for what is committed already.
pub(super) fn how_to_mark_in_commit() -> String {
    format!("If it is no secret, say so in a comment on its line, in that commit: {MARK}")
}

/// The paths of the findings, each once, quoted for a shell, and no more than a line of them.
pub(super) fn paths(outcome: &Outcome) -> String {
    let mut paths: Vec<&BlobPath> = outcome.findings.iter().map(|f| &f.location.path).collect();
    paths.dedup();
    let quoted: Vec<String> = paths.iter().take(5).map(|path| quote(path)).collect();
    quoted.join(" ")
}

/// The first commits of the findings, shortened, each once.
pub(super) fn commits(findings: &[Finding]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for commit in findings.iter().filter_map(|f| f.location.commit.as_ref()) {
        let id: String = commit.id.chars().take(SHORT_ID).collect();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// A path as a shell takes it. What would be escaped on a terminal stays so, and then names no file.
fn quote(path: &BlobPath) -> String {
    let text = path.to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%=,".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_needs_it() {
        let quoted = |path: &str| quote(&BlobPath::from_bytes(path));
        assert_eq!(quoted("a/b-c.txt"), "a/b-c.txt");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted("$(x)"), "'$(x)'");
    }
}
