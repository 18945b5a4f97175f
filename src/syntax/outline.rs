//! Reads a file whose grammar is broken by its lines alone: one key a line, nested as people indent
//! them. Their values are added to those of the grammar.

use std::ops::Range;

use super::scalar::TextForm;
use super::tree::{Builder, end_of_line, trimmed, unquoted};

/// An open node and how far its line is indented.
struct OutlineNode {
    indent: usize,
    kind: Kind,
}

/// The text that a node began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    /// The dash of YAML.
    Item,
    /// A bracket on a line of its own.
    Bracket,
}

/// Maximum number of open nodes that a bracket on a line of its own is compared with.
const MAX_LEVELS: usize = 100;

struct Outline<'a, 'b> {
    file: &'a [u8],
    builder: &'b mut Builder<'a>,
    open: Vec<OutlineNode>,
}

/// Adds the values of lines `key: value` in YAML or JSON, below a node without a name. Ends without a
/// beginning and lines that are neither key, item nor opening bracket are skipped.
pub(super) fn indented<'a>(file: &'a [u8], builder: &mut Builder<'a>) {
    builder.close_to(0);
    builder.open(None);
    let mut outline = Outline {
        file,
        builder,
        open: Vec::new(),
    };
    let mut at = 0;
    while at < file.len() {
        let end = end_of_line(file, at);
        at = outline.line(at, end) + 1;
    }
    builder.close_to(0);
}

impl Outline<'_, '_> {
    /// Reads the line at `start`; returns the end of the text that was read, which may be that of a later line.
    fn line(&mut self, start: usize, end: usize) -> usize {
        let mut at = start + blanks(&self.file[start..end]);
        let first = at - start;
        while self.file[at..end].starts_with(b"- ") {
            at += 1 + blanks(&self.file[at + 1..end]);
        }
        let text = at..at + self.file[at..end].trim_ascii_end().len();
        match &self.file[text.clone()] {
            b"{" | b"[" => self.bracket(at - start),
            [] | [b'#', ..] => {}
            _ => {
                if let Some((key, value)) = key(self.file, text) {
                    self.items(start + first, at, start);
                    let indent = at - start;
                    self.close(|open| open.indent >= indent);
                    return self.value(key, value, indent, end);
                }
            }
        }
        end
    }

    /// Begins the items of lists whose dashes are between `at` and `until`.
    fn items(&mut self, mut at: usize, until: usize, start: usize) {
        while at < until {
            let indent = at - start;
            self.close(|open| {
                open.indent > indent || open.indent == indent && open.kind == Kind::Item
            });
            self.open(None, indent, Kind::Item);
            at += 1 + blanks(&self.file[at + 1..until]);
        }
    }

    /// Begins an element of JSON on a line of its own: the first is indented further than the list, others
    /// as far as the first. The outermost bracket is the file itself; any other is damage.
    fn bracket(&mut self, indent: usize) {
        let is_next = |open: &OutlineNode| open.indent == indent && open.kind == Kind::Bracket;
        if self.open.iter().rev().take(MAX_LEVELS).any(is_next) {
            self.close(|open| !is_next(open));
            self.open.pop();
            self.builder.close();
        } else if self.open.last().is_none_or(|open| open.indent >= indent) {
            return;
        }
        self.open(None, indent, Kind::Bracket);
    }

    fn value(
        &mut self,
        key: (Range<usize>, TextForm),
        value: Range<usize>,
        indent: usize,
        end: usize,
    ) -> usize {
        let value = without_properties(self.file, value);
        let text = &self.file[value.clone()];
        match text {
            [] | b"{" | b"[" | [b'#', ..] => self.open(Some(key), indent, Kind::Key),
            [b'|' | b'>', ..] => {
                let until = self.block(indent, end);
                if end + 1 < until {
                    self.builder
                        .value(Some(key), end + 1..until, TextForm::YamlBlock);
                }
                return until;
            }
            [quote @ (b'"' | b'\''), rest @ ..] => {
                let length = closing(rest, *quote);
                let form = if *quote == b'"' {
                    TextForm::YamlDouble
                } else {
                    TextForm::YamlSingle
                };
                let start = value.start + 1;
                self.builder.value(Some(key), start..start + length, form);
            }
            _ => {
                let comment = memchr::memmem::find(text, b" #").unwrap_or(text.len());
                let text = text[..comment].trim_ascii_end();
                let length = text.strip_suffix(b",").unwrap_or(text).len();
                let span = value.start..value.start + length;
                self.builder.value(Some(key), span, TextForm::Verbatim);
            }
        }
        end
    }

    /// The end of the lines that are indented further, with the empty ones between them.
    fn block(&self, indent: usize, end: usize) -> usize {
        let mut until = end;
        let mut at = end + 1;
        while at < self.file.len() {
            let next = end_of_line(self.file, at);
            let line = &self.file[at..next];
            if line.trim_ascii().is_empty() {
                at = next + 1;
                continue;
            }
            if blanks(line) <= indent {
                break;
            }
            until = next;
            at = next + 1;
        }
        until
    }

    fn open(&mut self, key: Option<(Range<usize>, TextForm)>, indent: usize, kind: Kind) {
        self.builder.open(key);
        self.open.push(OutlineNode { indent, kind });
    }

    fn close(&mut self, is_over: impl Fn(&OutlineNode) -> bool) {
        while self.open.last().is_some_and(&is_over) {
            self.open.pop();
            self.builder.close();
        }
    }
}

/// Adds the values of lines `key = "value"` below headers `[a.b]`, as TOML has them.
pub(super) fn sections<'a>(file: &'a [u8], builder: &mut Builder<'a>) {
    builder.close_to(0);
    let mut at = 0;
    while at < file.len() {
        let end = end_of_line(file, at);
        let start = at + blanks(&file[at..end]);
        let line = start..start + file[start..end].trim_ascii_end().len();
        if file[line.clone()].starts_with(b"[") {
            header(file, line, builder);
        } else if let Some(length) = memchr::memchr(b'=', &file[line.clone()]) {
            let name = trimmed(file, line.start..line.start + length);
            let value = trimmed(file, line.start + length + 1..line.end);
            assignment(file, unquoted(file, name), value, builder);
        }
        at = end + 1;
    }
    builder.close_to(0);
}

/// Begins the table of a header, if the header has an end.
fn header(file: &[u8], line: Range<usize>, builder: &mut Builder<'_>) {
    let Some(length) = memchr::memchr(b']', &file[line.clone()]) else {
        return;
    };
    let brackets = file[line.clone()]
        .iter()
        .take_while(|&&byte| byte == b'[')
        .count();
    builder.close_to(0);
    let mut at = line.start + brackets;
    let end = (line.start + length).max(at);
    while at < end {
        let dot = memchr::memchr(b'.', &file[at..end]).map_or(end, |length| at + length);
        let name = unquoted(file, trimmed(file, at..dot));
        builder.open(Some((name, TextForm::Verbatim)));
        at = dot + 1;
    }
}

/// Adds the texts in quotes behind a key: one, or those of a list.
fn assignment(file: &[u8], name: Range<usize>, value: Range<usize>, builder: &mut Builder<'_>) {
    let key = Some((name, TextForm::Verbatim));
    let is_list = file[value.clone()].starts_with(b"[");
    if is_list {
        builder.open(key.clone());
    }
    let mut at = value.start;
    while let Some(length) = memchr::memchr2(b'"', b'\'', &file[at..value.end]) {
        let start = at + length + 1;
        let quote = file[start - 1];
        let end = start + closing(&file[start..value.end], quote);
        let form = if quote == b'"' {
            TextForm::Escaped
        } else {
            TextForm::Verbatim
        };
        let key = if is_list { None } else { key.clone() };
        builder.value(key, start..end, form);
        at = (end + 1).min(value.end);
        if !is_list {
            return;
        }
    }
    if is_list {
        builder.close();
    }
}

/// The span of a text, and its form.
type WrittenLine = (Range<usize>, TextForm);

/// A key at the beginning of a line, and the text behind its colon.
fn key(file: &[u8], line: Range<usize>) -> Option<(WrittenLine, Range<usize>)> {
    let text = &file[line.clone()];
    let (name, form, behind) = match text {
        [quote @ (b'"' | b'\''), rest @ ..] => {
            let length = closing(rest, *quote);
            let start = line.start + 1;
            let form = if *quote == b'"' {
                TextForm::Escaped
            } else {
                TextForm::Verbatim
            };
            (start..start + length, form, start + length + 1)
        }
        _ => {
            let ends = |pair: &[u8]| pair[0] == b':' && pair[1].is_ascii_whitespace();
            let length = text
                .windows(2)
                .position(ends)
                .or_else(|| text.len().checked_sub(1).filter(|&last| text[last] == b':'))?;
            let name = line.start..line.start + length;
            (name.clone(), TextForm::Verbatim, name.end)
        }
    };
    let behind = trimmed(file, behind.min(line.end)..line.end);
    let value = file[behind.clone()]
        .starts_with(b":")
        .then(|| trimmed(file, behind.start + 1..behind.end))?;
    // A text with brackets is a line of several keys, not a key.
    let is_name = !file[name.clone()]
        .iter()
        .any(|byte| matches!(byte, b'{' | b'}' | b'"'));
    (is_name && !name.is_empty()).then_some(((name, form), value))
}

/// A value of YAML without its anchor and tag.
fn without_properties(file: &[u8], mut value: Range<usize>) -> Range<usize> {
    while let [b'&' | b'!', rest @ ..] = &file[value.clone()] {
        let word = 1 + rest
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count();
        value = trimmed(file, value.start + word..value.end);
    }
    value
}

/// Returns the distance of the next quote without a backslash before it; the whole length without one.
fn closing(text: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' && quote == b'"' {
            2
        } else {
            1
        };
    }
    at.min(text.len())
}

fn blanks(text: &[u8]) -> usize {
    text.len() - text.trim_ascii_start().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{Tree, is_sound, listed};
    use super::*;

    fn read(file: &[u8], add: for<'a> fn(&'a [u8], &mut Builder<'a>)) -> Tree<'_> {
        let mut builder = Builder::new(file);
        add(file, &mut builder);
        builder.finish()
    }

    #[test]
    fn yaml_is_read_by_its_lines() {
        let file = b"a:\n  b: 'x' # c\n<\n  c: &n !!str y # d\nlist:\n- e: \"z\\u002d\"\n  f: 1\n- g:\n    h: |\n      one\n\n      two\n    i: 2\n[\n: x\nj: k:l\n";
        assert_eq!(
            listed(&read(file, indented)),
            [
                "-/a/b = x",
                "-/a/c = y",
                "-/list/-/e = z-",
                "-/list/-/f = 1",
                "-/list/-/g/h = one\n\ntwo",
                "-/list/-/g/i = 2",
                "-/j = k:l"
            ]
        );
    }

    #[test]
    fn json_is_read_by_its_lines() {
        let file = b"{\n  \"a\": {\n    }\n    \"b\": [\n      {\n        \"c\": \"x\",\n        \"d\": 1,\n      }\n    ]\n  },\n  \"e\": \"y\"\n";
        assert_eq!(
            listed(&read(file, indented)),
            ["-/a/b/-/c = x", "-/a/b/-/d = 1", "-/e = y"]
        );
    }

    #[test]
    fn toml_is_read_by_its_lines() {
        let file = b"[a.\"b\"]\nc = \"x\\u002d\" # d\n[\ne = ['y', \"z\"]\n[[f]]\n\"g\" = 'h'\n";
        assert_eq!(
            listed(&read(file, sections)),
            ["a/b/c = x-", "a/b/e/- = y", "a/b/e/- = z", "f/g = h"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", ": ", ":", " ", "  ", "\n", "\n  ", "- ", "[", "]", "{", "}", ",", "\"", "'", "|\n", "#", "&a ", "!x ", "\\", "=", ".",
            "\t", "\r\n", "é", "[a.b]\n", "k: v\n", "k = \"v\"\n",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes(), indented)));
            prop_assert!(is_sound(&read(file.as_bytes(), sections)));
        }
    }
}
