//! `tokensweep ci`: commits that are not in the clone.

mod canaries;
mod names;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::pipeline::{Job, Project, ZEROS, merge_request, push};

/// Creates a merge request with a leak in the first of this many commits; the default branch has another leak.
fn long(commits: usize) -> (Project, String, String) {
    let project = Project::new();
    project.leak("old.txt", 1);
    let base = project.fill(2);
    project.branch("topic");
    project.leak("new.txt", 2);
    project.commit(&[("new.txt", "gone\n")]);
    let head = project.fill(commits - 2);
    (project, base, head)
}

/// The remote no longer responds.
fn unplug(project: &Project) {
    fs::rename(
        project.sandbox.at("remote"),
        project.sandbox.at("unplugged"),
    )
    .unwrap();
}

/// Creates a folder with only the programs that `ci` may need besides `git`.
fn without_git(project: &Project) -> std::path::PathBuf {
    let empty = project.sandbox.at("no-programs");
    fs::create_dir_all(&empty).unwrap();
    empty
}

/// Creates a folder with a `git` that adds a line to `calls` and then hangs.
fn with_hanging_git(project: &Project) -> std::path::PathBuf {
    let calls = project.sandbox.at("calls").display().to_string();
    let script = format!("#!/bin/sh\necho called >>'{calls}'\nexec /bin/sleep 600\n");
    let git = project.sandbox.write("hanging/git", script);
    executable(&git);
    git.parent().unwrap().to_owned()
}

fn falls_back(job: &Job, code: i32) {
    assert_eq!(job.run.code, Some(code), "{job:?}");
    // The files: with the leak of the default branch, without the one that was removed.
    assert_eq!(job.paths(), ["old.txt"], "{job:?}");
    let report = job.report.as_ref().unwrap();
    assert!(
        report.to_string().contains("files were scanned instead"),
        "{report}"
    );
    assert!(
        job.run.stdout.contains("files were scanned instead"),
        "{job:?}"
    );
}

#[test]
fn deepens_a_clone_of_depth_one_as_far_as_needed() {
    // More than the first two steps fetch.
    for commits in [3, 60, 230] {
        let (project, base, head) = long(commits);
        project.check_out(&head, 1);
        let job = project.job(&merge_request(&base, &head), &[]);
        job.expect(0, &["new.txt"]);
    }
}

#[test]
fn never_makes_a_clone_shallower() {
    let (project, base, head) = long(70);
    project.check_out(&head, 71);
    let before: usize = project
        .checkout(&["rev-list", "--count", "HEAD"])
        .parse()
        .unwrap();
    let job = project.job(&merge_request(&base, &head), &[]);
    job.expect(0, &["new.txt"]);
    let after: usize = project
        .checkout(&["rev-list", "--count", "HEAD"])
        .parse()
        .unwrap();
    assert!(after >= before, "{after} < {before}");
}

#[test]
fn scans_the_files_if_commits_cannot_be_fetched() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    unplug(&project);
    let variables = merge_request(&base, &head);
    falls_back(&project.job(&variables, &[]), 2);
    falls_back(&project.job(&variables, &["--accept-fallback"]), 0);
    falls_back(&project.job(&variables, &["--fetch-timeout", "0"]), 2);
    let report = project
        .sandbox
        .at("checkout/gl-secret-detection-report.json");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(report["scan"]["status"], "failure");
    assert!(
        report["scan"]["messages"]
            .to_string()
            .contains("files were scanned instead")
    );
}

#[test]
fn works_without_git_if_no_commit_is_missing() {
    let (project, base, head) = long(3);
    project.check_out(&head, 50);
    let path = without_git(&project);
    let variables = merge_request(&base, &head);
    let job = project.job_with(&variables, &[], |command| {
        command.env("PATH", &path);
    });
    job.expect(0, &["new.txt"]);
    fs::remove_dir_all(project.sandbox.at("checkout")).unwrap();
    project.check_out(&head, 1);
    let job = project.job_with(&variables, &[], |command| {
        command.env("PATH", &path);
    });
    falls_back(&job, 2);
    assert!(
        job.run
            .stdout
            .contains("the `git` program, which fetches, is not installed"),
        "{job:?}"
    );
}

#[test]
fn needs_no_network_for_a_complete_clone() {
    let (project, base, head) = long(5);
    project.check_out(&head, 50);
    project.checkout(&[
        "fetch",
        "-q",
        "origin",
        "+refs/heads/main:refs/remotes/origin/main",
    ]);
    unplug(&project);
    let job = project.job(&merge_request(&base, &head), &[]);
    job.expect(0, &["new.txt"]);
    // The default branch of the clone may be outdated.
    for before in [base.as_str(), ZEROS] {
        let variables = push("topic", before, &head);
        project.job(&variables, &[]).expect(2, &["new.txt"]);
        let job = project.job(&variables, &["--accept-fallback"]);
        job.expect(0, &["new.txt"]);
    }
}

#[test]
fn stops_fetching_at_the_time_limit() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    let path = with_hanging_git(&project);
    let started = Instant::now();
    let job = project.job_with(
        &merge_request(&base, &head),
        &["--fetch-timeout", "1"],
        |command| {
            command.env("PATH", &path);
        },
    );
    assert!(started.elapsed() < Duration::from_secs(60));
    falls_back(&job, 2);
    assert!(
        job.run
            .stdout
            .contains("the time limit for fetching is reached"),
        "{job:?}"
    );
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn shows_no_credential_of_the_remote() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    unplug(&project);
    let token = ["glcbt-", "64_", "DwqpYWhuRL", "fLS27j-tto"].concat();
    let token = project.sandbox.watch(token);
    let url = format!("http://gitlab-ci-token:{token}@127.0.0.1:1/a.git");
    project.checkout(&["remote", "set-url", "origin", &url]);
    let mut variables = merge_request(&base, &head);
    variables.extend([
        ("CI_REPOSITORY_URL", url.as_str()),
        ("CI_JOB_TOKEN", token.as_str()),
        ("SECURE_LOG_LEVEL", "debug"),
    ]);
    let job = project.job(&variables, &[]);
    // The sandbox checks the output; the reports are checked here.
    falls_back(&job, 2);
    assert!(job.run.stdout.contains("git fetch"), "{job:?}");
    for entry in fs::read_dir(project.sandbox.at("checkout")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(&token), "{}", path.display());
        }
    }
}

#[test]
fn fetches_from_the_address_of_the_job() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    let url = project.checkout(&["remote", "get-url", "origin"]);
    project.checkout(&["remote", "set-url", "origin", "file:///nowhere"]);
    let mut variables = merge_request(&base, &head);
    variables.push(("CI_REPOSITORY_URL", &url));
    let job = project.job(&variables, &[]);
    job.expect(0, &["new.txt"]);
}

#[test]
fn reports_a_job_without_a_checkout() {
    let project = Project::new();
    let head = project.fill(1);
    let mut variables = push("main", ZEROS, &head);
    variables.push(("GIT_STRATEGY", "none"));
    let job = project.job(&variables, &[]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
    assert!(job.run.stderr.contains("GIT_STRATEGY is 'none'"), "{job:?}");
    let job = project.job(&push("main", ZEROS, &head), &[]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
    assert!(job.run.stderr.contains("no checkout"), "{job:?}");
}

#[test]
fn reports_a_checkout_of_another_commit() {
    let project = Project::new();
    let older = project.fill(1);
    let head = project.leak("new.txt", 1);
    project.check_out(&older, 1);
    let job = project.job(&push("main", ZEROS, &head), &[]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
    assert!(
        job.run.stdout.contains("the checkout is at commit"),
        "{job:?}"
    );
}

#[test]
fn fetches_the_whole_history_on_request() {
    let (project, _, head) = long(3);
    project.switch("main");
    project.branch("elsewhere");
    project.leak("branch.txt", 3);
    project.check_out(&head, 1);
    let mut variables = push("topic", ZEROS, &head);
    variables.push(("SECRET_DETECTION_HISTORIC_SCAN", "true"));
    let job = project.job(&variables, &[]);
    assert_eq!(job.run.code, Some(0), "{job:?}");
    assert_eq!(job.paths(), ["branch.txt", "new.txt", "old.txt"], "{job:?}");
    // A part of the history is not complete.
    fs::remove_dir_all(project.sandbox.at("checkout")).unwrap();
    project.check_out(&head, 1);
    unplug(&project);
    let mut schedule = push("topic", ZEROS, &head);
    schedule[0].1 = "schedule";
    let job = project.job(&schedule, &["--history", "scheduled"]);
    job.expect(2, &["old.txt"]);
    assert!(
        job.run.stdout.contains("only a part of the history"),
        "{job:?}"
    );
}

#[test]
fn scans_a_checkout_of_another_owner() {
    // Git refuses a repository of another user by default.
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    let remote = project.sandbox.at("remote/.git");
    let trusts_the_remote = format!("[safe]\n\tdirectory = {}\n", remote.display());
    let configuration = project.sandbox.write("gitconfig", trusts_the_remote);
    let job = project.job_with(&merge_request(&base, &head), &[], |command| {
        command
            .env("GIT_CONFIG_GLOBAL", &configuration)
            .env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    });
    job.expect(0, &["new.txt"]);
}

#[test]
fn asks_a_remote_without_refs_once() {
    let (project, base, head) = long(3);
    project.check_out(&head, 50);
    // The network drops packets to the remote; the commits are in the local repository.
    let path = with_hanging_git(&project);
    let job = project.job_with(&merge_request(&base, &head), &[], |command| {
        command.env("PATH", &path);
    });
    job.expect(0, &["new.txt"]);
    assert!(job.notes("the base of the merge request"), "{job:?}");
    assert_eq!(
        fs::read_to_string(project.sandbox.at("calls"))
            .unwrap()
            .lines()
            .count(),
        1
    );
}
