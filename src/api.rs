//! The library's public interface: rules, a scanner, and the report of a scan.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::detect::{DetectOptions, Detector, LazyDetector};
use crate::model::{BlobPath, Confidence, Finding, Outcome, Severity};
use crate::report::{Format, Input, Options, RuleInfo, ScanInfo};
use crate::rule::RuleSet;
use crate::scan::{Progress, Scan};
use crate::source::{FileTree, Source, Stream, TreeOptions};
use crate::suppress::Suppressor;

/// An error that prevents a scan. Unreadable files do not: they are in [`Report::errors`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The rules of a scan.
#[derive(Debug)]
pub struct Rules(RuleSet);

impl Rules {
    /// Returns the built-in rules that are on by default.
    pub fn builtin() -> Self {
        Self(RuleSet::builtin())
    }

    /// Adds a rule file, or every rule file of a folder.
    ///
    /// # Errors
    /// If a file cannot be read, is not a valid rule, or has the id of another rule.
    pub fn add_path(&mut self, path: &Path) -> Result<(), Error> {
        self.0.add_path(path).map(drop).map_err(Error::new)
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// If no rule has that id.
    pub fn disable(&mut self, id: &str) -> Result<(), Error> {
        self.0.disable(id).map_err(Error::new)
    }

    /// Adds a built-in rule that is off by default.
    ///
    /// # Errors
    /// If no rule has that id.
    pub fn enable(&mut self, id: &str) -> Result<(), Error> {
        self.0.enable(id).map_err(Error::new)
    }

    /// Returns the ids of the rules, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|rule| rule.id.as_str())
    }
}

/// Scans files and texts. Inline markers (`tokensweep:allow`) suppress findings; configuration files and
/// environment variables have no effect.
#[derive(Debug)]
pub struct Scanner {
    rules: Arc<RuleSet>,
    detector: Detector,
    disabled: LazyDetector,
    suppressor: Suppressor,
    min_confidence: Confidence,
    min_severity: Severity,
    threads: usize,
}

impl Scanner {
    /// Prepares a scan with all cores, which reports findings of medium confidence and above.
    ///
    /// # Errors
    /// If the rules have too many keywords.
    pub fn new(rules: Rules) -> Result<Self, Error> {
        let mut rules = rules.0;
        let disabled = Arc::new(rules.split_off_disabled());
        let rules = Arc::new(rules);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let options = DetectOptions {
            now: now.and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok()),
            ..DetectOptions::default()
        };
        Ok(Self {
            detector: Detector::new(Arc::clone(&rules), &options).map_err(Error::new)?,
            disabled: LazyDetector::new(disabled, options),
            rules,
            suppressor: Suppressor::default(),
            min_confidence: Confidence::Medium,
            min_severity: Severity::Info,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        })
    }

    /// Omits findings of lower confidence.
    #[must_use]
    pub fn min_confidence(mut self, confidence: Confidence) -> Self {
        self.min_confidence = confidence;
        self
    }

    /// Omits findings of lower severity.
    #[must_use]
    pub fn min_severity(mut self, severity: Severity) -> Self {
        self.min_severity = severity;
        self
    }

    /// Sets the number of threads, at least one.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Scans files and folders like `tokensweep scan`: with the Git configuration beside them, and without
    /// untracked files that Git ignores.
    ///
    /// # Errors
    /// If none of the paths exists.
    pub fn scan_paths(&self, paths: impl IntoIterator<Item = PathBuf>) -> Result<Report, Error> {
        let paths = paths.into_iter().collect();
        let tree = FileTree::new(paths, TreeOptions::default()).map_err(Error::new)?;
        Ok(self.scan(&tree))
    }

    /// Scans a stream, which is read in constant memory. `path` names it in the report; a name such as `.npmrc`
    /// also selects the grammar.
    pub fn scan_reader(&self, path: &str, content: impl io::Read + Send) -> Report {
        self.scan(&Stream::new(content, BlobPath::from_bytes(path.as_bytes())))
    }

    fn scan(&self, source: &dyn Source) -> Report {
        let scan = Scan {
            detector: &self.detector,
            suppressor: &self.suppressor,
            min_confidence: self.min_confidence,
            min_severity: self.min_severity,
            threads: self.threads,
            disabled: &self.disabled,
            archives: None,
        };
        let seconds = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
        };
        let started_at = seconds();
        let mut outcome = scan.run(source, &Progress::default());
        scan.learn_names(&mut outcome);
        outcome.stats.rules = self.rules.ids();
        self.suppressor
            .publish_fingerprints(&mut outcome, self.threads);
        Report {
            outcome,
            rules: self.rules.iter().map(RuleInfo::from).collect(),
            scan: ScanInfo {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                url: Some(env!("CARGO_PKG_HOMEPAGE").to_owned()),
                started_at,
                ended_at: seconds(),
                ..ScanInfo::default()
            },
        }
    }
}

/// The result of a scan.
#[derive(Debug)]
pub struct Report {
    outcome: Outcome,
    rules: Vec<RuleInfo>,
    scan: ScanInfo,
}

impl Report {
    /// Returns the findings, sorted by location. Their texts may contain control characters from file names;
    /// [`Report::write`] escapes them.
    pub fn findings(&self) -> &[Finding] {
        &self.outcome.findings
    }

    /// Returns a message for each unreadable file.
    pub fn errors(&self) -> impl Iterator<Item = String> {
        self.outcome.errors.iter().map(|error| match &error.path {
            Some(path) => format!("{path}: {}", error.message),
            None => error.message.clone(),
        })
    }

    /// Returns true if all content was read.
    pub fn is_complete(&self) -> bool {
        self.outcome.is_complete()
    }

    /// Writes the report in a format, with every secret redacted.
    ///
    /// # Errors
    /// If `out` returns an error.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let input = Input {
            outcome: &self.outcome,
            rules: &self.rules,
            scan: &self.scan,
            options: &Options::default(),
        };
        format.write(&input, out)
    }
}
