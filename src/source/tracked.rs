//! The tracked paths of a repository, as a small set.

use std::borrow::Cow;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::hash::BuildHasher;
use std::path::Path;

use super::repository::{Repository, RepositoryFormat};
use crate::safe_file::open_below;

/// The tracked files of a repository, and their folders.
///
/// The set keeps a keyed 64-bit hash of each path. With a million files, an untracked name is mistaken for a
/// tracked one with a probability below one in ten million, and is only scanned then.
#[derive(Debug)]
pub(super) struct Tracked {
    hasher: RandomState,
    files: HashSet<u64>,
    folders: HashSet<u64>,
    /// Folders of a sparse index, which does not list the files in them.
    sparse: HashSet<u64>,
}

impl Tracked {
    /// Reads the index of a repository. An empty repository needs no index.
    ///
    /// # Errors
    /// In words, if the index cannot be read, is damaged, or is missing in a repository with objects.
    pub(super) fn of(repository: &Repository) -> Result<Self, String> {
        let Repository {
            git_dir,
            common_dir,
            ..
        } = repository;
        let index = git_dir.join("index");
        // `gix` does not check the type of files that it opens.
        match open_below(git_dir, Path::new("index")) {
            Ok(_) => {}
            Err(error) if !error.is_absent() => return Err(error.to_string()),
            Err(_) if has_objects(common_dir) => {
                return Err("it is missing although the repository has content".to_owned());
            }
            Err(_) => {}
        }
        for shared in shared_indexes(git_dir) {
            open_below(git_dir, Path::new(&shared)).map_err(|error| error.to_string())?;
        }
        // A configuration that cannot be read is reported by its reader.
        let format = RepositoryFormat::read(common_dir).unwrap_or_default();
        Self::read(&index, format.hash())
    }

    fn read(index: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let mut tracked = Self {
            hasher: RandomState::new(),
            files: HashSet::new(),
            folders: HashSet::new(),
            sparse: HashSet::new(),
        };
        let index = gix::index::File::at_or_default(
            index,
            hash,
            // The checksum of the whole index costs as much as reading it.
            true,
            gix::index::decode::Options::default(),
        )
        .map_err(|_| "it is damaged".to_owned())?;
        tracked.files.reserve(index.entries().len());
        let mut last_folder: &[u8] = b"";
        for entry in index.entries() {
            let path: &[u8] = entry.path(&index);
            // A submodule, and a folder of a sparse index, is an entry and a folder.
            if entry.mode.is_submodule() || entry.mode.is_sparse() {
                let folder = tracked.hasher.hash_one(trim_slash(path));
                tracked.folders.insert(folder);
                if entry.mode.is_sparse() {
                    tracked.sparse.insert(folder);
                }
            }
            tracked.files.insert(tracked.hasher.hash_one(path));
            let folder = parent(path);
            if folder != last_folder {
                last_folder = folder;
                tracked.add_folders(folder);
            }
        }
        Ok(tracked)
    }

    /// Returns true for the path of a tracked file, relative to the worktree, `/`-separated.
    pub(super) fn has_file(&self, path: &[u8]) -> bool {
        self.files.contains(&self.hasher.hash_one(path)) || self.is_below_sparse(path)
    }

    /// Returns true for a folder that contains a tracked file, at any depth.
    pub(super) fn has_folder(&self, path: &[u8]) -> bool {
        self.folders.contains(&self.hasher.hash_one(path)) || self.is_below_sparse(path)
    }

    /// Returns true for a path below a folder whose files the index does not list: it may be tracked.
    fn is_below_sparse(&self, path: &[u8]) -> bool {
        !self.sparse.is_empty()
            && memchr::memchr_iter(b'/', path)
                .filter_map(|slash| path.get(..slash))
                .any(|folder| self.sparse.contains(&self.hasher.hash_one(folder)))
    }

    /// Adds a folder and those above it, up to the first that is in the set.
    fn add_folders(&mut self, mut folder: &[u8]) {
        while !folder.is_empty() && self.folders.insert(self.hasher.hash_one(folder)) {
            folder = parent(folder);
        }
    }
}

/// Returns the part before the last `/`, or nothing.
fn parent(path: &[u8]) -> &[u8] {
    path.iter()
        .rposition(|&byte| byte == b'/')
        .map_or(b"", |slash| &path[..slash])
}

fn trim_slash(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

/// Returns the shared parts of a split index.
fn shared_indexes(git_dir: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(git_dir).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name())
        .filter(|name| name.as_encoded_bytes().starts_with(b"sharedindex."))
        .collect()
}

/// Returns true if a repository has or borrows objects.
fn has_objects(common_dir: &Path) -> bool {
    let objects = common_dir.join("objects");
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    objects.join("info/alternates").exists()
        || entries(&objects.join("pack")).next().is_some()
        || entries(&objects).any(|entry| entry.file_name().len() == 2)
}

/// Returns a relative path as the index spells it.
pub(super) fn git_path(path: &OsStr) -> Cow<'_, [u8]> {
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
