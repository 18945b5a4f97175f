//! Reports: one writer for each format, with a finished outcome as input.
//!
//! [`Format::write`] cleans the outcome once (see `scrub`), so that no format can forget to escape a name from
//! an untrusted file or to redact a secret in a text. [`sink`] writes reports to files.

mod annotations;
mod codequality;
mod cut;
mod gitlab;
mod html;
pub mod json;
mod junit;
mod ordinal;
mod place;
mod prefix_index;
mod redact;
mod rule_info;
mod sarif;
mod scrub;
pub mod sink;
mod text;
mod views;
mod wording;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::str::FromStr;

use crate::model::{Outcome, RuleId, Secret};

pub use place::encode as url_path;
pub use rule_info::RuleInfo;
pub use wording::verification_facts;

/// The input of a report.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The result of the scan, without findings below the thresholds.
    pub outcome: &'a Outcome,
    /// The rules that ran, in any order.
    pub rules: &'a [RuleInfo],
    /// The scan as a whole.
    pub scan: &'a ScanInfo,
    /// The options of the user.
    pub options: &'a Options,
}

/// Facts about the scan as a whole, which the caller provides.
#[derive(Clone, Debug, Default)]
pub struct ScanInfo {
    /// Version of the program.
    pub version: String,
    /// Home page of the program: an absolute URL.
    pub url: Option<String>,
    /// The start of the scan in seconds since 1970, UTC. Only `gitlab` shows it.
    pub started_at: u64,
    /// The end of the scan in seconds since 1970, UTC. Only `gitlab` shows it.
    pub ended_at: u64,
    /// The checked-out commit: full object id.
    pub commit: Option<String>,
    /// The page of the project on its GitLab, an absolute URL, if the program was started in the top folder of
    /// its checkout. Locations are linked to it.
    pub project_url: Option<String>,
    /// Pages about this run. Only `annotations` shows them.
    pub links: Vec<Link>,
}

/// A link to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The text of the link.
    pub label: String,
    /// An absolute URL.
    pub url: String,
}

/// Options for reports.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Colour `text` with ANSI sequences.
    pub color: bool,
    /// Omit the summary in `text`.
    pub quiet: bool,
    /// Show secrets in full in `text` and `json`. Other formats ignore it.
    pub show_secrets: bool,
    /// Put the secret in clear into `gitlab`, for GitLab's validity checks.
    pub raw_secrets: bool,
    /// Put GitLab's own identifier first in `gitlab`. In a public project this can make GitLab
    /// revoke the token.
    pub gitlab_identifiers: bool,
    /// List suppressed findings in `sarif` and `junit`, marked as such.
    pub list_suppressed: bool,
}

/// Makes an outcome safe to show: every text printable, without secrets. For commands that show parts of it
/// besides a report.
pub fn cleaned(outcome: Outcome) -> Outcome {
    scrub::outcome(outcome)
}

/// Returns a text that is safe to show: printable, with its line breaks, without `secrets` and passwords in
/// URLs.
pub fn safe_text<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    scrub::text(text, secrets)
}

/// Returns a text that is printable, with its line breaks. It may contain secrets.
pub fn printable_text(text: &str) -> String {
    scrub::printable_block(text)
}

/// The input of all formats of one run: cleaned, with every rule that a finding names.
#[derive(Debug)]
pub struct View<'a> {
    outcome: Outcome,
    /// The rules that ran, and every rule that a finding names: GitLab rejects a result whose rule is missing.
    rules: BTreeMap<RuleId, RuleInfo>,
    scan: ScanInfo,
    options: &'a Options,
}

impl<'a> View<'a> {
    /// Cleans the input once.
    pub fn new(
        outcome: Outcome,
        rules: &[RuleInfo],
        scan: &ScanInfo,
        options: &'a Options,
    ) -> Self {
        let (outcome, scan) = scrub::outcome_of(outcome, scan);
        let mut all_rules: BTreeMap<RuleId, RuleInfo> = rules
            .iter()
            .map(|rule| (rule.id.clone(), scrub::rule(rule)))
            .collect();
        for finding in outcome.all_findings() {
            let rule = all_rules.entry(finding.rule_id.clone());
            rule.or_insert_with(|| RuleInfo::of_finding(finding));
        }
        Self {
            rules: all_rules,
            outcome,
            scan,
            options,
        }
    }

    /// Returns the outcome, safe to show.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// Declares the formats: a variant, its name in options, a description of one line, and the function that writes
/// the whole report.
macro_rules! formats {
    ($($variant:ident = $name:literal, $about:literal, $write:path;)+) => {
        /// The report formats.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format { $(#[doc = concat!("The format `", $name, "`.")] $variant),+ }

        impl Format {
            /// Every format, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name of the format in options.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Returns a description of one line.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }

            fn write_unbuffered(self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
                match self { $(Self::$variant => $write(view, out)),+ }
            }
        }
    };
}

// A new format needs a file and a line here.
formats! {
    Text = "text", "for people at a terminal", text::write;
    Json = "json", "for programs: everything the other formats have", json::write;
    Sarif = "sarif",
        "SARIF 2.1.0 for GitLab 18.11 and newer (read by default from 19.1), GitHub and editors", sarif::write;
    Gitlab = "gitlab", "GitLab's secret detection report, for GitLab 16.0 and newer (Ultimate)", gitlab::write;
    Codequality = "codequality", "GitLab's Code Quality report, shown on every tier", codequality::write;
    Junit = "junit", "JUnit: a failed test for each finding", junit::write;
    Html = "html", "a page for people, in one file", html::write;
    Annotations = "annotations", "links for the page of a job of GitLab 16.3 and newer", annotations::write;
}

impl Format {
    /// Returns true if the report shows [`ScanInfo::commit`].
    pub fn names_commit(self) -> bool {
        matches!(
            self,
            Self::Json | Self::Gitlab | Self::Html | Self::Annotations
        )
    }

    /// Returns true if the report shows the fingerprints of findings.
    pub fn shows_fingerprints(self) -> bool {
        !matches!(self, Self::Text | Self::Annotations)
    }

    /// Writes the whole report to `out`, in large pieces, and flushes it. The same input gives the same bytes.
    ///
    /// # Errors
    /// Errors of `out` only.
    pub fn write(self, input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Input {
            outcome,
            rules,
            scan,
            options,
        } = *input;
        self.write_view(&View::new(outcome.clone(), rules, scan, options), out)
    }

    /// Writes one of several formats with the same input.
    ///
    /// # Errors
    /// Errors of `out` only.
    pub fn write_view(self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        self.write_unbuffered(view, &mut out)?;
        out.flush()
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is not a report format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    word: String,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = scrub::printable(&self.word);
        write!(f, "'{word}' is not a report format; use one of ")?;
        for (i, format) in Format::ALL.iter().enumerate() {
            write!(f, "{}{format}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.name() == word)
            .ok_or_else(|| UnknownFormat {
                word: word.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_format_by_name() {
        for &format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let error = "xml\x1b[2J".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            error,
            r"'xml\x1b[2J' is not a report format; use one of text, json, sarif, gitlab, codequality, junit, html, annotations"
        );
    }
}
