//! Tokens in the names of files and folders.

use serde_json::Value;

use crate::support::repo::Repo;
use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;
use crate::support::{a_token, shape};

/// Rule, line and message of each finding.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let text = |finding: &Value| {
        let message = finding["message"].as_str().unwrap();
        let (_, end) = message.rsplit_once(" It is ").unwrap();
        format!(
            "{} {} {end}",
            finding["rule_id"].as_str().unwrap(),
            finding["location"]["start_line"]
        )
    };
    findings.iter().map(text).collect()
}

const IN_FILE: &str = "gitlab-personal-access-token 1 in the name of the file.";
const IN_FOLDER: &str = "gitlab-personal-access-token 1 in the name of the folder.";

#[test]
fn of_a_tree_are_reported_once() {
    let sandbox = Sandbox::new();
    let token = |seed| sandbox.watch(a_token(seed));
    sandbox.write(token(1), "");
    sandbox.write(format!("a/{}.bak", token(2)), "x");
    let folder = token(3);
    for index in 0..40 {
        sandbox.write(format!("{folder}/deep/er/{index}"), "x");
    }
    sandbox.write("glpat-xxxxxxxxxxxxxxxxxxxx", "");
    sandbox.write("password=hunter2hunter2", "");
    let mut all = found(&sandbox.scan(&["."]));
    all.sort();
    assert_eq!(all, [IN_FILE, IN_FILE, IN_FOLDER]);
    // In another order of threads too.
    let mut one = found(&sandbox.scan(&["--threads=1", "."]));
    one.sort();
    assert_eq!(one, all);
}

#[test]
fn of_commits_are_reported_if_they_are_new() {
    let repo = Repo::new();
    let sandbox = &repo.sandbox;
    let old = sandbox.watch(a_token(4));
    repo.write(&old, "one\n");
    repo.write("empty", "");
    repo.commit("old");
    repo.write(&old, "two\n");
    repo.write("other", "x\n");
    repo.commit("changed");
    let report = sandbox.report("range", &["HEAD~1..HEAD"]);
    assert_eq!(found(&report), [""; 0]);
    // The content is that of a file without findings.
    repo.write(&sandbox.watch(a_token(5)), "");
    repo.git(&["add", "--all"]);
    assert_eq!(found(&sandbox.report("staged", &[])), [IN_FILE]);
    repo.commit("new");
    let report = sandbox.report("range", &["HEAD~1..HEAD"]);
    assert_eq!(found(&report), [IN_FILE]);
    assert!(report["findings"][0]["location"]["commit"].is_string());
    // The secret is in the name, not in the file, so that it is left to a person.
    let deploy = sandbox.watch(shape("deploy token").generate(&mut Rng::new(6)));
    repo.write(&format!("docs/{deploy}/readme.md"), "x\n");
    repo.commit("folder");
    let report = sandbox.report("range", &["HEAD~1..HEAD"]);
    assert_eq!(
        found(&report),
        ["gitlab-deploy-token 1 in the name of the folder."]
    );
}
