//! `[detect]` of a rule file: patterns, named values and commands, and their checks.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};

use super::command::CommandMatcher;
use super::error::Fault;
use super::keyword::KeywordForm;
use super::matcher::{Matcher, Matchers};
use super::named::NamedMatcher;
use super::near::Near;
use super::value::ValueShape;
use super::words::NamePattern;
use super::{Boundary, Check, Keyword, Pattern};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detect {
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
    pub(super) left: Boundary,
    #[serde(default)]
    pub(super) right: Boundary,
    #[serde(default)]
    pub(super) instance_prefix: bool,
    #[serde(default)]
    pub(super) checks: Vec<Check>,
    pub(super) min_entropy: Option<f64>,
    #[serde(default)]
    pub(super) guessable: bool,
    #[serde(default)]
    pub(super) generic: bool,
    #[serde(default)]
    pub(super) encoded: bool,
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

impl Detect {
    /// The matchers, in the order of [`Detect::matcher_keys`]. Skips names that are not valid; [`Detect::check`] reports them.
    pub(super) fn matchers(&self) -> Matchers {
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
    pub(super) fn matcher_keys(&self) -> Vec<String> {
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

    pub(super) fn check(&self) -> Result<(), Fault> {
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

/// Checks the words that must occur near a value.
fn check_near(key: &str, words: &[String]) -> Result<(), Fault> {
    match words.iter().position(String::is_empty) {
        Some(index) => Err(Fault::new(format!("{key}[{index}]"), "empty")),
        None => Ok(()),
    }
}

/// Checks the keywords of a pattern.
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
            return Err(fault("is listed twice"));
        }
    }
    if keywords.len() > Keyword::MAX_PER_RULE {
        return Err(Fault::new(key, "more than 64"));
    }
    Ok(())
}
