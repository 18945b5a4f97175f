//! Base64 and base64url, in one piece or broken into lines, also with URL or JSON escapes for some of
//! their characters.

use super::decoded_text::DecodedText;
use super::text;
use crate::model::BASE64_VALUES;
use crate::syntax::escape::EscapeSyntax;

/// The value of a byte that is not a digit.
const NONE: u8 = u8::MAX;

/// The shortest and the longest line that a line break may follow within the text: shorter lines are words, and longer ones are
/// not broken.
const MIN_LINE: usize = 40;
const MAX_LINE: usize = 256;

/// The bytes that a group of four digits writes.
pub(crate) fn group(digits: &[u8]) -> Option<[u8; 3]> {
    let digits = digits.first_chunk::<4>()?;
    let [a, b, c, d] = digits.map(|digit| BASE64_VALUES[usize::from(digit)]);
    // No value of a digit has its highest bit set, and [`NONE`] has.
    ((a | b | c | d) & 0x80 == 0).then_some([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d])
}

/// Decodes the base64 around `start`, the first digit of a text that begins at byte `phase` of a
/// group of three: at most `back` bytes before and `ahead` behind. Also returns the offset of that text
/// in the decoded bytes, and whether the alphabet is that of base64url.
///
/// With `clean`, the decoded bytes just before it must be text.
pub(crate) fn open(
    bytes: &[u8],
    start: usize,
    phase: usize,
    back: usize,
    ahead: usize,
    clean: bool,
) -> Option<(DecodedText, usize, bool)> {
    let mut run = DigitRun::default();
    run.digits.reserve(back.min(start) + ahead);
    run.read_to(bytes, start.saturating_sub(back), start)?;
    // Each byte begins in another digit of the group.
    let before = run.digits.len().checked_sub(phase)?;
    run.read_from(bytes, start, bytes.len().min(start + ahead));
    // If the line turns out not to be base64, neither are the lines before.
    if run.digits.len() <= before {
        return None;
    }
    run.digits.drain(..before % 4);
    let mut at = before / 4 * 3 + phase;
    let mut view = run.decode();
    // The run may end there, at the start of another.
    if at >= view.bytes().len() {
        return None;
    }
    // Only whole groups can precede the true beginning.
    if clean && let Some(noise) = text::noise_before(view.bytes(), at) {
        // Bytes that were taken for the front of the text may only touch it.
        let seam = view.begin_between(noise, at)?;
        view.drop_front(seam);
        at -= seam;
    }
    Some((view, at, run.is_url))
}

/// A piece of base64 text.
struct Base64Unit {
    kind: UnitKind,
    length: usize,
}

enum UnitKind {
    /// A digit and its value.
    Digit(u8),
    /// White space between lines.
    Break,
    /// `=`.
    Padding,
}

impl Base64Unit {
    fn read(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let of = |byte: u8, length: usize| {
            let kind = match byte {
                b'=' => UnitKind::Padding,
                b'\n' | b'\r' => UnitKind::Break,
                _ => match BASE64_VALUES[usize::from(byte)] {
                    NONE => return None,
                    value => UnitKind::Digit(value),
                },
            };
            Some(Self { kind, length })
        };
        match first {
            b'%' | b'\\' | b'&' => {
                let unit = EscapeSyntax::of(bytes)?.read(bytes)?;
                match unit.content() {
                    // Only characters that need an escape have one; anything else begins something new.
                    [byte @ (b'+' | b'/' | b'=' | b'-' | b'_' | b'\n' | b'\r')] => {
                        of(*byte, unit.length)
                    }
                    [] => Some(Self {
                        kind: UnitKind::Break,
                        length: unit.length,
                    }),
                    _ => None,
                }
            }
            b'\n' => {
                let indent = bytes[1..]
                    .iter()
                    .take_while(|b| matches!(b, b' ' | b'\t'))
                    .count();
                of(first, 1 + indent)
            }
            _ => of(first, 1),
        }
    }
}

/// A digit of a run and its position.
struct Digit {
    value: u8,
    start: usize,
    end: usize,
    /// True if the text may begin or end beside it.
    seam: bool,
    /// True if a line break precedes it.
    is_line_start: bool,
}

/// A run of base64 digits.
#[derive(Default)]
struct DigitRun {
    digits: Vec<Digit>,
    /// Digits since the last line break.
    line: usize,
    /// True if a line break was read last.
    broken: bool,
    is_url: bool,
    is_cut: bool,
}

impl DigitRun {
    /// Reads `bytes[from..to]` and keeps the run that ends at `to`. `None` if nothing may begin
    /// there.
    fn read_to(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<()> {
        let mut at = from;
        while at < to {
            let digits = self.take_digits(&bytes[..to], at);
            if digits > 0 {
                at += digits;
                continue;
            }
            match Base64Unit::read(&bytes[at..]) {
                Some(unit) if self.take(bytes, at, &unit) => at += unit.length,
                Some(unit) => {
                    self.clear();
                    at += unit.length;
                }
                None => {
                    self.clear();
                    at += 1;
                }
            }
        }
        (at == to).then_some(())
    }

    /// Clears the content and keeps the allocation.
    fn clear(&mut self) {
        let mut digits = std::mem::take(&mut self.digits);
        digits.clear();
        *self = Self {
            digits,
            ..Self::default()
        };
    }

    /// Reads on from `from`, to the end of the run.
    fn read_from(&mut self, bytes: &[u8], from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let digits = self.take_digits(&bytes[..to], at);
            if digits > 0 {
                at += digits;
                continue;
            }
            match Base64Unit::read(&bytes[at..]) {
                Some(unit) if self.take(bytes, at, &unit) => at += unit.length,
                _ => return self.drop_stray_line(&bytes[at..]),
            }
        }
        self.is_cut = to < bytes.len();
    }

    /// Adds the unit at `at`; false if the run ends before it.
    fn take(&mut self, bytes: &[u8], at: usize, unit: &Base64Unit) -> bool {
        match unit.kind {
            UnitKind::Digit(value) => {
                self.is_url |= matches!(bytes[at], b'-' | b'_');
                self.take_digit(value, at, at + unit.length);
                true
            }
            UnitKind::Break if self.broken || self.is_line(bytes, at) => {
                self.broken = true;
                self.line = 0;
                true
            }
            UnitKind::Break | UnitKind::Padding => false,
        }
    }

    /// Adds the plain digits at `at`. Returns their number.
    fn take_digits(&mut self, bytes: &[u8], at: usize) -> usize {
        let mut count = 0;
        for &byte in &bytes[at..] {
            let value = BASE64_VALUES[usize::from(byte)];
            if value == NONE {
                break;
            }
            self.is_url |= matches!(byte, b'-' | b'_');
            self.take_digit(value, at + count, at + count + 1);
            count += 1;
        }
        count
    }

    fn take_digit(&mut self, value: u8, start: usize, end: usize) {
        self.digits.push(Digit {
            value,
            start,
            end,
            seam: value >= 62 || self.broken,
            is_line_start: self.broken,
        });
        self.broken = false;
        self.line += 1;
    }

    /// True if the line that ends at `at` is one of those that base64 is broken into.
    fn is_line(&self, bytes: &[u8], at: usize) -> bool {
        // The run may have been taken up in the middle of it.
        let before = &bytes[at.saturating_sub(MAX_LINE + 1)..at];
        let whole = before.iter().rev().take_while(|byte| is_digit(**byte));
        (MIN_LINE..=MAX_LINE).contains(&self.line.max(whole.count()))
    }

    /// Drops a last line that only looks like one: the key of another value.
    fn drop_stray_line(&mut self, next: &[u8]) {
        let line = self.line.min(self.digits.len());
        let is_first = self.digits.len() == line
            || !self.digits[self.digits.len() - line..]
                .first()
                .is_some_and(|digit| digit.is_line_start);
        let is_stray = match next.first() {
            Some(b':' | b' ' | b'.' | b'(' | b'[' | b'{' | b'@') => true,
            Some(b'=') => false,
            _ => line < 4,
        };
        if line > 0 && !is_first && is_stray {
            self.digits.truncate(self.digits.len() - line);
        }
    }

    /// The bytes.
    fn decode(&self) -> DecodedText {
        let mut view = DecodedText::with_room(self.digits.len());
        view.is_cut = self.is_cut;
        for group in self.digits.chunks(4) {
            let start = view.bytes().len();
            for (index, pair) in group.windows(2).enumerate() {
                let [high, low] = pair else { continue };
                let byte = high.value << (2 * index + 2) | low.value >> (4 - 2 * index);
                view.push(byte, high.start, low.end);
            }
            for (index, _) in group.iter().enumerate().filter(|(_, digit)| digit.seam) {
                view.add_seam(start + index.saturating_sub(1), start + group.len() - 1);
            }
        }
        view
    }
}

/// True for a digit of either alphabet.
fn is_digit(byte: u8) -> bool {
    BASE64_VALUES[usize::from(byte)] != NONE
}
