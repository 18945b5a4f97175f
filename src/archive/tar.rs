//! Walks tar files, block by block. Reads concatenated archives, and damaged ones as far as possible.

use std::io::{BufReader, Read};
use std::ops::ControlFlow;

use super::problem::Problem;
use super::reader::{ExactReader, read_full};
use super::tar_header::{BLOCK, TarHeader, pax_records};
use super::walker::Walker;

/// Number of bytes read at a time.
const BUFFER: usize = 64 << 10;

/// Maximum size of a long name or an extended header of pax.
const MAX_EXTENDED: u64 = 1 << 20;

/// The name of the format in problems.
const WHAT: &str = "tar";

/// The reason why a walk ends.
enum Stop {
    /// At the end, or because of the visitor.
    Flow(ControlFlow<()>),
    /// A problem, after which the rest is unstructured.
    Problem(Problem),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Problem(Problem::of_error(&error, WHAT))
    }
}

/// The fields of extended headers for the next entry.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Passes the entries to the visitor.
pub(super) fn walk(walker: &mut Walker<'_>, input: &mut dyn Read) -> ControlFlow<()> {
    let mut tar = TarReader {
        input: BufReader::with_capacity(BUFFER, input),
        walker,
        block: [0; BLOCK],
        has_end: false,
        extended: Extended::default(),
        shared: Extended::default(),
    };
    match tar.walk() {
        Stop::Flow(flow) => flow,
        Stop::Problem(problem) => {
            tar.walker.report(&problem);
            tar.unstructured()
        }
    }
}

struct TarReader<'t, 'w, 'i> {
    input: BufReader<&'i mut dyn Read>,
    walker: &'t mut Walker<'w>,
    block: [u8; BLOCK],
    /// True after a block of zeros, which ends an archive. Another archive may follow.
    has_end: bool,
    extended: Extended,
    /// The fields of a global header of pax, which apply to all entries.
    shared: Extended,
}

impl TarReader<'_, '_, '_> {
    fn walk(&mut self) -> Stop {
        loop {
            match self.entry() {
                Ok(()) => {}
                Err(stop) => return stop,
            }
        }
    }

    /// Passes all bytes from the current block on, which contains no header, to the visitor.
    fn unstructured(&mut self) -> ControlFlow<()> {
        let block = self.block;
        let mut rest = Read::chain(&block[..], &mut self.input);
        self.walker.own_bytes(&mut rest)
    }

    fn entry(&mut self) -> Result<(), Stop> {
        match read_full(&mut self.input, &mut self.block)? {
            0 => return Err(Stop::Flow(ControlFlow::Continue(()))),
            BLOCK => {}
            short => {
                self.block[short..].fill(0);
                if self.has_end {
                    return Err(Stop::Flow(self.unstructured()));
                }
                return Err(Stop::Problem(Problem::Truncated));
            }
        }
        if is_zero(&self.block) {
            self.has_end = true;
            return Ok(());
        }
        let block = self.block;
        let Some(header) = TarHeader::new(&block) else {
            if self.has_end {
                return Err(Stop::Flow(self.unstructured()));
            }
            return Err(Stop::Problem(Problem::Damaged(WHAT)));
        };
        self.has_end = false;
        let size = header.size().ok_or(Stop::Problem(Problem::Damaged(WHAT)))?;
        match header.kind() {
            b'L' => self.extended.path = Some(self.long_name(size)?),
            b'K' => self.extended.link = Some(self.long_name(size)?),
            b'x' | b'X' => self.pax(size, false)?,
            b'g' => self.pax(size, true)?,
            _ => {
                if header.is_extended() {
                    self.skip_sparse_map()?;
                }
                self.file(&header, size)?;
            }
        }
        Ok(())
    }

    /// Reads an extended header. One that is too long is passed to the visitor and otherwise ignored.
    fn extended_header(&mut self, size: u64) -> Result<Vec<u8>, Stop> {
        let mut text = Vec::new();
        let mut content = ExactReader::new(&mut self.input, size);
        if size > MAX_EXTENDED {
            self.walker
                .report(&Problem::Damaged("tar: a header of more than 1 MiB"));
            flow(self.walker.own_bytes(&mut content))?;
        } else {
            content.read_to_end(&mut text)?;
        }
        content.skip_rest()?;
        self.skip_padding(size)?;
        Ok(text)
    }

    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Stop> {
        let mut name = self.extended_header(size)?;
        name.truncate(name.iter().position(|&b| b == 0).unwrap_or(name.len()));
        Ok(name)
    }

    fn pax(&mut self, size: u64, is_global: bool) -> Result<(), Stop> {
        let text = self.extended_header(size)?;
        // Comments and attributes may contain anything.
        flow(self.walker.own_bytes(&mut &*text))?;
        let extended = if is_global {
            &mut self.shared
        } else {
            &mut self.extended
        };
        for (key, value) in pax_records(&text) {
            match key {
                b"path" | b"GNU.sparse.name" => extended.path = Some(value.to_vec()),
                b"linkpath" => extended.link = Some(value.to_vec()),
                b"size" => {
                    let value = std::str::from_utf8(value).ok();
                    extended.size = value.and_then(|value| value.parse().ok());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Skips further blocks of the map of a sparse file. The stored parts follow, without the holes.
    fn skip_sparse_map(&mut self) -> Result<(), Stop> {
        let mut block = [0; BLOCK];
        loop {
            if read_full(&mut self.input, &mut block)? < BLOCK {
                return Err(Stop::Problem(Problem::Truncated));
            }
            if block[504] == 0 {
                return Ok(());
            }
        }
    }

    fn file(&mut self, header: &TarHeader<'_>, size: u64) -> Result<(), Stop> {
        let extended = std::mem::take(&mut self.extended);
        let size = extended.size.or(self.shared.size).unwrap_or(size);
        let name = extended.path.unwrap_or_else(|| header.name());
        let link = extended.link.unwrap_or_else(|| header.link_name());
        if matches!(header.kind(), b'1' | b'2') && !link.is_empty() {
            flow(self.walker.content(&name, WHAT, &mut &*link))?;
        }
        // Old programs record the size of the target with a hard link, and no content.
        let has_content = header.kind() != b'1' || !self.is_header_next()?;
        if size == 0 || !has_content {
            return flow(self.walker.count_entry(&name));
        }
        let mut content = ExactReader::new(&mut self.input, size);
        let walked = self.walker.content(&name, WHAT, &mut content);
        flow(walked)?;
        if content.is_truncated {
            // Reported with the entry.
            return Err(Stop::Flow(ControlFlow::Continue(())));
        }
        content.skip_rest()?;
        self.skip_padding(size)
    }

    /// Returns true if the next block is a header, or the end.
    fn is_header_next(&mut self) -> Result<bool, Stop> {
        use std::io::BufRead as _;
        let next = self.input.fill_buf()?;
        Ok(match next.first_chunk::<BLOCK>() {
            Some(block) => block[0] == 0 || TarHeader::new(block).is_some(),
            None => false,
        })
    }

    fn skip_padding(&mut self, size: u64) -> Result<(), Stop> {
        let over = (size % BLOCK as u64) as usize;
        if over > 0 {
            let mut padding = [0; BLOCK];
            let padding = &mut padding[over..];
            if read_full(&mut self.input, padding)? < padding.len() {
                return Err(Stop::Flow(ControlFlow::Continue(())));
            }
            if !is_zero(padding) {
                flow(self.walker.own_bytes(&mut &*padding))?;
            }
        }
        Ok(())
    }
}

/// Returns true if all bytes are zero. Without an early exit, so that it is vectorized.
fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |any, byte| any | byte) == 0
}

/// Converts a `Break` of the visitor into the end of the walk.
fn flow(flow: ControlFlow<()>) -> Result<(), Stop> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Flow(flow)),
    }
}
