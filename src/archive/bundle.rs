//! Walks Git bundles (`gitformat-bundle`): the objects of the pack in them, by their ids.

use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::ControlFlow;

use super::problem::{MAX_MEMORY, Problem};
use super::spool::Spool;
use super::walker::Walker;
use crate::source::{PackReceiver, UnindexedPack};

/// The name of the format in problems.
const WHAT: &str = "Git bundle";

/// Maximum size of the header.
const MAX_HEADER: u64 = 16 << 20;

/// Passes blobs, commits and tags to the visitor.
pub(super) fn walk(walker: &mut Walker<'_>, spool: &Spool) -> ControlFlow<()> {
    match open(spool) {
        Ok((header, pack)) => {
            // The header contains names of refs, and messages of required commits.
            walker.own_bytes(&mut spool.reader(0..header))?;
            read(walker, &pack)
        }
        Err(problem) => {
            walker.report(&problem);
            walker.own_bytes(&mut spool.reader(0..spool.len()))
        }
    }
}

/// Returns the length of the header, and the pack behind it.
fn open(spool: &Spool) -> Result<(u64, UnindexedPack), Problem> {
    let of_error = |error: io::Error| Problem::of_error(&error, WHAT);
    let mut input = BufReader::new(spool.reader(0..spool.len()));
    let mut header = Vec::new();
    let mut length = 0;
    let mut is_sha256 = false;
    loop {
        header.clear();
        let left = MAX_HEADER.saturating_sub(length);
        let count = input.by_ref().take(left).read_until(b'\n', &mut header);
        length += count.map_err(of_error)? as u64;
        if header == b"\n" {
            break;
        }
        if !header.ends_with(b"\n") {
            return Err(Problem::Damaged(WHAT));
        }
        is_sha256 |= header == b"@object-format=sha256\n";
    }
    // `gix` maps files only.
    let temporary = |error: io::Error| Problem::Temporary(error.to_string());
    let mut file = tempfile::Builder::new()
        .suffix(".pack")
        .tempfile()
        .map_err(temporary)?;
    io::copy(&mut input, file.as_file_mut()).map_err(temporary)?;
    let pack = UnindexedPack::open(file.path(), is_sha256);
    Ok((length, pack.map_err(|_| Problem::Damaged(WHAT))?))
}

fn read(walker: &mut Walker<'_>, pack: &UnindexedPack) -> ControlFlow<()> {
    let mut receiver = BundleReceiver { walker };
    let unread = pack.read(&mut receiver)?;
    if unread.without_base > 0 {
        walker.report(&Problem::Prerequisites(unread.without_base));
    }
    if unread.is_damaged {
        walker.report(&Problem::Damaged(WHAT));
    }
    if unread.too_large > 0 {
        walker.report(&Problem::Memory(MAX_MEMORY));
    }
    ControlFlow::Continue(())
}

struct BundleReceiver<'r, 'w> {
    walker: &'r mut Walker<'w>,
}

impl PackReceiver for BundleReceiver<'_, '_> {
    fn spend(&mut self, size: u64) -> ControlFlow<()> {
        self.walker.spend(size)
    }

    fn object(&mut self, id: &str, content: &mut dyn Read) -> ControlFlow<()> {
        self.walker.content(id.as_bytes(), WHAT, content)
    }
}
