//! `tokensweep sweep`.

mod plan;
mod scanner;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueHint};
use indicatif::{HumanBytes, HumanCount};
use sha2::{Digest as _, Sha256};

use super::archives::NoArchiveArgs;
use super::args::{OutputOptions, ScanOptions};
use super::ci::InstanceGit;
use super::plan::{self as scan_plan, Plan};
use super::{progress, scan, since, sweep_state, terminal};
use crate::exit::ExitStatus;
use crate::gitlab::Client;
use crate::model::{PlaceKind, Secret, hex};
use crate::report::sink;
use crate::sweep::places::PLACES;
use crate::sweep::{
    DiskBudget, PlaceRow, StateLocation, StateStore, Subject, SubjectLister, Sweep, SweepContext,
    SweepLimits, SweepProgress, SweepState, Targets, disk_usage,
};
use scanner::StepScanner;

/// The largest list of targets that is read, in bytes.
const MAX_LIST: u64 = 64 << 20;

/// Threads for each core: most of the time a thread waits for the instance.
const THREADS_PER_CORE: usize = 4;

/// The most requests at a time, unless `--threads` asks for more.
const MAX_PARALLEL: usize = 16;

/// Arguments of `sweep`.
#[derive(Clone, Debug, Args)]
pub(super) struct SweepArgs {
    /// Groups (with their subgroups) and projects, by path; @FILE reads paths from a file, one a line
    ///
    /// GROUP/- is the group alone, and - is the instance alone (its variables and the snippets of users).
    #[arg(value_name = "TARGET", required_unless_present = "all")]
    targets: Vec<String>,

    /// Sweep all groups and projects that the token can see, and the instance's own variables
    #[arg(long, conflicts_with = "targets", help_heading = "Input")]
    all: bool,

    /// Do not read this place; repeatable
    #[arg(long, value_name = "PLACE", help_heading = "Input")]
    skip: Vec<PlaceKind>,

    /// Read logs and artifacts of the last N jobs of each project
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Input", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: u64,

    /// Read only what was created or changed since then: 2026-01-31, 2026-01-31T12:00:00Z, 90d, 2w
    #[arg(long, value_name = "TIME", help_heading = "Input")]
    since: Option<String>,

    /// Read artifacts, package files and image layers of up to this many megabytes each
    #[arg(long, value_name = "MB", default_value_t = 20, help_heading = "Input")]
    max_file_size: u64,

    /// Accept that this place cannot be read; repeatable
    ///
    /// Unreadable content there is counted in a note and does not make the sweep incomplete.
    #[arg(long, value_name = "PLACE", help_heading = "Input")]
    allow_unreadable: Vec<PlaceKind>,

    /// Record in this file or package how far each place was read, and the findings
    ///
    /// The next sweep with the state reads only new items, and an interrupted one continues where it stopped. The report
    /// lists all findings of the state; `known` marks those of earlier sweeps. The state contains no secrets. Use one
    /// for each instance.
    ///
    /// URL is that of a file of a generic package of the instance:
    /// https://HOST/api/v4/projects/ID/packages/generic/NAME/VERSION/FILE. In a pipeline of the instance the job token
    /// reads and writes it. Sweeps may share it: their states are merged.
    #[arg(long, value_name = "FILE-OR-URL", help_heading = "State", value_hint = ValueHint::FilePath, conflicts_with_all = ["show_secrets", "raw_secrets"])]
    state: Option<StateLocation>,

    /// Keep mirrors of the repositories in this folder, and only fetch what is new
    #[arg(long, value_name = "DIR", help_heading = "State", value_hint = ValueHint::DirPath)]
    mirrors: Option<PathBuf>,

    /// Use at most this many gigabytes of disk for repositories
    #[arg(long, value_name = "GB", default_value_t = 10, help_heading = "State")]
    disk: u64,

    /// List projects, jobs and requests, and how long a sweep takes, without reading content
    #[arg(long, help_heading = "Run", conflicts_with = "reports")]
    plan: bool,

    #[command(flatten)]
    archives: NoArchiveArgs,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

impl SweepArgs {
    /// The help of `--only`, which chooses places here as well as services.
    pub(super) fn explain_only(arg: clap::Arg) -> clap::Arg {
        let places: Vec<&str> = PLACES.iter().map(|row| row.kind.as_str()).collect();
        let help = "Read this place only, or find credentials of this service only; repeatable";
        arg.value_name("PLACE-OR-SERVICE").help(help).long_help(format!(
            "{help}\n\nPlaces: {}. All but packages and registry are read by default. A service, such as `gitlab`, \
             selects rules; --enable adds single ones to the selection.",
            places.join(", ")
        ))
    }

    /// The places to read.
    ///
    /// # Errors
    /// If the options exclude all of them.
    fn places(&self, only: &[PlaceKind]) -> anyhow::Result<Vec<&'static PlaceRow>> {
        let is_chosen = |row: &&PlaceRow| {
            let is_wanted = if only.is_empty() {
                row.is_default
            } else {
                only.contains(&row.kind)
            };
            is_wanted && !self.skip.contains(&row.kind)
        };
        let places: Vec<_> = PLACES.iter().filter(is_chosen).collect();
        if places.is_empty() {
            bail!("no place to read: --only and --skip exclude all of them");
        }
        Ok(places)
    }

    /// The options of the scan, and the places that `--only` names.
    fn split_only(&self) -> (ScanOptions, Vec<PlaceKind>) {
        let mut options = self.options.clone();
        let mut places = Vec::new();
        options.only.retain(|name| match name.parse() {
            Ok(place) => {
                places.push(place);
                false
            }
            Err(_) => true,
        });
        (options, places)
    }

    fn targets(&self) -> anyhow::Result<Targets> {
        if self.all {
            return Ok(Targets::All);
        }
        let mut paths = Vec::new();
        for target in &self.targets {
            match target.strip_prefix('@') {
                Some(file) => paths.extend(read_list(Path::new(file))?),
                None => paths.push(target.trim_matches('/').to_owned()),
            }
        }
        if paths.is_empty() {
            bail!("no group or project to sweep: the list of targets is empty");
        }
        Ok(Targets::Paths(paths))
    }

    fn limits(&self) -> anyhow::Result<SweepLimits> {
        Ok(SweepLimits {
            jobs: self.jobs,
            since: self.since.as_deref().map(since::parse).transpose()?,
            max_file: self.max_file_size << 20,
            disk: self.disk << 30,
            mirrors: self.mirrors.as_deref().map(mirror_folder).transpose()?,
            ..SweepLimits::default()
        })
    }

    /// The operator's token, which is asked for if it is not given.
    ///
    /// # Errors
    /// If it cannot be read, or none is entered.
    fn operator_token(&self, host: &str) -> anyhow::Result<Secret> {
        let token = self.output.verify.level.token.load_or_ask(host)?;
        token.with_context(|| {
            format!(
                "a sweep needs your token for {host}: set TOKENSWEEP_GITLAB_TOKEN or GITLAB_TOKEN, or pass --token-file"
            )
        })
    }

    /// The state of earlier sweeps and where it is kept, or a new state that is not kept.
    ///
    /// # Errors
    /// If it cannot be read, or written after a sweep.
    fn open_state(&self, client: &Client) -> anyhow::Result<(Option<StateStore>, SweepState)> {
        let Some(location) = &self.state else {
            return Ok((None, SweepState::new(&client.instance().to_string())));
        };
        let level = &self.output.verify.level;
        let (mut store, state) = sweep_state::open(location, &level.instance, &level.token)?;
        if !self.plan {
            store.prepare(&state)?;
        }
        Ok((Some(store), state))
    }

    /// Lists the subjects of the targets.
    ///
    /// # Errors
    /// If a target does not exist or a request fails.
    fn list_subjects(
        &self,
        client: &Client,
        token: &Secret,
        targets: &Targets,
    ) -> anyhow::Result<Vec<Subject>> {
        let lister = SubjectLister {
            client,
            token,
            with_statistics: self.plan,
        };
        let host = client.instance().host();
        let describe =
            |_: Duration| format!("Listing projects of {host}; {} requests", client.requests());
        let list = || lister.list(targets);
        Ok(progress::show(!self.output.quiet, describe, list)?)
    }

    /// Estimates the cost of a sweep and prints it.
    ///
    /// # Errors
    /// If standard output cannot be written.
    fn print_plan(
        &self,
        sweep: &Sweep<'_>,
        subjects: &[Subject],
        state: SweepState,
    ) -> anyhow::Result<ExitStatus> {
        let all = &sweep.progress.subjects;
        all.store(subjects.len(), Ordering::Relaxed);
        let client = sweep.context.client;
        let describe = |_: Duration| format!("Counting jobs; {} requests", client.requests());
        let work = || sweep.plan(subjects, state, self.request_limit());
        let plan = progress::show(!self.output.quiet, describe, work);
        plan::print(&plan, self.output.format)
    }

    /// The operator's limit of requests per minute.
    fn request_limit(&self) -> Option<u64> {
        let instance = &self.output.verify.level.instance;
        instance.requests_per_minute.map(u64::from)
    }

    /// The message about an interrupted sweep.
    fn interrupted(&self) -> &'static str {
        match &self.state {
            Some(_) => "interrupted: no report was written; run the same command to continue",
            None => "interrupted: no report was written; use --state to be able to continue",
        }
    }
}

/// Creates the folder of mirrors. Returns its full path, since `git` runs in a mirror.
fn mirror_folder(path: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::canonicalize(path))
        .with_context(|| format!("cannot use the folder of mirrors '{}'", path.display()))
}

/// The paths in a file: one a line, without empty lines and comments.
fn read_list(path: &Path) -> anyhow::Result<Vec<String>> {
    let about = || format!("cannot read the list of targets '{}'", path.display());
    let text = crate::safe_file::NamedPath::by_operator(path)
        .read_text(MAX_LIST)
        .with_context(about)?;
    let lines = text.lines().map(str::trim);
    let paths = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(paths
        .map(|path| path.trim_matches('/').to_owned())
        .collect())
}

/// Sweeps and reports.
pub(super) fn run(args: &SweepArgs) -> anyhow::Result<ExitStatus> {
    if args.plan {
        plan::check_format(args.output.format)?;
    }
    let (options, only) = args.split_only();
    let mut plan = Plan::new(&options)?;
    args.archives.apply(&mut plan);
    let places = args.places(&only)?;
    let targets = args.targets()?;
    let stop = Arc::<AtomicBool>::default();
    let threads = threads(&options, &plan);
    let level = &args.output.verify.level;
    let client = Arc::new(level.instance.persistent_client(&stop, threads)?);
    let token = args.operator_token(client.instance().host())?;
    // Before the sweep, so that a bad path does not cost one.
    let sinks = sink::prepare_all(&args.output.reports)?;
    let (store, state) = args.open_state(&client)?;
    let verifier = level.verifier_with(&client, &stop)?;
    let limits = args.limits()?;
    let git = InstanceGit::new(&token)?;
    let disk = DiskBudget::new(limits.disk, limits.mirrors.as_deref().map_or(0, disk_usage));
    scan::stop_on_interrupt(&stop)?;
    let subjects = args.list_subjects(&client, &token, &targets)?;
    let started_at = scan_plan::now().unwrap_or_default();
    let progress = SweepProgress::default();
    let sweep = Sweep {
        context: SweepContext {
            client: &client,
            token: &token,
            limits,
            idle_threads: 0.into(),
            git: &git,
            stop: &stop,
            disk,
        },
        places,
        allowed: args.allow_unreadable.clone(),
        threads,
        scanner: scanner_id(&plan),
        now: started_at,
        progress: &progress,
    };
    if args.plan {
        return args.print_plan(&sweep, &subjects, state);
    }
    let scanner = StepScanner::new(&plan, verifier.as_ref(), &stop);
    let describe = |elapsed| describe(&progress, &client, args.request_limit(), elapsed);
    let work = || sweep.run(&subjects, state, store, &scanner);
    let swept = progress::show(!args.output.quiet, describe, work);
    if stop.load(Ordering::Relaxed) {
        terminal::say(args.interrupted());
        return Ok(ExitStatus::Interrupted);
    }
    let mut outcome = swept.context(
        "the state contains a finding that cannot be used; delete the state to sweep everything again",
    )?;
    outcome.stats.rules = plan.rules.ids();
    scanner.record(&mut outcome, args.output.verify.only_live);
    scan::write(&plan, outcome, &args.output, sinks, started_at, || None)
}

/// The number of subjects that are read at a time.
fn threads(options: &ScanOptions, plan: &Plan) -> usize {
    match options.threads {
        Some(threads) => usize::from(threads),
        None => (plan.threads * THREADS_PER_CORE).min(MAX_PARALLEL.max(plan.threads)),
    }
}

/// Identifies the rules and thresholds of a plan.
fn scanner_id(plan: &Plan) -> String {
    let rules: Vec<&str> = plan.rules.iter().map(|rule| rule.id.as_str()).collect();
    let text = format!(
        "{} {} {} {}",
        rules.join(" "),
        plan.min_confidence,
        plan.min_severity,
        plan.archives.is_some(),
    );
    hex(&Sha256::digest(text.as_bytes())[..8])
}

/// The line of progress, whose beginning fits into 80 columns. `limit` is the operator's limit of requests per minute.
fn describe(
    progress: &SweepProgress,
    client: &Client,
    limit: Option<u64>,
    elapsed: Duration,
) -> String {
    let done = progress.done.load(Ordering::Relaxed);
    let all = progress.subjects.load(Ordering::Relaxed);
    let findings = progress.findings.load(Ordering::Relaxed);
    let requests = client.requests();
    let left = (done > 0 && done < all).then(|| {
        let rest = (all - done) as f64 / done as f64;
        let at_pace = elapsed.as_secs_f64() * rest;
        let limit = limit.or(client.reported_limit()).filter(|limit| *limit > 0);
        let at_limit = limit.map(|limit| requests as f64 * rest * 60.0 / limit as f64);
        let seconds = at_limit.unwrap_or_default().max(at_pace);
        let limit = limit.map(|limit| format!(" (limit: {} requests a minute)", HumanCount(limit)));
        format!(
            "; {} left{}",
            crate::sweep::describe_time(seconds.ceil() as u64),
            limit.unwrap_or_default()
        )
    });
    format!(
        "{} of {} projects and groups; {} requests, {}; {} finding{}{}",
        HumanCount(done as u64),
        HumanCount(all as u64),
        HumanCount(requests),
        HumanBytes(client.bytes()),
        findings,
        if findings == 1 { "" } else { "s" },
        left.unwrap_or_default(),
    )
}
