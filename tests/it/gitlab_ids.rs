//! Credentials that GitLab's analyzer detects, and the rules that find them: the table in `docs/gitlab.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;
use serde_json::Value;
use tokensweep::rule::{Rule, RuleSet};

use crate::support::sandbox::Sandbox;

/// `docs/gitlab-ids.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ids {
    detected: Vec<Detected>,
}

/// A credential that GitLab's analyzer detects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detected {
    /// Empty if GitLab's documentation does not name one.
    id: String,
    name: String,
    rule: Option<String>,
    reason: Option<String>,
}

const TABLE_START: &str = "<!-- Detected secrets: made by the test `every_id_of_gitlab_has_a_rule_or_a_reason` with UPDATE_DOCS=1 -->\n\n";
const TABLE_END: &str = "\n<!-- End of the detected secrets -->\n";

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

#[test]
fn every_id_of_gitlab_has_a_rule_or_a_reason() {
    let ids: Ids = toml::from_str(&read("docs/gitlab-ids.toml")).unwrap();
    let set = RuleSet::every_builtin();
    let mut rules_of: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in set.iter() {
        for one in &rule.gitlab_rule_ids {
            let rules = rules_of.entry(&one.id).or_default();
            if rules.iter().all(|known| known.id != rule.id) {
                rules.push(rule);
            }
        }
    }
    let documented: BTreeSet<&str> = ids.detected.iter().map(|row| row.id.as_str()).collect();
    for (id, rules) in &rules_of {
        assert!(documented.contains(id), "{}: no id '{id}'", rules[0].id);
    }

    let [mut on, mut off, mut open] = [0; 3];
    let mut table = String::from("| credential | GitLab's id | rule |\n| --- | --- | --- |\n");
    for row in &ids.detected {
        let by_id = rules_of.get(row.id.as_str()).map(Vec::as_slice);
        let named: Vec<&Rule> = row.rule.iter().map(|id| set.require(id).unwrap()).collect();
        let rules = by_id.unwrap_or(&named);
        assert!(
            rules.is_empty() == row.reason.is_some(),
            "{}: either a rule or a reason",
            row.name
        );
        let is_on = rules.iter().any(|rule| rule.enabled);
        let count = match (rules.is_empty(), is_on) {
            (true, _) => &mut open,
            (_, true) => &mut on,
            (_, false) => &mut off,
        };
        *count += 1;
        let link = |rule: &&Rule| {
            let off = if rule.enabled {
                ""
            } else {
                " (off by default)"
            };
            format!("[{id}](rules.md#{id}){off}", id = rule.id)
        };
        let rules: Vec<String> = rules.iter().map(link).collect();
        let id = match row.id.as_str() {
            "" => String::from("–"),
            id => format!("`{id}`"),
        };
        let cell = row.reason.clone().unwrap_or_else(|| rules.join(", "));
        table += &format!("| {} | {id} | {cell} |\n", row.name);
    }
    let all = ids.detected.len();
    println!("{all} ids of GitLab: {on} on, {off} off by default, {open} without a rule");
    assert!(on + off >= 200, "{on} + {off}");
    let summary = format!(
        "Of {all} credentials in GitLab's documentation, {on} are found by default, {off} are found by rules that are off by default \
         because they are not secrets, and {open} have no rule.\n\n"
    );

    let page = read("docs/gitlab.md");
    let start = page.find(TABLE_START).unwrap() + TABLE_START.len();
    let end = page.find(TABLE_END).unwrap();
    let current = format!("{summary}{table}");
    if env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{}{current}{}", &page[..start], &page[end..]);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gitlab.md");
        fs::write(path, new).unwrap();
        return;
    }
    assert!(
        page[start..end] == current,
        "the table in docs/gitlab.md is stale; refresh it: UPDATE_DOCS=1 cargo test --test it gitlab_ids::"
    );
}

/// GitLab's ids of the findings of a report in GitLab's format, in the order of the report.
fn gitlab_ids(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let findings = report["vulnerabilities"].as_array().unwrap().iter();
    let ids = findings.map(|finding| {
        let first = &finding["identifiers"][0];
        assert_eq!(first["type"], "gitleaks_rule_id");
        first["value"].as_str().unwrap().to_owned()
    });
    ids.collect()
}

#[test]
fn report_names_the_id_that_the_prefix_selects() {
    let sandbox = Sandbox::new();
    let body = "5b0c9e71d2a84f36b7e05d19c3fa62871e4bd90f";
    for prefix in ["squ_", "sqp_", "sqa_"] {
        let token = sandbox.watch(format!("{prefix}{body}"));
        sandbox.write(format!("in/{prefix}.txt"), format!("{token}\n"));
    }
    let run = sandbox.run([
        "scan",
        "in",
        "--gitlab-identifiers",
        "--report=json=out.json",
        "--report=gitlab=out.gitlab.json",
    ]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let expected = [
        "SonarQubeGlobalAnalysisToken",
        "SonarQubeProjectAnalysisToken",
        "SonarQubeUserToken",
    ];
    let read = |name: &str| fs::read_to_string(sandbox.at(name)).unwrap();
    assert_eq!(gitlab_ids(&read("out.gitlab.json")), expected);

    // A report without the secrets selects the same.
    let run = sandbox.run([
        "report",
        "convert",
        "out.json",
        "--gitlab-identifiers",
        "--report=gitlab=again.json",
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(gitlab_ids(&read("again.json")), expected);
}
