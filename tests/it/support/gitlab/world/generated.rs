//! Projects and jobs that are generated on request, so that the instance can have a million of them.

use serde_json::Value;

use super::paging::{Listing, time};
use super::{Content, Group, Project, items};
use crate::support::gitlab::{Incoming, Reply};

/// The group of generated projects.
pub(super) const GROUP: &str = "generated";

/// The id before that of the first generated project.
const FIRST: u64 = 1_000_000;

/// Numbers of generated items.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) projects: u64,
    pub(crate) jobs_per_project: u64,
    /// A line in the log of the newest job of each 100th project.
    pub(crate) leak: String,
}

impl Generated {
    fn project(&self, index: u64) -> Project {
        Project {
            id: FIRST + index,
            path: format!("{GROUP}/p{index:07}"),
            visibility: "private",
            role: 40,
            last_activity_at: "2026-11-01T00:00:00.000Z".to_owned(),
            disabled: Vec::new(),
        }
    }

    fn find(&self, id: &str) -> Option<Project> {
        let index = match id.strip_prefix("generated/p") {
            Some(index) => index.parse().ok()?,
            None => id.parse::<u64>().ok()?.checked_sub(FIRST)?,
        };
        (index < self.projects).then(|| self.project(index))
    }

    /// The id of the newest job of a project.
    fn newest(&self, project: &Project) -> Option<u64> {
        let index = project.id.checked_sub(FIRST)?;
        Some(10_000_000 + (index + 1) * self.jobs_per_project)
    }

    /// The jobs of a generated project.
    pub(super) fn jobs<'a>(&'a self, project: &'a Project, url: &'a str) -> Option<Listing<'a>> {
        let newest = self.newest(project)?;
        let get = move |index| items::job(url, &project.path, newest - index as u64, &[]);
        let len = usize::try_from(self.jobs_per_project).unwrap();
        Some(Listing::new(len, get).keyset("jobs"))
    }

    /// The log of a generated job.
    pub(super) fn trace(&self, project: &Project, job: &str) -> Option<Vec<u8>> {
        let newest = self.newest(project)?;
        let job: u64 = job.parse().ok()?;
        let range = newest - self.jobs_per_project + 1..=newest;
        range.contains(&job).then(|| {
            let leak = if job == newest && project.id.is_multiple_of(100) {
                self.leak.as_str()
            } else {
                ""
            };
            format!("Running job {job}\n{leak}\nJob succeeded\n").into_bytes()
        })
    }
}

impl Content {
    pub(crate) fn project(&self, id: &str) -> Option<Project> {
        let number: Option<u64> = id.parse().ok();
        let mut stored = self.projects.iter();
        stored
            .find(|project| project.path == id || Some(project.id) == number)
            .cloned()
            .or_else(|| self.generated.as_ref()?.find(id))
    }

    pub(super) fn group(&self, id: &str) -> Option<&Group> {
        let number: Option<u64> = id.parse().ok();
        self.groups
            .iter()
            .find(|group| group.path == id || Some(group.id) == number)
    }

    /// The projects of a group, or all.
    pub(super) fn list_projects(&self, request: &Incoming, group: Option<&Group>) -> Reply {
        let is_recursive = request
            .query("include_subgroups")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let after = request.query("last_activity_after");
        let mut stored: Vec<&Project> = self
            .projects
            .iter()
            .filter(|project| {
                let namespace = project.path.rsplit_once('/').unwrap_or_default().0;
                let is_member = group.is_none_or(|group| {
                    namespace == group.path
                        || (is_recursive && namespace.starts_with(&format!("{}/", group.path)))
                });
                is_member
                    && after
                        .as_deref()
                        .is_none_or(|after| time(&project.last_activity_at) >= time(after))
            })
            .collect();
        let generated = self
            .generated
            .as_ref()
            .filter(|_| group.is_none_or(|group| group.path == GROUP));
        let count = generated.map_or(0, |generated| generated.projects);
        // The default is the newest first.
        let is_ascending = request.query("sort").as_deref() == Some("asc");
        if !is_ascending {
            stored.reverse();
        }
        let total = stored.len() + usize::try_from(count).unwrap();
        let get = |index: usize| {
            let made = |index: u64| self.project_object(&generated.unwrap().project(index));
            let mut object = match (is_ascending, index.checked_sub(stored.len())) {
                (true, Some(index)) => made(index as u64),
                (true, None) => self.project_object(stored[index]),
                (false, _) if (index as u64) < count => made(count - 1 - index as u64),
                (false, _) => self.project_object(stored[index - usize::try_from(count).unwrap()]),
            };
            if group.is_some() {
                // Only the list of all projects shows the role.
                object.as_object_mut().unwrap().remove("permissions");
            }
            object
        };
        // Only the list of all projects has keyset pages.
        let kind = if group.is_none() { "projects" } else { "" };
        Listing::new(total, get).keyset(kind).page(request)
    }

    pub(super) fn project_object(&self, project: &Project) -> Value {
        let namespace = project.path.rsplit_once('/').unwrap_or_default().0;
        let group = self.groups.iter().find(|group| group.path == namespace);
        items::project(&self.url, project, group.map_or(900, |group| group.id))
    }

    pub(super) fn group_object(&self, group: &Group) -> Value {
        let parent = group.path.rsplit_once('/').map(|(parent, _)| parent);
        let parent = self
            .groups
            .iter()
            .find(|group| Some(group.path.as_str()) == parent);
        items::group(&self.url, group, parent.map(|group| group.id))
    }
}
