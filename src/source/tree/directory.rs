//! An open folder and access to its entries.
//!
//! An entry is opened by its name in the open folder, not by its path. So the system resolves one name for each
//! file instead of a path, a folder that is replaced by a link does not lead the walk elsewhere, and the length of
//! a path does not matter.

use std::ffi::OsString;

#[cfg(not(unix))]
pub(super) use portable::PathDirectory as DirectoryHandle;
#[cfg(unix)]
pub(super) use unix::DirectoryHandle;

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

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, readlinkat, statat};
    use rustix::io::retry_on_intr;

    use super::{DirectoryEntry, DirectoryEntryKind};

    const FOLDER: OFlags = OFlags::RDONLY
        .union(OFlags::DIRECTORY)
        .union(OFlags::CLOEXEC);

    /// An open folder. All errors are those of the system.
    #[derive(Debug)]
    pub(in super::super) struct DirectoryHandle(OwnedFd);

    impl DirectoryHandle {
        /// Opens the folder at `path`, which may be a link to one.
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            let opened = retry_on_intr(|| openat(CWD, path, FOLDER, Mode::empty()));
            Ok(Self(opened?))
        }

        /// Opens a folder in this one. A link is an error.
        pub(in super::super) fn folder(&self, name: &OsStr) -> io::Result<Self> {
            self.open_entry(name, FOLDER).map(Self)
        }

        /// Opens a file in this folder for reading, without blocking on a pipe. A link is an error.
        pub(in super::super) fn file(&self, name: &OsStr) -> io::Result<File> {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            self.open_entry(name, flags).map(File::from)
        }

        fn open_entry(&self, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
            let flags = flags | OFlags::NOFOLLOW;
            Ok(retry_on_intr(|| {
                openat(&self.0, name, flags, Mode::empty())
            })?)
        }

        /// Returns the text of a link in this folder.
        pub(in super::super) fn link(&self, name: &OsStr) -> io::Result<Vec<u8>> {
            Ok(readlinkat(&self.0, name, Vec::new())?.into_bytes())
        }

        /// Adds the entries to `entries`, unsorted, up to an error. May be called once.
        pub(in super::super) fn list(&self, entries: &mut Vec<DirectoryEntry>) -> io::Result<()> {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            let mut buffer = [const { std::mem::MaybeUninit::uninit() }; 32 * 1024];
            #[cfg(any(target_os = "linux", target_os = "android"))]
            let mut listing = rustix::fs::RawDir::new(&self.0, &mut buffer);
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            let mut listing = rustix::fs::Dir::read_from(&self.0)?;
            while let Some(entry) = listing.next() {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if name == "." || name == ".." {
                    continue;
                }
                let kind = match entry.file_type() {
                    FileType::Unknown => self.ask_kind(name),
                    known => known,
                };
                entries.push(DirectoryEntry {
                    name: name.to_owned(),
                    kind: match kind {
                        FileType::Directory => DirectoryEntryKind::Folder,
                        // If the type is unknown, opening the entry reports the error.
                        FileType::RegularFile | FileType::Unknown => DirectoryEntryKind::File,
                        FileType::Symlink => DirectoryEntryKind::Link,
                        _ => DirectoryEntryKind::Special,
                    },
                });
            }
            Ok(())
        }

        /// Returns the kind of an entry on a file system whose folders do not contain it.
        fn ask_kind(&self, name: &OsStr) -> FileType {
            let found = retry_on_intr(|| statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW));
            found.map_or(FileType::Unknown, |found| {
                FileType::from_raw_mode(found.st_mode)
            })
        }
    }
}

/// Access by path, where an entry cannot be opened by its name in an open folder.
#[cfg(not(unix))]
mod portable {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::io;
    use std::path::{Path, PathBuf};

    use super::{DirectoryEntry, DirectoryEntryKind};

    #[derive(Debug)]
    pub(in super::super) struct PathDirectory(PathBuf);

    impl PathDirectory {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            Ok(Self(path.to_owned()))
        }

        pub(in super::super) fn folder(&self, name: &OsStr) -> io::Result<Self> {
            Ok(Self(self.0.join(name)))
        }

        pub(in super::super) fn file(&self, name: &OsStr) -> io::Result<File> {
            File::open(self.0.join(name))
        }

        pub(in super::super) fn link(&self, name: &OsStr) -> io::Result<Vec<u8>> {
            let target = fs::read_link(self.0.join(name))?;
            Ok(target.into_os_string().into_encoded_bytes())
        }

        pub(in super::super) fn list(&self, entries: &mut Vec<DirectoryEntry>) -> io::Result<()> {
            for entry in fs::read_dir(&self.0)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                entries.push(DirectoryEntry {
                    name: entry.file_name(),
                    kind: match kind {
                        kind if kind.is_dir() => DirectoryEntryKind::Folder,
                        kind if kind.is_file() => DirectoryEntryKind::File,
                        kind if kind.is_symlink() => DirectoryEntryKind::Link,
                        _ => DirectoryEntryKind::Special,
                    },
                });
            }
            Ok(())
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn lists_kinds_and_does_not_follow_links() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        std::fs::create_dir(root.join("folder")).unwrap();
        std::fs::write(root.join("file"), "x").unwrap();
        std::os::unix::fs::symlink("file", root.join("to-file")).unwrap();
        std::os::unix::fs::symlink("folder", root.join("to-folder")).unwrap();
        let directory = DirectoryHandle::open(root).unwrap();
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
        assert!(DirectoryHandle::open(&root.join("to-folder")).is_ok());
    }

    #[test]
    fn reads_an_open_folder_whose_path_was_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        for name in ["real", "other"] {
            std::fs::create_dir_all(root.join(name).join("sub")).unwrap();
            std::fs::write(root.join(name).join("sub/file"), name).unwrap();
        }
        let real = DirectoryHandle::open(&root.join("real")).unwrap();
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
        let directory = DirectoryHandle::open(temp.path()).unwrap();
        directory.list(&mut entries).unwrap();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.dedup_by(|a, b| a.name == b.name);
        assert_eq!(entries.len(), 5000);
    }
}
