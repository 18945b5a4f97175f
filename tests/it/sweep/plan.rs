//! `sweep --plan`.

use serde_json::Value;

use super::{ALL_PLACES, Sweeping};
use crate::support::cases;
use crate::support::gitlab::world::{Generated, items};

#[test]
fn counts_projects_jobs_and_requests_without_reading_content() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let plan = |more: &[&str]| {
        let args = [
            "sweep",
            "acme",
            "--plan",
            "--only=logs",
            "--only=variables",
            "--instance",
            &url,
        ];
        let args = args.iter().chain(more);
        let run = sweeping
            .sandbox
            .run_with(args, |command| sweeping.prepare(command));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let json: Value = serde_json::from_str(&plan(&["--format", "json"])).unwrap();
    assert_eq!(json["projects"], 40);
    assert_eq!(json["groups"], 3);
    let subjects = json["subjects"].as_array().unwrap();
    let sum = |key: &str| {
        subjects
            .iter()
            .map(|subject| subject[key].as_u64().unwrap())
            .sum::<u64>()
    };
    let jobs = sum("jobs");
    assert!(jobs > 0);
    // A request for the variables of each, one for the jobs of each project, and one for each log. One log is erased.
    let requests = 43 + 40 + jobs - 1;
    assert_eq!(sum("requests"), requests);
    assert_eq!(json["requests"], sum("requests"));
    assert_eq!(json["jobs"], jobs);
    assert_eq!(json["seconds"], Value::Null);
    let text = plan(&["--requests-per-minute", "600"]);
    let seconds = (sum("requests") * 60).div_ceil(600);
    assert!(
        text.starts_with(&format!(
            "40 projects and 3 groups on {url}\nplaces: variables, logs\njobs: {jobs}; requests: about {}\ntime: at least {seconds} s at 600 requests a minute\n",
            requests,
        )),
        "{text}"
    );
    let counts = sweeping.world.fake.world().counts.clone();
    assert!(
        counts
            .keys()
            .all(|request| !request.contains("trace") && !request.contains("variables")),
        "{counts:?}"
    );
}

#[test]
fn prints_a_plan_as_text_or_json_only() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let args = [
        "sweep",
        "acme",
        "--plan",
        "--format",
        "sarif",
        "--instance",
        &url,
    ];
    let run = sweeping
        .sandbox
        .run_with(args, |command| sweeping.prepare(command));
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stderr, "error: --plan is printed as text or json\n");
}

/// Plans a sweep, and sweeps. Returns the planned requests and the requests to the API that the sweep made, without
/// those that list projects and groups.
fn planned_and_made(sweeping: &Sweeping, target: &str, args: &[&str]) -> (u64, u64) {
    let url = sweeping.world.fake.url();
    let common = ["sweep", target, "--instance", &url, "--quiet"];
    let run = |more: &[&str]| {
        let args = [&common, args, more].concat();
        sweeping
            .sandbox
            .run_with(args, |command| sweeping.prepare(command))
    };
    let plan = run(&["--plan", "--format", "json"]).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    sweeping.world.fake.forget_requests();
    let swept = run(&["--exit-zero"]);
    assert!(matches!(swept.code, Some(0 | 2)), "{swept:?}");
    let counts = sweeping.world.fake.world().counts.clone();
    let is_counted = |endpoint: &str| {
        let is_listing = [
            "GET /projects",
            "GET /projects/:id",
            "GET /groups",
            "GET /groups/:id",
            "GET /groups/:id/projects",
            "GET /groups/:id/descendant_groups",
        ]
        .contains(&endpoint);
        !is_listing && !endpoint.contains(" git ")
    };
    let made = counts.iter().filter(|(endpoint, _)| is_counted(endpoint));
    let made = made.map(|(_, count)| count).sum();
    (plan["requests"].as_u64().unwrap(), made)
}

fn assert_close((planned, made): (u64, u64), about: &str) {
    let ratio = planned as f64 / made as f64;
    assert!(
        (0.8..=1.2).contains(&ratio),
        "{about}: planned {planned}, made {made}"
    );
}

#[test]
fn plans_the_requests_of_a_sweep_of_the_sample() {
    let sweeping = Sweeping::new();
    // Places with few requests may be off by more, as long as the sum is right.
    assert_close(planned_and_made(&sweeping, "acme", &[]), "the default");
    assert_close(
        planned_and_made(&sweeping, "acme", ALL_PLACES),
        "all places",
    );
    let empty = planned_and_made(&sweeping, "acme/service-00", &[]);
    assert_eq!(empty.0, empty.1, "an empty project");
}

#[test]
fn plans_the_requests_of_many_comments() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    sweeping.world.fake.edit(|content| {
        let project = content.projects.iter().find(|project| project.id == 19);
        let project = project.unwrap().clone();
        for (kind, count) in [("issues", 250), ("merge_requests", 130)] {
            for iid in 100..100 + count {
                let notes = usize::from(iid % 3 == 0);
                let mut item = items::issuable(&url, &project, kind, iid, "Text", notes);
                item["updated_at"] =
                    format!("2026-10-01T08:{:02}:{:02}.000Z", iid / 60, iid % 60).into();
                content.push(&format!("projects/19/{kind}"), item);
            }
        }
    });
    let places = ["--only=issues", "--only=merge-requests", "--only=comments"];
    assert_close(
        planned_and_made(&sweeping, "acme/service-03", &places),
        "comments",
    );
}

#[test]
fn plans_the_requests_of_a_sweep_with_a_state() {
    let sweeping = Sweeping::new();
    let args = ["--state", "state.json"];
    let (first, _) = planned_and_made(&sweeping, "acme", &args);
    let (planned, made) = planned_and_made(&sweeping, "acme", &args);
    assert!(planned < first / 2, "{planned} instead of {first}");
    assert_close((planned, made), "a second sweep");
}

#[test]
fn plans_the_requests_of_thousands_of_projects() {
    let sweeping = Sweeping::new();
    sweeping.world.fake.edit(|content| {
        content.projects.clear();
        content.generated = Some(Generated {
            projects: cases(100, 10_000),
            jobs_per_project: 5,
            leak: String::new(),
        });
    });
    sweeping.world.fake.world().only_counts = true;
    let args = ["--skip=repository", "--skip=wiki"];
    let (planned, made) = planned_and_made(&sweeping, "acme", &args);
    println!("{planned} requests are planned and {made} made");
    assert_close((planned, made), "many projects");
}
