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
    /// Skipped items that deserve a name (a configuration file outside the
    /// repository, say), sorted by path. Plain exclusions are only counted, in `stats`.
    pub skipped: Vec<SkippedItem>,
    /// What could not be read. Not empty: the scan is incomplete, exit code 2.
    pub errors: Vec<ItemError>,
    /// What the reader should know besides.
    pub notes: Vec<Note>,
    /// What keeps findings or files out of the result by a choice of paths or commits, and how much it
    /// does.
    pub exclusions: Vec<Exclusion>,
    /// How much was looked at.
    pub stats: Stats,
    /// Secrets that are not among the findings and must not be shown either. In no report.
    pub secrets_seen: SecretsSeen,
}

/// A finding that does not count, with the reason.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding as it would have been reported.
    pub finding: Finding,
    /// What suppressed it.
    pub kind: SuppressionKind,
    /// The reason in words, if there is one.
    pub justification: Option<String>,
}

words! {
    /// What suppressed a finding.
    pub enum SuppressionKind {
        /// A marker on its line.
        Inline = "inline",
        /// An entry of the configuration's allowlist.
        Allowlist = "allowlist",
        /// Its fingerprint is in the baseline.
        Baseline = "baseline",
        /// It is the running job's own token, which ends with the job.
        OwnJobToken = "own-job-token",
    }
}

impl SuppressionKind {
    /// The kind in words, after "set aside".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Inline => "by a marker on the line",
            Self::Allowlist => "by the allowlist",
            Self::Baseline => "by the baseline",
            Self::OwnJobToken => "as the running job's own token",
        }
    }
}

/// An item that was skipped on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkippedItem {
    /// What.
    pub path: BlobPath,
    /// Why.
    pub reason: SkipReason,
}

words! {
    /// Why an item was skipped.
    pub enum SkipReason {
        /// Ignored by Git and not tracked.
        Ignored = "ignored",
        /// A symbolic link, which is not followed.
        SymbolicLink = "symbolic-link",
        /// A socket, pipe or device.
        SpecialFile = "special-file",
        /// Excluded by the configuration's paths.
        Excluded = "excluded",
        /// Git configuration that names a file outside the repository, which is not opened.
        OutsideInclude = "outside-include",
        /// A `.git` that names a repository which is not there.
        MissingRepository = "missing-repository",
        /// A `.git` that names a repository outside, which is not opened.
        OutsideRepository = "outside-repository",
        /// Objects, indexes and the like, which Git stores in forms of its own.
        GitStore = "git-store",
        /// A Git LFS pointer, whose content is not in the repository.
        LfsPointer = "lfs-pointer",
        /// An archive, of which only the stored bytes are scanned.
        Archive = "archive",
        /// A ref of Git notes, which no range contains.
        GitNotes = "git-notes",
    }
}

impl SkipReason {
    /// The reason in words, for a count of `files`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Ignored => "ignored by Git and not tracked",
            Self::SymbolicLink => "symbolic links",
            Self::SpecialFile => "sockets, pipes or devices",
            Self::Excluded => "excluded by configuration",
            Self::OutsideInclude => "Git includes outside the repository, not opened",
            Self::MissingRepository => "`.git` links to a repository that is not there",
            Self::OutsideRepository => "`.git` links to a repository outside, not opened",
            Self::GitStore => "Git objects and indexes (see `tokensweep history`)",
            Self::LfsPointer => {
                "Git LFS pointers, whose content is not scanned (`git lfs pull`, then `tokensweep scan`)"
            }
            Self::Archive => "archives, not opened (`--archives` opens them)",
            Self::GitNotes => "refs of Git notes (see `tokensweep history --refs`)",
        }
    }
}

/// One thing that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemError {
    /// What, if it has a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<BlobPath>,
    /// What went wrong, and what to do about it. Never holds a secret.
    pub message: String,
}

/// A choice of paths or commits that keeps findings out of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exclusion {
    /// Where the choice was made.
    pub by: ExclusionSource,
    /// The name of the variable, option or file.
    pub name: String,
    /// Its value, or patterns of paths.
    pub patterns: Vec<String>,
    /// False if the change that is scanned could have made the choice itself.
    pub trusted: bool,
    /// Number of findings that it suppressed.
    pub findings: u64,
    /// How many files were not scanned for it.
    pub files: u64,
    /// True if it chose which commits are scanned, so that how much it hid is unknown.
    pub limits_commits: bool,
}

words! {
    /// Where an exclusion comes from.
    pub enum ExclusionSource {
        /// A variable of the job.
        Variable = "variable",
        /// An option of the command line.
        Option = "option",
        /// A configuration file.
        Configuration = "configuration",
    }
}

/// Something the reader should know that is no failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// The sentence.
    pub message: String,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Blobs scanned to their end.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Repositories met.
    pub repositories: u64,
    /// Number of skipped items, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Findings below the asked-for confidence or severity, which are in no list.
    pub below_threshold: u64,
    /// The rules that ran, sorted.
    pub rules: Vec<RuleId>,
}

impl Outcome {
    /// True if everything that should have been scanned was.
    pub fn is_complete(&self) -> bool {
        self.errors.is_empty()
    }
}
