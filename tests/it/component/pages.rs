//! The hooks, the project's own pipeline and the pages refer only to existing things.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shell::only_known_options;
use super::template::{Template, documents, read};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The YAML of a page of documentation, block by block.
fn snippets(page: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in read(page).lines() {
        match (line.trim(), &mut block) {
            ("```yaml", None) => block = Some(String::new()),
            ("```", Some(text)) => {
                found.extend(documents(text));
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

/// Whoever includes a component names one that exists, with inputs that it has; the version of each.
#[track_caller]
fn included(include: &Value) -> Vec<String> {
    let mut versions = Vec::new();
    for entry in include.as_array().unwrap() {
        let (path, version) = entry["component"]
            .as_str()
            .unwrap()
            .rsplit_once('@')
            .unwrap();
        let (project, name) = path.rsplit_once('/').unwrap();
        assert!(
            project.starts_with("$CI_SERVER_FQDN/"),
            "{project} is on one host only"
        );
        let template = Template::new(name);
        if let Some(given) = entry["inputs"].as_object() {
            let given: Vec<(&str, Value)> = given
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect();
            template.with(&given);
        }
        versions.push(version.to_owned());
    }
    versions
}

fn hooks() -> Vec<Value> {
    let hooks = documents(&read(".pre-commit-hooks.yaml")).remove(0);
    hooks.as_array().unwrap().clone()
}

#[test]
fn the_hooks_start_the_program_in_the_way_of_their_stage() {
    let tag = &Template::new("secret-scan").inputs["image_tag"]["default"];
    let own_image = format!(
        "registry.gitlab.com/tokensweep/tokensweep:{}",
        tag.as_str().unwrap()
    );
    let mut ids = BTreeSet::new();
    for hook in hooks() {
        let text = |key: &str| {
            hook[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key}: {hook}"))
        };
        let (id, entry) = (text("id"), text("entry"));
        only_known_options(entry);
        let command = match text("language") {
            "docker_image" => {
                let (image, command) = entry.split_once(' ').unwrap();
                assert_eq!(image, own_image, "{id}");
                command
            }
            _ => entry,
        };
        if command.starts_with("tokensweep scan") {
            // File names follow: one with the name of an option stays a file.
            let last = hook["args"].as_array().unwrap().last();
            assert_eq!(last.and_then(Value::as_str), Some("--"), "{id}");
        } else {
            let stage = hook["stages"][0].as_str().unwrap();
            assert_eq!(command, format!("tokensweep hook {stage}"), "{id}");
            assert_eq!(hook["pass_filenames"], Value::Bool(false), "{id}");
            assert_eq!(hook["always_run"], Value::Bool(true), "{id}");
        }
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
    }
    assert_eq!(ids.len(), 8);
}

#[test]
fn pages_refer_to_existing_hooks_and_versions() {
    let ids: BTreeSet<String> = hooks()
        .iter()
        .map(|hook| hook["id"].as_str().unwrap().to_owned())
        .collect();
    let (mut components, mut used_hooks) = (0, 0);
    for page in ["README.md", "docs/gitlab.md"] {
        for snippet in snippets(page) {
            if snippet.get("include").is_some() {
                for version in included(&snippet["include"]) {
                    assert_eq!(version, VERSION, "{page}");
                    components += 1;
                }
            }
            for repository in snippet["repos"].as_array().into_iter().flatten() {
                assert_eq!(repository["rev"].as_str().unwrap(), VERSION, "{page}");
                for hook in repository["hooks"].as_array().unwrap() {
                    assert!(ids.contains(hook["id"].as_str().unwrap()), "{page}");
                    used_hooks += 1;
                }
            }
        }
    }
    assert!(components > 2 && used_hooks > 0);
}

/// The first snippet of the README is the one that the real client runs in `.ci/component`.
#[test]
fn the_readme_shows_the_tested_include() {
    let shown = snippets("README.md");
    let include = shown
        .iter()
        .find_map(|snippet| snippet.get("include"))
        .unwrap();
    let component = include[0]["component"].as_str().unwrap();
    let tested = component
        .replace("tokensweep/tokensweep", "group/project")
        .replace(VERSION, "$CI_COMMIT_SHA");
    assert!(read(".ci/component").contains(&tested), "{tested}");
    assert_eq!(
        include[0].as_object().unwrap().len(),
        1,
        "no input is needed"
    );
}

#[test]
fn every_option_on_the_page_of_gitlab_exists() {
    only_known_options(&read("docs/gitlab.md"));
    only_known_options(&read("README.md"));
}

#[test]
fn the_own_pipeline_scans_with_the_component_of_its_commit() {
    let pipeline = documents(&read(".gitlab-ci.yml")).remove(0);
    assert_eq!(included(&pipeline["include"]), ["$CI_COMMIT_SHA"]);
}

#[test]
fn the_own_pipeline_tests_the_oldest_rust_that_is_promised() {
    let pipeline = documents(&read(".gitlab-ci.yml")).remove(0);
    let versions: Vec<&str> = pipeline["test"]["parallel"]["matrix"][0]["RUST"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version.as_str().unwrap())
        .collect();
    assert_eq!(versions[0], env!("CARGO_PKG_RUST_VERSION"));
    let newest = format!("rust:{}-bookworm", versions.last().unwrap());
    assert_eq!(pipeline["default"]["image"], newest.as_str());
}
