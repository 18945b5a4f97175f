//! Contents of the instance, for sweeps: groups, projects, and lists and files below them.
//!
//! Everything is stored by the path of its endpoint below `/api/v4`, with ids instead of paths: the list
//! `projects/7/jobs`, the file `projects/7/jobs/42/trace`. Sources of formats: the OpenAPI description of GitLab.

mod generated;
mod git;
pub(crate) mod items;
mod logs;
pub(crate) mod pack;
mod paging;
mod registry;
mod repositories;
mod sample;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Incoming, KnownCredential, Reply};
pub(crate) use generated::Generated;
use paging::Listing;
pub(crate) use registry::Registry;
pub(crate) use sample::SampleWorld;

/// A group, and the access level of the token in it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) role: u64,
}

/// A project, and the access level of the token in it.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) visibility: &'static str,
    pub(crate) role: u64,
    pub(crate) last_activity_at: String,
    /// Features that are off: `issues`, `wiki`, `builds`, `snippets`, `container_registry`, `package_registry`.
    pub(crate) disabled: Vec<&'static str>,
}

/// A file that is served as it is.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) content_type: &'static str,
    /// True for files that GitLab keeps in object storage, if it has one.
    pub(crate) is_object: bool,
}

/// Groups and projects of an instance.
#[derive(Clone, Default)]
pub(crate) struct Content {
    /// The address of the instance.
    pub(crate) url: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) projects: Vec<Project>,
    pub(crate) lists: BTreeMap<String, Vec<Value>>,
    pub(crate) files: BTreeMap<String, StoredFile>,
    /// Bare repositories by path: `acme/api.git`, `acme/api.wiki.git`.
    pub(crate) repositories: BTreeMap<String, PathBuf>,
    pub(crate) registry: Registry,
    /// Projects and jobs that are generated on request.
    pub(crate) generated: Option<Generated>,
    /// Redirects downloads to another host, as GitLab does with object storage.
    pub(crate) has_object_storage: bool,
    /// The address of the object storage; another name of this machine if it is empty.
    pub(crate) storage: String,
    /// Redirects requests of `git` to this address.
    pub(crate) git_redirect: Option<String>,
    /// True before GitLab 18.8.
    pub(crate) lacks_artifact_tree: bool,
    /// True for an instance without epics and webhooks of groups.
    pub(crate) lacks_premium: bool,
}

/// Lists that are empty where nothing is stored.
const LISTS: &[&str] = &[
    "discussions",
    "epics",
    "hooks",
    "issues",
    "jobs",
    "merge_requests",
    "notes",
    "package_files",
    "packages",
    "pipeline_schedules",
    "pipelines",
    "releases",
    "repositories",
    "secure_files",
    "snippets",
    "tags",
    "tree",
    "variables",
];

/// The access level that the first segment below a project needs.
const PROJECT_ROLES: &[(&str, u64)] = &[
    ("hooks", 40),
    ("merge_requests", 20),
    ("packages", 20),
    ("registry", 20),
    ("secure_files", 30),
    ("terraform", 30),
    ("variables", 40),
];

/// The feature that switches the first segment below a project off, and the answer then.
const FEATURES: &[(&str, &str, u16)] = &[
    ("issues", "issues", 404),
    ("jobs", "builds", 403),
    ("packages", "package_registry", 404),
    ("registry", "container_registry", 404),
    ("snippets", "snippets", 404),
];

/// The keys that name one object of a list.
const KEYS: &[&str] = &["iid", "key", "tag_name", "id", "name"];

pub(crate) fn not_found() -> Reply {
    Reply::message(404, "404 Not Found")
}

fn forbidden() -> Reply {
    Reply::message(403, "403 Forbidden")
}

/// The endpoint of a request for counting: ids and names are replaced.
pub(super) fn endpoint(request: &Incoming) -> String {
    let segments = request.segments();
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let path = match names.as_slice() {
        ["api", "v4", rest @ ..] => {
            let mut path = String::new();
            for (index, name) in rest.iter().enumerate() {
                let is_id = name.parse::<u64>().is_ok()
                    || (index == 1 && matches!(rest[0], "projects" | "groups"));
                path.push('/');
                path.push_str(if is_id { ":id" } else { name });
                if matches!(*name, "artifacts" | "files" | "state") {
                    path.push_str(if index + 1 < rest.len() { "/*" } else { "" });
                    break;
                }
            }
            path
        }
        ["v2", .., kind @ ("manifests" | "blobs"), _] => format!("/v2/{kind}"),
        [.., "info", "refs"] => "git info/refs".to_owned(),
        [.., "git-upload-pack"] => "git upload-pack".to_owned(),
        ["storage", ..] => "/storage".to_owned(),
        _ => request.path().to_owned(),
    };
    format!("{} {path}", request.method)
}

impl Content {
    /// The answer; `None` for paths that other routes serve.
    pub(super) fn answer(
        &self,
        request: &Incoming,
        caller: Option<&KnownCredential>,
    ) -> Option<Reply> {
        if self.url.is_empty() {
            return None;
        }
        let segments = request.segments();
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["api", rest @ ..] => Some(match caller {
                None => Reply::message(401, "401 Unauthorized"),
                Some(caller) => match (rest, request.method.as_str()) {
                    (["v4", rest @ ..], "GET") => self.api(request, rest, caller),
                    (["graphql"], "POST") => self.graphql(request),
                    _ => return None,
                },
            }),
            ["jwt", "auth"] if request.query("scope").is_some() => {
                Some(self.registry.token(request, caller.is_some()))
            }
            ["v2", .., "blobs", digest]
                if self.has_object_storage && request.bearer().is_some() =>
            {
                Some(self.stored_elsewhere(&format!("registry/{digest}")))
            }
            ["v2", rest @ ..] => Some(self.registry.answer(request, rest, &self.url)),
            [path @ .., "-", "jobs", job, "artifacts", "download"] => {
                Some(self.report_page(request, path, job))
            }
            ["storage", rest @ ..] => Some(self.storage(request, &rest.join("/"))),
            _ => git::answer(self, request, caller),
        }
    }

    fn api(&self, request: &Incoming, path: &[&str], caller: &KnownCredential) -> Reply {
        match path {
            ["version" | "metadata"] => Reply::json(
                200,
                &json!({"version": "18.9.0-ee", "revision": "0123456789a", "enterprise": true}),
            ),
            ["projects"] => self.list_projects(request, None),
            ["groups"] => {
                let groups: Vec<Value> = self
                    .groups
                    .iter()
                    .map(|group| self.group_object(group))
                    .collect();
                Listing::of(&groups).page(request)
            }
            ["projects", id] => match self.project(id) {
                Some(project) => Reply::json(200, &self.project_object(&project)),
                None => Reply::message(404, "404 Project Not Found"),
            },
            ["projects", id, rest @ ..] => match self.project(id) {
                Some(project) => self.in_project(request, &project, rest, caller),
                None => Reply::message(404, "404 Project Not Found"),
            },
            ["groups", id, rest @ ..] => match self.group(id) {
                Some(group) => self.in_group(request, group, rest),
                None => Reply::message(404, "404 Group Not Found"),
            },
            ["admin" | "hooks", ..] if !caller.is_admin => forbidden(),
            ["snippets", "all"] if !caller.is_admin => self.public_snippets(request),
            ["snippets", id] if *id != "all" => match self.item("snippets/all", id) {
                Some(snippet) => Reply::json(200, snippet),
                None => not_found(),
            },
            _ => self.stored(request, &path.join("/")),
        }
    }

    /// The snippets that every user may see.
    fn public_snippets(&self, request: &Incoming) -> Reply {
        let items = self.lists.get("snippets/all").into_iter().flatten();
        let visible: Vec<Value> = items
            .filter(|item| item["visibility"] != "private")
            .cloned()
            .collect();
        Listing::of(&visible).page(request)
    }

    fn in_group(&self, request: &Incoming, group: &Group, rest: &[&str]) -> Reply {
        match rest {
            [] => {
                let mut object = self.group_object(group);
                if group.role >= 50 {
                    // Shown to owners; not a leak.
                    object["runners_token"] = json!(["GR1348", "941Qm3Xk8Rv5Tz2Wn7Pb4Lc"].concat());
                }
                Reply::json(200, &object)
            }
            ["projects"] => self.list_projects(request, Some(group)),
            ["subgroups" | "descendant_groups"] => {
                let below = format!("{}/", group.path);
                let groups: Vec<Value> = self
                    .groups
                    .iter()
                    .filter(|group| group.path.starts_with(&below))
                    .map(|group| self.group_object(group))
                    .collect();
                Listing::of(&groups).page(request)
            }
            ["epics" | "hooks", ..] if self.lacks_premium => not_found(),
            ["variables" | "hooks", ..] if group.role < 50 => forbidden(),
            _ => self.stored(request, &format!("groups/{}/{}", group.id, rest.join("/"))),
        }
    }

    fn in_project(
        &self,
        request: &Incoming,
        project: &Project,
        rest: &[&str],
        caller: &KnownCredential,
    ) -> Reply {
        let feature = FEATURES.iter().find(|(name, ..)| *name == rest[0]);
        if let Some((_, feature, status)) = feature
            && project.disabled.contains(feature)
        {
            return Reply::message(*status, &format!("{status} Error"));
        }
        let needed = PROJECT_ROLES.iter().find(|(name, _)| *name == rest[0]);
        if needed.is_some_and(|(_, role)| project.role < *role) {
            return forbidden();
        }
        let key = format!("projects/{}/{}", project.id, rest.join("/"));
        match rest {
            ["jobs"] => {
                let generated = self.generated.as_ref();
                match generated.and_then(|generated| generated.jobs(project, &self.url)) {
                    Some(listing) => listing.page(request),
                    None => self.stored(request, &key),
                }
            }
            ["jobs", job, "trace"] if !self.files.contains_key(&key) => {
                let generated = self.generated.as_ref();
                match generated.and_then(|generated| generated.trace(project, job)) {
                    Some(trace) => Reply::new(200, "text/plain", trace),
                    None if self
                        .item(&format!("projects/{}/jobs", project.id), job)
                        .is_some() =>
                    {
                        // An erased log.
                        Reply::new(200, "text/plain", Vec::new())
                    }
                    None => not_found(),
                }
            }
            ["jobs", _, "artifacts", "tree"] if self.lacks_artifact_tree => {
                Reply::json(404, &json!({"error": "404 Not Found"}))
            }
            ["pipeline_schedules", _] if project.role < 40 => {
                let mut reply = self.stored(request, &key);
                if let Ok(Value::Object(mut object)) = serde_json::from_slice(&reply.body) {
                    object.remove("variables");
                    reply.body = Value::Object(object).to_string().into_bytes();
                }
                reply
            }
            ["issues"] if request.query("scope").as_deref() == Some("created_by_me") => {
                let items = self.lists.get(&key).into_iter().flatten();
                let own: Vec<Value> = items
                    .filter(|item| item["author"]["id"] == caller.user)
                    .cloned()
                    .collect();
                Listing::filtered(&own, request).page(request)
            }
            ["issues", ..] if project.role < 20 => self.without_confidential(request, &key),
            _ => self.stored(request, &key),
        }
    }

    fn without_confidential(&self, request: &Incoming, key: &str) -> Reply {
        let items = self.lists.get(key).into_iter().flatten();
        let visible: Vec<Value> = items
            .filter(|item| item["confidential"] != true)
            .cloned()
            .collect();
        Listing::of(&visible).page(request)
    }

    /// A list, a file, or an object of a list.
    fn stored(&self, request: &Incoming, key: &str) -> Reply {
        if let Some(items) = self.lists.get(key) {
            let kind = key.rsplit('/').next().unwrap_or_default();
            return Listing::filtered(items, request).keyset(kind).page(request);
        }
        if let Some(file) = self.files.get(key) {
            return self.file(request, key, file);
        }
        let (parent, name) = key.rsplit_once('/').unwrap_or_default();
        if let Some(item) = self.item(parent, name) {
            // A list has less than its objects.
            let more = self.lists.get(&format!("{key}/detail"));
            return Reply::json(200, more.and_then(|more| more.first()).unwrap_or(item));
        }
        if LISTS.contains(&name) && !key.contains("/artifacts/") {
            return Listing::of(&[]).page(request);
        }
        not_found()
    }

    fn item(&self, list: &str, name: &str) -> Option<&Value> {
        let items = self.lists.get(list)?;
        let key = KEYS
            .iter()
            .find(|key| items.first().is_some_and(|item| item.get(**key).is_some()))?;
        items.iter().find(|item| match &item[*key] {
            Value::String(text) => text == name,
            other => other.as_u64() == name.parse().ok(),
        })
    }

    fn file(&self, request: &Incoming, key: &str, file: &StoredFile) -> Reply {
        if file.is_object && self.has_object_storage {
            return self.stored_elsewhere(key);
        }
        whole_or_part(request, file)
    }

    /// The redirect to a file in object storage.
    fn stored_elsewhere(&self, key: &str) -> Reply {
        let host = match self.storage.as_str() {
            // Another name of this machine, so that it is another host to clients.
            "" => self.url.replace("127.0.0.1", "localhost"),
            storage => storage.to_owned(),
        };
        let target = format!("{host}/storage/{key}?X-Amz-Signature=0123456789abcdef");
        Reply::new(302, "text/html", Vec::new()).with("Location", target)
    }

    /// The page that downloads a report of a job: without a session only of public projects.
    fn report_page(&self, request: &Incoming, path: &[&str], job: &str) -> Reply {
        let project = self
            .project(&path.join("/"))
            .filter(|project| project.visibility == "public");
        let kind = request.query("file_type").unwrap_or_default();
        let Some(project) = project else {
            let target = format!("{}/users/sign_in", self.url);
            return Reply::new(302, "text/html", Vec::new()).with("Location", target);
        };
        match self.files.get(&format!(
            "projects/{}/jobs/{job}/reports/{kind}",
            project.id
        )) {
            Some(file) => whole_or_part(request, file),
            None => not_found(),
        }
    }

    fn storage(&self, request: &Incoming, key: &str) -> Reply {
        if let Some(blob) = key.strip_prefix("registry/") {
            return self.registry.blob(blob);
        }
        match self.files.get(key) {
            Some(file) if request.query("X-Amz-Signature").is_some() => {
                whole_or_part(request, file)
            }
            _ => Reply::new(
                403,
                "application/xml",
                b"<Error><Code>AccessDenied</Code></Error>".to_vec(),
            ),
        }
    }

    /// Answers GraphQL queries for data that REST does not offer: the Terraform states of a project.
    fn graphql(&self, request: &Incoming) -> Reply {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let variables = body["variables"].as_object().into_iter().flatten();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let project = variables
            .filter_map(|(_, value)| text(value))
            .find_map(|path| self.project(&path));
        let states = project
            .as_ref()
            .filter(|project| project.role >= 30)
            .and_then(|project| {
                self.lists
                    .get(&format!("projects/{}/terraform/states", project.id))
            });
        let nodes = states.cloned().unwrap_or_default();
        Reply::json(
            200,
            &json!({"data": {"project": project.map(|_| json!({"terraformStates": {
                "nodes": nodes, "count": nodes.len(), "pageInfo": {"hasNextPage": false, "endCursor": null},
            }}))}}),
        )
    }

    /// Stores a file.
    pub(crate) fn store(
        &mut self,
        key: &str,
        content_type: &'static str,
        bytes: impl Into<Vec<u8>>,
    ) {
        let is_object = key.contains("/artifacts") || key.contains("/package");
        let bytes: Vec<u8> = bytes.into();
        let file = StoredFile {
            bytes: bytes.into(),
            content_type,
            is_object,
        };
        self.files.insert(key.to_owned(), file);
    }

    /// Adds an object to the front of a list: the newest is first.
    pub(crate) fn push(&mut self, list: &str, item: Value) {
        self.lists
            .entry(list.to_owned())
            .or_default()
            .insert(0, item);
    }
}

fn whole_or_part(request: &Incoming, file: &StoredFile) -> Reply {
    let start = request.header("range").and_then(|range| {
        std::str::from_utf8(range)
            .ok()?
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    });
    match start {
        Some(start) if start < file.bytes.len() => {
            let end = format!(
                "bytes {start}-{}/{}",
                file.bytes.len() - 1,
                file.bytes.len()
            );
            Reply::new(206, file.content_type, file.bytes[start..].to_vec())
                .with("Content-Range", end)
        }
        _ => Reply::new(200, file.content_type, file.bytes.to_vec()).with("Accept-Ranges", "bytes"),
    }
}
