//! Objects as GitLab's API describes them.

use serde_json::{Value, json};

use super::{Group, Project};

/// The default creation time of objects.
pub(crate) const CREATED: &str = "2026-10-01T08:00:00.000Z";

/// Features of projects, and the older name of their switch.
const FEATURES: &[(&str, &str)] = &[
    ("issues", "issues_enabled"),
    ("repository", ""),
    ("merge_requests", "merge_requests_enabled"),
    ("wiki", "wiki_enabled"),
    ("builds", "jobs_enabled"),
    ("snippets", "snippets_enabled"),
    ("container_registry", "container_registry_enabled"),
    ("package_registry", "packages_enabled"),
    ("releases", ""),
    ("infrastructure", ""),
];

fn user() -> Value {
    json!({
        "id": 7, "username": "dana", "name": "Dana", "state": "active", "locked": false, "avatar_url": null,
        "web_url": "https://gitlab.example.com/dana",
    })
}

pub(crate) fn group(url: &str, group: &Group, parent: Option<u64>) -> Value {
    let name = group.path.rsplit('/').next().unwrap();
    json!({
        "id": group.id, "web_url": format!("{url}/groups/{}", group.path), "name": name, "path": name,
        "description": "", "visibility": "private", "full_name": group.path.replace('/', " / "),
        "full_path": group.path, "created_at": CREATED, "parent_id": parent, "organization_id": 1,
        "wiki_access_level": "enabled", "archived": false,
    })
}

pub(crate) fn project(url: &str, project: &Project, group: u64) -> Value {
    let (namespace, name) = project.path.rsplit_once('/').unwrap();
    let mut object = json!({
        "id": project.id, "description": null, "name": name, "path": name,
        "name_with_namespace": project.path.replace('/', " / "), "path_with_namespace": project.path,
        "created_at": CREATED, "default_branch": "main", "tag_list": [], "topics": [],
        "http_url_to_repo": format!("{url}/{}.git", project.path), "web_url": format!("{url}/{}", project.path),
        "forks_count": 0, "star_count": 0, "last_activity_at": project.last_activity_at,
        "updated_at": project.last_activity_at, "visibility": project.visibility, "archived": false,
        "namespace": {"id": group, "name": namespace, "path": namespace.rsplit('/').next(), "kind": "group",
            "full_path": namespace, "parent_id": null, "web_url": format!("{url}/groups/{namespace}")},
        "empty_repo": project.disabled.contains(&"repository"), "public_jobs": true,
        "permissions": {"project_access": {"access_level": project.role, "notification_level": 3},
            "group_access": null},
    });
    for (feature, key) in FEATURES {
        let is_on = !project.disabled.contains(feature);
        object[format!("{feature}_access_level")] =
            json!(if is_on { "enabled" } else { "disabled" });
        if !key.is_empty() {
            object[*key] = json!(is_on);
        }
    }
    object
}

/// A finished job. Its artifacts: file type, name and size.
pub(crate) fn job(url: &str, project: &str, id: u64, artifacts: &[(&str, &str, usize)]) -> Value {
    let listed: Vec<Value> = artifacts
        .iter()
        .map(|(kind, name, size)| {
            let format = if *kind == "archive" { "zip" } else { "gzip" };
            json!({"file_type": kind, "size": size, "filename": name, "file_format": format})
        })
        .collect();
    let archive = artifacts.iter().find(|(kind, ..)| *kind == "archive");
    let mut object = json!({
        "id": id, "status": "success", "stage": "test", "name": "build", "ref": "main", "tag": false,
        "allow_failure": false, "created_at": CREATED, "started_at": CREATED, "finished_at": CREATED,
        "erased_at": null, "duration": 12.5, "queued_duration": 0.5, "user": user(),
        "pipeline": {"id": id / 10, "iid": 1, "project_id": 1, "sha": "0".repeat(40), "ref": "main",
            "status": "success", "source": "push", "created_at": CREATED, "updated_at": CREATED,
            "web_url": format!("{url}/{project}/-/pipelines/{}", id / 10)},
        "web_url": format!("{url}/{project}/-/jobs/{id}"), "artifacts": listed, "artifacts_expire_at": null,
        "archived": false, "tag_list": [],
    });
    if let Some((_, name, size)) = archive {
        object["artifacts_file"] = json!({"filename": name, "size": size});
    }
    object
}

pub(crate) fn artifact_entry(path: &str, size: usize) -> Value {
    let name = path.rsplit('/').next();
    json!({"name": name, "path": path, "type": "file", "size": size, "mode": "100644"})
}

/// A variable; `masked` or `hidden`, or neither.
pub(crate) fn variable(key: &str, value: Option<&str>, visibility: &str) -> Value {
    json!({
        "variable_type": "env_var", "key": key, "value": value, "protected": false,
        "masked": visibility != "clear", "hidden": visibility == "hidden", "raw": false,
        "environment_scope": "*", "description": null,
    })
}

/// An issue or a merge request; `kind` is the segment of its address.
pub(crate) fn issuable(
    url: &str,
    project: &Project,
    kind: &str,
    iid: u64,
    text: &str,
    notes: usize,
) -> Value {
    let mut object = json!({
        "id": project.id * 1000 + iid, "iid": iid, "project_id": project.id, "title": format!("Number {iid}"),
        "description": text, "state": "opened", "created_at": CREATED, "updated_at": CREATED, "author": user(),
        "user_notes_count": notes, "web_url": format!("{url}/{}/-/{kind}/{iid}", project.path),
    });
    if kind == "issues" {
        object["confidential"] = json!(false);
        object["issue_type"] = json!("issue");
    } else {
        object["source_branch"] = json!("topic");
        object["target_branch"] = json!("main");
    }
    object
}

/// An epic of a group: id and path.
pub(crate) fn epic(url: &str, group: (u64, &str), id: u64, iid: u64, text: &str) -> Value {
    let (group, path) = group;
    json!({
        "id": id, "iid": iid, "group_id": group, "parent_id": null, "title": format!("Epic {iid}"),
        "description": text, "confidential": false, "state": "opened", "created_at": CREATED,
        "updated_at": CREATED, "author": user(), "web_url": format!("{url}/groups/{path}/-/epics/{iid}"),
        "labels": [],
    })
}

/// A note of an issue or merge request (`Issue`, `MergeRequest`).
pub(crate) fn note(project: u64, id: u64, kind: &str, iid: u64, text: &str) -> Value {
    json!({
        "id": id, "type": null, "body": text, "author": user(), "created_at": CREATED, "updated_at": CREATED,
        "system": false, "noteable_id": project * 1000 + iid, "noteable_type": kind, "project_id": project,
        "resolvable": false, "confidential": false, "internal": false, "noteable_iid": iid,
    })
}

/// A snippet of a project, or of its author.
pub(crate) fn snippet(url: &str, project: Option<&Project>, id: u64, files: &[&str]) -> Value {
    let page = match project {
        Some(project) => format!("{url}/{}/-/snippets/{id}", project.path),
        None => format!("{url}/-/snippets/{id}"),
    };
    let raw = |file: &&str| json!({"path": file, "raw_url": format!("{page}/raw/main/{file}")});
    json!({
        "id": id, "title": "A snippet", "description": null, "visibility": "internal", "author": user(),
        "created_at": CREATED, "updated_at": CREATED, "project_id": project.map(|project| project.id),
        "web_url": page, "raw_url": format!("{page}/raw"), "file_name": files[0],
        "files": files.iter().map(raw).collect::<Vec<Value>>(),
    })
}

pub(crate) fn release(url: &str, project: &Project, tag: &str, text: &str, link: &str) -> Value {
    let page = format!("{url}/{}/-/releases/{tag}", project.path);
    json!({
        "name": tag, "tag_name": tag, "description": text, "created_at": CREATED, "released_at": CREATED,
        "upcoming_release": false, "author": user(), "commit_path": null, "tag_path": null,
        "assets": {"count": 1, "sources": [], "links": [{"id": 1, "name": "download", "url": link,
            "direct_asset_url": link, "link_type": "other"}]},
        "_links": {"self": page},
    })
}

pub(crate) fn package(project: &Project, id: u64, kind: &str, name: &str, version: &str) -> Value {
    let page = format!("/{}/-/packages/{id}", project.path);
    json!({
        "id": id, "name": name, "version": version, "package_type": kind, "status": "default",
        "_links": {"web_path": page}, "created_at": CREATED, "last_downloaded_at": null, "tags": [],
    })
}

pub(crate) fn package_file(package: u64, id: u64, name: &str, size: usize) -> Value {
    json!({
        "id": id, "package_id": package, "created_at": CREATED, "file_name": name, "size": size,
        "file_md5": null, "file_sha1": null, "file_sha256": null,
    })
}

pub(crate) fn secure_file(id: u64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "checksum": "0".repeat(64), "checksum_algorithm": "sha256", "created_at": CREATED,
        "expires_at": null, "metadata": null, "file_extension": name.rsplit('.').next(),
    })
}

pub(crate) fn hook(project: u64, id: u64, target: &str) -> Value {
    json!({
        "id": id, "url": target, "name": "deploy", "description": "", "created_at": CREATED, "push_events": true,
        "enable_ssl_verification": true, "alert_status": "executable", "disabled_until": null, "url_variables": [],
        "custom_headers": [{"key": "Authorization"}], "project_id": project,
    })
}

pub(crate) fn schedule(id: u64) -> Value {
    json!({
        "id": id, "description": "nightly", "ref": "refs/heads/main", "cron": "0 1 * * *", "cron_timezone": "UTC",
        "next_run_at": "2026-12-01T01:00:00.000Z", "active": true, "created_at": CREATED, "updated_at": CREATED,
        "owner": user(),
    })
}

pub(crate) fn image_repository(project: &Project, id: u64, host: &str, tags: &[&str]) -> Value {
    let location = format!("{host}/{}", project.path);
    let tag = |name: &&str| json!({"name": name, "path": format!("{}:{name}", project.path), "location": format!("{location}:{name}")});
    json!({
        "id": id, "name": "", "path": project.path, "project_id": project.id, "location": location,
        "created_at": CREATED, "cleanup_policy_started_at": null, "tags_count": tags.len(),
        "tags": tags.iter().map(tag).collect::<Vec<Value>>(), "status": null,
    })
}
