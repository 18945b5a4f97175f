//! Reads XML: elements, attributes and texts. An end without a matching start is skipped.

use std::ops::Range;

use super::scalar::TextForm;
use super::tree::{Builder, Tree, trimmed};

/// The values of an XML file. An element is a node with its name, without the namespace; its
/// attributes are values below it by their names, its texts are values below it without one.
pub(crate) fn read(file: &[u8]) -> Tree<'_> {
    let mut reader = XmlReader {
        file,
        at: 0,
        builder: Builder::new(file),
        open: Vec::new(),
    };
    reader.all();
    reader.builder.finish()
}

struct XmlReader<'a> {
    file: &'a [u8],
    at: usize,
    builder: Builder<'a>,
    /// The names of the open elements.
    open: Vec<Range<usize>>,
}

/// Maximum number of open elements that an end is compared with.
const MAX_ENDS: usize = 64;

impl XmlReader<'_> {
    fn all(&mut self) {
        while self.at < self.file.len() {
            let rest = &self.file[self.at..];
            if rest[0] != b'<' {
                let end = self.find(b"<", 0);
                self.text(self.at..end, TextForm::Xml);
                self.at = end;
            } else if rest.starts_with(b"<!--") {
                self.at = self.find(b"-->", 3);
            } else if rest.starts_with(b"<![CDATA[") {
                let start = self.at + 9;
                self.at = self.find(b"]]>", 3);
                let end = if self.file[..self.at].ends_with(b"]]>") {
                    self.at - 3
                } else {
                    self.at
                };
                self.text(start..end.max(start), TextForm::Verbatim);
            } else {
                match rest.get(1) {
                    Some(b'/') => self.end(),
                    Some(b'!' | b'?') => self.at = self.find(b">", 1),
                    Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => self.begin(),
                    _ => self.at += 1,
                }
            }
        }
    }

    /// Returns the position behind the next `needle`, or before it with `keep` of 0; the end without one.
    fn find(&self, needle: &[u8], keep: usize) -> usize {
        memchr::memmem::find(&self.file[self.at..], needle)
            .map_or(self.file.len(), |found| self.at + found + keep)
    }

    fn text(&mut self, span: Range<usize>, form: TextForm) {
        let span = trimmed(self.file, span);
        if !span.is_empty() {
            self.builder.value(None, span, form);
        }
    }

    /// The name that begins here, without its namespace.
    fn name(&mut self) -> Range<usize> {
        let length = self.file[self.at..]
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && !b"<>/='\"".contains(byte))
            .count();
        let name = self.at..self.at + length;
        self.at = name.end;
        match memchr::memrchr(b':', &self.file[name.clone()]) {
            Some(colon) => name.start + colon + 1..name.end,
            None => name,
        }
    }

    fn blanks(&mut self) {
        while self.file.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn begin(&mut self) {
        self.at += 1;
        let name = self.name();
        self.builder.open(Some((name.clone(), TextForm::Verbatim)));
        self.open.push(name);
        loop {
            self.blanks();
            match self.file.get(self.at) {
                None | Some(b'<') => return,
                Some(b'>') => {
                    self.at += 1;
                    return;
                }
                Some(b'/') if self.file.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    self.open.pop();
                    return self.builder.close();
                }
                Some(b'/' | b'=' | b'"' | b'\'') => self.at += 1,
                Some(_) => self.attribute(),
            }
        }
    }

    fn attribute(&mut self) {
        let name = self.name();
        self.blanks();
        if self.file.get(self.at) != Some(&b'=') {
            return;
        }
        self.at += 1;
        self.blanks();
        let start = self.at;
        let value = match self.file.get(start) {
            Some(&quote @ (b'"' | b'\'')) => {
                // A value without its end ends with its tag.
                let inner = &self.file[start + 1..];
                let length = memchr::memchr2(quote, b'<', inner).unwrap_or(inner.len());
                self.at = start + 1 + length + usize::from(inner.get(length) == Some(&quote));
                start + 1..start + 1 + length
            }
            _ => self.name(),
        };
        self.builder
            .value(Some((name, TextForm::Verbatim)), value, TextForm::Xml);
    }

    fn end(&mut self) {
        self.at += 2;
        let name = self.name();
        let name = &self.file[name];
        self.at = memchr::memchr2(b'>', b'<', &self.file[self.at..])
            .map_or(self.file.len(), |length| {
                self.at + length + usize::from(self.file[self.at + length] == b'>')
            });
        let fits = |open: &Range<usize>| &self.file[open.clone()] == name;
        if let Some(levels) = self.open.iter().rev().take(MAX_ENDS).position(fits) {
            for _ in 0..=levels {
                self.open.pop();
                self.builder.close();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{is_sound, listed};
    use super::*;

    #[test]
    fn reads_xml() {
        let file = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!DOCTYPE a>\n<a xmlns:x='u'>\n<!-- <b>no</b> -->\n\
            <x:b c = \"d&amp;e\" f='g'/>\n<h> i&#45;j </h><k><![CDATA[<l>]]></k></a>\n<m>n</m>";
        assert_eq!(
            listed(&read(file)),
            [
                "- = \u{feff}",
                "a/x = u",
                "a/b/c = d&e",
                "a/b/f = g",
                "a/h/- = i-j",
                "a/k/- = <l>",
                "m/- = n"
            ]
        );
    }

    #[test]
    fn reads_on_behind_damage() {
        for (file, expected) in [
            (&b"<a><b>x</a><c>y"[..], &["a/b/- = x", "c/- = y"][..]),
            (b"<a b=\"x<c>y</c>", &["a/b = x", "a/c/- = y"]),
            (b"<a b=x c></z>d < e</a", &["a/b = x", "a/- = d", "a/- = e"]),
            (b"<a><![CDATA[x", &["a/- = x"]),
            (b"<!-- x", &[]),
        ] {
            assert_eq!(listed(&read(file)), expected, "{}", file.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "<a", "<b>", "</a>", "</", "<", ">", "/>", "=", "\"", "'", " c=\"d\"", "<!--", "-->", "<![CDATA[", "]]>", "<?", "&lt;",
            "&", ";", "x:", " ", "\n", "é",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes())));
        }
    }
}
