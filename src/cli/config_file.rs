//! Chooses the configuration file, and the paths that it may name.
//!
//! A configuration in a repository may name only files of that repository. One that the operator
//! keeps elsewhere may name any file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use super::plan::Files;
use crate::config::{Config, FILE_NAME};
use crate::safe_file::{NamedPath, NamingFolder};
use crate::source::{lexical, worktree_top};

/// The origin of a configuration.
#[derive(Debug)]
pub(super) struct ConfigSource {
    /// The path of the file, as results name it; `None` without a configuration file.
    pub(super) path: Option<PathBuf>,
    folder: NamingFolder,
}

impl ConfigSource {
    /// The path that the configuration names under `key`.
    pub(super) fn names(&self, key: &str, path: &str) -> anyhow::Result<NamedPath> {
        let file = self.path.as_deref().unwrap_or(Path::new(FILE_NAME));
        self.folder
            .path(Path::new(path))
            .with_context(|| format!("`{key}` in the configuration '{}'", file.display()))
    }
}

/// Reads the configuration that the operator names.
pub(super) fn read_named(files: &dyn Files, path: &Path) -> anyhow::Result<(ConfigSource, Config)> {
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = match of_checkout(parent)? {
        Some(folder) => folder,
        None => NamingFolder::of_operator(parent),
    };
    match read(files, &NamedPath::by_operator(path), folder)? {
        Some(found) => Ok(found),
        None => Err(anyhow!("file not found"))
            .with_context(|| format!("cannot read the configuration '{}'", path.display())),
    }
}

/// The folder, if it is in the checkout around the current one.
fn of_checkout(folder: &Path) -> anyhow::Result<Option<NamingFolder>> {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let here = here.context("cannot read the current folder")?;
    let absolute = lexical(&here.join(folder));
    let real = fs::canonicalize(&absolute).unwrap_or(absolute);
    Ok(worktree_top(&here).and_then(|top| {
        let below = real.strip_prefix(&top).ok()?.to_owned();
        Some(NamingFolder::of_repository(top, below, folder))
    }))
}

/// Reads the configuration of the checkout `root`, or else that of the current folder or at the top of the
/// worktree that this is in.
pub(super) fn find(
    files: &dyn Files,
    root: Option<&Path>,
) -> anyhow::Result<(ConfigSource, Config)> {
    let found = match root {
        Some(root) => {
            let shown = root.strip_prefix(".").unwrap_or(root);
            read_in(files, NamingFolder::of_repository(root, "", shown))?
        }
        None => find_around(files)?,
    };
    Ok(found.unwrap_or_else(|| {
        let folder = NamingFolder::of_operator("");
        (ConfigSource { path: None, folder }, Config::default())
    }))
}

fn find_around(files: &dyn Files) -> anyhow::Result<Option<(ConfigSource, Config)>> {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let here = here.context("cannot read the current folder")?;
    let top = worktree_top(&here).unwrap_or_else(|| here.clone());
    let below = here.strip_prefix(&top).unwrap_or(Path::new(""));
    let own = read_in(files, NamingFolder::of_repository(&top, below, ""))?;
    if own.is_some() || here == top {
        return Ok(own);
    }
    let up: PathBuf = below.iter().map(|_| "..").collect();
    check_owner(&top, &here, &up)?;
    read_in(files, NamingFolder::of_repository(&top, "", up))
}

fn read_in(
    files: &dyn Files,
    folder: NamingFolder,
) -> anyhow::Result<Option<(ConfigSource, Config)>> {
    let file = folder.path(Path::new(FILE_NAME))?;
    read(files, &file, folder)
}

/// Fails if somebody else put a repository, and a configuration, around a folder of this user.
#[cfg(unix)]
fn check_owner(top: &Path, here: &Path, shown: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let owner = |path: &Path| fs::symlink_metadata(path).map(|found| found.uid());
    let Ok(config) = owner(&top.join(FILE_NAME)) else {
        return Ok(());
    };
    if config == 0 || owner(here).is_ok_and(|here| here == config) {
        return Ok(());
    }
    bail!(
        "the configuration '{}' belongs to another user than the folder; name it with --config to use it",
        shown.join(FILE_NAME).display()
    )
}

#[cfg(not(unix))]
fn check_owner(_: &Path, _: &Path, _: &Path) -> anyhow::Result<()> {
    Ok(())
}

fn read(
    files: &dyn Files,
    file: &NamedPath,
    folder: NamingFolder,
) -> anyhow::Result<Option<(ConfigSource, Config)>> {
    let about = || format!("cannot read the configuration '{}'", file.path().display());
    let Some(text) = files.text(file, Config::MAX_FILE).with_context(about)? else {
        return Ok(None);
    };
    let config = Config::from_toml(&text).with_context(about)?;
    let source = ConfigSource {
        path: Some(file.path().to_owned()),
        folder,
    };
    Ok(Some((source, config)))
}
