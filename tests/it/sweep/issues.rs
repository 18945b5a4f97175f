//! `report issues`: one confidential issue for each project.

use serde_json::{Value, json};

use crate::support::a_credential;
use crate::support::gitlab::world::SampleWorld;
use crate::support::sandbox::{Run, Sandbox};

/// A world whose operator may write, and a report of it: two findings of a project, one of another, one of a group.
struct Case {
    world: SampleWorld,
    sandbox: Sandbox,
    report: Value,
}

const PLACES: &[(&str, &str, &str)] = &[
    (
        "acme/apps/shop",
        "issues",
        "/acme/apps/shop/-/issues/7#note_7001",
    ),
    ("acme/apps/shop", "logs", "/acme/apps/shop/-/jobs/1041#L2"),
    (
        "acme/platform/api",
        "logs",
        "/acme/platform/api/-/jobs/1001#L3217",
    ),
    ("acme", "variables", "/groups/acme/-/settings/ci_cd"),
];

impl Case {
    fn new() -> Self {
        let (world, sandbox) = SampleWorld::start_writable();
        for (number, _) in PLACES.iter().enumerate() {
            let token = sandbox.watch(a_credential(
                "personal access token, routable",
                number as u64,
            ));
            sandbox.write(format!("{number}`|@all.env"), format!("TOKEN={token}\n"));
        }
        let mut report = sandbox.scan(&["."]);
        let url = world.fake.url();
        for (finding, (owner, place, page)) in report["findings"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .zip(PLACES)
        {
            finding["location"]["remote"] = json!({
                "place": place, "owner": owner, "url": format!("{url}{page}"), "visibility": "private",
                "appeared": "2026-10-01T08:00:00Z",
            });
        }
        let case = Self {
            world,
            sandbox,
            report,
        };
        case.write();
        case
    }

    fn write(&self) {
        self.sandbox.write("report.json", self.report.to_string());
    }

    fn file(&self, args: &[&str]) -> Run {
        let url = self.world.fake.url();
        let fixed = ["report", "issues", "report.json", "--instance", &url];
        self.sandbox.run_with(fixed.iter().chain(args), |command| {
            command.env("GITLAB_TOKEN", &self.world.token);
        })
    }

    fn issues(&self, project: u64) -> Vec<Value> {
        let content = std::sync::Arc::clone(&self.world.fake.world().content);
        let issues = content.lists.get(&format!("projects/{project}/issues"));
        let own = issues
            .into_iter()
            .flatten()
            .filter(|issue| issue["iid"].as_u64() >= Some(100));
        own.cloned().collect()
    }
}

#[test]
fn opens_one_confidential_issue_for_each_project() {
    let case = Case::new();
    let run = case.file(&["--labels", "security"]);
    let url = case.world.fake.url();
    assert_eq!(
        run.stdout,
        format!(
            "opened     {url}/acme/apps/shop/-/issues/102 (2 findings)\n\
             opened     {url}/acme/platform/api/-/issues/100 (1 finding)\n"
        ),
        "{run:?}"
    );
    assert_eq!(
        run.stderr,
        "warning: 1 finding belongs to a group or the instance; name a project for them with --shared-project\n"
    );
    assert_eq!(run.code, Some(1));
    let issue = &case.issues(14)[0];
    assert_eq!(
        (&issue["confidential"], &issue["labels"]),
        (&json!(true), &json!(["security"]))
    );
    let text = issue["description"].as_str().unwrap();
    case.sandbox.search("an issue", text.as_bytes());
    assert!(
        text.contains(&format!(
            "[job log, line 1]({url}/acme/apps/shop/-/jobs/1041#L2)"
        )),
        "{text}"
    );
    assert!(text.contains("private (members) | 2026-10-01 |"), "{text}");
    assert!(!text.contains("`|@all"), "{text}");
}

#[test]
fn updates_its_own_issue_and_no_other() {
    let case = Case::new();
    // The marker alone does not count: these issues are of another user or not confidential.
    let marker = "<!-- tokensweep:findings -->\n";
    case.world.fake.edit(|content| {
        for (author, confidential) in [(7, true), (101, false)] {
            let mut planted = content.lists["projects/14/issues"][0].clone();
            planted["iid"] = json!(author % 50);
            planted["author"]["id"] = json!(author);
            planted["confidential"] = json!(confidential);
            planted["description"] = json!(marker);
            content.push("projects/14/issues", planted);
        }
    });
    assert_eq!(
        case.file(&["--shared-project", "acme/platform/api"]).code,
        Some(0)
    );
    let run = case.file(&["--shared-project", "acme/platform/api"]);
    assert_eq!(run.stdout.matches("unchanged").count(), 2, "{run:?}");
    let before = case.issues(14);
    let mut case = case;
    case.report["findings"].as_array_mut().unwrap().remove(0);
    case.write();
    let run = case.file(&["--shared-project", "acme/platform/api"]);
    assert!(run.stdout.starts_with("updated"), "{run:?}");
    let after = case.issues(14);
    assert_eq!((before.len(), after.len()), (1, 1));
    let content = std::sync::Arc::clone(&case.world.fake.world().content);
    let planted = content.lists["projects/14/issues"].iter();
    let untouched = planted
        .filter(|issue| issue["description"] == marker)
        .count();
    assert_eq!(untouched, 2);
}

#[test]
fn reports_projects_whose_issues_it_cannot_open() {
    let case = Case::new();
    case.world
        .fake
        .edit(|content| content.projects[3].disabled.push("issues"));
    let run = case.file(&["--shared-project", "acme/platform/api"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "error: cannot file the issue of 'acme/apps/shop' (2 findings): the instance answered 404 (404 Error)\n"
    );
    assert!(run.stdout.starts_with("opened"), "{run:?}");
}

#[test]
fn refuses_reports_of_another_instance_and_of_files() {
    let mut case = Case::new();
    let run = case.file(&["--dry-run"]);
    assert!(
        run.stdout
            .starts_with("# acme/apps/shop\n\n<!-- tokensweep"),
        "{run:?}"
    );
    assert_eq!(case.world.fake.total(), 0);
    case.report["findings"][0]["location"]["remote"]["url"] =
        json!("https://other.example/acme/apps/shop/-/issues/7");
    case.write();
    let run = case.file(&[]);
    let message =
        "error: the report contains findings of another instance: https://other.example\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
    for finding in case.report["findings"].as_array_mut().unwrap() {
        finding["location"]
            .as_object_mut()
            .unwrap()
            .remove("remote");
    }
    case.write();
    let run = case.file(&[]);
    let message = "error: the report does not name places on an instance; `tokensweep sweep` writes such reports\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
}
