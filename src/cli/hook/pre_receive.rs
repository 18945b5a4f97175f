//! `tokensweep hook pre-receive`.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueHint};

use super::{HookOptions, lines, messages, run as runner};
use crate::cli::plan::{self, Plan};
use crate::cli::safe::safe;
use crate::cli::{git_env, terminal};
use crate::exit::ExitStatus;
use crate::model::{BlobPath, Finding, Outcome, Suppressed, SuppressionKind};
use crate::source::{KnownRevisions, PushTip, Range};

/// The default time limit, in seconds.
const TIMEOUT: u64 = 30;

/// The push option that skips the scan.
const SKIP: &str = "tokensweep.skip";

/// The prefix of lines that GitLab shows in its web interface:
/// <https://docs.gitlab.com/administration/server_hooks/#custom-error-messages>.
const GITLAB_PREFIX: &str = "GL-HOOK-ERR: ";

/// How many findings are listed for GitLab's web interface.
const MAX_LISTED: usize = 5;

/// Arguments of `hook pre-receive`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PreReceiveArgs {
    /// Allow `git push --push-option=tokensweep.skip`, and log user and refs to this file
    ///
    /// Without this option the push option is ignored. If the log cannot be written, the push is refused.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    skip_log: Option<PathBuf>,

    #[command(flatten)]
    options: HookOptions,
}

/// Refuses a push that contains a secret.
pub(super) fn run(args: &PreReceiveArgs) -> anyhow::Result<ExitStatus> {
    let result = receive(args);
    if let Err(error) = &result {
        say(&format!("Cannot scan the push: {error:#}"));
        return Ok(ExitStatus::Incomplete);
    }
    result
}

fn receive(args: &PreReceiveArgs) -> anyhow::Result<ExitStatus> {
    let updates = lines::read::<3>()?;
    let mut known = KnownRevisions {
        ids: Vec::new(),
        // Git moves the refs after this hook, so what the existing ones contain was accepted before. GitLab fetches
        // others from forks, without a hook: those of merge requests.
        refs: ["refs/heads/", "refs/tags/"].map(str::to_owned).into(),
    };
    let mut new = Vec::new();
    let mut tips = Vec::new();
    for [before, after, name] in &updates {
        if !lines::is_nothing(before) {
            known.ids.push(before.clone());
        }
        if !lines::is_nothing(after) {
            tips.push(PushTip::new(after, name));
            new.push(after.clone());
        }
    }
    if new.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    if push_options().iter().any(|option| option == SKIP) {
        match &args.skip_log {
            Some(log) => {
                log_skip(log, &updates)?;
                terminal::say(&format!(
                    "tokensweep: not scanned because of the push option {SKIP}; this was logged"
                ));
                return Ok(ExitStatus::Clean);
            }
            None => terminal::say(&format!(
                "tokensweep: the push option {SKIP} has no effect here"
            )),
        }
    }
    let plan = Arc::new(Plan::new(&args.options.scan)?);
    let location = git_env::location(None);
    let at = location.clone();
    let result = runner::scan(
        &plan,
        &args.options,
        Some(TIMEOUT),
        Range::is_cut_short,
        move |options| Ok(Range::from_push(&at, &new, &known, options)?),
    )?;
    messages::print_findings(&plan, &result)?;
    print_marked(&result.outcome);
    messages::print_limit(&result, "the push was refused", &say);
    let found = &result.outcome.findings;
    if !found.is_empty() {
        let count = messages::count_secrets(&result.outcome);
        say(&format!("Push refused: it contains {count}."));
        for finding in found.iter().take(MAX_LISTED) {
            say(&describe(finding));
        }
        if found.len() > MAX_LISTED {
            say(&format!("... and {} more.", found.len() - MAX_LISTED));
        }
        for line in messages::rewrite_advice(&location, &tips, None, found) {
            say(&line);
        }
        say(&messages::allow_in_commit_advice());
        if args.skip_log.is_some() {
            say(&format!(
                "To push anyway, which is logged: git push --push-option={SKIP}"
            ));
        }
    } else if !result.outcome.errors.is_empty() {
        say("Push refused: not everything in it could be scanned.");
    }
    Ok(result.status())
}

/// Prints the findings that inline markers in the pushed commits suppress.
fn print_marked(outcome: &Outcome) {
    let is_marked = |item: &&Suppressed| item.kind == SuppressionKind::Inline;
    let marked: Vec<&Suppressed> = outcome.suppressed.iter().filter(is_marked).collect();
    for item in marked.iter().take(MAX_LISTED) {
        terminal::say(&format!(
            "tokensweep: suppressed by an inline marker: {}",
            describe(&item.finding)
        ));
    }
    if marked.len() > MAX_LISTED {
        let more = marked.len() - MAX_LISTED;
        terminal::say(&format!("tokensweep: ... and {more} more."));
    }
}

/// Describes a finding: `GitLab ... token in a/b, line 3, commit 1a2b3c4d5e6f`.
fn describe(finding: &Finding) -> String {
    let location = &finding.location;
    let commits = messages::short_commits(std::slice::from_ref(finding));
    let commit = commits.first().map(|id| format!(", commit {id}"));
    format!(
        "{} in {}, line {}{}",
        finding.title,
        location.path,
        location.start.line,
        commit.unwrap_or_default()
    )
}

/// Prints a line that the pusher sees in the terminal and, on GitLab, in the web interface.
fn say(line: &str) {
    let is_gitlab = env::var_os("GL_REPOSITORY").is_some() || env::var_os("GL_ID").is_some();
    let prefix = if is_gitlab { GITLAB_PREFIX } else { "" };
    terminal::say(&format!("{prefix}{line}"));
}

/// Returns the values of `--push-option`.
fn push_options() -> Vec<String> {
    let count = env::var("GIT_PUSH_OPTION_COUNT").ok();
    let count: usize = count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default();
    (0..count.min(1000))
        .filter_map(|i| env::var(format!("GIT_PUSH_OPTION_{i}")).ok())
        .collect()
}

/// Appends a line to the log: time, user, project, and each ref with its old and new commit.
fn log_skip(log: &Path, updates: &[[String; 3]]) -> anyhow::Result<()> {
    // A pusher chooses the names of refs, and may have pasted a token.
    let shown = |text: &str| safe(&BlobPath::from_bytes(text).to_string()).replace(' ', "\\x20");
    let variable = |name: &str| shown(&env::var(name).unwrap_or_default());
    let seconds = plan::now().unwrap_or_default();
    let mut text = format!(
        "{} user={} id={} project={}",
        jiff::Timestamp::from_second(seconds).unwrap_or_default(),
        variable("GL_USERNAME"),
        variable("GL_ID"),
        variable("GL_PROJECT_PATH"),
    );
    for [before, after, name] in updates {
        let [name, before, after] = [name, before, after].map(|text| shown(text));
        text.push_str(&format!(" {name}:{before}..{after}"));
    }
    text.push('\n');
    let file = OpenOptions::new().create(true).append(true).open(log);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write the log '{}'", log.display()))
}
