//! The role of a configuration file in Git, and the command that changes it.

use super::RemainingValue;
use super::key::{KeyPurpose, SectionContext};
use crate::detect::documents::repair::{by_command, by_hand, command_line, shown};
use crate::model::Remediation;
use crate::syntax::git_config::ConfigEntry;

/// The file a runner writes for each job (gitlab-tokens reference, section 4.4).
const RUNNER_FILE: &[u8] = b".gitlab-runner.ext.conf";

/// Returns true for a file below `modules` or `worktrees` of a `.git` folder.
fn is_in_git_dir(path: &[u8]) -> bool {
    let mut parts: Vec<&[u8]> = path.split(|&b| b == b'/').collect();
    parts.pop();
    let git = parts.iter().rposition(|part| *part == b".git");
    git.and_then(|git| parts.get(git + 1))
        .is_some_and(|first| matches!(*first, b"modules" | b"worktrees"))
}

/// The file of a configuration, and the commands that change it and no other.
pub(super) struct ConfigTarget<'a> {
    path: &'a [u8],
    /// The repository whose own configuration this is, by the options of Git that name it. A folder that turns out
    /// not to be a repository is an error then; without them Git would change the repository around it.
    repository: Option<Vec<Vec<u8>>>,
}

impl<'a> ConfigTarget<'a> {
    /// By the path of the file.
    pub(super) fn of(path: &'a [u8]) -> Self {
        let option = |git_dir: &[u8]| [b"--git-dir=", git_dir].concat();
        let mut parts = path.rsplitn(3, |&b| b == b'/');
        let name = parts.next().unwrap_or_default();
        let repository = match (parts.next(), parts.next()) {
            _ if name != b"config" || is_in_git_dir(path) => None,
            // The root of the scan is a bare repository.
            (None, _) => Some(vec![option(b".")]),
            (Some(b".git"), None) => Some(vec![option(b".git")]),
            (Some(b".git"), Some(folder)) if !folder.is_empty() => {
                Some(vec![b"-C".to_vec(), folder.to_vec(), option(b".git")])
            }
            (Some(folder), _) if folder.ends_with(b".git") => {
                Some(vec![option(&path[..path.len() - b"/config".len()])])
            }
            _ => None,
        };
        Self { path, repository }
    }

    /// Returns a remediation that removes a credential from a value and leaves `rest` of it.
    pub(super) fn repair(
        &self,
        place: &SectionContext,
        entry: &ConfigEntry,
        rest: &RemainingValue,
        line: u64,
    ) -> Remediation {
        self.command(place, entry, rest)
            .unwrap_or_else(|| by_hand(self.edit_line(line)))
    }

    fn command(
        &self,
        place: &SectionContext,
        entry: &ConfigEntry,
        rest: &RemainingValue,
    ) -> Option<Remediation> {
        if self.is_runner_file() {
            return None;
        }
        let clean = match rest {
            RemainingValue::Value(clean) => Some(clean.as_slice()),
            RemainingValue::Nothing => None,
            RemainingValue::Unclear => return None,
        };
        let full_key = place.full_key(&entry.key)?;
        if let Some(words) = clean.and_then(|url| self.set_url(place, entry, url)) {
            return Some(by_command(
                "Take the password out of the remote's URL.",
                command_line(words)?,
            ));
        }
        let mut words = vec![&b"git"[..], b"config", b"--file", self.path];
        let action = match clean {
            Some(clean) => {
                words.extend([full_key.as_slice(), clean]);
                "Take the password out of the URL."
            }
            None => {
                words.extend([&b"--unset-all"[..], &full_key]);
                match KeyPurpose::of(&place.section.name, &entry.key) {
                    KeyPurpose::Header => "Remove the header from the configuration.",
                    KeyPurpose::Helper => "Remove the credential helper that prints the password.",
                    _ => "Remove the key from the configuration.",
                }
            }
        };
        // A key that Git itself refuses cannot be named in a command.
        let valid = entry.key.first().is_some_and(u8::is_ascii_alphabetic)
            && entry
                .key
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        let option = clean.is_some_and(|clean| clean.starts_with(b"-"));
        if !valid || option {
            return None;
        }
        Some(by_command(action, command_line(words)?))
    }

    /// The command that sets the URL of a remote, for the URL in its section.
    fn set_url<'w>(
        &'w self,
        place: &'w SectionContext,
        entry: &ConfigEntry,
        url: &'w [u8],
    ) -> Option<Vec<&'w [u8]>> {
        let remote = self.remote(place)?;
        let options = self.repository.as_ref()?;
        let push: &[&[u8]] = match entry.key.to_ascii_lowercase().as_slice() {
            b"url" => &[],
            b"pushurl" => &[b"--push"],
            _ => return None,
        };
        let mut words = vec![&b"git"[..]];
        words.extend(options.iter().map(Vec::as_slice));
        words.extend([&b"remote"[..], b"set-url"]);
        words.extend(push);
        words.extend([remote, url]);
        Some(words)
    }

    /// The name of the remote whose section this is, if a command can take it.
    fn remote<'p>(&self, place: &'p SectionContext) -> Option<&'p [u8]> {
        let name = place.section.subsection.as_ref()?.bytes();
        let usable = place.section.name == b"remote" && !name.is_empty() && name[0] != b'-';
        usable.then_some(name)
    }

    /// Returns the action for a line that no command can name.
    fn edit_line(&self, line: u64) -> String {
        if self.is_runner_file() {
            return self.runner_file();
        }
        let path = shown(self.path);
        format!("Edit {path} and take the credential out of line {line}.")
    }

    /// Returns the action for a section whose name contains the credential.
    pub(super) fn edit_section(&self, line: u64) -> String {
        if self.is_runner_file() {
            return self.runner_file();
        }
        let path = shown(self.path);
        format!(
            "Edit {path} and take the credential out of the section name in line {line}; \
             no command can name the section without it."
        )
    }

    fn is_runner_file(&self) -> bool {
        self.path.rsplit(|&b| b == b'/').next() == Some(RUNNER_FILE)
    }

    fn runner_file(&self) -> String {
        let path = shown(self.path);
        format!(
            "Delete {path}: the runner writes it anew for each job. With the feature flag \
             FF_GIT_URLS_WITHOUT_TOKENS it writes no token."
        )
    }
}
