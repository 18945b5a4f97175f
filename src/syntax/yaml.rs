//! Reads YAML, with the templates of Helm, Jinja and ERB in it.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::masked::{ascii, hide_templates, repair_lines};
use super::outline;
use super::scalar::TextForm;
use super::tree::{Builder, Tree, unquoted};

/// Maximum number of bytes that are read again when the parser restarts.
const MAX_READ: usize = 2 << 20;

/// Maximum number of restarts of the parser.
const MAX_ATTEMPTS: usize = 16;

/// The values of a YAML file. A table at the top of a document is a node without a name.
///
/// A line that the parser refuses is blanked and the file read again, a few times. The values that
/// such a line affects are read by the line reader.
pub(crate) fn read(file: &[u8]) -> Tree<'_> {
    let Parsed {
        mut builder,
        stopped,
    } = parse(file);
    if let Some(stopped) = stopped {
        if stopped.is_too_deep {
            builder.cut();
        }
        outline::indented(file, &mut builder);
    }
    builder.finish()
}

/// The result of the parser for a file.
struct Parsed<'a> {
    builder: Builder<'a>,
    /// `None` if it has read all of it.
    stopped: Option<Stopped>,
}

/// The position where the parser stopped.
#[derive(Clone, Copy)]
struct Stopped {
    at: usize,
    /// True if the file is nested deeper than the parser can follow.
    is_too_deep: bool,
}

/// Reads the file, and again without the lines that the parser refuses.
fn parse(file: &[u8]) -> Parsed<'_> {
    let mut text = ascii(file);
    hide_templates(&mut text);
    repair_lines(&mut text);
    let attempts = (MAX_READ / file.len().max(1)).clamp(1, MAX_ATTEMPTS);
    let mut first = None;
    let mut attempt = 1;
    loop {
        let mut parsed = YamlReader::read(file, &text);
        match parsed.stopped {
            Some(stopped) if !stopped.is_too_deep && attempt < attempts => {
                first = Some(stopped);
                attempt += 1;
                if !blank_line(&mut text, stopped.at) {
                    return parsed;
                }
            }
            Some(_) => return parsed,
            None => {
                // Blanked lines have to be read by the line reader.
                parsed.stopped = first;
                return parsed;
            }
        }
    }
}

/// Blanks the last non-empty line that begins at or before `at`. Returns false if no such line exists.
fn blank_line(text: &mut [u8], at: usize) -> bool {
    let mut end = text.len();
    let mut at = at.min(end);
    loop {
        let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |before| before + 1);
        let until = memchr::memchr(b'\n', &text[line..end]).map_or(end, |length| line + length);
        if text[line..until]
            .iter()
            .any(|byte| !byte.is_ascii_whitespace())
        {
            text[line..until].fill(b' ');
            return true;
        }
        if line == 0 {
            return false;
        }
        at = line - 1;
        end = line;
    }
}

type YamlKey = Option<(Range<usize>, TextForm)>;

/// A list, or a table with the key that was read last.
enum OpenNode {
    List,
    Table { key: Option<YamlKey> },
}

struct YamlReader<'a, 't> {
    /// The file as the parser sees it.
    text: &'t [u8],
    builder: Builder<'a>,
    open: Vec<OpenNode>,
    /// Anchored values, by name.
    anchors: HashMap<usize, (Range<usize>, TextForm)>,
}

impl<'a, 't> YamlReader<'a, 't> {
    /// The values, as far as the parser goes.
    fn read(file: &'a [u8], text: &'t [u8]) -> Parsed<'a> {
        let mut reader = Self {
            text,
            builder: Builder::new(file),
            open: Vec::new(),
            anchors: HashMap::new(),
        };
        for event in Parser::new_from_iter(text.iter().map(|&byte| char::from(byte))) {
            match event {
                Ok((event, span)) => reader.event(event, span.start.index()..span.end.index()),
                Err(error) => {
                    let stopped = Stopped {
                        at: error.marker().index(),
                        is_too_deep: error.info().contains("recursion limit"),
                    };
                    return Parsed {
                        builder: reader.builder,
                        stopped: Some(stopped),
                    };
                }
            }
        }
        Parsed {
            builder: reader.builder,
            stopped: None,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::DocumentEnd => {
                self.builder.close_to(0);
                self.open.clear();
            }
            Event::MappingStart(..) => self.begin(OpenNode::Table { key: None }),
            Event::SequenceStart(..) => self.begin(OpenNode::List),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.builder.close();
            }
            Event::Scalar(_, style, anchor, _) => {
                let written = self.written(span, style);
                if anchor != 0 {
                    self.anchors.insert(anchor, written.clone());
                }
                self.scalar(Some(written));
            }
            Event::Alias(anchor) => {
                let written = self.anchors.get(&anchor).cloned();
                self.scalar(written);
            }
            Event::DocumentStart(_) | Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }

    /// The key that the next node belongs to; a node in the place of a key has none.
    fn next_key(&mut self) -> YamlKey {
        match self.open.last_mut() {
            Some(OpenNode::Table { key }) => match key.take() {
                Some(key) => key,
                None => {
                    *key = Some(None);
                    None
                }
            },
            _ => None,
        }
    }

    fn begin(&mut self, open: OpenNode) {
        let key = self.next_key();
        self.builder.open(key);
        self.open.push(open);
    }

    fn scalar(&mut self, written: Option<(Range<usize>, TextForm)>) {
        if let Some(OpenNode::Table { key: key @ None }) = self.open.last_mut() {
            *key = Some(written);
            return;
        }
        let key = self.next_key();
        if let Some((span, form)) = written {
            self.builder.value(key, span, form);
        }
    }

    /// Returns the span of a scalar without its anchor, tag and quotes.
    fn written(&self, span: Range<usize>, style: ScalarStyle) -> (Range<usize>, TextForm) {
        let mut start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        let rest = |start: usize| &self.text[start..end];
        while let [b'&' | b'!', ..] = rest(start) {
            let word = rest(start)
                .iter()
                .take_while(|byte| !byte.is_ascii_whitespace())
                .count();
            start += word;
            start += rest(start).len() - rest(start).trim_ascii_start().len();
        }
        match style {
            ScalarStyle::Plain => {
                let length = rest(start).trim_ascii_end().len();
                (start..start + length, TextForm::YamlPlain)
            }
            ScalarStyle::SingleQuoted => (unquoted(self.text, start..end), TextForm::YamlSingle),
            ScalarStyle::DoubleQuoted => (unquoted(self.text, start..end), TextForm::YamlDouble),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                if let [b'|' | b'>', ..] = rest(start) {
                    let header = memchr::memchr(b'\n', rest(start));
                    start += header.map_or(rest(start).len(), |length| length + 1);
                }
                // All lines have the indentation of the first.
                let blanks = self.text[..start]
                    .iter()
                    .rev()
                    .take_while(|&&byte| byte == b' ')
                    .count();
                (start - blanks..end, TextForm::YamlBlock)
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
    fn reads_yaml() {
        let file = "\
            # c\na: b # x\n'k': \"x\\u002d\\\n  y\"\nblk: |-\n    one\n      two\n\n    three\n\
            single: 'it''s\n  x'\nplain: a b\n  ü\nseq:\n- x\n- {f: g, h: [1, \"é\"]}\nnull:\n\
            anchored: &a !!str val\nalias: *a\ntag: !!binary |\n  aGk=\n  aGk=\n? cx\n: vx\n? [no]\n: name\n\
            ---\nsecond: 1\n...\n";
        assert_eq!(
            listed(&read(file.as_bytes())),
            [
                "-/a = b",
                "-/k = x-y",
                "-/blk = one\n  two\n\nthree\n",
                "-/single = it's x",
                "-/plain = a b ü",
                "-/seq/- = x",
                "-/seq/-/f = g",
                "-/seq/-/h/- = 1",
                "-/seq/-/h/- = é",
                "-/null = ",
                "-/anchored = val",
                "-/alias = val",
                "-/tag = aGk=\naGk=\n",
                "-/cx = vx",
                "-/-/- = no",
                "-/- = name",
                "-/second = 1"
            ]
        );
    }

    #[test]
    fn reads_templates() {
        let file = "{{- if .Values.x }}\na:\n  token: {{ .Values.t | quote }}\n  {{- with y }}\n  b: \"{{ z }}\"\n  {{- end }}\n\
            {% for x in y %}\nc: <%= d %>\n{% endfor %}\n";
        assert_eq!(
            listed(&read(file.as_bytes())),
            [
                "-/a/token = {{ .Values.t | quote }}",
                "-/a/b = {{ z }}",
                "-/c = <%= d %>"
            ]
        );
    }

    #[test]
    fn reads_on_behind_damage() {
        for (file, expected) in [
            ("a: b\n  - : x: y\nc: d\n", &["-/a = b", "-/c = d"][..]),
            ("a:\n  b: 'x\n  c: d\ne: f\n", &["-/a/c = d", "-/e = f"]),
            (
                "a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> x\n",
                &["-/a = b", "-/c = d", "-/c = e"],
            ),
            ("a: b\n\tc: d\ne: @f\ng: h\n", &["-/a = b", "-/g = h"]),
        ] {
            // The values of single lines follow.
            let found = listed(&read(file.as_bytes()));
            assert!(
                found.starts_with(
                    &expected
                        .iter()
                        .map(|&line| line.to_owned())
                        .collect::<Vec<_>>()
                ),
                "{}: {found:?}",
                file
            );
        }
    }

    #[test]
    fn odd_files_take_little_time() {
        for piece in [
            "- ", "? ", "a: {", "[", "a:\n ", "'", "&a ", "@\n", "{{\n", "a: b\n@",
        ] {
            let file = piece.repeat((1 << 17) / piece.len());
            assert!(is_sound(&read(file.as_bytes())), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", ": ", ":", " ", "  ", "\n", "\n  ", "- ", "? ", "[", "]", "{", "}", ",", "\"", "'", "|\n", ">-\n", "#",
            "&a ", "*a", "!!binary ", "---\n", "...", "%", "\t", "\r\n", "\\u002d", "é", "\0", "{{ x }}", "k: v\n", "<<: ",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes())));
        }
    }
}
