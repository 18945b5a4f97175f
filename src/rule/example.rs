//! The examples of a rule, and the comparison of the engine's findings with the expected ones.

use std::fmt;

use crate::model::{BlobPath, Confidence, Finding, RuleId, Secret};

/// A text of a rule file, and the finding that is expected in it. `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Example {
    /// The rule it belongs to.
    pub rule: RuleId,
    /// The file that contains it.
    pub file: BlobPath,
    /// Its line there, from 1.
    pub line: usize,
    /// Its key there: `positive[0]`.
    pub key: String,
    /// The text, put together from its parts.
    pub text: Vec<u8>,
    /// The expected finding.
    pub expected: Expected,
}

/// The expected finding in an [`Example`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This secret, by the rule of the example, and nothing else.
    Secret {
        /// The exact secret.
        secret: Secret,
        /// Confidence of the finding.
        confidence: Confidence,
    },
    /// Nothing that is shown by default, by no rule.
    Nothing {
        /// Reason why it is not a secret.
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
    /// Compares the engine's findings in [`Example::text`] with the expected one.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Context, Excerpt, Fingerprint, Identity, Liveness, Location, Owner, Position, Severity,
    };

    const START: Position = Position { line: 1, column: 1 };

    fn finding(rule: &str, secret: &str, confidence: Confidence) -> Finding {
        let rule_id = RuleId::new(rule).unwrap();
        let secret = Secret::new(secret, 0);
        let path = BlobPath::default();
        Finding {
            fingerprint: Fingerprint::new(&rule_id, &path, Identity::Secret(&secret)),
            rule_id,
            title: "T".into(),
            severity: Severity::Low,
            confidence,
            message: "".into(),
            remediations: Vec::new(),
            secret,
            owner: Owner::default(),
            expires_at: None,
            liveness: Liveness::Unknown,
            verification: None,
            encoding: Vec::new(),
            context: Context::default(),
            location: Location {
                start: START,
                end: START,
                commit: None,
                path,
            },
            on_disk: None,
            remote: None,
            excerpt: Excerpt::default(),
        }
    }

    fn example(expected: Expected) -> Example {
        Example {
            rule: RuleId::new("acme").unwrap(),
            file: BlobPath::from_bytes(*b"acme.toml"),
            line: 7,
            key: String::from("positive[0]"),
            text: b"x".to_vec(),
            expected,
        }
    }

    #[test]
    fn a_positive_asks_for_exactly_its_secret() {
        let example = example(Expected::Secret {
            secret: Secret::new("hidden", 0),
            confidence: Confidence::High,
        });
        let error = |findings: &[Finding]| {
            let text = example.check(findings).unwrap_err().to_string();
            assert!(!text.contains("hidden"), "{text}");
            text
        };
        let right = finding("acme", "hidden", Confidence::High);
        assert_eq!(example.check(std::slice::from_ref(&right)), Ok(()));
        assert_eq!(error(&[]), "acme.toml:7: positive[0]: nothing is found");
        assert_eq!(
            error(&[finding("other", "hidden", Confidence::High)]),
            "acme.toml:7: positive[0]: other finds it, not acme"
        );
        assert!(
            error(&[finding("acme", "hidden1", Confidence::High)])
                .ends_with("of 7 bytes is found, not the secret of 6 bytes")
        );
        assert_eq!(
            error(&[finding("acme", "hidden", Confidence::Low)]),
            "acme.toml:7: positive[0]: found with confidence low, not high"
        );
        assert_eq!(
            error(&[right.clone(), finding("other", "x", Confidence::Low)]),
            "acme.toml:7: positive[0]: 2 findings instead of one: acme, other"
        );
    }

    #[test]
    fn a_negative_allows_hidden_findings() {
        let example = example(Expected::Nothing {
            reason: String::from("too short"),
        });
        assert_eq!(example.check(&[]), Ok(()));
        assert_eq!(
            example.check(&[finding("acme", "hidden", Confidence::Low)]),
            Ok(())
        );
        let error = example
            .check(&[finding("acme", "hidden", Confidence::Medium)])
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("acme.toml:7: positive[0]: acme finds [6 redacted #"));
        assert!(error.ends_with("] with confidence medium, although: too short"));
    }
}
