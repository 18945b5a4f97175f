//! Builds the plan of a run from options and configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use super::args::ScanOptions;
use super::config_file;
use super::restriction::Restriction;
use crate::config::Config;
use crate::detect::{DetectOptions, Detector, LazyDetector, SimdLevel};
use crate::model::{AllowEntry, Confidence, Secret, Severity};
use crate::rule::RuleSet;
use crate::safe_file::NamedPath;
use crate::scan::{ArchiveOptions, Scan};
use crate::source::RangeOptions;
use crate::suppress::{Baseline, Suppressor};

/// The largest baseline that is read, in bytes.
const MAX_BASELINE: u64 = 64 << 20;

/// The thresholds of listed findings if nothing sets others.
const DEFAULT_CONFIDENCE: Confidence = Confidence::Medium;
const DEFAULT_SEVERITY: Severity = Severity::Info;

/// The variable whose value is the key of the fingerprints of guessable secrets; it wins over the
/// configuration.
const FINGERPRINT_KEY: &str = "TOKENSWEEP_FINGERPRINT_KEY";

/// Everything a scan needs but its source and its reports.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rules: Arc<RuleSet>,
    pub(super) detector: Detector,
    /// The rules that are disabled.
    disabled: Arc<LazyDetector>,
    pub(super) suppressor: Suppressor,
    pub(super) min_confidence: Confidence,
    pub(super) min_severity: Severity,
    pub(super) threads: usize,
    /// Paths that are not scanned.
    pub(super) exclude: Vec<String>,
    /// Options for opening archives; `None` if archives are not opened.
    pub(super) archives: Option<ArchiveOptions>,
    /// The configuration that was read, for the reader of the results.
    pub(super) config_path: Option<PathBuf>,
    /// Settings of the configuration that keep findings out of the result.
    pub(super) restrictions: Vec<Restriction>,
}

/// A source of configuration, baseline and rule files.
pub(super) trait Files {
    /// The text of a file of at most `max` bytes; `None` if the file does not exist.
    fn text(&self, path: &NamedPath, max: u64) -> anyhow::Result<Option<String>>;

    /// Adds the rules of a file, or of all `*.toml` files in a folder.
    fn add_rules(&self, path: &NamedPath, rules: &mut RuleSet) -> anyhow::Result<()>;
}

/// On disk.
#[derive(Debug)]
pub(super) struct Disk;

impl Files for Disk {
    fn text(&self, path: &NamedPath, max: u64) -> anyhow::Result<Option<String>> {
        match path.read_text(max) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn add_rules(&self, path: &NamedPath, rules: &mut RuleSet) -> anyhow::Result<()> {
        rules.add_named(path)?;
        Ok(())
    }
}

/// Settings of a command in addition to options and configuration.
pub(super) struct Additions<'a> {
    /// The source of configuration, baseline and rule files.
    pub(super) files: &'a dyn Files,
    /// The top of the checkout, whose configuration is read unless another is named. `None`: the current
    /// folder's, or that of the repository around it.
    pub(super) root: Option<&'a Path>,
    /// More entries for the allowlist.
    pub(super) allow: Vec<AllowEntry>,
    /// Changes rules after all are there.
    pub(super) change_rules: &'a dyn Fn(&mut RuleSet) -> anyhow::Result<()>,
    /// True to count the findings of rules that a setting disables.
    pub(super) counts_disabled: bool,
}

impl Plan {
    /// Reads configuration, rules and baseline from disk. Flags win over the configuration.
    pub(super) fn new(options: &ScanOptions) -> anyhow::Result<Self> {
        let additions = Additions {
            files: &Disk,
            root: None,
            allow: Vec::new(),
            change_rules: &|_| Ok(()),
            counts_disabled: false,
        };
        Self::with(options, additions)
    }

    /// The same from elsewhere, and with more.
    pub(super) fn with(options: &ScanOptions, additions: Additions<'_>) -> anyhow::Result<Self> {
        let Additions { files, root, .. } = additions;
        let (source, config) = match &options.config {
            Some(path) => config_file::read_named(files, path)?,
            None => config_file::find(files, root)?,
        };
        let mut rules = RuleSet::builtin();
        for path in &config.rules {
            files.add_rules(&source.names("rules", path)?, &mut rules)?;
        }
        select_rules(&mut rules, files, options, &config)?;
        (additions.change_rules)(&mut rules)?;
        for id in config.allow.iter().flat_map(|entry| &entry.rules) {
            rules
                .check_id(id.as_str())
                .context("allowlist: an entry names a rule that does not exist")?;
        }
        let restrictions = restrictions(&config, options);
        let allow: Vec<AllowEntry> = config.allow.into_iter().chain(additions.allow).collect();
        let baseline = match (&options.baseline, &config.baseline) {
            (Some(path), _) => baseline_of(files, &NamedPath::by_operator(path))?,
            (None, Some(path)) => baseline_of(files, &source.names("baseline", path)?)?,
            (None, None) => Baseline::default(),
        };
        let own_token =
            super::ci::system::job_token().map(|token| Secret::new(token.into_encoded_bytes(), 0));
        let disabled = Arc::new(rules.split_off_disabled());
        // Other disabled rules run on request only.
        let is_any_hidden = disabled.iter().any(|rule| rule.enabled);
        let rules = Arc::new(rules);
        let options_of_detect = detect_options()?;
        let mut detector = Detector::new(Arc::clone(&rules), &options_of_detect)
            .context("the rules have too many keywords")?;
        let disabled = Arc::new(LazyDetector::new(disabled, options_of_detect));
        if additions.counts_disabled && is_any_hidden {
            detector = detector.counting(Arc::clone(&disabled));
        }
        let suppressor = Suppressor::default()
            .with_allowlist(&allow)?
            .with_baseline(baseline)
            .with_own_job_token(own_token)
            .with_fingerprint_key(fingerprint_key(config.fingerprint_key))
            .ignoring_inline_markers(options.no_inline_allow);
        Ok(Self {
            detector,
            disabled,
            rules,
            suppressor,
            min_confidence: options
                .min_confidence
                .or(config.min_confidence)
                .unwrap_or(DEFAULT_CONFIDENCE),
            min_severity: options
                .min_severity
                .or(config.min_severity)
                .unwrap_or(DEFAULT_SEVERITY),
            threads: options.threads.map_or_else(default_threads, usize::from),
            exclude: config.exclude,
            archives: None,
            config_path: source.path,
            restrictions,
        })
    }

    /// The options of a scan of commits or of the index.
    pub(super) fn range_options(&self, max_bytes: Option<u64>) -> RangeOptions {
        RangeOptions {
            exclude: self.exclude.clone(),
            max_bytes,
        }
    }

    /// The scan itself.
    pub(super) fn scan(&self) -> Scan<'_> {
        Scan {
            detector: &self.detector,
            suppressor: &self.suppressor,
            min_confidence: self.min_confidence,
            min_severity: self.min_severity,
            threads: self.threads,
            disabled: &self.disabled,
            archives: self.archives.as_ref(),
        }
    }
}

/// Returns the restrictions of the configuration. An option replaces the threshold of the configuration.
fn restrictions(config: &Config, options: &ScanOptions) -> Vec<Restriction> {
    let severity = config
        .min_severity
        .filter(|level| options.min_severity.is_none() && *level > DEFAULT_SEVERITY);
    let confidence = config
        .min_confidence
        .filter(|level| options.min_confidence.is_none() && *level > DEFAULT_CONFIDENCE);
    let rules = config.rules.clone();
    Restriction::of(&config.disable, &config.only, rules, severity, confidence)
}

/// Returns the key of fingerprints: that of the environment, or else of the configuration.
fn fingerprint_key(configured: Option<String>) -> Vec<u8> {
    std::env::var_os(FINGERPRINT_KEY)
        .map(std::ffi::OsString::into_encoded_bytes)
        .or_else(|| configured.map(String::into_bytes))
        .unwrap_or_default()
}

/// Adds the rules of options, selects rules, and adds prefixes of tokens. Options and configuration add up.
fn select_rules(
    rules: &mut RuleSet,
    files: &dyn Files,
    options: &ScanOptions,
    config: &Config,
) -> anyhow::Result<()> {
    for path in &options.rules {
        files.add_rules(&NamedPath::by_operator(path), rules)?;
    }
    let only: Vec<String> = config.only.iter().chain(&options.only).cloned().collect();
    if !only.is_empty() {
        rules.keep_only(&only)?;
    }
    for id in config.enable.iter().chain(&options.enable) {
        rules.enable(id.as_str())?;
    }
    for id in config.disable.iter().chain(&options.disable) {
        rules.disable(id.as_str())?;
    }
    for prefix in config.token_prefixes.iter().chain(&options.token_prefix) {
        rules.add_token_prefix(prefix)?;
    }
    Ok(())
}

/// The environment variable that forces the instructions of the literal search, for tests and measurements.
const SIMD: &str = "TOKENSWEEP_SIMD";

/// Returns the options of the detector: the clock of this machine, and the instruction set that the environment selects.
pub(super) fn detect_options() -> anyhow::Result<DetectOptions> {
    let simd = match std::env::var_os(SIMD).filter(|level| !level.is_empty()) {
        Some(level) => level.to_string_lossy().parse().context(SIMD)?,
        None => SimdLevel::best(),
    };
    Ok(DetectOptions {
        now: now(),
        simd,
        ..DetectOptions::default()
    })
}

/// Seconds since 1970.
pub(super) fn now() -> Option<i64> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_secs()).ok()
}

/// Reads a baseline from a file on disk.
pub(super) fn load_baseline(path: &Path) -> anyhow::Result<Baseline> {
    baseline_of(&Disk, &NamedPath::by_operator(path))
}

fn baseline_of(files: &dyn Files, path: &NamedPath) -> anyhow::Result<Baseline> {
    let about = || format!("cannot read the baseline '{}'", path.path().display());
    let text = files.text(path, MAX_BASELINE).with_context(about)?;
    let text = text.context("file not found").with_context(about)?;
    Baseline::from_json(&text).with_context(about)
}

/// One thread per core that this process may use.
fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
