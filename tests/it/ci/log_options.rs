//! `SECRET_DETECTION_LOG_OPTIONS` in a clone of depth 1: the commits that `git log` would show.

use crate::support::a_token;
use crate::support::pipeline::{Job, Project, ZEROS, push};

/// Runs `git` in the remote with a date.
fn git_at(project: &Project, time: &str, args: &[&str]) {
    let mut command = project.sandbox.command("git");
    command.args(["-C", "remote"]).args(args);
    if !time.is_empty() {
        command.env("GIT_COMMITTER_DATE", format!("{time}T12:00:00Z"));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {args:?}");
}

/// Commits a file with a token, with this date.
fn leak_at(project: &Project, time: &str, path: &str, seed: u64) {
    let token = project.sandbox.watch(a_token(seed));
    let place = std::path::Path::new("remote").join(path);
    project
        .sandbox
        .write(place, format!("token = \"{token}\"\n"));
    git_at(project, time, &["add", "-A"]);
    git_at(project, time, &["commit", "-q", "-m", "a change"]);
}

/// Creates a merged branch with one leak per commit, one of which is removed. Returns the commit that removes it,
/// and the last one.
fn merged() -> (Project, String, String) {
    let project = Project::new();
    // A descendant of a commit of today is of today, whatever its date is.
    let amend = ["commit", "-q", "--amend", "--no-edit"];
    git_at(&project, "2019-01-01", &amend);
    leak_at(&project, "2020-01-01", "old.txt", 1);
    leak_at(&project, "2024-01-01", "gone.txt", 2);
    git_at(&project, "", &["rm", "-q", "gone.txt"]);
    git_at(&project, "2024-02-01", &["commit", "-q", "-m", "gone"]);
    let gone = project.remote(&["rev-parse", "HEAD"]);
    project.branch("topic");
    leak_at(&project, "2024-03-01", "topic.txt", 3);
    project.switch("main");
    leak_at(&project, "2024-04-01", "main.txt", 4);
    let merge = ["merge", "-q", "--no-ff", "-m", "merged", "topic"];
    git_at(&project, "2024-05-01", &merge);
    leak_at(&project, "", "last.txt", 5);
    let head = project.remote(&["rev-parse", "HEAD"]);
    (project, gone, head)
}

/// Runs in a fresh clone of depth 1.
fn job(project: &Project, head: &str, options: &str) -> Job {
    let _ = std::fs::remove_dir_all(project.sandbox.at("checkout"));
    project.check_out(head, 1);
    let mut variables = push("main", ZEROS, head);
    variables.push(("SECRET_DETECTION_LOG_OPTIONS", options));
    project.job(&variables, &[])
}

/// Returns the sorted names of the files with findings, without extension.
fn names(job: &Job) -> String {
    let mut paths = job.paths();
    paths.sort();
    paths.join(" ").replace(".txt", "")
}

#[test]
fn selects_commits_as_git_log_does() {
    let (project, gone, head) = merged();
    let up_to_gone = format!("{gone}..topic");
    for (options, expected) in [
        ("-1", "last"),
        ("--max-count=2", "last"),
        ("--max-count 3", "last main"),
        ("-n 3", "last main"),
        ("-n4", "last main topic"),
        ("-n 1000", "gone last main old topic"),
        ("--since=2024-03-15", "last main"),
        ("--after '2 weeks ago'", "last"),
        ("--since=2.weeks.ago", "last"),
        ("--since=2024-03-15 -n 1", "last"),
        ("HEAD~1..HEAD", "last"),
        ("HEAD~3..", "last main topic"),
        ("HEAD~3..HEAD --max-count=3", "last main"),
        ("HEAD~3..HEAD --since=2024-03-15", "last main"),
        ("topic..HEAD", "last main"),
        ("origin/topic..HEAD", "last main"),
        (up_to_gone.as_str(), "topic"),
        ("topic...HEAD~2", "main topic"),
        ("topic", "gone old topic"),
        (gone.as_str(), "gone old"),
        ("HEAD", "gone last main old topic"),
        ("-2 topic", "topic"),
        // A merge is compared with its first parent.
        ("--first-parent -2", "last topic"),
        ("--first-parent HEAD~2..HEAD", "last topic"),
        ("--all", "gone last main old topic"),
        ("--all --since=2024-03-15", "last main"),
    ] {
        let job = job(&project, &head, options);
        assert_eq!(job.run.code, Some(0), "{options}: {job:?}");
        assert_eq!(names(&job), expected, "{options}: {job:?}");
        let why = "SECRET_DETECTION_LOG_OPTIONS selects the commits.";
        assert!(job.run.stdout.contains(why), "{options}: {job:?}");
    }
}

#[test]
fn ignores_unknown_options_with_a_note() {
    let (project, _, head) = merged();
    for options in ["--author=somebody", "--no-merges", "a b", "--all -n 3"] {
        let job = job(&project, &head, options);
        assert_eq!(
            (job.run.code, names(&job)),
            (Some(0), "last main old topic".to_owned()),
            "{options}: {job:?}"
        );
        let note = "SECRET_DETECTION_LOG_OPTIONS is ignored";
        assert!(job.run.stdout.contains(note) && job.notes(note), "{job:?}");
    }
}

#[test]
fn exits_2_for_revisions_that_name_no_commit() {
    let (project, _, head) = merged();
    for options in ["nowhere..HEAD", "HEAD~500..HEAD"] {
        let job = job(&project, &head, options);
        assert_eq!(
            (job.run.code, names(&job)),
            (Some(2), "last main old topic".to_owned()),
            "{options}: {job:?}"
        );
        assert!(job.run.stdout.contains("names no commit"), "{job:?}");
    }
}

#[test]
fn selects_descendants_of_recent_commits() {
    let project = Project::new();
    // More commits than a clone of the default depth has, so that its end looks old.
    for _ in 0..60 {
        let empty = ["commit", "-q", "--allow-empty", "-m", "filler"];
        git_at(&project, "2001-01-01", &empty);
    }
    leak_at(&project, "2001-01-02", "backdated.txt", 1);
    let head = project.remote(&["rev-parse", "HEAD"]);
    for options in ["--since=2.weeks.ago", "--all --since=2.weeks.ago"] {
        let _ = std::fs::remove_dir_all(project.sandbox.at("checkout"));
        project.check_out(&head, 50);
        let mut variables = push("main", ZEROS, &head);
        variables.push(("SECRET_DETECTION_LOG_OPTIONS", options));
        let job = project.job(&variables, &[]);
        assert_eq!(
            (job.run.code, names(&job)),
            (Some(0), "backdated".to_owned()),
            "{options}: {job:?}"
        );
    }
}
