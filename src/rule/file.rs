//! The TOML form of a rule, and its validation.

use serde::Deserialize;

use super::Rule;
use super::detect_form::Detect;
use super::error::{Fault, Lines, RuleError, require};
use super::example::{Example, Expected};
use super::gitlab_id::{GitlabRuleId, read_ids};
use std::sync::Arc;

use crate::model::{BlobPath, Confidence, Remediation, RuleId, Secret, Severity, TokenKind};

/// A rule as its file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    title: String,
    provider: Option<String>,
    #[serde(default = "enabled")]
    enabled: bool,
    severity: Severity,
    #[serde(default = "high")]
    confidence: Confidence,
    description: String,
    #[serde(default, deserialize_with = "read_ids")]
    gitlab_rule_id: Vec<GitlabRuleId>,
    gitlab: Option<GitLabTable>,
    #[serde(default)]
    references: Vec<String>,
    detect: Detect,
    #[serde(default)]
    remedy: Vec<RemedyForm>,
    #[serde(default)]
    positive: Vec<Positive>,
    #[serde(default)]
    negative: Vec<Negative>,
}

/// The table `[gitlab]`: how an instance verifies and revokes the credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GitLabTable {
    kind: TokenKind,
    stops: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemedyForm {
    action: String,
    who: Option<String>,
    command: Option<String>,
    caution: Option<String>,
}

/// A text in which the rule finds a secret; both are given in parts, so that no file holds a text
/// that looks like a live credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Positive {
    text: Vec<String>,
    secret: Vec<String>,
    confidence: Option<Confidence>,
}

/// A text in which nothing is found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Negative {
    text: Vec<String>,
    reason: String,
}

fn enabled() -> bool {
    true
}

fn high() -> Confidence {
    Confidence::High
}

/// The longest title in characters: reports cut longer ones.
const MAX_TITLE: usize = 100;

impl RuleFile {
    /// Reads a rule file: the rule, checked whole, and its examples.
    ///
    /// # Errors
    /// If it is not TOML, has an unknown key or lacks one, or a value is not valid.
    pub(super) fn read(
        file: &BlobPath,
        stem: &str,
        text: &str,
    ) -> Result<(Rule, Vec<Example>), RuleError> {
        let form: Self =
            toml::from_str(text).map_err(|error| RuleError::from_toml(file, text, &error))?;
        let located = |fault| RuleError::locate(file, text, fault);
        let id = RuleId::new(stem).map_err(|error| {
            located(Fault::new(
                "",
                format!("the file name without '.toml' is the id: {error}"),
            ))
        })?;
        form.check().map_err(located)?;
        let examples = form.examples(&id, file, text);
        let keys = form.detect.matcher_keys();
        let rule = form.into_rule(id);
        rule.matchers
            .check()
            .map_err(|(index, error)| located(Fault::new(keys[index].clone(), error)))?;
        Ok((rule, examples))
    }

    /// The rule, unchecked: for files that have been checked before.
    pub(super) fn into_rule(self, id: RuleId) -> Rule {
        let matchers = self.detect.matchers();
        Rule {
            id,
            title: self.title.into(),
            description: self.description.trim().to_owned(),
            severity: self.severity,
            confidence: self.confidence,
            references: self.references,
            remediations: self
                .remedy
                .into_iter()
                .map(|form| Arc::new(form.into()))
                .collect(),
            gitlab_rule_ids: self.gitlab_rule_id,
            provider: self.provider,
            enabled: self.enabled,
            token_kind: self.gitlab.as_ref().map(|table| table.kind),
            revocation_stops: self.gitlab.and_then(|table| table.stops),
            matchers,
            left: self.detect.left,
            right: self.detect.right,
            instance_prefix: self.detect.instance_prefix,
            checks: self.detect.checks,
            min_entropy: self.detect.min_entropy,
            guessable: self.detect.guessable,
            generic: self.detect.generic,
            encoded: self.detect.encoded,
        }
    }

    /// Its examples, put together from their parts.
    fn examples(&self, rule: &RuleId, file: &BlobPath, text: &str) -> Vec<Example> {
        let lines = Lines::new(text);
        let example = |key: String, text: &[String], expected| Example {
            rule: rule.clone(),
            file: file.clone(),
            line: lines.of(&key).unwrap_or(1),
            key,
            text: text.concat().into_bytes(),
            expected,
        };
        let positives = self.positive.iter().enumerate().map(|(index, positive)| {
            let secret = positive.secret.concat();
            let expected = Expected::Secret {
                secret: match self.detect.guessable {
                    true => Secret::guessable(secret),
                    false => Secret::new(secret, 0),
                },
                confidence: positive.confidence.unwrap_or(self.confidence),
            };
            example(format!("positive[{index}]"), &positive.text, expected)
        });
        let negatives = self.negative.iter().enumerate().map(|(index, negative)| {
            let expected = Expected::Nothing {
                reason: negative.reason.clone(),
            };
            example(format!("negative[{index}]"), &negative.text, expected)
        });
        positives.chain(negatives).collect()
    }

    /// Checks every value but the pattern.
    fn check(&self) -> Result<(), Fault> {
        one_line("title", &self.title)?;
        require(
            self.title.chars().count() <= MAX_TITLE,
            "title",
            format!("longer than {MAX_TITLE} characters"),
        )?;
        filled("description", &self.description)?;
        require(
            self.confidence != Confidence::Proven,
            "confidence",
            "a checksum proves, a rule cannot; use high, medium or low",
        )?;
        let of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(of_name);
        require(
            self.provider.as_deref().is_none_or(is_name),
            "provider",
            "use lower-case letters, digits and '-'",
        )?;
        require(
            self.gitlab_rule_id.iter().all(GitlabRuleId::is_valid),
            "gitlab_rule_id",
            "use 1 to 128 letters, digits, blanks and punctuation",
        )?;
        for (index, url) in self.references.iter().enumerate() {
            let host = url.strip_prefix("https://").or(url.strip_prefix("http://"));
            let valid = |b: u8| b.is_ascii_graphic() && !b"<>\"`".contains(&b);
            require(
                host.is_some_and(|host| !host.is_empty()) && url.bytes().all(valid),
                format!("references[{index}]"),
                "not an absolute http or https URL",
            )?;
        }
        if let Some(stops) = self.gitlab.as_ref().and_then(|table| table.stops.as_ref()) {
            one_line("gitlab.stops", stops)?;
        }
        self.detect.check()?;
        for (index, remedy) in self.remedy.iter().enumerate() {
            one_line(&format!("remedy[{index}].action"), &remedy.action)?;
        }
        for (index, positive) in self.positive.iter().enumerate() {
            positive.check(&format!("positive[{index}]"), &self.detect)?;
        }
        for (index, negative) in self.negative.iter().enumerate() {
            one_line(&format!("negative[{index}].reason"), &negative.reason)?;
        }
        Ok(())
    }
}

impl Positive {
    fn check(&self, key: &str, detect: &Detect) -> Result<(), Fault> {
        let text = self.text.concat();
        let secret = self.secret.concat();
        let in_secret = || format!("{key}.secret");
        require(!secret.is_empty(), in_secret(), "empty")?;
        require(text.contains(&secret), in_secret(), "is not in the text")?;
        let matchers = detect.matchers();
        let mut keywords = matchers.keywords().iter();
        require(
            keywords.any(|keyword| keyword.is_in(text.as_bytes())),
            format!("{key}.text"),
            "contains none of the rule's keywords",
        )
    }
}

impl From<RemedyForm> for Remediation {
    fn from(form: RemedyForm) -> Self {
        Self {
            action: form.action,
            who: form.who,
            command: form.command.map(|command| command.trim().to_owned()),
            caution: form.caution,
        }
    }
}

fn filled(key: &str, text: &str) -> Result<(), Fault> {
    require(!text.trim().is_empty(), key, "empty")
}

fn one_line(key: &str, text: &str) -> Result<(), Fault> {
    filled(key, text)?;
    require(
        !text.chars().any(char::is_control),
        key,
        "contains a line break or another control character",
    )
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
