//! Checks the files of a repository before `gix` reads them.
//!
//! `gix` opens paths without checking their types. A pipe would block it, a device would not end, a link out of
//! the repository would be followed, and some content makes it panic. So every file that it may open is checked
//! first: it must be a regular file of bounded size, and must not be a link that leads out.

use std::fs::{self, FileType, Metadata};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::pack::alternates::{self, folders as object_folders};
use super::shallow;
use crate::model::BlobPath;
use crate::safe_file::{FileError, is_absent, open_regular};
use crate::source::repository::common_dir;

/// Files directly in a repository, and their largest sizes.
const FILES: [(&str, u64); 10] = [
    ("HEAD", 64 << 10),
    ("config", 8 << 20),
    ("config.worktree", 8 << 20),
    ("commondir", 64 << 10),
    ("gitdir", 64 << 10),
    ("packed-refs", 1 << 30),
    ("shallow", shallow::MAX_FILE),
    ("index", 1 << 30),
    ("MERGE_HEAD", 64 << 20),
    ("FETCH_HEAD", 64 << 20),
];

/// The longest line of `packed-refs`: an id, and a name of at most 4096 bytes. `gix` needs many times the memory of a
/// longer one.
const MAX_LINE: usize = 8 << 10;

/// The largest size of a ref.
const MAX_REF: u64 = 64 << 10;

/// The largest size of other files that `gix` reads or maps. Packs are mapped and unbounded.
const MAX_MAPPED: u64 = 16 << 30;

/// Maximum nesting of folders of refs: a name has at most 4096 bytes, two for each folder.
const MAX_DEPTH: usize = 2048;

/// A file prevents the repository from being read.
#[derive(Debug, thiserror::Error)]
#[error("'{}': {reason}", BlobPath::from_path(path))]
pub(crate) struct PreflightError {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

/// Returns an error if `gix` must not read a repository.
///
/// # Errors
/// If a file has a type that `gix` does not expect.
pub(super) fn check(git_dir: &Path) -> Result<(), PreflightError> {
    let common = common_dir(git_dir)
        .map_err(|error| problem(&git_dir.join("commondir"), &error.to_string()))?;
    let mut check = FileCheck {
        own: Vec::new(),
        may_dangle: false,
    };
    for folder in [git_dir, &common] {
        check
            .own
            .push(fs::canonicalize(folder).map_err(|error| failed(folder, &error))?);
    }
    check.top(git_dir)?;
    if common != git_dir {
        check.top(&common)?;
        check.folder_at(&git_dir.join("refs"), MAX_REF)?;
    }
    check.folder_at(&common.join("refs"), MAX_REF)?;
    let worktrees = common.join("worktrees");
    let listed = check.is_folder(&worktrees)?.then(|| entries(&worktrees));
    for (path, kind) in listed.transpose()?.unwrap_or_default() {
        if kind.is_dir() {
            check.file(&path.join("HEAD"), MAX_REF)?;
        }
    }
    let shallow = common.join("shallow");
    shallow::read(&shallow, None).map_err(|reason| problem(&shallow, &reason.to_string()))?;
    check_objects(&common.join("objects"))
}

/// Returns an error if `gix` must not read an object folder, or one that it borrows from.
///
/// # Errors
/// As [`check`].
pub(super) fn check_objects(objects: &Path) -> Result<(), PreflightError> {
    if !objects.is_dir() {
        return Ok(());
    }
    // Folders that cannot be read are reported when their objects are missing.
    for folder in object_folders(objects, &mut Vec::new()) {
        let check = FileCheck {
            own: vec![folder.clone()],
            may_dangle: true,
        };
        // `gix` reads it whole, and needs several times its size.
        check.file(&folder.join("info/alternates"), alternates::MAX_FILE)?;
        for (path, kind) in entries(&folder)? {
            let name = path.file_name().unwrap_or_default();
            let has_files = name == "pack" || name == "info";
            if !has_files && name.len() != 2 || !kind.is_dir() && !kind.is_symlink() {
                continue;
            }
            if has_files {
                check.folder_at(&path, MAX_MAPPED)?;
            } else if check.is_folder(&path)? {
                for (path, kind) in entries(&path)? {
                    check.entry(&path, kind, None)?;
                }
            }
        }
    }
    Ok(())
}

struct FileCheck {
    /// The canonical folders that links may lead to.
    own: Vec<PathBuf>,
    /// True if the reader of the files reports links to nothing.
    may_dangle: bool,
}

impl FileCheck {
    /// Checks the files directly in a repository, by their names or as refs.
    fn top(&self, git_dir: &Path) -> Result<(), PreflightError> {
        for (name, max) in FILES {
            self.file(&git_dir.join(name), max)?;
        }
        check_lines(&git_dir.join("packed-refs"))?;
        for (path, kind) in entries(git_dir)? {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            let is_ref = name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
            let is_index = name.starts_with(b"sharedindex.");
            if (is_ref || is_index) && !kind.is_dir() {
                self.entry(&path, kind, Some(1 << 30))?;
            }
        }
        Ok(())
    }

    /// Returns true if a path is a folder, or a link to one in the repository; false if it does not exist.
    fn is_folder(&self, path: &Path) -> Result<bool, PreflightError> {
        let found = match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => match self.target(path)? {
                Some(real) => fs::metadata(real),
                None => return Ok(false),
            },
            found => found,
        };
        match found {
            Ok(found) if found.is_dir() => Ok(true),
            Ok(_) => Err(problem(path, "not a folder")),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Checks all files in a folder, which may not exist.
    fn folder_at(&self, path: &Path, max: u64) -> Result<(), PreflightError> {
        match self.is_folder(path)? {
            true => self.folder(path, max, 0),
            false => Ok(()),
        }
    }

    /// Checks all files in a folder.
    fn folder(&self, folder: &Path, max: u64, depth: usize) -> Result<(), PreflightError> {
        if depth > MAX_DEPTH {
            return Err(problem(folder, "folders nest too deep"));
        }
        for (path, kind) in entries(folder)? {
            if kind.is_dir() {
                self.folder(&path, max, depth + 1)?;
            } else {
                let is_pack = path.extension().is_some_and(|name| name == "pack");
                self.entry(&path, kind, (!is_pack).then_some(max))?;
            }
        }
        Ok(())
    }

    /// Checks a file that may exist. A folder in its place is reported by the reader of the file.
    fn file(&self, path: &Path, max: u64) -> Result<(), PreflightError> {
        match fs::symlink_metadata(path) {
            Ok(found) => self.entry(path, found.file_type(), Some(max)),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Checks a file that exists.
    fn entry(&self, path: &Path, kind: FileType, max: Option<u64>) -> Result<(), PreflightError> {
        if kind.is_symlink() {
            return self.link(path, max);
        }
        if kind.is_file() {
            return match max {
                Some(max) => check_size(path, max, fs::symlink_metadata(path)),
                None => Ok(()),
            };
        }
        match kind.is_dir() {
            true => Ok(()),
            false => Err(problem(path, "not a regular file")),
        }
    }

    fn link(&self, path: &Path, max: Option<u64>) -> Result<(), PreflightError> {
        let Some(real) = self.target(path)? else {
            return Ok(());
        };
        match fs::metadata(&real) {
            Ok(found) if !found.is_file() => Err(problem(path, "a link to what is not a file")),
            found => check_size(path, max.unwrap_or(u64::MAX), found),
        }
    }

    /// Returns the canonical target of a link; `None` for an accepted link to nothing.
    fn target(&self, path: &Path) -> Result<Option<PathBuf>, PreflightError> {
        match fs::canonicalize(path) {
            Ok(real) if self.own.iter().any(|folder| real.starts_with(folder)) => Ok(Some(real)),
            Ok(_) => Err(problem(path, "a link that leads out of the repository")),
            Err(error) if !is_absent(&error) => Err(failed(path, &error)),
            // An old symbolic ref is a link, and its target may be a packed ref.
            Err(_)
                if self.may_dangle
                    || fs::read_link(path).is_ok_and(|text| text.starts_with("refs")) =>
            {
                Ok(None)
            }
            Err(_) => Err(problem(path, "a link to a file that does not exist")),
        }
    }
}

fn check_size(path: &Path, max: u64, found: io::Result<Metadata>) -> Result<(), PreflightError> {
    match found {
        Ok(found) if found.len() > max => Err(problem(path, &format!("larger than {max} bytes"))),
        Ok(_) => Ok(()),
        // The file was removed in the meantime.
        Err(error) if is_absent(&error) => Ok(()),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Checks the length of all lines of a file, which may not exist.
fn check_lines(path: &Path) -> Result<(), PreflightError> {
    let read = || -> Result<bool, FileError> {
        let mut file = BufReader::new(open_regular(path)?);
        let mut length = 0;
        loop {
            let bytes = file.fill_buf()?;
            if bytes.is_empty() {
                return Ok(true);
            }
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', bytes) {
                if length + end - start > MAX_LINE {
                    return Ok(false);
                }
                (length, start) = (0, end + 1);
            }
            length += bytes.len() - start;
            if length > MAX_LINE {
                return Ok(false);
            }
            let count = bytes.len();
            file.consume(count);
        }
    };
    match read() {
        Ok(true) => Ok(()),
        Ok(false) => Err(problem(path, "has a line of more than 8 KiB")),
        Err(error) if error.is_absent() || path.is_dir() => Ok(()),
        Err(FileError::Io(error)) => Err(failed(path, &error)),
        Err(error) => Err(problem(path, &error.to_string())),
    }
}

/// Lists a folder, sorted; empty if it does not exist.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, FileType)>, PreflightError> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder, &error)),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|error| failed(folder, &error))?;
        let kind = entry.file_type();
        let kind = kind.map_err(|error| failed(&entry.path(), &error))?;
        entries.push((entry.path(), kind));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

fn failed(path: &Path, error: &io::Error) -> PreflightError {
    problem(path, &format!("cannot be read: {error}"))
}

fn problem(path: &Path, reason: &str) -> PreflightError {
    PreflightError {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
