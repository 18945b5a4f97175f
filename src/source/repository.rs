//! Recognises worktrees and bare repositories.
//!
//! Only the file system is read. The configuration of the user and the system has no effect, no program runs, and
//! the owner of a repository does not matter, because nothing of it is run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git_config::lexical;
use super::tracked::Tracked;
use crate::model::without_quotes;
pub(super) use crate::safe_file::is_absent;
use crate::safe_file::{FileError, read_below};

/// A repository on disk. Its paths are not canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The worktree; `None` for a bare repository.
    pub(crate) worktree: Option<PathBuf>,
    /// The folder of `HEAD` and `index`. A linked worktree has its own folder.
    pub(crate) git_dir: PathBuf,
    /// The folder of `config`, `objects` and `refs`; different from `git_dir` for a linked worktree.
    pub(crate) common_dir: PathBuf,
}

/// A `.git` does not lead to a repository.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepositoryError {
    /// It names a folder that does not exist or is not a repository.
    #[error("names a repository that is not there")]
    Missing {
        /// The `.git`.
        dot_git: PathBuf,
    },
    /// It names a folder that does not belong to it.
    #[error("names a repository outside, which does not name it in turn")]
    Outside {
        /// The `.git`.
        dot_git: PathBuf,
    },
    /// It, or the folder that it names, cannot be read.
    #[error("the repository cannot be read: {source}")]
    Unreadable {
        /// The path that cannot be read.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// The targets that a `.git` file or link may have.
#[derive(Clone, Copy)]
pub(crate) enum LinkReach<'a> {
    /// Anywhere, because the operator works in this worktree.
    Anywhere,
    /// To absolute paths for which this returns true, and to the repository of a linked worktree that names the
    /// worktree in turn.
    Within(&'a dyn Fn(&Path) -> bool),
}

/// The largest `.git` or `commondir` file, as in `gix`.
const MAX_LINK: u64 = 64 * 1024;

/// The largest configuration file that is read.
const MAX_CONFIG: u64 = 8 * 1024 * 1024;

/// The format of a repository, as its configuration declares it.
#[derive(Debug, Default)]
pub(crate) struct RepositoryFormat(gix::config::File);

impl RepositoryFormat {
    /// Reads the configuration in the common folder of a repository, without includes. It may be missing.
    ///
    /// # Errors
    /// In words, if it cannot be read.
    pub(crate) fn read(common_dir: &Path) -> Result<Self, String> {
        Self::read_file(common_dir, "config")
    }

    fn read_file(folder: &Path, name: &str) -> Result<Self, String> {
        let named = |reason: String| format!("'{}': {reason}", folder.join(name).display());
        let text = match read_below(folder, Path::new(name), MAX_CONFIG) {
            Ok(text) => text,
            Err(error) if error.is_absent() => return Ok(Self::default()),
            Err(error) => return Err(named(error.to_string())),
        };
        let source = gix::config::file::Metadata::from(gix::config::Source::Local);
        let options = gix::config::file::init::Options::default();
        gix::config::File::from_bytes_no_includes(&text, source, options)
            .map(Self)
            // The error of the parser quotes the file.
            .map_err(|error| named(without_quotes(&error.to_string())))
    }

    /// Returns a value.
    pub(crate) fn value(&self, key: &str) -> Option<String> {
        self.0.string(key).map(|value| value.to_string())
    }

    /// Returns the hash of object ids; SHA-1 for an unknown one.
    pub(crate) fn hash(&self) -> gix::hash::Kind {
        match self.value("extensions.objectFormat") {
            Some(format) if format.eq_ignore_ascii_case("sha256") => gix::hash::Kind::Sha256,
            _ => gix::hash::Kind::Sha1,
        }
    }
}

impl Repository {
    #[cfg(test)]
    pub(crate) fn discover(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        match Self::of_worktree(dir, LinkReach::Anywhere)? {
            None => Self::bare(dir),
            found => Ok(found),
        }
    }

    /// Returns the repository with the worktree `dir`: it contains `.git`, which is a folder, a link to one, or a
    /// file that names one. Any other `.git` is content.
    ///
    /// # Errors
    /// If `.git` leads nowhere or out of reach, or something cannot be read.
    pub(crate) fn of_worktree(
        dir: &Path,
        reach: LinkReach<'_>,
    ) -> Result<Option<Self>, RepositoryError> {
        let dot_git = dir.join(".git");
        let unreadable = |error| unreadable(&dot_git, error);
        let meta = match fs::symlink_metadata(&dot_git) {
            Ok(meta) => meta,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if meta.is_dir() {
            return Self::in_folder(dir, dot_git);
        }
        if meta.is_symlink() {
            match fs::metadata(&dot_git) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => return Ok(None),
                Err(error) if is_absent(&error) => {
                    return Err(RepositoryError::Missing { dot_git });
                }
                Err(error) => return Err(unreadable(error)),
            }
            let target = fs::canonicalize(&dot_git).map_err(unreadable)?;
            return match reach {
                LinkReach::Within(permits) if !permits(&target) => {
                    Err(RepositoryError::Outside { dot_git })
                }
                _ => Self::in_folder(dir, dot_git),
            };
        }
        if !meta.is_file() {
            return Ok(None);
        }
        let text = read_below(dir, Path::new(".git"), MAX_LINK);
        let text = text.map_err(|error| unreadable(error.into()))?;
        let Ok(target) = gix::discover::parse::gitdir(&text) else {
            return Ok(None);
        };
        let git_dir = dir.join(target);
        if let LinkReach::Within(permits) = reach
            && !leads_back(dir, &git_dir, permits).map_err(unreadable)?
        {
            return Err(RepositoryError::Outside { dot_git });
        }
        if !exists(&git_dir.join("HEAD"))? {
            return Err(RepositoryError::Missing { dot_git });
        }
        Self::at(Some(dir), git_dir, &dot_git).map(Some)
    }

    /// Returns the repository in the folder `dot_git`; any other folder with that name is content.
    fn in_folder(dir: &Path, dot_git: PathBuf) -> Result<Option<Self>, RepositoryError> {
        // Configuration is worth reading even without a repository, so either file is enough.
        if !exists(&dot_git.join("HEAD"))? && !exists(&dot_git.join("config"))? {
            return Ok(None);
        }
        Self::at(Some(dir), dot_git.clone(), &dot_git).map(Some)
    }

    /// Returns the repository at `dir`: a bare one, a `.git`, or the folder of a linked worktree.
    ///
    /// # Errors
    /// If something cannot be read.
    pub(crate) fn bare(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        let is_bare = exists(&dir.join("HEAD"))?
            && (dir.join("objects").is_dir() && dir.join("refs").is_dir()
                || dir.join("commondir").is_file());
        if !is_bare {
            return Ok(None);
        }
        let worktree = dir.parent().filter(|_| dir.ends_with(".git"));
        Self::at(worktree, dir.to_owned(), dir).map(Some)
    }

    /// Returns the repository that encloses `dir`: the first one from there upwards. Its paths are canonical.
    ///
    /// A folder that looks like a bare repository and is tracked by a worktree around it is content of that
    /// worktree.
    ///
    /// # Errors
    /// If `dir` cannot be read, or as [`Repository::of_worktree`].
    pub(crate) fn enclosing(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        let canonical = canonical(dir)?;
        for ancestor in canonical.ancestors() {
            if let Some(repository) = Self::of_worktree(ancestor, LinkReach::Anywhere)? {
                return Ok(Some(repository));
            }
            if let Some(bare) = Self::bare(ancestor)?
                && !is_tracked(ancestor)?
            {
                return Ok(Some(bare));
            }
        }
        Ok(None)
    }

    /// Returns the repository whose worktree encloses `dir`, ignoring bare ones. Its paths are canonical.
    ///
    /// # Errors
    /// If `dir` cannot be read, or as [`Repository::of_worktree`].
    pub(crate) fn enclosing_worktree(dir: &Path) -> Result<Option<Self>, RepositoryError> {
        for ancestor in canonical(dir)?.ancestors() {
            if let Some(repository) = Self::of_worktree(ancestor, LinkReach::Anywhere)? {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// Returns true if the configuration names another folder as the worktree (`core.worktree`): the index and the
    /// ignore rules are about that one. As in Git, included files do not count, and the shared configuration does not
    /// count in a linked worktree. A configuration that cannot be read is reported by its reader.
    pub(crate) fn has_other_worktree(&self) -> bool {
        let shared = RepositoryFormat::read(&self.common_dir).unwrap_or_default();
        let own = match shared.value("extensions.worktreeConfig") {
            Some(_) => RepositoryFormat::read_file(&self.git_dir, "config.worktree"),
            None => Ok(RepositoryFormat::default()),
        };
        let own = own.unwrap_or_default().value("core.worktree");
        let is_main = self.git_dir == self.common_dir;
        let shared = is_main.then(|| shared.value("core.worktree")).flatten();
        let Some(named) = own.or(shared) else {
            return false;
        };
        let real = |path: &Path| fs::canonicalize(path).ok();
        real(&self.git_dir.join(named)) != self.worktree.as_deref().and_then(real)
    }

    /// Adds the common directory that `git_dir` names, if it does.
    fn at(
        worktree: Option<&Path>,
        git_dir: PathBuf,
        dot_git: &Path,
    ) -> Result<Self, RepositoryError> {
        let common_dir = common_dir(&git_dir).map_err(|error| match error {
            FileError::Outside => RepositoryError::Outside {
                dot_git: dot_git.to_owned(),
            },
            error => unreadable(&git_dir.join("commondir"), error.into()),
        })?;
        // Otherwise `commondir` could make any folder one of the repository's own.
        if common_dir != git_dir && !is_git_dir(&common_dir) {
            return Err(RepositoryError::Missing {
                dot_git: dot_git.to_owned(),
            });
        }
        Ok(Self {
            worktree: worktree.map(Path::to_owned),
            git_dir,
            common_dir,
        })
    }
}

fn canonical(dir: &Path) -> Result<PathBuf, RepositoryError> {
    fs::canonicalize(dir).map_err(|source| unreadable(dir, source))
}

fn unreadable(path: &Path, source: io::Error) -> RepositoryError {
    let path = path.to_owned();
    RepositoryError::Unreadable { path, source }
}

/// Returns true if a worktree around the folder has it as content. A folder is content if that is unknown.
fn is_tracked(dir: &Path) -> Result<bool, RepositoryError> {
    let Some(parent) = dir.parent() else {
        return Ok(false);
    };
    let Some(around) = Repository::enclosing_worktree(parent)? else {
        return Ok(false);
    };
    let (Some(top), Ok(git_dir)) = (&around.worktree, canonical(&around.git_dir)) else {
        return Ok(false);
    };
    if dir.starts_with(git_dir) {
        return Ok(false);
    }
    let below = dir.strip_prefix(top).unwrap_or(dir);
    Ok(Tracked::of(&around).map_or(true, |tracked| {
        tracked.has_folder(&super::tracked::git_path(below.as_os_str()))
    }))
}

/// Returns true if the worktree `dir` may have its repository at `git_dir`: `permits` allows it, or the repository
/// names the worktree as a linked one. Nothing else outside is opened.
fn leads_back(dir: &Path, git_dir: &Path, permits: &dyn Fn(&Path) -> bool) -> io::Result<bool> {
    let dir = fs::canonicalize(dir)?;
    let named = lexical(&dir.join(git_dir));
    let real = fs::canonicalize(&named).unwrap_or_else(|_| named.clone());
    if permits(&named) && permits(&real) {
        return Ok(true);
    }
    let is_linked = real
        .parent()
        .is_some_and(|parent| parent.ends_with("worktrees"));
    if !is_linked {
        return Ok(false);
    }
    let back = match read_below(&real, Path::new("gitdir"), MAX_LINK) {
        Ok(text) => path_of(&real, &text)?,
        Err(error) if error.is_absent() => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    Ok(fs::canonicalize(back).is_ok_and(|back| back == dir.join(".git")))
}

/// Returns the folder that a repository shares among its worktrees: the one that `commondir` names, otherwise
/// `git_dir`.
///
/// # Errors
/// If `commondir` cannot be read, or names a folder that `git_dir` is not a linked worktree of.
pub(super) fn common_dir(git_dir: &Path) -> Result<PathBuf, FileError> {
    let text = match read_below(git_dir, Path::new("commondir"), MAX_LINK) {
        Ok(text) => text,
        Err(error) if error.is_absent() => return Ok(git_dir.to_owned()),
        Err(error) => return Err(error),
    };
    let common = path_of(git_dir, &text)?;
    let real = fs::canonicalize(git_dir)?;
    let holds = |folder: &Path| real.starts_with(folder.join("worktrees"));
    // The name is checked first, so that nothing outside is touched.
    if holds(&lexical(&real.join(&common))) || fs::canonicalize(&common).is_ok_and(|c| holds(&c)) {
        Ok(common)
    } else {
        Err(FileError::Outside)
    }
}

/// Returns true if the folder has the files of every repository.
pub(super) fn is_git_dir(dir: &Path) -> bool {
    dir.join("HEAD").is_file() && dir.join("objects").is_dir()
}

/// Returns the path in the file `gitdir` of a linked worktree's folder.
///
/// # Errors
/// If the file cannot be read, is too long, or does not contain a path.
pub(super) fn linked_worktree(git_dir: &Path) -> io::Result<PathBuf> {
    let text = read_below(git_dir, Path::new("gitdir"), MAX_LINK)?;
    path_of(git_dir, &text)
}

fn path_of(dir: &Path, text: &[u8]) -> io::Result<PathBuf> {
    let path = gix::path::from_byte_slice(text.trim_ascii_end())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a path"))?;
    Ok(dir.join(path))
}

fn exists(path: &Path) -> Result<bool, RepositoryError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(unreadable(path, error)),
    }
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
    fn finds_a_worktree_and_its_enclosing_repository() {
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
    fn finds_linked_worktrees_submodules_and_bare_repositories() {
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
    fn distinguishes_missing_repositories_from_content() {
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
            Err(RepositoryError::Outside { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn accepts_a_link_as_dot_git() {
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
