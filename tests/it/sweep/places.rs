//! The contents that a sweep reads in each place, and its requests.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::a_credential;
use crate::support::gitlab::world::{SampleWorld, items};
use crate::support::sandbox::{Run, Sandbox};

/// The project of the sample with texts, packages and images.
const SHOP: u64 = 14;

/// The places of this file.
const PLACES: &[&str] = &[
    "artifacts",
    "issues",
    "merge-requests",
    "comments",
    "snippets",
    "releases",
    "hooks",
    "schedules",
    "terraform",
    "secure-files",
    "packages",
    "registry",
];

/// A sweep of the sample instance.
struct Sweeper {
    world: SampleWorld,
    sandbox: Sandbox,
}

impl Sweeper {
    fn new() -> Self {
        let sweeper = Self {
            world: SampleWorld::start_with_log(1 << 16),
            sandbox: Sandbox::new(),
        };
        sweeper.world.watch(&sweeper.sandbox);
        sweeper
    }

    /// Adds a secret to watch.
    fn secret(&self, seed: u64) -> String {
        let secret = a_credential("personal access token, routable", seed);
        self.sandbox.watch(secret.clone());
        secret
    }

    fn run(&self, args: &[&str]) -> Run {
        let url = self.world.fake.url();
        let report = "--report=json=report.json";
        let fixed = ["sweep", "--instance", &url, report, "--quiet"];
        self.world.fake.forget_requests();
        let all = fixed.iter().chain(args);
        self.sandbox.run_with(all, |command: &mut Command| {
            command.env("GITLAB_TOKEN", &self.world.token);
        })
    }

    fn report(&self) -> Value {
        let bytes = std::fs::read(self.sandbox.at("report.json")).unwrap();
        self.sandbox.search("report.json", &bytes);
        serde_json::from_slice(&bytes).unwrap()
    }

    /// `path | page | visibility` of each finding, without the digests of images.
    fn findings(&self) -> Vec<String> {
        let url = self.world.fake.url();
        let report = self.report();
        let line = |finding: &Value| {
            let location = &finding["location"];
            let path = location["path"].as_str().unwrap();
            let parts: Vec<&str> = path
                .split('/')
                .map(|part| match part.split_once(':') {
                    Some(("sha256", _)) => "sha256",
                    _ => part,
                })
                .collect();
            let remote = &location["remote"];
            let page = remote["url"].as_str().unwrap().replace(&url, "");
            let visibility = remote["visibility"].as_str().unwrap();
            format!("{} | {page} | {visibility}", parts.join("/"))
        };
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    /// The messages of a list of the report, with their paths.
    fn messages(&self, list: &str) -> Vec<String> {
        let report = self.report();
        let line = |item: &Value| {
            let path = item["path"].as_str();
            let path = path.map_or_else(String::new, |path| format!("{path}: "));
            format!("{path}{}", item["message"].as_str().unwrap())
        };
        report[list].as_array().unwrap().iter().map(line).collect()
    }

    /// The number of requests by endpoint.
    fn requests(&self, endpoint: &str) -> u64 {
        let counts = &self.world.fake.world().counts;
        counts.get(endpoint).copied().unwrap_or_default()
    }
}

fn only<'a>(places: &[&'a str]) -> Vec<&'a str> {
    places.iter().flat_map(|place| ["--only", place]).collect()
}

#[test]
fn findings_lead_to_the_pages_of_their_places() {
    let sweeper = Sweeper::new();
    let run = sweeper.run(&[&["acme"][..], &only(PLACES)].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    let shop = "/acme/apps/shop/-";
    let infra = "/acme/platform/infra/-";
    let web = "/acme/apps/web/-/jobs";
    let expected = [
        "acme/-/epics/2 | /groups/acme/-/epics/2 | private".to_owned(),
        "acme/-/epics/3#note_7101 | /groups/acme/-/epics/3#note_7101 | private".to_owned(),
        "acme/apps/-/hooks/802 | /groups/acme/apps/-/hooks/802/edit | private".to_owned(),
        format!("acme/apps/shop/-/issues/3 | {shop}/issues/3 | public"),
        format!("acme/apps/shop/-/issues/7#note_7001 | {shop}/issues/7#note_7001 | private"),
        format!("acme/apps/shop/-/merge_requests/3 | {shop}/merge_requests/3 | public"),
        format!(
            "acme/apps/shop/-/merge_requests/4#note_7002 | {shop}/merge_requests/4#note_7002 | public"
        ),
        format!(
            "acme/apps/shop/-/merge_requests/4#note_7003 | {shop}/merge_requests/4#note_7003 | public"
        ),
        format!(
            "acme/apps/shop/-/packages/601/@acme/shop@1.0.0/shop-1.0.0.tgz!package/.npmrc | {shop}/packages/601 | public"
        ),
        format!("acme/apps/shop/-/releases/v1.0 | {shop}/releases/v1.0 | public"),
        format!("acme/apps/shop/-/releases/v1.1 | {shop}/releases/v1.1 | public"),
        format!("acme/apps/shop/-/snippets/501/run.sh | {shop}/snippets/501#L2 | internal"),
        "acme/apps/shop/container_registry/701/sha256/config.json | /acme/apps/shop/container_registry/701 | public"
            .to_owned(),
        "acme/apps/shop/container_registry/701/sha256/layer.tar.gz!app/.env | /acme/apps/shop/container_registry/701 | public"
            .to_owned(),
        format!(
            "acme/apps/web/-/jobs/1011/artifacts.zip!dist/bundle.zip!lib/inner.zip!conf/settings.toml | {web}/1011/artifacts/file/dist/bundle.zip | private"
        ),
        format!("acme/apps/web/-/jobs/1012/artifacts.zip!build.env | {web}/1012/artifacts/file/build.env | private"),
        format!("acme/platform/infra/-/hooks/801 | {infra}/hooks/801/edit | private"),
        format!(
            "acme/platform/infra/-/pipeline_schedules/901/NIGHTLY_TOKEN | {infra}/pipeline_schedules/901/edit | private"
        ),
        format!(
            "acme/platform/infra/-/secure_files/31/deploy.env | {infra}/settings/ci_cd#js-secure-files | private"
        ),
        format!("acme/platform/infra/-/terraform/production.tfstate | {infra}/terraform | private"),
    ];
    let is_of_report = |line: &String| line.contains("dotenv");
    let mut found = sweeper.findings();
    found.retain(|line| !is_of_report(line));
    found.sort();
    assert_eq!(found, expected);
    let mut errors = sweeper.messages("errors");
    errors.retain(|line| !is_of_report(line));
    errors.sort();
    let denied = |place: &str, role: &str, scope: &str| {
        format!(
            "acme/apps/locked/-/{place}: the instance answered 403 (403 Forbidden); it takes the role {role} and a token with the scope {scope}"
        )
    };
    assert_eq!(
        errors,
        [
            denied(
                "hooks",
                "Maintainer (group: Owner, instance: administrator)",
                "api"
            ),
            denied("secure-files", "Developer", "read_api"),
            denied("terraform", "Developer", "read_api"),
        ]
    );
    let notes = sweeper.messages("notes");
    assert!(
        notes.contains(&"1 job has expired artifacts, which no longer exist".to_owned()),
        "{notes:?}"
    );
}

#[test]
fn a_second_sweep_reads_only_comments_of_changed_issues() {
    let sweeper = Sweeper::new();
    let places = only(&["issues", "comments", "snippets"]);
    let args = [&["acme/apps/shop", "--state=state.json"][..], &places].concat();
    assert_eq!(sweeper.run(&args).code, Some(1));
    let before = sweeper.findings();
    assert_eq!(sweeper.requests("GET /projects/:id/issues"), 2);
    assert_eq!(sweeper.run(&args).code, Some(1));
    assert_eq!(sweeper.findings(), before);
    assert_eq!(sweeper.requests("GET /projects/:id/issues"), 0);

    let secret = sweeper.secret(77);
    sweeper.world.fake.edit(|content| {
        let later = "2026-10-02T08:00:00.000Z";
        let shop = content
            .projects
            .iter_mut()
            .find(|project| project.id == SHOP);
        let shop = shop.unwrap();
        shop.last_activity_at = later.to_owned();
        let shop = shop.clone();
        let url = content.url.clone();
        let mut issue = items::issuable(&url, &shop, "issues", 8, "Nothing.", 1);
        issue["updated_at"] = json!(later);
        issue["confidential"] = json!(true);
        content.push("projects/14/issues", issue);
        let text = format!("Use {secret} for now.");
        let note = items::note(SHOP, 7003, "Issue", 8, &text);
        content.push("projects/14/issues/8/notes", note);
    });
    assert_eq!(sweeper.run(&args).code, Some(1));
    let mut expected = before;
    expected.push(
        "acme/apps/shop/-/issues/8#note_7003 | /acme/apps/shop/-/issues/8#note_7003 | private"
            .to_owned(),
    );
    expected.sort();
    let mut found = sweeper.findings();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(sweeper.requests("GET /projects/:id/issues/:id/notes"), 1);
    assert_eq!(sweeper.requests("GET /projects/:id/snippets/:id/raw"), 0);
}

#[test]
fn files_of_settings_are_read_from_large_artifacts() {
    let sweeper = Sweeper::new();
    let args = ["acme/apps/web", "--only=artifacts", "--max-file-size=0"];
    let run = sweeper.run(&args);
    assert_eq!(run.code, Some(1), "{run:?}");
    let path = "acme/apps/web/-/jobs/1012/artifacts.zip!build.env";
    let page = "/acme/apps/web/-/jobs/1012/artifacts/file/build.env";
    assert_eq!(sweeper.findings(), [format!("{path} | {page} | private")]);
    assert_eq!(sweeper.requests("GET /projects/:id/jobs/:id/artifacts"), 0);
    sweeper
        .world
        .fake
        .edit(|content| content.lacks_artifact_tree = true);
    let run = sweeper.run(&args);
    assert_eq!((run.code, sweeper.findings().len()), (Some(0), 0));
    let notes = sweeper.messages("notes");
    assert!(
        notes.iter().any(|note| note.starts_with("2 files")),
        "{notes:?}"
    );
}

#[test]
fn content_is_read_from_object_storage() {
    let sweeper = Sweeper::new();
    let places = only(&["artifacts", "packages"]);
    let args = [&["acme/apps"][..], &places].concat();
    sweeper.run(&args);
    let found = sweeper.findings();
    assert!(found.len() >= 3, "{found:?}");
    sweeper
        .world
        .fake
        .edit(|content| content.has_object_storage = true);
    sweeper.run(&args);
    assert_eq!(sweeper.findings(), found);
    assert!(sweeper.requests("GET /storage") >= 3);
    let requests = sweeper.world.fake.requests();
    let stored = requests
        .iter()
        .filter(|request| request.path.starts_with("/storage"));
    assert!(
        stored
            .map(|request| request.credentials.len())
            .sum::<usize>()
            == 0
    );
}

#[test]
fn every_file_of_a_snippet_has_its_page() {
    let sweeper = Sweeper::new();
    let secret = sweeper.secret(78);
    sweeper.world.fake.edit(|content| {
        let shop = content.projects.iter().find(|project| project.id == SHOP);
        let shop = shop.unwrap().clone();
        let url = content.url.clone();
        let files = ["a.txt", "b c/deploy.env"];
        let snippet = items::snippet(&url, Some(&shop), 502, &files);
        content.push("projects/14/snippets", snippet);
        let key = "projects/14/snippets/502/files/main";
        content.store(&format!("{key}/a.txt/raw"), "text/plain", *b"Nothing.\n");
        let text = format!("TOKEN={secret}\n");
        content.store(&format!("{key}/b c/deploy.env/raw"), "text/plain", text);
    });
    let run = sweeper.run(&["acme/apps/shop", "--only=snippets"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let found = sweeper.findings();
    let expected = "acme/apps/shop/-/snippets/502/b c/deploy.env | /acme/apps/shop/-/snippets/502/raw/main/b%20c/deploy.env | internal";
    assert!(found.contains(&expected.to_owned()), "{found:?}");
}

#[test]
fn variables_of_pipelines_that_were_started_by_hand_are_read() {
    let sweeper = Sweeper::new();
    let secret = sweeper.secret(79);
    sweeper.world.fake.edit(|content| {
        let url = content.url.clone();
        let mut job = items::job(&url, "acme/apps/shop", 1099, &[]);
        job["pipeline"]["id"] = json!(5001);
        job["pipeline"]["source"] = json!("web");
        content.push("projects/14/jobs", job);
        let variable = items::variable("DEPLOY_TOKEN", Some(&secret), "clear");
        content.push("projects/14/pipelines/5001/variables", variable);
    });
    let run = sweeper.run(&["acme/apps/shop", "--only=schedules"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let path = "acme/apps/shop/-/pipelines/5001/DEPLOY_TOKEN";
    let page = "/acme/apps/shop/-/pipelines/5001";
    assert_eq!(sweeper.findings(), [format!("{path} | {page} | private")]);
}

#[test]
fn packages_of_older_instances_are_read_by_their_type() {
    let sweeper = Sweeper::new();
    let args = ["acme/apps/shop", "--only=packages"];
    sweeper.run(&args);
    let found = sweeper.findings();
    assert_eq!(found.len(), 1);
    sweeper.world.fake.edit(|content| {
        let by_id = "projects/14/packages/601/package_files/6011/download";
        content.files.remove(by_id).unwrap();
    });
    let run = sweeper.run(&args);
    assert_eq!((run.code, sweeper.findings()), (Some(1), found), "{run:?}");
}

#[test]
fn reads_only_items_after_the_given_time() {
    let sweeper = Sweeper::new();
    let places = only(PLACES);
    let args = [&["acme/apps/shop", "--since=2026-10-20"][..], &places].concat();
    let run = sweeper.run(&args);
    assert!(run.code == Some(1) || run.code == Some(0), "{run:?}");
    let undated = |line: &String| !line.contains("/releases/");
    let found: Vec<String> = sweeper.findings().into_iter().filter(undated).collect();
    assert_eq!(found, [""; 0]);
    assert_eq!(sweeper.requests("GET /projects/:id/issues/:id/notes"), 0);
    assert_eq!(sweeper.requests("GET /v2/manifests"), 0);

    let terraform = "acme/platform/infra/-/terraform/production.tfstate";
    for (since, is_read) in [("2026-10-20", false), ("2026-09-01", true)] {
        let since = format!("--since={since}");
        sweeper.run(&["acme/platform/infra", "--only=terraform", &since]);
        let found = sweeper.findings();
        assert_eq!(
            found.iter().any(|line| line.starts_with(terraform)),
            is_read
        );
    }
    // GitLab does not record when settings change, so they are always read.
    let settings = ["--only=variables", "--only=hooks", "--only=schedules"];
    sweeper.run(&[&["acme/platform/infra"][..], &settings].concat());
    let all = sweeper.findings();
    sweeper.run(
        &[
            &["acme/platform/infra", "--since=2026-10-20"][..],
            &settings,
        ]
        .concat(),
    );
    assert_eq!(sweeper.findings(), all);
    assert_eq!(all.len(), 3);
}
