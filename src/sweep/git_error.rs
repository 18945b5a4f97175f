//! Errors of the `git` program.

use std::io;

use super::{PlaceError, Unreadable};

/// The reason why `git` failed.
pub(super) enum GitError {
    Interrupted,
    NoProgram,
    NoSpace,
    /// The instance reports that the repository does not exist.
    NotFound,
    Denied(String),
    Failed(String),
}

impl From<io::Error> for GitError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl GitError {
    /// Recognizes the reason in the output of `git`.
    pub(super) fn of_message(message: &str) -> Self {
        let lines = || {
            message
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
        };
        let line = lines()
            .find(|line| line.starts_with("fatal:"))
            .or_else(|| lines().next_back())
            .unwrap_or("no error message");
        let has = |text: &str| message.contains(text);
        let line: String = line.trim_end_matches('.').chars().take(300).collect();
        if has("not found") || has("error: 404") {
            Self::NotFound
        } else if [
            "error: 403",
            "error: 401",
            "Access denied",
            "Authentication failed",
        ]
        .into_iter()
        .any(has)
        {
            Self::Denied(line)
        } else {
            Self::Failed(line)
        }
    }
}

impl From<GitError> for PlaceError {
    fn from(error: GitError) -> Self {
        match error {
            GitError::Interrupted => Self::Interrupted,
            GitError::NoProgram => Unreadable::transient(
                "the repository cannot be fetched without the `git` program; install Git",
            )
            .into(),
            GitError::NoSpace => Unreadable::transient("the disk budget is used up").into(),
            GitError::NotFound => Unreadable {
                needs_role: true,
                ..Unreadable::permanent("the instance answers that the repository does not exist")
            }
            .into(),
            GitError::Denied(line) => Unreadable {
                needs_role: true,
                ..Unreadable::permanent(format!("`git` was refused: {line}"))
            }
            .into(),
            GitError::Failed(line) => Unreadable::transient(format!("`git` failed: {line}")).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_a_missing_repository_from_a_refusal() {
        let of = |text: &str| match PlaceError::from(GitError::of_message(text)) {
            PlaceError::Unreadable(item) => (item.is_permanent, item.needs_role),
            PlaceError::Interrupted => unreachable!(),
        };
        assert_eq!(
            of("fatal: repository 'https://h/a.git/' not found"),
            (true, true)
        );
        assert_eq!(of("remote: HTTP Basic: Access denied"), (true, true));
        assert_eq!(of("fatal: unable to access: error: 403"), (true, true));
        assert_eq!(of("fatal: early EOF"), (false, false));
    }
}
