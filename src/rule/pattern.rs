//! A rule's regular expression: compiled when first needed, run only near a keyword.

use std::ops::Range;
use std::sync::OnceLock;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, Look};

use super::part::{Parts, PatternHead, PatternPart, SIZE_LIMIT};
use super::shape::Shape;

/// A rule's regular expression, over bytes and with ASCII classes.
///
/// Compiled, alternative by alternative, when [`Pattern::find`] first needs it, so that a scan in which
/// its keyword never occurs does not pay for it.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    keywords: Vec<String>,
    compiled: OnceLock<Result<Compiled, PatternError>>,
}

/// The spans of the parts of a match, as offsets into the bytes that were searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternMatch {
    /// All of it.
    pub whole: Range<usize>,
    /// The group `secret`, or the whole match. A group in several alternatives has a number
    /// behind its name: `secret2`.
    pub secret: Range<usize>,
    /// The group `body`, or the secret.
    pub body: Range<usize>,
    /// The group `user`.
    pub user: Option<Range<usize>>,
    /// The group `host`.
    pub host: Option<Range<usize>>,
    /// The name that identifies the secret, if one does.
    pub name: Option<Range<usize>>,
}

impl From<Parts> for PatternMatch {
    fn from(parts: Parts) -> Self {
        let [secret, body, user, host] = parts.groups;
        let secret = secret.unwrap_or_else(|| parts.whole.clone());
        Self {
            body: body.unwrap_or_else(|| secret.clone()),
            whole: parts.whole,
            secret,
            user,
            host,
            name: None,
        }
    }
}

/// The reason why a text cannot be the pattern of a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Invalid syntax of the regular expression.
    #[error("{what}, at character {at} of the pattern")]
    Syntax {
        /// The error.
        what: String,
        /// The character, counted from 1.
        at: usize,
    },
    /// It compiles to more than a rule may take.
    #[error("the pattern is too large: compiled it takes more than {} KiB", SIZE_LIMIT / 1024)]
    TooLarge,
    /// It compiles to nothing that runs.
    #[error("the pattern cannot be used")]
    Unusable,
    /// Only an empty alternation or class is left of it.
    #[error("the pattern can never match")]
    Never,
    /// It matches where nothing is.
    #[error("the pattern matches the empty text")]
    Empty,
    /// It asks for the start or end of the file, which a scan in windows does not see.
    #[error(
        "the pattern asks for the start or end of the whole file; \
         say (?m:^) or (?m:$) for those of a line"
    )]
    FileEdge,
    /// Its shortest match is longer than the searched text.
    #[error("the shortest match has {0} bytes; at most {max} are searched", max = Pattern::REACH - 1)]
    TooLong(usize),
    /// Its keyword is too far from the start of the match.
    #[error(
        "a match begins at least {0} bytes before its keyword; at most {max} are searched",
        max = Pattern::MAX_BEHIND - 1
    )]
    TooFarBehind(usize),
    /// A value is so short that a name alone does not make it a credential.
    #[error("the shortest value has fewer than 8 characters")]
    ShortValue,
    /// No value has a shape of this name.
    #[error("unknown shape '{0}'; use a regular expression or one of {1}")]
    UnknownShape(String, String),
    /// A group has a name that means nothing.
    #[error("unknown group '{0}'; the groups are secret, body, user, host")]
    UnknownGroup(String),
}

impl Pattern {
    /// Maximum number of bytes from the start of the keyword to the end of a match. Longer matches are
    /// rejected. This bounds the time that a hit costs, and allows a blob to be scanned in windows.
    pub const REACH: usize = 16 * 1024;

    /// Maximum number of bytes before its keyword at which a match may begin.
    pub const MAX_BEHIND: usize = 256;

    /// A pattern that has been read once and is known to be valid; wrong, it matches nothing.
    pub(super) fn lazy(source: String, keywords: Vec<String>) -> Self {
        Self {
            source,
            keywords,
            compiled: OnceLock::new(),
        }
    }

    /// Compiles the pattern now instead of at first use.
    pub(super) fn check(&self) -> Result<(), PatternError> {
        let compiled = self.compiled().as_ref().map_err(Clone::clone)?;
        compiled.forms.iter().try_for_each(Form::check)
    }

    /// The regular expression as its rule writes it.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// True if every match begins with a keyword, so that the bytes before a hit can be checked
    /// before the pattern is tried.
    pub fn begins_with_keyword(&self) -> bool {
        self.compiled()
            .as_ref()
            .is_ok_and(|compiled| compiled.behind == 0)
    }

    /// The maximum length of a match in bytes; `None` if it is unlimited, or for an invalid pattern.
    pub fn longest(&self) -> Option<usize> {
        self.compiled()
            .as_ref()
            .ok()
            .and_then(|compiled| compiled.longest)
    }

    /// The match that covers the keyword hit `hit`: the leftmost, and of those that begin there
    /// the one a regular expression prefers. Where the alternatives of a pattern have their keywords
    /// in different places, it is that of the first alternative that matches.
    ///
    /// Looks at `bytes[hit.start - MAX_BEHIND .. hit.start + REACH]` and one byte on each side
    /// (to see whether the slice is cut there, and for `\b`), and at nothing else: the answer is
    /// the same in any window that holds these bytes or ends where the whole does. A match that
    /// touches a cut end of the slice is rejected, because it may continue beyond.
    ///
    /// Takes time linear in the slice if the pattern has its keyword at a fixed place (first, or
    /// behind a part of its own); otherwise one attempt for each byte before the keyword. Adds to `steps` the bytes that
    /// it may have read.
    pub fn find(&self, bytes: &[u8], hit: Range<usize>, steps: &mut usize) -> Option<PatternMatch> {
        let compiled = self.compiled().as_ref().ok()?;
        let end = bytes.len().min(hit.start.saturating_add(Self::REACH));
        if hit.start > hit.end || hit.end > end {
            return None;
        }
        let mut forms = compiled.forms.iter();
        forms.find_map(|form| form.find(bytes, hit.clone(), end, steps))
    }

    /// Returns the number of bytes before a keyword that are searched; `None` for an invalid pattern.
    #[cfg(test)]
    pub(super) fn behind(&self) -> Option<usize> {
        self.compiled()
            .as_ref()
            .ok()
            .map(|compiled| compiled.behind)
    }

    fn compiled(&self) -> &Result<Compiled, PatternError> {
        self.compiled
            .get_or_init(|| Compiled::new(&self.source, &self.keywords))
    }
}

/// A pattern ready to run.
#[derive(Debug)]
struct Compiled {
    /// Tried in order: one, or one for each alternative that has its keyword elsewhere.
    forms: Vec<Form>,
    /// Number of bytes before the keyword that are searched.
    behind: usize,
    /// See [`Pattern::longest`].
    longest: Option<usize>,
}

/// One alternative of a pattern.
#[derive(Debug)]
struct Form {
    kind: FormKind,
    /// Number of bytes before the keyword that are searched.
    behind: usize,
}

#[derive(Debug)]
enum FormKind {
    /// `tail` begins with a keyword; `head`, if there is one, ends where it begins.
    Keyed {
        head: Option<PatternHead>,
        tail: PatternPart,
    },
    /// The keyword may be anywhere in the match.
    Anywhere(PatternPart),
}

impl Form {
    /// Compiles its parts now instead of at first use.
    fn check(&self) -> Result<(), PatternError> {
        match &self.kind {
            FormKind::Keyed { head, tail } => {
                head.as_ref().map_or(Ok(()), PatternHead::check)?;
                tail.check()
            }
            FormKind::Anywhere(part) => part.check(),
        }
    }

    /// The match that covers `hit` and ends before `end`.
    fn find(
        &self,
        bytes: &[u8],
        hit: Range<usize>,
        end: usize,
        steps: &mut usize,
    ) -> Option<PatternMatch> {
        let start = hit.start.saturating_sub(self.behind);
        match &self.kind {
            FormKind::Keyed { head, tail } => {
                let tail = tail.search(bytes, hit.start..end, steps)?;
                if tail.end_is_cut(bytes, end) {
                    return None;
                }
                let Some(head) = head else {
                    return Some(tail.into());
                };
                *steps += hit.start - start;
                let head = head.search(bytes, start..hit.start)?;
                (start == 0 || head.whole.start != start).then(|| head.before(tail).into())
            }
            FormKind::Anywhere(part) => {
                let first = if start == 0 { 0 } else { start + 1 };
                let parts = (first..=hit.start).find_map(|from| {
                    part.search(bytes, from..end, steps)
                        .filter(|parts| parts.whole.end >= hit.end)
                })?;
                (!parts.end_is_cut(bytes, end)).then(|| parts.into())
            }
        }
    }
}

impl Compiled {
    fn new(source: &str, keywords: &[String]) -> Result<Self, PatternError> {
        let hir = parse(source)?;
        let looks = hir.properties().look_set();
        if looks.contains(Look::Start) || looks.contains(Look::End) {
            return Err(PatternError::FileEdge);
        }
        match hir.properties().minimum_len() {
            None => return Err(PatternError::Never),
            Some(0) => return Err(PatternError::Empty),
            Some(least) if least >= Pattern::REACH => return Err(PatternError::TooLong(least)),
            Some(_) => {}
        }
        let longest = hir.properties().maximum_len();
        let forms = Shape::of(hir, keywords)
            .into_iter()
            .map(|shape| Form::new(shape, keywords))
            .collect::<Result<Vec<Form>, PatternError>>()?;
        let behind = forms.iter().map(|form| form.behind).max().unwrap_or(0);
        Ok(Self {
            forms,
            behind,
            longest,
        })
    }
}

impl Form {
    fn new(shape: Shape, keywords: &[String]) -> Result<Self, PatternError> {
        let (kind, behind) = match shape {
            Shape::Keyed { head: None, tail } => {
                let kind = FormKind::Keyed {
                    head: None,
                    tail: PatternPart::new(tail),
                };
                (kind, 0)
            }
            Shape::Keyed {
                head: Some(head),
                tail,
            } => {
                let least = head.properties().minimum_len().unwrap_or(0);
                if least >= Pattern::MAX_BEHIND {
                    return Err(PatternError::TooFarBehind(least));
                }
                let most = head.properties().maximum_len();
                let kind = FormKind::Keyed {
                    head: Some(PatternHead::new(head)),
                    tail: PatternPart::new(tail),
                };
                (kind, behind(most))
            }
            Shape::Anywhere(hir) => {
                let most = hir.properties().maximum_len();
                let shortest = keywords.iter().map(String::len).min().unwrap_or(0);
                let kind = FormKind::Anywhere(PatternPart::new(hir));
                (kind, behind(most.map(|len| len.saturating_sub(shortest))))
            }
        };
        Ok(Self { kind, behind })
    }
}

/// Returns the number of bytes to search backwards for a part of at most `most` bytes: one byte more, so that a match
/// of full length does not touch the cut.
fn behind(most: Option<usize>) -> usize {
    most.map_or(Pattern::MAX_BEHIND, |most| {
        most.saturating_add(1).min(Pattern::MAX_BEHIND)
    })
}

/// Reads a regular expression over bytes, with ASCII classes.
pub(super) fn parse(source: &str) -> Result<Hir, PatternError> {
    let parser = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(64)
        .build()
        .parse(source);
    parser.map_err(|error| {
        let (what, offset) = match &error {
            regex_syntax::Error::Parse(e) => (e.kind().to_string(), e.span().start.offset),
            regex_syntax::Error::Translate(e) => (e.kind().to_string(), e.span().start.offset),
            _ => (String::from("not a regular expression"), 0),
        };
        let before = source.get(..offset).unwrap_or(source);
        PatternError::Syntax {
            what,
            at: before.chars().count() + 1,
        }
    })
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
