//! Opens files by their names in open folders.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fcntl_setfl, openat, statat};
use rustix::io::{Errno, retry_on_intr};

use super::FileError;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A pipe without a writer is opened at once.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

pub(super) fn open(path: &Path) -> io::Result<File> {
    let opened = retry_on_intr(|| openat(CWD, path, FILE, Mode::empty()));
    Ok(File::from(opened?))
}

/// Opens `path`, which has names only, one after the other.
pub(super) fn open_below(root: &Path, path: &Path) -> Result<File, FileError> {
    let (folder, name) = open_parent(root, path)?;
    let Some(name) = name else {
        return Err(FileError::NotRegular);
    };
    Ok(File::from(no_follow(folder.as_fd(), name, FILE)?))
}

pub(super) fn check_folders(root: &Path, path: &Path) -> Result<(), FileError> {
    open_parent(root, path).map(drop)
}

fn open_parent<'p>(root: &Path, path: &'p Path) -> Result<(OwnedFd, Option<&'p OsStr>), FileError> {
    let root = match root.as_os_str().is_empty() {
        true => Path::new("."),
        false => root,
    };
    let opened = retry_on_intr(|| openat(CWD, root, FOLDER, Mode::empty()));
    let mut folder = opened.map_err(io::Error::from)?;
    let mut names = path.iter().peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            return Ok((folder, Some(name)));
        }
        folder = no_follow(folder.as_fd(), name, FOLDER)?;
    }
    Ok((folder, None))
}

fn no_follow(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlags) -> Result<OwnedFd, FileError> {
    let flags = flags.union(OFlags::NOFOLLOW);
    let error = match retry_on_intr(|| openat(folder, name, flags, Mode::empty())) {
        Ok(opened) => return Ok(opened),
        Err(error) => error,
    };
    // Which error a link gives differs between systems and between files and folders.
    let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    match found.map(|found| FileType::from_raw_mode(found.st_mode)) {
        Ok(FileType::Symlink) => Err(FileError::Link),
        // A socket cannot be opened at all.
        Ok(FileType::Socket) if error == Errno::NXIO => Err(FileError::NotRegular),
        _ => Err(FileError::Io(error.into())),
    }
}

pub(super) fn is_pipe(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo()
}

/// Lets reads from a pipe wait for its writer.
pub(super) fn wait_in_reads(file: &File) -> io::Result<()> {
    Ok(fcntl_setfl(file, OFlags::empty())?)
}
