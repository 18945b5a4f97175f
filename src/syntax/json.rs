//! Reads JSON and its informal variants: comments, commas at the end, files cut short.
//!
//! The reader accepts any next token: a text before a colon is a key, anything else a value. So
//! a missing comma or bracket costs a level of names, not the values behind it.

use std::ops::Range;

use super::outline;
use super::scalar::TextForm;
use super::tree::{Builder, Tree, end_of_quoted};

/// The values of a JSON text. Keys and values may be escaped; numbers and words are values too.
pub(crate) fn read(file: &[u8]) -> Tree<'_> {
    let mut reader = JsonReader {
        file,
        at: 0,
        key: None,
        is_begun: false,
        open: Vec::new(),
        is_broken: false,
        builder: Builder::new(file),
    };
    reader.all();
    let JsonReader {
        mut builder,
        open,
        is_broken,
        ..
    } = reader;
    if is_broken || !open.is_empty() {
        outline::indented(file, &mut builder);
    }
    builder.finish()
}

struct JsonReader<'a> {
    file: &'a [u8],
    at: usize,
    key: Option<(Range<usize>, TextForm)>,
    is_begun: bool,
    /// The brackets that would close the open ones.
    open: Vec<u8>,
    /// True if a bracket closed one that was not open, or a text has no end.
    is_broken: bool,
    builder: Builder<'a>,
}

impl JsonReader<'_> {
    fn all(&mut self) {
        while let Some(&byte) = self.file.get(self.at) {
            match byte {
                b'{' | b'[' => {
                    // The outermost brackets are the file itself.
                    if self.is_begun {
                        self.builder.open(self.key.take());
                    }
                    self.is_begun = true;
                    self.open.push(if byte == b'{' { b'}' } else { b']' });
                    self.at += 1;
                }
                b'}' | b']' => {
                    self.key = None;
                    self.is_broken |= self.open.pop() != Some(byte);
                    self.builder.close();
                    self.at += 1;
                }
                b',' => {
                    self.key = None;
                    self.at += 1;
                }
                b'"' => self.text(),
                b'/' => self.comment(),
                b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => self.word(),
                _ => self.at += 1,
            }
        }
    }

    /// A text in quotes: a key if a colon follows. It ends with its line if the quote is missing.
    fn text(&mut self) {
        let start = self.at + 1;
        let end = end_of_quoted(self.file, start, b'"');
        self.is_broken |= self.file.get(end) != Some(&b'"');
        self.at = (end + 1).min(self.file.len());
        let colon = self.file[self.at..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .filter(|blanks| self.file[self.at + blanks] == b':');
        match colon {
            Some(blanks) => {
                self.key = Some((start..end, TextForm::Escaped));
                self.at += blanks + 1;
            }
            None => {
                let key = self.key.take();
                self.builder.value(key, start..end, TextForm::Escaped);
            }
        }
    }

    /// A number, `true`, `null`, or a word that belongs into quotes.
    fn word(&mut self) {
        let length = self.file[self.at..]
            .iter()
            .take_while(|&&byte| !b",:{}[]\"".contains(&byte) && byte > b' ')
            .count();
        let span = self.at..self.at + length;
        self.at = span.end;
        let key = self.key.take();
        self.builder.value(key, span, TextForm::Verbatim);
    }

    /// Comments, of which JSON has none but editors' settings have.
    fn comment(&mut self) {
        let rest = &self.file[self.at..];
        let length = match rest.get(1) {
            Some(b'/') => memchr::memchr(b'\n', rest),
            Some(b'*') => memchr::memmem::find(rest, b"*/").map(|at| at + 2),
            _ => Some(1),
        };
        self.at += length.unwrap_or(rest.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{is_sound, listed};
    use super::*;

    #[test]
    fn reads_json() {
        let file = br#"{"a": {"b c": ["x", {"d": "y\u002d"}], "e" : 1.5e3}, "f": null, "g": []}"#;
        assert_eq!(
            listed(&read(file)),
            ["a/b c/- = x", "a/b c/-/d = y-", "a/e = 1.5e3", "f = null"]
        );
        assert_eq!(listed(&read(b"[{\"a\": \"b\"}]")), ["-/a = b"]);
        assert_eq!(listed(&read(b"\"a\"")), ["- = a"]);
    }

    #[test]
    fn reads_what_editors_allow() {
        let file =
            b"\xef\xbb\xbf// {\n{ /* \"x\": 1, */ \"a\": \"b\", // c\n \"u\": \"http://h/*\", }";
        assert_eq!(listed(&read(file)), ["a = b", "u = http://h/*"]);
    }

    #[test]
    fn reads_on_behind_damage() {
        for (file, expected) in [
            (&b"{\"a\": {\"b\": \"x\""[..], &["a/b = x"][..]),
            (b"{\"a\": \"x\" \"b\": \"y\"}", &["a = x", "b = y"]),
            (b"{\"a\": \"x\n \"b\": \"y\"}", &["a = x", "b = y"]),
            (b"{\"a\" \"b\": }}}} {\"c\": \"z\"", &["- = a", "-/c = z"]),
            (b"{a: \"x\"}", &["- = a", "- = x"]),
            (b"{\"a\\", &["- = a\\"]),
        ] {
            // The values of single lines follow.
            let found = listed(&read(file));
            assert!(
                found.starts_with(
                    &expected
                        .iter()
                        .map(|&line| line.to_owned())
                        .collect::<Vec<_>>()
                ),
                "{}: {found:?}",
                file.escape_ascii()
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u002d", "a", " ", "\n", "//", "/*", "*/", "1", "\"k\":", "é",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes())));
        }
    }
}
