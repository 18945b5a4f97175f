//! Reads TOML. An invalid line is skipped.

use std::ops::Range;

use toml_parser::decoder::Encoding;
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Source, Span};

use super::masked::ascii;
use super::outline;
use super::scalar::TextForm;
use super::tree::{Builder, Tree};

/// Maximum nesting of arrays and inline tables: the parser calls itself for each.
const MAX_DEPTH: usize = 100;

/// The largest file that the parser reads, in bytes: its tokens take 24 times as much. A larger one
/// is read by its lines.
const MAX_PARSED: usize = 4 << 20;

/// Reads the values of a TOML file. A table is below its name as written, `[a.b]` below `a` and
/// `b`; each `[[a]]` is a node `a` of its own.
pub(crate) fn read(file: &[u8]) -> Tree<'_> {
    if file.len() > MAX_PARSED {
        let mut builder = Builder::new(file);
        builder.cut();
        outline::sections(file, &mut builder);
        return builder.finish();
    }
    let text = String::from_utf8(ascii(file)).unwrap_or_default();
    let source = Source::new(&text);
    let tokens = source.lex().into_vec();
    let mut reader = TomlReader {
        text: text.as_bytes(),
        builder: Builder::new(file),
        keys: Vec::new(),
        is_header: false,
        open: Vec::new(),
        is_broken: false,
    };
    let mut errors = Errors(0);
    parse_document(&tokens, &mut reader, &mut errors);
    let is_broken = reader.is_broken || errors.0 > 0;
    let mut builder = reader.builder;
    if is_broken {
        outline::sections(file, &mut builder);
    }
    builder.finish()
}

/// Number of errors that the parser has reported.
struct Errors(usize);

impl ErrorSink for Errors {
    fn report_error(&mut self, _: ParseError) {
        self.0 += 1;
    }
}

struct TomlReader<'a, 't> {
    /// The file as the parser sees it.
    text: &'t [u8],
    builder: Builder<'a>,
    /// The parts of the key that was read last.
    keys: Vec<(Range<usize>, TextForm)>,
    /// True within `[…]`, which may lack its end.
    is_header: bool,
    /// True if a header had no end.
    is_broken: bool,
    /// The open arrays and inline tables: each with how many nodes it is.
    open: Vec<usize>,
}

impl TomlReader<'_, '_> {
    /// Begins the table that a header names.
    fn table(&mut self) {
        self.is_header = false;
        self.builder.close_to(0);
        self.open.clear();
        for key in self.keys.drain(..) {
            self.builder.open(Some(key));
        }
    }

    /// Begins an array or inline table below the key that was read last.
    fn begin(&mut self) -> bool {
        let nodes = self.keys.len().max(1);
        let mut keys = self.keys.drain(..);
        for _ in 0..nodes {
            self.builder.open(keys.next());
        }
        drop(keys);
        self.open.push(nodes);
        let is_deep = self.open.len() >= MAX_DEPTH;
        if is_deep {
            // The parser skips the content.
            self.builder.cut();
        }
        !is_deep
    }

    fn end(&mut self) {
        self.keys.clear();
        for _ in 0..self.open.pop().unwrap_or(0) {
            self.builder.close();
        }
    }
}

impl EventReceiver for TomlReader<'_, '_> {
    fn std_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.keys.clear();
        self.is_header = true;
    }

    fn std_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.table();
    }

    fn array_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.keys.clear();
        self.is_header = true;
    }

    fn array_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.table();
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin()
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.end();
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin()
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.end();
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.keys.push(written(self.text, span, encoding));
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let (span, form) = written(self.text, span, encoding);
        let key = self.keys.pop();
        let tables = self.keys.len();
        for key in self.keys.drain(..) {
            self.builder.open(Some(key));
        }
        self.builder.value(key, span, form);
        for _ in 0..tables {
            self.builder.close();
        }
    }

    fn value_sep(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.keys.clear();
    }

    fn newline(&mut self, _: Span, _: &mut dyn ErrorSink) {
        if self.is_header {
            // A header without its end counts if it has a name.
            self.is_broken = true;
            self.keys.retain(|(span, _)| !span.is_empty());
            if self.keys.is_empty() {
                self.is_header = false;
            } else {
                self.table();
            }
        }
        self.keys.clear();
    }
}

/// Returns the span of a key or a value without its quotes; the closing ones may be missing.
fn written(text: &[u8], span: Span, encoding: Option<Encoding>) -> (Range<usize>, TextForm) {
    let (quote, quotes, form) = match encoding {
        None => (b'"', 0, TextForm::Verbatim),
        Some(Encoding::LiteralString) => (b'\'', 1, TextForm::Verbatim),
        Some(Encoding::BasicString) => (b'"', 1, TextForm::Escaped),
        Some(Encoding::MlLiteralString) => (b'\'', 3, TextForm::Verbatim),
        Some(Encoding::MlBasicString) => (b'"', 3, TextForm::Escaped),
    };
    let (start, end) = (span.start(), span.end());
    let inner = text.get(start..end).unwrap_or_default();
    // Comparing slices of unknown length would call a function for these few bytes.
    let are_quotes = |bytes: &[u8]| bytes.iter().all(|byte| *byte == quote);
    let after = match inner.split_at_checked(quotes) {
        Some((front, rest)) if are_quotes(front) => rest,
        _ => inner,
    };
    let start = end - after.len();
    let before = match after.split_at_checked(after.len().wrapping_sub(quotes)) {
        Some((rest, back)) if are_quotes(back) => rest,
        _ => after,
    };
    let first_line_end = match before {
        [b'\r', b'\n', ..] if quotes == 3 => 2,
        [b'\n', ..] if quotes == 3 => 1,
        _ => 0,
    };
    (start + first_line_end..start + before.len(), form)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{is_sound, listed};
    use super::*;

    #[test]
    fn reads_toml() {
        let file = "\
            top = 'a'\n[x.\"y z\"]\nb.c = \"d\\u002d\" # e\nf = [\"g\", {h = 'i', j.k = 1}]\n\
            [[r]]\n  m = \"\"\"\nn\\\n  o\"\"\"\n  ü = '''ö'''\n[r.cache]\np = true\n[[r]]\nq = ''\n";
        assert_eq!(
            listed(&read(file.as_bytes())),
            [
                "top = a",
                "x/y z/b/c = d-",
                "x/y z/f/- = g",
                "x/y z/f/-/h = i",
                "x/y z/f/-/j/k = 1",
                "r/m = no",
                "r/xx = ö",
                "r/cache/p = true",
                "r/q = "
            ]
            .map(|line| line.replace("xx", "ü"))
        );
    }

    #[test]
    fn reads_on_behind_damage() {
        for (file, expected) in [
            ("a = \"x\nb = 'y'\n", &["a = x", "b = y"][..]),
            ("[t\na = 'x'\n", &["t/a = x"]),
            ("a = = 'x'\n}}} ]\nb = 'y'\n", &["b = y"]),
            ("a = ['x', \nb = 'y'\n", &["a/- = x"]),
            ("\u{feff}a = 'x'", &["a = x"]),
        ] {
            let found = listed(&read(file.as_bytes()));
            for line in expected {
                assert!(found.contains(&(*line).to_owned()), "{file}: {found:?}");
            }
        }
    }

    #[test]
    fn odd_files_take_little_time() {
        for piece in [
            "[", "a.", "[[", "a = {", "a = [", "\"", "'''", "a = 1\n", "=\n", "a b\n",
        ] {
            let file = piece.repeat(500_000 / piece.len());
            assert!(is_sound(&read(file.as_bytes())), "{piece}");
        }
    }

    #[test]
    fn a_header_without_end_takes_nothing_with_it() {
        let found = listed(&read(b"[[a]]\nb = \"x\"\n[\n  c = \"y\"\n"));
        assert!(found.contains(&"a/c = y".to_owned()), "{found:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", ".", " = ", "\"", "'", "\"\"\"", "'''", "\\", "\\u002d", "[", "]", "[[", "]]", "{", "}", ",", "\n",
            "\r\n", "#", " ", "1", "é", "\0", "k = 'v'\n",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes())));
        }
    }
}
