//! Chooses what to scan, from variables and options alone: no look at a repository.
//!
//! | pipeline | scanned |
//! | --- | --- |
//! | merge request | the commits after the base of its diff, up to the tip of its source branch |
//! | push to a branch | the commits that the default branch does not have |
//! | default branch | the files |
//! | schedule, any other | the files, and on another branch than the default one the commits that that does not have |
//! | tag | nothing but Git's configuration; on request, the commits since the tag before it |

use super::args::{HistoryWhen, Mode};
use super::log_options::{self, LogOptions};
use super::variables::{Pipeline, Variables};
use crate::source::Selection;

/// What the command line says about the choice.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) mode: Mode,
    pub(super) base: Option<String>,
    pub(super) head: Option<String>,
    pub(super) target: Option<String>,
    pub(super) default_branch: Option<String>,
    pub(super) history: HistoryWhen,
    pub(super) tags: bool,
}

/// What is scanned, whose word counts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) what: What,
    pub(super) policy: Policy,
    /// One or more sentences for the log.
    pub(super) why: String,
    /// What could not be obeyed.
    pub(super) warnings: Vec<String>,
}

/// What is scanned. Git's configuration is read with each of them but `Nothing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The operator has switched the scan off.
    Nothing,
    /// Git's configuration alone.
    Configuration,
    /// The files that are checked out.
    Tree,
    /// Every object of the repository.
    History,
    /// What came into the history at this time or later, in seconds since 1970.
    HistorySince(i64),
    /// Commits as `git log` selects them.
    Selected(Selection),
    /// Some commits.
    Commits {
        /// What they come after.
        base: Base,
        /// The last of them; `None`: what is checked out.
        head: Option<String>,
    },
    /// Some commits, and the files that are checked out.
    CommitsAndTree {
        /// What the commits come after.
        base: Base,
        /// The last of them; `None`: what is checked out.
        head: Option<String>,
    },
}

/// What the scanned commits come after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// A commit.
    Commit(String),
    /// The previous tip of a branch; if it is no ancestor (a force push), what this branch has.
    Tip {
        /// The previous tip.
        before: String,
        /// The branch to compare with instead.
        or: Option<String>,
    },
    /// What a branch has.
    Branch {
        /// Its name.
        name: String,
        /// The previous tip of the branch that is scanned, to say what came with the last push.
        before: Option<String>,
    },
    /// The nearest earlier tag, of all but this one.
    TagBefore(String),
}

/// Whose configuration, baseline, rules and inline markers hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Those of the checkout.
    Checkout,
    /// Those of the target of a merge request.
    Target {
        /// Its tip: a revision, or a commit of GitLab.
        tip: Option<String>,
        /// The branch, which is fetched if `tip` is not known.
        branch: Option<String>,
        /// A commit of the target that is older than its tip, if neither can be had.
        base: Option<String>,
    },
}

/// Why there is no choice.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ModeError {
    /// Not in GitLab, and no mode was named.
    #[error(
        "this is {0}: `tokensweep ci` knows the variables of GitLab and cannot tell here whether this \
         run is for a merge request, a push, a new branch or a schedule. Name it: \
         `--mode merge-request --base COMMIT`, `--mode push --base COMMIT`, \
         `--mode branch --default-branch NAME`, `--mode tree` or `--mode history`"
    )]
    Unknown(&'static str),
    /// A mode that needs more to be said.
    #[error("--mode {mode} needs {missing}")]
    Missing {
        /// The mode.
        mode: String,
        /// The option.
        missing: &'static str,
    },
}

/// Chooses.
///
/// # Errors
/// If variables and options together do not say enough.
pub(super) fn choose(request: &Request, variables: &Variables) -> Result<Choice, ModeError> {
    if variables.is_on("SECRET_DETECTION_DISABLED") {
        return Ok(Choice::new(
            What::Nothing,
            "SECRET_DETECTION_DISABLED is set.",
        ));
    }
    let mut choice = match request.mode {
        Mode::Auto => automatic(request, variables)?,
        mode => named(mode, request, variables)?,
    };
    if request.mode == Mode::Auto {
        log_options(&mut choice, variables);
        if let Some(reason) = wants_history(request, variables) {
            choice.what = What::History;
            choice.why = format!("{reason}: the whole history is scanned.");
        }
    }
    Ok(choice)
}

impl Choice {
    fn new(what: What, why: impl Into<String>) -> Self {
        Self {
            what,
            policy: Policy::Checkout,
            why: why.into(),
            warnings: Vec::new(),
        }
    }
}

fn automatic(request: &Request, variables: &Variables) -> Result<Choice, ModeError> {
    let Some(pipeline) = variables.pipeline() else {
        let here = variables.other_system().unwrap_or("no job of GitLab");
        return Err(ModeError::Unknown(here));
    };
    let head = request
        .head
        .clone()
        .or_else(|| variables.commit("CI_COMMIT_SHA").map(str::to_owned));
    let default = default_branch(request, variables);
    Ok(match pipeline {
        Pipeline::MergeRequest => merge_request(request, variables),
        Pipeline::Tag(tag) if request.tags => Choice::new(
            What::Commits {
                head,
                base: Base::TagBefore(tag.clone()),
            },
            format!(
                "This is the pipeline of the tag {tag}: the commits since the tag before it are scanned."
            ),
        ),
        Pipeline::Tag(tag) => Choice::new(
            What::Configuration,
            format!(
                "This is the pipeline of the tag {tag}, whose commits were scanned when they were \
                 pushed: only Git's configuration is read (`--tags` scans what came since the tag before it)."
            ),
        ),
        Pipeline::Push(branch) if Some(&branch) == default.as_ref() => Choice::new(
            What::Tree,
            format!("This is a push to the default branch, {branch}: its files are scanned."),
        ),
        // Never from the previous tip: a push whose pipeline was skipped, cancelled or red would not be
        // looked at again, and the next one would open the gate.
        Pipeline::Push(branch) => match default {
            Some(default) => {
                let before = variables.commit("CI_COMMIT_BEFORE_SHA").map(str::to_owned);
                let why = format!(
                    "This is {} the branch {branch}: all commits that the default branch, {default}, does \
                     not have are scanned, whatever earlier pipelines have scanned.",
                    if before.is_some() {
                        "a push to"
                    } else {
                        "the first push of"
                    }
                );
                let base = Base::Branch {
                    name: default,
                    before,
                };
                Choice::new(What::Commits { base, head }, why)
            }
            None => Choice::new(
                What::Tree,
                format!(
                    "This is a push to the branch {branch}, and nothing says which branch is the default \
                     (CI_DEFAULT_BRANCH, --default-branch): its files are scanned."
                ),
            ),
        },
        // Anyone may start one for a branch whose last pipeline was red.
        Pipeline::Other(source) if is_other_branch(variables, default.as_deref()) => {
            let name = default.unwrap_or_default();
            let why = format!(
                "The pipeline was started by '{source}' for another branch than the default one: the files \
                 and all commits that the default branch, {name}, does not have are scanned."
            );
            let base = Base::Branch { name, before: None };
            Choice::new(What::CommitsAndTree { base, head }, why)
        }
        Pipeline::Other(source) => Choice::new(
            What::Tree,
            format!("The pipeline was started by '{source}': the files are scanned."),
        ),
    })
}

/// True in the pipeline of a branch that is known not to be the default one.
fn is_other_branch(variables: &Variables, default: Option<&str>) -> bool {
    let branch = variables.get("CI_COMMIT_BRANCH");
    matches!((branch, default), (Some(branch), Some(default)) if branch != default)
}

/// A merge request, from variables; options win.
fn merge_request(request: &Request, variables: &Variables) -> Choice {
    let own = |value: Option<&str>| value.map(str::to_owned);
    let target = own(variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"));
    let base = request
        .base
        .clone()
        .or_else(|| own(variables.commit("CI_MERGE_REQUEST_DIFF_BASE_SHA")));
    let head = request
        .head
        .clone()
        // Only where GitLab has made a merge of its own, which is what is checked out then.
        .or_else(|| own(variables.commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")))
        .or_else(|| own(variables.commit("CI_COMMIT_SHA")));
    let event = match variables.get("CI_MERGE_REQUEST_EVENT_TYPE") {
        Some("merged_result") => {
            " (merged results: the checkout is a merge commit of GitLab; the commits of the source branch are scanned)"
        }
        Some("merge_train") => {
            " (merge train: the commits of other merge requests in it are theirs)"
        }
        _ => "",
    };
    let fork = if variables.is_fork() {
        " from a fork"
    } else {
        ""
    };
    let number = variables.get("CI_MERGE_REQUEST_IID").unwrap_or("?");
    let policy = Policy::Target {
        tip: request
            .target
            .clone()
            .or_else(|| own(variables.commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"))),
        branch: target.clone(),
        base: base.clone(),
    };
    let named = target.as_deref().unwrap_or("its target");
    let (what, scanned) = match (base, target.clone()) {
        (Some(base), _) => (
            What::Commits {
                base: Base::Commit(base),
                head,
            },
            "the commits after the base of its diff are scanned",
        ),
        (None, Some(target)) => (
            What::Commits {
                base: Base::Branch {
                    name: target,
                    before: None,
                },
                head,
            },
            "GitLab names no base of its diff, so the commits that the target does not have are scanned",
        ),
        (None, None) => (
            What::Tree,
            "GitLab names neither base nor target, so the files are scanned",
        ),
    };
    Choice {
        policy,
        ..Choice::new(
            what,
            format!("This is merge request {number}{fork} to {named}{event}: {scanned}."),
        )
    }
}

/// A mode that somebody has named.
fn named(mode: Mode, request: &Request, variables: &Variables) -> Result<Choice, ModeError> {
    let missing = |missing| ModeError::Missing {
        mode: mode.name(),
        missing,
    };
    let why = format!("--mode {}.", mode.name());
    let in_gitlab = || variables.commit("CI_COMMIT_SHA").map(str::to_owned);
    let head = request.head.clone().or_else(in_gitlab);
    Ok(match mode {
        Mode::Auto | Mode::Tree => Choice::new(What::Tree, why),
        Mode::History => Choice::new(What::History, why),
        Mode::Push => {
            let base = request.base.clone().ok_or_else(|| missing("--base"))?;
            let base = Base::Tip {
                before: base,
                or: default_branch(request, variables),
            };
            Choice::new(What::Commits { base, head }, why)
        }
        Mode::Branch => {
            let default = default_branch(request, variables);
            let default = default.ok_or_else(|| missing("--default-branch"))?;
            let base = Base::Branch {
                name: default,
                before: None,
            };
            Choice::new(What::Commits { base, head }, why)
        }
        Mode::MergeRequest => {
            let choice = merge_request(request, variables);
            if choice.what == What::Tree {
                return Err(missing("--base"));
            }
            Choice { why, ..choice }
        }
    })
}

fn default_branch(request: &Request, variables: &Variables) -> Option<String> {
    let known = variables.get("CI_DEFAULT_BRANCH").map(str::to_owned);
    request.default_branch.clone().or(known)
}

/// Who wants the history, if somebody does.
fn wants_history(request: &Request, variables: &Variables) -> Option<&'static str> {
    if variables.is_on("SECRET_DETECTION_HISTORIC_SCAN") {
        return Some("SECRET_DETECTION_HISTORIC_SCAN is set");
    }
    let source = variables.get("CI_PIPELINE_SOURCE");
    match request.history {
        HistoryWhen::Always => Some("--history always"),
        HistoryWhen::Scheduled if matches!(source, Some("schedule" | "web")) => {
            Some("--history scheduled, and this pipeline was scheduled or started by hand")
        }
        HistoryWhen::Never | HistoryWhen::Scheduled => None,
    }
}

/// Obeys `SECRET_DETECTION_LOG_OPTIONS` where its meaning is plain.
fn log_options(choice: &mut Choice, variables: &Variables) {
    let Some(text) = variables.get("SECRET_DETECTION_LOG_OPTIONS") else {
        return;
    };
    let what = match log_options::read(text) {
        Ok(LogOptions::All(None)) => What::History,
        Ok(LogOptions::All(Some(since))) => What::HistorySince(since),
        Ok(LogOptions::Commits(selection)) => What::Selected(selection),
        Err(reason) => {
            let warning = format!("SECRET_DETECTION_LOG_OPTIONS is ignored: {reason}");
            return choice.warnings.push(warning);
        }
    };
    choice.what = what;
    choice.why = "SECRET_DETECTION_LOG_OPTIONS selects the commits.".to_owned();
}

#[cfg(test)]
#[path = "mode_tests.rs"]
mod tests;
