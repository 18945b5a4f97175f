//! The TOML form of a rule, and its validation.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};

use super::command::CommandMatcher;
use super::error::{Fault, Lines, RuleError};
use super::example::{Example, Expected};
use super::keyword::KeywordForm;
use super::matcher::{Matcher, Matchers};
use super::named::NamedMatcher;
use super::near::Near;
use super::value::ValueShape;
use super::words::NamePattern;
use super::{Boundary, Check, Keyword, Pattern, Rule};
use std::sync::Arc;

use crate::model::{BlobPath, Confidence, Remediation, RuleId, Secret, Severity};

/// A rule as its file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    title: String,
    severity: Severity,
    #[serde(default = "high")]
    confidence: Confidence,
    description: String,
    gitlab_rule_id: Option<String>,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detect {
    /// The keywords of the only pattern.
    #[serde(default)]
    keywords: Vec<KeywordForm>,
    /// One pattern, or several with keywords of their own.
    #[serde(default)]
    pattern: PatternForm,
    #[serde(default)]
    named: Vec<NamedForm>,
    #[serde(default)]
    command: Vec<CommandForm>,
    #[serde(default)]
    left: Boundary,
    #[serde(default)]
    right: Boundary,
    #[serde(default)]
    instance_prefix: bool,
    #[serde(default)]
    checks: Vec<Check>,
    min_entropy: Option<f64>,
    #[serde(default)]
    guessable: bool,
    #[serde(default)]
    generic: bool,
    #[serde(default)]
    encoded: bool,
}

/// `pattern = '…'`, or `[[detect.pattern]]` with keywords of its own.
#[derive(Debug)]
enum PatternForm {
    One(String),
    Several(Vec<PatternTable>),
}

impl Default for PatternForm {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// `[[detect.pattern]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternTable {
    keywords: Vec<KeywordForm>,
    expression: String,
}

/// `[[detect.named]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedForm {
    name: String,
    value: String,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    whole: bool,
}

/// `[[detect.command]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandForm {
    command: String,
    #[serde(default)]
    options: Vec<String>,
    argument: Option<isize>,
    #[serde(default)]
    stdin: bool,
    #[serde(default)]
    behind_user: bool,
    value: String,
    #[serde(default)]
    near: Vec<String>,
}

struct PatternVisitor;

impl<'de> Visitor<'de> for PatternVisitor {
    type Value = PatternForm;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a regular expression, or tables of `keywords` and `expression`")
    }

    fn visit_str<E>(self, text: &str) -> Result<PatternForm, E> {
        Ok(PatternForm::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<PatternForm, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(PatternForm::Several)
    }
}

impl<'de> Deserialize<'de> for PatternForm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PatternVisitor)
    }
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

fn high() -> Confidence {
    Confidence::High
}

/// The longest title in characters: reports cut what is longer.
const MAX_TITLE: usize = 100;

impl RuleFile {
    /// Reads a rule file: the rule, checked whole, and its examples.
    ///
    /// # Errors
    /// If it is no TOML, has a key it may not have or lacks one, or a value is not valid.
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

    /// The rule, unchecked: for what has been checked before.
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
            gitlab_rule_id: self.gitlab_rule_id,
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
        if self.title.chars().count() > MAX_TITLE {
            let what = format!("longer than {MAX_TITLE} characters");
            return Err(Fault::new("title", what));
        }
        filled("description", &self.description)?;
        if self.confidence == Confidence::Proven {
            let what = "a checksum proves, a rule cannot; use high, medium or low";
            return Err(Fault::new("confidence", what));
        }
        if let Some(id) = &self.gitlab_rule_id {
            let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if id.is_empty() || !id.bytes().all(valid) {
                let what = "use lower-case letters, digits and '_'";
                return Err(Fault::new("gitlab_rule_id", what));
            }
        }
        for (index, url) in self.references.iter().enumerate() {
            let host = url.strip_prefix("https://").or(url.strip_prefix("http://"));
            let valid = |b: u8| b.is_ascii_graphic() && !b"<>\"`".contains(&b);
            if host.is_none_or(str::is_empty) || !url.bytes().all(valid) {
                let what = "not an absolute http or https URL";
                return Err(Fault::new(format!("references[{index}]"), what));
            }
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

impl Detect {
    /// The matchers, in the order of [`Detect::matcher_keys`]. What is not valid finds nothing.
    fn matchers(&self) -> Matchers {
        let mut matchers = Matchers::default();
        let mut pattern = |expression: &str, keywords: &[KeywordForm]| {
            let keywords: Vec<Keyword> = keywords.iter().map(|k| k.0.clone()).collect();
            let texts = keywords.iter().map(|keyword| keyword.text.clone());
            let pattern = Pattern::lazy(expression.to_owned(), texts.collect());
            matchers.push(Matcher::Pattern(pattern), keywords);
        };
        match &self.pattern {
            PatternForm::One(expression) => pattern(expression, &self.keywords),
            PatternForm::Several(tables) => {
                for table in tables {
                    pattern(&table.expression, &table.keywords);
                }
            }
        }
        for form in &self.named {
            let Ok(name) = NamePattern::parse(&form.name, form.whole) else {
                continue;
            };
            let named = NamedMatcher {
                name,
                value: ValueShape::lazy(form.value.clone()),
                near: Near::new(form.near.clone()),
            };
            let keywords = named.keywords();
            matchers.push(Matcher::Named(Box::new(named)), keywords);
        }
        for form in &self.command {
            let command = CommandMatcher {
                words: form.command.split_whitespace().map(str::to_owned).collect(),
                options: form.options.clone(),
                argument: form.argument,
                stdin: form.stdin,
                behind_user: form.behind_user,
                value: ValueShape::lazy(form.value.clone()),
                near: Near::new(form.near.clone()),
            };
            let keywords = command.keywords();
            matchers.push(Matcher::Command(Box::new(command)), keywords);
        }
        matchers
    }

    /// The key of each matcher's expression.
    fn matcher_keys(&self) -> Vec<String> {
        let patterns = match &self.pattern {
            PatternForm::One(_) => vec![String::from("detect.pattern")],
            PatternForm::Several(tables) => (0..tables.len())
                .map(|index| format!("detect.pattern[{index}].expression"))
                .collect(),
        };
        let named = (0..self.named.len()).map(|index| format!("detect.named[{index}].value"));
        let commands =
            (0..self.command.len()).map(|index| format!("detect.command[{index}].value"));
        patterns.into_iter().chain(named).chain(commands).collect()
    }

    fn check(&self) -> Result<(), Fault> {
        match &self.pattern {
            PatternForm::One(_) => check_keywords("detect.keywords", &self.keywords)?,
            PatternForm::Several(_) if !self.keywords.is_empty() => {
                let what = "keywords belong to `pattern = '…'`; [[detect.pattern]] has its own";
                return Err(Fault::new("detect.keywords", what));
            }
            PatternForm::Several(tables) => {
                if tables.is_empty() && self.named.is_empty() && self.command.is_empty() {
                    let what = "nothing to look for: add a pattern, [[detect.named]] or [[detect.command]]";
                    return Err(Fault::new("detect", what));
                }
                for (index, table) in tables.iter().enumerate() {
                    check_keywords(
                        &format!("detect.pattern[{index}].keywords"),
                        &table.keywords,
                    )?;
                }
            }
        }
        for (index, form) in self.named.iter().enumerate() {
            let key = |name: &str| format!("detect.named[{index}].{name}");
            NamePattern::parse(&form.name, form.whole)
                .map_err(|error| Fault::new(key("name"), error))?;
            check_near(&key("near"), &form.near)?;
        }
        for (index, form) in self.command.iter().enumerate() {
            let key = |name: &str| format!("detect.command[{index}].{name}");
            if !form
                .command
                .split_whitespace()
                .any(|word| word.len() >= Keyword::MIN_LEN)
            {
                return Err(Fault::new(
                    key("command"),
                    "a program or sub-command of 3 letters or more is needed",
                ));
            }
            if form.options.is_empty() && form.argument.is_none() && !form.stdin {
                let what = "where the credential is: `options`, `argument` or `stdin`";
                return Err(Fault::new(format!("detect.command[{index}]"), what));
            }
            if form.argument == Some(0) {
                return Err(Fault::new(
                    key("argument"),
                    "arguments are counted from 1, or from -1 for the last",
                ));
            }
            if let Some(at) = form
                .options
                .iter()
                .position(|option| !option.starts_with('-') || option.len() < 2)
            {
                return Err(Fault::new(
                    format!("{}[{at}]", key("options")),
                    "an option begins with '-'",
                ));
            }
            check_near(&key("near"), &form.near)?;
        }
        if self
            .min_entropy
            .is_some_and(|bits| !(0.0..=8.0).contains(&bits))
        {
            return Err(Fault::new(
                "detect.min_entropy",
                "not between 0 and 8 bits a byte",
            ));
        }
        Ok(())
    }
}

/// The words that must stand near a value.
fn check_near(key: &str, words: &[String]) -> Result<(), Fault> {
    match words.iter().position(String::is_empty) {
        Some(index) => Err(Fault::new(format!("{key}[{index}]"), "empty")),
        None => Ok(()),
    }
}

/// The keywords of a pattern.
fn check_keywords(key: &str, keywords: &[KeywordForm]) -> Result<(), Fault> {
    if keywords.is_empty() {
        return Err(Fault::new(key, "at least one is needed"));
    }
    for (index, KeywordForm(keyword)) in keywords.iter().enumerate() {
        let fault = |what: &str| Fault::new(format!("{key}[{index}]"), what);
        if keyword.text.len() < Keyword::MIN_LEN {
            return Err(fault("a keyword has at least 3 bytes"));
        }
        if keyword.text.len() > Keyword::MAX_LEN {
            return Err(fault("a keyword has at most 64 bytes"));
        }
        if let Some(then) = &keyword.then
            && !(1..=Keyword::MAX_LEN).contains(&then.len())
        {
            return Err(fault("'then' has 1 to 64 bytes"));
        }
        if keyword.joined && keyword.then.is_none() {
            return Err(fault("'joined' means nothing without 'then'"));
        }
        if keyword.until.is_some() && keyword.then.is_none() {
            return Err(fault("'until' means nothing without 'then'"));
        }
        if keyword.until.is_some_and(|end| !end.is_ascii()) {
            return Err(fault("'until' is an ASCII character"));
        }
        if keyword
            .value
            .is_some_and(|least| !(1..=Keyword::MAX_VALUE).contains(&least))
        {
            return Err(fault("'value' is 1 to 256 characters"));
        }
        if keywords[..index]
            .iter()
            .any(|other| other.0.text == keyword.text)
        {
            return Err(fault("stands there twice"));
        }
    }
    if keywords.len() > Keyword::MAX_PER_RULE {
        return Err(Fault::new(key, "more than 64"));
    }
    Ok(())
}

impl Positive {
    fn check(&self, key: &str, detect: &Detect) -> Result<(), Fault> {
        let text = self.text.concat();
        let secret = self.secret.concat();
        if secret.is_empty() {
            return Err(Fault::new(format!("{key}.secret"), "empty"));
        }
        if !text.contains(&secret) {
            let what = "does not stand in the text";
            return Err(Fault::new(format!("{key}.secret"), what));
        }
        if !detect
            .matchers()
            .keywords()
            .iter()
            .any(|keyword| keyword.stands_in(text.as_bytes()))
        {
            let what = "holds none of the rule's keywords";
            return Err(Fault::new(format!("{key}.text"), what));
        }
        Ok(())
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
    if text.trim().is_empty() {
        return Err(Fault::new(key, "empty"));
    }
    Ok(())
}

fn one_line(key: &str, text: &str) -> Result<(), Fault> {
    filled(key, text)?;
    if text.chars().any(char::is_control) {
        return Err(Fault::new(
            key,
            "holds a line break or another control character",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
