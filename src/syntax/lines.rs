//! Reads files of lines `key = value`: INI, npm's settings, Java's properties.

use std::ops::Range;

use super::scalar::TextForm;
use super::tree::{Builder, Tree, end_of_line, trimmed};

/// The dialect of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Sections in brackets; `=` or `:` behind the key. Python's configparser reads it.
    Ini,
    /// The same with `=` alone, because `:` is part of npm's keys.
    Npm,
    /// No sections; `=`, `:` or a blank behind the key, and backslash escapes.
    Properties,
}

/// The values of such a file. A section is a node that holds its keys.
pub(crate) fn read(file: &[u8], dialect: Dialect) -> Tree<'_> {
    let mut builder = Builder::new(file);
    let mut at = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    while at < file.len() {
        let mut end = end_of_line(file, at);
        while dialect == Dialect::Ini && end < file.len() {
            let next = end + 1..end_of_line(file, end + 1);
            if !goes_on(&file[at..end], &file[next.clone()]) {
                break;
            }
            end = next.end;
        }
        line(file, trimmed(file, at..end), dialect, &mut builder);
        at = end + 1;
    }
    builder.finish()
}

/// True if `next` belongs to the value of the lines before it: it is indented further than their key
/// and does not look like a key with a value of its own, as it would where a file is indented oddly.
fn goes_on(before: &[u8], next: &[u8]) -> bool {
    let indent = |line: &[u8]| line.len() - line.trim_ascii_start().len();
    let text = next.trim_ascii();
    let separator = memchr::memchr(b'=', text).unwrap_or(text.len());
    let is_key =
        separator < text.len() && memchr::memmem::find(&text[..separator], b"://").is_none();
    indent(next) > indent(before)
        && !matches!(before.trim_ascii().first(), None | Some(b'[' | b'#' | b';'))
        && !matches!(text.first(), None | Some(b'[' | b'#' | b';'))
        && !is_key
}

/// The lines of a file that is a secret and nothing else, as values without a name.
pub(crate) fn bare(file: &[u8]) -> Tree<'_> {
    let mut builder = Builder::new(file);
    let mut at = 0;
    while at < file.len() {
        let end = end_of_line(file, at);
        let text = trimmed(file, at..end);
        if !text.is_empty() {
            builder.value(None, text, TextForm::Verbatim);
        }
        at = end + 1;
    }
    builder.finish()
}

fn line(file: &[u8], line: Range<usize>, dialect: Dialect, builder: &mut Builder<'_>) {
    let text = &file[line.clone()];
    match text.first() {
        None | Some(b'#' | b';' | b'!') => return,
        Some(b'[') if dialect != Dialect::Properties => {
            let end = memchr::memrchr(b']', text).unwrap_or(text.len());
            let name = trimmed(file, line.start + 1..line.start + end);
            builder.close_to(0);
            return builder.open(Some((name, TextForm::Verbatim)));
        }
        Some(_) => {}
    }
    let separates = |byte: &u8| match dialect {
        Dialect::Ini => matches!(byte, b'=' | b':'),
        Dialect::Npm => *byte == b'=',
        Dialect::Properties => matches!(byte, b'=' | b':' | b' ' | b'\t'),
    };
    let Some(length) = text.iter().position(separates) else {
        return;
    };
    let key = trimmed(file, line.start..line.start + length);
    let mut value = trimmed(file, line.start + length + 1..line.end);
    // The blanks of a property may be followed by the separator.
    if dialect == Dialect::Properties
        && matches!(text[length], b' ' | b'\t')
        && let Some(b'=' | b':') = file[value.clone()].first()
    {
        value = trimmed(file, value.start + 1..value.end);
    }
    let form = match (dialect, &file[value.clone()]) {
        (Dialect::Properties, _) => TextForm::Escaped,
        (_, [b'"', .., b'"']) => {
            value = value.start + 1..value.end - 1;
            TextForm::Escaped
        }
        (_, [b'\'', .., b'\'']) => {
            value = value.start + 1..value.end - 1;
            TextForm::Verbatim
        }
        _ => TextForm::Verbatim,
    };
    if !key.is_empty() {
        builder.value(Some((key, TextForm::Verbatim)), value, form);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{is_sound, listed};
    use super::*;

    #[test]
    fn reads_ini() {
        let file = b"; c\nx = 1\n[a b]\n# y = 2\nkey: v=w\r\n quoted = \"p\\\"q\" \nempty =\nnone\n[c\nd = 'e'\n= f";
        assert_eq!(
            listed(&read(file, Dialect::Ini)),
            [
                "x = 1",
                "a b/key = v=w",
                "a b/quoted = p\"q",
                "a b/empty = ",
                "c/d = e"
            ]
        );
    }

    #[test]
    fn reads_npm() {
        let file = b"\xef\xbb\xbf//h:8080/p/:_authToken=x=\n@s:registry = https://h/\n";
        assert_eq!(
            listed(&read(file, Dialect::Npm)),
            ["//h:8080/p/:_authToken = x=", "@s:registry = https://h/"]
        );
    }

    #[test]
    fn reads_properties() {
        let file = b"! c\na.b=x\\u002dy\\=\nc : d\ne f\ng = h\n[i]=j\n";
        assert_eq!(
            listed(&read(file, Dialect::Properties)),
            ["a.b = x-y=", "c = d", "e = f", "g = h", "[i] = j"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(file in "[a=: \\[\\]\"'#;\\\\\n\r\té]{0,80}") {
            for dialect in [Dialect::Ini, Dialect::Npm, Dialect::Properties] {
                prop_assert!(is_sound(&read(file.as_bytes(), dialect)));
            }
        }
    }
}
