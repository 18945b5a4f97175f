//! Chooses the source of the configuration, baseline, rules and inline markers that apply.
//!
//! In a merge request they are read from the target, as Git objects, so that a merge request cannot suppress its own
//! findings. Files that the operator names outside of the checkout are read from disk.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::choice::Policy;
use super::fetch::{Depth, Fetcher, Project};
use super::obtain::{check_tag, short};
use super::ruleset;
use crate::cli::plan::{Disk, Files};
use crate::config;
use crate::model::BlobPath;
use crate::rule::RuleSet;
use crate::safe_file::NamedPath;
use crate::source::{Lookup, RepoLocation, lexical};

/// The commit whose files apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrustedCommit {
    /// Its full id; `None` if it cannot be fetched: then no file of the project applies.
    pub(super) commit: Option<String>,
    /// A sentence for the log.
    pub(super) why: String,
}

/// Returns the commit whose files apply, unless they are those of the checkout.
pub(super) fn trusted(
    policy: &Policy,
    fetcher: &mut Fetcher,
) -> anyhow::Result<Option<TrustedCommit>> {
    let Policy::Target { tip, branch, base } = policy else {
        return Ok(None);
    };
    let mut reasons = Vec::new();
    let mut wanted = tip.clone();
    if let (None, Some(branch)) = (&wanted, branch) {
        // Not the branch of the clone, which an earlier job may have written.
        match fetcher.branch(Project::Target, branch) {
            Ok(id) => wanted = Some(id),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    let about = |commit: &str, what: &str| TrustedCommit {
        commit: Some(commit.to_owned()),
        why: format!(
            "Configuration, baseline, rules and exceptions are those of {what} (commit {}).",
            short(commit)
        ),
    };
    if let Some(wanted) = wanted {
        match obtain(fetcher, &wanted)? {
            Ok(commit) => return Ok(Some(about(&commit, "the target branch"))),
            Err(reason) => reasons.push(reason),
        }
    }
    if let Some(base) = base {
        match obtain(fetcher, base)? {
            Ok(commit) => {
                return Ok(Some(about(
                    &commit,
                    "the base of the merge request, a commit of the target branch",
                )));
            }
            Err(reason) => reasons.push(reason),
        }
    }
    let why = format!(
        "No configuration, baseline or exception of the project applies, because the target branch could not be fetched: {}.",
        reasons.join("; ")
    );
    Ok(Some(TrustedCommit { commit: None, why }))
}

/// Resolves a revision, and fetches its commit without the history if it is missing.
fn obtain(fetcher: &mut Fetcher, revision: &str) -> anyhow::Result<Result<String, String>> {
    let lookup = Lookup::open(&fetcher.location())?;
    if let Some(commit) = lookup.commit(revision)? {
        check_tag(fetcher, Project::Target, &lookup, revision)?;
        return Ok(Ok(commit));
    }
    // A shallow clone needs one commit only; a complete clone must stay complete.
    let depth = if lookup.is_shallow() {
        Depth::To(1)
    } else {
        Depth::Connect
    };
    if let Err(error) = fetcher.fetch(depth, &[revision.to_owned()]) {
        return Ok(Err(error.to_string()));
    }
    let found = Lookup::open(&fetcher.location())?.commit(revision)?;
    Ok(found.ok_or_else(|| format!("commit {} is not in the clone", short(revision))))
}

/// Reads files of the checkout from a commit, and others from disk.
pub(super) struct TrustedFiles {
    lookup: Lookup,
    commit: Option<String>,
    root: PathBuf,
    here: PathBuf,
    asked: RefCell<BTreeSet<PathBuf>>,
}

impl TrustedFiles {
    /// Creates a reader for the repository whose checkout is `root`.
    pub(super) fn new(
        location: &RepoLocation,
        root: &Path,
        commit: Option<String>,
    ) -> anyhow::Result<Self> {
        let unreadable = || format!("cannot read '{}'", root.display());
        Ok(Self {
            lookup: Lookup::open(location)?,
            commit,
            root: fs::canonicalize(root).with_context(unreadable)?,
            here: std::env::current_dir().and_then(fs::canonicalize)?,
            asked: RefCell::new(
                [config::FILE_NAME, ruleset::FILE_NAME]
                    .map(PathBuf::from)
                    .into(),
            ),
        })
    }

    /// Returns the path of a file in the repository, if it is one of the checkout.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        // By name alone: a link of the checkout must not lead out of it.
        let named = lexical(&self.here.join(path));
        let inside = match named.strip_prefix(&self.root) {
            Ok(inside) => inside.to_owned(),
            Err(_) => fs::canonicalize(path)
                .ok()?
                .strip_prefix(&self.root)
                .ok()?
                .to_owned(),
        };
        self.asked.borrow_mut().insert(inside.clone());
        Some(inside)
    }

    /// Returns true if the path is that of a file of the checkout, which is read from the commit.
    pub(super) fn is_in_checkout(&self, path: &Path) -> bool {
        self.inside(path).is_some()
    }

    /// Returns the files that affect the scan and that differ between two commits.
    pub(super) fn changed(
        &self,
        location: &RepoLocation,
        base: &str,
        head: &str,
    ) -> anyhow::Result<Vec<BlobPath>> {
        let lookup = Lookup::open(location)?;
        let asked = self.asked.borrow();
        let differ =
            |path: &&PathBuf| lookup.content_id(base, path) != lookup.content_id(head, path);
        Ok(asked
            .iter()
            .filter(differ)
            .map(|path| BlobPath::from_path(path))
            .collect())
    }
}

impl Files for TrustedFiles {
    fn text(&self, path: &NamedPath, max: u64) -> anyhow::Result<Option<String>> {
        let Some(inside) = self.inside(path.path()) else {
            return Disk.text(path, max);
        };
        match &self.commit {
            Some(commit) => Ok(self.lookup.text(commit, &inside, max)?),
            None => Ok(None),
        }
    }

    fn add_rules(&self, path: &NamedPath, rules: &mut RuleSet) -> anyhow::Result<()> {
        let Some(inside) = self.inside(path.path()) else {
            return Disk.add_rules(path, rules);
        };
        let path = path.path();
        let about = || format!("the rules '{}' of the target branch", path.display());
        let commit = self
            .commit
            .as_ref()
            .context("the target branch is not known")
            .with_context(about)?;
        let files = match self.lookup.files(commit, &inside)? {
            None => vec![inside],
            Some(names) => {
                let tomls: Vec<PathBuf> = names
                    .iter()
                    .map(|name| inside.join(name))
                    .filter(|file| {
                        file.extension()
                            .is_some_and(|extension| extension == "toml")
                    })
                    .collect();
                anyhow::ensure!(
                    !tomls.is_empty(),
                    "{}: no *.toml file in this folder",
                    about()
                );
                tomls
            }
        };
        for file in files {
            let text = self.lookup.text(commit, &file, RuleSet::MAX_FILE)?;
            let text = text.context("file not found").with_context(about)?;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            rules.add_text(BlobPath::from_path(&file), &stem, &text)?;
        }
        rules.check_formats()?;
        Ok(())
    }
}
