//! Git configuration of a repository, of its linked worktrees and submodules, of the files they include, and the
//! file that a GitLab runner writes beside it.
//!
//! Each file is passed on once in a scan, however it is reached. An included file is opened only if it is in the
//! repository's own folders after all links are resolved; others are named and not touched.

mod context;
mod folders;
mod include;
mod layout;

use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub(crate) use context::{ClaimedPaths, Roots, ScanContext, lexical};

use super::Visitor;
use super::repository::{Repository, RepositoryError, is_absent};
use crate::model::{Blob, BlobKind, BlobPath, Hint, ItemError, Origin, SkipReason, SkippedItem};
use crate::safe_file::{FileError, open_below};
use folders::RepositoryFolders;

/// The largest file that is read as configuration, in bytes; a larger one is scanned as text.
const MAX_CONFIG: usize = 8 * 1024 * 1024;

/// Maximum nesting of includes; Git has the same bound (`MAX_INCLUDE_DEPTH`).
const MAX_DEPTH: usize = 10;

/// Maximum number of files that one repository may include.
const MAX_INCLUDES: usize = 1000;

/// Files in a Git folder that Git reads as configuration.
const CONFIGURATION: [&str; 2] = ["config", "config.worktree"];

/// Files in a Git folder in which people and tools store credentials: `credential.helper store --file`, and
/// GitLab's `glab`. Their names select parsers.
const CREDENTIALS: [&str; 3] = ["credentials", ".git-credentials", "glab-cli/config.yml"];

/// Passes every configuration file of a repository to the visitor, except for those that another visit has claimed.
/// Missing files are not an error.
pub(crate) fn visit(
    repository: &Repository,
    context: &ScanContext<'_>,
    visitor: &mut dyn Visitor,
) -> ControlFlow<()> {
    let mut visit = ConfigVisit {
        context,
        visitor,
        queue: VecDeque::new(),
        included: 0,
    };
    let mut git_dirs = Vec::new();
    for dir in [&repository.common_dir, &repository.git_dir] {
        match fs::canonicalize(dir) {
            Ok(dir) => git_dirs.extend(layout::git_dirs(&dir, &mut visit)),
            Err(error) => visit.error(dir, &error),
        }
    }
    let mut folders = RepositoryFolders::of(repository);
    for dir in &git_dirs {
        folders.add_linked(dir);
        let candidates = CONFIGURATION
            .iter()
            .map(|name| (name, BlobKind::GitConfig))
            .chain(CREDENTIALS.iter().map(|name| (name, BlobKind::Content)));
        visit
            .queue
            .extend(candidates.map(|(name, kind)| ConfigCandidate {
                path: dir.join(name),
                kind,
                depth: 0,
            }));
    }
    visit
        .queue
        .extend(folders.runner_files().map(|path| ConfigCandidate {
            path,
            kind: BlobKind::GitConfig,
            depth: 0,
        }));
    while let Some(candidate) = visit.queue.pop_front() {
        visit.file(&candidate, &folders)?;
    }
    ControlFlow::Continue(())
}

/// Reports why a `.git` does not lead to a repository. A missing repository is skipped and named, because a
/// submodule is often copied without its superproject. A repository that cannot be read is an error.
pub(crate) fn report(
    error: &RepositoryError,
    context: &ScanContext<'_>,
    visitor: &mut dyn Visitor,
) {
    match error {
        RepositoryError::Missing { dot_git } => visitor.skipped(SkippedItem {
            path: context.display_path(dot_git),
            reason: SkipReason::MissingRepository,
        }),
        RepositoryError::Outside { dot_git } => visitor.skipped(SkippedItem {
            path: context.display_path(dot_git),
            reason: SkipReason::OutsideRepository,
        }),
        RepositoryError::Unreadable { path, .. } => visitor.error(ItemError {
            path: Some(context.display_path(path)),
            message: error.to_string(),
        }),
    }
}

/// A file that may exist.
struct ConfigCandidate {
    /// Its path, in a canonical folder; it may be a link.
    path: PathBuf,
    kind: BlobKind,
    /// Number of includes that lead to it.
    depth: usize,
}

/// One visit.
struct ConfigVisit<'v, 's> {
    context: &'v ScanContext<'s>,
    visitor: &'v mut dyn Visitor,
    queue: VecDeque<ConfigCandidate>,
    included: usize,
}

impl ConfigVisit<'_, '_> {
    /// Passes on one file and queues the files that it includes.
    fn file(
        &mut self,
        candidate: &ConfigCandidate,
        folders: &RepositoryFolders,
    ) -> ControlFlow<()> {
        let canonical = match fs::canonicalize(&candidate.path) {
            Ok(canonical) => canonical,
            Err(error) if is_absent(&error) => return ControlFlow::Continue(()),
            Err(error) => {
                self.error(&candidate.path, &error);
                return ControlFlow::Continue(());
            }
        };
        if !folders.permit(&canonical) && !self.is_shared_config(candidate, &canonical) {
            self.skipped(self.context.display_path(&candidate.path));
            return ControlFlow::Continue(());
        }
        let kind = match fs::metadata(&canonical) {
            Ok(meta) if meta.is_dir() => return ControlFlow::Continue(()),
            Ok(meta) => Ok(meta.is_file()),
            Err(error) => Err(error),
        };
        let opened = match kind {
            Ok(true) if !self.claim(&canonical) => return ControlFlow::Continue(()),
            Ok(true) => open(&canonical),
            Ok(false) => {
                self.visitor.count_skipped(SkipReason::SpecialFile);
                return ControlFlow::Continue(());
            }
            Err(error) => Err(error),
        };
        match opened {
            Ok((start, rest)) => self.hand_out(candidate, &canonical, folders, &start, rest),
            Err(error) => {
                self.error(&canonical, &error);
                ControlFlow::Continue(())
            }
        }
    }

    /// Passes on the content of a file: its start, and the rest if it is too large to be read as configuration.
    fn hand_out(
        &mut self,
        candidate: &ConfigCandidate,
        canonical: &Path,
        folders: &RepositoryFolders,
        start: &[u8],
        rest: Option<File>,
    ) -> ControlFlow<()> {
        let on_disk = self.context.roots.display(canonical);
        let path = (self.context.relative)(&on_disk);
        let mut kind = candidate.kind;
        if kind == BlobKind::GitConfig {
            if rest.is_some() {
                kind = BlobKind::Content;
                self.error(
                    canonical,
                    "larger than 8 MiB: scanned as text, not read as Git configuration",
                );
            } else {
                include::queue(self, candidate, start, folders);
            }
        }
        let mut whole = start;
        let mut chained;
        let content: &mut dyn Read = match rest {
            None => &mut whole,
            Some(rest) => {
                chained = whole.chain(rest);
                &mut chained
            }
        };
        self.visitor.blob(Blob {
            hint: Hint {
                path: path.as_bytes(),
                kind,
                charset: None,
                is_checked_out: true,
            },
            content,
            origin: &|| Origin {
                kind,
                ..Origin::file(path.clone(), on_disk.clone())
            },
        })
    }

    /// Returns true for `config` as a link to the `config` of another scanned repository (Git's `git-new-workdir`,
    /// Android's `repo`).
    fn is_shared_config(&self, candidate: &ConfigCandidate, canonical: &Path) -> bool {
        candidate.depth == 0
            && candidate.path.ends_with("config")
            && canonical.ends_with("config")
            && self.context.roots.contain(canonical)
    }

    fn claim(&self, canonical: &Path) -> bool {
        self.context.claimed.claim(canonical)
    }

    fn skipped(&mut self, path: BlobPath) {
        self.visitor.skipped(SkippedItem {
            path,
            reason: SkipReason::OutsideInclude,
        });
    }

    fn error(&mut self, path: &Path, reason: impl Display) {
        self.visitor.error(ItemError {
            path: Some(self.context.display_path(path)),
            message: format!("Git configuration: {reason}"),
        });
    }
}

/// Opens a file; returns its first bytes and, if there are more, the rest of the file.
fn open(path: &Path) -> io::Result<(Vec<u8>, Option<File>)> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(FileError::NotRegular.into());
    };
    let mut file = open_below(folder, Path::new(name))?;
    let mut start = Vec::new();
    (&mut file)
        .take(MAX_CONFIG as u64 + 1)
        .read_to_end(&mut start)?;
    let more = start.len() > MAX_CONFIG;
    Ok((start, more.then_some(file)))
}

#[cfg(test)]
mod tests;
