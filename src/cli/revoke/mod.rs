//! `tokensweep revoke`: shuts off the credentials of a JSON report at one instance.

mod plan;
mod text;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use clap::{Args, ValueHint};

use super::args::ScanOptions;
use super::ci::InstanceGit;
use super::instance::InstanceOptions;
use super::operator_token::OperatorTokenArgs;
use super::plan::{Additions, Disk, Plan};
use super::safe::safe;
use super::stored_report::read;
use super::terminal;
use crate::exit::ExitStatus;
use crate::gitlab::Client;
use crate::model::{BlobPath, Confidence, Finding, Secret, TokenDetails, plural};
use crate::report::json::JsonDocument;
use crate::revoke::{
    LogEntry, Means, RemoteReader, Revocation, RevocationLog, SecretReader, revoke,
};
use crate::rule::RuleSet;
use plan::{Decision, Planned, RevocationPlan};

/// The exit codes in the help.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  every credential is revoked, or did not work any more
  1  something is left to do: by hand, because a file changed, or because you declined
  2  the instance could not be asked, or the report is incomplete or cannot be read";

/// Arguments of `revoke`.
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// JSON report; - reads standard input
    ///
    /// A report contains no secrets. Each secret is read again from its file, commit, index or page of the instance,
    /// and is revoked only if it has the fingerprint of the report.
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    report: PathBuf,

    #[command(flatten)]
    instance: InstanceOptions,

    #[command(flatten)]
    token: OperatorTokenArgs,

    /// Folder of the scan: the paths of the report are below it, the commits in its repository
    #[arg(long, value_name = "DIR", default_value = ".", help_heading = "Input", value_hint = ValueHint::DirPath)]
    root: PathBuf,

    /// Add rules from a file or directory, as for the scan
    #[arg(long, value_name = "FILE-OR-DIR", help_heading = "Input", value_hint = ValueHint::AnyPath)]
    rules: Vec<PathBuf>,

    /// Also recognize personal access tokens with this prefix, as for the scan
    #[arg(long, value_name = "PREFIX", help_heading = "Input")]
    token_prefix: Vec<String>,

    /// Revoke only these: short ids as shown (3f9a1c), or fingerprints
    #[arg(
        long,
        value_name = "ID",
        num_args = 1..,
        help_heading = "Selection"
    )]
    only: Vec<String>,

    /// Ignore findings below this confidence: proven, high, medium, low
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "medium",
        help_heading = "Selection",
        hide_possible_values = true
    )]
    min_confidence: Confidence,

    /// Project in which to search for deploy tokens and trigger tokens that do not contain its id
    #[arg(long, value_name = "ID", help_heading = "Selection")]
    project: Option<u64>,

    /// Show what would be revoked; change nothing
    #[arg(long, help_heading = "Run")]
    dry_run: bool,

    /// Do not ask before revoking
    #[arg(short, long, help_heading = "Run")]
    yes: bool,

    /// Append what was revoked to this file, as JSON lines without secrets
    ///
    /// A credential that the log lists as revoked at this instance is skipped, so that an interrupted run continues.
    #[arg(long, value_name = "FILE", help_heading = "Run", value_hint = ValueHint::FilePath)]
    log: Option<PathBuf>,
}

/// Reads the report, shows the plan, asks, and revokes.
pub(super) fn run(args: &RevokeArgs) -> anyhow::Result<ExitStatus> {
    let client = args.instance.client(&Arc::default())?;
    let instance = client.instance();
    let url = instance.to_string();
    let document = read(&args.report)?;
    let mut is_complete = document.scan.complete && document.errors.is_empty();
    if !is_complete {
        terminal::say("warning: the scan of the report is incomplete: it may lack credentials");
    }
    let scan_plan = args.scan_plan(&document)?;
    let mut log = args.log.as_deref().map(open_log).transpose()?;
    let mut operator = args.token.load()?;
    let root = &args.root;
    let mut findings = document.findings.iter();
    let is_swept = findings.any(|finding| finding.location.remote.is_some());
    if is_swept && operator.is_none() {
        operator = args.token.ask(instance.host())?;
    }
    let (token, stop) = (operator.clone(), AtomicBool::default());
    let git = token.as_ref().map(InstanceGit::new).transpose()?;
    let remote = token.as_ref().zip(git.as_ref());
    let remote = remote.map(|(token, git)| RemoteReader::new(&client, token, git, &stop));
    let reader = SecretReader::new(&scan_plan.detector, root, remote)
        .with_context(|| format!("cannot open the folder '{}'", root.display()))?;
    let selection = plan::RevokeSelection {
        only: &args.only,
        min_confidence: args.min_confidence,
        host: instance.host(),
        instance: &url,
        log: log.as_ref(),
    };
    let mut plan = RevocationPlan::new(&document, &scan_plan.rules, &reader, &selection)?;
    if operator.is_none() && !args.dry_run && plan.needs_operator(args.means(None)) {
        operator = args.token.ask(instance.host())?;
    }
    let means = args.means(operator.as_ref());
    plan.choose_methods(means);
    let mut output = Blocks::default();
    output.print(&text::plan(&plan, instance, means))?;
    output.print(&text::not_planned(&plan))?;
    let chosen = plan.chosen();
    if chosen > 0 && !args.dry_run {
        if !args.yes && !confirm(chosen, instance.host())? {
            output.print("nothing was revoked\n")?;
            return Ok(ExitStatus::Findings);
        }
        print("\n")?;
        is_complete &= revoke_all(&mut plan, &client, &url, means, &mut log)?;
    }
    output.print(&text::by_hand(&plan, &url, args.project))?;
    output.print(&text::summary(&plan, args.dry_run))?;
    Ok(ExitStatus::new(is_complete, plan.is_done(args.dry_run)))
}

impl RevokeArgs {
    fn means<'a>(&self, operator: Option<&'a Secret>) -> Means<'a> {
        Means {
            operator,
            project: self.project,
            is_named: !self.only.is_empty(),
        }
    }

    /// The rules of the scan: those of the options and the configuration, and those that the report names.
    fn scan_plan(&self, document: &JsonDocument) -> anyhow::Result<Plan> {
        let enable_reported = |rules: &mut RuleSet| {
            for finding in &document.findings {
                // A rule that is not here finds nothing again, which is reported for its credential.
                let _ = rules.enable(finding.rule_id.as_str());
            }
            Ok(())
        };
        let additions = Additions {
            files: &Disk,
            root: None,
            allow: Vec::new(),
            change_rules: &enable_reported,
            counts_disabled: false,
        };
        Plan::with(&self.scan_options(), additions)
    }

    /// The options of the scan, as far as they decide what is found.
    fn scan_options(&self) -> ScanOptions {
        ScanOptions {
            rules: self.rules.clone(),
            disable: Vec::new(),
            enable: Vec::new(),
            only: Vec::new(),
            token_prefix: self.token_prefix.clone(),
            config: None,
            baseline: None,
            no_inline_allow: true,
            min_confidence: None,
            min_severity: None,
            threads: None,
        }
    }
}

fn open_log(path: &Path) -> anyhow::Result<RevocationLog> {
    RevocationLog::open(path)
        .with_context(|| format!("cannot open the log {}", BlobPath::from_path(path)))
}

/// Asks for confirmation on the terminal. Without a terminal, nobody can confirm.
fn confirm(count: usize, host: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "cannot ask without a terminal; use --yes to revoke, or --dry-run to see the plan only"
        );
    }
    let what = plural(count, "credential", "credentials");
    let mut stderr = io::stderr().lock();
    write!(
        stderr,
        "{}",
        safe(&format!("\nRevoke {what} on {host}? [y/N] "))
    )?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

/// Revokes the credentials that the plan chose, one after the other, so that the log is complete after each. Returns
/// false if the instance could not be asked about one of them.
fn revoke_all(
    plan: &mut RevocationPlan<'_>,
    client: &Client,
    instance: &str,
    means: Means<'_>,
    log: &mut Option<RevocationLog>,
) -> anyhow::Result<bool> {
    let mut all_answered = true;
    for planned in &mut plan.credentials {
        let (Decision::Revoke(methods), Ok(finding), Some(kind)) =
            (&planned.decision, &planned.finding, planned.leak.kind)
        else {
            continue;
        };
        let result = revoke(client, kind, finding, methods, means);
        all_answered &= !matches!(result, Revocation::Failed(_));
        if let Some(log) = log {
            log.append(&entry(planned, finding, instance, &result))
                .context("cannot write the log; nothing more is revoked")?;
        }
        print(&text::result(planned, &result))?;
        planned.decision = match result {
            Revocation::Revoked => Decision::Revoked,
            Revocation::AlreadyDead(reason) => Decision::Dead(reason),
            Revocation::Left(reason) => Decision::ByHand(match &planned.obstacles {
                Some(obstacles) => format!("{reason}; {obstacles}"),
                None => reason,
            }),
            Revocation::Failed(_) => Decision::Failed,
        };
    }
    Ok(all_answered)
}

fn entry(
    planned: &Planned<'_>,
    finding: &Finding,
    instance: &str,
    result: &Revocation,
) -> LogEntry {
    let said = planned.leak.verification(instance);
    // The instance's users choose these names.
    let mut token = said.map_or_else(TokenDetails::default, |said| said.token.clone());
    let texts = [&mut token.name, &mut token.username].into_iter().flatten();
    texts
        .chain(&mut token.scopes)
        .for_each(|text| *text = safe(text));
    LogEntry {
        time: now(),
        instance: instance.to_owned(),
        secret_id: planned.leak.secret_id().to_owned(),
        fingerprint: planned.leak.findings[0].fingerprint.clone(),
        rule_id: finding.rule_id.clone(),
        kind: planned.leak.kind,
        secret: finding.secret.redacted(),
        owner: finding.owner.clone(),
        token,
        revocation: result.clone(),
    }
}

/// The time in seconds: RFC 3339, UTC.
fn now() -> String {
    let seconds = super::plan::now().unwrap_or_default();
    jiff::Timestamp::from_second(seconds).map_or_else(|_| String::new(), |time| time.to_string())
}

/// Blocks of text with an empty line between them.
#[derive(Default)]
struct Blocks {
    has_printed: bool,
}

impl Blocks {
    fn print(&mut self, block: &str) -> io::Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let between = if self.has_printed { "\n" } else { "" };
        self.has_printed = true;
        print(&format!("{between}{block}"))
    }
}

fn print(text: &str) -> io::Result<()> {
    terminal::print(&safe(text))
}
