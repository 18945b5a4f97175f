//! The routes of SSH keys and deploy keys.

use serde_json::{Value, json};

use super::routes::{administrator, user_object};
use super::{Incoming, Reply, Route, World};

/// The public half of a key, as the instance has it.
#[derive(Clone, Debug)]
pub(crate) struct KnownKey {
    pub(crate) id: u64,
    /// `SHA256:…`.
    pub(crate) fingerprint: String,
    pub(crate) user: u64,
    /// The projects of a deploy key; `None` for the SSH key of a user.
    pub(crate) projects: Option<Vec<u64>>,
    pub(crate) expires_at: Option<&'static str>,
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/api/v4/keys",
        answer: find,
    },
    Route {
        method: "GET",
        path: "/api/v4/deploy_keys",
        answer: deploy_keys,
    },
    Route {
        method: "DELETE",
        path: "/api/v4/users/:id/keys/:key",
        answer: delete_user_key,
    },
    Route {
        method: "DELETE",
        path: "/api/v4/projects/:id/deploy_keys/:key",
        answer: delete_deploy_key,
    },
];

fn key_object(key: &KnownKey) -> Value {
    json!({
        "id": key.id, "title": format!("key {}", key.id), "created_at": "2026-01-02T03:04:05.006Z",
        "expires_at": key.expires_at, "last_used_at": "2026-11-20T21:22:23.024Z", "key": "ssh-ed25519 AAAA",
        "usage_type": "auth",
    })
}

fn with(mut object: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        unreachable!("an object")
    };
    object.as_object_mut().unwrap().extend(more);
    object
}

fn find(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let fingerprint = request.query("fingerprint").unwrap_or_default();
    let Some(key) = world.keys.iter().find(|key| key.fingerprint == fingerprint) else {
        return Reply::message(404, "404 Key Not Found");
    };
    let found = with(key_object(key), json!({"user": user_object(key.user)}));
    let Some(projects) = &key.projects else {
        return Reply::json(200, &found);
    };
    let projects: Value = projects
        .iter()
        .map(|id| json!({"id": 1, "deploy_key_id": key.id, "project_id": id, "can_push": true}))
        .collect();
    Reply::json(200, &with(found, json!({"deploy_keys_projects": projects})))
}

fn deploy_keys(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let project = |id: &u64| {
        json!({
            "id": id, "description": null, "name": "deploy", "name_with_namespace": "platform / deploy",
            "path": "deploy", "path_with_namespace": "platform/deploy", "created_at": "2025-01-01T00:00:00.000Z",
        })
    };
    let keys = world.keys.iter().filter_map(|key| {
        // The first project may write, the others may read.
        let (writing, reading) = key
            .projects
            .as_ref()?
            .split_at_checked(1)
            .unwrap_or_default();
        Some(with(
            key_object(key),
            json!({
                "fingerprint": "4a:9d", "fingerprint_sha256": key.fingerprint,
                "projects_with_write_access": writing.iter().map(project).collect::<Value>(),
                "projects_with_readonly_access": reading.iter().map(project).collect::<Value>(),
            }),
        ))
    });
    let keys: Vec<Value> = keys.collect();
    // One entry a page, so that clients must turn pages.
    let page: usize = request
        .query("page")
        .map_or(1, |page| page.parse().unwrap());
    let shown: Value = keys.iter().skip(page - 1).take(1).cloned().collect();
    let reply = Reply::json(200, &shown);
    if page < keys.len() {
        reply.with("x-next-page", (page + 1).to_string())
    } else {
        reply
    }
}

fn delete_user_key(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let before = world.keys.len();
    world.keys.retain(|key| {
        key.projects.is_some()
            || [key.user, key.id].map(|id| id.to_string()) != [segments[0], segments[1]]
    });
    match before - world.keys.len() {
        0 => Reply::message(404, "404 Key Not Found"),
        _ => Reply::empty(),
    }
}

fn delete_deploy_key(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    for key in &mut world.keys {
        let Some(projects) = &mut key.projects else {
            continue;
        };
        if key.id.to_string() == segments[1]
            && let Some(at) = projects.iter().position(|id| id.to_string() == segments[0])
        {
            projects.remove(at);
            return Reply::empty();
        }
    }
    Reply::message(404, "404 Deploy Key Not Found")
}
