//! A file of the tree that notices changes while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::time::SystemTime;

use crate::source::lfs;

/// A file that is being read.
///
/// Most files are read at once: the system returns one state of them, and no time is spent on their size and age.
/// For a file that takes several reads, the state after the first is compared with that after the last.
pub(super) struct TreeFile {
    file: File,
    read: u64,
    seen: Option<FileState>,
    /// Everything that was read, as long as it may be a Git LFS pointer.
    pointer: Vec<u8>,
}

/// Metadata that reveals a change of a file.
#[derive(PartialEq)]
struct FileState {
    length: u64,
    modified: Option<SystemTime>,
}

impl TreeFile {
    /// Reads a file from its start.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            read: 0,
            seen: None,
            pointer: Vec::new(),
        }
    }

    /// Returns true if the content is a Git LFS pointer. To be called at the end.
    pub(super) fn is_lfs_pointer(&self) -> bool {
        !self.pointer.is_empty() && lfs::is_lfs_pointer(&self.pointer)
    }

    /// Returns true if all content is of the same time. To be called at the end.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        let Some(seen) = &self.seen else {
            return Ok(true);
        };
        // Files that the kernel generates have length 0.
        Ok(*seen == self.state()? && (seen.length == self.read || seen.length == 0))
    }

    fn state(&self) -> io::Result<FileState> {
        let metadata = self.file.metadata()?;
        Ok(FileState {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

impl Read for TreeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let goes_on = self.read > 0 || count == buffer.len();
        if count > 0 && goes_on && self.seen.is_none() {
            self.seen = Some(self.state()?);
        }
        let start = buffer.get(..count).unwrap_or_default();
        if self.read == 0 && count < lfs::MAX_POINTER && start.starts_with(b"version http") {
            self.pointer.extend_from_slice(start);
        } else if count > 0 {
            // A pointer is shorter, and never read in pieces.
            self.pointer.clear();
        }
        self.read += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn notices_a_change_between_two_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, [b'x'; 100]).unwrap();
        let read = |meanwhile: &dyn Fn()| {
            let mut file = TreeFile::new(File::open(&path).unwrap());
            let mut buffer = [0; 64];
            assert_eq!(file.read(&mut buffer).unwrap(), 64);
            meanwhile();
            while file.read(&mut buffer).unwrap() > 0 {}
            file.is_unchanged().unwrap()
        };
        assert!(read(&|| {}));
        let append = || {
            File::options()
                .append(true)
                .open(&path)
                .unwrap()
                .write_all(b"more")
        };
        assert!(!read(&|| append().unwrap()));
        assert!(!read(&|| File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(80)
            .unwrap()));
    }

    #[test]
    fn accepts_a_file_that_is_read_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small");
        std::fs::write(&path, "small").unwrap();
        let mut file = TreeFile::new(File::open(&path).unwrap());
        let mut text = Vec::with_capacity(64);
        assert_eq!(file.read_to_end(&mut text).unwrap(), 5);
        assert!(file.is_unchanged().unwrap());
    }
}
