//! The component for GitLab, the hook and the project's own pipeline fit the program, each other and
//! what the documentation says of them.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode as _, YamlOwned};

const TEMPLATE: &str = "templates/secret-scan.yml";
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(text: &str) -> Vec<YamlOwned> {
    YamlOwned::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What lies at a path of keys.
#[track_caller]
fn at<'a>(node: &'a YamlOwned, keys: &[&str]) -> &'a YamlOwned {
    keys.iter().fold(node, |node, key| {
        node.as_mapping_get(key)
            .unwrap_or_else(|| panic!("no {key} of {keys:?}"))
    })
}

#[track_caller]
fn string<'a>(node: &'a YamlOwned, keys: &[&str]) -> &'a str {
    at(node, keys)
        .as_str()
        .unwrap_or_else(|| panic!("{keys:?} is not a string"))
}

fn keys(node: &YamlOwned) -> BTreeSet<String> {
    let mapping = node.as_mapping().unwrap();
    mapping
        .keys()
        .map(|key| key.as_str().unwrap().to_owned())
        .collect()
}

fn strings(node: &YamlOwned) -> Vec<&str> {
    node.as_vec()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// The inputs that a component declares.
fn inputs(template: &str) -> YamlOwned {
    at(&yaml(template)[0], &["spec", "inputs"]).clone()
}

/// The part of the template below its header.
fn body(template: &str) -> &str {
    template.split_once("\n---\n").unwrap().1
}

/// The jobs of the component, each input with its default, as GitLab would fill them in.
fn jobs() -> YamlOwned {
    let template = read(TEMPLATE);
    let inputs = inputs(&template);
    let mut text = body(&template).to_owned();
    for name in keys(&inputs) {
        let default = at(&inputs, &[&name, "default"]);
        let value = default
            .as_str()
            .map_or_else(|| default.as_bool().unwrap().to_string(), ToOwned::to_owned);
        text = text.replace(&format!("$[[ inputs.{name} ]]"), &value);
    }
    assert!(!text.contains("$[["), "an input is not filled in:\n{text}");
    yaml(&text).remove(0)
}

/// The only job of the component.
fn job() -> YamlOwned {
    at(&jobs(), &["tokensweep"]).clone()
}

/// Runs the program, or a line of shell with the program on the path, in a folder.
fn run(line: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tokensweep"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// The long options that `tokensweep scan` knows.
fn options() -> BTreeSet<String> {
    let output = run("tokensweep scan --help", Path::new("."));
    let help = String::from_utf8(output.stdout).unwrap();
    let options: BTreeSet<String> = words(&help).filter(|word| word.len() > 2).collect();
    assert!(options.contains("--report"), "{help}");
    options
}

/// The words of a text that look like long options, without what follows them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--"))
        .map(ToOwned::to_owned)
}

#[track_caller]
fn only_known_options(text: &str) {
    let options = options();
    for word in words(text).filter(|word| !word.trim_start_matches('-').is_empty()) {
        assert!(options.contains(&word), "there is no {word}: {text}");
    }
}

/// The YAML of a page of documentation, block by block.
fn snippets(page: &str) -> Vec<YamlOwned> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in read(page).lines() {
        match (line.trim(), &mut block) {
            ("```yaml", None) => block = Some(String::new()),
            ("```", Some(text)) => {
                found.extend(yaml(text));
                block = None;
            }
            (_, Some(text)) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    found
}

/// Whoever includes a component names one that exists, with inputs that it has; the version.
#[track_caller]
fn included(include: &YamlOwned) -> Vec<String> {
    let mut versions = Vec::new();
    for entry in include.as_vec().unwrap() {
        let (path, version) = string(entry, &["component"]).rsplit_once('@').unwrap();
        let (project, name) = path.rsplit_once('/').unwrap();
        assert!(
            project.starts_with("$CI_SERVER_FQDN/"),
            "{project} is on one host only"
        );
        let declared = keys(&inputs(&read(&format!("templates/{name}.yml"))));
        if let Some(given) = entry.as_mapping_get("inputs") {
            let unknown: Vec<_> = keys(given).difference(&declared).cloned().collect();
            assert!(unknown.is_empty(), "{name} has no input {unknown:?}");
        }
        versions.push(version.to_owned());
    }
    versions
}

#[test]
fn every_input_is_explained_has_a_default_and_is_used() {
    let template = read(TEMPLATE);
    let inputs = inputs(&template);
    let declared = keys(&inputs);
    for name in &declared {
        let input = at(&inputs, &[name]);
        assert!(!string(input, &["description"]).is_empty());
        let default = at(input, &["default"]);
        match string(input, &["type"]) {
            "string" => assert!(default.is_string(), "{name}"),
            "boolean" => assert!(default.is_boolean(), "{name}"),
            other => panic!("{name} is a {other}"),
        }
    }
    let used: BTreeSet<String> = body(&template)
        .split("$[[ inputs.")
        .skip(1)
        .map(|rest| rest.split_once(" ]]").unwrap().0.to_owned())
        .collect();
    assert_eq!(used, declared);
}

/// GitLab matches without the slashes that other rules of its language want around a pattern.
#[test]
fn the_pattern_of_the_report_file_keeps_to_the_project() {
    let inputs = inputs(&read(TEMPLATE));
    let pattern = string(&inputs, &["report_file", "regex"]);
    let pattern = regex_automata::meta::Regex::new(pattern).unwrap();
    for good in [
        string(&inputs, &["report_file", "default"]),
        "a/b-c.d.sarif",
        ".reports/x.sarif",
    ] {
        assert!(pattern.is_match(good), "{good}");
    }
    for bad in [
        "/a.sarif",
        "../a.sarif",
        "a/../b.sarif",
        "a.json",
        "$(a).sarif",
        "a\".sarif",
        "-a.sarif",
    ] {
        assert!(!pattern.is_match(bad), "{bad}");
    }
}

#[test]
fn the_component_adds_one_job_and_nothing_global() {
    assert_eq!(keys(&jobs()), set(&["tokensweep"]));
}

#[test]
fn the_job_stands_alone() {
    let job = job();
    assert!(at(&job, &["needs"]).as_vec().unwrap().is_empty());
    for foreign in [
        "before_script",
        "after_script",
        "cache",
        "services",
        "image",
        "artifacts",
    ] {
        assert!(
            !strings(at(&job, &["inherit", "default"])).contains(&foreign),
            "{foreign}"
        );
    }
    for key in [
        "before_script",
        "after_script",
        "cache",
        "services",
        "allow_failure",
    ] {
        assert!(job.as_mapping_get(key).is_none(), "{key}");
    }
}

#[test]
fn only_developers_see_the_report_that_the_script_writes() {
    let job = job();
    let file = string(&inputs(&read(TEMPLATE)), &["report_file", "default"]).to_owned();
    assert_eq!(string(&job, &["artifacts", "access"]), "developer");
    assert_eq!(string(&job, &["artifacts", "reports", "sarif"]), file);
    assert_eq!(strings(at(&job, &["artifacts", "paths"])), [file.as_str()]);
    let script = strings(at(&job, &["script"])).join("\n");
    assert!(script.contains(&format!("sarif={file}")), "{script}");
}

#[test]
fn every_option_of_the_script_exists() {
    only_known_options(&strings(at(&job(), &["script"])).join("\n"));
    for name in keys(&inputs(&read(TEMPLATE))) {
        only_known_options(string(&inputs(&read(TEMPLATE)), &[&name, "description"]));
    }
}

#[test]
fn the_script_succeeds_with_a_finding_and_writes_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let body = "m4RtYx7sPq2WnKd9eJbv";
    fs::write(
        folder.path().join("a.txt"),
        format!("token: {}{body}\n", "glpat-"),
    )
    .unwrap();
    let job = job();
    let script = strings(at(&job, &["script"]));
    let output = run(&script.join("\n"), folder.path());
    assert!(output.status.success(), "{output:?}");
    let report = fs::read(
        folder
            .path()
            .join(string(&job, &["artifacts", "reports", "sarif"])),
    )
    .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["runs"][0]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn the_image_is_that_of_this_version() {
    let image = string(&job(), &["image", "name"]).to_owned();
    assert_eq!(image.rsplit_once(':').unwrap().1, VERSION);
}

#[test]
fn the_hooks_start_the_program_in_the_way_of_their_stage() {
    let hooks = yaml(&read(".pre-commit-hooks.yaml")).remove(0);
    let mut ids = Vec::new();
    for hook in hooks.as_vec().unwrap() {
        let id = string(hook, &["id"]);
        let entry = string(hook, &["entry"]);
        only_known_options(entry);
        let command = match string(hook, &["language"]) {
            "docker_image" => {
                let (image, command) = entry.split_once(' ').unwrap();
                assert_eq!(image, string(&job(), &["image", "name"]), "{id}");
                command
            }
            _ => entry,
        };
        let stages = strings(at(hook, &["stages"]));
        if command.starts_with("tokensweep scan") {
            // File names follow.
            assert_eq!(strings(at(hook, &["args"])).last(), Some(&"--"), "{id}");
        } else {
            assert_eq!(command, format!("tokensweep hook {}", stages[0]), "{id}");
            assert_eq!(at(hook, &["pass_filenames"]).as_bool(), Some(false), "{id}");
            assert_eq!(at(hook, &["always_run"]).as_bool(), Some(true), "{id}");
        }
        ids.push(id);
    }
    let sorted: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), sorted.len(), "{ids:?}");
    assert_eq!(ids.len(), 7);
}

#[test]
fn the_pages_name_what_exists_in_this_version() {
    let hooks = yaml(&read(".pre-commit-hooks.yaml")).remove(0);
    let ids: Vec<&str> = hooks
        .as_vec()
        .unwrap()
        .iter()
        .map(|hook| string(hook, &["id"]))
        .collect();
    for page in ["README.md", "docs/gitlab.md"] {
        let (mut components, mut used_hooks) = (0, 0);
        for snippet in snippets(page) {
            if let Some(include) = snippet.as_mapping_get("include") {
                for version in included(include) {
                    assert_eq!(version, VERSION, "{page}");
                    components += 1;
                }
            }
            let repositories = snippet
                .as_mapping_get("repos")
                .and_then(|list| list.as_vec());
            for repository in repositories.into_iter().flatten() {
                assert_eq!(string(repository, &["rev"]), VERSION, "{page}");
                for hook in at(repository, &["hooks"]).as_vec().unwrap() {
                    assert!(ids.contains(&string(hook, &["id"])), "{page}");
                    used_hooks += 1;
                }
            }
        }
        assert!(
            components > 0 && used_hooks > 0,
            "{page} shows no component or no hook"
        );
    }
}

#[test]
fn every_option_on_the_page_of_gitlab_exists() {
    only_known_options(&read("docs/gitlab.md").replace("```", "").replace("---", ""));
}

#[test]
fn the_own_pipeline_scans_with_the_component_of_its_commit() {
    let pipeline = yaml(&read(".gitlab-ci.yml")).remove(0);
    assert_eq!(included(at(&pipeline, &["include"])), ["$CI_COMMIT_SHA"]);
}

#[test]
fn the_own_pipeline_tests_the_oldest_rust_that_is_promised() {
    let pipeline = yaml(&read(".gitlab-ci.yml")).remove(0);
    let matrix = at(&pipeline, &["test", "parallel", "matrix"])
        .as_vec()
        .unwrap();
    let versions = strings(at(&matrix[0], &["RUST"]));
    assert_eq!(versions[0], env!("CARGO_PKG_RUST_VERSION"));
    let image = string(&pipeline, &["default", "image"]);
    assert_eq!(image, format!("rust:{}-bookworm", versions.last().unwrap()));
    assert!(read("Dockerfile").contains(&format!("FROM {image} AS build")));
}
