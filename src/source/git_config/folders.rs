//! The folders of a repository, from which its configuration may include files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::repository::{LinkReach, Repository, linked_worktree};

/// The file that a runner writes for each job beside its build folder, in `<folder>.tmp`
/// (gitlab-tokens reference, section 4.4).
pub(super) const RUNNER_FILE: &str = ".gitlab-runner.ext.conf";

/// The canonical paths of a repository's own folders, and other absolute names of them.
pub(super) struct RepositoryFolders {
    own: Vec<PathBuf>,
    worktrees: Vec<PathBuf>,
}

impl RepositoryFolders {
    /// Returns the worktree, the Git folder and the common folder; for a submodule also those of its superproject,
    /// for a linked worktree the main one.
    pub(super) fn of(repository: &Repository) -> Self {
        let mut folders = Self {
            own: Vec::new(),
            worktrees: Vec::new(),
        };
        if let Some(worktree) = &repository.worktree {
            folders.add_worktree(worktree);
        }
        for dir in [&repository.git_dir, &repository.common_dir] {
            folders.add(dir);
            if let Ok(canonical) = fs::canonicalize(dir)
                && let Some(dot_git) = canonical.ancestors().find(|dir| dir.ends_with(".git"))
            {
                folders.add(dot_git);
                if let Some(main) = dot_git.parent() {
                    folders.add_worktree(main);
                }
            }
        }
        folders
    }

    /// Adds the worktree with the Git folder `git_dir`. Its `.git` must name that folder, otherwise any folder
    /// could be claimed as a worktree.
    pub(super) fn add_linked(&mut self, git_dir: &Path) {
        let Ok(dot_git) = linked_worktree(git_dir) else {
            return;
        };
        if let Some(worktree) = dot_git.parent()
            && let Ok(Some(linked)) = Repository::of_worktree(worktree, LinkReach::Anywhere)
            && fs::canonicalize(&linked.git_dir).is_ok_and(|dir| dir == git_dir)
        {
            self.add(worktree);
        }
    }

    fn add_worktree(&mut self, dir: &Path) {
        self.add(dir);
        if let Ok(canonical) = fs::canonicalize(dir)
            && !self.worktrees.contains(&canonical)
        {
            self.worktrees.push(canonical);
        }
    }

    fn add(&mut self, dir: &Path) {
        let absolute = dir.is_absolute().then(|| dir.to_owned());
        for path in fs::canonicalize(dir).ok().into_iter().chain(absolute) {
            if !self.own.contains(&path) {
                self.own.push(path);
            }
        }
    }

    /// Returns where a runner writes its file for the worktrees.
    pub(super) fn runner_files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.worktrees.iter().filter_map(|worktree| {
            let mut name = worktree.file_name()?.to_owned();
            name.push(".tmp");
            Some(worktree.with_file_name(name).join(RUNNER_FILE))
        })
    }

    /// Returns true if a file may be opened: it is in one of the folders, or it is the runner's file beside one of
    /// them or beside a folder above.
    pub(super) fn permit(&self, file: &Path) -> bool {
        self.own.iter().any(|folder| file.starts_with(folder)) || self.is_runner_file(file)
    }

    fn is_runner_file(&self, file: &Path) -> bool {
        let build_folder = || {
            let folder = file.parent()?;
            let name = folder.file_name()?.to_str()?.strip_suffix(".tmp")?;
            Some(folder.with_file_name(name))
        };
        file.file_name().is_some_and(|name| name == RUNNER_FILE)
            && build_folder()
                .is_some_and(|build| self.own.iter().any(|folder| folder.starts_with(&build)))
    }
}
