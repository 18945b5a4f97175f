//! Reads a file in UTF-16, UTF-32, UTF-7 or EBCDIC as UTF-8, so that everything below sees plain
//! text, lines and columns.

use std::io::{self, ErrorKind, Read};

use base64::Engine as _;
use base64::alphabet::{IMAP_MUTF7, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::charset::{Charset, Declared, SAMPLE, UTF8_MARK};
use crate::model::DeclaredCharset;

/// Number of bytes that are converted at a time.
const CHUNK: usize = 16 * 1024;

/// Length of a run of printable ASCII that is treated as text of single bytes in the middle of another encoding:
/// output that another program has appended. Chinese text may look like it, but not for long.
const SINGLE: usize = 16;

/// The longest sequence of UTF-7 that is decoded, in bytes.
const MAX_SEQUENCE: usize = 4096;

/// A blob's content, converted to UTF-8 if its encoding does not contain ASCII; without the byte order mark of UTF-8.
pub(crate) struct Transcoder<'a> {
    inner: &'a mut dyn Read,
    declared: Option<Declared>,
    state: State,
    bytes: u64,
    /// True if a byte was read that is not printable ASCII, in a blob of an unknown encoding.
    is_opaque: bool,
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
    Coded {
        charset: Charset,
        is_single: bool,
        ended: bool,
    },
}

impl<'a> Transcoder<'a> {
    /// Reads `inner`, whose source may declare a character encoding.
    pub(crate) fn new(inner: &'a mut dyn Read, charset: Option<DeclaredCharset<'_>>) -> Self {
        Self {
            inner,
            declared: charset.map(|charset| Declared::of_name(charset.name())),
            state: State::Fresh,
            bytes: 0,
            is_opaque: false,
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
        }
    }

    /// Returns the number of bytes that have been read, before conversion.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the character encoding of the content, if it had to be converted.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        match self.state {
            State::Coded { charset, .. } => Some(charset.name()),
            State::Fresh | State::Plain => None,
        }
    }

    /// True if the declared encoding is not known and the content is more than printable ASCII, so
    /// that it may contain anything.
    pub(crate) fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    /// Reads the beginning and determines the encoding. Returns the number of filled bytes of `buffer`.
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
        self.look_at(start.len(), buffer);
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
        let coded = match self.declared {
            Some(Declared::Known(charset)) => Some(charset.with_order_of(start)),
            _ => Charset::of_content(start),
        };
        if let Some((charset, mark)) = coded {
            self.raw = start[mark..].to_vec();
            self.state = State::Coded {
                charset,
                is_single: false,
                ended: false,
            };
            return self.read(buffer);
        }
        Ok(filled)
    }

    /// Notes whether an encoding that is not known may hide something.
    fn look_at(&mut self, count: usize, buffer: &[u8]) {
        if self.declared == Some(Declared::Unknown) {
            self.is_opaque |= !buffer[..count].iter().all(is_plain_text);
        }
    }

    /// Reads and converts some more. False at the end.
    fn convert(&mut self) -> io::Result<bool> {
        let State::Coded {
            charset,
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
            let done = match *charset {
                Charset::Utf7 { is_imap } => {
                    utf8_of_utf7(&self.raw, is_imap, *ended, &mut self.text)
                }
                charset => utf8_of(&self.raw, charset, is_single, *ended, &mut self.text),
            };
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
                self.look_at(count, buffer);
                Ok(count)
            }
            State::Coded { .. } => {
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
    !is_coded(start) && !start.starts_with(UTF8_MARK)
}

/// True if a file that begins with these bytes is converted before it is searched.
pub(crate) fn is_coded(start: &[u8]) -> bool {
    Charset::of_content(start).is_some()
}

/// True for a byte of ASCII text.
fn is_plain_text(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Decodes `raw`, appends it to `text` and returns the number of bytes used. Without `is_end`, bytes whose
/// meaning may depend on later ones are left.
fn utf8_of(
    raw: &[u8],
    charset: Charset,
    is_single: &mut bool,
    is_end: bool,
    text: &mut Vec<u8>,
) -> usize {
    let needed = if is_end { 1 } else { SINGLE };
    let mut at = 0;
    while raw.len() - at >= needed {
        let rest = &raw[at..];
        *is_single = if *is_single {
            is_plain_text(&rest[0]) && !begins_coded(rest, charset)
        } else {
            rest.len() >= SINGLE && rest[..SINGLE].iter().all(is_plain_text)
        };
        if *is_single {
            text.push(rest[0]);
            at += 1;
            continue;
        }
        let Some((character, length)) = character(rest, charset) else {
            // Part of a character at the end.
            text.push(if rest[0].is_ascii() { rest[0] } else { b'?' });
            return raw.len();
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at += length;
    }
    at
}

/// True if an ASCII character in `charset` begins here.
fn begins_coded(rest: &[u8], charset: Charset) -> bool {
    match charset {
        Charset::Utf16 { is_big: true } => rest[0] == 0,
        Charset::Utf16 { is_big: false } => rest.get(1) == Some(&0),
        Charset::Utf32 { is_big: true } => rest[0] == 0,
        Charset::Utf32 { is_big: false } => rest.get(1..4) == Some(&[0, 0, 0]),
        Charset::Utf7 { .. } | Charset::Ebcdic(_) => false,
    }
}

/// The character that begins here, and its length; `None` if `rest` ends within it.
fn character(rest: &[u8], charset: Charset) -> Option<(char, usize)> {
    Some(match charset {
        Charset::Utf16 { is_big } => {
            let unit = |at: usize| {
                let pair = *rest.get(at..)?.first_chunk::<2>()?;
                Some(if is_big {
                    u16::from_be_bytes(pair)
                } else {
                    u16::from_le_bytes(pair)
                })
            };
            match char::decode_utf16([unit(0)?, unit(2).unwrap_or(0)]).next() {
                Some(Ok(character)) => (character, 2 * character.len_utf16()),
                _ => (char::REPLACEMENT_CHARACTER, 2),
            }
        }
        Charset::Utf32 { is_big } => {
            let group = *rest.first_chunk::<4>()?;
            let code = if is_big {
                u32::from_be_bytes(group)
            } else {
                u32::from_le_bytes(group)
            };
            match char::from_u32(code) {
                Some(character) => (character, 4),
                // Other bytes are in between; text may follow.
                None => (char::REPLACEMENT_CHARACTER, 1),
            }
        }
        Charset::Utf7 { .. } => (char::from(*rest.first()?), 1),
        Charset::Ebcdic(page) => (page.character(*rest.first()?), 1),
    })
}

/// See [`utf8_of`]; for UTF-7. An invalid sequence is kept as it is.
fn utf8_of_utf7(raw: &[u8], is_imap: bool, is_end: bool, text: &mut Vec<u8>) -> usize {
    let mark = if is_imap { b'&' } else { b'+' };
    let mut at = 0;
    while at < raw.len() {
        let Some(length) = memchr::memchr(mark, &raw[at..]) else {
            text.extend_from_slice(&raw[at..]);
            return raw.len();
        };
        text.extend_from_slice(&raw[at..at + length]);
        at += length;
        match sequence(&raw[at + 1..], is_imap, is_end) {
            Sequence::Cut => return at,
            Sequence::None => {
                text.push(mark);
                at += 1;
            }
            Sequence::Of(said, length) => {
                text.extend_from_slice(said.as_bytes());
                at += 1 + length;
            }
        }
    }
    at
}

/// The text behind the mark that begins a UTF-7 sequence.
enum Sequence {
    /// Too little input to decide.
    Cut,
    /// No sequence.
    None,
    /// The decoded text, and the length of the sequence.
    Of(String, usize),
}

fn sequence(rest: &[u8], is_imap: bool, is_end: bool) -> Sequence {
    let is_digit = |byte: &&u8| {
        byte.is_ascii_alphanumeric()
            || **byte == b'+'
            || **byte == if is_imap { b',' } else { b'/' }
    };
    let digits = rest.iter().take(MAX_SEQUENCE).take_while(is_digit).count();
    if digits == rest.len() && !is_end {
        return Sequence::Cut;
    }
    let length = digits + usize::from(rest.get(digits) == Some(&b'-'));
    if digits == 0 {
        let mark = if is_imap { "&" } else { "+" };
        return if length == 1 {
            Sequence::Of(mark.to_owned(), 1)
        } else {
            Sequence::None
        };
    }
    let alphabet = if is_imap { &IMAP_MUTF7 } else { &STANDARD };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let Ok(bytes) = GeneralPurpose::new(alphabet, config).decode(&rest[..digits]) else {
        return Sequence::None;
    };
    let (pairs, left) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let said: Result<String, _> = char::decode_utf16(units).collect();
    match said {
        Ok(said) if left.is_empty() => Sequence::Of(said, length),
        _ => Sequence::None,
    }
}
