//! Walks ZIP files: the entries that the directory lists, those that it does not list, and the bytes between them.
//!
//! The directory is not trusted. Programs disagree about archives with two directories, overlapping entries, or local
//! headers that the directory does not list, so all of them are read, also those that a particular program would skip.

mod directory;
mod gaps;
mod member;

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};

use super::problem::Problem;
use super::spool::Spool;
use super::walker::Walker;
use directory::{Directory, DirectoryReader};
use member::ZipMember;

/// The name of the format in problems.
const WHAT: &str = "zip";

/// Passes the entries to the visitor, and all bytes that belong to no entry.
pub(super) fn walk(walker: &mut Walker<'_>, spool: &Spool) -> ControlFlow<()> {
    let mut zip = ZipWalk {
        walker,
        spool,
        read: Vec::new(),
        headers: HashSet::new(),
    };
    match zip.walk() {
        Ok(flow) => flow,
        Err(error) => {
            zip.walker.report(&Problem::of_error(&error, WHAT));
            ControlFlow::Continue(())
        }
    }
}

/// The result of reading a part: `Err` if the temporary file cannot be read.
type Walked = std::io::Result<ControlFlow<()>>;

struct ZipWalk<'z, 'w> {
    walker: &'z mut Walker<'w>,
    spool: &'z Spool,
    /// The ranges of the entries that were read, from the local header to the end of the data.
    read: Vec<Range<u64>>,
    /// Positions of the local headers of these entries.
    headers: HashSet<u64>,
}

impl ZipWalk<'_, '_> {
    fn walk(&mut self) -> Walked {
        let spool = self.spool;
        let directory = Directory::find(spool)?;
        if directory.is_none() && !spool.bytes(0, 2)?.starts_with(b"PK") {
            // Only the name is that of a ZIP file.
            return Ok(self.walker.own_bytes(&mut spool.reader(0..spool.len())));
        }
        if let Some(directory) = &directory {
            let mut members = DirectoryReader::new(spool, directory.range.clone());
            while let Some(member) = members.next_member()? {
                let member = member.moved(directory.base);
                let flow = self.member(&member)?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            if members.count < directory.entries || !members.is_at_end() {
                self.walker.report(&Problem::Damaged("zip: directory"));
            }
        }
        self.read.sort_by_key(|range| (range.start, range.end));
        let overlaps = |pair: &[Range<u64>]| pair[1].start < pair[0].end && pair[1] != pair[0];
        if self.read.windows(2).any(overlaps) {
            self.walker.report(&Problem::Overlap);
        }
        self.gaps(directory.as_ref())
    }

    /// Passes an entry to the visitor.
    fn member(&mut self, member: &ZipMember) -> Walked {
        let Some(data) = member.data(self.spool)? else {
            let problem = Problem::Damaged("zip: local header");
            return Ok(self.walker.unreadable(&member.name, &problem));
        };
        let (flow, end) = member.hand_out(self.walker, self.spool, data)?;
        self.read.push(member.header..end);
        self.headers.insert(member.header);
        Ok(flow)
    }
}
