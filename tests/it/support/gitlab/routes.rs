//! The routes of the fake instance: GitLab's answers by requester.

use serde_json::{Value, json};

use super::{Incoming, KnownCredential, Reply, State, World, issues, keys, packages, revocation};

/// Method, path (`:name` matches one segment) and answer.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) answer: fn(&Incoming, &[&str], &mut World) -> Reply,
}

/// The segments of a path that a pattern names; `None` if it does not match.
fn matches<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut pattern = pattern.split('/');
    let mut path = path.split('/');
    let mut found = Vec::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(found),
            (Some(name), Some(segment)) if name.starts_with(':') => found.push(segment),
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

/// The route of a request, with the segments that its pattern names.
pub(crate) fn find<'a>(routes: &[Route], request: &'a Incoming) -> Option<(Route, Vec<&'a str>)> {
    routes
        .iter()
        .filter(|route| route.method == request.method)
        .find_map(|route| Some((*route, matches(route.path, request.path())?)))
}

/// True if a route or an object outside of the groups and projects serves the request.
pub(super) fn knows(request: &Incoming, world: &World) -> bool {
    [
        &world.routes,
        ROUTES,
        revocation::ROUTES,
        keys::ROUTES,
        packages::ROUTES,
    ]
    .into_iter()
    .any(|routes| find(routes, request).is_some())
        || world.objects.contains_key(request.path())
}

pub(super) fn answer(request: &Incoming, world: &mut World) -> Reply {
    let route = find(&world.routes, request)
        .or_else(|| find(ROUTES, request))
        .or_else(|| find(revocation::ROUTES, request))
        .or_else(|| find(keys::ROUTES, request))
        .or_else(|| find(packages::ROUTES, request))
        .or_else(|| find(issues::ROUTES, request));
    match route {
        Some((route, segments)) => (route.answer)(request, &segments, world),
        None => match world.objects.get(request.path()) {
            Some(object) if request.method == "GET" => Reply::json(200, object),
            _ => Reply::json(404, &json!({"error": "404 Not Found"})),
        },
    }
}

const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/oauth/token/info",
        answer: oauth_token_info,
    },
    Route {
        method: "GET",
        path: "/api/v4/personal_access_tokens/self",
        answer: token_self,
    },
    Route {
        method: "GET",
        path: "/api/v4/personal_access_tokens/self/associations",
        answer: associations,
    },
    Route {
        method: "GET",
        path: "/api/v4/user",
        answer: user,
    },
    Route {
        method: "GET",
        path: "/api/v4/job",
        answer: job,
    },
    Route {
        method: "GET",
        path: "/api/v4/runners/router/discovery",
        answer: runner_discovery,
    },
    Route {
        method: "POST",
        path: "/api/v4/runners/verify",
        answer: runner_verify,
    },
    Route {
        method: "GET",
        path: "/api/v4/projects/:id/packages/nuget/index",
        answer: package_index,
    },
    Route {
        method: "GET",
        path: "/jwt/auth",
        answer: registry_token,
    },
    Route {
        method: "POST",
        path: "/api/v4/projects/:id/trigger/pipeline",
        answer: trigger,
    },
    Route {
        method: "GET",
        path: "/api/scim/v2/application/Users",
        answer: scim_users,
    },
    Route {
        method: "GET",
        path: "/api/scim/v2/groups/:group/Users",
        answer: scim_users,
    },
    Route {
        method: "GET",
        path: "/api/v4/feature_flags/unleash/:project",
        answer: unleash,
    },
    Route {
        method: "POST",
        path: "/api/v4/admin/token",
        answer: admin_token,
    },
];

/// The answer to a token of the personal access token family that may not be used; `None` if it may be.
pub(crate) fn refuse(known: Option<&KnownCredential>) -> Option<Reply> {
    let invalid = |description: &str| {
        Reply::json(
            401,
            &json!({"error": "invalid_token", "error_description": description}),
        )
    };
    Some(match known.map(|known| known.state) {
        None => Reply::message(401, "401 Unauthorized"),
        Some(State::Live) => return None,
        Some(State::Expired) => {
            invalid("Token is expired. You can either do re-authorization or token refresh.")
        }
        Some(State::Revoked) => {
            invalid("Token was revoked. You have to re-authorize from the user.")
        }
        Some(State::ImpersonationDisabled) => {
            invalid("Token is an impersonation token but impersonation was disabled.")
        }
        Some(State::Blocked) => {
            Reply::message(403, "403 Forbidden - Your account has been blocked.")
        }
        Some(State::DpopRequired) => Reply::json(
            401,
            &json!({"error": "dpop_error", "error_description": "DPoP validation error: DPoP header is missing"}),
        ),
        Some(State::GranularScope) => Reply::json(
            403,
            &json!({
                "error": "insufficient_granular_scope",
                "error_description": "Access denied: Your Personal Access Token lacks the required permissions: [read_personal_access_token].",
            }),
        ),
        Some(State::OauthToken) => Reply::message(
            400,
            "400 Bad request - This endpoint requires token type to be a personal access token",
        ),
    })
}

/// The credential of the request's `PRIVATE-TOKEN` header, or the answer that refuses it.
pub(crate) fn private_token(request: &Incoming, world: &World) -> Result<KnownCredential, Reply> {
    let secret = request.header("private-token").unwrap_or_default();
    let known = world.known("personal-access-token", secret);
    match refuse(known) {
        Some(reply) => Err(reply),
        None => Ok(known.cloned().unwrap()),
    }
}

fn token_object(known: &KnownCredential) -> Value {
    json!({
        "id": known.id,
        "name": known.label,
        "revoked": known.state == State::Revoked,
        "created_at": "2026-01-02T03:04:05.006Z",
        "description": null,
        "scopes": known.scopes,
        "user_id": known.user,
        "last_used_at": "2026-11-20T21:22:23.024Z",
        "active": known.state == State::Live,
        "expires_at": "2027-01-31",
        "last_used_ips": ["203.0.113.7"],
    })
}

fn token_self(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    match private_token(request, world) {
        Ok(known) => Reply::json(200, &token_object(&known)),
        Err(reply) => reply,
    }
}

fn associations(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    match private_token(request, world) {
        Ok(_) => Reply::json(
            200,
            &json!({
                "groups": [{
                    "id": 1, "web_url": "https://gitlab.example.com/groups/platform", "name": "platform",
                    "parent_id": null, "organization_id": 1, "access_levels": 50, "visibility": "private",
                }],
                "projects": [{
                    "id": 7, "description": null, "name": "deploy", "name_with_namespace": "platform / deploy",
                    "path": "deploy", "path_with_namespace": "platform/deploy",
                    "created_at": "2025-01-01T00:00:00.000Z",
                    "access_levels": {"project_access_level": null, "group_access_level": 50},
                    "visibility": "private", "web_url": "https://gitlab.example.com/platform/deploy",
                    "namespace": {"id": 1, "name": "platform", "path": "platform", "kind": "group", "full_path": "platform"},
                }],
            }),
        ),
        Err(reply) => reply,
    }
}

pub(super) fn user_object(id: u64) -> Value {
    json!({
        "id": id, "username": format!("user{id}"), "name": format!("User {id}"), "state": "active",
        "locked": false, "avatar_url": null, "web_url": format!("https://gitlab.example.com/user{id}"),
    })
}

fn user(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if let Some(cookie) = request.header("cookie") {
        let value = cookie.strip_prefix(b"_gitlab_session=").unwrap_or_default();
        return match world.live("session-cookie", value) {
            Some(known) => Reply::json(200, &user_object(known.user)),
            None => Reply::message(401, "401 Unauthorized"),
        };
    }
    match private_token(request, world) {
        Ok(known) => Reply::json(200, &user_object(known.user)),
        Err(reply) => reply,
    }
}

fn job(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    match world.live("job-token", request.header("job-token").unwrap_or_default()) {
        Some(known) => Reply::json(
            200,
            &json!({
                "id": known.id, "status": "running", "stage": "test", "name": "build", "ref": "main", "tag": false,
                "user": user_object(known.user),
                "pipeline": {"id": 5, "project_id": known.project, "ref": "main", "status": "running"},
                "web_url": "https://gitlab.example.com/platform/deploy/-/jobs/1",
            }),
        ),
        None => Reply::message(401, "401 Unauthorized"),
    }
}

fn runner_discovery(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if world.is_old {
        return Reply::json(404, &json!({"error": "404 Not Found"}));
    }
    match world.live(
        "runner-token",
        request.header("runner-token").unwrap_or_default(),
    ) {
        Some(known) if known.scopes.iter().any(|scope| scope == "router") => {
            Reply::json(200, &json!({"server_url": "wss://kas.gitlab.example.com"}))
        }
        Some(_) => Reply::message(501, "501 Not Implemented"),
        None => Reply::message(403, "403 Forbidden"),
    }
}

fn runner_verify(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    let secret = request.field("token").unwrap_or_default();
    match world.live("runner-token", secret) {
        Some(known) => Reply::json(
            200,
            &json!({"id": known.id, "token": String::from_utf8_lossy(secret), "token_expires_at": null}),
        ),
        None => Reply::message(403, "403 Forbidden"),
    }
}

fn package_index(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    let project = segments[0].parse().ok();
    match world.live(
        "deploy-token",
        request.header("deploy-token").unwrap_or_default(),
    ) {
        Some(known) if known.project == project && project.is_some() => {
            Reply::json(200, &json!({"version": "3.0.0", "resources": []}))
        }
        Some(_) => Reply::message(404, "404 Project Not Found"),
        None => Reply::message(401, "401 Unauthorized"),
    }
}

fn registry_token(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    let live = request.basic().and_then(|(user, password)| {
        let known = world.live("deploy-token", &password)?;
        (user == format!("gitlab+deploy-token-{}", known.id)).then_some(())
    });
    match live {
        Some(()) => Reply::json(200, &json!({"token": "registry"})),
        None => Reply::json(
            401,
            &json!({"errors": [{"code": "UNAUTHORIZED", "message": "HTTP Basic: Access denied."}]}),
        ),
    }
}

fn trigger(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    let project = segments[0].parse().ok();
    match world.live("trigger-token", request.field("token").unwrap_or_default()) {
        Some(known) if known.project == project && project.is_some() => {
            Reply::json(400, &json!({"message": {"base": ["Reference not found"]}}))
        }
        _ => Reply::message(404, "404 Not Found"),
    }
}

fn scim_users(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    match world.live("scim-token", request.bearer().unwrap_or_default()) {
        Some(_) => Reply::json(
            200,
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 0, "startIndex": 1, "itemsPerPage": 1, "Resources": [],
            }),
        ),
        None => Reply::json(
            401,
            &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "Unauthorized", "status": 401}),
        ),
    }
}

fn oauth_token_info(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    match world.live("unprefixed-token", request.bearer().unwrap_or_default()) {
        Some(known) => Reply::json(
            200,
            &json!({
                "resource_owner_id": known.user, "scope": known.scopes, "expires_in": 7200,
                "application": {"uid": "app"}, "created_at": 1_795_000_000,
            }),
        ),
        None => Reply::json(
            401,
            &json!({"error": "invalid_token", "error_description": "The access token is invalid"}),
        ),
    }
}

fn unleash(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    let project = segments[0].parse().ok();
    match world.live(
        "feature-flags-token",
        request.header("unleash-instanceid").unwrap_or_default(),
    ) {
        Some(known) if known.project == project && project.is_some() => {
            Reply::json(200, &json!({"version": 1, "features": []}))
        }
        _ => Reply::message(401, "401 Unauthorized"),
    }
}

/// Kinds that the administrators' API does not recognize.
pub(super) const NOT_ADMIN: [&str; 6] = [
    "registration-token",
    "runner-controller-token",
    "workspace-token",
    "scim-token",
    "iam-token",
    "unprefixed-token",
];

/// The administrator of the request, or the answer that refuses it.
pub(crate) fn administrator(request: &Incoming, world: &World) -> Result<KnownCredential, Reply> {
    let known = private_token(request, world)?;
    if known.is_admin {
        Ok(known)
    } else {
        Err(Reply::message(403, "403 Forbidden"))
    }
}

fn admin_token(request: &Incoming, _: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = administrator(request, world) {
        return reply;
    }
    match world
        .credentials
        .get(request.field("token").unwrap_or_default())
    {
        None => Reply::message(404, "404 Not Found"),
        Some(known) if NOT_ADMIN.contains(&known.kind) => {
            Reply::message(422, "422 Unprocessable entity")
        }
        Some(known) if known.kind == "job-token" => {
            Reply::message(500, "500 Internal Server Error")
        }
        Some(known) => Reply::json(200, &token_object(known)),
    }
}
