//! The folder of a repository: how it is recognized, and which of its files are not text.
//!
//! Everything that a person or a program writes there is scanned: messages, hooks, logs, lists of refs. Objects and
//! indexes have formats of their own, and `history` reads objects.

use std::ffi::OsStr;
use std::path::Path;

use super::directory::{DirectoryEntry, DirectoryEntryKind};
use super::folder_rules::GitFolderKind;
use crate::model::SkipReason;

/// The name of the folder or file that marks a worktree.
pub(super) const DOT_GIT: &str = ".git";

/// Returns true if a folder with these entries can be the `.git` of a worktree.
pub(super) fn looks_like_dot_git(entries: Option<&[DirectoryEntry]>) -> bool {
    entries.is_some_and(|entries| {
        entries
            .iter()
            .any(|entry| entry.name == "HEAD" || entry.name == "config")
    })
}

/// Returns true if a folder with these entries can be a bare repository.
pub(super) fn looks_like_bare_repository(entries: &[DirectoryEntry]) -> bool {
    let has = |name: &str, is_folder: bool| {
        entries.iter().any(|entry| {
            entry.name == name && (entry.kind == DirectoryEntryKind::Folder) == is_folder
        })
    };
    has("HEAD", false) && has("objects", true) && has("refs", true)
}

/// Returns the reason to skip objects, object folders and indexes in a Git folder.
///
/// A folder may look like a bare repository without being one. So only names that Git gives to objects are skipped
/// in it; in a `.git` all of `objects` is.
pub(super) fn stored_objects(
    git_folder: GitFolderKind,
    path: &Path,
    is_folder: bool,
) -> Option<SkipReason> {
    let name = path.file_name().unwrap_or_default();
    let parent = path.parent().unwrap_or(Path::new(""));
    let is_skipped = match (git_folder, is_folder) {
        (GitFolderKind::DotGit, true) if name == "objects" && parent.ends_with("lfs") => {
            return Some(SkipReason::LfsObjects);
        }
        (GitFolderKind::DotGit, true) => name == "objects",
        (GitFolderKind::DotGit, false) => name == "index" || is_shared_index(name),
        (GitFolderKind::Bare, true) => false,
        (GitFolderKind::Bare, false) => {
            let folder = parent.file_name().unwrap_or_default();
            let is_in_objects = parent
                .parent()
                .is_some_and(|parent| parent.ends_with("objects"));
            is_in_objects && (is_pack(folder, name) || is_loose(folder, name))
        }
    };
    is_skipped.then_some(SkipReason::GitStore)
}

fn is_shared_index(name: &OsStr) -> bool {
    let hash = name.as_encoded_bytes().strip_prefix(b"sharedindex.");
    hash.is_some_and(|hash| matches!(hash.len(), 40 | 64) && hash.iter().all(u8::is_ascii_hexdigit))
}

fn is_pack(folder: &OsStr, name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let hash = name.strip_prefix(b"pack-").map(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
        digits.count()
    });
    folder == "pack" && (matches!(hash, Some(40 | 64)) || name.starts_with(b"multi-pack-index"))
}

fn is_loose(folder: &OsStr, name: &OsStr) -> bool {
    let is_hex = |text: &OsStr| text.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit);
    folder.len() == 2 && is_hex(folder) && matches!(name.len(), 38 | 62) && is_hex(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_only_objects_and_indexes() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for (store, path, is_folder, expected) in [
            (GitFolderKind::DotGit, ".git/objects", true, true),
            (GitFolderKind::DotGit, ".git/modules/a/objects", true, true),
            (GitFolderKind::DotGit, ".git/hooks", true, false),
            (GitFolderKind::DotGit, ".git/index", false, true),
            (GitFolderKind::DotGit, ".git/sharedindex.txt", false, false),
            (GitFolderKind::DotGit, ".git/COMMIT_EDITMSG", false, false),
            (GitFolderKind::Bare, "r/objects", true, false),
            (GitFolderKind::Bare, "r/index", false, false),
            (GitFolderKind::Bare, "r/objects/a.env", false, false),
            (GitFolderKind::Bare, "r/objects/pack/a.env", false, false),
            (GitFolderKind::Bare, "r/objects/ab/a.env", false, false),
        ] {
            assert_eq!(
                stored_objects(store, Path::new(path), is_folder),
                expected.then_some(SkipReason::GitStore),
                "{path}"
            );
        }
        let lfs = stored_objects(GitFolderKind::DotGit, Path::new(".git/lfs/objects"), true);
        assert_eq!(lfs, Some(SkipReason::LfsObjects));
        for (path, expected) in [
            (format!("r/objects/pack/pack-{hex}.idx"), true),
            (format!("r/objects/{}/{}", &hex[..2], &hex[2..]), true),
            (format!("r/objects/xy/{}", &hex[2..]), false),
            (format!("r/other/{}/{}", &hex[..2], &hex[2..]), false),
        ] {
            assert_eq!(
                stored_objects(GitFolderKind::Bare, Path::new(&path), false),
                expected.then_some(SkipReason::GitStore),
                "{path}"
            );
        }
    }
}
