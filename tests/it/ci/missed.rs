//! Commits that a pipeline must not miss: stale branches, skipped pushes, tags, odd variables.

use std::fs;

use crate::support::a_token;
use crate::support::pipeline::{Job, Project, ZEROS, merge_request, push};

/// A configuration that suppresses everything.
const ALLOW_ALL: &str = "[[allow]]\npaths = ['*']\nreason = 'x'\n";

/// Creates a merge request whose leak is gone from the files, in a complete checkout; returns base and head.
fn requested() -> (Project, String, String) {
    let project = Project::new();
    let base = project.fill(2);
    project.branch("topic");
    project.leak("gone.txt", 2);
    let head = project.commit(&[("gone.txt", "gone\n")]);
    project.check_out(&head, 50);
    (project, base, head)
}

/// Makes the remote unreachable.
fn disconnect(project: &Project) {
    fs::rename(project.sandbox.at("remote"), project.sandbox.at("away")).unwrap();
}

fn errors(job: &Job) -> String {
    let report = job.report.as_ref().unwrap_or_else(|| panic!("{job:?}"));
    report["errors"].to_string()
}

#[test]
fn reports_a_secret_that_a_push_to_the_default_branch_brings_and_removes() {
    let project = Project::new();
    let before = project.fill(1);
    project.leak("gone.txt", 1);
    project.commit(&[("gone.txt", "gone\n")]);
    let head = project.leak("kept.txt", 2);
    project.check_out(&head, 1);
    let job = project.job(&push("main", &before, &head), &[]);
    job.expect(0, &["gone.txt", "kept.txt"]);
    assert!(
        job.run
            .stdout
            .contains("its files and the commits of the push are scanned"),
        "{job:?}"
    );
    // The variable adds commits and takes nothing away.
    project
        .job(&push("main", &head, &head), &[])
        .expect(0, &["kept.txt"]);
    project
        .job(&push("main", ZEROS, &head), &[])
        .expect(0, &["kept.txt"]);
    let unknown = "1".repeat(40);
    let job = project.job(&push("main", &unknown, &head), &[]);
    job.expect(2, &["kept.txt"]);
    // A force push: the commits that the previous tip does not have.
    project.remote(&["reset", "-q", "--hard", &before]);
    project.leak("forced.txt", 3);
    let forced = project.commit(&[("forced.txt", "gone\n")]);
    fs::remove_dir_all(project.sandbox.at("checkout")).unwrap();
    project.check_out(&forced, 1);
    let job = project.job(&push("main", &head, &forced), &[]);
    job.expect(0, &["forced.txt"]);
    // Without the name of the default branch.
    let mut unnamed = push("topic", &before, &forced);
    unnamed.push(("CI_DEFAULT_BRANCH", ""));
    project.job(&unnamed, &[]).expect(0, &["forced.txt"]);
}

#[test]
fn does_not_trust_a_branch_of_the_clone_in_a_job() {
    let (project, _, head) = requested();
    let variables = push("topic", ZEROS, &head);
    for reference in ["refs/remotes/origin/main", "refs/heads/main"] {
        project.checkout(&["update-ref", reference, &head]);
        project.job(&variables, &[]).expect(0, &["gone.txt"]);
        let offline = project.job(&variables, &["--fetch-timeout", "0"]);
        offline.expect(2, &[]);
        assert!(errors(&offline).contains("may be outdated"), "{offline:?}");
    }
    disconnect(&project);
    for variables in [variables, merge_request("", &head)] {
        let job = project.job(&variables, &[]);
        job.expect(2, &[]);
        let accepted = project.job(&variables, &["--accept-fallback"]);
        assert_eq!(accepted.run.code, Some(0), "{accepted:?}");
    }
}

#[test]
fn trusts_the_branches_of_a_clone_of_a_person_who_disables_fetching() {
    let (project, base, head) = requested();
    project.checkout(&["update-ref", "refs/remotes/origin/main", &base]);
    let args = ["--mode", "branch", "--default-branch", "main"];
    let offline = [&args[..], &["--fetch-timeout", "0"]].concat();
    let run = |args: &[&str]| {
        project.job_with(&[], args, |command| {
            command.env_remove("GITLAB_CI");
        })
    };
    run(&offline).expect(0, &["gone.txt"]);
    disconnect(&project);
    run(&args).expect(2, &["gone.txt"]);
    assert_eq!(project.checkout(&["rev-parse", "HEAD"]), head);
}

#[test]
fn never_reads_the_policy_from_a_branch_of_the_clone() {
    let (project, base, head) = requested();
    project.commit(&[(".tokensweep.toml", ALLOW_ALL)]);
    let lax = project.remote(&["rev-parse", "HEAD"]);
    project.checkout(&["fetch", "-q", "origin", &lax]);
    for reference in ["refs/remotes/origin/main", "refs/heads/main"] {
        project.checkout(&["update-ref", reference, &lax]);
    }
    disconnect(&project);
    let job = project.job(&merge_request(&base, &head), &[]);
    job.expect(0, &["gone.txt"]);
    assert!(job.notes("the base of the merge request"), "{job:?}");
}

#[test]
fn refuses_a_merge_request_without_commits() {
    let (project, base, head) = requested();
    let newer = project.leak("newer.txt", 3);
    project.checkout(&["fetch", "-q", "origin", &newer]);
    for base in [&head, &newer] {
        let job = project.job(&merge_request(base, &head), &[]);
        job.expect(2, &[]);
        assert!(errors(&job).contains("has all commits of"), "{job:?}");
    }
    // The target has them already.
    project.remote(&["branch", "-f", "main", &head]);
    project.job(&merge_request("", &head), &[]).expect(2, &[]);
    project
        .job(&merge_request(&base, &head), &[])
        .expect(0, &["gone.txt"]);
}

#[test]
fn finds_the_commits_with_odd_values_of_variables() {
    let (project, base, head) = requested();
    let blob = project.checkout(&["rev-parse", &format!("{base}:README.md")]);
    let tree = project.checkout(&["rev-parse", &format!("{base}^{{tree}}")]);
    project.checkout(&["tag", "-a", "-m", "x", "v1", &base]);
    let tag = project.checkout(&["rev-parse", "v1"]);
    project.checkout(&["tag", "evil", &head]);
    let upper = base.to_uppercase();
    let not_commits = [blob.as_str(), &tree];
    let others = [
        "",
        ZEROS,
        "evil",
        "refs/tags/evil",
        "HEAD",
        "@",
        "--all",
        "--output=x",
        &base[..12],
        &head[..12],
        &upper,
        &tag,
        "\u{1b}[31m",
    ];
    for value in others.iter().chain(&not_commits) {
        let job = project.job(&merge_request(value, &head), &[]);
        let expected = if not_commits.contains(value) {
            (Some(2), None)
        } else {
            (Some(0), Some(vec!["gone.txt".to_owned()]))
        };
        let paths = job.report.as_ref().map(|_| job.paths());
        assert_eq!((job.run.code, paths), expected, "{value}: {job:?}");
        // The previous tip of a branch has no effect on the scan of a branch.
        let job = project.job(&push("topic", value, &head), &[]);
        job.expect(0, &["gone.txt"]);
    }
    // Without a commit of the pipeline, that of the checkout.
    for value in ["", "main", &head[..12]] {
        let job = project.job(&merge_request(&base, value), &[]);
        job.expect(0, &["gone.txt"]);
    }
}

/// The variables of a tag's pipeline.
fn tagged<'a>(tag: &'a str, head: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_SHA", head),
        ("CI_COMMIT_TAG", tag),
    ]
}

#[test]
fn scans_the_commits_that_only_a_tag_has() {
    let (project, base, head) = requested();
    project.remote(&["tag", "v2", &head]);
    // An earlier tag that is not on the default branch either.
    project.remote(&["tag", "v1", "topic~1"]);
    for args in [&[][..], &["--tags"]] {
        let job = project.job(&tagged("v2", &head), args);
        job.expect(0, &["gone.txt"]);
    }
    // The first tag.
    project.remote(&["tag", "-d", "v1"]);
    project
        .job(&tagged("v2", &head), &["--tags"])
        .expect(0, &["gone.txt"]);
    // One on the default branch is a base.
    project.remote(&["tag", "v0", &base]);
    let job = project.job(&tagged("v2", &head), &["--tags"]);
    job.expect(0, &["gone.txt"]);
    assert!(job.run.stdout.contains("The tag before v2"), "{job:?}");
}

#[test]
fn scans_the_message_of_a_tag() {
    let project = Project::new();
    let head = project.fill(2);
    let token = project.sandbox.watch(a_token(1));
    project.remote(&["tag", "v1", "HEAD~1"]);
    project.remote(&["tag", "-a", "-m", &format!("token = \"{token}\""), "v2"]);
    for fetched in [false, true] {
        let _ = fs::remove_dir_all(project.sandbox.at("checkout"));
        project.check_out(&head, 1);
        if fetched {
            project.checkout(&["fetch", "-q", "origin", "+refs/tags/v2:refs/tags/v2"]);
        }
        for args in [&[][..], &["--tags"]] {
            let job = project.job(&tagged("v2", &head), args);
            assert_eq!(job.run.code, Some(0), "{job:?}");
            assert_eq!(job.paths().len(), 1, "{job:?}");
        }
    }
    // Other refs of that name.
    project.checkout(&["tag", "-d", "v2"]);
    project.checkout(&["update-ref", "refs/heads/v2", &head]);
    let job = project.job(&tagged("v2", &head), &[]);
    assert_eq!(job.paths().len(), 1, "{job:?}");
    disconnect(&project);
    project.job(&tagged("v2", &head), &[]).expect(2, &[]);
}
