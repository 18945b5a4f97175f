//! The Git folders below that of a repository: those of its submodules and linked worktrees.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use super::ConfigVisit;
use crate::model::SkipReason;
use crate::source::repository::is_absent;

/// Maximum depth at which the folders of submodules are searched; a submodule's name may have several parts.
const MAX_DEPTH: usize = 32;

/// Maximum number of folders that are searched for one repository.
const MAX_FOLDERS: usize = 20_000;

/// Folders of a repository that contain no other repository. Submodules may have any names.
const INTERNAL: [&str; 12] = [
    "objects",
    "refs",
    "logs",
    "hooks",
    "info",
    "branches",
    "lfs",
    "rr-cache",
    "reftable",
    "worktrees",
    "annex",
    "svn",
];

/// The role in which a folder is searched.
enum SearchRole {
    /// As a repository, which is claimed.
    GitDir,
    /// As one part of the name of a submodule, or as `modules`.
    Modules,
    /// As `worktrees`: each folder in it belongs to a linked worktree.
    Worktrees,
}

/// Returns `start` and every Git folder below its `modules` and `worktrees`, except for those that are claimed
/// already.
pub(super) fn git_dirs(start: &Path, visit: &mut ConfigVisit<'_, '_>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = 0;
    let mut stack = vec![(start.to_owned(), SearchRole::GitDir, 0)];
    while let Some((dir, role, depth)) = stack.pop() {
        folders += 1;
        if folders > MAX_FOLDERS {
            visit.error(
                &dir,
                "too many folders of submodules; not all were searched",
            );
            break;
        }
        if depth > MAX_DEPTH {
            visit.error(&dir, "folders of submodules too deep; not searched further");
            continue;
        }
        match role {
            SearchRole::GitDir => {
                if !visit.claim(&dir) {
                    continue;
                }
                stack.push((dir.join("worktrees"), SearchRole::Worktrees, depth));
                if is_submodule(&dir) {
                    // The submodules `a` and `a/b` share a folder.
                    stack.extend(
                        entries(&dir, visit)
                            .filter(|entry| !INTERNAL.iter().any(|name| entry.file_name() == *name))
                            .map(|entry| below_modules(&entry, depth)),
                    );
                } else {
                    stack.push((dir.join("modules"), SearchRole::Modules, depth + 1));
                }
                found.push(dir);
            }
            SearchRole::Modules => {
                stack.extend(entries(&dir, visit).map(|entry| below_modules(&entry, depth)));
            }
            SearchRole::Worktrees => stack.extend(
                entries(&dir, visit).map(|entry| (entry.path(), SearchRole::GitDir, depth + 1)),
            ),
        }
    }
    found
}

/// Returns how a folder below `modules` is searched.
fn below_modules(entry: &DirEntry, depth: usize) -> (PathBuf, SearchRole, usize) {
    let path = entry.path();
    let is_git_dir = path.join("HEAD").is_file() || path.join("config").is_file();
    let role = if is_git_dir {
        SearchRole::GitDir
    } else {
        SearchRole::Modules
    };
    (path, role, depth + 1)
}

/// Returns true for a folder below `modules` in a `.git`.
fn is_submodule(dir: &Path) -> bool {
    let parts: Vec<_> = dir.iter().collect();
    let git = parts.iter().rposition(|part| *part == ".git");
    git.is_some_and(|git| parts[git..].iter().any(|part| *part == "modules"))
}

/// Lists the folders in a folder, which need not exist. Links are not followed.
fn entries(dir: &Path, visit: &mut ConfigVisit<'_, '_>) -> impl Iterator<Item = DirEntry> + use<> {
    let mut folders = Vec::new();
    match fs::read_dir(dir) {
        Ok(entries) => {
            for entry in entries {
                let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
                match kind {
                    Ok((kind, entry)) if kind.is_dir() => folders.push(entry),
                    Ok((kind, _)) if kind.is_symlink() => {
                        visit.visitor.count_skipped(SkipReason::SymbolicLink);
                    }
                    Ok(_) => {}
                    Err(error) => visit.error(dir, &error),
                }
            }
        }
        Err(error) if is_absent(&error) => {}
        Err(error) => visit.error(dir, &error),
    }
    folders.into_iter()
}
