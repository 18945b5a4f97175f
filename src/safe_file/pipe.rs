//! Files that the operator names: regular files and pipes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{FileError, system};

/// How long the first byte of a named pipe may take.
pub(super) const WAIT_FOR_WRITER: Duration = Duration::from_secs(10);

/// A file that the operator names: a regular file, or a pipe.
#[derive(Debug)]
pub(crate) struct NamedFile {
    /// Bytes of a pipe that were read to see whether there are any.
    start: io::Cursor<Vec<u8>>,
    file: File,
}

/// Opens a file that the operator names. Links are followed. Waits a while for a named pipe.
///
/// # Errors
/// If it is neither a regular file nor a pipe, or nobody writes to it.
pub(crate) fn open_named(path: &Path) -> Result<NamedFile, FileError> {
    let file = system::open(path)?;
    let metadata = file.metadata()?;
    let mut named = NamedFile {
        start: io::Cursor::default(),
        file,
    };
    if system::is_pipe(&metadata) {
        system::wait_in_reads(&named.file)?;
        named.wait_for_writer(path)?;
    } else if !metadata.is_file() {
        return Err(FileError::NotRegular);
    }
    Ok(named)
}

impl NamedFile {
    /// The file, if it is a regular one.
    pub(crate) fn into_regular(self) -> Result<File, Self> {
        match self.file.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(self.file),
            _ => Err(self),
        }
    }

    fn wait_for_writer(&mut self, path: &Path) -> Result<(), FileError> {
        // The pipe of a shell's `<(command)` is on no disk: its writer is there, or done.
        let is_on_disk = std::fs::canonicalize(path).is_ok();
        let deadline = Instant::now() + WAIT_FOR_WRITER;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = self.file.read(&mut buffer)?;
            if count > 0 {
                buffer.truncate(count);
                self.start = io::Cursor::new(buffer);
                return Ok(());
            }
            if !is_on_disk {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(FileError::NoWriter);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Read for NamedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.start.read(buffer)? {
            0 => self.file.read(buffer),
            count => Ok(count),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::super::NamedPath;
    use super::*;

    #[test]
    fn an_operator_may_name_links_and_pipes() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("file"), "text").unwrap();
        symlink("file", temp.path().join("link")).unwrap();
        let pipe = temp.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let read = |path: PathBuf| NamedPath::by_operator(path).read(100);
        assert_eq!(read(temp.path().join("link")).unwrap(), b"text");
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, "through the pipe").unwrap()
        });
        assert_eq!(read(pipe).unwrap(), b"through the pipe");
        writer.join().unwrap();
        assert!(matches!(
            read("/dev/zero".into()),
            Err(FileError::NotRegular)
        ));
    }
}
