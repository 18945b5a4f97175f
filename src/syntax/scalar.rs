//! Decodes keys and values: quotes, escapes, folded lines.

use std::ops::Range;

use super::escape::EscapeSyntax;
use super::mapped::Mapped;

/// The form in which a text is written. Its span never includes the quotes around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// As it is.
    #[default]
    Verbatim,
    /// With backslash escapes: JSON, TOML, HCL, Ruby, the command line in double quotes. A
    /// backslash before a line end takes the blanks of the next line away.
    Escaped,
    /// YAML in double quotes: escapes, and lines are folded.
    YamlDouble,
    /// YAML in single quotes: `''` is a quote, and lines are folded.
    YamlSingle,
    /// YAML without quotes: lines are folded.
    YamlPlain,
    /// A block of YAML, the lines behind `|` or `>`: without their indentation.
    YamlBlock,
    /// XML with entities.
    Xml,
    /// `\'` and `\\` only: Ruby in single quotes.
    Quoted,
}

impl TextForm {
    /// True if the bytes at `span` are the decoded text.
    pub(super) fn is_verbatim(self, file: &[u8], span: Range<usize>) -> bool {
        let text = file.get(span).unwrap_or_default();
        match self {
            Self::Verbatim => true,
            Self::Escaped | Self::Quoted => memchr::memchr(b'\\', text).is_none(),
            Self::YamlDouble => memchr::memchr2(b'\\', b'\n', text).is_none(),
            Self::YamlSingle => memchr::memchr2(b'\'', b'\n', text).is_none(),
            Self::YamlPlain => memchr::memchr(b'\n', text).is_none(),
            Self::Xml => memchr::memchr(b'&', text).is_none(),
            Self::YamlBlock => false,
        }
    }
}

/// Decodes the bytes of `file` at `span`.
pub(crate) fn decode(file: &[u8], span: Range<usize>, form: TextForm) -> Mapped {
    let span = span.start.min(file.len())..span.end.min(file.len());
    if span.is_empty() || form.is_verbatim(file, span.clone()) {
        return Mapped::verbatim(file, span);
    }
    let mut reader = ScalarReader {
        file,
        at: span.start,
        end: span.end,
        out: Mapped::default(),
    };
    match form {
        TextForm::Verbatim => {}
        TextForm::Escaped => reader.each(|reader, byte| match byte {
            b'\\' => reader.escape(),
            _ => reader.take(),
        }),
        TextForm::Quoted => reader.each(|reader, byte| match (byte, reader.peek(1)) {
            (b'\\', Some(b'\\' | b'\'')) => {
                reader.at += 1;
                reader.take();
            }
            _ => reader.take(),
        }),
        TextForm::YamlDouble => reader.each(|reader, byte| match byte {
            b'\\' => reader.escape(),
            b'\n' | b'\r' => reader.fold(),
            _ => reader.take(),
        }),
        TextForm::YamlSingle => reader.each(|reader, byte| match byte {
            b'\'' if reader.peek(1) == Some(b'\'') => {
                reader.at += 1;
                reader.take();
            }
            b'\n' | b'\r' => reader.fold(),
            _ => reader.take(),
        }),
        TextForm::YamlPlain => reader.each(|reader, byte| match byte {
            b'\n' | b'\r' => reader.fold(),
            _ => reader.take(),
        }),
        TextForm::YamlBlock => reader.block(),
        TextForm::Xml => reader.each(|reader, byte| match byte {
            b'&' => reader.decode(EscapeSyntax::Html),
            _ => reader.take(),
        }),
    }
    reader.out
}

/// Decodes from front to back; each byte is looked at a bounded number of times.
struct ScalarReader<'a> {
    file: &'a [u8],
    at: usize,
    end: usize,
    out: Mapped,
}

impl ScalarReader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        (at < self.end).then(|| self.file[at])
    }

    /// Calls `step` with the next byte until nothing is left; each step goes on.
    fn each(&mut self, step: impl Fn(&mut Self, u8)) {
        while let Some(byte) = self.peek(0) {
            step(self, byte);
        }
    }

    /// The next byte, as it is.
    fn take(&mut self) {
        if let Some(byte) = self.peek(0) {
            self.out.push(byte, self.at..self.at + 1);
            self.at += 1;
        }
    }

    /// Decodes an escape; an unknown one is plain text.
    fn escape(&mut self) {
        match self.peek(1) {
            Some(b'\r' | b'\n') => self.skip_line_end(1),
            _ => self.decode(EscapeSyntax::Backslash),
        }
    }

    /// Decodes an escape of `syntax`; any other byte is plain text.
    fn decode(&mut self, syntax: EscapeSyntax) {
        let Some(escape) = syntax.read(&self.file[self.at..self.end]) else {
            return self.take();
        };
        let start = self.at;
        self.at += escape.length;
        for &byte in escape.content() {
            self.out.push(byte, start..self.at);
        }
    }

    /// Skips `ahead` bytes, one line end, and the blanks of the next line.
    fn skip_line_end(&mut self, ahead: usize) {
        self.at += ahead;
        if self.peek(0) == Some(b'\r') {
            self.at += 1;
        }
        if self.peek(0) == Some(b'\n') {
            self.at += 1;
        }
        while matches!(self.peek(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// A line end of YAML's flow scalars: a space, or as many line ends as there are empty lines.
    fn fold(&mut self) {
        while matches!(self.out.bytes().last(), Some(b' ' | b'\t')) {
            self.out.pop();
        }
        let start = self.at;
        let mut lines = 0;
        while matches!(self.peek(0), Some(b'\r' | b'\n')) {
            self.skip_line_end(0);
            lines += 1;
        }
        if self.at >= self.end {
            return;
        }
        if lines == 1 {
            self.out.push(b' ', start..self.at);
        }
        for _ in 1..lines {
            self.out.push(b'\n', start..self.at);
        }
    }

    /// The lines of a block without the indentation of the first that is not empty. Folded blocks
    /// keep their line ends: nothing that is looked for has any.
    fn block(&mut self) {
        let lines = || self.file[self.at..self.end].split_inclusive(|&byte| byte == b'\n');
        let indentation = lines()
            .find(|line| !line.trim_ascii().is_empty())
            .map_or(0, |line| {
                line.iter().take_while(|&&byte| byte == b' ').count()
            });
        let lengths: Vec<usize> = lines().map(<[u8]>::len).collect();
        for length in lengths {
            let next = self.at + length;
            let blanks = (0..indentation)
                .take_while(|&ahead| ahead < length && self.peek(ahead) == Some(b' '))
                .count();
            self.at += blanks;
            while self.at < next {
                self.take();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str, form: TextForm) -> String {
        let mapped = decode(text.as_bytes(), 0..text.len(), form);
        String::from_utf8(mapped.bytes().to_vec()).unwrap()
    }

    #[test]
    fn escapes() {
        for (text, expected) in [
            ("plain", "plain"),
            (r"a\u002db\x2dc\U0000002dd", "a-b-c-d"),
            (r#"\"\\\/\n\t\'"#, "\"\\/\n\t'"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud83dx\q\", "\\ud83dx\\q\\"),
            (r"\u12", r"\u12"),
            ("a\\\r\n   b", "ab"),
        ] {
            assert_eq!(said(text, TextForm::Escaped), expected, "{text}");
        }
        assert_eq!(said(r"it\'s \\ \n", TextForm::Quoted), r"it's \ \n");
    }

    #[test]
    fn lines_of_yaml_are_folded() {
        assert_eq!(said("a  \n   b\n\n  c", TextForm::YamlPlain), "a b\nc");
        assert_eq!(said("it''s\n  x", TextForm::YamlSingle), "it's x");
        assert_eq!(said("a\\\n  b\\x2d\n c", TextForm::YamlDouble), "ab- c");
        assert_eq!(
            said("    a\n      b\n\n    c\n", TextForm::YamlBlock),
            "a\n  b\n\nc\n"
        );
    }

    #[test]
    fn entities() {
        assert_eq!(said("a&lt;&#45;&#x2d;&amp;b", TextForm::Xml), "a<--&b");
        assert_eq!(
            said("a & b &c; &#xffffffff; &", TextForm::Xml),
            "a & b &c; &#xffffffff; &"
        );
    }

    #[test]
    fn each_byte_is_placed_where_it_is_written() {
        let text = br"x\u002dy";
        let mapped = decode(text, 0..8, TextForm::Escaped);
        assert_eq!(mapped.locate(1..2), Some(1..7));
        assert_eq!(mapped.locate(0..3), Some(0..8));
    }

    proptest! {
        #[test]
        fn any_text_is_decoded_within_its_place(text in "[\\\\ux0-9d&;#'\"\\r\\n \\tanx-]{0,60}") {
            for form in [
                TextForm::Escaped, TextForm::YamlDouble, TextForm::YamlSingle, TextForm::YamlPlain,
                TextForm::YamlBlock, TextForm::Xml, TextForm::Quoted,
            ] {
                let mapped = decode(text.as_bytes(), 0..text.len(), form);
                let mut start = 0;
                for index in 0..mapped.bytes().len() {
                    let place = mapped.locate(index..index + 1).unwrap();
                    prop_assert!(place.start >= start && place.start < place.end);
                    prop_assert!(place.end <= text.len());
                    start = place.start;
                }
            }
        }
    }
}
