//! Messages of hooks: the secret, its location, the confidence, and the next steps. One finding fits on a screen of
//! 24 lines.

use std::io::Write as _;

use super::OnLimit;
use super::run::HookResult;
use crate::cli::plan::Plan;
use crate::cli::terminal;
use crate::model::{BlobPath, Finding, Outcome, is_pasteable, printf_zero_terminated, shell_word};
use crate::report::{Format, Input, Options, RuleInfo, ScanInfo};
use crate::source::{PushTip, RepoLocation, Retag, Rewrite, Rewrites, rewrites};

/// Maximum number of findings that are printed in full.
const MAX_SHOWN: usize = 10;

/// Number of digits of a commit id that are shown, as in the text report.
const SHORT_ID: usize = 12;

/// The comment that suppresses a finding on its line.
const MARK: &str = "tokensweep:allow";

/// Prints findings and errors.
pub(super) fn print_findings(plan: &Plan, result: &HookResult) -> anyhow::Result<()> {
    let found = &result.outcome.findings;
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
    for error in &result.outcome.errors {
        let path = error.path.as_ref().map(|path| format!("{path}: "));
        let path = path.unwrap_or_default();
        writeln!(stderr, "error: {path}{}", error.message)?;
    }
    Ok(())
}

/// Prints that a limit was reached and how the hook reacts: `stopped` if it refuses the operation.
pub(super) fn print_limit(result: &HookResult, stopped: &str, say: &dyn Fn(&str)) {
    if let Some(limit) = &result.limit {
        let then = match result.on_limit {
            OnLimit::Refuse => stopped,
            OnLimit::Allow => "the rest passes unscanned",
        };
        say(&format!("Not everything was scanned: {limit}; {then}."));
    }
}

/// Prints a line.
pub(super) fn print(line: &str) {
    terminal::say(line);
}

/// Returns `1 secret` or `2 secrets`, counting a secret at several locations once.
pub(super) fn count_secrets(outcome: &Outcome) -> String {
    let mut secrets: Vec<_> = outcome.findings.iter().map(|f| &f.secret).collect();
    secrets.sort();
    secrets.dedup();
    match secrets.len() {
        1 => "1 secret".to_owned(),
        n => format!("{n} secrets"),
    }
}

/// Returns the advice for a false positive.
pub(super) fn allow_advice() -> String {
    format!("If it is a false positive, add this comment to its line: {MARK}")
}

/// Returns the advice for a false positive in a commit.
pub(super) fn allow_in_commit_advice() -> String {
    format!("If it is a false positive, add this comment to its line, in that commit: {MARK}")
}

/// Returns a command that runs `git VERB` on the files of the findings, from any folder of the worktree. Names that
/// cannot be pasted are piped to Git. `None` if a name is redacted.
pub(super) fn command_for_files(verb: &str, outcome: &Outcome) -> Option<String> {
    let mut paths: Vec<&BlobPath> = outcome.findings.iter().map(|f| &f.location.path).collect();
    paths.sort();
    paths.dedup();
    let is_redacted =
        |path: &&BlobPath| memchr::memmem::find(path.as_bytes(), b"redacted").is_some();
    if paths.iter().any(is_redacted) {
        return None;
    }
    let is_simple = |path: &&BlobPath| {
        is_pasteable(path.as_bytes()) && !path.as_bytes().iter().any(|b| b"*?[\\".contains(b))
    };
    if paths.iter().all(is_simple) {
        let words: Vec<String> = paths
            .iter()
            .map(|path| shell_word(&format!(":/{}", String::from_utf8_lossy(path.as_bytes()))))
            .collect();
        return Some(format!("git {verb} -- {}", words.join(" ")));
    }
    let specs: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| [b":(top,literal)", path.as_bytes()].concat())
        .collect();
    let names = printf_zero_terminated(specs.iter().map(Vec::as_slice));
    Some(format!(
        "{names} | git {verb} --pathspec-from-file=- --pathspec-file-nul"
    ))
}

/// Returns the steps that remove the findings from the commits and tags that `tips` reach: sentences and commands,
/// in order. `head` is the commit that is checked out, if that is known.
pub(super) fn rewrite_advice(
    location: &RepoLocation,
    tips: &[PushTip],
    head: Option<&str>,
    findings: &[Finding],
) -> Vec<String> {
    let mut ids: Vec<String> = findings
        .iter()
        .filter_map(|finding| finding.location.commit.as_ref())
        .map(|commit| commit.id.clone())
        .collect();
    ids.sort();
    ids.dedup();
    let Rewrites { branches, tags } = rewrites(location, tips, &ids);
    let mut lines = Vec::new();
    for branch in &branches {
        match &branch.commits[..] {
            [only] if *only == branch.tip && head.is_none_or(|head| head == only) => {
                lines.push(format!(
                    "Remove it from commit {}, the newest, then push again:",
                    short(only)
                ));
                lines.push("    git commit --amend".to_owned());
            }
            commits => {
                let what = match commits {
                    [only] => format!("commit {}", short(only)),
                    _ => format!("{} commits", commits.len()),
                };
                lines.push(format!(
                    "Remove it from {what}, then push again. Git stops at each commit:"
                ));
                let (command, is_detached) = rebase(branch, head);
                lines.push(format!("    {command}"));
                lines.push(
                    "    Edit, 'git add', 'git commit --amend', then 'git rebase --continue'."
                        .to_owned(),
                );
                if is_detached {
                    lines.push("    Then push HEAD: it is on no branch.".to_owned());
                }
            }
        }
    }
    for Retag { name, target } in &tags {
        lines.push(format!("Rewrite the message of the tag {name}:"));
        lines.push(format!(
            "    git tag --force --annotate {} {}",
            shell_word(name),
            short(target)
        ));
    }
    lines
}

/// Returns a command that stops at each commit of a branch that must be edited, and whether it detaches HEAD.
fn rebase(branch: &Rewrite, head: Option<&str>) -> (String, bool) {
    let ids: Vec<&str> = branch.commits.iter().map(|id| short(id)).collect();
    let ids = ids.join("|");
    let onto = match branch.commits.first() {
        Some(first) if !branch.starts_at_root => format!(" {}^", short(first)),
        _ => " --root".to_owned(),
    };
    let merges = if branch.has_merges {
        " --rebase-merges"
    } else {
        ""
    };
    let is_checked_out = head == Some(branch.tip.as_str());
    let (tip, is_detached) = match &branch.branch {
        _ if is_checked_out => (String::new(), false),
        Some(name) => (format!(" {}", shell_word(name)), false),
        None => (format!(" {}", short(&branch.tip)), true),
    };
    // A merge cannot be marked for editing, so the rebase stops after it. Not every `sed` can add a line.
    let editor = if branch.edits_merge {
        format!(
            "perl -pi -e 's/^pick (?={ids})/edit /; s/^(merge -[cC] (?:{ids}).*)/\\$1\\nbreak/'"
        )
    } else {
        format!("sed -i.bak -E 's/^pick ({ids})/edit \\1/'")
    };
    // The user's own settings could abbreviate the words of the list.
    let settings = format!("-c core.abbrev={SHORT_ID} -c rebase.abbreviateCommands=false");
    (
        format!(
            "GIT_SEQUENCE_EDITOR=\"{editor}\" git {settings} rebase --interactive{merges}{onto}{tip}"
        ),
        is_detached,
    )
}

/// Returns the start of an id, as reports show it.
fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// Returns the distinct commits of the findings, abbreviated.
pub(super) fn short_commits(findings: &[Finding]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for commit in findings.iter().filter_map(|f| f.location.commit.as_ref()) {
        let id: String = commit.id.chars().take(SHORT_ID).collect();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
