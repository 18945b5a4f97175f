//! `tokensweep ci` in the pipelines of a project, each kind with the variables that GitLab sets.

mod hidden;
mod log_options;
mod missed;
mod moves;

use crate::support::pipeline::{Project, ZEROS, merge_request, push};

/// A project whose default branch has an old leak.
fn dirty() -> Project {
    let project = Project::new();
    project.leak("old.txt", 1);
    project
}

#[test]
fn scans_a_merge_request_commit_by_commit() {
    let project = dirty();
    let base = project.fill(3);
    project.branch("topic");
    project.leak("new.txt", 2);
    project.commit(&[("new.txt", "gone again\n")]);
    let head = project.commit(&[("other.txt", "clean\n")]);
    project.check_out(&head, 50);
    let job = project.job(&merge_request(&base, &head), &[]);
    assert_eq!(job.run.code, Some(0), "{job:?}");
    assert_eq!(job.places(), [("new.txt".to_owned(), 1)]);
    assert!(
        job.run.stdout.contains("merge request 7 to main"),
        "{job:?}"
    );
    assert!(job.run.stdout.contains("Commits to scan: 3."), "{job:?}");
    assert!(job.run.stdout.contains("new.txt"), "{job:?}");
    assert!(
        job.run.stdout.contains("Done: there are findings."),
        "{job:?}"
    );
    let commit = job.report.unwrap()["findings"][0]["location"]["commit"].clone();
    assert_ne!(commit, head, "the commit that brought it is named");
    for file in [
        "gl-tokensweep.sarif",
        "gl-secret-detection-report.json",
        "gl-code-quality-report.json",
        "gl-tokensweep-annotations.json",
        "tokensweep.html",
    ] {
        assert!(project.sandbox.at("checkout").join(file).exists(), "{file}");
    }
}

#[test]
fn reports_nothing_for_a_clean_merge_request_on_a_dirty_default_branch() {
    let project = dirty();
    let base = project.fill(1);
    project.branch("topic");
    let head = project.commit(&[("other.txt", "clean\n"), ("old.txt.md", "see old.txt\n")]);
    project.check_out(&head, 1);
    let job = project.job(&merge_request(&base, &head), &[]);
    job.expect(0, &[]);
    assert!(job.run.stdout.contains("Done: nothing found."), "{job:?}");
}

#[test]
fn scans_merged_results_and_trains_up_to_the_source_branch() {
    for event in ["merged_result", "merge_train"] {
        let project = dirty();
        let base = project.fill(1);
        project.branch("topic");
        let source = project.leak("mine.txt", 2);
        project.switch("main");
        let target = project.leak("theirs.txt", 3);
        project.remote(&["switch", "-q", "--detach"]);
        project.remote(&["merge", "-q", "--no-ff", "-m", "merged result", "topic"]);
        let merge = project.remote(&["rev-parse", "HEAD"]);
        project.check_out(&merge, 20);
        let mut variables = merge_request(&base, &merge);
        variables.extend([
            ("CI_MERGE_REQUEST_EVENT_TYPE", event),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", source.as_str()),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", target.as_str()),
        ]);
        let job = project.job(&variables, &[]);
        assert_eq!(job.run.code, Some(0), "{job:?}");
        assert_eq!(job.paths(), ["mine.txt"], "{event}");
    }
}

#[test]
fn scans_everything_that_the_default_branch_does_not_have() {
    let project = dirty();
    project.branch("topic");
    let before = project.leak("pushed-before.txt", 2);
    project.leak("first.txt", 3);
    let head = project.commit(&[("first.txt", "gone\n")]);
    project.check_out(&head, 50);
    let job = project.job(&push("topic", &before, &head), &[]);
    job.expect(0, &["first.txt", "pushed-before.txt"]);
    assert!(
        job.run.stdout.contains("New since the last push: 2."),
        "{job:?}"
    );
    assert!(
        job.run
            .stdout
            .contains("also those that earlier pipelines have scanned"),
        "{job:?}"
    );
}

#[test]
fn keeps_the_gate_closed_while_the_branch_has_the_secret() {
    let project = dirty();
    project.branch("topic");
    let leak = project.leak("leak.txt", 2);
    let gone = project.commit(&[("leak.txt", "gone\n")]);
    let head = project.fill(2);
    // The pipeline of the leak was skipped, cancelled or red; or the previous tip is unknown.
    let unknown = "1".repeat(40);
    for before in [leak.as_str(), &gone, ZEROS, &unknown] {
        let _ = std::fs::remove_dir_all(project.sandbox.at("checkout"));
        project.check_out(&head, 1);
        let mut by_hand = push("topic", before, &head);
        by_hand[0].1 = "web";
        for variables in [push("topic", before, &head), by_hand] {
            let job = project.job(&variables, &[]);
            let expected = (Some(0), true);
            let is_found = job.paths().contains(&"leak.txt".to_owned());
            assert_eq!((job.run.code, is_found), expected, "{before}: {job:?}");
            let gate = project.sandbox.run(["gate", "checkout/tokensweep.json"]);
            assert_eq!(gate.code, Some(1), "{gate:?}");
        }
    }
}

#[test]
fn scans_the_files_if_the_previous_tip_is_unknown() {
    let project = dirty();
    let head = project.fill(1);
    project.check_out(&head, 50);
    let unknown = "1".repeat(40);
    let job = project.job(&[], &["--mode", "push", "--base", &unknown]);
    job.expect(2, &["old.txt"]);
}

#[test]
fn scans_a_new_branch_from_the_merge_base() {
    let project = dirty();
    project.branch("topic");
    project.leak("first.txt", 2);
    project.fill(3);
    let head = project.leak("last.txt", 3);
    project.switch("main");
    project.leak("newer-on-main.txt", 4);
    project.check_out(&head, 50);
    let job = project.job(&push("topic", ZEROS, &head), &[]);
    assert_eq!(job.run.code, Some(0), "{job:?}");
    assert_eq!(job.paths(), ["first.txt", "last.txt"]);
    assert!(
        job.run.stdout.contains("first push of the branch topic"),
        "{job:?}"
    );
}

#[test]
fn scans_a_force_push_like_a_new_branch() {
    for gone in [false, true] {
        let project = dirty();
        let fork = project.fill(1);
        project.branch("topic");
        let before = project.leak("rewritten.txt", 2);
        project.remote(&["reset", "-q", "--hard", &fork]);
        let head = project.leak("rewritten.txt", 3);
        if gone {
            project.remote(&["reflog", "expire", "--expire=now", "--all"]);
            project.remote(&["gc", "-q", "--prune=now"]);
        }
        project.check_out(&head, 20);
        let job = project.job(&push("topic", &before, &head), &[]);
        job.expect(0, &["rewritten.txt"]);
        let by_hand = project.job(&[], &["--mode", "push", "--base", &before, "--head", &head]);
        assert!(by_hand.run.stdout.contains("a force push"), "{by_hand:?}");
    }
}

#[test]
fn scans_the_files_of_the_default_branch_and_of_schedules() {
    let project = dirty();
    project.leak("gone.txt", 2);
    let head = project.commit(&[("gone.txt", "gone\n")]);
    project.check_out(&head, 1);
    let mut schedule = push("main", ZEROS, &head);
    schedule[0].1 = "schedule";
    for variables in [push("main", ZEROS, &head), schedule] {
        let job = project.job(&variables, &[]);
        job.expect(0, &["old.txt"]);
    }
}

#[test]
fn scans_tags_on_request_from_the_previous_tag() {
    let project = dirty();
    project.remote(&["tag", "v1"]);
    project.leak("since.txt", 2);
    project.fill(2);
    let head = project.commit(&[("since.txt", "gone\n")]);
    project.remote(&["tag", "-a", "-m", "second", "v2"]);
    project.check_out(&head, 1);
    let variables = [
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_SHA", head.as_str()),
        ("CI_COMMIT_TAG", "v2"),
    ];
    let job = project.job(&variables, &[]);
    job.expect(0, &[]);
    let job = project.job(&variables, &["--tags"]);
    job.expect(0, &["since.txt"]);
    // The first tag has no predecessor.
    let first = [variables[0], variables[1], ("CI_COMMIT_TAG", "v1")];
    project.remote(&["tag", "-d", "v2"]);
    let job = project.job(&first, &["--tags"]);
    job.expect(0, &["old.txt"]);
}

#[test]
fn always_reads_git_configuration() {
    let project = dirty();
    let base = project.fill(1);
    project.branch("topic");
    let head = project.commit(&[("other.txt", "clean\n")]);
    project.check_out(&head, 50);
    let token = project.sandbox.watch(crate::support::a_token(5));
    let url = format!("https://bob:{token}@gitlab.example/a.git");
    project.checkout(&["remote", "add", "other", &url]);
    let tag = [
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_SHA", head.as_str()),
        ("CI_COMMIT_TAG", "v1"),
    ];
    let jobs = [
        project.job(&merge_request(&base, &head), &[]),
        project.job(&push("topic", ZEROS, &head), &[]),
        project.job(&tag, &[]),
    ];
    for job in jobs {
        job.expect(0, &[".git/config"]);
    }
}

#[test]
fn neither_scans_nor_reports_if_disabled() {
    let project = dirty();
    let head = project.fill(1);
    project.check_out(&head, 1);
    let mut variables = push("main", ZEROS, &head);
    variables.push(("SECRET_DETECTION_DISABLED", "true"));
    let job = project.job(&variables, &[]);
    assert!(job.report.is_none() && job.run.code == Some(0), "{job:?}");
    assert!(
        job.run.stdout.contains("SECRET_DETECTION_DISABLED"),
        "{job:?}"
    );
}

#[test]
fn writes_log_sections_and_obeys_the_level() {
    let project = dirty();
    let head = project.fill(1);
    project.check_out(&head, 1);
    let variables = push("main", ZEROS, &head);
    let job = project.job(&variables, &[]);
    for marker in ["section_start:", "section_end:", "[INFO]"] {
        assert!(job.run.stdout.contains(marker), "{job:?}");
    }
    let mut quiet = variables.clone();
    quiet.push(("SECURE_LOG_LEVEL", "error"));
    let job = project.job(&quiet, &[]);
    assert!(
        !job.run.stdout.contains("[INFO]") && !job.run.stdout.contains("section_"),
        "{job:?}"
    );
    assert!(
        job.run.stdout.contains("old.txt"),
        "findings are no log: {job:?}"
    );
    // Standard output contains only the requested report.
    let job = project.job(&variables, &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&job.run.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert!(job.run.stderr.contains("[INFO]"), "{job:?}");
}

#[test]
fn needs_a_mode_outside_of_gitlab() {
    let project = dirty();
    let base = project.fill(1);
    project.branch("topic");
    let head = project.leak("new.txt", 2);
    project.check_out(&head, 50);
    let elsewhere = |args: &[&str]| {
        project.job_with(&[], args, |command| {
            command
                .env_remove("GITLAB_CI")
                .env("GITHUB_ACTIONS", "true");
        })
    };
    let job = elsewhere(&[]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
    assert!(
        job.run.stderr.contains("GitHub Actions") && job.run.stderr.contains("--mode"),
        "{job:?}"
    );
    let job = elsewhere(&["--mode", "merge-request", "--base", &base]);
    job.expect(0, &["new.txt"]);
    assert!(!job.run.stdout.contains("section_start"), "{job:?}");
    let job = elsewhere(&["--mode", "branch", "--default-branch", "main"]);
    assert_eq!(job.paths(), ["new.txt"]);
    let job = elsewhere(&["--mode", "push", "--base", &base]);
    assert_eq!(job.paths(), ["new.txt"]);
    let job = elsewhere(&["--mode", "tree"]);
    assert_eq!(job.paths(), ["new.txt", "old.txt"]);
}
