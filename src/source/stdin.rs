//! A stream: a job log, a diff, the output of another program.

use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::{NewVisitor, Source};
use crate::model::{Blob, BlobKind, BlobPath, Hint, Origin};

/// One stream, read once, to its end.
pub struct Stream<R> {
    reader: Mutex<R>,
    name: BlobPath,
}

impl<R: Read + Send> Stream<R> {
    /// A stream that reports call `name`. If it is the name of a kind of file with a grammar, the
    /// stream is read as one.
    pub fn new(reader: R, name: BlobPath) -> Self {
        Self {
            reader: Mutex::new(reader),
            name,
        }
    }
}

impl<R: Read + Send> Source for Stream<R> {
    fn visit<'a>(&'a self, _threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = || Origin {
            path: self.name.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: None,
        };
        let hint = Hint::of_path(self.name.as_bytes());
        // There is nothing after it to stop.
        let _ = new_visitor().blob(Blob {
            hint,
            content: &mut *reader,
            origin: &origin,
        });
    }
}
