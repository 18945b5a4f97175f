//! The text of a job log, as GitLab's page of the job shows it.
//!
//! Runners color their output, mark sections, and may put a time stamp in front of each line. A token may be
//! interrupted by any of these. The reader removes them and keeps the line numbers of the page, which has no empty
//! lines (`lib/gitlab/ci/ansi2json/converter.rb`). Text that the page hides because a carriage return
//! overwrites it stays, since the raw log contains it.

use std::collections::HashSet;
use std::io::{self, Read};

use memchr::{memchr, memchr2, memchr3_iter, memmem, memrchr};

/// Number of bytes that are read at once.
const CHUNK: usize = 64 << 10;

const ESCAPE: u8 = 0x1b;

/// Erases the rest of a line; written after the carriage return of a section marker.
const ERASE: &[u8] = b"\x1b[0K";

/// Maximum length of a line that is read at once; a longer one is read in pieces.
const MAX_LINE: usize = 1 << 20;

/// A piece of a long line is not cut within this many bytes after an escape character or the start of a marker.
const MAX_SEQUENCE: usize = 512;

/// Length of `2026-05-14T11:19:20.899359Z 00O `: time, number and kind of the stream, and `+` if the line continues
/// the last.
const STAMP: usize = 32;

/// The position of the character that determines whether a line continues the last.
const STAMP_KIND: usize = STAMP - 1;

/// Maximum number of open sections.
const MAX_SECTIONS: usize = 1_000;

/// A reader of the text of a job log.
pub(super) struct LogReader<R> {
    input: R,
    /// Bytes that are read and not converted.
    raw: Vec<u8>,
    start: usize,
    is_at_end: bool,
    /// Converted bytes.
    text: Vec<u8>,
    position: usize,
    line: LogLine,
}

/// The line that is being converted.
#[derive(Default)]
struct LogLine {
    /// True if the lines of the log have time stamps; `None` before the first line.
    has_stamps: Option<bool>,
    /// True if a part of the line is visible on the page.
    is_visible: bool,
    /// True if a part of the line was converted, so that the next bytes are not a time stamp.
    is_begun: bool,
    sections: HashSet<Vec<u8>>,
}

impl<R: Read> LogReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            raw: Vec::new(),
            start: 0,
            is_at_end: false,
            text: Vec::new(),
            position: 0,
            line: LogLine::default(),
        }
    }

    /// Reads and converts until there is text or the log ends.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.position = 0;
        while self.text.is_empty() && !(self.is_at_end && self.start == self.raw.len()) {
            if !self.is_at_end {
                self.read_chunk()?;
            }
            self.convert();
        }
        Ok(())
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        self.raw.drain(..self.start);
        self.start = 0;
        let length = self.raw.len();
        self.raw.resize(length + CHUNK, 0);
        let read = self.input.read(&mut self.raw[length..]);
        self.raw.truncate(length + *read.as_ref().unwrap_or(&0));
        self.is_at_end = matches!(read, Ok(0));
        read.map(drop)
    }

    /// Converts whole lines, and pieces of a line that is too long.
    fn convert(&mut self) {
        while self.start < self.raw.len() {
            let rest = &self.raw[self.start..];
            if self.line.has_stamps.is_none() && rest.len() < STAMP && !self.is_at_end {
                return;
            }
            let has_stamps = *self.line.has_stamps.get_or_insert_with(|| is_stamp(rest));
            let end = if has_stamps {
                memchr(b'\n', rest)
            } else {
                memrchr(b'\n', rest)
            };
            let Some(end) = end else {
                let length = if self.is_at_end {
                    rest.len()
                } else if rest.len() > MAX_LINE {
                    piece(rest)
                } else {
                    return;
                };
                self.line.convert(&rest[..length], &mut self.text);
                self.start += length;
                continue;
            };
            if !has_stamps {
                self.line.convert(&rest[..=end], &mut self.text);
                self.start += end + 1;
                continue;
            }
            // The start of the next line determines whether it continues this one.
            let next = &rest[end + 1..];
            if next.len() < STAMP && !self.is_at_end {
                return;
            }
            self.line.convert(&rest[..end], &mut self.text);
            self.start += end + 1;
            if is_stamp(next) && next[STAMP_KIND] == b'+' {
                self.start += STAMP;
            } else {
                self.line.convert(b"\n", &mut self.text);
                self.line.is_begun = false;
            }
        }
    }
}

impl<R: Read> Read for LogReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.text.len() {
            self.fill()?;
        }
        let length = buffer.len().min(self.text.len() - self.position);
        buffer[..length].copy_from_slice(&self.text[self.position..self.position + length]);
        self.position += length;
        Ok(length)
    }
}

impl LogLine {
    /// Converts a whole line or a part of a line.
    fn convert(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let is_stamped = self.has_stamps == Some(true) && !self.is_begun && is_stamp(bytes);
        let bytes = if is_stamped { &bytes[STAMP..] } else { bytes };
        self.is_begun = true;
        // Bytes before `copied` are converted, and those before `at` are examined.
        let (mut copied, mut at) = (0, 0);
        for position in memchr3_iter(b'\n', b'\r', ESCAPE, bytes) {
            if position < at {
                continue;
            }
            let plain = &bytes[at..position];
            let rest = &bytes[position..];
            match rest[0] {
                b'\n' if self.is_visible || !plain.is_empty() => {
                    self.is_visible = false;
                    at = position + 1;
                    continue;
                }
                b'\r' if rest.len() > 1 && rest[1] != b'\n' => {
                    let marker = marker(plain).filter(|_| rest[1..].starts_with(ERASE));
                    let length = marker.as_ref().map_or(plain.len(), |marker| marker.start);
                    self.is_visible |= length > 0;
                    text.extend_from_slice(&bytes[copied..at + length]);
                    at = position + 1;
                    match marker {
                        Some(marker) => {
                            at += ERASE.len();
                            self.mark(&marker, text);
                        }
                        // The text after it replaces the line.
                        None => {
                            self.is_visible = false;
                            text.push(b' ');
                        }
                    }
                    copied = at;
                    continue;
                }
                _ => {}
            }
            self.is_visible |= !plain.is_empty();
            let length = match rest[0] {
                ESCAPE => sequence(rest),
                _ => Some(1),
            };
            at = position + length.unwrap_or(1);
            match length {
                Some(_) => {
                    text.extend_from_slice(&bytes[copied..position]);
                    copied = at;
                }
                None => self.is_visible = true,
            }
        }
        self.is_visible |= bytes.len() > at;
        text.extend_from_slice(&bytes[copied..]);
    }

    /// Handles the start or end of a section, which ends the line. The page has no empty lines.
    fn mark(&mut self, marker: &SectionMarker<'_>, text: &mut Vec<u8>) {
        let is_open = self.sections.contains(marker.name);
        if marker.is_start {
            if self.sections.len() < MAX_SECTIONS {
                self.sections.insert(marker.name.to_vec());
            }
        } else if is_open {
            self.sections.remove(marker.name);
        } else {
            return;
        }
        if std::mem::take(&mut self.is_visible) {
            text.push(b'\n');
        }
    }
}

/// The start or end of a section, at the end of a text.
struct SectionMarker<'a> {
    start: usize,
    is_start: bool,
    name: &'a [u8],
}

/// Returns the marker at the end of a text before a carriage return:
/// `section_start:1560896352:my_first_section[collapsed=true]`.
fn marker(text: &[u8]) -> Option<SectionMarker<'_>> {
    let from = text.len().saturating_sub(MAX_SEQUENCE);
    let start = from + memmem::rfind(&text[from..], b"section_")?;
    let rest = &text[start + b"section_".len()..];
    let (is_start, rest) = match rest.strip_prefix(b"start:") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix(b"end:")?),
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let name = rest[digits..].strip_prefix(b":")?;
    let name = &name[..memchr(b'[', name).unwrap_or(name.len())];
    (digits > 0 && !name.is_empty()).then_some(SectionMarker {
        start,
        is_start,
        name,
    })
}

/// Returns the length of the control sequence at the start of a text; `None` if the page shows its escape
/// character. Of a sequence without an end in its line only the first two bytes are removed.
fn sequence(text: &[u8]) -> Option<usize> {
    match text.get(1) {
        None | Some(b'\r' | b'\n') => Some(1),
        Some(b'@'..=b'_') => {
            let mut parameters = text[2..].iter();
            let end = parameters.position(|byte| matches!(byte, b'@'..=b'~' | b'\n'));
            let end = end.filter(|end| text[2 + end] != b'\n');
            Some(end.map_or(2, |end| end + 3))
        }
        Some(_) => None,
    }
}

/// Returns true if a line begins with a time stamp.
fn is_stamp(line: &[u8]) -> bool {
    const FORM: &[u8; STAMP] = b"dddd-dd-ddTdd:dd:dd.ddddddZ xxk+";
    line.len() >= STAMP
        && FORM.iter().zip(line).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            b'k' => matches!(byte, b'O' | b'E'),
            b'+' => matches!(byte, b'+' | b' '),
            form => form == byte,
        })
}

/// Returns the length of a piece of a long line that divides no sequence and no marker.
fn piece(line: &[u8]) -> usize {
    let from = line.len() - MAX_SEQUENCE;
    let tail = &line[from..];
    let starts = [memchr2(0x1b, b'\r', tail), memmem::rfind(tail, b"section_")];
    let first = starts.into_iter().flatten().min();
    // The end of the tail may be the start of a marker.
    from + first.unwrap_or(MAX_SEQUENCE - b"section_".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(log: &str) -> String {
        let mut whole = String::new();
        LogReader::new(log.as_bytes())
            .read_to_string(&mut whole)
            .unwrap();
        // The text does not depend on the sizes of pieces.
        for size in [1, 3, 50] {
            let mut text = String::new();
            LogReader::new(Pieces(log.as_bytes(), size))
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, whole, "{size}");
        }
        whole
    }

    /// A reader that returns a few bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (piece, rest) = self.0.split_at(length);
            buffer[..length].copy_from_slice(piece);
            self.0 = rest;
            Ok(length)
        }
    }

    #[test]
    fn removes_colors_and_sections_inside_of_text() {
        assert_eq!(
            text_of("\x1b[0KRunning\x1b[0;m\n$ echo abc\x1b[31mdef\x1b[0;m\n"),
            "Running\n$ echo abcdef\n"
        );
        assert_eq!(
            text_of(
                "section_start:1:a[collapsed=true]\r\x1b[0K\x1b[0KHead\nbody\nsection_end:2:a\r\x1b[0Ksection_start:2:b\r\x1b[0KNext\n"
            ),
            "Head\nbody\nNext\n"
        );
        // The end of a section that is not open does not end the line.
        assert_eq!(text_of("a section_end:2:x\r\x1b[0Kb\n"), "a b\n");
        assert_eq!(
            text_of("section_start:x\r\x1b[0Kb\n"),
            "section_start:x b\n"
        );
    }

    #[test]
    fn counts_lines_as_the_page_does() {
        // Empty lines are not shown, and lines of control sequences only are empty.
        assert_eq!(text_of("a\n\n\x1b[0;m\n \nb"), "a\n \nb");
        assert_eq!(text_of("a\r\nb\r\n"), "a\nb\n");
        // Overwritten text is kept in the line that is shown.
        assert_eq!(text_of("10%\r20%\r30%\nx\n"), "10% 20% 30%\nx\n");
        assert_eq!(text_of("gone\r\x1b[0K\nx\n"), "gone x\n");
    }

    #[test]
    fn joins_lines_that_time_stamps_continue() {
        assert_eq!(
            text_of(
                "2026-05-14T11:19:20.899359Z 00O a=glp\n2026-05-14T11:19:20.899360Z 00O+at-x\n2026-05-14T11:19:20.899361Z 00E b\n"
            ),
            "a=glpat-x\nb\n"
        );
        // Without a time stamp in the first line, no line has one.
        let plain = "x\n2026-05-14T11:19:20.899360Z 00O+at-x\n";
        assert_eq!(text_of(plain), plain);
    }

    #[test]
    fn reads_long_lines_in_pieces() {
        let long = format!(
            "{}\x1b[31m{}\nend\n",
            "a".repeat(2_000_000),
            "b".repeat(1_500_000)
        );
        let mut text = String::new();
        LogReader::new(long.as_bytes())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, long.replace("\x1b[31m", ""));
    }
}
