//! A decoded text that knows where each of its bytes stands in the file.

use std::ops::Range;

/// A value or a subsection: its bytes after unquoting, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    chunks: Vec<Range<usize>>,
    escapes: Escapes,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escapes {
    /// As it is.
    None,
    /// `\` takes the next byte as it is.
    Subsection,
    /// Double quotes, and `\` with Git's five escapes.
    Value,
}

impl Text {
    /// The text of a value, written in `chunks`: one for each line it spans.
    pub(super) fn value(file: &[u8], chunks: Vec<Range<usize>>) -> Self {
        Self::decode(file, chunks, Escapes::Value)
    }

    /// The text of a subsection; only a quoted one has escapes.
    pub(super) fn subsection(file: &[u8], span: Range<usize>, quoted: bool) -> Self {
        let escapes = if quoted {
            Escapes::Subsection
        } else {
            Escapes::None
        };
        Self::decode(file, vec![span], escapes)
    }

    /// A text that stands for itself.
    pub(super) fn verbatim(file: &[u8], span: Range<usize>) -> Self {
        Self::decode(file, vec![span], Escapes::None)
    }

    fn decode(file: &[u8], chunks: Vec<Range<usize>>, escapes: Escapes) -> Self {
        let mut text = Self {
            bytes: Vec::with_capacity(chunks.iter().map(|chunk| chunk.len()).sum()),
            chunks,
            escapes,
        };
        text.bytes = text.sources(file).map(|(byte, _)| byte).collect();
        text
    }

    /// Where decoded bytes are written in `file`: for each range, from its first byte to its last,
    /// with the quotes, escapes and line ends between them. The ranges are in order, do not overlap
    /// and are not empty. One pass, whatever their number.
    pub(crate) fn locate(&self, file: &[u8], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        let mut start = None;
        for (index, (_, source)) in self.sources(file).enumerate() {
            let Some(range) = ranges.get(places.len()) else {
                break;
            };
            if index == range.start {
                start = Some(source.start);
            }
            if index + 1 == range.end {
                places.push(start.take().unwrap_or(source.start)..source.end);
            }
        }
        places
    }

    /// Each decoded byte with the bytes that stand for it.
    fn sources<'a>(&'a self, file: &'a [u8]) -> impl Iterator<Item = (u8, Range<usize>)> + 'a {
        let escapes = self.escapes;
        let mut quoted = false;
        let mut empty = true;
        let mut positions = self.chunks.iter().cloned().flatten();
        std::iter::from_fn(move || {
            loop {
                let at = positions.next()?;
                match file[at] {
                    b'\\' if escapes != Escapes::None => {
                        let escape = positions.next()?;
                        empty = false;
                        let byte = match (file[escape], escapes) {
                            (b'n', Escapes::Value) => b'\n',
                            (b't', Escapes::Value) => b'\t',
                            (b'b', Escapes::Value) => b'\x08',
                            (byte, _) => byte,
                        };
                        return Some((byte, at..escape + 1));
                    }
                    b'"' if escapes == Escapes::Value => quoted = !quoted,
                    // Quotes around nothing do not make the blanks behind them part of the value.
                    b' ' | b'\t' | b'\r' | b'\n'
                        if escapes == Escapes::Value && !quoted && empty => {}
                    byte => {
                        empty = false;
                        return Some((byte, at..at + 1));
                    }
                }
            }
        })
    }
}
