//! The routes that create and change issues of stored projects.

use std::sync::Arc;

use serde_json::{Value, json};

use super::routes::private_token;
use super::world::items;
use super::{Incoming, Reply, Route, World};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/api/v4/projects/:id/issues",
        answer: create,
    },
    Route {
        method: "PUT",
        path: "/api/v4/projects/:id/issues/:iid",
        answer: change,
    },
];

/// Sets the fields of the body.
fn set(issue: &mut Value, request: &Incoming) {
    for (name, value) in &request.fields {
        let text = String::from_utf8_lossy(value);
        issue[name.as_str()] = match name.as_str() {
            "confidential" => json!(text == "true"),
            "labels" => json!(text.split(',').collect::<Vec<_>>()),
            _ => json!(text),
        };
    }
}

fn create(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    let caller = match private_token(request, world) {
        Ok(caller) => caller,
        Err(reply) => return reply,
    };
    let content = Arc::make_mut(&mut world.content);
    let Some(project) = content.project(&segments[0].replace("%2F", "/")) else {
        return Reply::message(404, "404 Project Not Found");
    };
    if !caller.scopes.iter().any(|scope| scope == "api") || project.disabled.contains(&"issues") {
        return Reply::message(403, "403 Forbidden");
    }
    let key = format!("projects/{}/issues", project.id);
    let iid = 100 + content.lists.get(&key).map_or(0, Vec::len) as u64;
    let mut issue = items::issuable(&content.url, &project, "issues", iid, "", 0);
    issue["author"]["id"] = json!(caller.user);
    set(&mut issue, request);
    content.push(&key, issue.clone());
    Reply::json(201, &issue)
}

fn change(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Err(reply) = private_token(request, world) {
        return reply;
    }
    let content = Arc::make_mut(&mut world.content);
    let Some(project) = content.project(&segments[0].replace("%2F", "/")) else {
        return Reply::message(404, "404 Project Not Found");
    };
    let issues = content
        .lists
        .get_mut(&format!("projects/{}/issues", project.id));
    let issue = issues
        .into_iter()
        .flatten()
        .find(|issue| issue["iid"].as_u64() == segments[1].parse().ok());
    match issue {
        Some(issue) => {
            set(issue, request);
            Reply::json(200, issue)
        }
        None => Reply::message(404, "404 Issue Not Found"),
    }
}
