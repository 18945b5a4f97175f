//! The sample instance answers as GitLab does.

use serde_json::Value;

use crate::support::gitlab::world::{Generated, SampleWorld};
use crate::support::sandbox::Sandbox;

/// Sends a request with the operator's token; returns status, headers and body.
fn get(world: &SampleWorld, path: &str) -> (u16, String, Vec<u8>) {
    use std::io::{Read as _, Write as _};

    let url = world.fake.url();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nPRIVATE-TOKEN: {}\r\n\r\n",
        world.token
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}

fn list(body: &[u8]) -> Vec<Value> {
    serde_json::from_slice(body).unwrap()
}

/// The path and query of the next page.
fn next(head: &str) -> Option<String> {
    let links = head.lines().find_map(|line| line.strip_prefix("Link: "))?;
    let link = links
        .split(", ")
        .find(|link| link.ends_with("rel=\"next\""))?;
    let target = link.split(['<', '>']).nth(1).unwrap();
    Some(format!("/{}", target.splitn(4, '/').nth(3).unwrap()))
}

#[test]
fn lists_projects_of_groups_with_their_subgroups() {
    let world = SampleWorld::start_with_log(1 << 20);
    let (status, head, body) = get(
        &world,
        "/api/v4/groups/acme/projects?include_subgroups=true&per_page=100",
    );
    assert_eq!((status, list(&body).len()), (200, 40), "{head}");
    let (_, _, body) = get(&world, "/api/v4/groups/acme%2Fapps/projects?per_page=100");
    assert_eq!(list(&body).len(), 14);
    let (status, ..) = get(&world, "/api/v4/projects/acme%2Fapps%2Flocked/variables");
    assert_eq!(status, 403);
    let (status, _, body) = get(
        &world,
        "/api/v4/projects/acme%2Fplatform%2Finfra/pipeline_schedules/901",
    );
    assert_eq!(status, 200);
    assert!(serde_json::from_slice::<Value>(&body).unwrap()["variables"].is_array());
}

#[test]
fn pages_generated_lists_by_keyset() {
    let world = SampleWorld::start_with_log(1 << 20);
    world.fake.edit(|content| {
        content.generated = Some(Generated {
            projects: 10_500,
            jobs_per_project: 250,
            leak: String::new(),
        });
    });
    let mut page =
        Some("/api/v4/projects?pagination=keyset&order_by=id&sort=asc&per_page=100".to_owned());
    let (mut ids, mut pages) = (Vec::new(), 0);
    while let Some(path) = page {
        let (status, head, body) = get(&world, &path);
        assert_eq!(status, 200, "{head}");
        ids.extend(
            list(&body)
                .iter()
                .map(|project| project["id"].as_u64().unwrap()),
        );
        pages += 1;
        page = next(&head);
    }
    assert_eq!(ids.len(), 10_540);
    assert!(ids.is_sorted_by(|one, other| one < other));
    // The last page is empty.
    assert_eq!(pages, 107);
    let (_, head, _) = get(&world, "/api/v4/projects?per_page=100");
    assert!(!head.contains("X-Total"), "{head}");
    assert!(head.contains("X-Next-Page: 2"), "{head}");

    let mut page = Some("/api/v4/projects/1000000/jobs?pagination=keyset&per_page=100".to_owned());
    let mut ids = Vec::new();
    while let Some(path) = page {
        let (_, head, body) = get(&world, &path);
        ids.extend(list(&body).iter().map(|job| job["id"].as_u64().unwrap()));
        page = next(&head);
    }
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted_by(|one, other| one > other));
    assert_eq!(world.fake.world().counts["GET /projects/:id/jobs"], 3);
}

#[test]
fn serves_repositories_to_git() {
    let world = SampleWorld::start_with_log(1 << 20);
    let sandbox = Sandbox::new();
    let url = format!("{}/acme/platform/api.git", world.fake.url());
    use base64::Engine as _;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("oauth2:{}", world.token));
    let clone = |header: Option<String>| {
        let mut git = sandbox.command("git");
        if let Some(header) = header {
            git.env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "http.extraHeader")
                .env("GIT_CONFIG_VALUE_0", header);
        }
        git.env("GIT_TERMINAL_PROMPT", "0");
        git.args(["clone", "--quiet", "--mirror", &url, "mirror.git"])
            .output()
            .unwrap()
    };
    assert!(!clone(None).status.success());
    let output = clone(Some(format!("Authorization: Basic {basic}")));
    assert!(output.status.success(), "{output:?}");
    let refs = sandbox.git(&["-C", "mirror.git", "for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/heads/main\nrefs/merge-requests/2/head\n");
}
