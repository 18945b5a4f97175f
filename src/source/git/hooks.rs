//! The folder of a repository's hooks.

use std::path::{Path, PathBuf};

use super::open::{self, OpenError};

/// The folder of installed hooks, and the top folder of the worktree.
#[derive(Clone, Debug)]
pub struct HooksFolder {
    /// The folder of hooks: `core.hooksPath`, or `hooks` in the repository.
    pub hooks: PathBuf,
    /// The top folder; `None` for a bare repository.
    pub top: Option<PathBuf>,
    /// The canonical folder of the repository.
    common_dir: PathBuf,
}

impl HooksFolder {
    /// Returns the canonical folder of hooks, if it is neither in the repository nor in its worktree.
    pub fn elsewhere(&self) -> Option<PathBuf> {
        // A folder that does not exist yet is where its deepest existing parent is.
        let above = self
            .hooks
            .ancestors()
            .find(|path| path.symlink_metadata().is_ok())?;
        let rest = self.hooks.strip_prefix(above).ok()?;
        let Ok(real) = std::fs::canonicalize(above) else {
            // A link whose target does not exist yet.
            return Some(self.hooks.clone());
        };
        let top = self
            .top
            .as_ref()
            .and_then(|top| std::fs::canonicalize(top).ok());
        let is_inside = real.starts_with(&self.common_dir)
            || top.is_some_and(|top| real.starts_with(top))
            || rest.as_os_str().is_empty() && real == self.common_dir;
        (!is_inside).then(|| real.join(rest))
    }
}

/// Returns where Git looks for the hooks of the repository around `path`. Unlike a scan, this reads the
/// configuration of the user and the system, as Git does when it runs a hook.
///
/// # Errors
/// If the repository is missing or cannot be read.
pub fn hooks_folder(path: &Path) -> Result<HooksFolder, OpenError> {
    let git_dir = open::open(path)?.git_dir().to_owned();
    let broken = |error: gix::Error| OpenError::Broken(path.to_owned(), error.to_string());
    let mut permissions = gix::open::Permissions::isolated();
    permissions.config = gix::open::permissions::Config {
        env: false,
        ..gix::open::permissions::Config::all()
    };
    permissions.env = gix::open::permissions::Environment::all();
    let options = gix::open::Options::default()
        .permissions(permissions)
        .with(gix::sec::Trust::Full)
        .open_path_as_is(true);
    let repository = gix::open_opts(git_dir, options).map_err(broken)?;
    let top = repository.workdir().map(Path::to_owned);
    let configured = repository
        .config_snapshot()
        .trusted_path("core.hooksPath")
        .map_err(broken)?;
    let hooks = match configured {
        // Hooks run in the top folder, so a relative path begins there.
        Some(hooks) => top.as_deref().unwrap_or(repository.git_dir()).join(hooks),
        None => repository.common_dir().join("hooks"),
    };
    let common_dir = repository.common_dir();
    Ok(HooksFolder {
        hooks,
        top,
        common_dir: std::fs::canonicalize(common_dir).unwrap_or_else(|_| common_dir.to_owned()),
    })
}
