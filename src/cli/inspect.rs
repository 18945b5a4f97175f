//! `tokensweep inspect`: one token, explained offline.

use std::io::{self, IsTerminal as _, Read as _};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::verify::VerifyLevelArgs;
use super::{plan, terminal};
use crate::detect::Detector;
use crate::exit::ExitStatus;
use crate::model::{
    BlobPath, Confidence, Finding, Liveness, Origin, Owner, Remediation, RuleId, Secret, Severity,
    Verification,
};
use crate::report::verification_facts;
use crate::rule::{Rule, RuleSet};

/// The longest text that is read as a token, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Rejected: arguments end up in the shell's history and in the process list
    #[arg(hide = true)]
    token: Option<String>,

    /// Output format
    #[arg(short, long, default_value = "text")]
    format: InspectFormat,

    /// Also recognize personal access tokens with this prefix
    #[arg(long, value_name = "PREFIX")]
    token_prefix: Vec<String>,

    #[command(flatten)]
    verify: VerifyLevelArgs,
}

/// Output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InspectFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// The known facts about a token. Keys are added in later versions, never changed.
#[derive(Serialize)]
struct Explanation<'a> {
    schema_version: u32,
    recognised: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<&'a RuleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    secret: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Confidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    message: String,
    #[serde(skip_serializing_if = "Owner::is_empty")]
    owner: Owner,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<&'a str>,
    liveness: Liveness,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<&'a Verification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(rename = "remedies")]
    remediations: Vec<&'a Remediation>,
}

/// Reads a token and describes it. Ends with 0 if it is recognised, else with 1.
pub(super) fn run(args: &InspectArgs) -> anyhow::Result<ExitStatus> {
    if args.token.is_some() {
        bail!(
            "arguments end up in the shell's history and in the process list; pass the token on \
             standard input, or type it at the prompt"
        );
    }
    let verifier = args.verify.verifier(&Arc::default())?;
    let token = read_token()?;
    if token.is_empty() {
        bail!("no token on standard input");
    }
    let mut rules = RuleSet::every_builtin();
    for prefix in &args.token_prefix {
        rules.add_token_prefix(prefix)?;
    }
    let rules = Arc::new(rules);
    let detector = Detector::new(Arc::clone(&rules), &plan::detect_options()?)?;
    let mut finding = whole_finding(&detector, &token);
    if let (Some(finding), Some(verifier)) = (&mut finding, &verifier) {
        verifier.ask(std::slice::from_mut(finding), &rules);
    }
    let rule = finding
        .as_ref()
        .and_then(|finding| rules.get(finding.rule_id.as_str()));
    let explanation = explain(&token, finding.as_ref(), rule);
    let text = match args.format {
        InspectFormat::Json => serde_json::to_string_pretty(&explanation)? + "\n",
        InspectFormat::Text => in_words(&explanation),
    };
    terminal::print(&text)?;
    Ok(ExitStatus::new(true, finding.is_some()))
}

/// One token, without the white space around it; typed without echo where there is a person.
fn read_token() -> anyhow::Result<Vec<u8>> {
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Token (not shown): ");
        return Ok(typed
            .context("cannot read from the terminal")?
            .trim()
            .as_bytes()
            .to_vec());
    }
    let mut text = Vec::new();
    io::stdin()
        .take(MAX_TOKEN + 1)
        .read_to_end(&mut text)
        .context("cannot read standard input")?;
    if text.len() as u64 > MAX_TOKEN {
        bail!("input is longer than {MAX_TOKEN} bytes; use `tokensweep stdin` to scan a stream");
    }
    Ok(text.trim_ascii().to_vec())
}

/// Returns the engine's finding of the token, if it covers the token from its first byte to its last. The name
/// of a cookie may precede it.
fn whole_finding(detector: &Detector, token: &[u8]) -> Option<Finding> {
    let origin = Origin::file(BlobPath::from_bytes(*b"token"), "token".into());
    let labelled = [b"_gitlab_session=", token].concat();
    [token, &labelled[..]].into_iter().find_map(|text| {
        let detections = detector.scan_bytes(text, &origin);
        let whole = detections.into_iter().map(|detection| detection.finding);
        whole.into_iter().find(|finding| {
            text.ends_with(finding.secret.reveal()) && {
                let before = text.len() - finding.secret.len();
                before == 0 || text[..before].ends_with(b"=")
            }
        })
    })
}

fn explain<'a>(
    token: &[u8],
    finding: Option<&'a Finding>,
    rule: Option<&'a Rule>,
) -> Explanation<'a> {
    Explanation {
        schema_version: 1,
        recognised: finding.is_some(),
        rule_id: finding.map(|finding| &finding.rule_id),
        title: finding.map(|finding| &*finding.title),
        secret: finding.map_or_else(|| Secret::guessable(token), |finding| finding.secret.clone()),
        confidence: finding.map(|finding| finding.confidence),
        severity: finding.map(|finding| finding.severity),
        message: finding.map_or_else(
            || {
                "No rule recognizes this text as a token. Tokens without a prefix (20 letters and digits) \
                 cannot be distinguished from other text."
                    .to_owned()
            },
            |finding| finding.message.to_string(),
        ),
        owner: finding.map(|finding| finding.owner.clone()).unwrap_or_default(),
        expires_at: finding.and_then(|finding| finding.expires_at.as_deref()),
        liveness: finding.map_or(Liveness::Unknown, |finding| finding.liveness),
        verification: finding.and_then(|finding| finding.verification.as_deref()),
        description: rule.map(|rule| rule.description.as_str()),
        remediations: finding.map_or_else(Vec::new, |finding| finding.remediations.iter().map(|item| &**item).collect()),
    }
}

/// The explanation as a page of text.
fn in_words(known: &Explanation<'_>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| text.push_str(&format!("{name:<12}{value}\n"));
    line("token", &known.secret.redacted());
    line("known as", &known.message);
    if let (Some(confidence), Some(severity)) = (known.confidence, known.severity) {
        line("confidence", confidence.as_str());
        line("severity", severity.as_str());
    }
    if !known.owner.is_empty() {
        line("owner", &known.owner.to_string());
    }
    if let Some(end) = known.expires_at {
        let dead = if known.liveness == Liveness::Dead && known.verification.is_none() {
            " (expired)"
        } else {
            ""
        };
        line("expires", &format!("{end}{dead}"));
    }
    if let Some(verification) = known.verification {
        for (label, value) in verification_facts(known.liveness, verification) {
            line(label, &value);
        }
    }
    if let Some(description) = known.description {
        text.push_str(&format!("\nWhat it opens\n\n{}\n", description.trim()));
    }
    if !known.remediations.is_empty() {
        text.push_str("\nRemediation, best first\n");
    }
    for remedy in &known.remediations {
        text.push_str(&format!("\n- {}", remedy.action));
        if let Some(who) = &remedy.who {
            text.push_str(&format!(" ({who})"));
        }
        text.push('\n');
        for command in remedy
            .command
            .iter()
            .flat_map(|command| command.trim().lines())
        {
            text.push_str(&format!("    {command}\n"));
        }
        if let Some(caution) = &remedy.caution {
            text.push_str(&format!("  Careful: {caution}\n"));
        }
    }
    text
}
