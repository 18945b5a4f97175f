//! Determines the files that Git ignores, by ignore rules and the index.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::Gitignore;

use super::ignore_file::{self, BudgetGrant, IgnoreBudget};
use crate::source::tracked::{Tracked, git_path};

/// The name of ignore files.
pub(super) const IGNORE_FILE: &str = ".gitignore";

/// The worktree of a repository.
#[derive(Debug)]
pub(super) struct Worktree {
    /// The topmost folder of it that the walk sees, as the walk spells it.
    pub(super) walked_from: PathBuf,
    /// The path of `walked_from` in the worktree; empty for the top.
    pub(super) prefix: PathBuf,
    /// The tracked paths. `None` if they are unknown: then nothing is ignored.
    pub(super) tracked: Option<Tracked>,
    /// The worktree around this one, if it tracks files in this one.
    pub(super) outer: Option<Arc<Worktree>>,
    /// Number of worktrees around this one.
    pub(super) nesting: usize,
}

/// The rules of one folder of the walk; subfolders inherit them.
#[derive(Clone, Debug, Default)]
pub(super) struct FolderRules {
    /// The worktree that the folder is in.
    worktree: Option<Arc<Worktree>>,
    /// The ignore rules, those of the nearest folder first.
    rules: Option<Arc<RuleChain>>,
    /// True if Git ignores the whole folder: only tracked files are scanned.
    is_whole_ignored: bool,
    /// The kind of Git folder that the folder is in.
    git_folder: Option<GitFolderKind>,
}

/// The folder of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GitFolderKind {
    /// The `.git` of a worktree.
    DotGit,
    /// A bare repository.
    Bare,
}

/// The ignore rules of one folder, and of those above.
#[derive(Debug)]
struct RuleChain {
    own: Gitignore,
    above: Option<Arc<RuleChain>>,
    /// Returned to the budget on drop.
    _grant: BudgetGrant,
}

/// An ignore file without effect, and the reason.
#[derive(Debug)]
pub(super) struct IgnoreProblem {
    pub(super) file: PathBuf,
    pub(super) reason: String,
}

/// Reads ignore files.
pub(super) struct IgnoreReader<'a> {
    pub(super) budget: &'a Arc<IgnoreBudget>,
    /// The files that could not be read.
    pub(super) problems: Vec<IgnoreProblem>,
}

impl Worktree {
    /// Returns a path of the walk, relative to the top of the worktree.
    fn relative<'p>(&self, path: &'p Path) -> Option<Cow<'p, Path>> {
        let below = path.strip_prefix(&self.walked_from).ok()?;
        Some(if self.prefix.as_os_str().is_empty() {
            Cow::Borrowed(below)
        } else {
            Cow::Owned(self.prefix.join(below))
        })
    }

    /// Returns true if the file or folder at `path` is tracked, or contains tracked files, here or by a worktree
    /// around this one.
    fn tracks(&self, path: &Path, is_folder: bool) -> bool {
        let is_tracked = |tracked| match is_folder {
            true => self.tracks_folder(tracked, path),
            false => self.tracks_file(tracked, path),
        };
        self.tracked.as_ref().is_some_and(is_tracked)
            || self
                .outer
                .as_ref()
                .is_some_and(|outer| outer.tracks(path, is_folder))
    }

    fn tracks_folder(&self, tracked: &Tracked, path: &Path) -> bool {
        let relative = self.relative(path);
        relative.is_some_and(|relative| tracked.has_folder(&git_path(relative.as_os_str())))
    }

    /// Returns true if the file at `path` is tracked. The common case does not split the path.
    fn tracks_file(&self, tracked: &Tracked, path: &Path) -> bool {
        let whole = path.as_os_str().as_encoded_bytes();
        let top = self.walked_from.as_os_str().as_encoded_bytes();
        match whole
            .strip_prefix(top)
            .and_then(|below| below.strip_prefix(b"/"))
        {
            Some(below) if self.prefix.as_os_str().is_empty() => tracked.has_file(below),
            _ => self
                .relative(path)
                .is_some_and(|p| tracked.has_file(&git_path(p.as_os_str()))),
        }
    }
}

impl FolderRules {
    /// Returns the rules at `worktree.walked_from`: those of the repository's `info/exclude`, then of the ignore
    /// files from the top down. `top` is the top of the worktree in any spelling. In a folder that
    /// Git ignores no rule applies, because the operator names it.
    pub(super) fn of(
        worktree: Worktree,
        top: &Path,
        common_dir: &Path,
        reader: &mut IgnoreReader<'_>,
    ) -> Self {
        let prefix = worktree.prefix.clone();
        let mut folder = Self::without_rules(worktree);
        folder.add_rules(
            Path::new(""),
            common_dir,
            &Path::new("info").join("exclude"),
            reader,
        );
        folder.add_rules(Path::new(""), top, Path::new(IGNORE_FILE), reader);
        let mut relative = PathBuf::new();
        for component in prefix.components() {
            relative.push(component);
            if folder.matches(&relative, true) {
                // The operator names a folder that Git ignores.
                return Self {
                    rules: None,
                    ..folder
                };
            }
            folder.add_rules(&relative, top, &relative.join(IGNORE_FILE), reader);
        }
        folder
    }

    /// Returns rules that ignore nothing.
    pub(super) fn without_rules(worktree: Worktree) -> Self {
        Self {
            worktree: Some(Arc::new(worktree)),
            ..Self::default()
        }
    }

    /// Returns the rules of a Git folder, where nothing is ignored or tracked.
    pub(super) fn of_git_folder(kind: GitFolderKind) -> Self {
        Self {
            git_folder: Some(kind),
            ..Self::default()
        }
    }

    /// Returns the kind of Git folder that the folder is in.
    pub(super) fn git_folder(&self) -> Option<GitFolderKind> {
        self.git_folder
    }

    /// Returns the rules of the folder `path` directly below this one; `None` if they are the same.
    /// `has_ignore_file` is true if it contains an ignore file.
    pub(super) fn enter(
        &self,
        path: &Path,
        has_ignore_file: bool,
        reader: &mut IgnoreReader<'_>,
    ) -> Option<Self> {
        let worktree = self.worktree.as_ref()?;
        // Without an index nothing is ignored.
        worktree.tracked.as_ref()?;
        let relative = worktree.relative(path)?;
        let mut folder = self.clone();
        folder.is_whole_ignored = self.is_whole_ignored || self.matches(&relative, true);
        let has_rules = has_ignore_file && {
            let top = &worktree.walked_from;
            let below = path.strip_prefix(top).unwrap_or(path).join(IGNORE_FILE);
            folder.add_rules(&relative, top, &below, reader)
        };
        (has_rules || folder.is_whole_ignored != self.is_whole_ignored).then_some(folder)
    }

    /// Returns true if Git ignores the file or folder `path`, which is directly in this folder.
    pub(super) fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        let Some(worktree) = self.worktree.as_deref() else {
            return false;
        };
        if worktree.tracked.is_none() || worktree.tracks(path, is_folder) {
            return false;
        }
        let Some(relative) = worktree.relative(path) else {
            return false;
        };
        self.is_whole_ignored || self.matches(&relative, is_folder)
    }

    /// Returns the number of worktrees around a repository in the folder.
    pub(super) fn nesting(&self) -> usize {
        self.worktree
            .as_ref()
            .map_or(0, |worktree| worktree.nesting + 1)
    }

    /// Returns the worktree if it tracks files in the folder `path`.
    pub(super) fn worktree_tracking(&self, path: &Path) -> Option<Arc<Worktree>> {
        self.worktree
            .clone()
            .filter(|worktree| worktree.tracks(path, true))
    }

    /// Returns true if the folder `path` may be a repository. Files that a worktree tracks, or may track, are content.
    pub(super) fn may_hold_repository(&self, path: &Path) -> bool {
        let Some(worktree) = self.worktree.as_deref() else {
            return true;
        };
        match (&worktree.tracked, worktree.relative(path)) {
            (Some(tracked), Some(relative)) => !tracked.has_folder(&git_path(relative.as_os_str())),
            _ => false,
        }
    }

    /// Adds the ignore file `below` a folder, whose rules apply below `relative` in the worktree. Returns
    /// false if it does not exist.
    fn add_rules(
        &mut self,
        relative: &Path,
        folder: &Path,
        below: &Path,
        reader: &mut IgnoreReader<'_>,
    ) -> bool {
        match ignore_file::read(relative, folder, below, reader.budget) {
            Ok(Some((own, grant))) => {
                self.rules = Some(Arc::new(RuleChain {
                    own,
                    above: self.rules.take(),
                    _grant: grant,
                }));
                true
            }
            Ok(None) => false,
            Err(reason) => {
                reader.problems.push(IgnoreProblem {
                    file: folder.join(below),
                    reason,
                });
                false
            }
        }
    }

    /// Returns true if the nearest rule that matches ignores a path of the worktree.
    fn matches(&self, relative: &Path, is_folder: bool) -> bool {
        let mut rules = self.rules.as_deref();
        while let Some(RuleChain { own, above, .. }) = rules {
            match own.matched(relative, is_folder) {
                Match::None => rules = above.as_deref(),
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }
}
