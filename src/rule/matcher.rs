//! Finds the candidates of a rule: patterns, named values and commands, each with its keywords.

use std::ops::Range;

use super::command::CommandMatcher;
use super::named::NamedMatcher;
use super::{Keyword, Pattern, PatternError, PatternMatch};
use crate::syntax::named_value::ShellCommand;

/// Maximum length of a named value or a command, including the context that affects it.
const LONGEST_NAMED: usize = 1800;

/// One way of finding candidates.
#[derive(Debug)]
pub(super) enum Matcher {
    /// A regular expression at a keyword.
    Pattern(Pattern),
    /// A value of one shape under a name.
    Named(Box<NamedMatcher>),
    /// An argument of a command.
    Command(Box<CommandMatcher>),
}

/// All ways in which a rule finds candidates.
#[derive(Debug, Default)]
pub struct Matchers {
    list: Vec<Matcher>,
    keywords: Vec<Keyword>,
    /// By keyword, its users.
    users: Vec<Vec<KeywordUser>>,
}

/// A matcher that has a keyword.
#[derive(Debug)]
struct KeywordUser {
    /// Its index in the list.
    matcher: usize,
    /// The keyword as the matcher asks for it.
    keyword: Keyword,
    /// True if it asks for more than the other matchers that have the keyword.
    is_stricter: bool,
}

impl Matchers {
    /// Maximum number of bytes before a keyword that affect a candidate.
    pub const MAX_BEHIND: usize = 768;

    /// Adds one with its keywords.
    pub(super) fn push(&mut self, matcher: Matcher, keywords: Vec<Keyword>) {
        let index = self.list.len();
        for keyword in keywords {
            let known = self
                .keywords
                .iter()
                .position(|known| known.text == keyword.text);
            let at = known.unwrap_or_else(|| {
                self.keywords.push(keyword.clone());
                self.users.push(Vec::new());
                self.users.len() - 1
            });
            self.keywords[at].relax(&keyword);
            self.users[at].push(KeywordUser {
                matcher: index,
                keyword,
                is_stricter: false,
            });
            for user in &mut self.users[at] {
                user.is_stricter = user.keyword != self.keywords[at];
            }
        }
        self.list.push(matcher);
    }

    /// The keywords of all matchers, each text once: a candidate holds one of them.
    pub fn keywords(&self) -> &[Keyword] {
        &self.keywords
    }

    /// The patterns among the matchers.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.list.iter().filter_map(|matcher| match matcher {
            Matcher::Pattern(pattern) => Some(pattern),
            Matcher::Named(_) | Matcher::Command(_) => None,
        })
    }

    /// Compiles the matchers now instead of at first use. The index of the matcher comes with the error.
    pub(super) fn check(&self) -> Result<(), (usize, PatternError)> {
        self.list
            .iter()
            .enumerate()
            .try_for_each(|(index, matcher)| {
                let result = match matcher {
                    Matcher::Pattern(pattern) => pattern.check(),
                    Matcher::Named(named) => named.value.check(),
                    Matcher::Command(command) => command.value.check(),
                };
                result.map_err(|error| (index, error))
            })
    }

    /// Returns the candidates at the keyword of index `keyword`, whose span is `hit`: at most one of each
    /// matcher. Adds to `steps` the bytes that the expressions may have read.
    pub fn find(
        &self,
        bytes: &[u8],
        keyword: usize,
        hit: Range<usize>,
        steps: &mut usize,
    ) -> Vec<PatternMatch> {
        let users = self.users.get(keyword).map_or(&[][..], Vec::as_slice);
        let fitting = || {
            let fits = |user: &&KeywordUser| {
                !user.is_stricter || user.keyword.fits(bytes, hit.start, hit.end)
            };
            users
                .iter()
                .filter(fits)
                .map(|user| &self.list[user.matcher])
        };
        let mut found = Vec::new();
        for matcher in fitting() {
            if let Matcher::Pattern(pattern) = matcher {
                found.extend(pattern.find(bytes, hit.clone(), steps));
            }
        }
        let named = fitting().filter_map(|matcher| match matcher {
            Matcher::Named(named) => Some(&**named),
            _ => None,
        });
        NamedMatcher::find_all(named, bytes, &hit, &mut found, steps);
        let mut around = None;
        for matcher in fitting() {
            if let Matcher::Command(one) = matcher {
                let command = around.get_or_insert_with(|| ShellCommand::around(bytes, hit.start));
                found.extend(one.find(bytes, command, steps));
            }
        }
        found
    }

    /// True if every candidate begins with a keyword, so that the bytes before a hit can be checked first.
    pub fn begin_with_keyword(&self) -> bool {
        self.list.iter().all(|matcher| match matcher {
            Matcher::Pattern(pattern) => pattern.begins_with_keyword(),
            Matcher::Named(_) | Matcher::Command(_) => false,
        })
    }

    /// The maximum length of a candidate in bytes; `None` if it is unbounded.
    pub fn longest(&self) -> Option<usize> {
        let each = self.list.iter().map(|matcher| match matcher {
            Matcher::Pattern(pattern) => pattern.longest(),
            Matcher::Named(_) | Matcher::Command(_) => Some(LONGEST_NAMED),
        });
        each.collect::<Option<Vec<usize>>>()?.into_iter().max()
    }
}
