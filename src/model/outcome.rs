//! The result of a scan, from which reports are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{BlobPath, Finding, RuleId, SecretsSeen};

/// The result of a scan, complete and sorted.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The findings, in [`Finding::output_order`].
    pub findings: Vec<Finding>,
    /// Suppressed findings with their reasons, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// Skipped items that are listed by name (a configuration file outside the repository, say),
    /// sorted by path. Plain exclusions are only counted, in `stats`.
    pub skipped: Vec<SkippedItem>,
    /// Items that could not be read. If there are any, the scan is incomplete: exit code 2.
    pub errors: Vec<ItemError>,
    /// Further messages for the reader.
    pub notes: Vec<Note>,
    /// Choices of paths or commits that keep findings or files out of the result, and their effect.
    pub exclusions: Vec<Exclusion>,
    /// The amount of scanned content.
    pub stats: Stats,
    /// Secrets that are not among the findings and must not be shown either. In no report.
    pub secrets_seen: SecretsSeen,
}

impl Outcome {
    /// Adds a note, in the order of messages, unless the outcome has it.
    pub fn add_note(&mut self, message: impl Into<String>) {
        let message = message.into();
        self.notes.push(Note { message });
        self.notes.sort();
        self.notes.dedup();
    }
}

/// A suppressed finding, with the reason.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding as it would have been reported.
    pub finding: Finding,
    /// The mechanism that suppressed it.
    pub kind: SuppressionKind,
    /// The reason in words, if any.
    pub justification: Option<String>,
}

words! {
    /// A mechanism that suppresses findings. The descriptions follow "suppressed".
    pub enum SuppressionKind {
        /// A marker on its line.
        Inline = "inline" => "by a marker on the line",
        /// An entry of the configuration's allowlist.
        Allowlist = "allowlist" => "by the allowlist",
        /// Its fingerprint is in the baseline.
        Baseline = "baseline" => "by the baseline",
        /// It is the token of the running job, which expires with the job.
        OwnJobToken = "own-job-token" => "as the running job's own token",
    }
}

/// An item that was skipped on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkippedItem {
    /// The path of the item.
    pub path: BlobPath,
    /// The reason.
    pub reason: SkipReason,
}

words! {
    /// The reason why an item was skipped. The descriptions follow a number of files.
    pub enum SkipReason {
        /// Ignored by Git and not tracked.
        Ignored = "ignored" => "ignored by Git and not tracked",
        /// A symbolic link, which is not followed.
        SymbolicLink = "symbolic-link" => "symbolic links",
        /// A socket, pipe or device.
        SpecialFile = "special-file" => "sockets, pipes or devices",
        /// Excluded by the configuration's paths.
        Excluded = "excluded" => "excluded by configuration",
        /// Git configuration that names a file outside the repository, which is not opened.
        OutsideInclude = "outside-include" => "Git includes outside the repository, not opened",
        /// A `.git` that names a missing repository.
        MissingRepository = "missing-repository" => "`.git` links to a repository that is not there",
        /// A `.git` that names a repository outside of the root, which is not opened.
        OutsideRepository = "outside-repository" => "`.git` links to a repository outside, not opened",
        /// Objects, indexes and other files in Git's own formats.
        GitStore = "git-store" => "Git objects and indexes (see `tokensweep history`)",
        /// Contents of Git LFS in a Git folder.
        LfsObjects = "lfs-objects" => "folders of Git LFS objects (`tokensweep scan .git/lfs/objects`)",
        /// A Git LFS pointer, whose content is not in the repository.
        LfsPointer = "lfs-pointer" => "Git LFS pointers, whose content is not scanned (`git lfs pull`, then `tokensweep scan`)",
        /// An archive, whose stored bytes only are scanned.
        Archive = "archive" => "archives, not opened (`--archives` opens them)",
        /// A ref of Git notes, which no range contains.
        GitNotes = "git-notes" => "refs of Git notes (see `tokensweep history --refs`)",
    }
}

/// An item that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemError {
    /// The path of the item, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<BlobPath>,
    /// The error, and how to fix it. Never contains a secret.
    pub message: String,
}

impl ItemError {
    /// Creates an error; `path` may be missing.
    pub fn new(path: impl Into<Option<BlobPath>>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { path, message }
    }
}

/// A choice of paths or commits that keeps findings out of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exclusion {
    /// The source of the choice.
    pub by: ExclusionSource,
    /// The name of the variable, option or file.
    pub name: String,
    /// Its value, or patterns of paths.
    pub patterns: Vec<String>,
    /// False if the scanned change could have made the choice itself.
    pub trusted: bool,
    /// Number of findings that it suppressed.
    pub findings: u64,
    /// Number of files that were not scanned because of it.
    pub files: u64,
    /// True if it limits the scanned commits, so that the number of hidden findings is unknown.
    pub limits_commits: bool,
    /// True if it disables rules, whose findings are counted.
    #[serde(default)]
    pub limits_rules: bool,
}

words! {
    /// The source of an exclusion.
    pub enum ExclusionSource {
        /// A variable of the job.
        Variable = "variable",
        /// An option of the command line.
        Option = "option",
        /// A configuration file.
        Configuration = "configuration",
    }
}

/// A message for the reader that is not an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// The message, as a sentence.
    pub message: String,
}

/// The amount of scanned content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Blobs scanned to their end.
    pub blobs: u64,
    /// The bytes of these blobs.
    pub bytes: u64,
    /// Number of repositories.
    pub repositories: u64,
    /// Number of skipped items, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Findings below the requested confidence or severity, which are in no list.
    pub below_threshold: u64,
    /// Findings of rules that a setting disables, by rule, if they were counted.
    pub disabled: BTreeMap<RuleId, u64>,
    /// The rules that ran, sorted.
    pub rules: Vec<RuleId>,
}

impl Outcome {
    /// Returns the findings, then the suppressed findings.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let suppressed = self.suppressed.iter().map(|item| &item.finding);
        self.findings.iter().chain(suppressed)
    }

    /// Returns the findings, then the suppressed findings, to be changed.
    pub fn all_findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        let suppressed = self.suppressed.iter_mut().map(|item| &mut item.finding);
        self.findings.iter_mut().chain(suppressed)
    }

    /// Returns true if everything was scanned that should have been.
    pub fn is_complete(&self) -> bool {
        self.errors.is_empty()
    }
}
