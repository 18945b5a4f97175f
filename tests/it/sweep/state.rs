//! The state of a sweep: cursors of places, and findings.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::{ALL_PLACES, Sweeping, found};
use crate::support::cases;
use crate::support::gitlab::world::{items, pack};

/// Sweeps all places with a state file. Fails if the state contains a secret.
fn sweep_with_state(sweeping: &Sweeping, state: &str) -> Value {
    let args: Vec<&str> = ["acme", "--state", state]
        .iter()
        .chain(ALL_PLACES)
        .copied()
        .collect();
    let (report, _) = sweeping.sweep(&args);
    let path = sweeping.sandbox.at(state);
    sweeping
        .sandbox
        .search("the state", &std::fs::read(path).unwrap());
    report
}

#[test]
fn a_second_sweep_costs_two_requests_a_project() {
    let sweeping = Sweeping::new();
    let first = sweep_with_state(&sweeping, "state.json");
    sweeping.world.fake.forget_requests();
    let second = sweep_with_state(&sweeping, "state.json");
    let counts = sweeping.world.fake.world().counts.clone();
    let total: u64 = counts.values().sum();
    // One for the list of projects, and a few for the groups.
    assert!(total <= 2 * 40 + 10, "{total} requests: {counts:#?}");
    let url = sweeping.world.fake.url();
    assert_eq!(found(&second, &url), found(&first, &url));
    assert_eq!(second["errors"], first["errors"]);
    let known = second["findings"].as_array().unwrap().iter();
    assert!(
        known
            .clone()
            .all(|finding| finding["location"]["remote"]["known"] == true)
    );
}

#[test]
fn a_second_sweep_adds_new_findings() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let first = sweep_with_state(&sweeping, "state.json");
    let secret = sweeping.sandbox.watch(crate::support::a_credential(
        "personal access token, routable",
        77,
    ));
    sweeping.world.fake.edit(|content| {
        content.push(
            "projects/19/jobs",
            items::job(&url, "acme/service-03", 2000, &[]),
        );
        content.store(
            "projects/19/jobs/2000/trace",
            "text/plain",
            format!("one\nTOKEN={secret}\n"),
        );
    });
    sweeping.world.fake.forget_requests();
    let second = sweep_with_state(&sweeping, "state.json");
    let new: Vec<&Value> = second["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["location"]["remote"]["known"] != true)
        .collect();
    assert_eq!(new.len(), 1);
    let page = new[0]["location"]["remote"]["url"].as_str().unwrap();
    assert!(page.ends_with("/-/jobs/2000#L2"), "{page}");
    assert_eq!(
        second["findings"].as_array().unwrap().len(),
        first["findings"].as_array().unwrap().len() + 1
    );
    let traces = sweeping.world.fake.world().counts["GET /projects/:id/jobs/:id/trace"];
    assert_eq!(traces, 1);
}

#[test]
fn a_killed_sweep_continues_and_reports_the_same() {
    let sweeping = Sweeping::new();
    let expected = sweep_with_state(&sweeping, "undisturbed.json");
    let total = sweeping.world.fake.total();
    let url = sweeping.world.fake.url();
    for moment in (1..=10_u64).step_by(cases(5, 1)) {
        let state = format!("state-{moment}.json");
        sweeping.world.fake.forget_requests();
        let mut command = sweeping.sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
        sweeping.prepare(&mut command);
        let mut run = command
            .args([
                "sweep",
                "acme",
                "--quiet",
                "--instance",
                &url,
                "--state",
                &state,
                "--report=json=/dev/null",
            ])
            .args(ALL_PLACES)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while sweeping.world.fake.total() < total * moment / 11 && run.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        run.kill().unwrap();
        run.wait().unwrap();
        let resumed = sweep_with_state(&sweeping, &state);
        assert_eq!(resumed, expected, "killed after {moment} elevenths");
    }
}

#[test]
fn rejects_states_that_are_damaged_or_of_another_instance() {
    let sweeping = Sweeping::new();
    let args = [
        "acme/service-00",
        "--only=variables",
        "--state",
        "state.json",
    ];
    sweeping.sweep(&args);
    let text = std::fs::read_to_string(sweeping.sandbox.at("state.json")).unwrap();
    let url = sweeping.world.fake.url();
    let run = || {
        let instance = ["--instance", url.as_str()];
        let all = ["sweep"].into_iter().chain(args).chain(instance);
        sweeping
            .sandbox
            .run_with(all, |command| sweeping.prepare(command))
    };
    for (changed, message) in [
        (text[..text.len() / 2].to_owned(), "is damaged"),
        (
            text.replace(&url, "https://other.example"),
            "belongs to https://other.example",
        ),
        (
            text.replacen("\"version\":1", "\"version\":99", 1),
            "has version 99",
        ),
    ] {
        sweeping.sandbox.write("state.json", &changed);
        let run = run();
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(message), "{run:?}");
        assert_eq!(
            std::fs::read_to_string(sweeping.sandbox.at("state.json")).unwrap(),
            changed
        );
    }
}

#[test]
fn large_artifacts_are_read_on_request_only() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let secret = sweeping.sandbox.watch(crate::support::a_credential(
        "personal access token, routable",
        78,
    ));
    let padding = vec![b'.'; 2 << 20];
    let archive = pack::zip(&[
        ("a.bin", &padding),
        ("token.env", format!("TOKEN={secret}\n").as_bytes()),
    ]);
    sweeping.world.fake.edit(|content| {
        content.lacks_artifact_tree = true;
        let listed = [("archive", "artifacts.zip", archive.len())];
        content.push(
            "projects/19/jobs",
            items::job(&url, "acme/service-03", 2001, &listed),
        );
        content.store(
            "projects/19/jobs/2001/artifacts",
            "application/zip",
            archive,
        );
    });
    let args = ["acme/service-03", "--only=artifacts", "--max-file-size"];
    let (report, run) = sweeping.sweep(&[args.as_slice(), &["1"]].concat());
    let found = report["findings"].as_array().unwrap().len();
    assert_eq!((found, run.code), (0, Some(0)), "{:#}", report["errors"]);
    let note = "1 file was not read, because of the size (--max-file-size)";
    assert_eq!(report["notes"][0]["message"], note);
    let (report, run) = sweeping.sweep(&[args.as_slice(), &["3"]].concat());
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), run.code),
        (1, Some(1)),
        "{report:#}"
    );
}
