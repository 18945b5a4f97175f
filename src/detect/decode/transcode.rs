//! Reads a file in UTF-16 as UTF-8, so that everything below sees plain text, lines and columns.

use std::io::{self, ErrorKind, Read};

/// The byte order mark of UTF-8, which is no part of the text.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many bytes tell what a file without a byte order mark is written in.
const SAMPLE: usize = 64;

/// How many bytes are converted at a time.
const CHUNK: usize = 16 * 1024;

/// How many bytes in a row that are printable ASCII are taken for text of single bytes in the middle
/// of UTF-16: what another program has appended. Chinese text may look like it, but not for long.
const SINGLE: usize = 16;

/// A blob's content; converted if it is UTF-16, without its byte order mark if it is UTF-8.
pub(crate) struct Transcoder<'a> {
    inner: &'a mut dyn Read,
    state: State,
    bytes: u64,
    /// Bytes read but not yet converted.
    raw: Vec<u8>,
    /// Bytes converted but not yet handed out, from `given` on.
    text: Vec<u8>,
    given: usize,
}

enum State {
    Fresh,
    /// Handed through.
    Plain,
    Utf16 {
        is_big: bool,
        is_single: bool,
        ended: bool,
    },
}

impl<'a> Transcoder<'a> {
    /// Reads `inner`.
    pub(crate) fn new(inner: &'a mut dyn Read) -> Self {
        Self {
            inner,
            state: State::Fresh,
            bytes: 0,
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
        }
    }

    /// How many bytes have been read, before conversion.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What the content is written in, if it had to be converted.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        match self.state {
            State::Utf16 { is_big, .. } => Some(if is_big { "utf-16be" } else { "utf-16le" }),
            _ => None,
        }
    }

    /// Reads the beginning and decides what it is. Gives how many bytes of `buffer` it has filled.
    fn begin(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < SAMPLE.min(buffer.len()) {
            match self.inner.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes = filled as u64;
        let start = &buffer[..filled];
        self.state = State::Plain;
        if start.starts_with(UTF8_MARK) {
            buffer.copy_within(3..filled, 0);
            return if filled > 3 {
                Ok(filled - 3)
            } else {
                self.read(buffer)
            };
        }
        if let Some((is_big, mark)) = detect(start) {
            self.raw = start[mark..].to_vec();
            self.state = State::Utf16 {
                is_big,
                is_single: false,
                ended: false,
            };
            return self.read(buffer);
        }
        Ok(filled)
    }

    /// Reads and converts some more. False at the end.
    fn convert(&mut self) -> io::Result<bool> {
        let State::Utf16 {
            is_big,
            is_single,
            ended,
        } = &mut self.state
        else {
            return Ok(false);
        };
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() {
            if *ended && self.raw.is_empty() {
                return Ok(false);
            }
            if !*ended {
                let old = self.raw.len();
                self.raw.resize(old + CHUNK, 0);
                let count = loop {
                    match self.inner.read(&mut self.raw[old..]) {
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        other => break other,
                    }
                };
                self.raw.truncate(old + *count.as_ref().unwrap_or(&0));
                let count = count?;
                self.bytes += count as u64;
                *ended = count == 0;
            }
            let done = utf8_of(&self.raw, *is_big, is_single, *ended, &mut self.text);
            self.raw.drain(..done);
        }
        Ok(true)
    }
}

impl Read for Transcoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.state {
            State::Fresh => self.begin(buffer),
            State::Plain => {
                let count = self.inner.read(buffer)?;
                self.bytes += count as u64;
                Ok(count)
            }
            State::Utf16 { .. } => {
                if self.given == self.text.len() && !self.convert()? {
                    return Ok(0);
                }
                let rest = &self.text[self.given..];
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                self.given += count;
                Ok(count)
            }
        }
    }
}

/// True if a file that begins with these bytes is searched as it is, byte for byte.
pub(crate) fn is_plain(start: &[u8]) -> bool {
    !is_wide(start) && !start.starts_with(UTF8_MARK)
}

/// True if a file that begins with these bytes is converted before it is searched.
pub(crate) fn is_wide(start: &[u8]) -> bool {
    detect(&start[..start.len().min(SAMPLE)]).is_some()
}

/// Whether a file that begins like this is UTF-16, big endian, and how long its byte order mark is.
fn detect(start: &[u8]) -> Option<(bool, usize)> {
    match start {
        // The mark of UTF-32 begins like that of UTF-16.
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, ..] => return Some((false, 2)),
        [0xfe, 0xff, ..] => return Some((true, 2)),
        _ => {}
    }
    let start = &start[..start.len().min(SAMPLE)];
    if !start.contains(&0) {
        // Nearly every file.
        return None;
    }
    let pairs = start.as_chunks::<2>().0;
    let is_text = |byte: u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    let fits = |of: &dyn Fn(&[u8; 2]) -> (u8, u8)| {
        let plain = pairs
            .iter()
            .map(of)
            .filter(|&(low, high)| high == 0 && is_text(low))
            .count();
        let void = pairs.contains(&[0, 0]);
        !void && pairs.len() >= 4 && plain * 4 >= pairs.len() * 3
    };
    if fits(&|&[low, high]| (low, high)) {
        Some((false, 0))
    } else if fits(&|&[high, low]| (low, high)) {
        Some((true, 0))
    } else {
        None
    }
}

/// Adds what `raw` says to `text`; gives how many bytes of it were used. Without `is_end`, what may
/// depend on bytes to come is left.
fn utf8_of(
    raw: &[u8],
    is_big: bool,
    is_single: &mut bool,
    is_end: bool,
    text: &mut Vec<u8>,
) -> usize {
    let unit = |at: usize| {
        let pair: [u8; 2] = raw.get(at..at + 2)?.try_into().ok()?;
        Some(if is_big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        })
    };
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let needed = if is_end { 1 } else { SINGLE };
    let mut at = 0;
    while raw.len() - at >= needed {
        if *is_single {
            let is_wide = raw.get(if is_big { at } else { at + 1 }) == Some(&0);
            *is_single = !is_wide && is_text(&raw[at]);
        } else {
            *is_single = raw.len() - at >= SINGLE && raw[at..at + SINGLE].iter().all(is_text);
        }
        if *is_single {
            text.push(raw[at]);
            at += 1;
            continue;
        }
        let Some(first) = unit(at) else {
            // Half a character at the end.
            text.push(if raw[at].is_ascii() { raw[at] } else { b'?' });
            return raw.len();
        };
        let second = unit(at + 2).unwrap_or(0);
        let pair = [first, second];
        let (character, units) = match char::decode_utf16(pair).next() {
            Some(Ok(character)) => (character, character.len_utf16()),
            _ => (char::REPLACEMENT_CHARACTER, 1),
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at += 2 * units;
    }
    at
}
