//! `[detect]` of a rule file: patterns, named values and commands, and their checks.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};

use super::command::CommandMatcher;
use super::error::{Fault, require};
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

    /// Checks every value but the expressions.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.check_patterns()?;
        for (index, form) in self.named.iter().enumerate() {
            form.check(&format!("detect.named[{index}]"))?;
        }
        for (index, form) in self.command.iter().enumerate() {
            form.check(&format!("detect.command[{index}]"))?;
        }
        let is_entropy = |bits: f64| (0.0..=8.0).contains(&bits);
        require(
            self.min_entropy.is_none_or(is_entropy),
            "detect.min_entropy",
            "not between 0 and 8 bits a byte",
        )
    }

    fn check_patterns(&self) -> Result<(), Fault> {
        let tables = match &self.pattern {
            PatternForm::One(_) => return check_keywords("detect.keywords", &self.keywords),
            PatternForm::Several(tables) => tables,
        };
        require(
            self.keywords.is_empty(),
            "detect.keywords",
            "keywords belong to `pattern = '…'`; [[detect.pattern]] has its own",
        )?;
        require(
            !(tables.is_empty() && self.named.is_empty() && self.command.is_empty()),
            "detect",
            "nothing to look for: add a pattern, [[detect.named]] or [[detect.command]]",
        )?;
        let keys = (0..).map(|index| format!("detect.pattern[{index}].keywords"));
        keys.zip(tables)
            .try_for_each(|(key, table)| check_keywords(&key, &table.keywords))
    }
}

impl NamedForm {
    fn check(&self, key: &str) -> Result<(), Fault> {
        NamePattern::parse(&self.name, self.whole)
            .map_err(|error| Fault::new(format!("{key}.name"), error))?;
        check_near(key, &self.near)
    }
}

impl CommandForm {
    fn check(&self, key: &str) -> Result<(), Fault> {
        let mut words = self.command.split_whitespace();
        require(
            words.any(|word| word.len() >= Keyword::MIN_LEN),
            format!("{key}.command"),
            "a program or sub-command of 3 letters or more is needed",
        )?;
        require(
            !self.options.is_empty() || self.argument.is_some() || self.stdin,
            key,
            "where the credential is: `options`, `argument` or `stdin`",
        )?;
        require(
            self.argument != Some(0),
            format!("{key}.argument"),
            "arguments are counted from 1, or from -1 for the last",
        )?;
        for (index, option) in self.options.iter().enumerate() {
            require(
                option.starts_with('-') && option.len() >= 2,
                format!("{key}.options[{index}]"),
                "an option begins with '-'",
            )?;
        }
        check_near(key, &self.near)
    }
}

/// Checks the words that must occur near a value.
fn check_near(key: &str, words: &[String]) -> Result<(), Fault> {
    let mut words = words.iter().enumerate();
    words.try_for_each(|(index, word)| {
        require(!word.is_empty(), format!("{key}.near[{index}]"), "empty")
    })
}

/// Checks the keywords of a pattern.
fn check_keywords(key: &str, keywords: &[KeywordForm]) -> Result<(), Fault> {
    require(!keywords.is_empty(), key, "at least one is needed")?;
    for (index, KeywordForm(keyword)) in keywords.iter().enumerate() {
        let length = keyword.text.len();
        let then = keyword.then.as_ref().map(String::len);
        let is_known = |other: &KeywordForm| other.0.text == keyword.text;
        let requirements = [
            (length >= Keyword::MIN_LEN, "a keyword has at least 3 bytes"),
            (length <= Keyword::MAX_LEN, "a keyword has at most 64 bytes"),
            (
                then.is_none_or(|length| (1..=Keyword::MAX_LEN).contains(&length)),
                "'then' has 1 to 64 bytes",
            ),
            (
                then.is_some() || !keyword.joined,
                "'joined' means nothing without 'then'",
            ),
            (
                then.is_some() || keyword.until.is_none(),
                "'until' means nothing without 'then'",
            ),
            (
                keyword.until.is_none_or(|end| end.is_ascii()),
                "'until' is an ASCII character",
            ),
            (
                keyword
                    .value
                    .is_none_or(|least| (1..=Keyword::MAX_VALUE).contains(&least)),
                "'value' is 1 to 256 characters",
            ),
            (!keywords[..index].iter().any(is_known), "is listed twice"),
        ];
        for (is_met, what) in requirements {
            require(is_met, format!("{key}[{index}]"), what)?;
        }
    }
    require(keywords.len() <= Keyword::MAX_PER_RULE, key, "more than 64")
}
