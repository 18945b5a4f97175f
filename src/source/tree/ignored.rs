//! What Git leaves out: ignore rules against the index.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::tracked::Tracked;

/// The name of the files that hold ignore rules.
pub(super) const IGNORE_FILE: &str = ".gitignore";

/// A repository's work tree, as far as leaving out files goes.
#[derive(Debug)]
pub(super) struct WorkTree {
    /// The uppermost folder of it that the walk sees, spelled as the walk spells it.
    pub(super) seen_from: PathBuf,
    /// Where `seen_from` stands in the work tree; empty for the top.
    pub(super) prefix: PathBuf,
    /// What it tracks. `None` where the index cannot be read: then nothing is left out.
    pub(super) tracked: Option<Tracked>,
}

/// What holds in one folder of the walk; folders below inherit it.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    /// The repository whose work tree it is in.
    work_tree: Option<Arc<WorkTree>>,
    /// The ignore rules that apply, those of the nearest folder first.
    rules: Option<Arc<Rules>>,
    /// True in a folder that Git ignores as a whole: only what is tracked there counts.
    is_ignored: bool,
}

/// Ignore rules of one folder, and of those above.
#[derive(Debug)]
struct Rules {
    own: Gitignore,
    above: Option<Arc<Rules>>,
}

impl WorkTree {
    /// A path of the walk, relative to the top of the work tree.
    fn relative<'p>(&self, path: &'p Path) -> Option<Cow<'p, Path>> {
        let below = path.strip_prefix(&self.seen_from).ok()?;
        Some(if self.prefix.as_os_str().is_empty() {
            Cow::Borrowed(below)
        } else {
            Cow::Owned(self.prefix.join(below))
        })
    }

    /// True if the file at `path` is tracked. The common case takes no look at path components.
    fn tracks_file(&self, tracked: &Tracked, path: &Path) -> bool {
        let whole = path.as_os_str().as_encoded_bytes();
        let top = self.seen_from.as_os_str().as_encoded_bytes();
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

impl Folder {
    /// What holds at `work_tree.seen_from`: the repository's `info/exclude`, then the ignore files
    /// from its top down. `top` is the top of the work tree in any spelling.
    pub(super) fn of(work_tree: WorkTree, top: &Path, common_dir: &Path) -> Self {
        let prefix = work_tree.prefix.clone();
        let exclude = read_rules(Path::new(""), &common_dir.join("info").join("exclude"));
        let mut folder = Self {
            rules: exclude.map(|own| Arc::new(Rules { own, above: None })),
            work_tree: Some(Arc::new(work_tree)),
            is_ignored: false,
        };
        folder.add_rules(Path::new(""), top);
        let mut relative = PathBuf::new();
        for component in prefix.components() {
            relative.push(component);
            folder.is_ignored = folder.is_ignored || folder.matches(&relative, true);
            folder.add_rules(&relative, &top.join(&relative));
        }
        folder
    }

    /// What holds in the folder `path` directly below this one; `None` if that is the same.
    /// `has_ignore_file` says whether an ignore file stands in it.
    pub(super) fn enter(&self, path: &Path, has_ignore_file: bool) -> Option<Self> {
        let relative = self.work_tree.as_ref()?.relative(path)?;
        let mut folder = self.clone();
        folder.is_ignored = self.is_ignored || self.matches(&relative, true);
        let has_rules = has_ignore_file && folder.add_rules(&relative, path);
        (has_rules || folder.is_ignored != self.is_ignored).then_some(folder)
    }

    /// True if Git would leave out the file or folder `path`, which stands directly in this one.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let Some(work_tree) = self.work_tree.as_deref() else {
            return false;
        };
        let Some(tracked) = &work_tree.tracked else {
            return false;
        };
        if !is_folder && work_tree.tracks_file(tracked, path) {
            return false;
        }
        let Some(relative) = work_tree.relative(path) else {
            return false;
        };
        if is_folder && tracked.has_folder(&git_path(relative.as_os_str())) {
            return false;
        }
        self.is_ignored || self.matches(&relative, is_folder)
    }

    /// Adds the ignore file in the folder `path`, which is `relative` in the work tree. False if
    /// there is none.
    fn add_rules(&mut self, relative: &Path, path: &Path) -> bool {
        match read_rules(relative, &path.join(IGNORE_FILE)) {
            Some(own) => {
                self.rules = Some(Arc::new(Rules {
                    own,
                    above: self.rules.take(),
                }));
                true
            }
            None => false,
        }
    }

    /// What the ignore rules say of a path of the work tree: the nearest rule that matches decides.
    fn matches(&self, relative: &Path, is_folder: bool) -> bool {
        let mut rules = self.rules.as_deref();
        while let Some(Rules { own, above }) = rules {
            match own.matched(relative, is_folder) {
                Match::None => rules = above.as_deref(),
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }
}

/// The rules of one ignore file, which apply below `folder`; `None` if there is none. A line that
/// is no valid pattern is passed over, as Git does.
fn read_rules(folder: &Path, file: &Path) -> Option<Gitignore> {
    if !std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // The error lists lines that are no pattern; the others count.
    drop(builder.add(file));
    builder.build().ok().filter(|rules| !rules.is_empty())
}

/// A relative path as the index spells it.
fn git_path(path: &OsStr) -> Cow<'_, [u8]> {
    let bytes = path.as_encoded_bytes();
    if cfg!(windows) && bytes.contains(&b'\\') {
        bytes
            .iter()
            .map(|&b| if b == b'\\' { b'/' } else { b })
            .collect::<Vec<u8>>()
            .into()
    } else {
        bytes.into()
    }
}
