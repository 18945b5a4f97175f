//! Places of groups and of the instance itself.

use serde_json::{Value, json};

use super::{ALL_PLACES, Sweeping, found};

/// The places that an instance has without its groups and projects.
const OF_INSTANCE: &[&str] = &["--only=variables", "--only=hooks", "--only=snippets"];

fn messages(report: &Value, list: &str) -> Vec<String> {
    let items = report[list].as_array().unwrap().iter();
    let line = |item: &Value| {
        let path = item["path"].as_str().unwrap_or_default();
        format!("{path}: {}", item["message"].as_str().unwrap())
    };
    items.map(line).collect()
}

/// `path | page | visibility | masked protected hidden` of each finding.
fn lines(report: &Value, url: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let line = |finding: &Value| {
        let location = &finding["location"];
        let remote = &location["remote"];
        let page = remote["url"].as_str().unwrap().replace(url, "");
        let path = location["path"].as_str().unwrap();
        let visibility = remote["visibility"].as_str().unwrap_or("-");
        let protection = ["masked", "protected", "hidden"].map(|key| remote[key].to_string());
        format!("{path} | {page} | {visibility} | {}", protection.join(" "))
    };
    findings.map(line).collect()
}

#[test]
fn finds_the_leaks_of_the_instance_with_the_token_of_an_administrator() {
    let sweeping = Sweeping::new();
    sweeping
        .world
        .fake
        .change("operator", |known| known.is_admin = true);
    let args = [&["-"][..], OF_INSTANCE].concat();
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        lines(&report, &sweeping.world.fake.url()),
        [
            "-/hooks/803 | /admin/hooks/803/edit | private | null null null",
            "-/snippets/503/notes.txt | /-/snippets/503#L1 | internal | null null null",
            "-/variables/FLEET_TOKEN | /admin/application_settings/ci_cd#js-cicd-variables-settings | - | false false false",
        ]
    );
    assert_eq!(messages(&report, "errors"), [""; 0]);
}

#[test]
fn a_sweep_of_everything_finds_each_leak_once() {
    let sweeping = Sweeping::new();
    sweeping
        .world
        .fake
        .change("operator", |known| known.is_admin = true);
    let (report, _) = sweeping.sweep(&[&["--all"][..], ALL_PLACES].concat());
    let mut left = found(&report, &sweeping.world.fake.url());
    let world = &sweeping.world;
    let mut leaks: Vec<_> = world.leaks.iter().chain(&world.instance_leaks).collect();
    leaks.sort_by_key(|leak| std::cmp::Reverse(leak.page.len()));
    let mut missing = Vec::new();
    for leak in leaks {
        let is_it =
            |(place, page): &(String, String)| place == leak.place && page.starts_with(&leak.page);
        match left.iter().position(is_it) {
            Some(index) => drop(left.remove(index)),
            None => missing.push((leak.place, leak.page.clone())),
        }
    }
    assert_eq!((missing, left), (Vec::new(), Vec::new()));
}

/// The error of webhooks and variables that the role of the token does not see.
const FORBIDDEN: &str = "the instance answered 403 (403 Forbidden); it takes the role Maintainer (group: Owner, instance: \
                         administrator) and a token with the scope api";

#[test]
fn names_the_role_that_sees_the_places_of_the_instance() {
    let sweeping = Sweeping::new();
    let args = [&["-"][..], OF_INSTANCE].concat();
    let (report, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(2), "{run:?}");
    // Everyone sees internal snippets.
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(
        messages(&report, "errors"),
        [
            format!("-/hooks: {FORBIDDEN}"),
            format!("-/variables: {FORBIDDEN}")
        ]
    );
    let allowed = ["--allow-unreadable=hooks", "--allow-unreadable=variables"];
    let (report, run) = sweeping.sweep(&[&args[..], &allowed].concat());
    assert_eq!((run.code, messages(&report, "errors").len()), (Some(1), 0));
    assert_eq!(
        messages(&report, "notes"),
        [
            ": hooks: 1 item could not be read, which --allow-unreadable accepts",
            ": variables: 1 item could not be read, which --allow-unreadable accepts",
        ]
    );
}

#[test]
fn names_the_role_that_sees_the_places_of_a_group() {
    let sweeping = Sweeping::new();
    sweeping.world.fake.edit(|content| {
        for group in &mut content.groups {
            group.role = 20;
        }
    });
    let places = ["--only=variables", "--only=hooks", "--only=issues"];
    let (report, run) = sweeping.sweep(&[&["acme/-"][..], &places].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(
        messages(&report, "errors"),
        [
            format!("acme/-/hooks: {FORBIDDEN}"),
            format!("acme/-/variables: {FORBIDDEN}")
        ]
    );
}

#[test]
fn a_second_sweep_reads_only_changed_epics() {
    let sweeping = Sweeping::new();
    let args = [
        "acme/-",
        "--only=issues",
        "--only=comments",
        "--state=state.json",
    ];
    let (first, run) = sweeping.sweep(&args);
    assert_eq!(run.code, Some(1), "{run:?}");
    let url = sweeping.world.fake.url();
    assert_eq!(found(&first, &url).len(), 2);
    sweeping.world.fake.forget_requests();
    let (second, _) = sweeping.sweep(&args);
    assert_eq!(found(&second, &url), found(&first, &url));
    let notes = "GET /groups/:id/epics/:id/notes";
    assert!(!sweeping.world.fake.world().counts.contains_key(notes));
    let secret = crate::support::a_credential("personal access token, routable", 91);
    let secret = sweeping.sandbox.watch(secret);
    // GitLab records no activity of groups, so they are read again after 20 hours.
    let state = std::fs::read_to_string(sweeping.sandbox.at("state.json")).unwrap();
    let mut state: Value = serde_json::from_str(&state).unwrap();
    for place in ["issues", "comments"] {
        let read_at = &mut state["subjects"]["group/1"]["places"][place]["read_at"];
        *read_at = json!(read_at.as_i64().unwrap() - 21 * 3600);
    }
    sweeping.sandbox.write("state.json", state.to_string());
    sweeping.world.fake.edit(|content| {
        let epics = content.lists.get_mut("groups/1/epics").unwrap();
        let epic = epics.iter_mut().find(|epic| epic["iid"] == 2).unwrap();
        epic["updated_at"] = json!("2026-10-03T08:00:00.000Z");
        epic["title"] = json!(format!("Revoke {secret}"));
    });
    sweeping.world.fake.forget_requests();
    let (third, _) = sweeping.sweep(&args);
    assert_eq!(found(&third, &url).len(), 3);
    assert_eq!(sweeping.world.fake.world().counts[notes], 1);
}

#[test]
fn groups_without_epics_and_webhooks_are_read_without_an_error() {
    // The Community Edition has neither.
    let sweeping = Sweeping::new();
    sweeping
        .world
        .fake
        .edit(|content| content.lacks_premium = true);
    let places = ["--only=issues", "--only=comments", "--only=hooks"];
    let (report, run) = sweeping.sweep(&[&["acme/-"][..], &places].concat());
    assert_eq!((run.code, messages(&report, "errors").len()), (Some(0), 0));
}
