//! Prepares a scan: policy, commits, sources.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::CiArgs;
use super::choice::{CommitRange, Policy, ScanChoice, ScanTarget};
use super::excluded::Exclusions;
use super::fetch::{Fetcher, GitFetchError, Project};
use super::obtain::{CommitObtainer, CommitsError, ObtainedCommits};
use super::policy::{self, TrustedCommit, TrustedFiles};
use super::sources::Sources;
use super::system::CiJob;
use super::{excluded, ruleset};
use crate::cli::args::ScanOptions;
use crate::cli::plan::{Additions, Disk, Files, Plan};
use crate::cli::restriction::{Limit, Restriction};
use crate::config;
use crate::model::{AllowEntry, ExclusionSource, Severity};
use crate::rule::RuleSet;
use crate::safe_file::NamingFolder;
use crate::source::{
    FileTree, GitConfiguration, History, HistoryOptions, Lookup, Source, TreeOptions, head_commit,
};

/// A scan that is ready to run.
pub(super) struct PreparedScan {
    pub(super) plan: Plan,
    pub(super) sources: Sources,
    /// The commit of findings that have none of their own.
    pub(super) commit: Option<String>,
    /// Sentences for the log.
    pub(super) remarks: Vec<String>,
    /// Keeps the fetched commits until the scan has ended.
    pub(super) fetcher: Fetcher,
}

impl PreparedScan {
    /// Prepares a choice. If commits cannot be fetched, the files are scanned instead, which makes the scan
    /// incomplete unless the operator accepts it.
    pub(super) fn new(
        args: &CiArgs,
        job: &CiJob,
        root: &Path,
        mut fetcher: Fetcher,
        choice: &ScanChoice,
    ) -> anyhow::Result<Self> {
        let trusted = policy::trusted(&choice.policy, &mut fetcher)?;
        let commit_files = trusted
            .as_ref()
            .map(|trusted| TrustedFiles::new(&fetcher.location(), root, trusted.commit.clone()))
            .transpose()?;
        let files: &dyn Files = match &commit_files {
            Some(files) => files,
            None => &Disk,
        };
        let mut sources = Sources {
            exclusions: exclusions(args, job, choice, commit_files.as_ref()),
            ..Sources::default()
        };
        let mut plan = plan(args, job, root, files, trusted.as_ref(), &mut sources.notes)?;
        if let ScanTarget::History | ScanTarget::HistorySince(_) = choice.target {
            args.archives.apply(&mut plan);
        }
        sources.exclusions.configured.clone_from(&plan.restrictions);
        if let Some((name, patterns)) = &mut sources.exclusions.configuration {
            if let Some(path) = &plan.config_path {
                *name = path.display().to_string();
            }
            patterns.clone_from(&plan.exclude);
        }
        let mut preparation = Preparation {
            args,
            job,
            root,
            fetcher: &mut fetcher,
            plan: &plan,
            sources,
            remarks: Vec::new(),
            range: None,
        };
        preparation.add(choice)?;
        let Preparation {
            mut sources,
            mut remarks,
            range,
            ..
        } = preparation;
        let head = range.as_ref().map(|(_, head)| head.clone());
        let head = head.or_else(|| head_commit(root));
        if let Some(TrustedCommit { why, commit }) = trusted {
            sources.notes.push(why.trim_end_matches('.').to_owned());
            remarks.push(why);
            sources.notes_on_findings.push(
                "inline markers have no effect in a merge request (--trust-merge-request enables them)".to_owned(),
            );
            let base = range.map(|(base, _)| base).or(commit);
            if let (Some(files), Some(base), Some(head)) = (&commit_files, base, &head) {
                for path in files.changed(&fetcher.location(), &base, head)? {
                    sources.notes.push(format!(
                        "the merge request changes {path}, which has no effect on its own scan (--trust-merge-request enables it)"
                    ));
                }
            }
        }
        sources.notes.extend(choice.warnings.iter().cloned());
        Ok(Self {
            plan,
            commit: head,
            sources,
            remarks,
            fetcher,
        })
    }
}

/// Reads configuration, baseline, rules, and the files that users of GitLab's analyzer have.
fn plan(
    args: &CiArgs,
    job: &CiJob,
    root: &Path,
    files: &dyn Files,
    trusted: Option<&TrustedCommit>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Plan> {
    let mut options: ScanOptions = args.options.clone();
    options.no_inline_allow |= trusted.is_some();
    let checkout = NamingFolder::of_repository(root, "", root);
    let ruleset = files
        .text(
            &checkout.path(Path::new(ruleset::FILE_NAME))?,
            config::Config::MAX_FILE,
        )
        .with_context(|| format!("cannot read '{}'", ruleset::FILE_NAME))?;
    let ruleset_notes = RefCell::new(Vec::new());
    let disabled = RefCell::new(Vec::new());
    let lowered = RefCell::new(Vec::new());
    let change_rules = |rules: &mut RuleSet| -> anyhow::Result<()> {
        if let Some(text) = &ruleset {
            let before: Vec<(String, Severity)> = rules
                .iter()
                .map(|rule| (rule.id.to_string(), rule.severity))
                .collect();
            ruleset::apply(text, rules, &mut ruleset_notes.borrow_mut())
                .with_context(|| format!("'{}' is not valid", ruleset::FILE_NAME))?;
            for (id, severity) in before {
                match rules.get(&id) {
                    None => disabled.borrow_mut().push(id),
                    Some(rule) if rule.severity < severity => lowered.borrow_mut().push(id),
                    Some(_) => {}
                }
            }
        }
        Ok(())
    };
    let allow: Vec<AllowEntry> = path_lists(args, job)
        .into_iter()
        .filter_map(|(_, name, list)| excluded::allow_entry(&list, name))
        .collect();
    let mut plan = Plan::with(
        &options,
        Additions {
            files,
            root: Some(root),
            allow,
            change_rules: &change_rules,
            counts_disabled: true,
        },
    )?;
    notes.append(&mut ruleset_notes.borrow_mut());
    let file = plan.config_path.as_ref();
    let file = file.map_or(Path::new(config::FILE_NAME), |path| {
        path.strip_prefix(root).unwrap_or(path)
    });
    for setting in &mut plan.restrictions {
        setting.name = format!("{}: {}", file.display(), setting.name);
    }
    for (values, limit) in [
        (disabled.take(), Limit::Rules),
        (lowered.take(), Limit::Definitions),
    ] {
        if !values.is_empty() {
            let name = ruleset::FILE_NAME.to_owned();
            plan.restrictions.push(Restriction {
                name,
                values,
                limit,
            });
        }
    }
    if let Some(path) = &plan.config_path {
        let path = path.strip_prefix(root).unwrap_or(path).to_owned();
        // A file of the target branch is named in a note of its own.
        plan.config_path = match trusted {
            Some(_) => {
                let path = path.display();
                notes.push(format!("configuration: {path} of the target branch"));
                None
            }
            None => Some(path),
        };
    }
    Ok(plan)
}

/// Returns the lists of excluded paths that a job sets.
fn path_lists(args: &CiArgs, job: &CiJob) -> Vec<(ExclusionSource, &'static str, String)> {
    let setting = job.settings.excluded_paths.as_ref();
    let setting = setting.map(|setting| (ExclusionSource::Variable, setting.name, &setting.value));
    let option = args.excluded_paths.as_ref();
    let option = option.map(|list| (ExclusionSource::Option, "--excluded-paths", list));
    let lists = setting.into_iter().chain(option);
    lists
        .filter(|(_, name, list)| excluded::allow_entry(list, name).is_some())
        .map(|(by, name, list)| (by, name, list.clone()))
        .collect()
}

/// Returns the settings that keep findings out of the result, and who may have chosen it.
fn exclusions(
    args: &CiArgs,
    job: &CiJob,
    choice: &ScanChoice,
    target: Option<&TrustedFiles>,
) -> Exclusions {
    let is_default_branch = job.system.is_some()
        && !job.is_merge_request()
        && job.default_branch.is_some()
        && job.branch == job.default_branch;
    let log_options = job.settings.log_options.as_ref();
    // A file outside of the checkout is one that the job may have written.
    let is_trusted = |named: Option<&PathBuf>| {
        let is_inside =
            |target: &TrustedFiles| named.is_none_or(|path| target.is_in_checkout(path));
        is_default_branch || target.is_some_and(is_inside)
    };
    Exclusions {
        lists: path_lists(args, job),
        options: excluded::options(&args.options),
        commits: match &choice.target {
            ScanTarget::Selected(_) | ScanTarget::HistorySince(_) => {
                log_options.map(|setting| (setting.name, setting.value.clone()))
            }
            _ => None,
        },
        configuration: Some((config::FILE_NAME.to_owned(), Vec::new())),
        is_job_trusted: is_default_branch,
        is_checkout_trusted: target.is_some() || is_default_branch,
        is_configuration_trusted: is_trusted(args.options.config.as_ref()),
        is_baseline_trusted: is_trusted(args.options.baseline.as_ref()),
        ..Exclusions::default()
    }
}

/// A [`PreparedScan`] that is not complete yet.
struct Preparation<'a> {
    args: &'a CiArgs,
    job: &'a CiJob,
    root: &'a Path,
    fetcher: &'a mut Fetcher,
    plan: &'a Plan,
    sources: Sources,
    remarks: Vec<String>,
    /// Base and head of the commits that are scanned.
    range: Option<(String, String)>,
}

impl Preparation<'_> {
    fn add(&mut self, choice: &ScanChoice) -> anyhow::Result<()> {
        match &choice.target {
            ScanTarget::Nothing => Ok(()),
            ScanTarget::Tree => {
                self.check_head();
                self.add_tree()
            }
            ScanTarget::History => self.add_history(None),
            ScanTarget::HistorySince(time) => self.add_history(Some(*time)),
            ScanTarget::Commits(range) => self.add_range(choice, range).map(drop),
            ScanTarget::CommitsAndTree(range) => {
                self.check_head();
                if self.add_range(choice, range)? {
                    self.add_tree()?;
                }
                Ok(())
            }
            ScanTarget::Selected(selection) => {
                let obtained = self.obtainer(choice).selected(selection);
                self.add_commits(obtained).map(drop)
            }
        }
    }

    fn add_range(&mut self, choice: &ScanChoice, range: &CommitRange) -> anyhow::Result<bool> {
        let obtained = self.obtainer(choice).commits(range);
        self.add_commits(obtained)
    }

    fn obtainer(&mut self, choice: &ScanChoice) -> CommitObtainer<'_> {
        let is_of_target =
            matches!(choice.policy, Policy::Target { .. }) || self.job.is_merge_request();
        CommitObtainer {
            fetcher: self.fetcher,
            exclude: &self.plan.exclude,
            project: if is_of_target {
                Project::Target
            } else {
                Project::This
            },
        }
    }

    /// Adds the commits, or the files if the commits cannot be fetched; returns true for commits.
    fn add_commits(
        &mut self,
        obtained: Result<ObtainedCommits, CommitsError>,
    ) -> anyhow::Result<bool> {
        match obtained {
            Ok(ObtainedCommits {
                range,
                base,
                head,
                remark,
                doubt,
                with_files,
            }) => {
                self.remarks.push(remark.trim().to_owned());
                if let Some(doubt) = doubt {
                    self.fall_back(doubt);
                }
                self.remarks
                    .push(format!("Commits to scan: {}.", range.commits()));
                self.sources.parts.push(Box::new(range));
                self.range = base.map(|base| (base, head));
                if with_files {
                    self.add_tree()?;
                } else {
                    self.add_configuration()?;
                }
                return Ok(true);
            }
            Err(CommitsError::NoBase(reason)) => {
                self.remarks
                    .push(format!("{reason}, so the files are scanned."));
            }
            Err(CommitsError::Nothing(reason)) => {
                self.fall_back(format!("{reason}, so the files were scanned instead"));
            }
            Err(CommitsError::Missing(reason)) => self.fall_back(format!(
                "could not fetch the commits to scan, so the files were scanned instead: {reason}"
            )),
            Err(CommitsError::Range(error)) => {
                return Err(error).context("cannot determine the commits to scan");
            }
            Err(error @ (CommitsError::Ambiguous(_) | CommitsError::Open(_))) => {
                return Err(error.into());
            }
        }
        self.add_tree()?;
        Ok(false)
    }

    fn add_history(&mut self, since: Option<i64>) -> anyhow::Result<()> {
        let is_shallow = Lookup::open(&self.fetcher.location())?.is_shallow();
        match self.fetcher.fetch_all(is_shallow) {
            Ok(()) => {}
            // A complete clone without a remote has everything.
            Err(GitFetchError::NoRemote) if !is_shallow => {}
            Err(error) if is_shallow => self.fall_back(format!(
                "could not fetch the rest of a shallow clone, so only a part of the history was scanned: {error}"
            )),
            Err(error) => self.fall_back(format!(
                "could not fetch the branches and tags of the project, so only those of this clone were scanned: {error}"
            )),
        }
        let options = HistoryOptions {
            since,
            fetched: self.fetcher.fetched().map(Path::to_owned),
            // Reported above.
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
        self.push(FileTree::new(vec![self.root.to_owned()], options)?)
    }

    fn add_configuration(&mut self) -> anyhow::Result<()> {
        self.push(GitConfiguration::around(self.root.to_owned())?)
    }

    fn push(&mut self, source: impl Source + 'static) -> anyhow::Result<()> {
        self.sources.parts.push(Box::new(source));
        Ok(())
    }

    /// Records that less is scanned than was asked for.
    fn fall_back(&mut self, reason: String) {
        if self.args.accept_fallback {
            self.remarks
                .push(format!("Accepted by --accept-fallback: {reason}."));
            self.sources.notes.push(reason);
        } else {
            self.sources.errors.push(reason);
        }
    }

    /// Compares the checkout with the commit of the pipeline. Without a checkout of its own, a job may see that of
    /// another job.
    fn check_head(&mut self) {
        let expected = self.job.head.as_ref().filter(|_| self.job.system.is_some());
        let here = head_commit(self.root);
        if let (Some(expected), Some(here)) = (expected, here)
            && !here.eq_ignore_ascii_case(expected)
        {
            let names = self.job.settings.checkout_names;
            self.fall_back(format!(
                "the checkout is at commit {here}, not at commit {expected} of this pipeline ({names})"
            ));
        }
    }
}
