//! A stream: a job log, a diff, the output of another program.

use std::io::Read;

use parking_lot::Mutex;

use super::{NewVisitor, Source};
use crate::model::{Blob, BlobKind, BlobPath, Hint, Origin};

/// A stream, read once, to its end.
pub struct Stream<R> {
    reader: Mutex<R>,
    name: BlobPath,
}

impl<R: Read + Send> Stream<R> {
    /// Creates a stream that reports call `name`. The name may select a parser.
    pub fn new(reader: R, name: BlobPath) -> Self {
        Self {
            reader: Mutex::new(reader),
            name,
        }
    }
}

impl<R: Read + Send> Source for Stream<R> {
    fn visit<'a>(&'a self, _threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let mut reader = self.reader.lock();
        let origin = || Origin {
            path: self.name.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: None,
            remote: None,
        };
        let hint = Hint::of_path(self.name.as_bytes());
        // Nothing follows that could be stopped.
        let _ = new_visitor().blob(Blob {
            hint,
            content: &mut *reader,
            origin: &origin,
        });
    }
}
