//! Reads a blob of any size in constant memory, window by window.

use std::io::{self, Read};

use parking_lot::Mutex;

use crate::rule::{Matchers, Pattern};

use super::{boundary, excerpt};

/// The bytes that a hit needs before it: the match's own reach, the text that precedes the match, and the
/// line of the excerpt.
pub(super) const BEHIND: usize = Matchers::MAX_BEHIND + boundary::LOOK_BEHIND + excerpt::LINE_REACH;

/// The bytes that a hit needs after it: the match's own reach, a byte to see that it ends there, and the line
/// of the excerpt.
pub(super) const AHEAD: usize = Pattern::REACH + 1 + excerpt::LINE_REACH;

/// The smallest window in which there is room for a hit with all it needs.
pub(super) const MIN_SIZE: usize = 2 * (BEHIND + AHEAD);

/// A stretch of a blob, with the hits it is responsible for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'b> {
    /// The bytes.
    pub(super) bytes: &'b [u8],
    /// Offset of the first of them in the blob.
    pub(super) base: u64,
    /// Hits that start here or later, up to `until`, belong to this window: all they need is in it.
    pub(super) from: usize,
    /// See `from`.
    pub(super) until: usize,
    /// True if this is the whole blob.
    pub(super) is_whole: bool,
    /// True if the blob is also read as a document of its format, so that documents in it need no search.
    pub(super) is_document: bool,
    /// True if Git may write text of the blob to the work tree in another encoding.
    pub(super) may_be_recoded: bool,
}

/// The size up to which a blob that is shown whole is read by any number of threads at a time.
const LARGE: usize = 4 << 20;

/// Blobs that are shown whole.
#[derive(Clone, Copy)]
pub(super) struct WholeBlobs<'l> {
    /// The largest size of one, in bytes; larger ones are shown in windows.
    pub(super) limit: usize,
    /// Held while a large one is in memory, so that only one is.
    pub(super) large: &'l Mutex<()>,
}

/// Reads `content` to its end and shows it to `look` in windows of `size` bytes, in order; all of
/// it in one window if it is one of the blobs that are shown `whole`.
///
/// `buffer` is lent to be reused. Returns the number of bytes read.
///
/// # Errors
/// Errors of reading `content`; the windows before them have been scanned.
pub(super) fn read(
    content: &mut dyn Read,
    buffer: &mut Vec<u8>,
    size: usize,
    whole: Option<WholeBlobs<'_>>,
    mut look: impl FnMut(Window<'_>),
) -> io::Result<u64> {
    if buffer.len() != size {
        buffer.resize(size, 0);
    }
    let mut base = 0;
    let mut from = 0;
    let mut filled = 0;
    let limit = whole.map_or(0, |whole| whole.limit);
    let mut large = None;
    let read = loop {
        let ended = fill(content, buffer, &mut filled)?;
        if !ended && base == 0 && buffer.len() < limit {
            let larger = (buffer.len() * 2).min(limit);
            if larger > LARGE && large.is_none() {
                large = whole.map(|whole| whole.large.lock());
            }
            buffer.resize(larger, 0);
            continue;
        }
        let until = if ended { filled } else { filled - AHEAD };
        let bytes = &buffer[..filled];
        look(Window {
            bytes,
            base,
            from,
            until,
            is_whole: ended && base == 0,
            is_document: false,
            may_be_recoded: true,
        });
        if ended {
            break base + filled as u64;
        }
        let kept = until.saturating_sub(BEHIND);
        buffer.copy_within(kept..filled, 0);
        filled -= kept;
        from = until - kept;
        base += kept as u64;
    };
    if large.is_some() {
        *buffer = Vec::new();
    }
    Ok(read)
}

/// Reads until `buffer` is full or the content has ended; the latter gives true.
fn fill(content: &mut dyn Read, buffer: &mut [u8], filled: &mut usize) -> io::Result<bool> {
    while *filled < buffer.len() {
        match content.read(&mut buffer[*filled..]) {
            Ok(0) => return Ok(true),
            Ok(count) => *filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
