//! One entry of a ZIP file and its content (APPNOTE 4.3.7 to 4.4.5).

use std::io::{self, BufReader, Read};
use std::ops::{ControlFlow, Range};

use super::WHAT;
use super::directory::{u16_at, u32_at, u64_at, zip64_extra};
use crate::archive::compressed::CompressedReader;
use crate::archive::format::ArchiveFormat;
use crate::archive::problem::{MAX_MEMORY, Problem};
use crate::archive::spool::{Spool, SpoolReader};
use crate::archive::walker::Walker;

/// Size of a local header, without name and extra fields.
const LOCAL: usize = 30;

/// The flags of encrypted entries, and of entries whose sizes follow the data.
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;

/// Number of compressed bytes read at a time.
const BUFFER: usize = 64 << 10;

/// One entry, as the directory or its local header describes it.
pub(super) struct ZipMember {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: Option<u32>,
    pub(super) size: Option<u64>,
    /// `None` if the end of the data can be found only by decoding them.
    pub(super) compressed: Option<u64>,
    /// Position of the local header.
    pub(super) header: u64,
}

impl ZipMember {
    /// Returns the entry in an archive that begins at `base`.
    pub(super) fn moved(self, base: u64) -> Self {
        Self {
            header: self.header.saturating_add(base),
            ..self
        }
    }

    /// Returns the entry that the local header at a position describes, if any.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn of_local_header(spool: &Spool, at: u64) -> io::Result<Option<Self>> {
        let head = spool.bytes(at, LOCAL)?;
        if head.len() < LOCAL || !head.starts_with(b"PK\x03\x04") {
            return Ok(None);
        }
        let [name, extra] = [26, 28].map(|at| usize::from(u16_at(&head, at)));
        let rest = spool.bytes(at + LOCAL as u64, name + extra)?;
        if rest.len() < name + extra || name == 0 {
            return Ok(None);
        }
        let (name, extra) = rest.split_at(name);
        let flags = u16_at(&head, 6);
        let has_sizes = flags & SIZES_FOLLOW == 0;
        let large = zip64_extra(extra);
        let size = |field: usize, large_at: usize| match u32_at(&head, field) {
            u32::MAX if !large.is_empty() => u64_at(large, large_at),
            size => size.into(),
        };
        Ok(Some(Self {
            name: name.to_vec(),
            flags,
            method: u16_at(&head, 8),
            crc: has_sizes.then(|| u32_at(&head, 14)),
            size: has_sizes.then(|| size(22, 0)),
            compressed: has_sizes.then(|| size(18, 8)),
            header: at,
        }))
    }

    /// Returns the range of the data; `None` without a local header.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn data(&self, spool: &Spool) -> io::Result<Option<Range<u64>>> {
        let head = spool.bytes(self.header, LOCAL)?;
        if head.len() < LOCAL || !head.starts_with(b"PK\x03\x04") {
            return Ok(None);
        }
        let names = u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        let start = self.header + LOCAL as u64 + names;
        let end = match self.compressed {
            Some(length) => start.saturating_add(length),
            None => spool.len(),
        };
        Ok((start <= spool.len()).then_some(start..end))
    }

    /// Passes the content to the visitor. Returns the end of the data.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn hand_out(
        &self,
        walker: &mut Walker<'_>,
        spool: &Spool,
        data: Range<u64>,
    ) -> io::Result<(ControlFlow<()>, u64)> {
        let end = data.end.min(spool.len());
        if self.flags & ENCRYPTED != 0 || self.method == 99 {
            let flow = walker.unreadable(&self.name, &Problem::Encrypted);
            return Ok((flow, end));
        }
        if data.is_empty() {
            return Ok((walker.count_entry(&self.name), end));
        }
        let mut packed = BufReader::with_capacity(BUFFER, spool.reader(data.clone()));
        let mut checked = CheckedReader {
            size: self.size,
            crc: self.crc,
            hasher: crc32fast::Hasher::new(),
            read: 0,
        };
        let mut run = |content: &mut dyn Read| {
            let mut content = Checked {
                content,
                state: &mut checked,
            };
            walker.content(&self.name, WHAT, &mut content)
        };
        let flow = match self.method {
            0 => {
                if data.end > spool.len() {
                    let mut content = (&mut packed).chain(Failing(Problem::Truncated));
                    run(&mut content)
                } else {
                    run(&mut packed)
                }
            }
            8 => {
                let mut content = flate2::bufread::DeflateDecoder::new(&mut packed);
                let flow = run(&mut content);
                let end = data.start.saturating_add(content.total_in());
                return Ok((flow, end.min(spool.len())));
            }
            12 => run(&mut CompressedReader::new(
                ArchiveFormat::Bzip2,
                &mut packed,
            )),
            20 | 93 => run(&mut CompressedReader::new(ArchiveFormat::Zstd, &mut packed)),
            95 => run(&mut CompressedReader::new(ArchiveFormat::Xz, &mut packed)),
            14 => match lzma(&mut packed, self.size) {
                Ok(mut content) => run(&mut content),
                Err(error) => {
                    let problem = Problem::of_error(&error, WHAT);
                    walker.unreadable(&self.name, &problem)
                }
            },
            method => walker.unreadable(&self.name, &Problem::Method(method_name(method))),
        };
        Ok((flow, end))
    }
}

/// Returns the name of a method that is not supported.
fn method_name(method: u16) -> String {
    match method {
        1 => "shrink".to_owned(),
        2..=5 => "reduce".to_owned(),
        6 => "implode".to_owned(),
        9 => "deflate64".to_owned(),
        98 => "PPMd".to_owned(),
        other => format!("method {other}"),
    }
}

type LzmaInput<'p, 's> = &'p mut BufReader<SpoolReader<'s>>;

/// Reads the header of LZMA data in a ZIP file (APPNOTE 5.8).
fn lzma<'p, 's>(
    packed: LzmaInput<'p, 's>,
    size: Option<u64>,
) -> io::Result<lzma_rust2::LzmaReader<LzmaInput<'p, 's>>> {
    let mut head = [0; 9];
    packed.read_exact(&mut head)?;
    if u16_at(&head, 2) != 5 {
        return Err(Problem::Damaged("zip: LZMA").into_error());
    }
    let dictionary = u32_at(&head, 5);
    if u64::from(dictionary) > MAX_MEMORY {
        return Err(Problem::Memory(MAX_MEMORY).into_error());
    }
    let size = size.unwrap_or(u64::MAX);
    lzma_rust2::LzmaReader::new_with_props(packed, size, head[4], dictionary, None)
}

/// A reader that always fails.
struct Failing(Problem);

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(self.0.clone().into_error())
    }
}

/// The expected size and checksum, compared at the end of the content.
struct CheckedReader {
    size: Option<u64>,
    crc: Option<u32>,
    hasher: crc32fast::Hasher,
    read: u64,
}

/// Compares size and checksum of content with those that are recorded.
struct Checked<'c> {
    content: &'c mut dyn Read,
    state: &'c mut CheckedReader,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        let state = &mut *self.state;
        state.hasher.update(&buffer[..count]);
        state.read += count as u64;
        if count == 0 && !buffer.is_empty() {
            let is_short = state.size.is_some_and(|size| size != state.read);
            let crc = state.hasher.clone().finalize();
            if is_short || state.crc.is_some_and(|recorded| recorded != crc) {
                return Err(Problem::Checksum.into_error());
            }
        }
        Ok(count)
    }
}
