//! The bytes of a ZIP file that belong to no entry of its directory.

use std::ops::{ControlFlow, Range};
use std::{io, iter};

use super::directory::{Directory, member_at};
use super::member::ZipMember;
use super::{Walked, ZipWalk};
use crate::archive::problem::Problem;

/// Number of bytes searched at a time.
const CHUNK: usize = 256 << 10;

/// Maximum number of examined entries of other directories.
const MAX_FOREIGN: u64 = 10_000;

/// A search for entries that the directory does not list.
pub(super) struct GapSearch<'d> {
    directory: Option<&'d Directory>,
    /// True once unlisted entries were reported.
    is_reported: bool,
    foreign: u64,
}

impl ZipWalk<'_, '_> {
    /// Passes entries that the directory does not list, and the bytes between entries, to the visitor.
    pub(super) fn gaps(&mut self, directory: Option<&Directory>) -> Walked {
        let mut search = GapSearch {
            directory,
            is_reported: directory.is_none(),
            foreign: 0,
        };
        if directory.is_none() {
            self.walker.report(&Problem::Damaged("zip: no directory"));
        }
        let listed = std::mem::take(&mut self.read);
        let length = self.spool.len();
        let mut at = 0;
        for range in listed.into_iter().chain(iter::once(length..length)) {
            if range.start > at {
                let flow = self.gap(at..range.start, &mut search)?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            at = at.max(range.end);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Passes the content of a gap to the visitor.
    fn gap(&mut self, gap: Range<u64>, search: &mut GapSearch<'_>) -> Walked {
        let mut from = gap.start;
        let mut chunk_at = gap.start;
        while chunk_at < gap.end {
            let bytes = self.spool.bytes(chunk_at, CHUNK)?;
            for index in memchr::memmem::find_iter(&bytes, b"PK") {
                let found = chunk_at + index as u64;
                if found < from || found >= gap.end {
                    continue;
                }
                let Some(member) = self.unlisted(&bytes[index..], found, search)? else {
                    continue;
                };
                if !std::mem::replace(&mut search.is_reported, true) {
                    self.walker.report(&Problem::Unlisted);
                }
                let is_here = member.header == found;
                let flow = self.bytes(from..found)?;
                if flow.is_break() {
                    return Ok(flow);
                }
                from = found;
                let flow = self.member(&member)?;
                if flow.is_break() {
                    return Ok(flow);
                }
                if is_here {
                    let end = self.read.last().map_or(found, |range| range.end);
                    from = end.clamp(found + 1, gap.end.max(found + 1));
                }
            }
            if bytes.len() < CHUNK {
                break;
            }
            // A signature may begin in the last bytes.
            chunk_at = (chunk_at + CHUNK as u64 - 3).max(from);
        }
        self.bytes(from..gap.end)
    }

    /// Returns the entry whose local header, or whose description in another directory, begins with `start`.
    fn unlisted(
        &self,
        start: &[u8],
        at: u64,
        search: &mut GapSearch<'_>,
    ) -> io::Result<Option<ZipMember>> {
        let member = match start.get(2..4) {
            Some([3, 4]) => ZipMember::of_local_header(self.spool, at)?,
            Some([1, 2]) => self.foreign(at, search)?,
            _ => None,
        };
        let is_new = |member: &ZipMember| !self.headers.contains(&member.header);
        let Some(member) = member.filter(is_new) else {
            return Ok(None);
        };
        Ok(member.data(self.spool)?.map(|_| member))
    }

    /// Returns an entry of another directory, which remains in an archive after an update that appends.
    fn foreign(&self, at: u64, search: &mut GapSearch<'_>) -> io::Result<Option<ZipMember>> {
        let own = search.directory.map_or(0..0, |own| own.range.clone());
        if own.contains(&at) || search.foreign >= MAX_FOREIGN {
            return Ok(None);
        }
        search.foreign += 1;
        let base = search.directory.map_or(0, |own| own.base);
        Ok(member_at(self.spool, at)?.map(|member| member.moved(base)))
    }

    /// Passes bytes that belong to no entry to the visitor, except for the sizes that follow the data of an
    /// entry.
    fn bytes(&mut self, range: Range<u64>) -> Walked {
        let length = range.end.saturating_sub(range.start);
        let is_sizes = || matches!(length, 16 | 24);
        if length == 0 || is_sizes() && self.spool.bytes(range.start, 4)?.starts_with(b"PK\x07\x08")
        {
            return Ok(ControlFlow::Continue(()));
        }
        let mut content = self.spool.reader(range);
        Ok(self.walker.own_bytes(&mut content))
    }
}
