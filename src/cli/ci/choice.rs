//! Chooses the scan mode from the job's variables and the options, without reading the repository.
//!
//! | pipeline | scanned |
//! | --- | --- |
//! | merge request | the commits after the base of its diff, up to the tip of its source branch |
//! | push to a branch | the commits that the default branch does not have |
//! | push to the default branch | the files, and the commits of the push |
//! | schedule, any other | the files, and on a branch that is not the default one the commits that the default branch does not have |
//! | tag | its message and the commits that the default branch does not have; on request, those since the previous tag |

use super::args::{ChoiceRequest, HistoryWhen, Mode};
use super::log_options::{self, LogOptions};
use super::system::{CiJob, Pipeline};
use crate::source::Selection;

/// The scan mode, the source of the configuration, and the reason for the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScanChoice {
    pub(super) target: ScanTarget,
    pub(super) policy: Policy,
    /// One or more sentences for the log.
    pub(super) why: String,
    /// Settings that were ignored.
    pub(super) warnings: Vec<String>,
}

/// The content to scan. Every mode but `Nothing` includes the Git configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScanTarget {
    /// The operator has disabled the scan.
    Nothing,
    /// The files that are checked out.
    Tree,
    /// Every object of the repository.
    History,
    /// Secrets introduced at this time or later, in seconds since 1970.
    HistorySince(i64),
    /// Commits as `git log` selects them.
    Selected(Selection),
    /// Some commits.
    Commits(CommitRange),
    /// Some commits, and the files that are checked out.
    CommitsAndTree(CommitRange),
}

/// Some commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommitRange {
    /// The start of the range, which is not part of it.
    pub(super) base: CommitBase,
    /// The last of them; `None` for the checked-out commit.
    pub(super) head: Option<String>,
    /// The tag of the pipeline, whose message is scanned as well.
    pub(super) tag: Option<String>,
}

/// The start of a commit range, which is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommitBase {
    /// A commit.
    Commit(String),
    /// The base of a merge request's diff; if it is unknown, the target branch.
    MergeRequest {
        base: Option<String>,
        target: Option<String>,
    },
    /// The previous tip of a branch; if that is not an ancestor (a force push), the branch `or`.
    Tip { before: String, or: Option<String> },
    /// A branch. With its previous tip, the log reports the findings that the last push has added.
    Branch {
        name: String,
        before: Option<String>,
    },
    /// The nearest earlier tag, other than this one, if `default` contains it; otherwise the branch `default`.
    TagBefore {
        tag: String,
        default: Option<String>,
    },
}

/// The source of the configuration, baseline, rules and inline markers that apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Those of the checkout.
    Checkout,
    /// Those of the target of a merge request.
    Target {
        /// Its tip: a revision, or the commit that the CI system names.
        tip: Option<String>,
        /// The branch, which is fetched if the tip is unknown.
        branch: Option<String>,
        /// An older commit of the target, if neither can be fetched.
        base: Option<String>,
    },
}

/// The reason why nothing can be chosen.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChoiceError {
    /// The CI system is unknown, and no mode was named.
    #[error(
        "this is {0}: `tokensweep ci` knows the variables of GitLab and cannot tell here whether this \
         run is for a merge request, a push, a new branch or a schedule. Name it: \
         `--mode merge-request --base COMMIT`, `--mode push --base COMMIT`, \
         `--mode branch --default-branch NAME`, `--mode tree` or `--mode history`"
    )]
    Unknown(&'static str),
    /// A mode needs another option.
    #[error("--mode {mode} needs {missing}")]
    Missing { mode: String, missing: &'static str },
}

/// Chooses the source to scan. `other_system` is the CI system that the process seems to run in, if `job` is of none.
///
/// # Errors
/// If the CI system and the options together do not determine the commits.
pub(super) fn choose(
    request: &ChoiceRequest,
    job: &CiJob,
    other_system: Option<&'static str>,
) -> Result<ScanChoice, ChoiceError> {
    if let Some(setting) = job.settings.disabled_by {
        let why = format!("{setting} is set.");
        return Ok(ScanChoice::new(ScanTarget::Nothing, why));
    }
    if request.mode != Mode::Auto {
        return choose_named(request, job);
    }
    let Some(pipeline) = &job.pipeline else {
        return Err(ChoiceError::Unknown(
            other_system.unwrap_or("no job of GitLab"),
        ));
    };
    let mut choice = choose_for(pipeline, request, job);
    apply_log_options(&mut choice, job);
    if let Some(reason) = history_reason(request, job) {
        choice.target = ScanTarget::History;
        choice.why = format!("{reason}: the whole history is scanned.");
    }
    Ok(choice)
}

impl ScanChoice {
    fn new(target: ScanTarget, why: impl Into<String>) -> Self {
        Self {
            target,
            policy: Policy::Checkout,
            why: why.into(),
            warnings: Vec::new(),
        }
    }
}

fn choose_for(pipeline: &Pipeline, request: &ChoiceRequest, job: &CiJob) -> ScanChoice {
    let after = |base| CommitRange {
        base,
        head: request.head.clone().or_else(|| job.head.clone()),
        tag: match pipeline {
            Pipeline::Tag(tag) => Some(tag.clone()),
            _ => None,
        },
    };
    let branch = |name: String, before| after(CommitBase::Branch { name, before });
    // The previous tip adds commits to the files: a secret that a push brings and removes.
    let pushed_files = |why: String| match job.previous_tip.clone() {
        Some(before) => ScanChoice::new(
            ScanTarget::CommitsAndTree(after(CommitBase::Commit(before))),
            format!("{why}: its files and the commits of the push are scanned."),
        ),
        None => ScanChoice::new(
            ScanTarget::Tree,
            format!("{why}, without a previous tip: its files are scanned."),
        ),
    };
    let default = default_branch(request, job);
    match (pipeline, default) {
        (Pipeline::MergeRequest, _) => choose_for_merge_request(request, job),
        (Pipeline::Tag(tag), default) if request.tags => {
            let tag = tag.clone();
            let why = format!(
                "This is the pipeline of the tag {tag}: the commits since the tag before it are scanned."
            );
            let range = after(CommitBase::TagBefore { tag, default });
            ScanChoice::new(ScanTarget::Commits(range), why)
        }
        // A tag may name commits that are on no branch, so that no other pipeline has scanned them.
        (Pipeline::Tag(tag), Some(default)) => {
            let why = format!(
                "This is the pipeline of the tag {tag}: its message and all commits that the default branch, \
                 {default}, does not have are scanned (`--tags` scans what came since the tag before it)."
            );
            ScanChoice::new(ScanTarget::Commits(branch(default, None)), why)
        }
        (Pipeline::Tag(tag), None) => ScanChoice::new(
            ScanTarget::Tree,
            format!(
                "This is the pipeline of the tag {tag}, and the default branch is unknown ({}): the files are \
                 scanned.",
                job.settings.default_branch_names
            ),
        ),
        (Pipeline::Push(pushed), Some(default)) if *pushed == default => {
            pushed_files(format!("This is a push to the default branch, {pushed}"))
        }
        // Never from the previous tip: a push whose pipeline was skipped, cancelled or red would not be scanned
        // again, and the next one would open the gate.
        (Pipeline::Push(pushed), Some(default)) => {
            let before = job.previous_tip.clone();
            let push = match before {
                Some(_) => "a push to",
                None => "the first push of",
            };
            let why = format!(
                "This is {push} the branch {pushed}: all commits that the default branch, {default}, does \
                 not have are scanned, also those that earlier pipelines have scanned."
            );
            ScanChoice::new(ScanTarget::Commits(branch(default, before)), why)
        }
        (Pipeline::Push(pushed), None) => pushed_files(format!(
            "This is a push to the branch {pushed}, and the default branch is unknown ({})",
            job.settings.default_branch_names
        )),
        // Anyone may start one for a branch whose last pipeline was red.
        (Pipeline::Other(source), Some(default))
            if job.branch.as_ref().is_some_and(|branch| *branch != default) =>
        {
            let why = format!(
                "The pipeline was started by '{source}' for another branch than the default one: the files \
                 and all commits that the default branch, {default}, does not have are scanned."
            );
            ScanChoice::new(ScanTarget::CommitsAndTree(branch(default, None)), why)
        }
        (Pipeline::Other(source), _) => ScanChoice::new(
            ScanTarget::Tree,
            format!("The pipeline was started by '{source}': the files are scanned."),
        ),
    }
}

/// Chooses for a merge request. Options take precedence over the job's variables.
fn choose_for_merge_request(request: &ChoiceRequest, job: &CiJob) -> ScanChoice {
    let merge_request = &job.merge_request;
    let system = job.system.unwrap_or("the CI system");
    let base = request.base.clone().or_else(|| merge_request.base.clone());
    let head = request
        .head
        .clone()
        .or_else(|| merge_request.head.clone())
        .or_else(|| job.head.clone());
    let branch = merge_request.target_branch.clone();
    let policy = Policy::Target {
        tip: request
            .target
            .clone()
            .or_else(|| merge_request.target_tip.clone()),
        branch: branch.clone(),
        base: base.clone(),
    };
    let scanned = match (&base, &branch) {
        (Some(_), _) => "the commits after the base of its diff are scanned".to_owned(),
        (None, Some(_)) => format!(
            "{system} names no base of its diff, so the commits that the target does not have are scanned"
        ),
        (None, None) => format!("{system} names neither base nor target, so the files are scanned"),
    };
    let target = if base.is_none() && branch.is_none() {
        ScanTarget::Tree
    } else {
        ScanTarget::Commits(CommitRange {
            base: CommitBase::MergeRequest {
                base,
                target: branch.clone(),
            },
            head,
            tag: None,
        })
    };
    let number = merge_request.number.as_deref().unwrap_or("?");
    let fork = if merge_request.is_from_fork {
        " from a fork"
    } else {
        ""
    };
    let to = branch.as_deref().unwrap_or("its target");
    let remark = merge_request.remark;
    let why = format!("This is merge request {number}{fork} to {to}{remark}: {scanned}.");
    ScanChoice {
        policy,
        ..ScanChoice::new(target, why)
    }
}

/// Chooses the mode that the command line names.
fn choose_named(request: &ChoiceRequest, job: &CiJob) -> Result<ScanChoice, ChoiceError> {
    let mode = request.mode;
    let missing = |missing| ChoiceError::Missing {
        mode: mode.name(),
        missing,
    };
    let after = |base| {
        ScanTarget::Commits(CommitRange {
            base,
            head: request.head.clone().or_else(|| job.head.clone()),
            tag: None,
        })
    };
    let target = match mode {
        Mode::Auto | Mode::Tree => ScanTarget::Tree,
        Mode::History => ScanTarget::History,
        Mode::Push => after(CommitBase::Tip {
            before: request.base.clone().ok_or_else(|| missing("--base"))?,
            or: default_branch(request, job),
        }),
        Mode::Branch => {
            let name = default_branch(request, job).ok_or_else(|| missing("--default-branch"))?;
            after(CommitBase::Branch { name, before: None })
        }
        Mode::MergeRequest => {
            let choice = choose_for_merge_request(request, job);
            if choice.target == ScanTarget::Tree {
                return Err(missing("--base"));
            }
            let why = format!("--mode {}.", mode.name());
            return Ok(ScanChoice { why, ..choice });
        }
    };
    Ok(ScanChoice::new(target, format!("--mode {}.", mode.name())))
}

fn default_branch(request: &ChoiceRequest, job: &CiJob) -> Option<String> {
    let named = request.default_branch.clone();
    named.or_else(|| job.default_branch.clone())
}

/// Returns why the history is scanned, if it is.
fn history_reason(request: &ChoiceRequest, job: &CiJob) -> Option<String> {
    if let Some(setting) = job.settings.history_by {
        return Some(format!("{setting} is set"));
    }
    let reason = match request.history {
        HistoryWhen::Always => "--history always",
        HistoryWhen::Scheduled if job.is_on_demand => {
            "--history scheduled, and this pipeline was scheduled or started by hand"
        }
        HistoryWhen::Never | HistoryWhen::Scheduled => return None,
    };
    Some(reason.to_owned())
}

/// Applies the setting with options of `git log`, as far as their meaning is known.
fn apply_log_options(choice: &mut ScanChoice, job: &CiJob) {
    let Some(setting) = &job.settings.log_options else {
        return;
    };
    let name = setting.name;
    choice.target = match log_options::parse(&setting.value) {
        Ok(LogOptions::All(None)) => ScanTarget::History,
        Ok(LogOptions::All(Some(since))) => ScanTarget::HistorySince(since),
        Ok(LogOptions::Commits(selection)) => ScanTarget::Selected(selection),
        Err(reason) => {
            let warning = format!("{name} is ignored: {reason}");
            return choice.warnings.push(warning);
        }
    };
    choice.why = format!("{name} selects the commits.");
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
