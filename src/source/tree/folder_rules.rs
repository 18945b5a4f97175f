//! What Git leaves out: ignore rules against the index.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::Gitignore;

use super::ignore_file::{self, BudgetGrant, IgnoreBudget};
use crate::source::tracked::{Tracked, git_path};

/// The name of the files that hold ignore rules.
pub(super) const IGNORE_FILE: &str = ".gitignore";

/// A repository's work tree, as far as leaving out files goes.
#[derive(Debug)]
pub(super) struct Worktree {
    /// The uppermost folder of it that the walk sees, spelled as the walk spells it.
    pub(super) walked_from: PathBuf,
    /// Where `walked_from` stands in the work tree; empty for the top.
    pub(super) prefix: PathBuf,
    /// What it tracks. `None` where that is not known: then nothing is left out.
    pub(super) tracked: Option<Tracked>,
}

/// What rules in one folder of the walk; folders below inherit it.
#[derive(Clone, Debug, Default)]
pub(super) struct FolderRules {
    /// The repository whose work tree it is in.
    worktree: Option<Arc<Worktree>>,
    /// The ignore rules that apply, those of the nearest folder first.
    rules: Option<Arc<RuleChain>>,
    /// True in a folder that Git ignores as a whole: only what is tracked there counts.
    is_whole_ignored: bool,
    /// The repository whose own folder it is in, if it is in one.
    git_folder: Option<GitFolderKind>,
}

/// The folder of a repository itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GitFolderKind {
    /// The `.git` of a work tree.
    DotGit,
    /// A bare repository.
    Bare,
}

/// Ignore rules of one folder, and of those above.
#[derive(Debug)]
struct RuleChain {
    own: Gitignore,
    above: Option<Arc<RuleChain>>,
    /// Given back when the rules are dropped.
    _grant: BudgetGrant,
}

/// An ignore file whose rules have no effect, with the reason.
#[derive(Debug)]
pub(super) struct IgnoreProblem {
    pub(super) file: PathBuf,
    pub(super) reason: String,
}

/// What ignore rules are read with.
pub(super) struct IgnoreReader<'a> {
    pub(super) budget: &'a Arc<IgnoreBudget>,
    /// What could not be read.
    pub(super) problems: Vec<IgnoreProblem>,
}

impl Worktree {
    /// A path of the walk, relative to the top of the work tree.
    fn relative<'p>(&self, path: &'p Path) -> Option<Cow<'p, Path>> {
        let below = path.strip_prefix(&self.walked_from).ok()?;
        Some(if self.prefix.as_os_str().is_empty() {
            Cow::Borrowed(below)
        } else {
            Cow::Owned(self.prefix.join(below))
        })
    }

    /// True if the file at `path` is tracked. The common case takes no look at path components.
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
    /// What rules at `worktree.walked_from`: the repository's `info/exclude`, then the ignore files
    /// from its top down. `top` is the top of the work tree in any spelling.
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
            folder.is_whole_ignored = folder.is_whole_ignored || folder.matches(&relative, true);
            folder.add_rules(&relative, top, &relative.join(IGNORE_FILE), reader);
        }
        folder
    }

    /// What rules where nothing is left out.
    pub(super) fn without_rules(worktree: Worktree) -> Self {
        Self {
            worktree: Some(Arc::new(worktree)),
            ..Self::default()
        }
    }

    /// What rules in a repository's own folder: Git ignores and tracks nothing there.
    pub(super) fn of_git_folder(kind: GitFolderKind) -> Self {
        Self {
            git_folder: Some(kind),
            ..Self::default()
        }
    }

    /// The repository whose own folder it is in, if it is in one.
    pub(super) fn git_folder(&self) -> Option<GitFolderKind> {
        self.git_folder
    }

    /// What rules in the folder `path` directly below this one; `None` if that is the same.
    /// `has_ignore_file` says whether an ignore file stands in it.
    pub(super) fn enter(
        &self,
        path: &Path,
        has_ignore_file: bool,
        reader: &mut IgnoreReader<'_>,
    ) -> Option<Self> {
        let worktree = self.worktree.as_ref()?;
        // Without an index nothing is left out, whatever the rules say.
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

    /// True if Git would leave out the file or folder `path`, which stands directly in this one.
    pub(super) fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        let Some(worktree) = self.worktree.as_deref() else {
            return false;
        };
        let Some(tracked) = &worktree.tracked else {
            return false;
        };
        if !is_folder && worktree.tracks_file(tracked, path) {
            return false;
        }
        let Some(relative) = worktree.relative(path) else {
            return false;
        };
        if is_folder && tracked.has_folder(&git_path(relative.as_os_str())) {
            return false;
        }
        self.is_whole_ignored || self.matches(&relative, is_folder)
    }

    /// True if the folder `path` may be a repository of its own. What a work tree tracks, or may
    /// track, is content, whatever it looks like.
    pub(super) fn may_hold_repository(&self, path: &Path) -> bool {
        let Some(worktree) = self.worktree.as_deref() else {
            return true;
        };
        match (&worktree.tracked, worktree.relative(path)) {
            (Some(tracked), Some(relative)) => !tracked.has_folder(&git_path(relative.as_os_str())),
            _ => false,
        }
    }

    /// Adds the ignore file `below` a folder, whose rules apply to what is in `relative` of the work
    /// tree. False if it has none.
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

    /// What the ignore rules say of a path of the work tree: the nearest rule that matches decides.
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
