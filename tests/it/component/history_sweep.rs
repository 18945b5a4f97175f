//! The component `history-sweep`.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::shell::{only_known_options, run, script};
use super::template::{Template, assert_valid, documents, older_schema, resolve, schema};
use crate::support::a_token;
use crate::support::sandbox::{Sandbox, places};

const PLAN: &str = "history-sweep:plan";

fn template() -> Template {
    Template::new("history-sweep")
}

/// The job's own variables, as a runner sets them.
fn variables_of(job: &Value) -> Vec<(String, String)> {
    let variables = job["variables"].as_object().unwrap();
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    variables
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn run_job(job: &Value, folder: &Path, more: &[(&str, &str)]) -> Output {
    let own = variables_of(job);
    let mut all: Vec<(&str, &str)> = own
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    all.extend_from_slice(more);
    run(&script(job), folder, &all)
}

/// Runs the first job with these inputs; the pipeline that it writes.
fn planned(folder: &Path, given: &[(&str, Value)]) -> Value {
    let job = template().jobs(given)[PLAN].clone();
    let output = run_job(&job, folder, &[]);
    assert!(output.status.success(), "{output:?}");
    documents(&fs::read_to_string(folder.join("history-sweep.yml")).unwrap()).remove(0)
}

#[test]
fn the_component_is_valid_and_adds_nothing_global() {
    let template = template();
    let given = [
        ("runner_tags", json!("a")),
        ("shards", json!(7)),
        ("job_name", json!("x")),
    ];
    for validator in [schema(), older_schema()] {
        assert_valid(&validator, &template.with(&given));
    }
    let jobs = template.jobs(&[]);
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["history-sweep", PLAN]);
    assert_eq!(jobs["history-sweep"]["trigger"]["include"][0]["job"], PLAN);
    assert_eq!(jobs[PLAN]["needs"], json!([]));
    assert!(
        !template.text.contains("gitlab.com"),
        "it works on one host only"
    );
}

#[test]
fn the_projects_are_shared_out_once_each() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".gitlab/history-sweep.txt",
        "g/c # why\n\n  g/sub/d\ng/a\n# none\n",
    );
    for (shards, expected) in [(1, 1), (3, 3), (200, 5)] {
        let given = [
            ("projects", json!("g/a g/b\ng/e")),
            ("shards", json!(shards)),
        ];
        let pipeline = planned(sandbox.path(), &given);
        for validator in [schema(), older_schema()] {
            assert_valid(&validator, &pipeline);
        }
        let jobs = resolve(&pipeline);
        let shards: Vec<_> = jobs
            .iter()
            .filter(|(name, _)| name.starts_with("shard "))
            .collect();
        assert_eq!(shards.len(), expected);
        let mut shared: Vec<&str> = shards
            .iter()
            .flat_map(|(_, job)| job["variables"]["PROJECTS"].as_str().unwrap().split(' '))
            .collect();
        shared.sort_unstable();
        assert_eq!(shared, ["g/a", "g/b", "g/c", "g/e", "g/sub/d"]);
        for job in jobs.values().filter(|job| job.get("script").is_some()) {
            only_known_options(&script(job));
        }
    }
}

#[test]
fn image_and_tags_reach_the_pipeline() {
    let sandbox = Sandbox::new();
    let given = [
        ("projects", json!("g/a")),
        ("runner_tags", json!("one two")),
        ("image", json!("registry.example/t:1")),
    ];
    let pipeline = planned(sandbox.path(), &given);
    for validator in [schema(), older_schema()] {
        assert_valid(&validator, &pipeline);
    }
    assert_eq!(pipeline["default"]["tags"], json!(["one", "two"]));
    assert_eq!(pipeline["default"]["image"]["name"], "registry.example/t:1");
}

#[test]
fn rejects_invalid_project_paths() {
    let sandbox = Sandbox::new();
    for odd in [
        "", "g", "g/a;id", "g/$(id)", "../a/b", "g/a\"", "-x/y", "g/a' b/c",
    ] {
        let job = template().jobs(&[("projects", json!(odd))])[PLAN].clone();
        let output = run_job(&job, sandbox.path(), &[]);
        assert_eq!(output.status.code(), Some(1), "{odd}: {output:?}");
        assert!(!sandbox.at("history-sweep.yml").exists(), "{odd}");
    }
    let job = template().jobs(&[("projects", json!("g/a")), ("shards", json!(0))])[PLAN].clone();
    assert_eq!(run_job(&job, sandbox.path(), &[]).status.code(), Some(1));
}

/// A project with a leak that is gone, where a clone finds it.
fn project(sandbox: &Sandbox, path: &str, seed: u64) {
    let folder = format!("instance/{path}.git");
    sandbox.git(&["init", "-q", "-b", "main", &folder]);
    let token = sandbox.watch(a_token(seed));
    for text in [format!("token = \"{token}\"\n"), "gone\n".to_owned()] {
        sandbox.write(format!("{folder}/leak.txt"), text);
        sandbox.git(&["-C", &folder, "add", "-A"]);
        sandbox.git(&["-C", &folder, "commit", "-q", "-m", "a change"]);
    }
}

#[test]
fn the_histories_of_all_projects_end_in_one_report() {
    let sandbox = Sandbox::new();
    project(&sandbox, "g/a", 1);
    project(&sandbox, "g/sub/b", 2);
    let instance = format!("file://{}", sandbox.at("instance").display());
    let folder = sandbox.at("work");
    fs::create_dir_all(&folder).unwrap();
    let temporary = sandbox.at("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let variables = [
        ("TMPDIR", temporary.to_str().unwrap()),
        ("CI_SERVER_URL", instance.as_str()),
        ("CI_JOB_TOKEN", "unused"),
        ("CI_JOB_ID", "1"),
    ];
    let sweep = |projects: &str| {
        let jobs = resolve(&planned(
            &folder,
            &[("projects", json!(projects)), ("shards", json!(2))],
        ));
        let shards = jobs.iter().filter(|(name, _)| name.starts_with("shard "));
        let codes: Vec<_> = shards
            .map(|(_, job)| {
                let output = run_job(job, &folder, &variables);
                output.status.code().unwrap_or_else(|| panic!("{output:?}"))
            })
            .collect();
        let merged = run_job(&jobs["merge"], &folder, &variables);
        let report =
            fs::read(folder.join("history-sweep.json")).unwrap_or_else(|_| panic!("{merged:?}"));
        let report: Value = serde_json::from_slice(&report).unwrap();
        (codes, merged, report)
    };
    let (codes, merged, report) = sweep("g/a g/sub/b");
    assert_eq!(
        (codes, merged.status.code()),
        (vec![0, 0], Some(0)),
        "{merged:?}"
    );
    let found: Vec<_> = places(&report)
        .into_iter()
        .map(|(path, _, _)| path)
        .collect();
    assert_eq!(found, ["g/a/leak.txt", "g/sub/b/leak.txt"]);
    assert!(
        folder.join("history-sweep.html").is_file() && folder.join("history-sweep.sarif").is_file()
    );
    let left = fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left, 0, "no clone is left");
    // One that cannot be cloned stops nothing else, and is not passed over in silence.
    let (codes, merged, report) = sweep("g/a g/gone");
    assert_eq!(
        (codes, merged.status.code()),
        (vec![0, 2], Some(2)),
        "{merged:?}"
    );
    assert!(
        String::from_utf8_lossy(&merged.stdout).contains("g/gone"),
        "{merged:?}"
    );
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
}
