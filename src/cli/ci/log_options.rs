//! `SECRET_DETECTION_LOG_OPTIONS`: options of `git log`, as far as they are plain.

/// What they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogOptions {
    /// `--all`.
    All,
    /// `BASE..HEAD`; without a head, what is checked out.
    Range { base: String, head: Option<String> },
}

/// Reads them.
///
/// # Errors
/// If they ask for more than is understood; says so in words.
pub(super) fn read(text: &str) -> Result<LogOptions, &'static str> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["--all"] => Ok(LogOptions::All),
        [range] if !range.starts_with('-') && !range.contains("...") => {
            let (base, head) = range.split_once("..").ok_or(ONLY)?;
            if base.is_empty() || !is_plain(base) || !is_plain(head) {
                return Err(ONLY);
            }
            let head = Some(head).filter(|head| !head.is_empty());
            Ok(LogOptions::Range {
                base: base.to_owned(),
                head: head.map(str::to_owned),
            })
        }
        _ => Err(ONLY),
    }
}

const ONLY: &str = "only `--all` and `BASE..HEAD` are understood";

/// A name that cannot be taken for an option, here or by Git.
fn is_plain(revision: &str) -> bool {
    !revision.starts_with('-') && !revision.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_understood() {
        assert_eq!(read(" --all "), Ok(LogOptions::All));
        let range = |base: &str, head: Option<&str>| {
            Ok(LogOptions::Range {
                base: base.to_owned(),
                head: head.map(str::to_owned),
            })
        };
        assert_eq!(read("main..topic"), range("main", Some("topic")));
        assert_eq!(read("HEAD~3.."), range("HEAD~3", None));
        for odd in [
            "--since=2024-01-01",
            "--max-count=5",
            "a...b",
            "..b",
            "main",
            "--all -n 3",
            "-x..y",
            "a..-y",
            "",
        ] {
            assert_eq!(read(odd), Err(ONLY), "{odd}");
        }
    }
}
