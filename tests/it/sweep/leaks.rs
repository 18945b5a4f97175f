//! Findings of a sweep, and contents that it cannot read.

use super::{ALL_PLACES, Sweeping, found};
use crate::support::gitlab::world::SampleWorld;

#[test]
fn finds_each_leak_once_with_its_page() {
    let sweeping = Sweeping::of(SampleWorld::start());
    let args: Vec<&str> = ["acme"].iter().chain(ALL_PLACES).copied().collect();
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2), "{run:?}");
    let mut left = found(&report, &sweeping.world.fake.url());
    let mut missing = Vec::new();
    // The longest first: a page may be the start of another one.
    let mut leaks = sweeping.world.leaks.clone();
    leaks.sort_by_key(|leak| std::cmp::Reverse(leak.page.len()));
    for leak in &leaks {
        let is_it =
            |(place, page): &(String, String)| place == leak.place && page.starts_with(&leak.page);
        match left.iter().position(is_it) {
            Some(index) => drop(left.remove(index)),
            None => missing.push((leak.place, leak.page.clone())),
        }
    }
    assert_eq!(
        (missing, left),
        (Vec::new(), Vec::new()),
        "{:#}",
        report["errors"]
    );
}

#[test]
fn finds_the_same_with_object_storage_and_before_18_8() {
    let sweeping = Sweeping::new();
    let args = ["acme", "--only=artifacts", "--only=packages"];
    let (report, _) = sweeping.sweep(&args);
    let expected = found(&report, &sweeping.world.fake.url());
    assert_eq!(expected.len(), 4, "{report:#}");
    sweeping.world.fake.edit(|content| {
        content.has_object_storage = true;
        content.lacks_artifact_tree = true;
    });
    let (report, _) = sweeping.sweep(&args);
    assert_eq!(found(&report, &sweeping.world.fake.url()), expected);
    let storage: Vec<_> = sweeping
        .world
        .fake
        .requests()
        .into_iter()
        .filter(|request| request.path.starts_with("/storage/"))
        .collect();
    assert!(!storage.is_empty());
    // Another host than the instance gets no credential.
    assert!(
        storage.iter().all(|request| request.credentials.is_empty()),
        "{storage:?}"
    );
}

#[test]
fn reports_unreadable_places_with_the_role_that_would_see_them() {
    let sweeping = Sweeping::new();
    let args: Vec<&str> = ["acme/apps/locked"]
        .iter()
        .chain(ALL_PLACES)
        .copied()
        .collect();
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2), "{run:?}");
    let errors = report["errors"].as_array().unwrap();
    let of = |place: &str| {
        let found = errors.iter().find(|error| {
            error["path"]
                .as_str()
                .is_some_and(|path| path.starts_with("acme/apps/locked/-/") && path.contains(place))
        });
        found.unwrap_or_else(|| panic!("nothing about {place}: {errors:#?}"))["message"]
            .as_str()
            .unwrap()
    };
    for (place, role) in [
        ("variables", "Maintainer"),
        ("hooks", "Maintainer"),
        ("secure-files", "Developer"),
    ] {
        let message = of(place);
        assert!(
            message.contains("403") && message.contains(role),
            "{place}: {message}"
        );
    }
    let mut accepting = args.clone();
    for place in [
        "variables",
        "hooks",
        "secure-files",
        "terraform",
        "artifacts",
        "logs",
        "schedules",
    ] {
        accepting.extend(["--allow-unreadable", place]);
    }
    let (report, run) = sweeping.sweep(&accepting);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(report["errors"].as_array().unwrap().len(), 0);
}

#[test]
fn rejects_targets_that_do_not_exist_and_dead_tokens() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let run = |target: &str, token: &str| {
        let args = ["sweep", target, "--instance", &url];
        sweeping.sandbox.run_with(args, |command| {
            command.env("GITLAB_TOKEN", token);
        })
    };
    let missing = run("acme/nothing", &sweeping.world.token);
    assert_eq!(missing.code, Some(2));
    assert_eq!(
        missing.stderr,
        "error: the token's user can see no group, project or user 'acme/nothing'; check the path, and the scope \
         (read_api) and the role of the token\n"
    );
    let dead = run("acme", "not-a-token-of-this-instance");
    assert_eq!(dead.code, Some(2));
    assert!(dead.stderr.contains("401"), "{dead:?}");
}
