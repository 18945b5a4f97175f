//! Refs, the `HEAD`s of worktrees, and reflogs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::refs::Target;
use gix::refs::file::Store;

use super::layout::RepositoryLayout;
use crate::model::BlobPath;
use crate::source::repository::Repository;

/// Maximum number of bytes of one reflog that are read.
const MAX_LOG: u64 = 256 * 1024 * 1024;

/// Maximum number of folders of reflogs that are read.
const MAX_FOLDERS: usize = 100_000;

/// A name that leads to an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RefTip {
    /// `refs/heads/main`, `HEAD`, `refs/stash@{1}`.
    pub(crate) name: String,
    /// The object, which may be a tag.
    pub(crate) id: ObjectId,
}

/// All names.
#[derive(Debug, Default)]
pub(crate) struct RefTips {
    /// Refs and `HEAD`s.
    pub(crate) refs: Vec<RefTip>,
    /// Entries of reflogs, each log newest first.
    pub(crate) logs: Vec<RefTip>,
    /// The commit of `HEAD`.
    pub(crate) head: Option<ObjectId>,
    /// Problems.
    pub(crate) problems: Vec<String>,
}

/// Reads all refs and reflogs of a repository.
pub(crate) fn read_tips(layout: &RepositoryLayout) -> RefTips {
    let mut tips = RefTips::default();
    if !layout.has_plain_refs {
        let problem = "the refs are stored in a format that is not supported (reftable), so that the refs \
                       that contain a finding are unknown; 'git refs migrate --ref-format=files' (Git 2.46) \
                       converts them";
        tips.problems.push(problem.to_owned());
        return tips;
    }
    let Repository {
        common_dir,
        git_dir,
        ..
    } = &layout.repository;
    let store = Store::at(common_dir.clone(), layout.hash);
    read_refs(&store, &mut tips);
    if let Some(fetched) = &layout.fetched {
        read_refs(&Store::at(fetched.clone(), layout.hash), &mut tips);
        tips.refs.retain(|tip| !tip.name.starts_with(OURS));
    }
    let main = ("HEAD".to_owned(), git_dir.clone());
    let mut others = Vec::new();
    for (name, path) in entries(&common_dir.join("worktrees"), &mut tips.problems) {
        let name = BlobPath::from_path(Path::new(&name));
        others.push((format!("worktrees/{name}/HEAD"), path));
    }
    let shared =
        (git_dir != common_dir).then(|| ("main-worktree/HEAD".to_owned(), common_dir.clone()));
    for (name, folder) in others.into_iter().chain(shared).chain([main]) {
        match head(&folder, &store) {
            Ok(id) => {
                if name == "HEAD" {
                    tips.head = id;
                }
                tips.refs.extend(id.map(|id| RefTip { name, id }));
            }
            Err(error) => tips
                .problems
                .push(format!("{name} cannot be read: {error}")),
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

/// Refs that keep fetched commits.
const OURS: &str = "refs/tokensweep/";

fn read_refs(store: &Store, tips: &mut RefTips) {
    let platform = store.iter().map_err(|error| error.to_string());
    let all = platform
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|platform| platform.all().map_err(|error| error.to_string()));
    let all = match all {
        Ok(all) => all,
        Err(error) => {
            let problem = format!("the refs cannot be read: {error}");
            return tips.problems.push(problem);
        }
    };
    for reference in all {
        let reference = match reference {
            Ok(reference) => reference,
            Err(error) => {
                let problem = format!("a ref cannot be read: {error}");
                tips.problems.push(problem);
                continue;
            }
        };
        let name = reference.name.as_bstr().to_string();
        match target(store, reference.target) {
            Ok(id) => tips.refs.extend(id.map(|id| RefTip { name, id })),
            Err(error) => {
                let name = BlobPath::from_bytes(name);
                let problem = format!("the ref '{name}' cannot be read: {error}");
                tips.problems.push(problem);
            }
        }
    }
}

/// Resolves a ref to an object; `None` for a symbolic ref to a ref that does not exist.
fn target(store: &Store, mut target: Target) -> Result<Option<ObjectId>, String> {
    // As many steps as Git follows (`SYMREF_MAXDEPTH`).
    for _ in 0..=5 {
        let name = match target {
            Target::Object(id) => return Ok(Some(id)),
            Target::Symbolic(name) => name.as_bstr().to_string(),
        };
        match store.try_find(name.as_str()) {
            Ok(Some(found)) => target = found.target,
            Ok(None) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("it leads through too many symbolic refs".to_owned())
}

/// Resolves the `HEAD` in a folder; `None` before the first commit.
fn head(folder: &Path, store: &Store) -> Result<Option<ObjectId>, String> {
    use std::io::Read as _;

    let mut text = String::new();
    let path = folder.join("HEAD");
    let is_file = fs::metadata(&path).map(|meta| meta.is_file());
    if !is_file.map_err(|error| error.to_string())? {
        return Err("it is not a file".to_owned());
    }
    let file = fs::File::open(&path).map_err(|error| error.to_string())?;
    file.take(MAX_HEAD)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    let text = text.trim_end();
    let first = match text.strip_prefix("ref:") {
        Some(name) => {
            let name = gix::refs::FullName::try_from(name.trim());
            Target::Symbolic(name.map_err(|error| error.to_string())?)
        }
        None => Target::Object(
            ObjectId::from_hex(text.as_bytes())
                .map_err(|_| "it is neither an object id nor the name of a ref".to_owned())?,
        ),
    };
    target(store, first)
}

/// The largest `HEAD` that is read, in bytes.
const MAX_HEAD: u64 = 4096;

/// Lists a folder, which need not exist.
fn entries(folder: &Path, problems: &mut Vec<String>) -> Vec<(std::ffi::OsString, PathBuf)> {
    let read = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| (entry.file_name(), entry.path())))
            .collect()
    });
    match read {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let folder = BlobPath::from_path(folder);
            problems.push(format!("'{folder}' cannot be read: {error}"));
            Vec::new()
        }
    }
}

fn read_logs(root: &Path, tips: &mut RefTips) {
    let mut folders = vec![root.to_owned()];
    let mut entered = 0;
    while let Some(folder) = folders.pop() {
        entered += 1;
        let mut paths: Vec<PathBuf> = entries(&folder, &mut tips.problems)
            .into_iter()
            .map(|(_, path)| path)
            .collect();
        paths.sort();
        for path in paths {
            let Ok(meta) = fs::symlink_metadata(&path) else {
                continue;
            };
            if meta.is_dir() && entered + folders.len() < MAX_FOLDERS {
                folders.push(path);
            } else if meta.is_dir() {
                let problem =
                    format!("more than {MAX_FOLDERS} folders of reflogs: the rest is not read");
                if tips.problems.last() != Some(&problem) {
                    tips.problems.push(problem);
                }
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

/// Reads a reflog. A line is the old id, the new id, the committer, and a message.
fn read_log(path: &Path, name: &str, tips: &mut RefTips) -> std::io::Result<()> {
    use std::io::Read as _;

    let mut reader = BufReader::new(fs::File::open(path)?.take(MAX_LOG));
    let mut line = Vec::new();
    let mut ids: Vec<ObjectId> = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let mut words = line.split(|&b| b == b' ');
        let old = words.next().and_then(|hex| ObjectId::from_hex(hex).ok());
        let new = words.next().and_then(|hex| ObjectId::from_hex(hex).ok());
        if ids.is_empty() {
            // The value of the ref before the log begins.
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
            .map(|(age, id)| RefTip {
                name: format!("{name}@{{{age}}}"),
                id,
            }),
    );
    Ok(())
}
