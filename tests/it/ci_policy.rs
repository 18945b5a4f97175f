//! `tokensweep ci`: whose configuration, baseline, rules and markers apply.

use crate::support::a_token;
use crate::support::pipeline::{Job, Project, ZEROS, merge_request, push};
use crate::support::sandbox::Run;

pub(crate) const PAT: &str = "gitlab-personal-access-token";

/// An allowlist that covers everything.
fn allow_all() -> String {
    format!("[[allow]]\nrules = ['{PAT}']\nreason = 'made up'\n")
}

/// Runs the pipeline of a merge request from `topic`, of which `files` is the only commit.
fn requested(
    project: &Project,
    files: &[(&str, &str)],
    more: &[(&str, &str)],
    args: &[&str],
) -> Job {
    let base = project.remote(&["rev-parse", "main"]);
    project.branch("topic");
    let head = project.commit(files);
    project.check_out(&head, 50);
    let mut variables = merge_request(&base, &head);
    variables.extend_from_slice(more);
    project.job(&variables, args)
}

pub(crate) fn leak(project: &Project, seed: u64) -> String {
    format!("token = \"{}\"\n", project.sandbox.watch(a_token(seed)))
}

/// Findings, and suppressed findings.
fn counts(job: &Job) -> (usize, usize) {
    let report = job.report.as_ref().unwrap_or_else(|| panic!("{job:?}"));
    let len = |key: &str| report[key].as_array().unwrap().len();
    (len("findings"), len("suppressed"))
}

/// Runs the gate that forbids exclusions which the scanned change could have set.
pub(crate) fn strict_gate(project: &Project, report: &str) -> Run {
    project.sandbox.run(["gate", report, "--forbid-excluded"])
}

#[test]
fn a_merge_request_cannot_allow_its_own_finding() {
    let own = |args: &[&str]| {
        let project = Project::new();
        let text = leak(&project, 1);
        requested(
            &project,
            &[("leak.txt", &text), (".tokensweep.toml", &allow_all())],
            &[],
            args,
        )
    };
    let job = own(&[]);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (1, 0)), "{job:?}");
    assert!(
        job.notes("the merge request changes .tokensweep.toml"),
        "{job:?}"
    );
    let job = own(&["--trust-merge-request"]);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 1)), "{job:?}");
    assert!(job.notes("--trust-merge-request"), "{job:?}");
}

#[test]
fn a_merge_request_cannot_mark_its_own_finding() {
    let marked = |args: &[&str]| {
        let project = Project::new();
        let text = leak(&project, 1).replace('\n', " # gitleaks:allow tokensweep:allow\n");
        requested(&project, &[("leak.txt", &text)], &[], args)
    };
    assert_eq!(counts(&marked(&[])), (1, 0));
    assert_eq!(counts(&marked(&["--trust-merge-request"])), (0, 1));
}

#[test]
fn a_merge_request_can_neither_disable_rules_nor_exclude_paths() {
    for text in [
        format!("disable = ['{PAT}']\n"),
        "exclude = ['leak.txt']\n".to_owned(),
        "min-severity = 'critical'\nmin-confidence = 'proven'\n".to_owned(),
    ] {
        let project = Project::new();
        let leak = leak(&project, 1);
        let job = requested(
            &project,
            &[("leak.txt", &leak), (".tokensweep.toml", &text)],
            &[],
            &[],
        );
        assert_eq!(counts(&job), (1, 0), "{text}");
    }
    let project = Project::new();
    let leak = leak(&project, 1);
    let ruleset = "[secrets]\n[[secrets.ruleset]]\ndisable = true\n[secrets.ruleset.identifier]\n\
                   type = 'tokensweep_rule_id'\nvalue = 'gitlab-personal-access-token'\n";
    let files = [
        ("leak.txt", leak.as_str()),
        (".gitlab/secret-detection-ruleset.toml", ruleset),
    ];
    let job = requested(&project, &files, &[], &[]);
    assert_eq!(counts(&job), (1, 0), "{job:?}");
    assert!(
        job.notes("changes .gitlab/secret-detection-ruleset.toml"),
        "{job:?}"
    );
}

#[test]
fn the_current_configuration_of_the_target_applies() {
    let project = Project::new();
    let text = leak(&project, 1);
    let base = project.remote(&["rev-parse", "main"]);
    project.branch("topic");
    let head = project.commit(&[("leak.txt", &text)]);
    // Accepted on the target after the branch was made.
    project.switch("main");
    project.commit(&[(".tokensweep.toml", &allow_all())]);
    for depth in [1, 50] {
        let _ = std::fs::remove_dir_all(project.sandbox.at("checkout"));
        project.check_out(&head, depth);
        let job = project.job(&merge_request(&base, &head), &[]);
        assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 1)), "{job:?}");
        assert!(job.notes(".tokensweep.toml of the target"), "{job:?}");
        assert!(!job.notes("the merge request changes"), "{job:?}");
    }
}

#[test]
fn baseline_and_rules_are_read_from_the_target_too() {
    let project = Project::new();
    let text = leak(&project, 1);
    // The baseline of a scan that has seen the leak.
    project.sandbox.write("seen/leak.txt", &text);
    let made = project
        .sandbox
        .run_with(["baseline", "create", "../accepted.json"], |command| {
            command.current_dir(project.sandbox.at("seen"));
        });
    assert_eq!(made.code, Some(0), "{made:?}");
    let baseline = std::fs::read_to_string(project.sandbox.at("accepted.json")).unwrap();
    let rule = "title = 'A code'\ndescription = 'Made up.'\nseverity = 'low'\nconfidence = 'high'\n\
                references = ['https://example.com/a']\n[detect]\nkeywords = ['code-']\npattern = 'code-[a-z0-9]{16}'\n\
                [[remedy]]\naction = 'Change it.'\n[[positive]]\ntext = ['code-', 'm4rtyx7s', 'pq2wnkd9']\nsecret = ['code-', 'm4rtyx7s', 'pq2wnkd9']\n";
    let config = "baseline = 'ci/accepted.json'\nrules = ['ci/rules']\n";
    project.commit(&[
        (".tokensweep.toml", config),
        ("ci/accepted.json", &baseline),
        ("ci/rules/a-code.toml", rule),
    ]);
    let code = ["code-", "k8vbz3jq", "w5hmx2td", "\n"].concat();
    let files = [
        ("leak.txt", text.as_str()),
        ("code.txt", code.as_str()),
        ("ci/accepted.json", "{\"version\": 1, \"findings\": []}\n"),
        ("ci/rules/a-code.toml", "not even a rule"),
    ];
    let job = requested(&project, &files, &[], &[]);
    assert_eq!(job.run.code, Some(0), "{job:?}");
    assert_eq!(
        (job.paths(), counts(&job)),
        (vec!["code.txt".to_owned()], (1, 1)),
        "{job:?}"
    );
    for path in ["ci/accepted.json", "ci/rules"] {
        assert!(
            job.notes(&format!("the merge request changes {path}")),
            "{job:?}"
        );
    }
}

#[test]
fn reads_named_files_from_the_target_inside_the_checkout_and_from_disk_outside() {
    let project = Project::new();
    let text = leak(&project, 1);
    let outside = project.sandbox.write("operator.toml", allow_all());
    let files = [("leak.txt", text.as_str()), ("own.toml", &allow_all())];
    let job = requested(&project, &files, &[], &["--config", "own.toml"]);
    assert_eq!(
        job.run.code,
        Some(2),
        "the target has no such file: {job:?}"
    );
    assert!(job.run.stderr.contains("own.toml"), "{job:?}");
    let head = project.remote(&["rev-parse", "topic"]);
    let base = project.remote(&["rev-parse", "main"]);
    let job = project.job(
        &merge_request(&base, &head),
        &["--config", outside.to_str().unwrap()],
    );
    assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 1)), "{job:?}");
    // A link of the checkout does not make a file of it the operator's.
    std::os::unix::fs::symlink(&outside, project.sandbox.at("checkout/linked.toml")).unwrap();
    let job = project.job(&merge_request(&base, &head), &["--config", "linked.toml"]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
}

#[test]
fn a_fork_does_not_speak_for_the_target() {
    // The fork's own branch `main` allows everything; the project it goes to cannot be reached.
    let project = Project::new();
    let base = project.fill(1);
    project.commit(&[(".tokensweep.toml", &allow_all())]);
    project.branch("topic");
    let text = leak(&project, 1);
    let head = project.commit(&[("leak.txt", &text)]);
    project.check_out(&head, 50);
    let mut variables = merge_request(&base, &head);
    let unreachable = format!("file://{}", project.sandbox.at("nowhere").display());
    variables.extend([
        ("CI_MERGE_REQUEST_PROJECT_ID", "2"),
        ("CI_MERGE_REQUEST_PROJECT_URL", unreachable.as_str()),
    ]);
    let job = project.job(&variables, &[]);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (1, 0)), "{job:?}");
    assert!(job.run.stdout.contains("from a fork"), "{job:?}");
    assert!(job.notes("the base of the merge request"), "{job:?}");
}

#[test]
fn a_broken_configuration_of_the_target_is_an_error() {
    let project = Project::new();
    project.commit(&[(".tokensweep.toml", "disable = 3\n")]);
    let text = leak(&project, 1);
    let job = requested(
        &project,
        &[("leak.txt", &text), (".tokensweep.toml", "")],
        &[],
        &[],
    );
    assert_eq!(job.run.code, Some(2), "{job:?}");
    assert!(job.run.stderr.contains(".tokensweep.toml"), "{job:?}");
}

#[test]
fn a_branch_is_scanned_with_its_own_configuration() {
    let project = Project::new();
    project.branch("topic");
    let text = leak(&project, 1);
    let head = project.commit(&[("leak.txt", &text), (".tokensweep.toml", &allow_all())]);
    project.check_out(&head, 50);
    let job = project.job(&push("topic", ZEROS, &head), &[]);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 1)), "{job:?}");
}

#[test]
fn suppresses_excluded_paths_with_the_reason() {
    let project = Project::new();
    let (a, b, c) = (leak(&project, 1), leak(&project, 2), leak(&project, 3));
    let files = [
        ("spec/a.txt", a.as_str()),
        ("docs/x/b.md", &b),
        ("src/c.txt", &c),
    ];
    let job = requested(
        &project,
        &files,
        &[("SECRET_DETECTION_EXCLUDED_PATHS", "spec, docs/**/*.md")],
        &[],
    );
    assert_eq!(
        (job.paths(), counts(&job)),
        (vec!["src/c.txt".to_owned()], (1, 2)),
        "{job:?}"
    );
    let reasons = job.report.unwrap()["suppressed"].to_string();
    assert!(
        reasons.contains("SECRET_DETECTION_EXCLUDED_PATHS"),
        "{reasons}"
    );
    let head = project.remote(&["rev-parse", "topic"]);
    let base = project.remote(&["rev-parse", "main"]);
    let job = project.job(&merge_request(&base, &head), &["--excluded-paths", "src"]);
    assert_eq!(counts(&job), (2, 1), "{job:?}");
}

#[test]
fn the_ruleset_file_of_gitlabs_analyzer_is_obeyed_where_it_is_simple() {
    let project = Project::new();
    let ruleset = "[secrets]\n[[secrets.passthrough]]\ntype = 'raw'\ntarget = 'gitleaks.toml'\n\
                   [[secrets.ruleset]]\n[secrets.ruleset.identifier]\ntype = 'gitleaks_rule_id'\n\
                   value = 'gitlab_personal_access_token'\n[secrets.ruleset.override]\nseverity = 'Low'\n";
    project.commit(&[(".gitlab/secret-detection-ruleset.toml", ruleset)]);
    let text = leak(&project, 1);
    let job = requested(&project, &[("leak.txt", &text)], &[], &[]);
    assert_eq!(job.run.code, Some(0), "{job:?}");
    assert!(job.notes("secrets.passthrough"), "{job:?}");
    assert_eq!(job.report.unwrap()["findings"][0]["severity"], "low");
}

/// The exclusions of a report as (by, name, trusted, findings, files).
pub(crate) fn exclusions(job: &Job) -> Vec<(String, String, bool, u64, u64)> {
    let report = job.report.as_ref().unwrap_or_else(|| panic!("{job:?}"));
    let text = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap().to_owned();
    let items = report["exclusions"].as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| {
            (
                text(item, "by"),
                text(item, "name"),
                item["trusted"].as_bool().unwrap(),
                item["findings"].as_u64().unwrap(),
                item["files"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn counts_and_can_forbid_exclusions_of_the_merge_request_itself() {
    let everything = "exclude = ['leak.txt']\n";
    let of = |by: &str, name: &str, trusted, findings, files| {
        (by.to_owned(), name.to_owned(), trusted, findings, files)
    };
    let variable = "SECRET_DETECTION_EXCLUDED_PATHS";
    let trust = "--trust-merge-request";
    let marker = "inline markers";
    let off = format!("disable = ['{PAT}']\n");
    for (text, config, variables, args, expected) in [
        (
            "",
            "",
            vec![(variable, "**")],
            vec![],
            of("variable", variable, false, 1, 0),
        ),
        (
            "",
            "",
            vec![],
            vec!["--excluded-paths", "*.txt"],
            of("option", "--excluded-paths", false, 1, 0),
        ),
        (
            "",
            everything,
            vec![],
            vec![trust],
            of("configuration", ".tokensweep.toml", false, 0, 1),
        ),
        (
            "",
            &allow_all(),
            vec![],
            vec![trust],
            of("configuration", ".tokensweep.toml", false, 1, 0),
        ),
        (
            " # tokensweep:allow",
            "",
            vec![],
            vec![trust],
            of("configuration", marker, false, 1, 0),
        ),
        // The findings of disabled rules are counted.
        (
            "",
            "",
            vec![],
            vec!["--disable", PAT],
            of("option", "--disable", false, 1, 0),
        ),
        (
            "",
            "",
            vec![],
            vec!["--only", "aws"],
            of("option", "--only", false, 1, 0),
        ),
        (
            "",
            &off,
            vec![],
            vec![trust],
            of("configuration", ".tokensweep.toml: disable", false, 1, 0),
        ),
        (
            "",
            "only = ['aws']\n",
            vec![],
            vec![trust],
            of("configuration", ".tokensweep.toml: only", false, 1, 0),
        ),
        (
            "",
            "min-confidence = 'proven'\n",
            vec![],
            vec![trust],
            of(
                "configuration",
                ".tokensweep.toml: min-confidence",
                false,
                1,
                0,
            ),
        ),
    ] {
        let project = Project::new();
        let secret = project.sandbox.watch(a_token(1));
        let text = format!("token = \"{secret}\"{text}\n");
        let files = [("leak.txt", text.as_str()), (".tokensweep.toml", config)];
        let job = requested(&project, &files, &variables, &args);
        assert_eq!(
            (job.run.code, exclusions(&job)),
            (Some(0), vec![expected]),
            "{job:?}"
        );
        assert!(job.run.stdout.contains("excluded:"), "{job:?}");
        let gate = |args: &[&str]| {
            let all = [&["gate", "checkout/tokensweep.json"], args].concat();
            project.sandbox.run(all)
        };
        assert_eq!(gate(&[]).code, Some(0));
        let run = gate(&["--forbid-excluded"]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stdout.contains("gate failed"), "{run:?}");
        // Reports converted from it contain the same.
        let run = project.sandbox.run([
            "report",
            "merge",
            "checkout/tokensweep.json",
            "--report",
            "json=merged.json",
        ]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let run = strict_gate(&project, "merged.json");
        assert_eq!(run.code, Some(1), "{run:?}");
    }
}

#[test]
fn counts_and_allows_exclusions_of_the_target_branch() {
    let project = Project::new();
    project.commit(&[(".tokensweep.toml", "exclude = ['vendor']\n")]);
    let text = leak(&project, 1);
    let job = requested(&project, &[("vendor/leak.txt", &text)], &[], &[]);
    let expected = (
        "configuration".to_owned(),
        ".tokensweep.toml".to_owned(),
        true,
        0,
        1,
    );
    assert_eq!(
        (job.run.code, exclusions(&job)),
        (Some(0), vec![expected]),
        "{job:?}"
    );
    let run = strict_gate(&project, "checkout/tokensweep.json");
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_choice_of_commits_by_the_job_itself_can_be_forbidden() {
    let project = Project::new();
    let text = leak(&project, 1);
    let options = [("SECRET_DETECTION_LOG_OPTIONS", "-1")];
    let base = project.remote(&["rev-parse", "main"]);
    project.branch("topic");
    project.commit(&[("leak.txt", &text)]);
    let head = project.commit(&[("other.txt", "clean\n")]);
    project.check_out(&head, 50);
    let mut variables = merge_request(&base, &head);
    variables.extend_from_slice(&options);
    let job = project.job(&variables, &[]);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 0)), "{job:?}");
    let run = strict_gate(&project, "checkout/tokensweep.json");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.contains("SECRET_DETECTION_LOG_OPTIONS"),
        "{run:?}"
    );
}

#[test]
fn a_variable_cannot_pass_a_leak_off_as_the_token_of_the_job() {
    let project = Project::new();
    let token = project.sandbox.watch(a_token(1));
    let text = format!("token = \"{token}\"\n");
    let job = requested(
        &project,
        &[("leak.txt", &text)],
        &[("CI_JOB_TOKEN", &token)],
        &[],
    );
    assert_eq!((job.run.code, counts(&job)), (Some(0), (1, 0)), "{job:?}");
}

#[test]
fn lists_a_configuration_that_the_job_may_have_written() {
    let project = Project::new();
    let outside = project.sandbox.write("own.toml", allow_all());
    let text = leak(&project, 1);
    let args = ["--config", outside.to_str().unwrap()];
    let job = requested(&project, &[("leak.txt", &text)], &[], &args);
    assert_eq!((job.run.code, counts(&job)), (Some(0), (0, 1)), "{job:?}");
    let untrusted: Vec<bool> = exclusions(&job).iter().map(|item| !item.2).collect();
    assert_eq!(untrusted, [true], "{job:?}");
    let run = strict_gate(&project, "checkout/tokensweep.json");
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn lists_rules_that_a_branch_disables_for_gitlabs_analyzer() {
    let project = Project::new();
    project.branch("topic");
    let path = ".gitlab/secret-detection-ruleset.toml";
    let ruleset = "[secrets]\n[[secrets.ruleset]]\ndisable = true\n[secrets.ruleset.identifier]\n\
                   type = 'tokensweep_rule_id'\nvalue = 'gitlab-personal-access-token'\n";
    let text = leak(&project, 1);
    let head = project.commit(&[("leak.txt", text.as_str()), (path, ruleset)]);
    project.check_out(&head, 50);
    let job = project.job(&push("topic", ZEROS, &head), &[]);
    let expected = ("configuration".to_owned(), path.to_owned(), false, 1, 0);
    assert_eq!(
        (job.run.code, exclusions(&job)),
        (Some(0), vec![expected]),
        "{job:?}"
    );
    let run = strict_gate(&project, "checkout/tokensweep.json");
    assert_eq!(run.code, Some(1), "{run:?}");
    let hidden = "chose which rules ran, which hid 1 finding, ";
    assert!(run.stdout.contains(hidden), "{run:?}");
}
