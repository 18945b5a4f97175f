//! Passes on opened items of the walk: files, the texts of links, named pipes.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::file::TreeFile;
use super::walk::TreeWorker;
use crate::model::{Blob, Hint, ItemError, Origin, SkipReason, SkippedItem};
use crate::safe_file::open_named;

impl TreeWorker<'_, '_> {
    /// Scans a file.
    pub(super) fn file(&mut self, path: &Path, opened: io::Result<File>) {
        let mut file = match opened {
            Ok(file) => TreeFile::new(file),
            Err(reason) => return self.fail(path, "file", &reason),
        };
        self.blob(path, &mut file, true);
        let base = &self.walk.tree.base;
        match file.is_unchanged() {
            Ok(true) => {}
            Ok(false) => self.visitor.error(ItemError {
                path: Some(base.relative(path)),
                message: "the file changed while it was read; scan it again".to_owned(),
            }),
            Err(reason) => self.fail(path, "file", &reason),
        }
        if file.is_lfs_pointer() {
            self.visitor.skipped(SkippedItem {
                path: base.relative(path),
                reason: SkipReason::LfsPointer,
            });
        }
    }

    /// Scans the text of a link, which is what Git stores of it. The link is not followed.
    pub(super) fn link(&mut self, path: &Path, target: io::Result<Vec<u8>>) {
        self.visitor.count_skipped(SkipReason::SymbolicLink);
        match target {
            Ok(target) => self.blob(path, &mut &*target, true),
            Err(reason) => self.fail(path, "link", &reason),
        }
    }

    /// Scans a given path that is not a folder: a file, or a pipe, which is read to its end.
    pub(super) fn named_file(&mut self, path: &Path) {
        match open_named(path) {
            Ok(file) => match file.into_regular() {
                Ok(file) => self.file(path, Ok(file)),
                Err(mut pipe) => self.blob(path, &mut pipe, false),
            },
            Err(reason) => self.fail(path, "file", &reason),
        }
    }

    fn blob(&mut self, path: &Path, content: &mut dyn Read, is_checked_out: bool) {
        let base = &self.walk.tree.base;
        let hint = Hint {
            is_checked_out,
            ..Hint::of_path(path.as_os_str().as_encoded_bytes())
        };
        let origin = || Origin::file(base.relative(path), display_path(path));
        let flow = self.visitor.blob(Blob {
            hint,
            content,
            origin: &origin,
        });
        if flow.is_break() {
            self.walk.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Reports a path that cannot be read.
    pub(super) fn fail(&mut self, path: &Path, what: &str, reason: &dyn Display) {
        self.visitor.error(ItemError {
            path: Some(self.walk.tree.base.relative(path)),
            message: format!("cannot read the {what}: {reason}"),
        });
    }
}

/// Returns a path as a person would type it: without the leading `./` of the walk.
fn display_path(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
