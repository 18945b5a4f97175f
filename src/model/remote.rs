//! Locations on a GitLab instance other than files of a checkout: job logs, variables, issues.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::{Deserialize, Serialize};

use super::BlobPath;
use super::words::words;

/// Characters that are percent-encoded in the path of an entry.
const ENTRY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

words! {
    /// A kind of place in which projects, groups and instances store text.
    pub enum PlaceKind {
        /// The Git repository, with every ref that the server offers.
        Repository = "repository" => "file",
        /// The wiki, which is a Git repository.
        Wiki = "wiki" => "wiki",
        /// Logs of CI jobs.
        Logs = "logs" => "job log",
        /// Files that CI jobs store, with their reports.
        Artifacts = "artifacts" => "artifact",
        /// CI/CD variables of a project, a group or the instance.
        Variables = "variables" => "CI/CD variable",
        /// Descriptions of issues and epics.
        Issues = "issues" => "issue",
        /// Descriptions of merge requests.
        MergeRequests = "merge-requests" => "merge request",
        /// Comments on issues, merge requests and epics.
        Comments = "comments" => "comment",
        /// Snippets of projects and users.
        Snippets = "snippets" => "snippet",
        /// Releases and their links.
        Releases = "releases" => "release",
        /// Files of the package registry.
        Packages = "packages" => "package",
        /// Images of the container registry.
        Registry = "registry" => "image",
        /// Terraform states.
        Terraform = "terraform" => "Terraform state",
        /// Secure files of CI/CD.
        SecureFiles = "secure-files" => "secure file",
        /// Webhooks.
        Hooks = "hooks" => "webhook",
        /// Variables of pipeline schedules, and of pipelines that were not started by a push.
        Schedules = "schedules" => "pipeline schedule",
    }
}

impl PlaceKind {
    /// All kinds, in the order in which they are read.
    pub const ALL: [Self; 16] = [
        Self::Variables,
        Self::Logs,
        Self::Artifacts,
        Self::Repository,
        Self::Wiki,
        Self::Issues,
        Self::MergeRequests,
        Self::Comments,
        Self::Snippets,
        Self::Releases,
        Self::Hooks,
        Self::Schedules,
        Self::Terraform,
        Self::SecureFiles,
        Self::Packages,
        Self::Registry,
    ];
}

/// A text that does not name a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown place; the places are {}", list())]
pub struct UnknownPlace;

fn list() -> String {
    let mut names = PlaceKind::ALL.map(PlaceKind::as_str);
    names.sort_unstable();
    names.join(", ")
}

impl FromStr for PlaceKind {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<Self, UnknownPlace> {
        let named = |kind: &Self| kind.as_str() == text;
        Self::ALL.into_iter().find(named).ok_or(UnknownPlace)
    }
}

words! {
    /// The visibility of a project, a group or an item of it.
    pub enum Visibility {
        /// Visible to its members.
        Private = "private" => "private (members)",
        /// Visible to every user of the instance.
        Internal = "internal" => "internal (all users of the instance)",
        /// Visible to everyone.
        Public = "public" => "public (everyone)",
    }
}

/// GitLab's protection of the value of a CI/CD variable.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Protection {
    /// Job logs show `[MASKED]` in its place.
    pub masked: bool,
    /// Only jobs of protected branches and tags receive it.
    pub protected: bool,
    /// Its value cannot be read over the API or in the settings.
    #[serde(default)]
    pub hidden: bool,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
        f.write_str(word(self.masked, "masked", "not masked"))?;
        f.write_str(word(self.protected, ", protected", ", not protected"))?;
        f.write_str(word(self.hidden, ", hidden", ""))
    }
}

/// A location on a GitLab instance that contains content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RemotePlace {
    /// The kind of the place.
    #[serde(rename = "place")]
    pub kind: PlaceKind,
    /// The path of the project or group; empty for the instance.
    pub owner: String,
    /// The address of its page.
    pub url: String,
    /// True if the page has an anchor `#L1` for each line, which is then to be added to `url`.
    #[serde(skip)]
    pub has_line_anchors: bool,
    /// The common beginning of the addresses of its entries, if it is an archive whose entries have
    /// pages.
    #[serde(skip)]
    pub entry_page: Option<String>,
    /// The visibility of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// The protection of the value, if it is a variable.
    #[serde(default, skip_serializing_if = "Option::is_none", flatten)]
    pub protection: Option<Protection>,
    /// The time at which the content appeared there: RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeared: Option<String>,
    /// True if an earlier sweep has found it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

impl RemotePlace {
    /// Returns the place with the address of a line of `path`, or of the entry of an archive that
    /// `path` names.
    #[must_use]
    pub fn at(&self, path: &BlobPath, line: u64) -> Self {
        let mut place = self.clone();
        let has_line_anchors = std::mem::take(&mut place.has_line_anchors);
        let entry_page = place.entry_page.take();
        match (path.entry(), entry_page) {
            (None, _) if has_line_anchors => place.url = format!("{}#L{line}", self.url),
            (Some(entry), Some(mut page)) => {
                // The page of an archive inside an archive shows no entries.
                let outer = entry.split(|byte| *byte == b'!').next();
                page.extend(percent_encode(outer.unwrap_or(entry), ENTRY));
                place.url = page;
            }
            _ => {}
        }
        place
    }

    /// Returns visibility and protection in words; `None` if neither is known.
    pub fn exposure(&self) -> Option<String> {
        let visibility = self.visibility.map(|kind| kind.describe().to_owned());
        let protection = self.protection.map(|protection| protection.to_string());
        let parts: Vec<String> = visibility.into_iter().chain(protection).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_names_of_places() {
        for kind in PlaceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
        }
        assert_eq!("log".parse::<PlaceKind>(), Err(UnknownPlace));
    }

    #[test]
    fn json_contains_protection_of_variables_only() {
        let mut place = RemotePlace {
            kind: PlaceKind::Variables,
            owner: "a/b".to_owned(),
            url: "https://gitlab.example/a/b/-/settings/ci_cd".to_owned(),
            has_line_anchors: false,
            entry_page: None,
            visibility: Some(Visibility::Public),
            protection: Some(Protection {
                protected: true,
                ..Protection::default()
            }),
            appeared: None,
            known: false,
        };
        let json = serde_json::to_value(&place).unwrap();
        assert_eq!(json["masked"], false);
        assert_eq!(serde_json::from_value::<RemotePlace>(json).unwrap(), place);
        place.protection = None;
        let json = serde_json::to_value(&place).unwrap();
        assert!(json.get("masked").is_none());
        assert_eq!(serde_json::from_value::<RemotePlace>(json).unwrap(), place);
    }

    #[test]
    fn links_to_lines_and_entries() {
        let place = RemotePlace {
            kind: PlaceKind::Artifacts,
            owner: "a/b".to_owned(),
            url: "https://gitlab.example/page".to_owned(),
            has_line_anchors: true,
            entry_page: None,
            visibility: None,
            protection: None,
            appeared: None,
            known: false,
        };
        let log = BlobPath::from_bytes(*b"a/b/log");
        assert_eq!(place.at(&log, 7).url, "https://gitlab.example/page#L7");
        let archive = RemotePlace {
            has_line_anchors: false,
            entry_page: Some("https://gitlab.example/file/".to_owned()),
            ..place
        };
        let path = BlobPath::from_bytes(*b"a!/a.zip");
        assert_eq!(archive.at(&path, 7).url, "https://gitlab.example/page");
        let path = path.in_archive(b"x/b c.zip").in_archive(b"d/.env");
        let entry = "https://gitlab.example/file/x/b%20c.zip";
        assert_eq!(archive.at(&path, 7).url, entry);
    }
}
