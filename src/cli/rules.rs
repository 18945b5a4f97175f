//! `tokensweep rules`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueHint};

use super::terminal;
use crate::detect::{DetectOptions, Detector};
use crate::exit::ExitStatus;
use crate::model::{BlobPath, Confidence, Finding, Origin, plural};
use crate::rule::{self, Example, RuleSet};

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List all rules
    List(SetArgs),
    /// Explain a rule: what it finds, its risk and remediation
    Show(ShowArgs),
    /// Check rule files and run their examples with all rules
    Check(CheckArgs),
}

/// Options for additional rules.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Add rules from a file, or from all *.toml files in a directory
    #[arg(long, value_name = "FILE-OR-DIR", value_hint = ValueHint::AnyPath)]
    rules: Vec<PathBuf>,
}

/// Arguments of `rules show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The rule's id
    id: String,

    #[command(flatten)]
    set: SetArgs,
}

/// Arguments of `rules check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Rule files, or directories with rule files
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
}

/// Runs one of the subcommands.
pub(super) fn run(command: &RulesCommand) -> anyhow::Result<ExitStatus> {
    match command {
        RulesCommand::List(args) => list(args),
        RulesCommand::Show(args) => show(args),
        RulesCommand::Check(args) => check(args),
    }
}

fn load(args: &SetArgs) -> anyhow::Result<RuleSet> {
    let mut rules = RuleSet::builtin();
    for path in &args.rules {
        rules.add_path(path)?;
    }
    rules.enable_all();
    Ok(rules)
}

fn list(args: &SetArgs) -> anyhow::Result<ExitStatus> {
    let rules = load(args)?;
    let width = rules
        .iter()
        .map(|rule| rule.id.as_str().len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for rule in rules.iter() {
        let off = if rule.enabled {
            ""
        } else {
            " (off by default)"
        };
        text += &format!(
            "{:width$}  {:8}  {}{off}\n",
            rule.id, rule.severity, rule.title
        );
    }
    terminal::print(&text)?;
    Ok(ExitStatus::Clean)
}

fn show(args: &ShowArgs) -> anyhow::Result<ExitStatus> {
    let rules = load(&args.set)?;
    let text = rule::explain(rules.require(&args.id)?);
    terminal::print(&text)?;
    Ok(ExitStatus::Clean)
}

/// Returns the built-in rules with those of the files; a file with the id of a built-in rule replaces it.
fn with_own(own: &RuleSet, files: &[PathBuf]) -> anyhow::Result<RuleSet> {
    let mut rules = RuleSet::builtin();
    for rule in own.iter() {
        if rules.check_id(rule.id.as_str()).is_ok() {
            rules.disable(rule.id.as_str())?;
        }
    }
    for path in files {
        rules.add_path(path)?;
    }
    Ok(rules)
}

/// Returns true for a credential that is recognized by its own form, unless it is an example.
fn is_token(finding: &Finding, rules: &RuleSet) -> bool {
    let rule = rules.get(finding.rule_id.as_str());
    rule.is_some_and(|rule| !rule.generic) && finding.confidence > Confidence::Low
}

/// Checks rule files like the built-in rules: through the whole engine with all rules. Rules that are off by
/// default run for their own examples only.
fn check(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let mut own = RuleSet::default();
    for path in &args.files {
        own.add_path(path)?;
    }
    own.enable_all();
    let prepare = |rules| Detector::new(rules, &DetectOptions::default());
    let rules = Arc::new(with_own(&own, &args.files)?);
    let detector = prepare(Arc::clone(&rules))?;
    let mut every_rule = with_own(&own, &args.files)?;
    every_rule.enable_all();
    let with_disabled = prepare(Arc::new(every_rule))?;
    let origin = Origin::file(BlobPath::from_bytes(*b"example"), "example".into());
    let examples = own.examples();
    let mut errors = Vec::new();
    for example in &examples {
        let is_usual = rules.get(example.rule.as_str()).is_some();
        let detector = if is_usual { &detector } else { &with_disabled };
        let detections = detector.scan_bytes(&example.text, &origin);
        let findings: Vec<Finding> = detections.into_iter().map(|d| d.finding).collect();
        errors.extend(
            example
                .check(&findings)
                .err()
                .map(|error| error.to_string()),
        );
    }
    for (rule, path, text) in own.files() {
        let own_examples: Vec<Example> = examples
            .iter()
            .filter(|example| example.rule == rule.id)
            .cloned()
            .collect();
        let missing = rule::missing(rule, &own_examples).into_iter();
        errors.extend(missing.map(|missing| format!("{path}: {missing}")));
        let found = detector.scan_bytes(text.as_bytes(), &origin).into_iter();
        let tokens = found.filter(|found| is_token(&found.finding, &rules));
        errors.extend(tokens.map(|found| {
            let Finding {
                rule_id, location, ..
            } = found.finding;
            let line = location.start.line;
            format!("{path}:{line}: looks like a live credential to {rule_id}: give it in parts")
        }));
    }
    for error in &errors {
        terminal::say(&format!("error: {error}"));
    }
    let mut checked = vec![plural(own.iter().len(), "rule", "rules")];
    if own.formats().len() > 0 {
        checked.push(plural(own.formats().len(), "file format", "file formats"));
    }
    checked.push(plural(examples.len(), "example", "examples"));
    terminal::say(&format!("{}, {} failed", checked.join(", "), errors.len()));
    Ok(ExitStatus::new(errors.is_empty(), true))
}
