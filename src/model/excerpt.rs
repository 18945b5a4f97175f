//! The source line of a finding, safe to show.

use std::ops::Range;

use serde::{Deserialize, Serialize, Serializer};

use super::path::is_deceptive;

/// The line around a secret, without the secret: the text before and after it,
/// shortened, with control characters replaced and other secrets of the line already redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Excerpt {
    before: String,
    after: String,
    /// Number of bytes at the front of `before` and at the end of `after` that are not shown.
    #[serde(skip)]
    margins: (usize, usize),
}

impl Excerpt {
    /// Creates an excerpt from the redacted text on both sides of the secret. A tab becomes a
    /// space, any other character that a terminal may interpret becomes `U+FFFD`.
    pub fn new(before: &str, after: &str) -> Self {
        Self {
            before: clean(before),
            after: clean(after),
            margins: (0, 0),
        }
    }

    /// Creates an excerpt that shows at most `shown` characters on each side. The rest is a margin: only
    /// [`Excerpt::redacted`] reads it, to recognize a secret that crosses the end of the shown text.
    pub fn shortened(before: &str, after: &str, shown: usize) -> Self {
        let (before, after) = (clean(before), clean(after));
        let first = before.char_indices().rev().nth(shown.saturating_sub(1));
        let first = first.map_or(0, |(at, _)| at);
        let last = after.char_indices().nth(shown);
        let last = last.map_or(after.len(), |(at, _)| at);
        // White space at the ends of the line is not shown.
        let blanks = before.len() - before.trim_start().len();
        let first = if first == 0 { blanks } else { first };
        let after = after[..if last == after.len() {
            after.trim_end().len()
        } else {
            after.len()
        }]
            .to_owned();
        Self {
            margins: (first, after.len().saturating_sub(last)),
            before,
            after,
        }
    }

    /// Returns the excerpt without margins, with both sides replaced by `redact`, which gets a text and the part of
    /// it to return.
    pub fn redacted(&self, mut redact: impl FnMut(&str, Range<usize>) -> String) -> Self {
        let (first, hidden) = self.margins;
        let mut before = redact(&self.before, first..self.before.len());
        let mut after = redact(&self.after, 0..self.after.len() - hidden);
        if !self.before[..first].trim_start().is_empty() {
            before.insert(0, '…');
        }
        if hidden > 0 {
            after.push('…');
        }
        Self::new(&before, &after)
    }

    /// Returns the part of the line before the secret.
    pub fn before(&self) -> &str {
        &self.before[self.margins.0..]
    }

    /// Returns the part of the line after the secret.
    pub fn after(&self) -> &str {
        &self.after[..self.after.len() - self.margins.1]
    }
}

impl Serialize for Excerpt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct ShownExcerpt<'a> {
            before: &'a str,
            after: &'a str,
        }
        let (before, after) = (self.before(), self.after());
        ShownExcerpt { before, after }.serialize(serializer)
    }
}

fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || is_deceptive(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_after_redaction() {
        let excerpt = Excerpt::shortened("  abcdef=", " ghijkl ", 4);
        assert_eq!((excerpt.before(), excerpt.after()), ("def=", " ghi"));
        let shown = |text: &str, part: Range<usize>| format!("({text}){}", &text[part]);
        let redacted = excerpt.redacted(shown);
        assert_eq!(redacted.before(), "…(  abcdef=)def=");
        assert_eq!(redacted.after(), "( ghijkl ) ghi…");
        assert_eq!(
            redacted.redacted(|text, part| text[part].to_owned()),
            redacted
        );
        let whole = Excerpt::shortened("  a=", " b ", 4);
        assert_eq!((whole.before(), whole.after()), ("a=", " b"));
    }
}
