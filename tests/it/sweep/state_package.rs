//! The state of a sweep in a generic package.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Sweeping, found};
use crate::support::a_credential;
use crate::support::gitlab::packages;
use crate::support::sandbox::Run;

const PLACES: [&str; 2] = ["--only=variables", "--only=logs"];

/// The id of a project with packages, to which the job belongs.
const PROJECT: u64 = 20;

/// A sample instance, and a job of one of its projects.
struct Job {
    sweeping: Sweeping,
    token: String,
    /// The address of the state.
    state: String,
}

impl Job {
    fn new() -> Self {
        let sweeping = Sweeping::new();
        let token = a_credential("job token", 91);
        sweeping.sandbox.watch(token.clone());
        let fake = &sweeping.world.fake;
        fake.add("job", "job-token", &token);
        fake.change("job", |known| known.project = Some(PROJECT));
        let state = package(&fake.url(), PROJECT);
        Self {
            sweeping,
            token,
            state,
        }
    }

    fn prepare(&self, command: &mut Command) {
        self.sweeping.prepare(command);
        command.env("GITLAB_CI", "true");
        command.env("CI_SERVER_URL", self.sweeping.world.fake.url());
        command.env("CI_JOB_TOKEN", &self.token);
    }

    fn run(&self, args: &[&str]) -> Run {
        let url = self.sweeping.world.fake.url();
        let args = args.iter().copied().chain(["--instance", url.as_str()]);
        let run = self
            .sweeping
            .sandbox
            .run_with(args, |command| self.prepare(command));
        for upload in self.uploads() {
            self.sweeping.sandbox.search("an uploaded state", &upload);
        }
        run
    }

    /// Sweeps a target with the state in the package; returns the JSON report.
    fn sweep(&self, target: &str) -> (Value, Run) {
        let args = [
            "sweep",
            target,
            "--quiet",
            "--format=json",
            "--exit-zero",
            "--state",
            &self.state,
        ];
        let run = self.run(&[args.as_slice(), &PLACES].concat());
        (serde_json::from_str(&run.stdout).unwrap_or_default(), run)
    }

    fn uploads(&self) -> Vec<Vec<u8>> {
        self.sweeping.world.fake.world().uploads.clone()
    }

    /// The state that the package contains.
    fn stored(&self) -> Value {
        let key = self.state.split_once("/api/v4/").unwrap().1.to_owned();
        let world = self.sweeping.world.fake.world();
        serde_json::from_slice(&world.content.files[&key].bytes).unwrap()
    }

    /// Stores another content in the package.
    fn store(&self, content: &[u8]) {
        let key = self.state.split_once("/api/v4/").unwrap().1;
        packages::store(&mut self.sweeping.world.fake.world(), key, content);
    }
}

fn package(url: &str, project: u64) -> String {
    format!("{url}/api/v4/projects/{project}/packages/generic/tokensweep-state/1.0.0/state.json")
}

#[test]
fn keeps_the_state_in_a_package_with_the_job_token() {
    let job = Job::new();
    let (first, run) = job.sweep("acme");
    // One project has variables that the token cannot read.
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(first["findings"].as_array().unwrap().len(), 4);
    let requests = job.sweeping.world.fake.request_lines();
    let is_of_package = |line: &str| line.contains("/packages/");
    let of_package: Vec<&String> = requests.iter().filter(|line| is_of_package(line)).collect();
    // Read, created, and written; each upload is followed by a list of files.
    assert_eq!(of_package.len(), 5);
    assert!(
        of_package
            .iter()
            .all(|line| line.ends_with("[JOB-TOKEN: job]")),
        "{of_package:?}"
    );
    let others = requests.iter().filter(|line| !is_of_package(line));
    assert!(others.clone().count() > 40);
    assert!(
        others
            .clone()
            .all(|line| line.ends_with("[PRIVATE-TOKEN: operator]"))
    );
    job.sweeping.world.fake.forget_requests();
    let (second, _) = job.sweep("acme");
    let url = job.sweeping.world.fake.url();
    assert_eq!(found(&second, &url), found(&first, &url));
    let counts = job.sweeping.world.fake.world().counts.clone();
    assert_eq!(counts.get("GET /projects/:id/jobs/:id/trace"), None);
}

#[test]
fn merges_the_states_of_sweeps_that_run_at_the_same_time() {
    let job = Job::new();
    let url = job.sweeping.world.fake.url();
    let start = |target: &str| {
        let sandbox = &job.sweeping.sandbox;
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
        job.prepare(&mut command);
        command
            .args([
                "sweep",
                target,
                "--quiet",
                "--exit-zero",
                "--state",
                &job.state,
            ])
            .args(["--instance", &url])
            .args(PLACES)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let running: Vec<_> = ["acme/platform", "acme/apps", "acme/-"].map(start).into();
    for mut run in running {
        run.wait().unwrap();
    }
    let stored = job.stored();
    let subjects = stored["subjects"].as_object().unwrap();
    assert!(subjects.len() >= 25, "{} subjects", subjects.len());
    assert_eq!(stored["findings"].as_array().unwrap().len(), 4);
}

#[test]
fn merges_a_state_that_was_uploaded_since_it_was_read() {
    let job = Job::new();
    let created = || {
        job.uploads()
            .first()
            .expect("the state is created before a sweep")
            .clone()
    };
    job.sweep("acme/platform/api");
    let rival = serde_json::to_vec(&job.stored()).unwrap();
    job.store(&created());
    job.sweeping.world.fake.world().rival_upload = Some(rival);
    let (_, run) = job.sweep("acme/apps/web");
    assert_eq!(run.code, Some(0), "{run:?}");
    let stored = job.stored();
    let paths: Vec<&str> = stored["subjects"]
        .as_object()
        .unwrap()
        .values()
        .map(|subject| subject["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["acme/platform/api", "acme/apps/web"]);
}

#[test]
fn reports_a_state_that_an_older_instance_does_not_return() {
    let job = Job::new();
    job.sweep("acme/platform/api");
    job.sweeping.world.fake.world().is_old = true;
    // Without another sweep, older instances suffice.
    let (_, run) = job.sweep("acme/apps/web");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let rival = serde_json::to_vec(&job.stored()).unwrap();
    let mut rival: Value = serde_json::from_slice(&rival).unwrap();
    rival["sweep"] = 7.into();
    job.sweeping.world.fake.world().rival_upload = Some(rival.to_string().into());
    let (report, run) = job.sweep("acme/apps/web");
    assert_eq!(run.code, Some(2), "{run:?}");
    let message = report["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("another sweep has written it at the same time"),
        "{message}"
    );
}

#[test]
fn rejects_a_damaged_package_and_keeps_it() {
    let job = Job::new();
    job.sweep("acme/apps/web");
    let damaged = job.uploads().last().unwrap()[..100].to_vec();
    job.store(&damaged);
    let uploads = job.uploads().len();
    let (_, run) = job.sweep("acme/apps/web");
    assert_eq!(run.code, Some(2));
    let expected = format!(
        "error: the state '{}' is damaged (line 1, column 100); restore it from a copy, or delete it to sweep \
         everything again\n",
        job.state
    );
    assert_eq!(run.stderr, expected);
    assert_eq!(job.uploads().len(), uploads);
}

#[test]
fn a_missing_permission_is_an_error_before_the_sweep() {
    let mut job = Job::new();
    let url = job.sweeping.world.fake.url();
    job.state = package(&url, PROJECT + 1);
    let (_, run) = job.sweep("acme/apps/web");
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        format!(
            "error: cannot use the state '{}': the instance answered 404 (404 Project Not Found); to read it, a job \
             token needs access to the project (Settings > CI/CD > Job token permissions) and its user the role \
             Developer; an access token needs the scope api; and the package must allow duplicates\n",
            job.state
        )
    );
    job.state = "https://other.example/api/v4/projects/1/packages/generic/a/b/c".to_owned();
    let (_, run) = job.sweep("acme/apps/web");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("on the same instance"),
        "{}",
        run.stderr
    );
    let requests = job.sweeping.world.fake.request_lines();
    assert!(
        requests.iter().all(|line| line.contains("/generic/")),
        "{requests:?}"
    );
}

#[test]
fn a_plan_reads_the_package_and_writes_nothing() {
    let job = Job::new();
    let args = ["sweep", "acme/apps/web", "--plan", "--state", &job.state];
    let run = job.run(&[args.as_slice(), &PLACES].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(job.uploads().len(), 0);
}

#[test]
fn copies_a_package_to_a_file_and_back() {
    let job = Job::new();
    let merge = |into: &str, from: &str| job.run(&["sweep-shares", "merge", "--into", into, from]);
    let run = merge("state.json", &job.state);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "0 states merged\n")
    );
    job.sweep("acme/apps/web");
    let before = job.stored();
    assert_eq!(merge("state.json", &job.state).stdout, "1 state merged\n");
    let copy = std::fs::read(job.sweeping.sandbox.at("state.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&copy).unwrap(), before);
    let other = job.state.replace("tokensweep-state", "copy");
    assert_eq!(merge(&other, "state.json").stdout, "1 state merged\n");
    let copied: Value = serde_json::from_slice(job.uploads().last().unwrap()).unwrap();
    assert_eq!(copied, before);
}
