//! From a choice to a scan that can run: policy, commits, sources.

use std::cell::RefCell;
use std::path::Path;

use anyhow::Context as _;

use super::args::CiArgs;
use super::excluded::Exclusions;
use super::fetch::{FetchError, Fetcher, Project};
use super::mode::{Choice, Policy, What};
use super::obtain::{Obtain, Obtained, Unavailable};
use super::policy::{self, Trusted, TrustedFiles};
use super::sources::Sources;
use super::variables::{Pipeline, Variables};
use super::{excluded, ruleset};
use crate::cli::args::ScanOptions;
use crate::cli::plan::{Additions, Disk, Files, Plan};
use crate::config;
use crate::model::ExclusionSource;
use crate::rule::RuleSet;
use crate::safe_file::NamingFolder;
use crate::source::{
    GitConfiguration, History, HistoryOptions, Lookup, Source, Tree, TreeOptions, head_commit,
};
use crate::suppress::AllowEntry;

/// A scan that can run.
pub(super) struct Work {
    pub(super) plan: Plan,
    pub(super) sources: Sources,
    /// The commit that findings are shown in, where they have none of their own.
    pub(super) commit: Option<String>,
    /// What was learned on the way: sentences for the log.
    pub(super) learned: Vec<String>,
    /// What was fetched is kept until the scan has ended.
    pub(super) fetcher: Fetcher,
}

impl Work {
    /// Prepares what `choice` says. Commits that cannot be had are replaced by the files, which makes
    /// the scan incomplete unless the operator accepts it.
    pub(super) fn new(
        args: &CiArgs,
        variables: &Variables,
        root: &Path,
        mut fetcher: Fetcher,
        choice: &Choice,
    ) -> anyhow::Result<Self> {
        let trusted = policy::trusted(&choice.policy, &mut fetcher)?;
        let commit_files = trusted
            .as_ref()
            .map(|trusted| TrustedFiles::new(&fetcher.place(), root, trusted.commit.clone()))
            .transpose()?;
        let files: &dyn Files = match &commit_files {
            Some(files) => files,
            None => &Disk,
        };
        let mut sources = Sources {
            exclusions: exclusions(args, variables, choice, trusted.is_some()),
            ..Sources::default()
        };
        let plan = plan(
            args,
            variables,
            root,
            files,
            trusted.as_ref(),
            &mut sources.notes,
        )?;
        if let Some((name, patterns)) = &mut sources.exclusions.configuration {
            if let Some(path) = &plan.config_path {
                *name = path.display().to_string();
            }
            patterns.clone_from(&plan.exclude);
        }
        let mut preparing = Preparing {
            args,
            root,
            fetcher: &mut fetcher,
            plan: &plan,
            sources,
            learned: Vec::new(),
            range: None,
        };
        preparing.add(choice, variables)?;
        let Preparing {
            mut sources,
            mut learned,
            range,
            ..
        } = preparing;
        if let Some(Trusted { why, commit }) = trusted {
            sources.notes.push(why.trim_end_matches('.').to_owned());
            learned.push(why);
            sources.notes_on_findings.push(
                "inline markers have no effect in a merge request (--trust-merge-request enables them)".to_owned(),
            );
            let head = range
                .as_ref()
                .map(|(_, head)| head.clone())
                .or_else(|| head_commit(root));
            let base = range.as_ref().map(|(base, _)| base.clone()).or(commit);
            if let (Some(files), Some(base), Some(head)) = (&commit_files, base, head) {
                for path in files.changed(&fetcher.place(), &base, &head)? {
                    sources.notes.push(format!(
                        "the merge request changes {path}, which has no effect on its own scan (--trust-merge-request enables it)"
                    ));
                }
            }
        }
        sources.notes.extend(choice.warnings.iter().cloned());
        Ok(Self {
            plan,
            commit: range.map(|(_, head)| head).or_else(|| head_commit(root)),
            sources,
            learned,
            fetcher,
        })
    }
}

/// Reads configuration, baseline, rules and what GitLab's users have besides.
fn plan(
    args: &CiArgs,
    variables: &Variables,
    root: &Path,
    files: &dyn Files,
    trusted: Option<&Trusted>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Plan> {
    let mut options: ScanOptions = args.options.clone();
    options.no_inline_allow |= trusted.is_some();
    let checkout = NamingFolder::of_repository(root, "", root);
    let ruleset = files
        .text(&checkout.path(Path::new(ruleset::FILE_NAME))?)
        .with_context(|| format!("cannot read '{}'", ruleset::FILE_NAME))?;
    let ruleset_notes = RefCell::new(Vec::new());
    let change_rules = |rules: &mut RuleSet| -> anyhow::Result<()> {
        if let Some(text) = &ruleset {
            ruleset::apply(text, rules, &mut ruleset_notes.borrow_mut())
                .with_context(|| format!("'{}' is not valid", ruleset::FILE_NAME))?;
        }
        Ok(())
    };
    let allow: Vec<AllowEntry> = lists(args, variables)
        .into_iter()
        .filter_map(|(_, name, list)| excluded::entry(&list, name))
        .collect();
    let mut plan = Plan::with(
        &options,
        Additions {
            files,
            root: Some(root),
            allow,
            change_rules: &change_rules,
        },
    )?;
    notes.append(&mut ruleset_notes.borrow_mut());
    if trusted.is_some() {
        // Which file was read is said together with whose.
        if let Some(path) = plan.config_path.take() {
            let path = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string();
            notes.push(format!("configuration: {path} of the target branch"));
        }
    } else if let Some(path) = &mut plan.config_path {
        *path = path
            .strip_prefix(root)
            .map(Path::to_owned)
            .unwrap_or_else(|_| path.clone());
    }
    Ok(plan)
}

/// The lists of excluded paths that a job sets.
fn lists(args: &CiArgs, variables: &Variables) -> Vec<(ExclusionSource, &'static str, String)> {
    let variable = "SECRET_DETECTION_EXCLUDED_PATHS";
    let all = [
        (ExclusionSource::Variable, variable, variables.get(variable)),
        (
            ExclusionSource::Option,
            "--excluded-paths",
            args.excluded_paths.as_deref(),
        ),
    ];
    let set = all.into_iter().filter_map(|(by, name, list)| {
        let list = list.filter(|list| excluded::entry(list, name).is_some())?;
        Some((by, name, list.to_owned()))
    });
    set.collect()
}

/// What keeps findings out of the result, and who could have chosen it.
fn exclusions(
    args: &CiArgs,
    variables: &Variables,
    choice: &Choice,
    has_target: bool,
) -> Exclusions {
    let log_options = "SECRET_DETECTION_LOG_OPTIONS";
    let default = variables.get("CI_DEFAULT_BRANCH");
    let is_default_branch = variables.is_gitlab()
        && variables.pipeline() != Some(Pipeline::MergeRequest)
        && default.is_some()
        && variables.get("CI_COMMIT_BRANCH") == default;
    Exclusions {
        lists: lists(args, variables),
        commits: match &choice.what {
            What::Selected(_) | What::HistorySince(_) => variables
                .get(log_options)
                .map(|value| (log_options, value.to_owned())),
            _ => None,
        },
        configuration: Some((config::FILE_NAME.to_owned(), Vec::new())),
        is_job_trusted: is_default_branch,
        is_checkout_trusted: has_target || is_default_branch,
    }
}

/// A [`Work`] in the making.
struct Preparing<'a> {
    args: &'a CiArgs,
    root: &'a Path,
    fetcher: &'a mut Fetcher,
    plan: &'a Plan,
    sources: Sources,
    learned: Vec<String>,
    /// Base and head of the commits that are scanned.
    range: Option<(String, String)>,
}

impl Preparing<'_> {
    fn add(&mut self, choice: &Choice, variables: &Variables) -> anyhow::Result<()> {
        match &choice.what {
            What::Nothing => Ok(()),
            What::Configuration => self.add_configuration(),
            What::Tree => {
                self.check_head(variables);
                self.add_tree()
            }
            What::History => self.add_history(None),
            What::HistorySince(time) => self.add_history(Some(*time)),
            What::Commits { base, head } => {
                let obtained = self
                    .obtain(choice, variables)
                    .commits(base, head.as_deref());
                self.add_commits(obtained).map(drop)
            }
            What::CommitsAndTree { base, head } => {
                self.check_head(variables);
                let obtained = self
                    .obtain(choice, variables)
                    .commits(base, head.as_deref());
                if self.add_commits(obtained)? {
                    self.add_tree()?;
                }
                Ok(())
            }
            What::Selected(selection) => {
                let obtained = self.obtain(choice, variables).selected(selection);
                self.add_commits(obtained).map(drop)
            }
        }
    }

    fn obtain(&mut self, choice: &Choice, variables: &Variables) -> Obtain<'_> {
        let is_target = matches!(choice.policy, Policy::Target { .. })
            || variables.pipeline() == Some(Pipeline::MergeRequest);
        Obtain {
            fetcher: self.fetcher,
            exclude: &self.plan.exclude,
            project: if is_target {
                Project::Target
            } else {
                Project::This
            },
        }
    }

    /// Adds the commits, or, if they cannot be had, the files; returns true for commits.
    fn add_commits(&mut self, obtained: Result<Obtained, Unavailable>) -> anyhow::Result<bool> {
        match obtained {
            Ok(Obtained {
                range,
                base,
                head,
                learned,
            }) => {
                self.learned.push(learned.trim().to_owned());
                self.learned
                    .push(format!("Commits to scan: {}.", range.commits()));
                self.sources.parts.push(Box::new(range));
                self.range = base.map(|base| (base, head));
                self.add_configuration()?;
                Ok(true)
            }
            Err(Unavailable::NoBase(reason)) => {
                self.learned
                    .push(format!("{reason}, so the files are scanned."));
                self.add_tree()?;
                Ok(false)
            }
            Err(Unavailable::Missing(reason)) => {
                self.fall_back(format!(
                    "could not fetch the commits to scan, so the files were scanned instead: {reason}"
                ));
                self.add_tree()?;
                Ok(false)
            }
            Err(Unavailable::Range(error)) => {
                Err(error).context("cannot determine the commits to scan")
            }
            Err(Unavailable::Ambiguous(error)) => Err(error.into()),
            Err(Unavailable::Open(error)) => Err(error.into()),
        }
    }

    fn add_history(&mut self, since: Option<i64>) -> anyhow::Result<()> {
        let is_shallow = Lookup::open(&self.fetcher.place())?.is_shallow();
        match self.fetcher.everything(is_shallow) {
            Ok(()) => {}
            // What there is no remote for is all here.
            Err(FetchError::NoRemote) if !is_shallow => {}
            Err(error) => self.fall_back(if is_shallow {
                format!(
                    "could not fetch the rest of a shallow clone, so only a part of the history was scanned: {error}"
                )
            } else {
                format!(
                    "could not fetch the branches and tags of the project, so only those of this clone were scanned: {error}"
                )
            }),
        }
        let options = HistoryOptions {
            since,
            fetched: self.fetcher.fetched().map(Path::to_owned),
            // Said above.
            allow_shallow: true,
            ..HistoryOptions::default()
        };
        self.push(History::new(self.root, options)?)
    }

    fn add_tree(&mut self) -> anyhow::Result<()> {
        let options = TreeOptions {
            no_ignore: false,
            exclude: self.plan.exclude.clone(),
        };
        self.push(Tree::new(vec![self.root.to_owned()], options)?)
    }

    fn add_configuration(&mut self) -> anyhow::Result<()> {
        self.push(GitConfiguration::around(self.root.to_owned())?)
    }

    fn push(&mut self, source: impl Source + 'static) -> anyhow::Result<()> {
        self.sources.parts.push(Box::new(source));
        Ok(())
    }

    /// Less was scanned than should have been.
    fn fall_back(&mut self, reason: String) {
        if self.args.accept_fallback {
            self.learned
                .push(format!("Accepted by --accept-fallback: {reason}."));
            self.sources.notes.push(reason);
        } else {
            self.sources.errors.push(reason);
        }
    }

    /// With `GIT_STRATEGY: none` the checkout may be that of another job.
    fn check_head(&mut self, variables: &Variables) {
        let wanted = variables
            .commit("CI_COMMIT_SHA")
            .filter(|_| variables.is_gitlab());
        let here = head_commit(self.root);
        if let (Some(wanted), Some(here)) = (wanted, here)
            && !here.eq_ignore_ascii_case(wanted)
        {
            self.fall_back(format!(
                "the checkout is at commit {here}, not at commit {wanted} of this pipeline (GIT_STRATEGY, GIT_CHECKOUT)"
            ));
        }
    }
}
