//! Walks 7z files, whose entries are compressed together in blocks.

use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, EncoderMethod, Error, Password};

use super::problem::{MAX_MEMORY, Problem};
use super::spool::Spool;
use super::walker::Walker;

/// The name of the format in problems.
const WHAT: &str = "7z";

/// Size of the header at the start, which contains the position of the directory at the end.
const START: u64 = 32;

/// Memory limit of the library for the directory and for each decoder.
const MAX_KIB: usize = (MAX_MEMORY >> 10) as usize;

/// Passes the entries to the visitor, and all bytes that belong to no entry.
pub(super) fn walk(walker: &mut Walker<'_>, spool: &Spool) -> ControlFlow<()> {
    let mut source = BufReader::new(spool.reader(0..spool.len()));
    // An encrypted archive is reported, not decrypted.
    let password = Password::empty();
    let archive = match Archive::read_with_memory_limit(&mut source, &password, MAX_KIB) {
        Ok(archive) => archive,
        Err(error) => {
            walker.report(&problem_of(&error));
            return walker.own_bytes(&mut spool.reader(0..spool.len()));
        }
    };
    for block in 0..archive.blocks.len() {
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            MAX_KIB,
            block,
            &archive,
            &password,
            &mut source,
        );
        read_block(walker, decoder)?;
    }
    let is_empty = |entry: &&ArchiveEntry| !entry.has_stream();
    for entry in archive.files.iter().filter(is_empty) {
        walker.count_entry(entry.name().as_bytes())?;
    }
    gaps(walker, spool, &archive)
}

/// Passes the entries of a block to the visitor. An unreadable entry ends its block.
fn read_block<R: Read + io::Seek>(
    walker: &mut Walker<'_>,
    decoder: BlockDecoder<'_, R>,
) -> ControlFlow<()> {
    let mut flow = ControlFlow::Continue(());
    let mut name = decoder
        .entries()
        .first()
        .map(|entry| entry.name().to_owned());
    let result = decoder.for_each_entries(&mut |entry, content| {
        if !entry.has_stream() {
            return Ok(true);
        }
        name = Some(entry.name().to_owned());
        let mut watched = WatchedReader {
            inner: content,
            has_failed: false,
        };
        flow = walker.content(entry.name().as_bytes(), WHAT, &mut watched);
        Ok(flow.is_continue() && !watched.has_failed)
    });
    match (result, name) {
        (Err(error), Some(name)) => walker.unreadable(name.as_bytes(), &problem_of(&error)),
        (Err(error), None) => {
            walker.report(&problem_of(&error));
            flow
        }
        (Ok(_), _) => flow,
    }
}

/// Passes the bytes before the blocks, between them and the directory, and after the directory to the
/// visitor.
fn gaps(walker: &mut Walker<'_>, spool: &Spool, archive: &Archive) -> ControlFlow<()> {
    let place = match spool.bytes(12, 16) {
        Ok(place) => place,
        Err(error) => {
            walker.report(&Problem::of_error(&error, WHAT));
            return ControlFlow::Continue(());
        }
    };
    let number = |at: usize| {
        let bytes = place
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok());
        u64::from_le_bytes(bytes.unwrap_or_default())
    };
    let packed = START.saturating_add(archive.pack_pos());
    let packed_end = archive
        .pack_sizes()
        .iter()
        .fold(packed, |end, size| end.saturating_add(*size));
    let directory = START.saturating_add(number(0));
    let directory_end = directory.saturating_add(number(8));
    let rest = packed_end.max(directory_end);
    for gap in [
        START..packed.min(directory),
        packed_end..directory,
        rest..spool.len(),
    ] {
        if !gap.is_empty() {
            walker.own_bytes(&mut spool.reader(gap))?;
        }
    }
    ControlFlow::Continue(())
}

fn problem_of(error: &Error) -> Problem {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Problem::Encrypted,
        Error::UnsupportedCompressionMethod(method)
            if method == EncoderMethod::AES256_SHA256.name() =>
        {
            Problem::Encrypted
        }
        Error::UnsupportedCompressionMethod(method) => Problem::Method(method.clone()),
        Error::Unsupported(what) => Problem::Method(what.clone().into_owned()),
        Error::MaxMemLimited { .. } => Problem::Memory(MAX_MEMORY),
        Error::ChecksumVerificationFailed => Problem::Checksum,
        Error::Io(error, _) => Problem::of_error(error, WHAT),
        _ => Problem::Damaged(WHAT),
    }
}

/// Records whether a reader has failed: the walker reports the failure and passes on the end of the content.
struct WatchedReader<'a> {
    inner: &'a mut dyn Read,
    has_failed: bool,
}

impl Read for WatchedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.has_failed |= result.is_err();
        result
    }
}
