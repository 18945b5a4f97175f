//! A decoded text with the span of each of its bytes in the file.

use std::ops::Range;

use crate::model::decode_base64;

/// Bytes after unescaping, and the place of each in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapped {
    bytes: Vec<u8>,
    places: ByteSpans,
}

/// The positions of the bytes in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ByteSpans {
    /// One after the other, from here.
    From(usize),
    /// Each in a range of its own.
    Each(Vec<(u32, u32)>),
}

impl Default for ByteSpans {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl Mapped {
    /// A part of `file` without escapes.
    pub(crate) fn verbatim(file: &[u8], span: Range<usize>) -> Self {
        let bytes = file.get(span.clone()).unwrap_or_default().to_vec();
        Self {
            bytes,
            places: ByteSpans::From(span.start),
        }
    }

    /// An empty text with room for `count` bytes.
    pub(crate) fn with_room(count: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(count),
            places: ByteSpans::Each(Vec::with_capacity(count)),
        }
    }

    /// Removes the first `count` bytes.
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.each().drain(..count);
        self.bytes.drain(..count);
    }

    /// The decoded bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a byte that is written at `place`.
    pub(crate) fn push(&mut self, byte: u8, place: Range<usize>) {
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        self.each().push((offset(place.start), offset(place.end)));
        self.bytes.push(byte);
    }

    /// Takes the last byte off.
    pub(super) fn pop(&mut self) {
        self.bytes.pop();
        self.each().pop();
    }

    fn each(&mut self) -> &mut Vec<(u32, u32)> {
        if let ByteSpans::From(_) = self.places {
            let places = (0..self.bytes.len()).map(|index| {
                let place = self.place(index);
                (place.start as u32, place.end as u32)
            });
            self.places = ByteSpans::Each(places.collect());
        }
        match &mut self.places {
            ByteSpans::Each(places) => places,
            ByteSpans::From(_) => unreachable!("made so above"),
        }
    }

    fn place(&self, index: usize) -> Range<usize> {
        match &self.places {
            ByteSpans::From(start) => start + index..start + index + 1,
            ByteSpans::Each(places) => places
                .get(index)
                .map_or(0..0, |&(start, end)| start as usize..end as usize),
        }
    }

    /// Returns the span of decoded bytes in the file, from the first to the last of them. `None` for an empty
    /// range or one that is not within the text.
    pub(crate) fn locate(&self, range: Range<usize>) -> Option<Range<usize>> {
        if range.is_empty() || range.end > self.bytes.len() {
            return None;
        }
        let start = self.place(range.start).start;
        Some(start..self.place(range.end - 1).end.max(start))
    }

    /// A part of the text.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let range = range.start.min(self.bytes.len())..range.end.min(self.bytes.len());
        if range.start >= range.end {
            return Self::default();
        }
        let places = match &self.places {
            ByteSpans::From(start) => ByteSpans::From(start + range.start),
            ByteSpans::Each(places) => ByteSpans::Each(places[range.clone()].to_vec()),
        };
        Self {
            bytes: self.bytes[range].to_vec(),
            places,
        }
    }

    /// Without blanks and line ends at both ends.
    pub(crate) fn trimmed(&self) -> Self {
        let start = self.bytes.len() - self.bytes.trim_ascii_start().len();
        let length = self.bytes.trim_ascii().len();
        self.slice(start..start + length)
    }

    /// Decodes base64 in either alphabet, with or without padding and line breaks.
    /// `None` if it is not base64 as a whole, or empty.
    ///
    /// Each decoded byte is placed at the characters that hold its bits, so that a part of the
    /// decoded text is a part of the file.
    pub(crate) fn base64(&self) -> Option<Self> {
        let digits: Vec<usize> = (0..self.bytes.len())
            .filter(|&index| !self.bytes[index].is_ascii_whitespace())
            .collect();
        let text: Vec<u8> = digits.iter().map(|&index| self.bytes[index]).collect();
        let decoded = decode_base64(&text).filter(|decoded| !decoded.is_empty())?;
        let mut mapped = Self::default();
        for (index, byte) in decoded.into_iter().enumerate() {
            let first = digits.get(index * 4 / 3)?;
            let last = digits.get(index * 4 / 3 + 1)?;
            mapped.push(byte, self.place(*first).start..self.place(*last).end);
        }
        Some(mapped)
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    #[test]
    fn a_part_of_base64_is_a_part_of_the_file() {
        let file = b"auth: dXNlcjpodW50ZXIy # user:hunter2";
        let text = Mapped::verbatim(file, 6..22);
        let decoded = text.base64().unwrap();
        assert_eq!(decoded.bytes(), b"user:hunter2");
        assert_eq!(decoded.locate(0..12), Some(6..22));
        let password = decoded.locate(5..12).unwrap();
        assert_eq!(&file[password], b"podW50ZXIy");
        assert_eq!(decoded.slice(5..12).locate(0..7), decoded.locate(5..12));
    }

    #[test]
    fn base64_may_be_wrapped_padded_or_url_safe() {
        for text in ["aGk/Pz8=", "aGk/Pz8", "aGk_Pz8", "aGk/\n  Pz8=\n"] {
            let mapped = Mapped::verbatim(text.as_bytes(), 0..text.len());
            assert_eq!(mapped.base64().unwrap().bytes(), b"hi???", "{text}");
        }
        for text in ["", "  ", "=", "a", "hunter2!", "${AUTH}"] {
            let mapped = Mapped::verbatim(text.as_bytes(), 0..text.len());
            assert_eq!(mapped.base64(), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_decoded_byte_lies_within_the_file(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..40),
            cut in 0usize..60,
        ) {
            let file = format!("{}{}", " ".repeat(cut), BASE64_STANDARD.encode(&bytes));
            let decoded = Mapped::verbatim(file.as_bytes(), cut..file.len()).base64().unwrap();
            proptest::prop_assert_eq!(decoded.bytes(), &bytes[..]);
            for index in 0..bytes.len() {
                let place = decoded.locate(index..index + 1).unwrap();
                proptest::prop_assert!(place.start >= cut && place.end <= file.len() && place.len() == 2);
            }
            proptest::prop_assert_eq!(&decoded.trimmed().bytes, bytes.trim_ascii());
        }
    }
}
