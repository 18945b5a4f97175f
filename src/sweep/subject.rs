//! Projects and groups, with the properties that a sweep needs.

use serde::Deserialize;
use serde_json::Value;

use super::Level;
use crate::model::{PlaceKind, Visibility};

/// A project, a group or the instance: something that has places.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The level of the subject.
    pub level: Level,
    /// Its id on the instance; 0 for the instance.
    pub id: u64,
    /// Its full path, such as `group/project`; empty for the instance.
    pub path: String,
    /// The address of its page.
    pub web_url: String,
    /// The visibility of the subject.
    pub visibility: Option<Visibility>,
    /// The time of the last activity that GitLab has recorded: RFC 3339.
    pub last_activity_at: Option<String>,
    /// True if its repository has no commits.
    pub has_empty_repository: bool,
    /// Bytes of its repository, artifacts and packages, if the token may read them.
    pub statistics: Statistics,
    /// Places that are disabled in its settings.
    pub disabled: Vec<PlaceKind>,
}

/// Sizes in bytes, as counted by GitLab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Statistics {
    /// Size of the repository.
    #[serde(default)]
    pub repository_size: u64,
    /// Size of the wiki.
    #[serde(default)]
    pub wiki_size: u64,
    /// Size of the artifacts of all jobs.
    #[serde(default)]
    pub job_artifacts_size: u64,
    /// Size of the snippets.
    #[serde(default)]
    pub snippets_size: u64,
    /// Size of the package registry.
    #[serde(default)]
    pub packages_size: u64,
}

/// A project in the answers of `/projects` and `/groups/:id/projects`.
#[derive(Deserialize)]
struct ProjectEntity {
    id: u64,
    path_with_namespace: String,
    web_url: String,
    visibility: Option<Visibility>,
    last_activity_at: Option<String>,
    #[serde(default)]
    empty_repo: bool,
    #[serde(default)]
    statistics: Option<Statistics>,
}

/// A group in the answers of `/groups`.
#[derive(Deserialize)]
struct GroupEntity {
    id: u64,
    full_path: String,
    web_url: String,
    visibility: Option<Visibility>,
}

/// The settings that disable places, by their keys in a project.
const SETTINGS: [(&str, &[PlaceKind]); 9] = [
    ("repository_access_level", &[PlaceKind::Repository]),
    ("wiki_access_level", &[PlaceKind::Wiki]),
    (
        "builds_access_level",
        &[PlaceKind::Logs, PlaceKind::Artifacts, PlaceKind::Schedules],
    ),
    ("issues_access_level", &[PlaceKind::Issues]),
    ("merge_requests_access_level", &[PlaceKind::MergeRequests]),
    ("snippets_access_level", &[PlaceKind::Snippets]),
    ("releases_access_level", &[PlaceKind::Releases]),
    ("container_registry_access_level", &[PlaceKind::Registry]),
    ("infrastructure_access_level", &[PlaceKind::Terraform]),
];

impl Subject {
    /// Parses a project; returns `None` if the value is not one.
    pub fn project(entity: &Value) -> Option<Self> {
        let project = ProjectEntity::deserialize(entity).ok()?;
        let is_disabled = |key: &str| entity.get(key).and_then(Value::as_str) == Some("disabled");
        let mut disabled: Vec<PlaceKind> = SETTINGS
            .iter()
            .filter(|(key, _)| is_disabled(key))
            .flat_map(|(_, kinds)| kinds.iter().copied())
            .collect();
        if entity.get("packages_enabled") == Some(&Value::Bool(false)) {
            disabled.push(PlaceKind::Packages);
        }
        Some(Self {
            level: Level::Project,
            id: project.id,
            path: project.path_with_namespace,
            web_url: project.web_url,
            visibility: project.visibility,
            last_activity_at: project.last_activity_at,
            has_empty_repository: project.empty_repo,
            statistics: project.statistics.unwrap_or_default(),
            disabled,
        })
    }

    /// Parses a group; returns `None` if the value is not one.
    pub fn group(entity: &Value) -> Option<Self> {
        let group = GroupEntity::deserialize(entity).ok()?;
        Some(Self {
            level: Level::Group,
            id: group.id,
            path: group.full_path,
            web_url: group.web_url,
            visibility: group.visibility,
            last_activity_at: None,
            has_empty_repository: false,
            statistics: Statistics::default(),
            disabled: Vec::new(),
        })
    }

    /// Returns the instance itself, whose variables and snippets belong to no project. `web_url` is its
    /// address.
    pub fn instance(web_url: &str) -> Self {
        Self {
            level: Level::Instance,
            id: 0,
            path: String::new(),
            web_url: web_url.to_owned(),
            visibility: None,
            last_activity_at: None,
            has_empty_repository: false,
            statistics: Statistics::default(),
            disabled: Vec::new(),
        }
    }

    /// Returns the path of its API: `/api/v4/projects/7`, `/api/v4/groups/7` or `/api/v4`.
    pub fn api(&self) -> String {
        match self.level {
            Level::Project => format!("/api/v4/projects/{}", self.id),
            Level::Group => format!("/api/v4/groups/{}", self.id),
            Level::Instance => "/api/v4".to_owned(),
        }
    }

    /// Returns the address of a page below the subject's, such as `-/jobs/42`.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.web_url)
    }

    /// Returns a path below the subject's, as in findings: `group/project/-/jobs/42/log`.
    pub fn below(&self, path: &str) -> String {
        if self.path.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.path)
        }
    }

    /// Returns its key in the state, which a rename does not change.
    pub fn key(&self) -> String {
        match self.level {
            Level::Project => format!("project/{}", self.id),
            Level::Group => format!("group/{}", self.id),
            Level::Instance => "instance".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_projects_and_their_disabled_places() {
        let entity = json!({
            "id": 7, "path_with_namespace": "a/b", "web_url": "https://gitlab.example/a/b",
            "visibility": "internal", "last_activity_at": "2026-01-31T12:00:00.000Z",
            "http_url_to_repo": "https://gitlab.example/a/b.git", "empty_repo": true,
            "builds_access_level": "disabled", "issues_access_level": "private",
            "statistics": {"repository_size": 5},
        });
        let project = Subject::project(&entity).unwrap();
        assert_eq!(project.api(), "/api/v4/projects/7");
        assert_eq!(project.below("-/jobs/42/log"), "a/b/-/jobs/42/log");
        assert_eq!(project.visibility, Some(Visibility::Internal));
        assert_eq!(project.statistics.repository_size, 5);
        assert!(project.has_empty_repository);
        assert_eq!(
            project.disabled,
            [PlaceKind::Logs, PlaceKind::Artifacts, PlaceKind::Schedules]
        );
        assert_eq!(Subject::project(&json!({"id": 7})), None);
    }
}
