//! Prefixes that an administrator has chosen for personal access tokens, instead of `glpat-`.

use super::matcher::{Matcher, Matchers};
use super::{Keyword, Pattern, RuleSet};

/// The rule that finds these tokens.
const RULE: &str = "gitlab-personal-access-token";

/// The reason why a prefix cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenPrefixError {
    /// Shorter than a keyword may be.
    #[error(
        "the token prefix '{0}' is too short: it needs {min} characters; routable tokens \
         are found under any prefix",
        min = Keyword::MIN_LEN
    )]
    TooShort(String),
    /// Longer than two prefixes of GitLab.
    #[error(
        "the token prefix '{0}' is longer than GitLab allows (20 characters, and 20 of the instance)"
    )]
    TooLong(String),
    /// Holds what GitLab allows in no prefix.
    #[error(
        "the token prefix '{0}' contains characters that GitLab does not allow in one (A-Z a-z 0-9 _ + = / @ : . -)"
    )]
    Characters(String),
}

impl RuleSet {
    /// Adds a token prefix of the instance to the rule for personal access tokens, so that the classic tokens with it
    /// are found, which have no checksum.
    ///
    /// # Errors
    /// If GitLab would not allow the prefix, or it is too short to be looked for.
    pub fn add_token_prefix(&mut self, prefix: &str) -> Result<(), TokenPrefixError> {
        let name = || prefix.chars().take(64).collect::<String>();
        // The characters of the setting `personal_access_token_prefix`.
        if !prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=/@:.-".contains(&b))
        {
            return Err(TokenPrefixError::Characters(
                name().escape_default().to_string(),
            ));
        }
        if prefix.len() < Keyword::MIN_LEN {
            return Err(TokenPrefixError::TooShort(name()));
        }
        if prefix.len() > 41 {
            return Err(TokenPrefixError::TooLong(name()));
        }
        let Some(rule) = self.get_mut(RULE) else {
            return Ok(());
        };
        if rule
            .matchers
            .keywords()
            .iter()
            .any(|keyword| keyword.text == prefix)
        {
            return Ok(());
        }
        let mut keywords = rule.matchers.keywords().to_vec();
        keywords.push(Keyword::near_value(prefix.to_owned(), None));
        let prefixes: Vec<String> = keywords
            .iter()
            .map(|keyword| regex_syntax::escape(&keyword.text))
            .collect();
        let body = rule
            .matchers
            .patterns()
            .find_map(|pattern| pattern.as_str().split_once("(?<body>"))
            .map_or("", |(_, body)| body);
        let source = format!("(?:{})(?<body>{body}", prefixes.join("|"));
        let texts = keywords.iter().map(|keyword| keyword.text.clone());
        let pattern = Pattern::lazy(source, texts.collect());
        rule.matchers = Matchers::default();
        rule.matchers.push(Matcher::Pattern(pattern), keywords);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_learns_prefixes_and_keeps_its_own() {
        let mut rules = RuleSet::builtin();
        for prefix in ["corp_pat_", "a@b:c/", "x+y=z.", "corp_pat_"] {
            rules.add_token_prefix(prefix).unwrap();
        }
        let rule = rules.get(RULE).unwrap();
        assert_eq!(rule.matchers.keywords().len(), 4);
        rule.matchers.check().unwrap();
        for prefix in ["glpat-", "corp_pat_", "a@b:c/", "x+y=z."] {
            let text = format!("{prefix}{}{}", "Zk3vUq8mWxPd", "R2hTbYc7");
            let mut keywords = rule.matchers.keywords().iter();
            let keyword = keywords.position(|keyword| keyword.text == prefix).unwrap();
            let found = rule
                .matchers
                .find(text.as_bytes(), keyword, 0..prefix.len(), &mut 0)
                .remove(0);
            assert_eq!(
                (found.whole.end, found.body.start),
                (text.len(), prefix.len()),
                "{prefix}"
            );
            assert!(rule.matchers.begin_with_keyword());
        }
    }

    #[test]
    fn rejects_prefixes_that_gitlab_does_not_allow() {
        let mut rules = RuleSet::builtin();
        for (prefix, expected) in [
            ("", "too short"),
            ("ab", "too short"),
            ("with space", "characters"),
            ("line\nbreak", "characters"),
            ("0123456789012345678901234567890123456789-x", "longer"),
        ] {
            let error = rules.add_token_prefix(prefix).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{error}");
        }
    }
}
