//! Places that cannot be read: each is listed with the reason and the role that can read it.

use serde_json::Value;

use super::{ALL_PLACES, Sweeping};
use crate::support::gitlab::Fault;

const PROJECT: &str = "acme/service-00";

/// Place, path of the error below the project, endpoint, role and scope.
const PLACES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "artifacts",
        "-/artifacts",
        "GET /projects/:id/jobs",
        "Reporter",
        "read_api",
    ),
    (
        "comments",
        "-/issues",
        "GET /projects/:id/issues",
        "Reporter",
        "read_api",
    ),
    (
        "comments",
        "-/merge_requests",
        "GET /projects/:id/merge_requests",
        "Reporter",
        "read_api",
    ),
    (
        "hooks",
        "-/hooks",
        "GET /projects/:id/hooks",
        "Maintainer (group: Owner, instance: administrator)",
        "api",
    ),
    (
        "issues",
        "-/issues",
        "GET /projects/:id/issues",
        "Planner",
        "read_api",
    ),
    (
        "logs",
        "-/logs",
        "GET /projects/:id/jobs",
        "Reporter (debug logs: Developer)",
        "read_api",
    ),
    (
        "merge-requests",
        "-/merge-requests",
        "GET /projects/:id/merge_requests",
        "Reporter",
        "read_api",
    ),
    (
        "packages",
        "-/packages",
        "GET /projects/:id/packages",
        "Reporter",
        "read_api",
    ),
    (
        "registry",
        "-/registry",
        "GET /projects/:id/registry/repositories",
        "Reporter",
        "read_api and read_registry",
    ),
    (
        "releases",
        "-/releases",
        "GET /projects/:id/releases",
        "Reporter",
        "read_api",
    ),
    (
        "schedules",
        "-/schedules",
        "GET /projects/:id/pipeline_schedules",
        "Maintainer",
        "read_api",
    ),
    (
        "secure-files",
        "-/secure-files",
        "GET /projects/:id/secure_files",
        "Developer",
        "read_api",
    ),
    (
        "snippets",
        "-/snippets",
        "GET /projects/:id/snippets",
        "Reporter (instance: administrator)",
        "read_api",
    ),
    (
        "terraform",
        "-/terraform",
        "POST /api/graphql",
        "Developer",
        "read_api",
    ),
    (
        "variables",
        "-/variables",
        "GET /projects/:id/variables",
        "Maintainer (group: Owner, instance: administrator)",
        "api",
    ),
];

fn refuse(sweeping: &Sweeping, status: u16, headers: Vec<(&'static str, String)>) {
    sweeping.world.fake.fail(Fault::Refuse {
        endpoints: PLACES.iter().map(|place| place.2).collect(),
        status,
        headers,
    });
}

/// The errors of a report, as path below the project and message, sorted.
fn errors(report: &Value) -> Vec<(String, String)> {
    let errors = report["errors"].as_array().unwrap().iter();
    let mut errors: Vec<(String, String)> = errors
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
            let path = text("path").replace(&format!("{PROJECT}/"), "");
            (path, text("message"))
        })
        .collect();
    errors.sort();
    errors
}

fn expected(message: impl Fn(&str, &str) -> String) -> Vec<(String, String)> {
    let all = PLACES.iter();
    let mut expected: Vec<(String, String)> = all
        .map(|(_, path, _, role, scope)| ((*path).to_owned(), message(role, scope)))
        .collect();
    expected.sort();
    expected
}

fn all_of_project() -> Vec<&'static str> {
    [PROJECT].iter().chain(ALL_PLACES).copied().collect()
}

#[test]
fn lists_refused_places_with_their_roles() {
    let sweeping = Sweeping::new();
    for status in [403, 404] {
        refuse(&sweeping, status, Vec::new());
        let (report, run) = sweeping.sweep(&all_of_project());
        assert_eq!(run.code, Some(2), "{run:?}");
        let message = |role: &str, scope: &str| {
            format!(
                "the instance answered {status} ({status} Refused); it takes the role {role} and a token with the scope {scope}"
            )
        };
        assert_eq!(errors(&report), expected(message), "{status}");
    }
}

#[test]
fn lists_what_is_gone_without_a_role() {
    let sweeping = Sweeping::new();
    refuse(&sweeping, 410, Vec::new());
    let (report, run) = sweeping.sweep(&all_of_project());
    assert_eq!(run.code, Some(2), "{run:?}");
    let message = |_: &str, _: &str| "the instance answered 410 (410 Refused)".to_owned();
    assert_eq!(errors(&report), expected(message));
}

#[test]
fn accepts_each_refused_place_on_request() {
    let sweeping = Sweeping::new();
    refuse(&sweeping, 403, Vec::new());
    let mut args = all_of_project();
    for (place, ..) in PLACES {
        args.extend(["--allow-unreadable", place]);
    }
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(errors(&report), []);
    let notes = report["notes"].to_string();
    for (place, ..) in PLACES {
        let count = PLACES.iter().filter(|other| other.0 == *place).count();
        let items = if count == 1 { "1 item" } else { "2 items" };
        let note = format!("{place}: {items} could not be read, which --allow-unreadable accepts");
        assert!(notes.contains(&note), "{note}: {notes}");
    }
}

#[test]
fn lists_every_place_after_the_rate_limit_is_exhausted_and_reads_it_next_time() {
    let sweeping = Sweeping::new();
    refuse(&sweeping, 429, vec![("Retry-After", "86400".to_owned())]);
    let args = [&all_of_project()[..], &["--state", "state.json"]].concat();
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2), "{run:?}");
    let found = errors(&report);
    let paths = |errors: &[(String, String)]| -> Vec<String> {
        errors.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(
        paths(&found),
        paths(&expected(|_, _| String::new())),
        "{found:?}"
    );
    for (path, message) in &found {
        assert!(
            message.starts_with("the rate limit of the instance is exhausted"),
            "{path}: {message}"
        );
    }
    sweeping.world.fake.world().fault = None;
    let (report, run) = sweeping.sweep(&args);
    assert_eq!((errors(&report), run.code), (Vec::new(), Some(0)));
}

#[test]
fn lists_single_logs_that_cannot_be_read() {
    let sweeping = Sweeping::new();
    for (status, role) in [
        (
            403,
            "; it takes the role Reporter (debug logs: Developer) and a token with the scope read_api",
        ),
        (410, ""),
    ] {
        sweeping.world.fake.fail(Fault::Refuse {
            endpoints: vec!["GET /projects/:id/jobs/:id/trace"],
            status,
            headers: Vec::new(),
        });
        let (report, run) = sweeping.sweep(&["acme/platform/api", "--only=logs"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        let message = format!("the instance answered {status} ({status} Refused){role}");
        let expected = [1001, 1002].map(|job| {
            let path = format!("acme/platform/api/-/jobs/{job}/log");
            (path, message.clone())
        });
        assert_eq!(errors(&report), expected);
    }
}

#[test]
fn counts_files_that_are_too_large() {
    let sweeping = Sweeping::new();
    for (target, place) in [
        ("acme/apps/web", "artifacts"),
        ("acme/apps/shop", "packages"),
        ("acme/apps/shop", "registry"),
        ("acme/platform/infra", "terraform"),
        ("acme/platform/infra", "secure-files"),
    ] {
        let (report, run) = sweeping.sweep(&[target, "--only", place, "--max-file-size=0"]);
        assert!(run.code < Some(2), "{place}: {run:?}");
        let notes = report["notes"].to_string();
        assert!(
            notes.contains("not read, because of the size (--max-file-size)"),
            "{place}: {notes}"
        );
    }
}
