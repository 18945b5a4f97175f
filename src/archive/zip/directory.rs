//! The directory at the end of a ZIP file (APPNOTE 4.3.12 to 4.3.16).

use std::io::{self, BufReader};
use std::ops::Range;

use super::member::ZipMember;
use crate::archive::reader::read_full;
use crate::archive::spool::{Spool, SpoolReader};

/// Size of the record at the end, without the comment.
const END: usize = 22;

/// The longest comment.
const MAX_COMMENT: u64 = 0xffff;

/// Size of an entry of the directory, without name, extra fields and comment.
pub(super) const ENTRY: usize = 46;

/// The value of a field that is in an extra field instead.
const IN_EXTRA: u64 = 0xffff_ffff;

/// A directory.
pub(super) struct Directory {
    /// The range of its entries in the file.
    pub(super) range: Range<u64>,
    /// The offset to add to recorded positions: the length of data in front of the archive.
    pub(super) base: u64,
    /// Declared number of entries.
    pub(super) entries: u64,
}

impl Directory {
    /// Finds the last directory.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn find(spool: &Spool) -> io::Result<Option<Self>> {
        let length = spool.len();
        let from = length.saturating_sub(END as u64 + MAX_COMMENT);
        let tail = spool.bytes(from, END + MAX_COMMENT as usize)?;
        for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
            let Some(record) = tail.get(at..at + END) else {
                continue;
            };
            let comment = usize::from(u16_at(record, 20));
            if at + END + comment > tail.len() {
                continue;
            }
            if let Some(directory) = Self::of_record(spool, from + at as u64, record)? {
                return Ok(Some(directory));
            }
        }
        Ok(None)
    }

    fn of_record(spool: &Spool, at: u64, record: &[u8]) -> io::Result<Option<Self>> {
        let mut end = at;
        let mut entries = u64::from(u16_at(record, 10));
        let mut size = u64::from(u32_at(record, 12));
        let mut offset = u64::from(u32_at(record, 16));
        if let Some((zip64_at, zip64)) = zip64_record(spool, at)? {
            end = zip64_at;
            entries = u64_at(&zip64, 32);
            size = u64_at(&zip64, 40);
            offset = u64_at(&zip64, 48);
        }
        let Some(start) = end.checked_sub(size) else {
            return Ok(None);
        };
        Ok(Some(Self {
            range: start..end,
            base: start.saturating_sub(offset),
            entries,
        }))
    }
}

/// Returns the record of a large archive, and its position.
fn zip64_record(spool: &Spool, end: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let Some(locator_at) = end.checked_sub(20) else {
        return Ok(None);
    };
    let locator = spool.bytes(locator_at, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // With data in front of the archive, it is at the position counted from the end.
    for at in [u64_at(&locator, 8), locator_at.saturating_sub(56)] {
        let record = spool.bytes(at, 56)?;
        if record.len() == 56 && record.starts_with(b"PK\x06\x06") && at < locator_at {
            return Ok(Some((at, record)));
        }
    }
    Ok(None)
}

/// Reads the entries of a directory, one by one.
pub(super) struct DirectoryReader<'s> {
    input: BufReader<SpoolReader<'s>>,
    has_ended: bool,
    is_whole: bool,
    /// Number of entries read.
    pub(super) count: u64,
}

impl<'s> DirectoryReader<'s> {
    pub(super) fn new(spool: &'s Spool, range: Range<u64>) -> Self {
        Self {
            input: BufReader::new(spool.reader(range)),
            has_ended: false,
            is_whole: false,
            count: 0,
        }
    }

    /// Returns true if the directory has no bytes after the last entry except for a signature.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_whole
    }

    /// Returns the next entry.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn next_member(&mut self) -> io::Result<Option<ZipMember>> {
        if self.has_ended {
            return Ok(None);
        }
        let mut head = [0; ENTRY];
        let filled = read_full(&mut self.input, &mut head)?;
        self.has_ended = true;
        if filled < ENTRY || !head.starts_with(b"PK\x01\x02") {
            self.is_whole = filled == 0 || head.starts_with(b"PK\x05\x05");
            return Ok(None);
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(&head, at)));
        let mut rest = vec![0; name + extra + comment];
        if read_full(&mut self.input, &mut rest)? < rest.len() {
            return Ok(None);
        }
        self.has_ended = false;
        self.count += 1;
        Ok(Some(member(
            &head,
            &rest[..name],
            &rest[name..name + extra],
        )))
    }
}

/// Returns the entry of the directory at a position, if any.
///
/// # Errors
/// If the temporary file cannot be read.
pub(super) fn member_at(spool: &Spool, at: u64) -> io::Result<Option<ZipMember>> {
    DirectoryReader::new(spool, at..spool.len()).next_member()
}

fn member(head: &[u8; ENTRY], name: &[u8], extra: &[u8]) -> ZipMember {
    let mut sizes = [24, 20, 42].map(|at| u64::from(u32_at(head, at)));
    let mut large = zip64_extra(extra);
    for size in &mut sizes {
        if *size == IN_EXTRA
            && let Some((value, rest)) = large.split_first_chunk()
        {
            *size = u64::from_le_bytes(*value);
            large = rest;
        }
    }
    let [size, compressed, header] = sizes;
    ZipMember {
        name: name.to_vec(),
        flags: u16_at(head, 8),
        method: u16_at(head, 10),
        crc: Some(u32_at(head, 16)),
        size: Some(size),
        compressed: Some(compressed),
        header,
    }
}

/// Returns the extra field with the sizes of a large entry.
pub(super) fn zip64_extra(mut extra: &[u8]) -> &[u8] {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let length = usize::from(u16_at(head, 2)).min(rest.len());
        let (value, next) = rest.split_at(length);
        if u16_at(head, 0) == 1 {
            return value;
        }
        extra = next;
    }
    &[]
}

/// Reads a number of two bytes; 0 beyond the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let chunk = bytes.get(at..).and_then(|rest| rest.first_chunk());
    chunk.map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

/// Reads a number of four bytes; 0 beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let chunk = bytes.get(at..).and_then(|rest| rest.first_chunk());
    chunk.map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

/// Reads a number of eight bytes; 0 beyond the end.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let chunk = bytes.get(at..).and_then(|rest| rest.first_chunk());
    chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}
