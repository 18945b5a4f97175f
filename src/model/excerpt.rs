//! The source line of a finding, safe to show.

use serde::{Deserialize, Serialize};

use super::path::is_deceptive;

/// The line around a secret, without the secret: the text before and after it,
/// shortened, with control characters replaced and other secrets of the line already redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    before: String,
    after: String,
}

impl Excerpt {
    /// Creates an excerpt from the redacted text on both sides of the secret. A tab becomes a
    /// space, any other character that a terminal may interpret becomes `U+FFFD`.
    pub fn new(before: &str, after: &str) -> Self {
        let clean = |text: &str| -> String {
            text.chars()
                .map(|c| match c {
                    '\t' => ' ',
                    c if c.is_control() || is_deceptive(c) => char::REPLACEMENT_CHARACTER,
                    c => c,
                })
                .collect()
        };
        Self {
            before: clean(before),
            after: clean(after),
        }
    }

    /// Returns the part of the line before the secret.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Returns the part of the line after the secret.
    pub fn after(&self) -> &str {
        &self.after
    }
}
