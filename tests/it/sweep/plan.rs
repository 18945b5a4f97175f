//! `sweep --plan`.

use serde_json::Value;

use super::Sweeping;

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
    // A request for the variables of each, one for the jobs of each project, and one for each log.
    assert_eq!(sum("requests"), 43 + 40 + jobs);
    assert_eq!(json["requests"], sum("requests"));
    assert_eq!(json["jobs"], jobs);
    assert_eq!(json["seconds"], Value::Null);
    let text = plan(&["--requests-per-minute", "600"]);
    let seconds = (sum("requests") * 60).div_ceil(600);
    assert!(
        text.starts_with(&format!(
            "40 projects and 3 groups on {url}\nplaces: variables, logs\njobs: {jobs}; requests: about {}\ntime: at least {seconds} s at 600 requests a minute\n",
            43 + 40 + jobs,
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
