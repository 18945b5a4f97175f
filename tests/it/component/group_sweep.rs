//! The component `group-sweep`.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Map, Value, json};

use super::shell::{only_known_options, run, script};
use super::template::{Template, assert_valid, documents, older_schema, resolve, schema};
use crate::support::a_credential;
use crate::support::gitlab::world::SampleWorld;
use crate::support::sandbox::Sandbox;

const PLAN: &str = "group-sweep:plan";

const JOB_TOKEN: &str = "job token";

/// A project with the component, and an instance to sweep.
struct Case {
    world: SampleWorld,
    sandbox: Sandbox,
    /// The token of the jobs, which belong to project 20.
    job_token: String,
}

impl Case {
    fn new() -> Self {
        let (world, sandbox) = SampleWorld::start_writable();
        let job_token = sandbox.watch(a_credential(JOB_TOKEN, 91));
        world.fake.add("job", "job-token", &job_token);
        world.fake.change("job", |known| known.project = Some(20));
        Self {
            world,
            sandbox,
            job_token,
        }
    }

    /// Runs the script of a job as a runner does.
    fn run(&self, job: &Value, variables: &Map<String, Value>) -> Output {
        let own = job["variables"].as_object().into_iter().flatten();
        let all: Vec<(String, String)> = variables
            .iter()
            .chain(own)
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
            .collect();
        let url = self.world.fake.url();
        let mut variables: Vec<(&str, &str)> = vec![
            ("CI_SERVER_URL", &url),
            ("TOKENSWEEP_GITLAB_TOKEN", &self.world.token),
            ("GITLAB_CI", "true"),
            ("CI_JOB_TOKEN", &self.job_token),
        ];
        variables.extend(
            all.iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let output = run(&script(job), self.sandbox.path(), &variables);
        self.sandbox.search("a job's log", &output.stdout);
        self.sandbox.search("a job's log", &output.stderr);
        output
    }

    /// The child pipeline that the first job writes.
    fn plan(&self, given: &[(&str, Value)]) -> Value {
        let output = self.run(&Template::new("group-sweep").jobs(given)[PLAN], &Map::new());
        assert!(output.status.success(), "{output:?}");
        documents(&self.read("group-sweep.yml")).remove(0)
    }

    /// Runs the child pipeline: returns the exit codes of the shares, and the finished last job.
    fn sweep(&self, pipeline: &Value) -> (Vec<Option<i32>>, Output) {
        let jobs = resolve(pipeline);
        let variables = pipeline["variables"].as_object().unwrap();
        let shares = jobs.iter().filter(|(name, _)| name.starts_with("share "));
        let codes = shares.map(|(_, job)| self.run(job, variables).status.code());
        (codes.collect(), self.run(&jobs["merge"], variables))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.sandbox.at(path)).unwrap()
    }

    fn report(&self) -> Value {
        serde_json::from_str(&self.read("group-sweep.json")).unwrap()
    }
}

#[test]
fn the_component_is_valid_and_adds_nothing_global() {
    let template = Template::new("group-sweep");
    let given = [
        ("targets", json!("a/b @list.txt")),
        ("runner_tags", json!("a")),
        ("job_name", json!("x")),
    ];
    for validator in [schema(), older_schema()] {
        assert_valid(&validator, &template.with(&given));
    }
    let jobs = template.jobs(&[]);
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["group-sweep", PLAN]);
    assert_eq!(jobs["group-sweep"]["trigger"]["include"][0]["job"], PLAN);
    assert!(
        !template.text.contains("gitlab.com"),
        "it works on one host only"
    );
}

#[test]
fn shares_a_group_among_jobs_and_merges_reports_and_states() {
    let case = Case::new();
    let given = [
        ("targets", json!("acme")),
        ("shares", json!(3)),
        ("requests_per_minute", json!(30_000)),
        (
            "sweep_args",
            json!("--only variables --only logs --only hooks --skip wiki"),
        ),
        ("runner_tags", json!("one two")),
        ("image", json!("registry.example/t:1")),
    ];
    let pipeline = case.plan(&given);
    for validator in [schema(), older_schema()] {
        assert_valid(&validator, &pipeline);
    }
    assert_eq!(pipeline["default"]["tags"], json!(["one", "two"]));
    assert_eq!(pipeline["default"]["image"]["name"], "registry.example/t:1");
    assert_eq!(
        pipeline["variables"]["SWEEP_RATE_OPTION"],
        "--requests-per-minute 10000"
    );
    let jobs = resolve(&pipeline);
    assert_eq!(jobs.len(), 4);
    for job in jobs.values() {
        only_known_options(&script(job));
    }
    let lists = (1..=3).map(|share| case.read(&format!("sweep/shares/{share}.txt")));
    let mut targets: Vec<String> = lists
        .flat_map(|list| list.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    targets.sort();
    targets.dedup();
    assert_eq!(targets.len(), 43);
    assert_eq!(targets[0], "acme/-");

    let (codes, merged) = case.sweep(&pipeline);
    // One project has variables and hooks that the token cannot read.
    assert_eq!(
        codes.iter().filter(|code| **code == Some(2)).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(merged.status.code(), Some(2), "{merged:?}");
    let report = case.report();
    // Two variables, two logs and two webhooks.
    assert_eq!(
        report["findings"].as_array().unwrap().len(),
        6,
        "{report:#}"
    );
    assert_eq!(report["errors"].as_array().unwrap().len(), 2);
    for file in ["group-sweep.html", "group-sweep.sarif", "sweep-state.json"] {
        case.sandbox.search(file, case.read(file).as_bytes());
    }

    // The state of all shares is the start of the next sweep, however it is shared.
    case.world.fake.forget_requests();
    let given = [
        given[0].clone(),
        ("shares", json!(5)),
        given[3].clone(),
        ("file_issues", json!(true)),
    ];
    let pipeline = case.plan(&given);
    let before = case.world.fake.total();
    let (_, merged) = case.sweep(&pipeline);
    let traces = case
        .world
        .fake
        .world()
        .counts
        .get("GET /projects/:id/jobs/:id/trace")
        .copied();
    assert_eq!(traces, None);
    let cost = case.world.fake.total() - before;
    // Each share asks for its projects by path.
    assert!(cost <= 4 * 43, "{cost} requests");
    let again = case.report();
    assert_eq!(again["findings"].as_array().unwrap().len(), 6);
    assert!(again["findings"][0]["location"]["remote"]["known"] == true);
    let log = String::from_utf8_lossy(&merged.stdout);
    // The findings of the group itself have no project.
    assert_eq!(log.matches("opened").count(), 2, "{merged:?}");
}

#[test]
fn keeps_the_state_in_a_package_on_request() {
    let case = Case::new();
    let given = [
        ("targets", json!("acme/platform")),
        ("shares", json!(2)),
        ("sweep_args", json!("--only logs")),
        ("state", json!("package")),
        ("state_project", json!("20")),
    ];
    let pipeline = case.plan(&given);
    let url = case.world.fake.url();
    let package =
        format!("{url}/api/v4/projects/20/packages/generic/tokensweep-state/1.0.0/state.json");
    assert_eq!(pipeline["variables"]["SWEEP_PACKAGE"], package);
    let (codes, merged) = case.sweep(&pipeline);
    assert_eq!(codes, [Some(0), Some(0)], "{merged:?}");
    let findings = case.report()["findings"].as_array().unwrap().len();
    assert!(findings > 0);

    // A new checkout without a cache: the state is that of the package.
    for file in ["sweep-state.json", "group-sweep.json"] {
        let _ = fs::remove_file(case.sandbox.at(file));
    }
    case.world.fake.forget_requests();
    let (codes, _) = case.sweep(&case.plan(&given));
    assert_eq!(codes, [Some(0), Some(0)]);
    let counts = case.world.fake.world().counts.clone();
    assert_eq!(counts.get("GET /projects/:id/jobs/:id/trace"), None);
    let again = case.report();
    assert_eq!(again["findings"].as_array().unwrap().len(), findings);
    assert!(again["findings"][0]["location"]["remote"]["known"] == true);
}

#[test]
fn a_share_without_a_report_fails_the_sweep() {
    let case = Case::new();
    let given = [
        ("targets", json!("acme/apps")),
        ("shares", json!(2)),
        ("sweep_args", json!("--only releases")),
    ];
    let pipeline = case.plan(&given);
    let (codes, merged) = case.sweep(&pipeline);
    assert_eq!(
        (codes, merged.status.code()),
        (vec![Some(0), Some(0)], Some(0)),
        "{merged:?}"
    );
    fs::remove_file(case.sandbox.at("sweep/reports/2.json")).unwrap();
    let jobs = resolve(&pipeline);
    let merged = case.run(&jobs["merge"], pipeline["variables"].as_object().unwrap());
    assert_eq!(merged.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&merged.stdout).contains("Share 2 has no report."),
        "{merged:?}"
    );
}

#[test]
fn rejects_missing_targets_and_invalid_shares() {
    let case = Case::new();
    let job = |given: &[(&str, Value)]| Template::new("group-sweep").jobs(given)[PLAN].clone();
    for (given, message) in [
        (
            vec![],
            "There is nothing to sweep: name groups in the input 'targets'.\n",
        ),
        (
            vec![("targets", json!("acme")), ("shares", json!(0))],
            "'shares' is not between 1 and 200.\n",
        ),
    ] {
        let output = case.run(&job(&given), &Map::new());
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stdout), message);
    }
    assert!(!Path::new(&case.sandbox.at("group-sweep.yml")).exists());
}
