//! The rules of a folder of the walk, as the repository around it defines them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::folder_rules::{FolderRules, GitFolderKind, IgnoreReader, Worktree};
use super::walk::TreeWalk;
use crate::model::ItemError;
use crate::source::Visitor;
use crate::source::git_config::{self, ScanContext};
use crate::source::repository::{Repository, RepositoryError};
use crate::source::tracked::Tracked;

impl TreeWalk<'_> {
    /// Returns the rules at a root, from the repository around it, whose configuration is read.
    pub(super) fn rules_at_root(&self, root: &Path, visitor: &mut dyn Visitor) -> FolderRules {
        let real = std::fs::canonicalize(root).ok();
        let Some(real) = real.filter(|real| real.is_dir()) else {
            return FolderRules::default();
        };
        let repository = match Repository::enclosing(&real) {
            Ok(Some(repository)) => repository,
            Ok(None) => return FolderRules::default(),
            Err(error) => {
                self.report(&error, visitor);
                return FolderRules::default();
            }
        };
        self.record_repository(&repository);
        // The root is a Git folder, or in one.
        if real.starts_with(&repository.git_dir) {
            if real == repository.git_dir {
                visitor.repository(&self.tree.base.relative(root));
            }
            self.read_configuration(&repository, visitor);
            return FolderRules::of_git_folder(match repository.worktree {
                Some(_) => GitFolderKind::DotGit,
                None => GitFolderKind::Bare,
            });
        }
        // The walk visits a repository whose top is the root.
        let Some(top) = repository.worktree.clone().filter(|top| *top != real) else {
            return FolderRules::default();
        };
        let prefix = real.strip_prefix(&top).unwrap_or(Path::new("")).to_owned();
        let around = FolderRules::default();
        let folder = self.rules_of_worktree(&repository, root, prefix, &top, &around, visitor);
        self.read_configuration(&repository, visitor);
        folder
    }

    /// Returns the rules of a folder in a worktree; `above` are those of the folder around the worktree.
    pub(super) fn rules_of_worktree(
        &self,
        repository: &Repository,
        walked_from: &Path,
        prefix: PathBuf,
        top: &Path,
        above: &FolderRules,
        visitor: &mut dyn Visitor,
    ) -> FolderRules {
        let tracked = match self.tree.no_ignore || repository.has_other_worktree() {
            true => None,
            false => Tracked::of(repository)
                .inspect_err(|reason| {
                    let index = repository.git_dir.join("index");
                    visitor.error(ItemError {
                        path: Some(self.tree.base.relative(&index)),
                        message: format!(
                            "cannot read the index, so nothing that Git ignores is left out: {reason}"
                        ),
                    });
                })
                .ok(),
        };
        let reads_rules = tracked.is_some();
        let worktree = Worktree {
            walked_from: walked_from.to_owned(),
            prefix,
            tracked,
            outer: above.worktree_tracking(walked_from),
            nesting: above.nesting(),
        };
        if !reads_rules {
            return FolderRules::without_rules(worktree);
        }
        self.with_ignore_files(visitor, |reader| {
            FolderRules::of(worktree, top, &repository.common_dir, reader)
        })
    }

    /// Reads ignore files, and reports those without effect.
    pub(super) fn with_ignore_files<T>(
        &self,
        visitor: &mut dyn Visitor,
        work: impl FnOnce(&mut IgnoreReader<'_>) -> T,
    ) -> T {
        let mut reader = IgnoreReader {
            budget: &self.ignore_budget,
            problems: Vec::new(),
        };
        let result = work(&mut reader);
        for problem in reader.problems {
            visitor.error(ItemError {
                path: Some(self.tree.base.relative(&problem.file)),
                message: format!("its ignore rules have no effect: {}", problem.reason),
            });
        }
        result
    }

    /// Records the folders of a repository.
    pub(super) fn record_repository(&self, repository: &Repository) {
        let mut known = self.known_repositories();
        for folder in [&repository.git_dir, &repository.common_dir] {
            known.extend(std::fs::canonicalize(folder));
        }
    }

    fn known_repositories(&self) -> parking_lot::MutexGuard<'_, HashSet<PathBuf>> {
        self.repositories.lock()
    }

    /// Returns true if a nested repository may be at a path: below a root, or in a recorded repository.
    pub(super) fn may_hold_repository_at(&self, path: &Path) -> bool {
        self.roots.contain(path) || {
            let known = self.known_repositories();
            path.ancestors().any(|folder| known.contains(folder))
        }
    }

    /// Passes on the configuration of a repository, except for files that were read before.
    pub(super) fn read_configuration(&self, repository: &Repository, visitor: &mut dyn Visitor) {
        self.with_context(|context| {
            // The next blob asks whether to stop.
            let _ = git_config::visit(repository, context, visitor);
        });
    }

    /// Reports why a `.git` does not lead to a repository.
    pub(super) fn report(&self, error: &RepositoryError, visitor: &mut dyn Visitor) {
        self.with_context(|context| git_config::report(error, context, visitor));
    }

    fn with_context(&self, work: impl FnOnce(&ScanContext<'_>)) {
        work(&ScanContext {
            roots: &self.roots,
            relative: &|path| self.tree.base.relative(path),
            claimed: &self.configurations,
        });
    }
}
