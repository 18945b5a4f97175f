//! The component `secret-scan`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::shell::{only_known_options, run, script};
use super::template::{Template, assert_valid, older_schema, read, schema};
use crate::support::pipeline::{Project, merge_request};

const SCAN: &str = "tokensweep";
const GATE: &str = "tokensweep-gate";

fn template() -> Template {
    Template::new("secret-scan")
}

/// Every combination of the inputs that are a choice.
fn combinations(template: &Template) -> Vec<Vec<(&str, Value)>> {
    let mut all: Vec<Vec<(&str, Value)>> = vec![Vec::new()];
    for (name, input) in &template.inputs {
        let values: Vec<Value> = match (input.get("options"), input["type"].as_str().unwrap()) {
            (Some(options), _) => options.as_array().unwrap().clone(),
            (None, "boolean") => vec![json!(false), json!(true)],
            _ => continue,
        };
        all = all
            .iter()
            .flat_map(|given| {
                values.iter().map(move |value| {
                    let mut given = given.clone();
                    given.push((name.as_str(), value.clone()));
                    given
                })
            })
            .collect();
    }
    all
}

#[test]
fn every_input_is_explained_has_a_default_and_is_used() {
    for name in ["secret-scan", "history-sweep", "group-sweep"] {
        let template = Template::new(name);
        for (name, input) in &template.inputs {
            assert!(!input["description"].as_str().unwrap().is_empty(), "{name}");
            let default = &input["default"];
            let fits = match input["type"].as_str().unwrap() {
                "string" => default.is_string(),
                "boolean" => default.is_boolean(),
                "array" => default.is_array(),
                "number" => default.is_number(),
                other => panic!("{name} is a {other}"),
            };
            assert!(fits, "{name}: {default}");
        }
        let used: BTreeSet<String> = template
            .body_text()
            .split("$[[ inputs.")
            .skip(1)
            .map(|rest| rest.split_once(" ]]").unwrap().0.to_owned())
            .collect();
        assert_eq!(used, template.names());
    }
}

#[test]
fn every_combination_of_inputs_is_valid_for_gitlab() {
    let template = template();
    let (schema, older) = (schema(), older_schema());
    let all = combinations(&template);
    assert_eq!(all.len(), 2 * 5 * 2 * 3 * 2 * 4 * 2 * 2 * 2 * 2);
    for given in &all {
        let mut given = given.clone();
        given.push(("runner_tags", json!(["a"])));
        let given = &given;
        let configuration = template.with(given);
        assert_valid(&schema, &configuration);
        // The view of an older GitLab: hidden jobs as such, and the others merged with the jobs they extend.
        let jobs = Value::Object(template.jobs(given));
        assert_valid(&schema, &jobs);
        let is_native = given.contains(&("report", json!("native")));
        assert_eq!(older.is_valid(&jobs), is_native, "{given:?}");
        if is_native {
            assert_valid(&older, &configuration);
        }
    }
}

#[test]
fn free_inputs_are_valid_too() {
    let template = template();
    let schema = schema();
    for given in [
        vec![
            ("stage", json!("build")),
            ("job_name", json!("a name: with, signs")),
        ],
        vec![("gate_job_name", json!("my gate")), ("gate", json!(true))],
        vec![
            ("image", json!("registry.example/t@sha256:0000")),
            ("tags_from", json!("runner_tags")),
            ("runner_tags", json!(["a", "b"])),
        ],
        vec![
            ("image_prefix", json!("registry.example/mirror")),
            ("image_tag", json!("1.2.3")),
        ],
        vec![
            ("excluded_paths", json!("a b, 'c', \"d\"")),
            ("extra_args", json!("--min-severity high")),
        ],
    ] {
        assert_valid(&schema, &template.with(&given));
        assert_valid(&schema, &Value::Object(template.jobs(&given)));
    }
}

#[test]
fn each_input_has_its_effect() {
    let template = template();
    let plain = template.jobs(&[]);
    let scan = |given: &[(&str, Value)]| template.jobs(given)[SCAN].clone();
    let gate = |given: &[(&str, Value)]| template.jobs(given)[GATE].clone();
    assert_eq!(plain[SCAN]["image"]["name"], "$TOKENSWEEP_IMAGE");
    assert_eq!(
        plain[SCAN]["variables"]["TOKENSWEEP_IMAGE"],
        format!(
            "$CI_REGISTRY/tokensweep/tokensweep:{}",
            env!("CARGO_PKG_VERSION")
        )
    );
    let given = [
        ("image_prefix", json!("mirror.example/x")),
        ("image_tag", json!("9")),
    ];
    assert_eq!(
        scan(&given)["variables"]["TOKENSWEEP_IMAGE"],
        "mirror.example/x/tokensweep:9"
    );
    assert_eq!(
        scan(&[("image", json!("x@sha256:1"))])["image"]["name"],
        "x@sha256:1"
    );
    for job in [SCAN, GATE] {
        let given = [
            ("stage", json!("build")),
            ("tags_from", json!("runner_tags")),
            ("runner_tags", json!(["a"])),
        ];
        assert_eq!(template.jobs(&given)[job]["stage"], "build");
        assert_eq!(template.jobs(&given)[job]["tags"], json!(["a"]));
    }
    let named = template.jobs(&[("job_name", json!("x")), ("gate_job_name", json!("y"))]);
    assert_eq!(named.keys().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(named["y"]["needs"][0]["job"], "x");
    let reports = |given: &[(&str, Value)]| {
        let job = scan(given);
        let reports = job["artifacts"]["reports"].as_object().unwrap();
        reports.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(reports(&[]), ["annotations", "codequality", "sarif"]);
    assert_eq!(
        reports(&[("report", json!("native"))]),
        ["annotations", "codequality", "secret_detection"]
    );
    assert_eq!(
        reports(&[("code_quality", json!(false))]),
        ["annotations", "sarif"]
    );
    assert!(script(&scan(&[("history", json!("scheduled"))])).contains("--history scheduled"));
    assert!(script(&scan(&[("extra_args", json!("--threads 2"))])).ends_with("--threads 2"));
    assert_eq!(
        scan(&[("excluded_paths", json!("a,b"))])["variables"]["TOKENSWEEP_EXCLUDED_PATHS"],
        "a,b"
    );
    let strict = script(&gate(&[
        ("fail_on", json!("low")),
        ("min_confidence", json!("proven")),
    ]));
    assert!(
        strict.contains("--fail-on low") && strict.contains("--min-confidence proven"),
        "{strict}"
    );
    assert_eq!(gate(&[])["rules"], json!([{ "when": "never" }]));
    assert_eq!(
        gate(&[("gate", json!(true))])["rules"],
        plain[SCAN]["rules"]
    );
    for input in ["merge_request_pipelines", "tag_pipelines"] {
        assert_ne!(
            scan(&[(input, json!(true))])["rules"],
            plain[SCAN]["rules"],
            "{input}"
        );
    }
}

#[test]
fn nothing_is_global_and_the_jobs_stand_alone() {
    let template = template();
    let jobs = template.jobs(&[("gate", json!(true))]);
    assert_eq!(jobs.keys().collect::<Vec<_>>(), [SCAN, GATE]);
    assert_eq!(jobs[SCAN]["needs"], json!([]));
    for (name, job) in &jobs {
        assert_eq!(
            job["inherit"]["default"],
            json!(["retry", "tags", "timeout"]),
            "{name}"
        );
        for key in [
            "before_script",
            "after_script",
            "cache",
            "services",
            "allow_failure",
        ] {
            assert!(job.get(key).is_none(), "{name}: {key}");
        }
    }
    assert!(
        !template.text.contains("gitlab.com"),
        "it works on one host only"
    );
    assert_eq!(jobs[SCAN]["artifacts"]["access"], "developer");
    assert_eq!(jobs[GATE]["variables"]["GIT_STRATEGY"], "none");
}

#[test]
fn every_option_of_a_script_exists() {
    for name in ["secret-scan", "history-sweep", "group-sweep"] {
        let template = Template::new(name);
        for job in template
            .jobs(&[])
            .values()
            .filter(|job| job.get("script").is_some())
        {
            only_known_options(&script(job));
        }
        for input in template.inputs.values() {
            only_known_options(input["description"].as_str().unwrap());
        }
    }
    assert!(script(&template().jobs(&[])[SCAN]).contains("tokensweep ci --history never"));
}

/// The files of the job are the program's default output files.
#[test]
fn the_program_writes_what_the_job_uploads_and_the_gate_reads() {
    let project = Project::new();
    let base = project.remote(&["rev-parse", "HEAD"]);
    project.branch("topic");
    let head = project.leak("leak.txt", 1);
    project.check_out(&head, 50);
    let jobs = template().jobs(&[
        ("gate", json!(true)),
        ("excluded_paths", json!("with space, other")),
    ]);
    let folder = project.sandbox.at("checkout");
    let mut variables = merge_request(&base, &head);
    variables.push(("TOKENSWEEP_EXCLUDED_PATHS", "with space, other"));
    let output = run(&script(&jobs[SCAN]), &folder, &variables);
    assert!(output.status.success(), "{output:?}");
    let artifacts = &jobs[SCAN]["artifacts"];
    let reports = artifacts["reports"].as_object().unwrap().values();
    for file in artifacts["paths"].as_array().unwrap().iter().chain(reports) {
        assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    let output = run(&script(&jobs[GATE]), &folder, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("leak.txt:1"),
        "{output:?}"
    );
    fs::remove_file(folder.join("tokensweep.json")).unwrap();
    assert_eq!(
        run(&script(&jobs[GATE]), &folder, &[]).status.code(),
        Some(2)
    );
}

#[test]
fn the_image_is_that_of_this_version() {
    for name in ["secret-scan", "history-sweep", "group-sweep"] {
        let inputs = Template::new(name).inputs;
        assert_eq!(
            inputs["image_tag"]["default"],
            env!("CARGO_PKG_VERSION"),
            "{name}"
        );
    }
    assert!(read("Dockerfile").contains("USER 10001"));
}
