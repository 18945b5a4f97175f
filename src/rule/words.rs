//! Patterns over the words of a name: `(gitlab | gl)? (private | access) token`.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// The most keywords of a pattern.
const MAX_KEYWORDS: usize = 32;

/// The names that a detector matches. Spelling and case do not matter: `awsSecretKey`, `AWS_SECRET_KEY` and
/// `aws.secret-key` are one name.
#[derive(Debug)]
pub(super) struct NamePattern {
    expression: String,
    /// Compiled when first needed, as most scans meet few of the names.
    regex: OnceLock<Option<Regex>>,
    anchors: Vec<String>,
}

/// The reason why a text is not a pattern of names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NamePatternError {
    #[error("'{0}' is not allowed in a name; use lower-case words, ( | ), ? and ...")]
    Character(char),
    #[error("a parenthesis is not closed or not opened")]
    Parenthesis,
    #[error("a word or a group is missing")]
    Empty,
    #[error(
        "no word of three letters or more is in every name, so the search has nothing to look for"
    )]
    NoKeyword,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Word(String),
    Group(Vec<Vec<(Item, bool)>>),
    /// Up to four words of any kind.
    Any,
}

impl NamePattern {
    /// Reads a pattern. Words in a row follow each other, with or without a separator; `( a | b c )`
    /// matches one of several, `?` makes the word or group before it optional, `...` matches up to
    /// four other words. With `whole`, no other words may precede, except behind a blank.
    pub(super) fn parse(source: &str, whole: bool) -> Result<Self, NamePatternError> {
        let mut tokens = tokens(source)?.into_iter().peekable();
        let items = sequence(&mut tokens, 0)?;
        if tokens.next().is_some() {
            return Err(NamePatternError::Parenthesis);
        }
        let start = if whole { "(?:^|\t)" } else { "(?:^|[ \t])" };
        let names = expression(&items);
        Ok(Self {
            expression: format!("{start}(?:{names})(?<suffix>(?:[ \t][a-z0-9]{{1,16}}){{0,2}})$"),
            regex: OnceLock::new(),
            anchors: anchors(&items).ok_or(NamePatternError::NoKeyword)?,
        })
    }

    /// Returns words in lower case of which each name holds at least one.
    pub(super) fn anchors(&self) -> &[String] {
        &self.anchors
    }

    /// Returns true if the name of these words (see `words_of`) is one that the pattern means.
    pub(super) fn matches(&self, words: &str) -> bool {
        let compile = || {
            let mut builder = RegexBuilder::new(&self.expression);
            builder.unicode(false).build().ok()
        };
        let Some(regex) = self.regex.get_or_init(compile) else {
            return false;
        };
        let suffix = regex
            .captures(words)
            .and_then(|captures| captures.name("suffix"));
        suffix.is_some_and(|suffix| {
            !words
                .split([' ', '\t'])
                .any(crate::vocabulary::denies_anywhere)
                && !suffix
                    .as_str()
                    .split(' ')
                    .any(crate::vocabulary::denies_name)
        })
    }
}

/// Splits a pattern into words and signs.
fn tokens(source: &str) -> Result<Vec<String>, NamePatternError> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in source.chars() {
        match character {
            'a'..='z' | '0'..='9' => {
                match tokens.last_mut().filter(|_| in_word) {
                    Some(word) => word.push(character),
                    None => tokens.push(character.to_string()),
                }
                in_word = true;
            }
            '.' => {
                match tokens
                    .last_mut()
                    .filter(|last| last.starts_with('.') && last.len() < 3)
                {
                    Some(dots) => dots.push('.'),
                    None => tokens.push(String::from(".")),
                }
                in_word = false;
            }
            '(' | ')' | '|' | '?' => {
                tokens.push(character.to_string());
                in_word = false;
            }
            ' ' | '\t' | '\n' => in_word = false,
            other => return Err(NamePatternError::Character(other)),
        }
    }
    Ok(tokens)
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<String>>;

/// Reads items up to the end of a group or of the pattern.
fn sequence(tokens: &mut Tokens, depth: usize) -> Result<Vec<(Item, bool)>, NamePatternError> {
    let mut items: Vec<(Item, bool)> = Vec::new();
    while let Some(token) = tokens.next_if(|token| token != ")" && token != "|") {
        match token.as_str() {
            "?" => match items.last_mut() {
                Some((_, is_optional)) => *is_optional = true,
                None => return Err(NamePatternError::Empty),
            },
            "(" if depth > 8 => return Err(NamePatternError::Parenthesis),
            "(" => {
                let mut alternatives = vec![sequence(tokens, depth + 1)?];
                while tokens.next_if(|token| token == "|").is_some() {
                    alternatives.push(sequence(tokens, depth + 1)?);
                }
                if tokens.next().as_deref() != Some(")") {
                    return Err(NamePatternError::Parenthesis);
                }
                items.push((Item::Group(alternatives), false));
            }
            "..." => items.push((Item::Any, true)),
            word if word.starts_with('.') => return Err(NamePatternError::Character('.')),
            word => items.push((Item::Word(word.to_owned()), false)),
        }
    }
    if items.iter().all(|(_, is_optional)| *is_optional) {
        return Err(NamePatternError::Empty);
    }
    Ok(items)
}

/// Returns the regular expression of a sequence over words with a blank, or nothing, between two.
fn expression(items: &[(Item, bool)]) -> String {
    let mut text = String::new();
    let mut has_required = false;
    for (item, is_optional) in items {
        let one = match item {
            Item::Any => {
                text.push_str(if has_required {
                    "(?: ?[a-z0-9]+){0,4}"
                } else {
                    "(?:[a-z0-9]+ ){0,4}"
                });
                continue;
            }
            Item::Word(word) => word.clone(),
            Item::Group(alternatives) => {
                let all: Vec<String> = alternatives.iter().map(|items| expression(items)).collect();
                format!("(?:{})", all.join("|"))
            }
        };
        text += &match (is_optional, has_required) {
            (true, false) => format!("(?:{one}[ \t]?)?"),
            (true, true) => format!("(?:[ \t]?{one})?"),
            (false, false) => one,
            (false, true) => format!("[ \t]?{one}"),
        };
        has_required |= !is_optional;
    }
    text
}

/// Returns the words of the required item that is rarest in other text; `None` without a required item.
fn anchors(items: &[(Item, bool)]) -> Option<Vec<String>> {
    let words_of_item = |item: &Item| match item {
        Item::Any => None,
        Item::Word(word) => (word.len() >= 3).then(|| vec![word.clone()]),
        Item::Group(alternatives) => {
            let all: Option<Vec<Vec<String>>> =
                alternatives.iter().map(|items| anchors(items)).collect();
            all.map(|all| all.concat())
        }
    };
    let required = items.iter().filter(|(_, is_optional)| !is_optional);
    let mut best: Option<Vec<String>> = None;
    for words in required.filter_map(|(item, _)| words_of_item(item)) {
        if words.len() <= MAX_KEYWORDS
            && best
                .as_ref()
                .is_none_or(|known| search_cost(&words) < search_cost(known))
        {
            best = Some(words);
        }
    }
    let mut best = best?;
    best.sort();
    best.dedup();
    Some(best)
}

/// Returns how often the search meets one of several words in ordinary text.
pub(super) fn search_cost(words: &[String]) -> f32 {
    let each = words
        .iter()
        .map(|word| multisearch::frequency(word.as_bytes()));
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str) -> NamePattern {
        NamePattern::parse(source, false).unwrap()
    }

    #[test]
    fn matches_the_words_of_a_name() {
        let name = pattern("(aws | s3)? secret (access)? key");
        for words in [
            "aws secret key",
            "s3 secret access key",
            "secretkey",
            "my aws secret key",
            "awssecretaccesskey",
            "aws secret key prod",
            "aws secret key prod 2",
        ] {
            assert!(name.matches(words), "{words}");
        }
        for words in [
            "aws secret",
            "secret keys",
            "aws secret key id",
            "aws secret key prod url",
            "xsecret key",
            "key secret",
            "",
        ] {
            assert!(!name.matches(words), "{words}");
        }
        let any = pattern("gitlab ... token");
        for words in [
            "gitlab token",
            "gitlabtoken",
            "gitlab my ci token",
            "my gitlab a b c d token 2",
        ] {
            assert!(any.matches(words), "{words}");
        }
        assert!(!any.matches("gitlab a b c d e token") && !any.matches("token gitlab"));
        let whole = NamePattern::parse("api? token", true).unwrap();
        assert!(whole.matches("api token") && whole.matches("token") && !whole.matches("my token"));
        assert!(whole.matches("my\ttoken") && name.matches("aws\tsecret\taccess key"));
    }

    #[test]
    fn anchors_are_in_every_name() {
        for (source, expected) in [
            ("(aws | s3)? secret (access)? key", vec!["secret"]),
            (
                "(gitlab | gl)? (private | access | job) token",
                vec!["token"],
            ),
            ("(ado | azure devops) (pat | key)", vec!["ado", "devops"]),
            ("gitlab (pat | token)", vec!["gitlab"]),
            ("gl ... token ...", vec!["token"]),
        ] {
            assert_eq!(pattern(source).anchors(), expected, "{source}");
        }
    }

    #[test]
    fn explains_errors() {
        let error = |source| NamePattern::parse(source, false).unwrap_err();
        assert_eq!(error("a_b"), NamePatternError::Character('_'));
        assert_eq!(error("a.b"), NamePatternError::Character('.'));
        assert_eq!(error("(token"), NamePatternError::Parenthesis);
        assert_eq!(error("token)"), NamePatternError::Parenthesis);
        assert_eq!(error("? token"), NamePatternError::Empty);
        assert_eq!(error("token?"), NamePatternError::Empty);
        assert_eq!(error("a b"), NamePatternError::NoKeyword);
    }
}
