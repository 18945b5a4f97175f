//! The examples of a rule, and whether what the engine finds in one is what its rule file says.

use std::fmt;

use crate::model::{BlobPath, Confidence, Finding, RuleId, Secret};

/// A text of a rule file, and what is to be found in it. `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Example {
    /// The rule it belongs to.
    pub rule: RuleId,
    /// The file it stands in.
    pub file: BlobPath,
    /// Its line there, from 1.
    pub line: usize,
    /// Its key there: `positive[0]`.
    pub key: String,
    /// The text, put together from its parts.
    pub text: Vec<u8>,
    /// What is to be found in it.
    pub expected: Expected,
}

/// What is to be found in an [`Example`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This secret, by the rule of the example, and nothing else.
    Secret {
        /// The exact secret.
        secret: Secret,
        /// How sure the finding is.
        confidence: Confidence,
    },
    /// Nothing that is shown by default, by no rule.
    Nothing {
        /// Why it is no secret.
        reason: String,
    },
}

/// An example that does not hold: `FILE:LINE: KEY: what`. Never holds the example's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {key}: {what}")]
pub struct ExampleError {
    file: BlobPath,
    line: usize,
    key: String,
    what: String,
}

impl Example {
    /// Compares what the engine found in [`Example::text`] with what is expected.
    ///
    /// # Errors
    /// If the secret was not found exactly, with its confidence, once and alone; for a negative
    /// example, if anything was found that is more than `low`.
    pub fn check(&self, findings: &[Finding]) -> Result<(), ExampleError> {
        let fail = |what: String| {
            Err(ExampleError {
                file: self.file.clone(),
                line: self.line,
                key: self.key.clone(),
                what,
            })
        };
        match &self.expected {
            Expected::Nothing { reason } => {
                match findings.iter().find(|f| f.confidence > Confidence::Low) {
                    None => Ok(()),
                    Some(f) => fail(format!(
                        "{} finds {} with confidence {}, although: {reason}",
                        f.rule_id, f.secret, f.confidence
                    )),
                }
            }
            Expected::Secret { secret, confidence } => match findings {
                [] => fail(String::from("nothing is found")),
                [f] if f.rule_id != self.rule => {
                    fail(format!("{} finds it, not {}", f.rule_id, self.rule))
                }
                [f] if f.secret.reveal() != secret.reveal() => fail(format!(
                    "{} of {} bytes is found, not the secret of {} bytes",
                    f.secret,
                    f.secret.len(),
                    secret.len()
                )),
                [f] if f.confidence != *confidence => fail(format!(
                    "found with confidence {}, not {confidence}",
                    f.confidence
                )),
                [_] => Ok(()),
                more => {
                    let rules: Vec<&str> = more.iter().map(|f| f.rule_id.as_str()).collect();
                    fail(format!(
                        "{} findings instead of one: {}",
                        more.len(),
                        rules.join(", ")
                    ))
                }
            },
        }
    }
}

impl fmt::Debug for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Example")
            .field("rule", &self.rule)
            .field("line", &self.line)
            .field("key", &self.key)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}
