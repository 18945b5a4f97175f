//! The routes that shut credentials off.

use serde_json::json;

use super::routes::{NOT_ADMIN, administrator, refuse};
use super::{Incoming, Reply, Route, State, World};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "DELETE",
        path: "/api/v4/personal_access_tokens/self",
        answer: revoke_itself,
    },
    Route {
        method: "POST",
        path: "/api/v4/runners/reset_authentication_token",
        answer: reset_runner,
    },
    Route {
        method: "POST",
        path: "/api/v4/projects/:id/jobs/:job/cancel",
        answer: cancel_job,
    },
    Route {
        method: "GET",
        path: "/api/v4/projects/:id/deploy_tokens",
        answer: deploy_tokens,
    },
    Route {
        method: "DELETE",
        path: "/api/v4/projects/:id/deploy_tokens/:token",
        answer: delete_deploy_token,
    },
    Route {
        method: "GET",
        path: "/api/v4/projects/:id/triggers",
        answer: triggers,
    },
    Route {
        method: "DELETE",
        path: "/api/v4/projects/:id/triggers/:trigger",
        answer: delete_trigger,
    },
    Route {
        method: "DELETE",
        path: "/api/v4/admin/token",
        answer: revoke_as_administrator,
    },
];

/// The live credential of a kind with that id in a project.
fn in_project(world: &World, kind: &str, segments: &[&str]) -> Option<Vec<u8>> {
    let (project, id) = (segments[0].parse().ok(), segments[1].parse().ok());
    let mut credentials = world.credentials.iter();
    let found = credentials.find(|(_, known)| {
        known.kind == kind
            && known.state == State::Live
            && known.project == project
            && Some(known.id) == id
    });
    found.map(|(secret, _)| secret.clone())
}

/// Revokes a credential that an administrator names by project and id.
fn delete(request: &Incoming, kind: &str, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    match in_project(world, kind, segments) {
        Some(secret) => {
            world.revoke(&secret);
            Reply::empty()
        }
        None => Reply::message(404, "404 Not Found"),
    }
}

fn revoke_itself(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    let secret = request.header("private-token").unwrap_or_default().to_vec();
    if let Some(reply) = refuse(world.known("personal-access-token", &secret)) {
        return reply;
    }
    world.revoke(&secret);
    Reply::empty()
}

fn reset_runner(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    let secret = request.field("token").unwrap_or_default().to_vec();
    if world.live("runner-token", &secret).is_none() {
        return Reply::message(403, "403 Forbidden");
    }
    world.revoke(&secret);
    Reply::json(
        201,
        &json!({"token": "successor", "token_expires_at": null}),
    )
}

fn cancel_job(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    let reply = delete(request, "job-token", segments, world);
    match reply.status {
        204 => Reply::json(201, &json!({"id": 1, "status": "canceled"})),
        _ => reply,
    }
}

fn deploy_tokens(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let project = segments[0].parse().ok();
    let known = world.credentials.values();
    let tokens = known.filter(|known| known.kind == "deploy-token" && known.project == project);
    let tokens = tokens.map(|known| {
        json!({
            "id": known.id, "name": known.label, "username": format!("gitlab+deploy-token-{}", known.id),
            "expires_at": null, "revoked": known.state == State::Revoked, "expired": false,
            "scopes": ["read_registry"],
        })
    });
    Reply::json(200, &tokens.collect())
}

fn delete_deploy_token(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    delete(request, "deploy-token", segments, world)
}

/// Shows all tokens whole, as to the user who created them.
fn triggers(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let project = segments[0].parse().ok();
    let known = world.credentials.iter();
    let live = known.filter(|(_, known)| {
        known.kind == "trigger-token" && known.project == project && known.state == State::Live
    });
    let triggers = live.map(|(secret, known)| {
        json!({
            "id": known.id, "token": String::from_utf8_lossy(secret), "description": known.label,
            "created_at": "2026-01-02T03:04:05.006Z", "updated_at": "2026-01-02T03:04:05.006Z",
            "last_used": null, "expires_at": null, "owner": null,
        })
    });
    Reply::json(200, &triggers.collect())
}

fn delete_trigger(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    delete(request, "trigger-token", segments, world)
}

/// Does not find a deploy token with a project, which represents one with a former prefix. Fails for
/// trigger tokens, as GitLab does by a feature flag.
fn revoke_as_administrator(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    let secret = request.field("token").unwrap_or_default();
    let secret = secret
        .strip_prefix(b"_gitlab_session=")
        .unwrap_or(secret)
        .to_vec();
    match world.credentials.get(&secret) {
        Some(known) if known.kind == "trigger-token" => {
            return Reply::message(500, "500 Internal Server Error");
        }
        Some(known)
            if NOT_ADMIN.contains(&known.kind)
                || known.kind == "job-token"
                || known.kind == "deploy-token" && known.project.is_some() =>
        {
            return Reply::message(422, "422 Unprocessable entity");
        }
        Some(known) if known.state != State::Revoked => {}
        _ => return Reply::message(404, "404 Not Found"),
    }
    world.revoke(&secret);
    Reply::empty()
}
