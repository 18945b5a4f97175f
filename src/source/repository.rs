//! What a directory is to Git: a worktree, a bare repository, or nothing.
//!
//! Reads the file system only. No configuration of the user or the system is honoured, no program
//! runs, and who owns a repository is no obstacle, because nothing of it is executed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A repository on disk. The paths are as they were found, not canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The checked-out files; `None` for a bare repository.
    pub(crate) worktree: Option<PathBuf>,
    /// Where `HEAD` and `index` are: of a linked worktree, its own folder.
    pub(crate) git_dir: PathBuf,
    /// Where `config`, `objects` and `refs` are; the same as `git_dir` but for a linked worktree.
    pub(crate) common_dir: PathBuf,
}

/// Why a `.git` leads to no repository.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepositoryError {
    /// It names a folder that is not there or is no repository.
    #[error("names a repository that is not there")]
    Missing {
        /// The `.git`.
        dot_git: PathBuf,
    },
    /// It, or what it names, cannot be read.
    #[error("the repository cannot be read: {source}")]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The longest `.git` or `commondir` file, as `gix` has it.
const MAX_LINK: u64 = 64 * 1024;

impl Repository {
    /// The repository of which `dir` is a worktree (it holds `.git`: a folder, a link to one, or a
    /// file that names one), or which it is itself (bare, or a `.git`). Parents are not searched.
    /// A `.git` that is a file of another kind makes no repository: it is content.
    ///
    /// # Errors
    /// If `.git` leads nowhere, or something cannot be read.
    pub(crate) fn discover(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        let dot_git = dir.join(".git");
        // Most folders of a walk end here: one question, not two.
        let found = fs::symlink_metadata(&dot_git).and_then(|meta| {
            if meta.is_symlink() {
                fs::metadata(&dot_git)
            } else {
                Ok(meta)
            }
        });
        match found {
            Ok(meta) if meta.is_dir() => {
                // Configuration is worth reading wherever it was left, so either is enough.
                if exists(&dot_git.join("HEAD"))? || exists(&dot_git.join("config"))? {
                    return Self::at(Some(dir), dot_git.clone(), &dot_git).map(Some);
                }
            }
            Ok(meta) if meta.is_file() => {
                let text = read_link(&dot_git)?;
                if let Ok(target) = gix::discover::parse::gitdir(&text) {
                    let git_dir = dir.join(target);
                    if !exists(&git_dir.join("HEAD"))? {
                        return Err(RepositoryError::Missing { dot_git });
                    }
                    return Self::at(Some(dir), git_dir, &dot_git).map(Some);
                }
            }
            Ok(_) => {}
            Err(error) if is_absent(&error) => {
                if fs::symlink_metadata(&dot_git).is_ok() {
                    return Err(RepositoryError::Missing { dot_git });
                }
            }
            Err(source) => {
                return Err(RepositoryError::Unreadable {
                    path: dot_git,
                    source,
                });
            }
        }
        let bare = exists(&dir.join("HEAD"))?
            && (dir.join("objects").is_dir() && dir.join("refs").is_dir()
                || dir.join("commondir").is_file());
        if !bare {
            return Ok(None);
        }
        let worktree = dir.parent().filter(|_| dir.ends_with(".git"));
        Self::at(worktree, dir.to_owned(), dir).map(Some)
    }

    /// The repository that encloses `dir`: the first one found from there upwards. Its paths are
    /// canonical.
    ///
    /// # Errors
    /// If `dir` cannot be read, or as [`Repository::discover`].
    pub(crate) fn enclosing(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        let canonical = fs::canonicalize(dir).map_err(|source| RepositoryError::Unreadable {
            path: dir.to_owned(),
            source,
        })?;
        for ancestor in canonical.ancestors() {
            if let Some(repository) = Self::discover(ancestor)? {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// With the common directory that `git_dir` names, if it does.
    fn at(
        worktree: Option<&Path>,
        git_dir: PathBuf,
        dot_git: &Path,
    ) -> Result<Self, RepositoryError> {
        let link = git_dir.join("commondir");
        let common_dir = if link.is_file() {
            let common_dir = path_in(&link)
                .map_err(|source| RepositoryError::Unreadable { path: link, source })?;
            // Else `commondir` could make any folder one of the repository's own.
            if !is_git_dir(&common_dir) {
                return Err(RepositoryError::Missing {
                    dot_git: dot_git.to_owned(),
                });
            }
            common_dir
        } else {
            git_dir.clone()
        };
        Ok(Self {
            worktree: worktree.map(Path::to_owned),
            git_dir,
            common_dir,
        })
    }
}

/// True if the folder has what every repository has.
pub(super) fn is_git_dir(dir: &Path) -> bool {
    dir.join("HEAD").is_file() && dir.join("objects").is_dir()
}

/// The path that a file like `commondir` or `gitdir` holds, resolved against the file's folder.
///
/// # Errors
/// If the file cannot be read, is longer than such a file can be, or holds no path.
pub(super) fn path_in(link: &Path) -> io::Result<PathBuf> {
    let text = read_bounded(link)?;
    let path = gix::path::from_byte_slice(text.trim_ascii_end())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let dir = link.parent().unwrap_or(Path::new(""));
    Ok(dir.join(path))
}

/// True for errors that say that there is nothing.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn exists(path: &Path) -> Result<bool, RepositoryError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(source) => Err(RepositoryError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

fn read_link(path: &Path) -> Result<Vec<u8>, RepositoryError> {
    read_bounded(path).map_err(|source| RepositoryError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_LINK).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git_dir(path: &Path) {
        fs::create_dir_all(path.join("objects")).unwrap();
        fs::create_dir_all(path.join("refs")).unwrap();
        fs::write(path.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(path.join("config"), "").unwrap();
    }

    fn discover(dir: &Path) -> Repository {
        Repository::discover(dir).unwrap().unwrap()
    }

    #[test]
    fn a_plain_worktree_and_its_enclosing_repository() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        git_dir(&root.join(".git"));
        let sub = root.join("a/b");
        fs::create_dir_all(&sub).unwrap();
        let repository = discover(&root);
        assert_eq!(repository.worktree.as_deref(), Some(root.as_path()));
        assert_eq!(repository.common_dir, root.join(".git"));
        assert_eq!(Repository::discover(&sub).unwrap(), None);
        assert_eq!(Repository::enclosing(&sub).unwrap(), Some(repository));
        assert_eq!(
            discover(&root.join(".git")).worktree.as_deref(),
            Some(root.as_path())
        );
    }

    #[test]
    fn linked_worktrees_submodules_and_bare_repositories() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        git_dir(&root.join("main/.git"));
        let admin = root.join("main/.git/worktrees/w");
        fs::create_dir_all(&admin).unwrap();
        fs::write(admin.join("HEAD"), "x").unwrap();
        fs::write(admin.join("commondir"), "../..\n").unwrap();
        fs::create_dir_all(root.join("w")).unwrap();
        fs::write(
            root.join("w/.git"),
            format!("gitdir: {}\n", admin.display()),
        )
        .unwrap();
        let linked = discover(&root.join("w"));
        assert_eq!(linked.git_dir, admin);
        assert_eq!(linked.common_dir, admin.join("../.."));

        git_dir(&root.join("main/.git/modules/sub"));
        fs::create_dir_all(root.join("main/sub")).unwrap();
        fs::write(root.join("main/sub/.git"), "gitdir: ../.git/modules/sub").unwrap();
        let submodule = discover(&root.join("main/sub"));
        assert_eq!(submodule.git_dir, root.join("main/sub/../.git/modules/sub"));
        assert_eq!(submodule.git_dir, submodule.common_dir);

        git_dir(&root.join("p.git"));
        assert_eq!(discover(&root.join("p.git")).worktree, None);
    }

    #[test]
    fn what_leads_nowhere_is_told_apart_from_what_is_no_repository() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        let dot_git = root.join(".git");
        for (text, missing) in [
            ("gitdir: ../.git/modules/gone\n", true),
            ("gitdir: /", true),
            ("not for git", false),
            ("gitdir: ", false),
            ("", false),
        ] {
            fs::write(&dot_git, text).unwrap();
            let result = Repository::discover(root);
            assert_eq!(
                matches!(result, Err(RepositoryError::Missing { .. })),
                missing,
                "{text}"
            );
            assert_eq!(matches!(result, Ok(None)), !missing, "{text}");
        }
        fs::remove_file(&dot_git).unwrap();
        fs::create_dir(&dot_git).unwrap();
        assert_eq!(Repository::discover(root).unwrap(), None);
        fs::write(dot_git.join("HEAD"), "x").unwrap();
        fs::write(dot_git.join("commondir"), "/\n").unwrap();
        assert!(matches!(
            Repository::discover(root),
            Err(RepositoryError::Missing { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn dot_git_may_be_a_link() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        git_dir(&root.join("store"));
        fs::create_dir(root.join("w")).unwrap();
        std::os::unix::fs::symlink("../store", root.join("w/.git")).unwrap();
        assert_eq!(discover(&root.join("w")).git_dir, root.join("w/.git"));
        fs::rename(root.join("store"), root.join("moved")).unwrap();
        assert!(matches!(
            Repository::discover(&root.join("w")),
            Err(RepositoryError::Missing { .. })
        ));
    }
}
