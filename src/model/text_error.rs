//! Errors in a TOML text with their positions, without quotes from the text itself.
//!
//! A file that a repository names as configuration may contain anything, a secret too. The errors of the
//! parsers quote lines, keys and values; only the position and words that the program itself defines are
//! taken from them.

use std::fmt;
use std::ops::Range;

/// An error in a text, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Line and column, both from 1, if known.
    place: Option<(usize, usize)>,
    what: String,
}

/// The longest unknown key that is shown.
const MAX_KEY: usize = 24;

impl TextError {
    /// Converts an error of the TOML parser.
    pub fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        Self {
            place: error.span().map(|span| place_of(text, &span)),
            what: without_quotes(error.message()),
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for TextError {}

fn place_of(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let lines = before.bytes().filter(|&byte| byte == b'\n').count();
    (lines + 1, before[line..].chars().count() + 1)
}

/// Returns a parser's message without quotes from the text: values, and unknown keys.
///
/// The text after `, expected` consists of words of the program.
pub fn without_quotes(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let (found, expected) = match message.rfind(", expected ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    let found = if let Some(key) = found.strip_prefix("unknown field ") {
        match key.trim_matches('`') {
            key if is_plain_key(key) => format!("unknown key `{key}`"),
            _ => "unknown key".to_owned(),
        }
    } else if let Some(key) = found.strip_prefix("missing field ") {
        format!("missing key {key}")
    } else if let Some(key) = found.strip_prefix("duplicate field ") {
        format!("the key {key} is there twice")
    } else if found.starts_with("unknown variant ") {
        "unknown value".to_owned()
    } else {
        unquoted(found)
    };
    let expected = match expected.find("struct ") {
        // Type names do not help the user.
        Some(at) => format!("{}a table of keys", &expected[..at]),
        None => expected.to_owned(),
    };
    let shown = |c: char| c == ' ' || c.is_ascii_graphic();
    (found + &expected).chars().filter(|&c| shown(c)).collect()
}

/// Returns true for a key whose form excludes a secret: short, and only lower-case letters and dashes.
pub fn is_plain_key(key: &str) -> bool {
    (1..=MAX_KEY).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
}

/// Removes quoted parts of a text. An unclosed quote extends to the end.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['`', '"', '\'']) {
        let (before, quoted) = rest.split_at(at);
        out.push_str(before.trim_end());
        let quote = &quoted[..1];
        // The quoted text may contain the quotation mark itself.
        rest = quoted[1..]
            .rfind(quote)
            .map_or("", |end| &quoted[end + 2..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        count: u32,
    }

    fn toml(text: &str) -> String {
        let error = ::toml::from_str::<Form>(text).unwrap_err();
        TextError::from_toml(text, &error).to_string()
    }

    #[test]
    fn reports_position_and_known_words_only() {
        let key = "unknown key `names`, expected `name` or `count`";
        assert_eq!(toml("\n names = 1"), format!("line 2, column 2: {key}"));
        assert_eq!(
            toml("name = 1"),
            "line 1, column 8: invalid type: integer, expected a string"
        );
    }

    #[test]
    fn quotes_nothing_of_the_text() {
        for secret in [
            "Zx9-\u{1b}[2J-secret",
            "glpat-XyZ'\"`, expected `name",
            "a b",
        ] {
            let quoted = serde_json::to_string(secret).unwrap();
            for error in [
                toml(&format!("{quoted} = 1")),
                toml(&format!("count = {quoted}")),
                toml(&format!("name = {secret}")),
                toml(&format!("{secret}\n")),
                toml(&format!("[{secret}")),
            ] {
                for part in ["Zx9", "XyZ", "a b", "\u{1b}"] {
                    assert!(!error.contains(part), "{secret:?}: {error}");
                }
                assert!(error.starts_with("line 1, column "), "{error}");
            }
        }
    }
}
