//! Generic packages: files that clients store.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::routes::Route;
use super::world::items;
use super::{Incoming, Reply, State, World};

const TYPE: &str = "application/octet-stream";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/api/v4/projects/:id/packages/generic/:name/:version/:file",
        answer: download,
    },
    Route {
        method: "PUT",
        path: "/api/v4/projects/:id/packages/generic/:name/:version/:file",
        answer: upload,
    },
];

/// The answer to a caller that may not use packages of the project.
fn refuse(request: &Incoming, project: &str, scope: &str, world: &World) -> Option<Reply> {
    let live = |known: Option<&super::KnownCredential>| {
        known.filter(|known| known.state == State::Live).cloned()
    };
    let job = request.header("job-token");
    let job = live(job.and_then(|secret| world.known("job-token", secret)));
    let private = request.header("private-token");
    let private = live(private.and_then(|secret| world.known("personal-access-token", secret)));
    match (job, private) {
        (Some(job), _) if job.project == project.parse().ok() => None,
        // The project does not allow the job tokens of others.
        (Some(_), _) => Some(Reply::message(404, "404 Project Not Found")),
        (_, Some(token))
            if token
                .scopes
                .iter()
                .any(|known| known == scope || known == "api") =>
        {
            None
        }
        (_, Some(_)) => Some(Reply::json(
            403,
            &json!({"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token."}),
        )),
        _ => Some(Reply::message(401, "401 Unauthorized")),
    }
}

fn key(segments: &[&str]) -> String {
    let [project, name, version, file] = segments else {
        panic!("{segments:?}");
    };
    format!("projects/{project}/packages/generic/{name}/{version}/{file}")
}

fn download(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Some(reply) = refuse(request, segments[0], "read_api", world) {
        return reply;
    }
    match world.content.files.get(&key(segments)) {
        Some(file) => Reply::new(200, file.content_type, file.bytes.to_vec()),
        None => Reply::message(404, "404 Not Found"),
    }
}

/// Stores a file as the newest of its name; returns its description.
pub(crate) fn store(world: &mut World, key: &str, bytes: &[u8]) -> Value {
    world.uploads.push(bytes.to_vec());
    let id = 7000 + world.uploads.len() as u64;
    let segments: Vec<&str> = key.split('/').collect();
    let (project, name, file) = (segments[1], segments[4], segments[6]);
    // One package for each name.
    let package = 900 + name.len() as u64;
    let digest = Sha256::digest(bytes);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut object = items::package_file(package, id, file, bytes.len());
    object["file_sha256"] = json!(digest);
    let content = Arc::make_mut(&mut world.content);
    let list = format!("projects/{project}/packages/{package}/package_files");
    // Since GitLab 18.4.
    if !world.is_old {
        content.store(&format!("{list}/{id}/download"), TYPE, bytes);
    }
    content.store(key, TYPE, bytes);
    content.push(&list, object.clone());
    object
}

fn upload(request: &Incoming, segments: &[&str], world: &mut World) -> Reply {
    if let Some(reply) = refuse(request, segments[0], "api", world) {
        return reply;
    }
    let key = key(segments);
    if let Some(rival) = world.rival_upload.take() {
        store(world, &key, &rival);
    }
    let stored = store(world, &key, &request.body);
    if request.query("select").as_deref() == Some("package_file") {
        return Reply::json(201, &stored);
    }
    Reply::json(201, &json!({"message": "201 Created"}))
}
