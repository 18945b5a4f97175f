//! An open folder and access to its entries.
//!
//! An entry is opened by its name in the open folder, not by its path. So the system resolves one name for each
//! file instead of a path, a folder that is replaced by a link does not lead the walk elsewhere, and the length of
//! a path does not matter.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;

/// The kind of an entry; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DirectoryEntryKind {
    Folder,
    File,
    Link,
    /// A socket, a pipe, a device.
    Special,
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct DirectoryEntry {
    pub(super) name: OsString,
    pub(super) kind: DirectoryEntryKind,
}

/// An open folder.
#[derive(Debug)]
pub(super) struct Directory(system::DirectoryHandle);

impl Directory {
    /// Opens the folder at `path`, which may be a link to one.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        system::root(path).map(Self)
    }

    /// Opens a folder in this one. A link is an error.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn folder(&self, name: &OsStr) -> io::Result<Self> {
        system::folder(&self.0, name).map(Self)
    }

    /// Opens a file in this folder for reading, without blocking on a pipe. A link is an error.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn file(&self, name: &OsStr) -> io::Result<File> {
        system::file(&self.0, name)
    }

    /// Returns the text of a link in this folder.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn link(&self, name: &OsStr) -> io::Result<Vec<u8>> {
        system::link(&self.0, name)
    }

    /// Adds the entries to `entries`, unsorted. May be called once.
    ///
    /// # Errors
    /// The error of the system; the entries before it have been added.
    pub(super) fn list(&self, entries: &mut Vec<DirectoryEntry>) -> io::Result<()> {
        system::list(&self.0, entries)
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, readlinkat, statat};
    use rustix::io::retry_on_intr;

    use super::{DirectoryEntry, DirectoryEntryKind};

    pub(super) type DirectoryHandle = OwnedFd;

    const FOLDER: OFlags = OFlags::RDONLY
        .union(OFlags::DIRECTORY)
        .union(OFlags::CLOEXEC);

    const FILE: OFlags = OFlags::RDONLY
        .union(OFlags::NONBLOCK)
        .union(OFlags::CLOEXEC);

    pub(super) fn root(path: &Path) -> io::Result<DirectoryHandle> {
        Ok(retry_on_intr(|| openat(CWD, path, FOLDER, Mode::empty()))?)
    }

    pub(super) fn folder(parent: &DirectoryHandle, name: &OsStr) -> io::Result<DirectoryHandle> {
        let flags = FOLDER.union(OFlags::NOFOLLOW);
        Ok(retry_on_intr(|| {
            openat(parent, name, flags, Mode::empty())
        })?)
    }

    pub(super) fn file(parent: &DirectoryHandle, name: &OsStr) -> io::Result<File> {
        let flags = FILE.union(OFlags::NOFOLLOW);
        let opened = retry_on_intr(|| openat(parent, name, flags, Mode::empty()));
        Ok(File::from(opened?))
    }

    pub(super) fn link(parent: &DirectoryHandle, name: &OsStr) -> io::Result<Vec<u8>> {
        Ok(readlinkat(parent, name, Vec::new())?.into_bytes())
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn list(
        folder: &DirectoryHandle,
        entries: &mut Vec<DirectoryEntry>,
    ) -> io::Result<()> {
        /// How many bytes of entries are read at a time.
        const CHUNK: usize = 32 * 1024;

        let mut buffer = [const { std::mem::MaybeUninit::uninit() }; CHUNK];
        let mut listing = rustix::fs::RawDir::new(folder, &mut buffer);
        while let Some(entry) = listing.next() {
            let entry = entry?;
            add(
                folder,
                entry.file_name().to_bytes(),
                entry.file_type(),
                entries,
            );
        }
        Ok(())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn list(
        folder: &DirectoryHandle,
        entries: &mut Vec<DirectoryEntry>,
    ) -> io::Result<()> {
        for entry in rustix::fs::Dir::read_from(folder)? {
            let entry = entry?;
            add(
                folder,
                entry.file_name().to_bytes(),
                entry.file_type(),
                entries,
            );
        }
        Ok(())
    }

    fn add(
        folder: &DirectoryHandle,
        name: &[u8],
        kind: FileType,
        entries: &mut Vec<DirectoryEntry>,
    ) {
        if matches!(name, b"." | b"..") {
            return;
        }
        let name = OsStr::from_bytes(name);
        let kind = match kind {
            FileType::Unknown => asked(folder, name),
            known => known,
        };
        entries.push(DirectoryEntry {
            name: name.to_owned(),
            kind: match kind {
                FileType::Directory => DirectoryEntryKind::Folder,
                // If nothing is known, opening the entry reports what is wrong.
                FileType::RegularFile | FileType::Unknown => DirectoryEntryKind::File,
                FileType::Symlink => DirectoryEntryKind::Link,
                _ => DirectoryEntryKind::Special,
            },
        });
    }

    /// Returns the kind of an entry on a file system whose folders do not contain it.
    fn asked(folder: &DirectoryHandle, name: &OsStr) -> FileType {
        let found = retry_on_intr(|| statat(folder, name, AtFlags::SYMLINK_NOFOLLOW));
        found.map_or(FileType::Unknown, |found| {
            FileType::from_raw_mode(found.st_mode)
        })
    }
}

#[cfg(not(unix))]
mod system {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::io;
    use std::path::{Path, PathBuf};

    use super::{DirectoryEntry, DirectoryEntryKind};

    /// There is no opening by name in a folder, so this is the path.
    pub(super) type DirectoryHandle = PathBuf;

    pub(super) fn root(path: &Path) -> io::Result<DirectoryHandle> {
        Ok(path.to_owned())
    }

    pub(super) fn folder(parent: &DirectoryHandle, name: &OsStr) -> io::Result<DirectoryHandle> {
        Ok(parent.join(name))
    }

    pub(super) fn file(parent: &DirectoryHandle, name: &OsStr) -> io::Result<File> {
        File::open(parent.join(name))
    }

    pub(super) fn link(parent: &DirectoryHandle, name: &OsStr) -> io::Result<Vec<u8>> {
        let target = fs::read_link(parent.join(name))?;
        Ok(target.into_os_string().into_encoded_bytes())
    }

    pub(super) fn list(
        folder: &DirectoryHandle,
        entries: &mut Vec<DirectoryEntry>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            entries.push(DirectoryEntry {
                name: entry.file_name(),
                kind: if kind.is_dir() {
                    DirectoryEntryKind::Folder
                } else if kind.is_file() {
                    DirectoryEntryKind::File
                } else if kind.is_symlink() {
                    DirectoryEntryKind::Link
                } else {
                    DirectoryEntryKind::Special
                },
            });
        }
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn lists_kinds_and_does_not_follow_links() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        std::fs::create_dir(root.join("folder")).unwrap();
        std::fs::write(root.join("file"), "x").unwrap();
        std::os::unix::fs::symlink("file", root.join("to-file")).unwrap();
        std::os::unix::fs::symlink("folder", root.join("to-folder")).unwrap();
        let directory = Directory::open(root).unwrap();
        let mut entries = Vec::new();
        directory.list(&mut entries).unwrap();
        let mut found: Vec<_> = entries
            .iter()
            .map(|entry| (entry.name.to_str().unwrap(), entry.kind))
            .collect();
        found.sort_by_key(|&(name, _)| name);
        let expected = [
            ("file", DirectoryEntryKind::File),
            ("folder", DirectoryEntryKind::Folder),
            ("to-file", DirectoryEntryKind::Link),
            ("to-folder", DirectoryEntryKind::Link),
        ];
        assert_eq!(found, expected);
        assert!(directory.folder("folder".as_ref()).is_ok());
        assert!(directory.folder("to-folder".as_ref()).is_err());
        assert!(directory.file("file".as_ref()).is_ok());
        assert!(directory.file("to-file".as_ref()).is_err());
        assert!(Directory::open(&root.join("to-folder")).is_ok());
    }

    #[test]
    fn reads_an_open_folder_whose_path_was_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        for name in ["real", "other"] {
            std::fs::create_dir_all(root.join(name).join("sub")).unwrap();
            std::fs::write(root.join(name).join("sub/file"), name).unwrap();
        }
        let real = Directory::open(&root.join("real")).unwrap();
        std::fs::rename(root.join("real"), root.join("moved")).unwrap();
        std::os::unix::fs::symlink("other", root.join("real")).unwrap();
        let sub = real.folder("sub".as_ref()).unwrap();
        let file = sub.file("file".as_ref()).unwrap();
        assert_eq!(io::read_to_string(file).unwrap(), "real");
    }

    #[test]
    fn lists_all_entries_of_a_large_folder() {
        let temp = tempfile::tempdir().unwrap();
        for index in 0..5000 {
            std::fs::write(temp.path().join(format!("{index:0100}")), "").unwrap();
        }
        let mut entries = Vec::new();
        let directory = Directory::open(temp.path()).unwrap();
        directory.list(&mut entries).unwrap();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.dedup_by(|a, b| a.name == b.name);
        assert_eq!(entries.len(), 5000);
    }
}
