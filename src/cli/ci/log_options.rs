//! The options of `git log` that may select the commits of a job.

use crate::cli::since;
use crate::source::Selection;

/// The selection that the options make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogOptions {
    /// Everything (`--all`), from this time on, in seconds since 1970.
    All(Option<i64>),
    /// Some commits.
    Commits(Selection),
}

/// The supported options, for messages.
const KNOWN: &str = "what is understood: --all, --since, --after, --max-count, -n, --first-parent, one \
                     revision or range";

/// Parses the options.
///
/// # Errors
/// In words, if an option is invalid or not supported.
pub(super) fn parse(text: &str) -> Result<LogOptions, String> {
    let words = words(text).ok_or_else(|| wrong("a quotation mark is not closed"))?;
    let mut words = words.iter().map(String::as_str);
    let mut selection = Selection::default();
    let (mut is_all, mut revision) = (false, None);
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word, None),
        };
        match (name, value) {
            ("--all", None) => is_all = true,
            ("--first-parent", None) => selection.first_parent = true,
            ("--since" | "--after", _) => {
                let value = value.or_else(|| words.next());
                let since = value.and_then(since::seconds);
                selection.since = Some(since.ok_or_else(|| {
                    wrong(&format!(
                        "{name} needs a time such as 2026-01-31 or '2 weeks ago', in quotation marks if it has spaces"
                    ))
                })?);
            }
            ("--max-count" | "-n", _) => {
                let value = value.or_else(|| words.next());
                selection.max_count = Some(count(name, value)?);
            }
            (name, None) if is_short_count(name) => {
                let digits = name.trim_start_matches(['-', 'n']);
                selection.max_count = Some(count("-n", Some(digits))?);
            }
            (name, _) if name.starts_with('-') => return Err(wrong(&not_understood(name))),
            _ if revision.is_some() => return Err(wrong("it names more than one revision")),
            _ => revision = Some(word),
        }
    }
    if is_all {
        let only_since = Selection {
            since: selection.since,
            ..Selection::default()
        };
        if revision.is_some() || selection != only_since {
            return Err(wrong("--all goes with --since alone"));
        }
        return Ok(LogOptions::All(selection.since));
    }
    if let Some(revision) = revision {
        set_ends(&mut selection, revision).ok_or_else(|| wrong("its revision is not plain"))?;
    } else if selection == Selection::default() {
        return Err(wrong("it says nothing"));
    }
    Ok(LogOptions::Commits(selection))
}

/// Returns true for `-5` and `-n5`.
fn is_short_count(name: &str) -> bool {
    let digits = name.strip_prefix("-n").or_else(|| name.strip_prefix('-'));
    digits.is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Parses a count. Zero is an error, because it would scan nothing.
fn count(name: &str, value: Option<&str>) -> Result<usize, String> {
    let count = value.and_then(|value| value.parse().ok());
    count
        .filter(|&count| count > 0)
        .ok_or_else(|| wrong(&format!("{name} needs a number above 0")))
}

fn set_ends(selection: &mut Selection, text: &str) -> Option<()> {
    let ends = match text.split_once("...") {
        Some(ends) => {
            selection.is_symmetric = true;
            Some(ends)
        }
        None => text.split_once(".."),
    };
    // An omitted end is the checkout; both cannot be omitted.
    let named = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
    let (base, head) = match ends {
        Some(("", "")) => return None,
        Some((base, head)) => (Some(named(base)), named(head)),
        None => (None, named(text)),
    };
    if !base.iter().chain([&head]).all(|name| is_plain(name)) {
        return None;
    }
    selection.base = base;
    selection.head = Some(head);
    Some(())
}

/// Returns true for the name of one commit that cannot be mistaken for an option or a pattern.
fn is_plain(revision: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, ':' | '?' | '*' | '[');
    !revision.starts_with(['-', '^'])
        && !revision.contains(odd)
        && !["..", "^!", "^@", "^-"]
            .iter()
            .any(|part| revision.contains(part))
}

/// Splits text into words as a shell does: quotation marks enclose words with blanks.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut mark = None;
    for c in text.chars() {
        match mark {
            Some(open) if c == open => mark = None,
            None if matches!(c, '"' | '\'') => {
                mark = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    mark.is_none().then_some(words)
}

fn wrong(reason: &str) -> String {
    format!("{reason} ({KNOWN})")
}

/// Names an option in a message, unless the name could contain more than an option.
fn not_understood(name: &str) -> String {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    if name.len() <= 32 && name.chars().all(is_name) {
        format!("{name} is not understood")
    } else {
        "an option is not understood".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(base: Option<&str>, head: Option<&str>) -> Selection {
        Selection {
            base: base.map(str::to_owned),
            head: head.map(str::to_owned),
            ..Selection::default()
        }
    }

    #[test]
    fn parses_supported_options() {
        assert_eq!(parse(" --all "), Ok(LogOptions::All(None)));
        let since = Some(86_400);
        assert_eq!(
            parse("--all --since=1970-01-02"),
            Ok(LogOptions::All(since))
        );
        let count = |count| Selection {
            max_count: Some(count),
            ..Selection::default()
        };
        let dated = Selection {
            since,
            ..Selection::default()
        };
        for (text, expected) in [
            ("main..topic", commits(Some("main"), Some("topic"))),
            ("HEAD~3..", commits(Some("HEAD~3"), Some("HEAD"))),
            ("..topic", commits(Some("HEAD"), Some("topic"))),
            ("v1.2", commits(None, Some("v1.2"))),
            (
                "a...b",
                Selection {
                    is_symmetric: true,
                    ..commits(Some("a"), Some("b"))
                },
            ),
            ("--max-count=50", count(50)),
            ("--max-count 50", count(50)),
            ("-n 5", count(5)),
            ("-n5", count(5)),
            ("-5", count(5)),
            ("--since=1970-01-02", dated.clone()),
            ("--after 1970-01-02", dated.clone()),
            ("--since='1970-01-02 00:00:00'", dated.clone()),
            (
                "--first-parent -3 --since \"1970-01-02\" a..b",
                Selection {
                    since,
                    max_count: Some(3),
                    first_parent: true,
                    ..commits(Some("a"), Some("b"))
                },
            ),
        ] {
            assert_eq!(parse(text), Ok(LogOptions::Commits(expected)), "{text}");
        }
    }

    #[test]
    fn reports_unsupported_options() {
        for (text, word) in [
            ("--author=somebody", "--author is"),
            ("--no-merges", "--no-merges is"),
            ("-S secret", "an option is"),
            ("--all -n 3", "--all goes"),
            ("--all main", "--all goes"),
            ("--since=soon", "--since needs"),
            ("--since=2 weeks ago", "--since needs"),
            ("--since", "--since needs"),
            ("--max-count=-1", "--max-count needs"),
            ("-n 0", "-n needs"),
            ("-0", "-n needs"),
            ("a b", "more than one"),
            ("a..b -- src", "-- is"),
            ("^a", "not plain"),
            ("a..-y", "not plain"),
            ("a..b..c", "not plain"),
            ("HEAD:path", "not plain"),
            ("..", "not plain"),
            ("'a", "quotation mark"),
            ("", "says nothing"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.contains(word) && error.contains("what is understood"),
                "{text}: {error}"
            );
        }
    }
}
