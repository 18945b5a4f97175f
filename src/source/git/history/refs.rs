//! What keeps commits alive: refs, the heads of worktrees, reflogs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use gix::ObjectId;

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
pub(crate) fn tips(repository: &gix::Repository) -> Tips {
    let mut tips = Tips::default();
    read_refs(repository, &mut tips);
    if let Ok(head) = repository.head_id() {
        tips.head = Some(head.detach());
        tips.refs.push(Tip {
            name: "HEAD".to_owned(),
            id: head.detach(),
        });
    }
    for worktree in repository.worktrees().unwrap_or_default() {
        let Ok(id) = worktree.id() else {
            continue;
        };
        let name = format!("worktrees/{id}/HEAD");
        if let Ok(repository) = worktree.into_repo_with_possibly_inaccessible_worktree()
            && let Ok(head) = repository.head_id()
        {
            let id = head.detach();
            tips.refs.push(Tip { name, id });
        }
    }
    let logs = repository.common_dir().join("logs");
    read_logs(&logs, &mut tips);
    if repository.git_dir() != repository.common_dir() {
        read_logs(&repository.git_dir().join("logs"), &mut tips);
    }
    tips.refs.sort();
    tips.refs.dedup();
    tips
}

fn read_refs(repository: &gix::Repository, tips: &mut Tips) {
    let told = |error: gix::Error| format!("the refs cannot be read: {error}");
    let platform = match repository.references() {
        Ok(platform) => platform,
        Err(error) => return tips.problems.push(told(error)),
    };
    let all = match platform.all() {
        Ok(all) => all,
        Err(error) => return tips.problems.push(told(error)),
    };
    for reference in all {
        match reference {
            Ok(reference) => {
                if let Some(id) = reference.try_id() {
                    let name = reference.name().as_bstr().to_string();
                    tips.refs.push(Tip {
                        name,
                        id: id.detach(),
                    });
                }
            }
            Err(error) => tips.problems.push(format!("a ref cannot be read: {error}")),
        }
    }
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
                let name = crate::model::BlobPath::from_path(name).to_string();
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
