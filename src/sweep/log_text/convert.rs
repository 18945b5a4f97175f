//! Removes colors, section markers and time stamps, in place.

use std::collections::HashSet;
use std::ops::Range;

use memchr::{memchr, memchr2, memmem, memrchr};

use super::control::{ControlBytes, ESCAPE};

/// Erases the rest of a line; written after the carriage return of a section marker.
const ERASE: &[u8] = b"\x1b[0K";

/// Maximum length of a line that is converted at once; a longer one is converted in pieces.
const MAX_LINE: usize = 1 << 20;

/// A piece of a long line is not cut within this many bytes after an escape character or the start of a marker.
const MAX_SEQUENCE: usize = 512;

/// Length of a time stamp: time, number and kind of the stream, and `+` if the line continues the last.
const STAMP: usize = 32;

/// The form of a time stamp, such as `2026-05-14T11:19:20.899359Z 00O `: digits (`d`), hexadecimal digits (`x`), the
/// kind of the stream (`k`), and the continuation (`+`).
const STAMP_FORM: &[u8; STAMP] = b"dddd-dd-ddTdd:dd:dd.ddddddZ xxk+";

/// Maximum number of open sections.
const MAX_SECTIONS: usize = 1_000;

/// Converts a log, some lines at a time.
#[derive(Default)]
pub(super) struct LogConverter {
    /// True if the lines of the log have time stamps; `None` before the first line.
    has_stamps: Option<bool>,
    /// True if the page shows something of the current line.
    is_visible: bool,
    sections: HashSet<Vec<u8>>,
}

/// The result of a conversion.
#[derive(Default)]
pub(super) struct Converted {
    /// Length of the text at the start of the buffer.
    pub(super) written: usize,
    /// Number of bytes of the log that were converted.
    pub(super) used: usize,
}

impl LogConverter {
    /// Converts whole lines at the start of a buffer, or a piece of a line that is too long. At the end of the log it
    /// converts everything.
    pub(super) fn convert(&mut self, bytes: &mut [u8], is_end: bool) -> Converted {
        let is_first = self.has_stamps.is_none();
        if is_first && bytes.len() < STAMP && !is_end {
            return Converted::default();
        }
        let has_stamps = *self
            .has_stamps
            .get_or_insert_with(|| bytes.first_chunk().is_some_and(is_stamp));
        // The start of the next line determines whether it continues this one.
        let ahead = if has_stamps { STAMP } else { 0 };
        let until = if is_end {
            bytes.len()
        } else {
            let complete = &bytes[..bytes.len().saturating_sub(ahead)];
            match memrchr(b'\n', complete) {
                Some(end) => end + 1,
                None if bytes.len() > MAX_LINE => piece(bytes),
                None => return Converted::default(),
            }
        };
        let start = if is_first { ahead } else { 0 };
        self.convert_until(bytes, start..until, has_stamps)
    }

    fn convert_until(
        &mut self,
        bytes: &mut [u8],
        range: Range<usize>,
        has_stamps: bool,
    ) -> Converted {
        let until = range.end;
        let mut text = InPlaceText {
            bytes,
            written: 0,
            kept: range.start,
        };
        let mut controls = ControlBytes::new(has_stamps);
        // Bytes before it are examined.
        let mut at = range.start;
        while let Some(position) = controls.next(&text.bytes[..until], at) {
            let next = text.bytes[..until].get(position + 1);
            let byte = text.bytes[position];
            if byte == b'\r' && next.is_some_and(|&next| next != b'\n') {
                at = self.overwrite(&mut text, at, position, until);
                continue;
            }
            self.see(&text.bytes[at..position]);
            at = match byte {
                b'\n' => self.end_line(&mut text, position, has_stamps),
                ESCAPE => match sequence(&text.bytes[position..until]) {
                    Some(length) => text.remove(position, position + length),
                    None => {
                        self.is_visible = true;
                        position + 1
                    }
                },
                _ => text.remove(position, position + 1),
            };
        }
        // The stamp of the next line may be removed already.
        let used = until.max(at);
        self.see(&text.bytes[at.min(until)..until]);
        text.keep(until);
        Converted {
            written: text.written,
            used,
        }
    }

    /// Updates the visibility of the current line after plain text.
    fn see(&mut self, plain: &[u8]) {
        if let Some(&last) = plain.last() {
            self.is_visible = last != b'\n';
        }
    }

    /// Handles the end of a line: removes it if the page does not show the line or the next line continues it, and
    /// removes the time stamp of the next line. Returns the position after that.
    fn end_line(&mut self, text: &mut InPlaceText<'_>, position: usize, has_stamps: bool) -> usize {
        let next = position + 1;
        let stamp = text.bytes[next..].first_chunk();
        let stamp = stamp.filter(|stamp| has_stamps && is_stamp(stamp));
        let after = next + stamp.map_or(0, |_| STAMP);
        let is_continued = stamp.is_some_and(|stamp| stamp.ends_with(b"+"));
        if !is_continued && std::mem::take(&mut self.is_visible) {
            text.remove(next, after)
        } else {
            text.remove(position, after)
        }
    }

    /// Handles a carriage return inside of a line, after which text replaces the line or a section begins or ends.
    /// Bytes before `at` are examined. Returns the position after the bytes that it removes.
    fn overwrite(
        &mut self,
        text: &mut InPlaceText<'_>,
        at: usize,
        position: usize,
        until: usize,
    ) -> usize {
        let (plain, rest) = text.bytes[at..until].split_at(position - at);
        let mut start = at;
        if let Some(end) = memrchr(b'\n', plain) {
            self.is_visible = false;
            start += end + 1;
        }
        let marker = marker(&plain[start - at..]).filter(|_| rest[1..].starts_with(ERASE));
        let Some(marker) = marker else {
            self.is_visible = false;
            text.remove(position, position + 1);
            text.push(b' ');
            return position + 1;
        };
        self.is_visible |= marker.start > 0;
        // The page has no empty lines.
        let ends_line = self.mark(&marker) && std::mem::take(&mut self.is_visible);
        let after = text.remove(start + marker.start, position + 1 + ERASE.len());
        if ends_line {
            text.push(b'\n');
        }
        after
    }

    /// Records the start or end of a section. Returns true if it ends the line.
    fn mark(&mut self, marker: &SectionMarker<'_>) -> bool {
        if !marker.is_start {
            return self.sections.remove(marker.name);
        }
        if self.sections.len() < MAX_SECTIONS {
            self.sections.insert(marker.name.to_vec());
        }
        true
    }
}

/// Text that replaces the log in a buffer, which is never shorter than the text.
struct InPlaceText<'b> {
    bytes: &'b mut [u8],
    /// Length of the text.
    written: usize,
    /// The start of the bytes after the last removed ones.
    kept: usize,
}

impl InPlaceText<'_> {
    /// Moves the bytes up to `end` to the text and removes those from there to `after`, which is returned.
    fn remove(&mut self, end: usize, after: usize) -> usize {
        if after > end {
            self.keep(end);
            self.kept = after;
        }
        after
    }

    /// Moves the bytes up to `end` to the text.
    fn keep(&mut self, end: usize) {
        if self.kept < end {
            if self.written < self.kept {
                self.bytes.copy_within(self.kept..end, self.written);
            }
            self.written += end - self.kept;
            self.kept = end;
        }
    }

    /// Appends a byte, after others were removed.
    fn push(&mut self, byte: u8) {
        self.bytes[self.written] = byte;
        self.written += 1;
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

/// Returns true for a time stamp.
fn is_stamp(line: &[u8; STAMP]) -> bool {
    // The least byte at each position, and the difference of the greatest one.
    const RANGES: [(u8, u8); STAMP] = {
        let mut ranges = [(0, u8::MAX); STAMP];
        let mut at = 0;
        while at < STAMP {
            match STAMP_FORM[at] {
                b'd' => ranges[at] = (b'0', 9),
                b'x' | b'k' | b'+' => {}
                byte => ranges[at] = (byte, 0),
            }
            at += 1;
        }
        ranges
    };
    // Without branches, so that it is vectorized.
    let is_outside = line
        .iter()
        .zip(RANGES)
        .fold(false, |any, (byte, (least, span))| {
            any | (byte.wrapping_sub(least) > span)
        });
    let &[.., high, low, kind, continuation] = line;
    !is_outside
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
        && matches!(kind, b'O' | b'E')
        && matches!(continuation, b'+' | b' ')
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
