//! What keeps commits alive: refs, the heads of worktrees, reflogs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::refs::Target;
use gix::refs::file::Store;

use super::layout::Layout;
use crate::model::BlobPath;
use crate::source::repository::Repository;

/// How much of one reflog is read, in bytes.
const MAX_LOG: u64 = 256 * 1024 * 1024;

/// How many folders of reflogs are entered.
const MAX_FOLDERS: usize = 100_000;

/// A name that leads to an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tip {
    /// `refs/heads/main`, `HEAD`, `refs/stash@{1}`.
    pub(crate) name: String,
    /// The object, which may be a tag.
    pub(crate) id: ObjectId,
}

/// All names, by kind.
#[derive(Debug, Default)]
pub(crate) struct Tips {
    /// Refs and `HEAD`s.
    pub(crate) refs: Vec<Tip>,
    /// Entries of reflogs, newest first in each.
    pub(crate) logs: Vec<Tip>,
    /// What `HEAD` leads to.
    pub(crate) head: Option<ObjectId>,
    /// What could not be read.
    pub(crate) problems: Vec<String>,
}

/// Reads all names of a repository.
pub(crate) fn tips(layout: &Layout) -> Tips {
    let mut tips = Tips::default();
    if !layout.has_plain_refs {
        let problem = "the refs are kept in a form that is not read (reftable): what contains a \
                       finding is not told";
        tips.problems.push(problem.to_owned());
        return tips;
    }
    let Repository {
        common_dir,
        git_dir,
        ..
    } = &layout.repository;
    let store = Store::at(common_dir.clone(), layout.hash);
    if let Err(error) = read_refs(&store, &mut tips) {
        let problem = format!("the refs cannot be read: {error}");
        tips.problems.push(problem);
    }
    tips.head = head(git_dir, &store);
    let main = ("HEAD".to_owned(), git_dir.clone());
    let others = fs::read_dir(common_dir.join("worktrees"));
    let others = others.into_iter().flatten().flatten().map(|entry| {
        let name = BlobPath::from_path(Path::new(&entry.file_name()));
        (format!("worktrees/{name}/HEAD"), entry.path())
    });
    let shared =
        (git_dir != common_dir).then(|| ("main-worktree/HEAD".to_owned(), common_dir.clone()));
    for (name, folder) in others.chain(shared).chain([main]) {
        if let Some(id) = head(&folder, &store) {
            tips.refs.push(Tip { name, id });
        }
    }
    read_logs(&common_dir.join("logs"), &mut tips);
    if git_dir != common_dir {
        read_logs(&git_dir.join("logs"), &mut tips);
    }
    tips.refs.sort();
    tips.refs.dedup();
    tips
}

fn read_refs(store: &Store, tips: &mut Tips) -> Result<(), String> {
    let all = store.iter().map_err(|error| error.to_string())?;
    let all = all.all().map_err(|error| error.to_string())?;
    for reference in all {
        match reference {
            Ok(reference) => {
                if let Target::Object(id) = reference.target {
                    let name = reference.name.as_bstr().to_string();
                    tips.refs.push(Tip { name, id });
                }
            }
            Err(error) => tips.problems.push(format!("a ref cannot be read: {error}")),
        }
    }
    Ok(())
}

/// What the `HEAD` in a folder leads to.
fn head(folder: &Path, store: &Store) -> Option<ObjectId> {
    let path = folder.join("HEAD");
    let length = fs::metadata(&path).ok()?.len();
    let text = fs::read_to_string(&path).ok().filter(|_| length < 4096)?;
    let mut name = match text.trim_end().strip_prefix("ref:") {
        Some(name) => name.trim().to_owned(),
        None => return ObjectId::from_hex(text.trim_end().as_bytes()).ok(),
    };
    // As deep as Git follows (`SYMREF_MAXDEPTH`).
    for _ in 0..5 {
        match store.try_find(name.as_str()).ok()??.target {
            Target::Object(id) => return Some(id),
            Target::Symbolic(next) => name = next.as_bstr().to_string(),
        }
    }
    None
}

fn read_logs(root: &Path, tips: &mut Tips) {
    let mut folders = vec![root.to_owned()];
    let mut entered = 0;
    while let Some(folder) = folders.pop() {
        entered += 1;
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let Ok(meta) = fs::symlink_metadata(&path) else {
                continue;
            };
            if meta.is_dir() && entered + folders.len() < MAX_FOLDERS {
                folders.push(path);
            } else if meta.is_file()
                && let Ok(name) = path.strip_prefix(root)
            {
                let name = BlobPath::from_path(name).to_string();
                if let Err(error) = read_log(&path, &name, tips) {
                    let problem = format!("the reflog of '{name}' cannot be read: {error}");
                    tips.problems.push(problem);
                }
            }
        }
    }
}

/// A line is the old id, the new one, who, and a message.
fn read_log(path: &Path, name: &str, tips: &mut Tips) -> std::io::Result<()> {
    use std::io::Read as _;

    let mut reader = BufReader::new(fs::File::open(path)?.take(MAX_LOG));
    let mut line = Vec::new();
    let mut ids: Vec<ObjectId> = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let mut words = line.split(|&b| b == b' ');
        let old = words.next().and_then(|hex| ObjectId::from_hex(hex).ok());
        let new = words.next().and_then(|hex| ObjectId::from_hex(hex).ok());
        if ids.is_empty() {
            // What the ref was before the log begins.
            ids.extend(old.filter(|id| !id.is_null()));
        }
        if let (Some(_), Some(new)) = (old, new) {
            ids.push(new);
        }
        line.clear();
    }
    let newest_first = ids.into_iter().rev().enumerate();
    tips.logs.extend(
        newest_first
            .filter(|(_, id)| !id.is_null())
            .map(|(age, id)| Tip {
                name: format!("{name}@{{{age}}}"),
                id,
            }),
    );
    Ok(())
}
