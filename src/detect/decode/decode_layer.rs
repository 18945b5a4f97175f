//! Nested encodings that were undone, and the way back to the bytes of the blob.

use std::ops::Range;

use super::decoded_text::DecodedText;
use super::text;

/// One of several nested encodings.
pub(super) struct DecodeLayer<'a> {
    /// The decoded text.
    pub(super) view: &'a DecodedText,
    /// The name in findings.
    pub(super) name: &'static str,
    /// True if the decoded bytes may be noise, so that it must be text around a token.
    pub(super) must_be_text: bool,
    /// The one around it.
    pub(super) outer: Option<&'a DecodeLayer<'a>>,
}

impl DecodeLayer<'_> {
    /// Returns the number of layers.
    pub(super) fn depth(&self) -> usize {
        1 + self.outer.map_or(0, DecodeLayer::depth)
    }

    /// Returns the span of `range` of this layer's text in the blob.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let range = self.view.origin(range);
        self.outer
            .map_or(range.clone(), |outer| outer.origin(&range))
    }

    /// The names, outermost first.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.outer.map(DecodeLayer::names).unwrap_or_default();
        names.push(self.name.to_owned());
        names
    }

    /// True if a layer ends before the text that it encodes.
    pub(super) fn is_cut(&self) -> bool {
        self.view.is_cut || self.outer.is_some_and(DecodeLayer::is_cut)
    }

    /// True if every layer gives text around `range` of this one's.
    pub(super) fn is_clean(&self, range: &Range<usize>) -> bool {
        let text = self.view.bytes();
        let ends_before = |noise: usize| {
            let mut ends = self.view.ends_from(range.end);
            ends.next().is_some_and(|end| end <= noise)
        };
        let clean = !self.must_be_text
            || text::noise_before(text, range.start).is_none()
                && text::noise_after(text, range.end).is_none_or(ends_before);
        clean
            && self
                .outer
                .is_none_or(|outer| outer.is_clean(&self.view.origin(range)))
    }
}
