//! Runs of encoded text, which are recognized by their form, not by their content.

use super::decoded_text::DecodedText;
use super::encoding::Encoding;
use super::{base64, hex, utf16};
use crate::syntax::escape::EscapeSyntax;
use multisearch::signature;

/// Number of bytes around a run that are decoded with it: the keyword of a token may be at the end of the line before, or
/// touch bytes that are not text.
const MARGIN: usize = 128;

/// Number of bytes that a run is followed beyond the requested end: they may affect a candidate, in all layers.
const BEYOND: usize = 512;

/// An encoding that writes units of the same length, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunEncoding {
    Base64,
    Hex,
    Utf16,
    Escapes,
}

/// A way to write text.
pub(crate) struct RunFormat {
    code: RunEncoding,
    /// Its shape, and how far into a unit that begins.
    shape: (usize, usize),
    /// Bytes of a unit.
    width: usize,
    /// The number of units of text in a row that does not occur by chance.
    min_units: usize,
    /// True if a unit encodes text.
    is_text: fn(&[u8]) -> bool,
}

impl RunFormat {
    /// The number of layouts.
    pub(crate) const COUNT: usize = KNOWN.len();

    /// Each layout, if it is one of those whose shape is in `shapes`.
    pub(crate) fn of(shapes: u8) -> impl Iterator<Item = Option<&'static Self>> {
        let is_in = move |layout: &&Self| shapes >> layout.shape.0 & 1 == 1;
        KNOWN.iter().map(move |layout| Some(layout).filter(is_in))
    }
}

static KNOWN: [RunFormat; 9] = [
    RunFormat {
        code: RunEncoding::Base64,
        shape: (signature::BASE64, 0),
        width: 4,
        min_units: 7,
        is_text: |unit| match base64::group(unit) {
            // UTF-16 in it.
            Some([a, 0, b]) => is_text(a) && is_text(b),
            Some([0, a, 0]) => is_text(a),
            Some(all) => all.into_iter().all(is_text),
            None => false,
        },
    },
    RunFormat {
        code: RunEncoding::Hex,
        shape: (signature::HEX_PAIRS, 0),
        width: 2,
        min_units: 14,
        is_text: is_hex,
    },
    RunFormat {
        code: RunEncoding::Utf16,
        shape: (signature::UTF16, 0),
        width: 2,
        min_units: 14,
        is_text: |unit| unit[1] == 0 && is_text(unit[0]),
    },
    // `67:`
    RunFormat {
        code: RunEncoding::Hex,
        shape: (signature::SEPARATED_HEX, 0),
        width: 3,
        min_units: 12,
        is_text: |unit| is_hex(unit) && b": -,".contains(&unit[2]),
    },
    // `0x67,`
    RunFormat {
        code: RunEncoding::Hex,
        shape: (signature::FIVE_BYTE_UNIT, 4),
        width: 5,
        min_units: 8,
        is_text: |unit| is_numeral(unit) && matches!(unit[4], b',' | b' '),
    },
    // `0x67, `
    RunFormat {
        code: RunEncoding::Hex,
        shape: (signature::SIX_BYTE_UNIT, 0),
        width: 6,
        min_units: 8,
        is_text: |unit| {
            is_numeral(unit) && unit[4] == b',' && matches!(unit[5], b' ' | b'\n' | b'\r')
        },
    },
    // `%67`
    RunFormat {
        code: RunEncoding::Escapes,
        shape: (signature::PERCENT, 0),
        width: 3,
        min_units: 12,
        is_text: is_escape,
    },
    // `\x67`, `\147`
    RunFormat {
        code: RunEncoding::Escapes,
        shape: (signature::BACKSLASH, 0),
        width: 4,
        min_units: 7,
        is_text: is_escape,
    },
    // `\u0067`, `&#x67;`
    RunFormat {
        code: RunEncoding::Escapes,
        shape: (signature::SIX_BYTE_UNIT, 0),
        width: 6,
        min_units: 12,
        is_text: is_escape,
    },
];

/// A run of encoded text.
pub(crate) struct EncodedRun {
    layout: &'static RunFormat,
    /// Start of its first unit.
    start: usize,
    /// Just after its last unit, or beyond the requested range.
    pub(crate) end: usize,
}

impl EncodedRun {
    /// Returns the run of a format around the signature at `at`. It is followed a little beyond `until`.
    pub(crate) fn around(
        bytes: &[u8],
        layout: &'static RunFormat,
        at: usize,
        until: usize,
    ) -> Option<Self> {
        let RunFormat {
            width, min_units, ..
        } = *layout;
        let at = at.checked_sub(layout.shape.1)?;
        let is_unit = |at: usize| bytes.get(at..at + width).is_some_and(layout.is_text);
        let mut start = at;
        let mut end = at;
        while end < at + min_units * width && is_unit(end) {
            end += width;
        }
        if end == at {
            return None;
        }
        while start >= width && at - start < min_units * width && is_unit(start - width) {
            start -= width;
        }
        if end - start < min_units * width {
            return None;
        }
        while end < until + BEYOND && is_unit(end) {
            end += width;
        }
        Some(Self { layout, start, end })
    }

    /// Decodes the run and its surroundings from `from` on.
    pub(crate) fn open(&self, bytes: &[u8], from: usize) -> Option<DecodedRun> {
        let RunFormat { code, width, .. } = *self.layout;
        let ahead = from.saturating_sub(BEYOND).saturating_sub(self.start);
        let start = self.start + ahead / width * width;
        let ahead = self.end - start + MARGIN;
        let view = match code {
            RunEncoding::Base64 => {
                let (view, at, _) = base64::open(bytes, start, 0, MARGIN, ahead, false)?;
                debug_assert_eq!(at % 3, 0, "a unit is a group");
                view
            }
            RunEncoding::Hex => hex::undo(bytes, start, MARGIN, ahead)?.0,
            RunEncoding::Utf16 => utf16::open(bytes, start, MARGIN, ahead, true)?.0,
            RunEncoding::Escapes => {
                let family = EscapeSyntax::of(&bytes[start..])?;
                let until = bytes.len().min(start + ahead);
                let mut view = DecodedText::with_room(ahead);
                family.decode(bytes, start, until, until < bytes.len(), &mut view.text);
                view
            }
        };
        Some(DecodedRun { view, code })
    }
}

/// The decoded text of a run.
pub(crate) struct DecodedRun {
    view: DecodedText,
    code: RunEncoding,
}

impl DecodedRun {
    /// The text.
    pub(crate) fn text(&self) -> &[u8] {
        self.view.bytes()
    }

    /// Returns the offset of byte `at` of the text, and the encoding that is undone there; `None` for escapes, which are
    /// undone where they interrupt a keyword.
    pub(crate) fn origin(&self, at: usize) -> (usize, Option<Encoding>) {
        let place = self.view.origin(&(at..at + 1)).start;
        let step = match self.code {
            RunEncoding::Base64 => Some(Encoding::Base64(at % 3)),
            RunEncoding::Hex => Some(Encoding::Hex),
            RunEncoding::Utf16 => Some(Encoding::Utf16),
            RunEncoding::Escapes => None,
        };
        (place, step)
    }
}

/// True for a byte of text.
fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0x1b)
}

/// True if the first two of `unit` are the digits of a byte of text.
fn is_hex(unit: &[u8]) -> bool {
    hex::byte(unit).is_some_and(is_text)
}

/// `0x` and two digits.
fn is_numeral(unit: &[u8]) -> bool {
    unit[0] == b'0' && matches!(unit[1], b'x' | b'X') && is_hex(&unit[2..])
}

/// True if `unit` is an escape of a byte of text.
fn is_escape(unit: &[u8]) -> bool {
    EscapeSyntax::of(unit)
        .and_then(|family| family.read(unit))
        .is_some_and(|read| {
            read.length == unit.len() && matches!(read.content(), [byte] if is_text(*byte))
        })
}
