//! Documents in the middle of other text: in scripts, in Markdown, in strings of a program.
//!
//! The signature of a format gives the position. The size of the document is bounded, so that a window that contains
//! the surroundings of the signature contains the document.

use std::ops::Range;

use super::{Formats, Values, is_signed};
use crate::detect::documents::KeyedCredential;
use crate::detect::step_budget::StepBudget;
use crate::model::Hint;
use crate::rule::{FileFormat, FileSyntax, Matchers};
use crate::syntax::mapped::Mapped;
use crate::syntax::scalar::{TextForm, decode};

/// Maximum number of bytes before a signature and behind its start that may belong to the document.
const MAX_BEFORE: usize = Matchers::MAX_BEHIND;
const MAX_AFTER: usize = 8 * 1024;

/// The number of strings in one another that are unescaped.
const MAX_STRINGS: u32 = 2;

/// Steps for each byte of an embedded document.
const STEPS_PER_BYTE: usize = 4;

/// The longest text in front of each line, such as the sign of a comment, in bytes.
const MAX_LINE_PREFIX: usize = 40;

/// A document in other text.
struct EmbeddedText {
    syntax: FileSyntax,
    /// Its text, and the texts that it was unescaped from, innermost first.
    layers: Vec<Mapped>,
}

impl Formats {
    /// Returns the texts that identify a format inside other text.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = &str> {
        let formats = self.rules.formats();
        formats.flat_map(|format| format.signature.iter().map(String::as_str))
    }

    /// Returns true if the signature at `at` may be part of a document; a cheap test.
    pub(crate) fn may_embed(&self, bytes: &[u8], at: usize) -> bool {
        find_quote(bytes, at).is_some() || is_line(bytes, at) || is_escaped_line(bytes, at)
    }

    /// Returns the credentials in the document to which the signature at `at` belongs.
    pub(crate) fn embedded(
        &self,
        bytes: &[u8],
        at: usize,
        steps: &StepBudget,
    ) -> Vec<KeyedCredential> {
        let mut found = Vec::new();
        let Some(EmbeddedText { syntax, layers }) = read(bytes, at) else {
            return found;
        };
        let Some(text) = layers.first().map(Mapped::bytes) else {
            return found;
        };
        steps.spend(text.len() * STEPS_PER_BYTE);
        let is_signed = |format: &FileFormat| is_signed(format, text);
        if let Some(document) = self.with_parts(self.parts_with(syntax, is_signed), 1) {
            let mut take = |value: KeyedCredential| found.push(value);
            let mut values = Values::new(text, steps, &mut take);
            document.values(Hint::default(), text, &mut values);
        }
        found.retain_mut(|value| {
            let mut layers = layers.iter();
            let span = layers.try_fold(value.span.clone(), |span, layer| layer.locate(span));
            value.repair = None;
            span.map(|span| value.span = span).is_some()
        });
        found
    }
}

fn read(bytes: &[u8], at: usize) -> Option<EmbeddedText> {
    if let Some(quote) = find_quote(bytes, at) {
        json_around(bytes, quote)
    } else if is_line(bytes, at) {
        Some(yaml_around(bytes, at))
    } else if is_escaped_line(bytes, at) {
        let span = string_around(bytes, at)?;
        Some(EmbeddedText {
            syntax: FileSyntax::Yaml,
            layers: vec![decode(bytes, span, TextForm::Escaped)],
        })
    } else {
        None
    }
}

/// Returns the position of the quote that opens the key with the signature at `at`.
fn find_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let slashes = rest.iter().take_while(|&&byte| byte == b'\\').count();
    if rest.get(slashes) == Some(&b'"') {
        return Some(at + slashes);
    }
    (bytes[..at].last() == Some(&b'"')).then(|| at - 1)
}

/// Counts the backslashes before `at`.
fn count_slashes(bytes: &[u8], at: usize) -> usize {
    let before = bytes[..at].iter().rev();
    before.take_while(|&&byte| byte == b'\\').count()
}

/// Returns the JSON document with a key that the quote at `quote` opens. In a string, its quotes have backslashes.
fn json_around(bytes: &[u8], quote: usize) -> Option<EmbeddedText> {
    let slashes = count_slashes(bytes, quote);
    let strings = (slashes + 1).trailing_zeros();
    if slashes + 1 != 1 << strings || strings > MAX_STRINGS {
        return None;
    }
    let is_end = |at: usize| {
        bytes[at] == b'\'' && strings == 0
            || bytes[at] == b'"' && count_slashes(bytes, at) < slashes
    };
    let mut start = quote - slashes;
    let mut depth = 0usize;
    for at in (start.saturating_sub(MAX_BEFORE)..start).rev() {
        match bytes[at] {
            b'}' | b']' => depth += 1,
            b'{' | b'[' if depth > 0 => depth -= 1,
            b'{' | b'[' => start = at,
            _ if is_end(at) => break,
            _ => {}
        }
    }
    let until = bytes.len().min(quote + MAX_AFTER);
    let mut end = until;
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().take(until).skip(start) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => {
                end = at + 1;
                break;
            }
            _ if at > quote && is_end(at) => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let mut layers = vec![Mapped::verbatim(bytes, start..end)];
    for _ in 0..strings {
        let outer = layers[0].bytes();
        layers.insert(0, decode(outer, 0..outer.len(), TextForm::Escaped));
    }
    Some(EmbeddedText {
        syntax: FileSyntax::Json,
        layers,
    })
}

/// True if a key of YAML is at `at`: only an indentation or signs of a comment or a quotation are before it in its line.
fn is_line(bytes: &[u8], at: usize) -> bool {
    let prefix = line_prefix(bytes, at);
    prefix.len() <= MAX_LINE_PREFIX && prefix.iter().all(|byte| b" \t#>*|+/;-".contains(byte))
}

fn line_prefix(bytes: &[u8], at: usize) -> &[u8] {
    let before = &bytes[at.saturating_sub(MAX_LINE_PREFIX + 1)..at];
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    &before[start..]
}

/// Returns the lines around the key at `at` with the same text in front that are YAML.
fn yaml_around(bytes: &[u8], at: usize) -> EmbeddedText {
    let prefix = line_prefix(bytes, at);
    let line = at - prefix.len();
    let content = |line: &Range<usize>| {
        let text = bytes[line.clone()].strip_prefix(prefix)?;
        let is_key = |text: &[u8]| {
            let name = text.iter().take_while(|&&byte| !b": \t".contains(&byte));
            let name = name.count();
            name > 0 && text.get(name) == Some(&b':')
        };
        let belongs = match text.trim_ascii_end() {
            [] | [b' ' | b'\t' | b'#', ..] | [b'-', b' ', ..] => true,
            text => is_key(text),
        };
        belongs.then(|| line.start + prefix.len()..line.end)
    };
    let floor = line.saturating_sub(MAX_BEFORE - MAX_LINE_PREFIX);
    let mut lines = Vec::new();
    let mut start = line;
    while start > floor {
        let before = &bytes[floor..start - 1];
        let Some(length) = memchr::memrchr(b'\n', before).map(|end| end + 1) else {
            break;
        };
        let Some(content) = content(&(floor + length..start)) else {
            break;
        };
        lines.push(content);
        start = floor + length;
    }
    lines.reverse();
    let until = bytes.len().min(at + MAX_AFTER);
    let mut start = line;
    while start < until {
        let end = memchr::memchr(b'\n', &bytes[start..until]);
        let end = end.map_or(until, |length| start + length + 1);
        let Some(content) = content(&(start..end)) else {
            break;
        };
        lines.push(content);
        start = end;
    }
    let mut text = Mapped::default();
    for at in lines.into_iter().flatten() {
        text.push(bytes[at], at..at + 1);
    }
    EmbeddedText {
        syntax: FileSyntax::Yaml,
        layers: vec![text],
    }
}

/// True if an escaped line end is before `at`, in a string of a program.
fn is_escaped_line(bytes: &[u8], at: usize) -> bool {
    bytes[..at].ends_with(b"\\n") && count_slashes(bytes, at - 1) == 1
}

/// Returns the text of the string in double quotes around `at`.
fn string_around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let is_quote = |&at: &usize| bytes[at] == b'"' && count_slashes(bytes, at).is_multiple_of(2);
    let start = (at.saturating_sub(MAX_BEFORE)..at).rev().find(is_quote)?;
    let until = bytes.len().min(at + MAX_AFTER);
    let end = (at..until).find(is_quote).unwrap_or(until);
    Some(start + 1..end)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use proptest::prelude::*;

    use super::*;
    use crate::rule::RuleSet;

    static FORMATS: LazyLock<Formats> =
        LazyLock::new(|| Formats::new(Arc::new(RuleSet::builtin())));

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for signature in FORMATS.signatures() {
            for at in memchr::memmem::find_iter(text.as_bytes(), signature) {
                let values = FORMATS.embedded(text.as_bytes(), at, &StepBudget::default());
                found.extend(values.into_iter().map(|value| {
                    let key = value.context.key.unwrap_or_default();
                    let secret = String::from_utf8_lossy(&value.secret).into_owned();
                    let line = 1 + text[..value.span.start].matches('\n').count();
                    format!("{line} {key} {secret}")
                }));
            }
        }
        found.dedup();
        found
    }

    const SECRET: &str = "hT7-kQ2mZx9";

    #[test]
    fn reads_json_in_any_text() {
        // `me:hT7-kQ2mZx9`
        let auths = [
            r#"{"auths": {"r.io": {"auth": "bWU6aFQ3"#,
            r#"LWtRMm1aeDk="}}}"#,
        ]
        .concat();
        let pretty = auths.replace(' ', "\n  ");
        let once = auths.replace('"', "\\\"");
        let twice = once.replace('\\', "\\\\").replace("\\\\\"", "\\\\\\\"");
        for text in [
            format!("echo '{auths}' > ~/.docker/config.json"),
            format!("```json\n{pretty}\n```\n"),
            format!("config = \"{once}\" # {{"),
            format!("f() {{ echo \"{once}\"; }}"),
            format!("x: \"echo \\\"{twice}\\\"\""),
            format!("{{{{ not json\n{}", &auths[1..]),
            once.replace(' ', "\\n\\t"),
        ] {
            let found = found(&text);
            assert!(
                matches!(&found[..], [one] if one.ends_with(&format!("auths.r.io.auth {SECRET}"))),
                "{text}: {found:?}"
            );
        }
        for text in [
            "\"auths\"",
            "auths",
            "\\\"auths\\\": {",
            "{\"auths\": {}}",
            "\\\\\"auths\\\": ",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn reads_yaml_in_any_text() {
        let lines = [
            "apiVersion: v1",
            "kind: Secret",
            "stringData:",
            "",
            &format!("  password: {SECRET}"),
        ];
        let manifest = |prefix: &str| lines.map(|line| format!("{prefix}{line}\n")).concat();
        for (text, line) in [
            (
                format!("kubectl apply -f - <<EOF\n{}EOF\n", manifest("")),
                6,
            ),
            (format!("```yaml\n{}```\nkey: value\n", manifest("")), 6),
            (format!("#!/bin/sh\n{}", manifest("# ")), 6),
            (format!("- run: |\n{}", manifest("    ")), 6),
            (format!("diff\n{}", manifest("+")), 6),
            (format!("x = \"{}\"", manifest("").replace('\n', "\\n")), 1),
        ] {
            let expected = [format!("{line} stringData.password {SECRET}")];
            assert_eq!(found(&text), expected, "{text}");
        }
        let json =
            format!(r#"kubectl apply {{"kind":"Secret","stringData":{{"password":"{SECRET}"}}}}"#);
        assert_eq!(found(&json), [format!("1 stringData.password {SECRET}")]);
        let escaped = format!("\"{}\"", json[14..].replace('"', "\\\""));
        assert_eq!(found(&escaped), [format!("1 stringData.password {SECRET}")]);
        for text in [
            "kind: Secret\n",
            "a kind: Secret\nstringData:\n  password: hT7-kQ2mZx9\n",
            "kind: Secret\n---\nstringData:\n  password: hT7-kQ2mZx9\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_any_text(pieces in prop::collection::vec(prop::sample::select(vec![
            "kind: Secret", "\"kind\":\"Secret\"", "auths", "\"", "\\", "\\n", "{", "}", "[", "]", ":", "\n", "# ", "  ", "data", "password",
            "'", "hT7-kQ2mZx9", "bWU6aFQ3LWtRMm1aeDk=", "é",
        ]), 0..40)) {
            let text = pieces.concat();
            for signature in FORMATS.signatures() {
                for at in memchr::memmem::find_iter(text.as_bytes(), signature) {
                    let values = FORMATS.embedded(text.as_bytes(), at, &StepBudget::default());
                    let is_possible = FORMATS.may_embed(text.as_bytes(), at);
                    prop_assert!(values.is_empty() || is_possible);
                    for value in values {
                        prop_assert!(!value.span.is_empty() && value.span.end <= text.len());
                    }
                }
            }
        }
    }
}
