//! Repositories and wikis of a sweep.

use super::Sweeping;

const API: &str = "acme/platform/api";

#[test]
fn keeps_mirrors_without_the_token_and_fetches_new_commits() {
    let sweeping = Sweeping::new();
    let args = [API, "--only", "repository", "--mirrors", "mirrors"];
    let (first, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    // The sandbox searches all files for the token.
    assert!(
        sweeping
            .sandbox
            .at("mirrors/project-11.git/objects")
            .is_dir()
    );
    let (second, _) = sweeping.sweep(&args);
    assert_eq!(first, second);
}

#[test]
fn deletes_mirrors_that_are_not_kept() {
    let sweeping = Sweeping::new();
    let scratch = sweeping.sandbox.at("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let url = sweeping.world.fake.url();
    let args = ["sweep", API, "--only", "repository", "--instance", &url];
    let run = sweeping.sandbox.run_with(args, |command| {
        sweeping.prepare(command);
        command.env("TMPDIR", &scratch);
    });
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}

#[test]
fn reports_a_repository_that_does_not_fit_on_the_disk() {
    let sweeping = Sweeping::new();
    let args = [API, "--only", "repository", "--disk", "0"];
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        report["errors"].to_string(),
        r#"[{"message":"the repository does not fit into 0 GB of disk (--disk)","path":"acme/platform/api/-/repository"}]"#
    );
    let accepted = [&args[..], &["--allow-unreadable", "repository"]].concat();
    let (report, run) = sweeping.sweep(&accepted);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        report["notes"].to_string(),
        r#"[{"message":"repository: 1 item could not be read, which --allow-unreadable accepts"}]"#
    );
}

#[test]
fn names_what_is_missing_without_git() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let args = ["sweep", API, "--only", "repository", "--instance", &url];
    let run = sweeping.sandbox.run_with(args, |command| {
        sweeping.prepare(command);
        command.env("PATH", "/nonexistent");
    });
    assert_eq!(run.code, Some(2));
    let expected = "acme/platform/api/-/repository: the repository cannot be fetched without the `git` program; install Git";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}
