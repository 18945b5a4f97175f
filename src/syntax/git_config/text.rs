//! Decodes values and subsections of Git's configuration.

use std::ops::Range;

use super::super::mapped::Mapped;

/// The longest text that is unescaped, in bytes: twice the longest value that is read.
const MAX_UNESCAPED: usize = 2 << 20;

/// Returns the text of a value, written in `chunks`, one for each line it spans: without double quotes, and with `\` and
/// Git's five escapes resolved.
pub(super) fn value(file: &[u8], chunks: &[Range<usize>]) -> Mapped {
    let is_plain =
        |chunk: &Range<usize>| memchr::memchr2(b'\\', b'"', &file[chunk.clone()]).is_none();
    let span = match chunks {
        [] => return Mapped::default(),
        [first, .., last] => first.start..last.end,
        [only] => only.clone(),
    };
    if span.len() > MAX_UNESCAPED || chunks.len() == 1 && is_plain(&span) {
        return Mapped::verbatim(file, trimmed_start(file, span));
    }
    let mut text = Mapped::default();
    let mut is_quoted = false;
    let mut positions = chunks.iter().cloned().flatten();
    while let Some(at) = positions.next() {
        match file[at] {
            b'\\' => {
                let Some(escape) = positions.next() else {
                    break;
                };
                let byte = match file[escape] {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'b' => b'\x08',
                    byte => byte,
                };
                text.push(byte, at..escape + 1);
            }
            b'"' => is_quoted = !is_quoted,
            // Quotes around nothing do not make the blanks behind them part of the value.
            b' ' | b'\t' | b'\r' | b'\n' if !is_quoted && text.bytes().is_empty() => {}
            byte => text.push(byte, at..at + 1),
        }
    }
    text
}

fn trimmed_start(file: &[u8], span: Range<usize>) -> Range<usize> {
    let blanks = file[span.clone()].len() - file[span.clone()].trim_ascii_start().len();
    span.start + blanks..span.end
}

/// Returns the text of a subsection. In quotes, `\` takes the next byte as it is.
pub(super) fn subsection(file: &[u8], span: Range<usize>, is_quoted: bool) -> Mapped {
    let is_plain = memchr::memchr(b'\\', &file[span.clone()]).is_none();
    if !is_quoted || is_plain || span.len() > MAX_UNESCAPED {
        return Mapped::verbatim(file, span);
    }
    let mut text = Mapped::default();
    let mut at = span.start;
    while at < span.end {
        let start = at;
        at += usize::from(file[at] == b'\\');
        if at < span.end {
            text.push(file[at], start..at + 1);
        }
        at += 1;
    }
    text
}
