//! Opens files that a repository names: regular files only, no links followed, sizes bounded.
//!
//! A repository decides what its files are: a configuration may be a link to `/proc/self/environ`, a
//! pipe that nobody writes to, or a device that never ends. Everything that is opened because of what a
//! repository contains is opened here. A file that the operator names may be a link, and a pipe.

mod named;
mod pipe;
#[cfg(not(unix))]
#[path = "portable.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

pub(crate) use named::{NamedPath, NamingFolder};
use pipe::WAIT_FOR_WRITER;
pub(crate) use pipe::open_named;

/// Why a file is not read. Never quotes what the file contains.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It, or a folder above it, is a symbolic link.
    #[error("symbolic links are not followed")]
    Link,
    /// It is a folder, a pipe, a socket or a device.
    #[error("not a regular file")]
    NotRegular,
    /// It has more bytes than are read.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// Its path leaves the folder that it must be in.
    #[error("the path leads out of the repository")]
    Outside,
    /// It is not UTF-8.
    #[error("not UTF-8 text")]
    NotText,
    /// A pipe stayed empty.
    #[error("no program wrote to the pipe within {} seconds", WAIT_FOR_WRITER.as_secs())]
    NoWriter,
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FileError {
    /// Returns true if the file does not exist.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Io(error) if is_absent(error))
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other.to_string()),
        }
    }
}

/// Returns true for errors that mean that nothing is there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// A relative path without `.` and `..`.
fn clean(path: &Path) -> Result<PathBuf, FileError> {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => clean.push(name),
            Component::ParentDir if clean.pop() => {}
            _ => return Err(FileError::Outside),
        }
    }
    Ok(clean)
}

/// Opens a regular file below `root`. Neither the file nor a folder between may be a link; `root` may.
///
/// # Errors
/// If it does not exist, or is something else.
pub(crate) fn open_below(root: &Path, path: &Path) -> Result<File, FileError> {
    let file = system::open_below(root, &clean(path)?)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(FileError::NotRegular)
    }
}

/// Reads a regular file below `root` whole. Neither it nor a folder between may be a link.
///
/// # Errors
/// If it cannot be read, or has more than `max` bytes.
pub(crate) fn read_below(root: &Path, path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
    read_to_end(&mut open_below(root, path)?, max)
}

/// Opens a regular file by its path. Links are followed, so the caller has checked where the path leads. A pipe or a
/// device that has taken the place of the file since then neither blocks the program nor is read.
///
/// # Errors
/// If the file does not exist, or is not a regular file.
pub(crate) fn open_regular(path: &Path) -> Result<File, FileError> {
    let file = system::open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(FileError::NotRegular)
    }
}

/// Reads a regular file whole, as [`open_regular`] opens it.
///
/// # Errors
/// If it cannot be read, or has more than `max` bytes.
pub(crate) fn read_regular(path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
    read_to_end(&mut open_regular(path)?, max)
}

fn read_to_end(file: &mut dyn Read, max: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(FileError::TooLarge(max));
    }
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn message(result: Result<Vec<u8>, FileError>) -> String {
        result
            .err()
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn reads_regular_files_and_refuses_links_in_every_component() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/b/file"), "text").unwrap();
        std::fs::write(temp.path().join("outside"), "secret").unwrap();
        symlink("../outside", root.join("link")).unwrap();
        symlink("a", root.join("folder")).unwrap();
        let read = |path: &str| read_below(&root, Path::new(path), 100);
        assert_eq!(read("a/./b/file").unwrap(), b"text");
        assert_eq!(read("a/../a/b/file").unwrap(), b"text");
        assert!(matches!(read("link"), Err(FileError::Link)));
        assert!(matches!(read("folder/b/file"), Err(FileError::Link)));
        assert!(matches!(read("../outside"), Err(FileError::Outside)));
        assert!(matches!(read("/etc/passwd"), Err(FileError::Outside)));
        assert!(matches!(read("a/b"), Err(FileError::NotRegular)));
        assert!(read("a/gone").unwrap_err().is_absent());
        assert!(read("a/b/file/x").unwrap_err().is_absent());
        // The root itself may be a link: the operator names it.
        symlink("root", temp.path().join("typed")).unwrap();
        let typed = temp.path().join("typed");
        assert_eq!(
            read_below(&typed, Path::new("a/b/file"), 4).unwrap(),
            b"text"
        );
    }

    #[test]
    fn refuses_pipes_devices_and_large_files_of_a_repository() {
        let temp = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(temp.path().join("pipe"))
            .status();
        assert!(made.unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(temp.path().join("socket")).unwrap();
        std::fs::write(temp.path().join("large"), [b'x'; 11]).unwrap();
        let read = |path: &str| message(read_below(temp.path(), Path::new(path), 10));
        assert_eq!(read("pipe"), "not a regular file");
        assert_eq!(read("socket"), "not a regular file");
        assert_eq!(read("large"), "larger than 10 bytes");
        let device = read_below(Path::new("/dev"), Path::new("zero"), 10);
        assert_eq!(message(device), "not a regular file");
    }
}
