//! Walks through nested archives.

use std::io::Read;
use std::ops::ControlFlow;

use super::budget::Budget;
use super::compressed::CompressedReader;
use super::format::{ArchiveFormat, content_name};
use super::problem::Problem;
use super::reader::{GuardedReader, PackedReader, PeekedReader};
use super::spool::Spool;
use super::{Entry, EntryVisitor, bundle, seven_zip, tar, zip};

/// Maximum length of a recorded path in an archive; of a longer one the end is recorded.
const MAX_PATH: usize = 4096;

/// Replaces the beginning of a path that is too long.
const CUT: &[u8] = b"...";

/// A walk through an archive and its nested archives.
pub(super) struct Walker<'w> {
    pub(super) budget: &'w Budget,
    visitor: &'w mut dyn EntryVisitor,
    /// The path of the current archive in the outermost one.
    path: Vec<u8>,
    /// The position in `path` after the last archive.
    name_at: usize,
    /// The nesting depth of the current archive, itself included.
    depth: usize,
}

impl<'w> Walker<'w> {
    pub(super) fn new(budget: &'w Budget, visitor: &'w mut dyn EntryVisitor) -> Self {
        Self {
            budget,
            visitor,
            path: Vec::new(),
            name_at: 0,
            depth: 1,
        }
    }

    /// Passes everything in the outermost archive to the visitor.
    pub(super) fn outermost(
        &mut self,
        format: ArchiveFormat,
        name: &[u8],
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let budget = self.budget;
        let mut packed = PackedReader {
            inner: content,
            budget,
        };
        let mut guarded = GuardedReader::uncounted(&mut packed, budget);
        let flow = self.open(format, name, &mut guarded);
        self.settle();
        flow
    }

    fn open(
        &mut self,
        format: ArchiveFormat,
        name: &[u8],
        input: &mut dyn Read,
    ) -> ControlFlow<()> {
        match format {
            ArchiveFormat::Tar => tar::walk(self, input),
            ArchiveFormat::Zip => self.spool(input, zip::walk),
            ArchiveFormat::GitBundle => self.spool(input, bundle::walk),
            ArchiveFormat::SevenZip => self.spool(input, seven_zip::walk),
            ArchiveFormat::Gzip
            | ArchiveFormat::Bzip2
            | ArchiveFormat::Xz
            | ArchiveFormat::Zstd => self.decompress(format, name, input),
        }
    }

    /// Runs `walk` on an archive that needs random access.
    fn spool(
        &mut self,
        input: &mut dyn Read,
        walk: impl FnOnce(&mut Self, &Spool) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let spool = Spool::read(input);
        self.settle();
        match spool {
            Ok(spool) => walk(self, &spool),
            Err(error) => {
                self.report(&Problem::of_error(&error, ""));
                ControlFlow::Continue(())
            }
        }
    }

    fn decompress(
        &mut self,
        format: ArchiveFormat,
        name: &[u8],
        input: &mut dyn Read,
    ) -> ControlFlow<()> {
        let what = match format {
            ArchiveFormat::Bzip2 => "bzip2",
            ArchiveFormat::Xz => "xz",
            ArchiveFormat::Zstd => "zstd",
            _ => "gzip",
        };
        let mut content = CompressedReader::new(format, input);
        self.stream(&content_name(name), what, &mut content)?;
        match content.into_rest() {
            Some(mut rest) => self.own_bytes(&mut rest),
            None => ControlFlow::Continue(()),
        }
    }

    /// Passes decompressed content to the visitor. A tar file in it has no name of its own.
    fn stream(
        &mut self,
        name: &[u8],
        what: &'static str,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let mut guarded = GuardedReader::new(content, self.budget, what);
        // The reader passes its errors to the budget.
        let Ok(mut peeked) = PeekedReader::new(&mut guarded) else {
            return ControlFlow::Continue(());
        };
        let format = ArchiveFormat::recognize(peeked.start(), b"");
        let flow = if format == Some(ArchiveFormat::Tar) {
            tar::walk(self, &mut peeked)
        } else {
            self.named(name, |walker| walker.hand_out(format, &mut peeked))
        };
        self.settle();
        self.flow(flow)
    }

    /// Passes the content of an entry to the visitor, or its entries if it is an archive. `what` is the name of the
    /// format for errors of `content`.
    pub(super) fn content(
        &mut self,
        name: &[u8],
        what: &'static str,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        self.named(name, |walker| {
            let mut guarded = GuardedReader::new(content, walker.budget, what);
            let flow = match PeekedReader::new(&mut guarded) {
                Ok(mut peeked) => {
                    let name = &walker.path[walker.name_at..];
                    let format = ArchiveFormat::recognize(peeked.start(), name);
                    walker.hand_out(format, &mut peeked)
                }
                Err(_) => ControlFlow::Continue(()),
            };
            walker.settle();
            flow
        })
    }

    /// Counts an entry without content.
    pub(super) fn count_entry(&mut self, name: &[u8]) -> ControlFlow<()> {
        self.named(name, |_| ControlFlow::Continue(()))
    }

    /// Counts bytes that are unpacked but not passed to the visitor, and an object that contains them.
    pub(super) fn spend(&mut self, bytes: u64) -> ControlFlow<()> {
        let spent = self.budget.add_bytes(bytes);
        match spent.and_then(|()| self.budget.add_entry()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(bound) => {
                self.visitor.problem(&self.path, &Problem::Bound(bound));
                ControlFlow::Break(())
            }
        }
    }

    /// Reports that an entry cannot be read.
    pub(super) fn unreadable(&mut self, name: &[u8], problem: &Problem) -> ControlFlow<()> {
        self.named(name, |walker| {
            walker.report(problem);
            ControlFlow::Continue(())
        })
    }

    /// Runs `work` with the path of an entry, unless the entry is excluded.
    fn named(
        &mut self,
        name: &[u8],
        work: impl FnOnce(&mut Self) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (old_length, old_name_at) = (self.path.len(), self.name_at);
        if old_length > 0 {
            self.path.push(b'!');
        }
        self.name_at = self.path.len();
        push_name(&mut self.path, name);
        let flow = match self.budget.add_entry() {
            Err(bound) => {
                self.visitor.problem(&self.path, &Problem::Bound(bound));
                ControlFlow::Break(())
            }
            Ok(()) if self.visitor.is_excluded(&self.path) => ControlFlow::Continue(()),
            Ok(()) => {
                self.visitor.name(&self.path, &self.path[self.name_at..]);
                work(self)
            }
        };
        self.path.truncate(old_length);
        self.name_at = old_name_at;
        self.flow(flow)
    }

    fn hand_out(
        &mut self,
        format: Option<ArchiveFormat>,
        content: &mut PeekedReader<'_>,
    ) -> ControlFlow<()> {
        let Some(format) = format else {
            return self.entry(content);
        };
        if self.depth >= self.budget.depth() {
            self.report(&Problem::Depth(self.budget.depth()));
            return self.entry(content);
        }
        let name = self.path[self.name_at..].to_vec();
        self.depth += 1;
        let flow = self.open(format, &name, content);
        self.depth -= 1;
        flow
    }

    fn entry(&mut self, content: &mut dyn Read) -> ControlFlow<()> {
        let flow = self.visitor.entry(Entry {
            path: &self.path,
            name: &self.path[self.name_at..],
            is_outside: false,
            content,
        });
        self.settle();
        flow
    }

    /// Passes bytes of the current archive that belong to no entry to the visitor.
    pub(super) fn own_bytes(&mut self, content: &mut dyn Read) -> ControlFlow<()> {
        let mut guarded = GuardedReader::new(content, self.budget, "");
        let flow = self.visitor.entry(Entry {
            path: &self.path,
            name: &self.path[self.name_at..],
            is_outside: true,
            content: &mut guarded,
        });
        self.settle();
        self.flow(flow)
    }

    /// Reports a problem of the current archive or entry, unless it is a consequence of a reported one.
    pub(super) fn report(&mut self, problem: &Problem) {
        if !self.budget.is_failing() && !self.budget.is_exceeded() {
            self.visitor.problem(&self.path, problem);
        }
    }

    /// Reports the failure of a reader, with the innermost entry that was read from it.
    fn settle(&mut self) {
        if let Some(problem) = self.budget.take_failure() {
            self.visitor.problem(&self.path, &problem);
        }
    }

    /// Breaks if a limit was exceeded.
    pub(super) fn flow(&self, flow: ControlFlow<()>) -> ControlFlow<()> {
        if self.budget.is_exceeded() {
            return ControlFlow::Break(());
        }
        flow
    }
}

/// Appends a name from an archive as a relative path without `.` and `..`, with `/` between folders.
fn push_name(path: &mut Vec<u8>, name: &[u8]) {
    let start = path.len();
    let is_long = name.len() > MAX_PATH;
    let name = if is_long {
        path.extend_from_slice(CUT);
        &name[name.len() - MAX_PATH..]
    } else {
        name
    };
    let parts = name.split(|&b| matches!(b, b'/' | b'\\'));
    for part in parts.filter(|part| !matches!(*part, b"" | b"." | b"..")) {
        if path.len() > start {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    if path.len() == start {
        path.extend_from_slice(b"unnamed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_names_relative() {
        let clean = |name: &[u8]| {
            let mut path = b"x!".to_vec();
            push_name(&mut path, name);
            path[2..].to_vec()
        };
        assert_eq!(clean(b"/etc/passwd"), b"etc/passwd");
        assert_eq!(clean(b"../../a/./b//c/.."), b"a/b/c");
        assert_eq!(clean(b"..\\windows\\x.ini"), b"windows/x.ini");
        assert_eq!(clean(b"a/..b/c.."), b"a/..b/c..");
        assert_eq!(clean(b"/"), b"unnamed");
        let long = clean(&b"folder/".repeat(100_000));
        assert!(long.len() <= MAX_PATH + CUT.len() + 1 && long.starts_with(CUT));
    }
}
