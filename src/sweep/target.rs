//! Resolves the operator's targets to projects and groups.

use std::collections::HashSet;

use serde_json::Value;

use super::Subject;
use crate::gitlab::{ApiRequest, AuthHeader, Client, FetchError, path_segment};
use crate::model::Secret;

/// The end of a path that selects a group without its subgroups and projects. GitLab reserves `/-/` in
/// paths.
const ALONE: &str = "/-";

/// The path that selects the instance, without its groups and projects.
const INSTANCE: &str = "-";

/// The targets of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Every group and project that is visible to the token, and the instance itself.
    All,
    /// Paths of groups (with their subgroups) and projects.
    Paths(Vec<String>),
}

/// An error of listing projects and groups.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The group or project does not exist.
    #[error(
        "the token's user can see no group, project or user '{0}'; check the path, and the scope (read_api) and the role of the token"
    )]
    NotFound(String),
    /// A request failed.
    #[error("cannot list the projects of {of}: {error}")]
    Fetch {
        /// The group, project or instance.
        of: String,
        /// The reason.
        error: FetchError,
    },
    /// A response has another form.
    #[error("cannot list the projects of {0}: the answer does not have the expected form")]
    Form(String),
}

/// Lists the groups and projects of targets.
#[derive(Debug)]
pub struct SubjectLister<'a> {
    /// The client of the instance.
    pub client: &'a Client,
    /// The operator's token.
    pub token: &'a Secret,
    /// True to request sizes, which costs the instance more.
    pub with_statistics: bool,
}

impl SubjectLister<'_> {
    /// Returns the groups and projects of the targets, each once: groups first, then by id.
    ///
    /// # Errors
    /// If a target does not exist or a request fails.
    pub fn list(&self, targets: &Targets) -> Result<Vec<Subject>, TargetError> {
        let mut found = Vec::new();
        match targets {
            Targets::All => {
                let instance = self.client.instance().to_string();
                found.push(Subject::instance(&instance));
                self.add(
                    &mut found,
                    &instance,
                    "/api/v4/groups?order_by=id",
                    Subject::group,
                )?;
                self.add(
                    &mut found,
                    &instance,
                    "/api/v4/projects?order_by=id",
                    Subject::project,
                )?;
            }
            Targets::Paths(paths) => {
                for path in paths {
                    self.add_path(&mut found, path)?;
                }
            }
        }
        let mut seen = HashSet::new();
        found.retain(|subject| seen.insert(subject.key()));
        found.sort_by_key(|subject| (subject.level, subject.id));
        Ok(found)
    }

    fn add_path(&self, found: &mut Vec<Subject>, path: &str) -> Result<(), TargetError> {
        if path == INSTANCE {
            let instance = self.client.instance().to_string();
            found.push(Subject::instance(&instance));
            return Ok(());
        }
        let (path, is_alone) = match path.strip_suffix(ALONE) {
            Some(path) => (path, true),
            None => (path, false),
        };
        let encoded = path_segment(path);
        let group = format!("/api/v4/groups/{encoded}");
        if let Some(entity) = self.find(path, format!("{group}?with_projects=false"))? {
            let form = || TargetError::Form(path.to_owned());
            found.push(Subject::group(&entity).ok_or_else(form)?);
            if is_alone {
                return Ok(());
            }
            let subgroups = format!("{group}/descendant_groups?order_by=id");
            self.add(found, path, &subgroups, Subject::group)?;
            let projects =
                format!("{group}/projects?include_subgroups=true&with_shared=false&order_by=id");
            return self.add(found, path, &projects, Subject::project);
        }
        let statistics = self.statistics();
        let project = format!("/api/v4/projects/{encoded}?license=false{statistics}");
        let entity = self.find(path, project)?;
        let Some(entity) = entity else {
            return self.add_user(found, path);
        };
        let project = Subject::project(&entity);
        found.push(project.ok_or_else(|| TargetError::Form(path.to_owned()))?);
        Ok(())
    }

    /// Adds the projects of a user.
    fn add_user(&self, found: &mut Vec<Subject>, name: &str) -> Result<(), TargetError> {
        let projects = format!("/api/v4/users/{}/projects?order_by=id", path_segment(name));
        match self.add(found, name, &projects, Subject::project) {
            Err(TargetError::Fetch { error, .. }) if error.status() == Some(404) => {
                Err(TargetError::NotFound(name.to_owned()))
            }
            result => result,
        }
    }

    /// Adds all items of a listing.
    fn add(
        &self,
        found: &mut Vec<Subject>,
        of: &str,
        path: &str,
        read: impl Fn(&Value) -> Option<Subject>,
    ) -> Result<(), TargetError> {
        let statistics = self.statistics();
        let path = format!("{path}&sort=asc&pagination=keyset&per_page=100{statistics}");
        for item in self.client.items::<Value>(self.request(path)) {
            let item = item.map_err(|error| TargetError::Fetch {
                of: of.to_owned(),
                error,
            })?;
            found.push(read(&item).ok_or_else(|| TargetError::Form(of.to_owned()))?);
        }
        Ok(())
    }

    /// Returns a group or project; `None` if the instance answers that it does not exist.
    fn find(&self, of: &str, path: String) -> Result<Option<Value>, TargetError> {
        match self.client.fetch(&self.request(path)) {
            Ok(entity) => Ok(Some(entity)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(TargetError::Fetch {
                of: of.to_owned(),
                error,
            }),
        }
    }

    fn statistics(&self) -> &'static str {
        if self.with_statistics {
            "&statistics=true"
        } else {
            ""
        }
    }

    fn request(&self, path: String) -> ApiRequest {
        ApiRequest::get(path).auth(AuthHeader::PrivateToken, self.token)
    }
}
