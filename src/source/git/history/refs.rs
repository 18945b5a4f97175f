//! Refs, the `HEAD`s of worktrees, and reflogs.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::refs::Target;
use gix::refs::file::Store;

use super::layout::RepositoryLayout;
use crate::model::BlobPath;
use crate::safe_file::{FileError, open_below, open_regular};
use crate::source::repository::Repository;

/// Maximum number of bytes of reflogs that are read. An entry takes about as much memory as it has bytes.
const MAX_LOGS: u64 = 128 * 1024 * 1024;

/// Maximum number of bytes of a line that are read: two ids of SHA-256, each with a blank.
const MAX_IDS: u64 = 2 * 65;

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
    /// Reflogs that are not read whole: fewer names are known of findings that no ref contains.
    pub(crate) notes: Vec<String>,
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
    let mut text = String::new();
    let file = open_regular(&folder.join("HEAD")).map_err(|error| error.to_string())?;
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

/// Reads all reflogs below a folder.
fn read_logs(root: &Path, tips: &mut RefTips) {
    if root.is_symlink() {
        let problem = format!("the reflogs cannot be read: {}", FileError::Link);
        return tips.problems.push(problem);
    }
    let mut folders = vec![root.to_owned()];
    let mut entered = 0;
    let mut budget = MAX_LOGS;
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
            } else if let Ok(below) = path.strip_prefix(root) {
                let name = BlobPath::from_path(below).to_string();
                let (budget, logs) = (&mut budget, &mut tips.logs);
                match read_log(root, below, &name, budget, logs) {
                    Ok(None) => {}
                    Ok(Some(reason)) => {
                        let note = format!("the reflog of '{name}' is not read whole: {reason}");
                        tips.notes.push(note);
                    }
                    Err(error) => {
                        let problem = format!("the reflog of '{name}' cannot be read: {error}");
                        tips.problems.push(problem);
                    }
                }
            }
        }
    }
}

/// Reads a reflog into `tips`. A line is the old id, the new id, the committer, and a message. Returns the reason if
/// some lines are not read.
///
/// # Errors
/// If the file cannot be read.
fn read_log(
    root: &Path,
    below: &Path,
    name: &str,
    budget: &mut u64,
    tips: &mut Vec<RefTip>,
) -> Result<Option<String>, FileError> {
    let file = open_below(root, below)?;
    let mut reader = BufReader::new(file.take(*budget));
    let mut line = Vec::new();
    let mut ids: Vec<ObjectId> = Vec::new();
    let mut invalid = 0_usize;
    while (&mut reader).take(MAX_IDS).read_until(b'\n', &mut line)? > 0 {
        if !line.ends_with(b"\n") {
            reader.skip_until(b'\n')?;
        }
        let mut words = line.split(|&b| b == b' ' || b == b'\n');
        let mut next = || words.next().and_then(|hex| ObjectId::from_hex(hex).ok());
        match (next(), next()) {
            (Some(old), Some(new)) => {
                if ids.is_empty() {
                    // The value of the ref before the log begins.
                    ids.push(old);
                }
                ids.push(new);
            }
            _ => invalid += 1,
        }
        line.clear();
    }
    *budget = reader.get_ref().limit();
    let newest_first = ids.into_iter().rev().enumerate();
    tips.extend(
        newest_first
            .filter(|(_, id)| !id.is_null())
            .map(|(age, id)| RefTip {
                name: format!("{name}@{{{age}}}"),
                id,
            }),
    );
    Ok(match invalid {
        _ if *budget == 0 => Some(format!("all reflogs have more than {MAX_LOGS} bytes")),
        0 => None,
        1 => Some("1 line is not an entry".to_owned()),
        lines => Some(format!("{lines} lines are not entries")),
    })
}
