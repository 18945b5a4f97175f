//! Options of commands that open archives.

use clap::Args;

use super::plan::Plan;
use crate::archive::ArchiveLimits;
use crate::model::PathPatterns;
use crate::scan::ArchiveOptions;

/// Options of commands that open archives if asked to.
#[derive(Clone, Debug, Args)]
pub(super) struct ArchiveArgs {
    /// Open archives and compressed files, and scan their contents
    ///
    /// zip (jar, whl, nupkg, docx), tar, gzip, bzip2, xz, zstd, images of Docker and OCI, Git bundles, also inside each other.
    /// A file in an archive is reported as `outer.zip!inner/path`. Nothing is unpacked to disk. Encrypted and damaged archives,
    /// and those that exceed a limit, are errors (exit code 2).
    #[arg(long, help_heading = "Archives")]
    archives: bool,

    #[command(flatten)]
    limits: ArchiveLimitArgs,
}

/// Options of commands that open archives unless asked not to.
#[derive(Clone, Debug, Args)]
pub(super) struct NoArchiveArgs {
    /// Scan archives and compressed files as they are stored, without their contents
    #[arg(long, help_heading = "Archives")]
    no_archives: bool,

    #[command(flatten)]
    limits: ArchiveLimitArgs,
}

/// The limits of each outermost archive.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Archives")]
pub(super) struct ArchiveLimitArgs {
    /// Open archives in archives up to this depth; a compressed tar counts once
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=32))]
    max_archive_depth: u8,

    /// Stop if an archive unpacks to more than this [default: 16 GiB]
    #[arg(long, value_name = "BYTES")]
    max_archive_bytes: Option<u64>,

    /// Stop if an archive has more entries than this [default: 1000000]
    #[arg(long, value_name = "N")]
    max_archive_entries: Option<u64>,

    /// Stop if an archive unpacks to more than this many times its size, and to more than 64 MiB [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_archive_ratio: Option<u64>,
}

impl ArchiveLimitArgs {
    fn limits(&self) -> ArchiveLimits {
        let default = ArchiveLimits::default();
        ArchiveLimits {
            depth: self.max_archive_depth.into(),
            bytes: self.max_archive_bytes.unwrap_or(default.bytes),
            entries: self.max_archive_entries.unwrap_or(default.entries),
            ratio: self.max_archive_ratio.unwrap_or(default.ratio),
        }
    }
}

impl ArchiveArgs {
    /// Sets how the plan opens archives, in which excluded paths are not scanned either.
    ///
    /// # Errors
    /// If an excluded path is not a valid pattern.
    pub(super) fn apply(&self, plan: &mut Plan) -> anyhow::Result<()> {
        if self.archives {
            plan.archives = Some(ArchiveOptions {
                limits: self.limits.limits(),
                exclude: PathPatterns::new(&plan.exclude)?,
            });
        }
        Ok(())
    }
}

impl NoArchiveArgs {
    /// Sets how the plan opens archives. Nothing is excluded, as in the rest of a history.
    pub(super) fn apply(&self, plan: &mut Plan) {
        if !self.no_archives {
            plan.archives = Some(ArchiveOptions {
                limits: self.limits.limits(),
                ..ArchiveOptions::default()
            });
        }
    }
}
